"""Graphs of planted HLO as JSON; `test_hlo_graph.py` judges them."""

from __future__ import annotations

import json

import msgspec

from compare.contract import GraphNode, GraphStage
from impl_tf.hlo_graph import Source, convert_hlo, parse_hlo

LOOP = """HloModule loop

%cond (p.1: s32[]) -> pred[] {
  %p.1 = s32[] parameter(0)
  %limit = s32[] constant(3)
  ROOT %less = pred[] compare(%p.1, %limit), direction=LT
}

%body (p.2: s32[]) -> s32[] {
  %p.2 = s32[] parameter(0)
  %one = s32[] constant(1)
  ROOT %next = s32[] add(%p.2, %one)
}

ENTRY %main (start: s32[]) -> s32[] {
  %start = s32[] parameter(0)
  ROOT %loop.1 = s32[] while(%start), condition=%cond, body=%body
}
"""
BEFORE = """HloModule plain

%sum (a: f32[], b: f32[]) -> f32[] {
  %a = f32[] parameter(0)
  %b = f32[] parameter(1)
  ROOT %s = f32[] add(f32[] %a, f32[] %b)
}

ENTRY %main (x.1: f32[2,3], y.1: f32[2,3]) -> (f32[2,3], /*index=1*/f32[]) {
  %x.1 = f32[2,3]{1,0} parameter(0)
  %y.1 = f32[2,3]{1,0} parameter(1)
  %mul.1 = f32[2,3]{1,0} multiply(f32[2,3]{1,0} %x.1, f32[2,3]{1,0} %y.1), \
metadata={op_type="Mul" op_name="mul"}
  %add.1 = f32[2,3]{1,0} add(f32[2,3]{1,0} %mul.1, f32[2,3]{1,0} %y.1), \
metadata={op_type="AddV2" op_name="add"}
  %zero = f32[] constant(0)
  %total = f32[] reduce(f32[2,3]{1,0} %add.1, f32[] %zero), dimensions={0,1}, \
to_apply=%sum
  ROOT %both = (f32[2,3]{1,0}, /*index=1*/f32[]) tuple(%add.1, %total)
}
"""
FUSED = """HloModule fused, is_scheduled=true

%fused_computation (p0: f32[2,3], p1: f32[2,3]) -> f32[2,3] {
  %p0 = f32[2,3]{1,0} parameter(0)
  %p1 = f32[2,3]{1,0} parameter(1)
  %mul.9 = f32[2,3]{1,0} multiply(%p0, %p1), metadata={op_name="mul"}
  ROOT %add.9 = f32[2,3]{1,0} add(%mul.9, %p1), metadata={op_name="add"}
}

%sum (a: f32[], b: f32[]) -> f32[] {
  %a = f32[] parameter(0)
  %b = f32[] parameter(1)
  ROOT %s = f32[] add(%a, %b)
}

ENTRY %main (x.1: f32[2,3], y.1: f32[2,3]) -> (f32[2,3], f32[]) {
  %x.1 = f32[2,3]{1,0} parameter(0)
  %y.1 = f32[2,3]{1,0} parameter(1)
  %zero = f32[] constant(0)
  %fusion = f32[2,3]{1,0} fusion(%x.1, %y.1), kind=kLoop, \
calls=%fused_computation, metadata={op_name="add"}
  %total = f32[] reduce(%fusion, %zero), dimensions={0,1}, to_apply=%sum
  ROOT %both = (f32[2,3]{1,0}, /*index=1*/f32[]) tuple(%fusion, %total)
}
"""
INPUTS = [
    GraphNode(name=name, operation="Placeholder", common="input", shape=(2, 3))
    for name in ("x", "y")
]
ADD = GraphNode(name="add", operation="AddV2", file="model.py", line=7)


def convert(text, *, inputs=(), before=None):
    """Return the nodes of a module in HLO."""
    graph = convert_hlo(
        parse_hlo(text),
        stage=GraphStage.OPTIMIZED,
        view="planted",
        source=Source(inputs=inputs, nodes={"add": [ADD]}),
        before=before,
    )
    return msgspec.to_builtins(graph)["nodes"]


def refusal(text):
    """Return why a text is no HLO."""
    try:
        parse_hlo(text)
    except ValueError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    found = {
        "loop": convert(LOOP),
        "fused": convert(FUSED, inputs=INPUTS, before=parse_hlo(BEFORE)),
        "refused": refusal("digraph { a -> b }"),
    }
    print(json.dumps(found))
