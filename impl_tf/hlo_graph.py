"""The graphs of XLA, before and after its passes, read from HLO as text."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from compare.contract import CapturedGraph, GraphNode, GraphStage
from compare.graphs.naming import UniqueNames
from compare.graphs.operations import CommonOperation

from impl_tf.graph_names import common_name

HEADER = re.compile(r"^(?P<entry>ENTRY )?%?(?P<name>[\w.\-]+) .*\{$")
RESULT = re.compile(r"^(?P<root>ROOT )?%?(?P<name>[\w.\-]+) = ")
OPCODE = re.compile(r" ?(?P<opcode>[a-z][\w\-]*)\(")
REFERENCE = re.compile(r"%([\w.\-]+)")
SHAPE = re.compile(r"^(?P<dtype>[a-z]\w*)\[(?P<sizes>[^\]]*)\]")
OP_NAME = re.compile(r'op_name="([^"]*)"')
COMMENT = re.compile(r"/\*.*?\*/")
CALLED = re.compile(
    r"\b(calls|to_apply|body|condition|true_computation|false_computation|"
    r"branch_computations)=(\{[^}]*\}|%[\w.\-]+)"
)
DTYPES = {
    "pred": "bool",
    "bf16": "bfloat16",
    "f16": "float16",
    "f32": "float32",
    "f64": "float64",
    **{f"s{bits}": f"int{bits}" for bits in (8, 16, 32, 64)},
    **{f"u{bits}": f"uint{bits}" for bits in (8, 16, 32, 64)},
}
PARAMETER, FUSION = "parameter", "fusion"
WITH_BODIES = ("while", "conditional", "call")
# What a reduction computes, by the last operation of its function.
REDUCTIONS = {
    "add": CommonOperation.SUM,
    "multiply": CommonOperation.PRODUCT,
    "maximum": CommonOperation.REDUCE_MAXIMUM,
    "minimum": CommonOperation.REDUCE_MINIMUM,
    "and": CommonOperation.REDUCE_LOGIC,
    "or": CommonOperation.REDUCE_LOGIC,
}


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """One line of HLO.

    Attributes:
        name: unique within the module.
        opcode: what it computes.
        operands: names of instructions, in the order of arguments.
        called: attribute and name of each computation that it uses.
        op_name: the operation of the tf.Graph that it belongs to, if known.
        number: of a parameter; -1 of anything else.
        is_root: it is the result of its computation.
    """

    name: str
    opcode: str
    operands: tuple[str, ...] = ()
    called: tuple[tuple[str, str], ...] = ()
    shape: tuple[int, ...] | None = None
    dtype: str = ""
    op_name: str = ""
    number: int = -1
    is_root: bool = False


@dataclass(kw_only=True)
class Module:
    """The computations of a module by name, and the name of the first one."""

    computations: dict[str, list[Instruction]] = field(default_factory=dict)
    entry: str = ""


@dataclass(frozen=True, kw_only=True)
class Source:
    """The tf.Graph that XLA compiled.

    Attributes:
        inputs: its inputs, in the order of the parameters.
        nodes: its nodes by TensorFlow's names, for lines of code.
    """

    inputs: Sequence[GraphNode]
    nodes: Mapping[str, list[GraphNode]]


def parse_hlo(text: str) -> Module:
    """Return the module that a text in HLO's format describes.

    Raises:
        ValueError: the text has no computation to start with.
    """
    module = Module()
    lines: list[Instruction] = []
    for raw in text.splitlines():
        line = COMMENT.sub("", raw).strip()
        if instruction := parse_instruction(line):
            lines.append(instruction)
        elif header := HEADER.match(line):
            lines = module.computations[header["name"]] = []
            if header["entry"]:
                module.entry = header["name"]
    if not module.entry:
        raise ValueError(
            "expected HLO with a computation marked ENTRY; received "
            f"{text[:60]!r}"
        )
    return module


def parse_instruction(line: str) -> Instruction | None:
    """Return the instruction in a line; None if it has none."""
    result = RESULT.match(line)
    if result is None:
        return None
    kind, rest = split_type(line[result.end() :])
    opcode = OPCODE.match(rest)
    if opcode is None:
        return None
    arguments, attributes = split_arguments(rest[opcode.end() :])
    shape, dtype = parse_shape(kind)
    is_parameter = opcode["opcode"] == PARAMETER
    op_name = OP_NAME.search(attributes)
    return Instruction(
        name=result["name"],
        opcode=opcode["opcode"],
        operands=tuple(REFERENCE.findall(arguments)),
        called=tuple(find_called(attributes)),
        shape=shape,
        dtype=dtype,
        op_name=op_name[1] if op_name else "",
        number=int(arguments) if is_parameter else -1,
        is_root=result["root"] is not None,
    )


def split_type(text: str) -> tuple[str, str]:
    """Split a type, which may be a tuple of types, from what follows."""
    if not text.startswith("("):
        kind, _, rest = text.partition(" ")
        return kind, rest
    inside, rest = split_arguments(text[1:])
    return f"({inside})", rest


def split_arguments(text: str) -> tuple[str, str]:
    """Split what is within a parenthesis that was opened from the rest."""
    depth = 1
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return text[:place], text[place + 1 :]
    return text, ""


def parse_shape(kind: str) -> tuple[tuple[int, ...] | None, str]:
    """Return shape and dtype of a type; no shape for a tuple of types."""
    found = SHAPE.match(kind)
    if found is None:
        return None, ""
    sizes = [each for each in found["sizes"].split(",") if each]
    # A size that is at most so large varies.
    shape = tuple(-1 if "<" in each else int(each) for each in sizes)
    return shape, DTYPES.get(found["dtype"], found["dtype"])


def find_called(attributes: str) -> Iterator[tuple[str, str]]:
    """Yield attribute and name of each computation in the attributes."""
    for attribute, names in CALLED.findall(attributes):
        for name in REFERENCE.findall(names):
            yield attribute, name


def convert_hlo(
    module: Module,
    *,
    stage: GraphStage,
    view: str,
    source: Source,
    before: Module | None = None,
) -> CapturedGraph:
    """Return a module in the form of the contract.

    Args:
        module: parsed.
        stage: of the graph.
        view: of the step.
        source: the graph that was compiled.
        before: the module before XLA's passes, whose instructions are the
            parts of fused ones.
    """
    converter = _Converter(module, source, before)
    converter.add_computation(module.entry, region="", given=())
    return CapturedGraph(stage=stage, view=view, nodes=tuple(converter.nodes))


class _Converter:
    """Collects the nodes of a module, with the bodies of control flow."""

    def __init__(
        self,
        module: Module,
        source: Source,
        before: Module | None,
    ) -> None:
        self.nodes: list[GraphNode] = []
        self._names = UniqueNames()
        self._module = module
        self._inputs, self._captured = source.inputs, source.nodes
        self._earlier = index_instructions(before)

    def add_computation(
        self, name: str, *, region: str, given: Sequence[str]
    ) -> None:
        """Add the instructions of a computation, in their order."""
        made: dict[str, str] = {}
        for each in self._module.computations[name]:
            operands = [made[n] for n in each.operands if n in made]
            if each.opcode == PARAMETER and region:
                operands = list(given[each.number : each.number + 1])
            made[each.name] = self._add(each, operands, region=region)
            if each.opcode in WITH_BODIES:
                self._add_bodies(each, owner=made[each.name], given=operands)
            if each.is_root:
                self._add_output(made[each.name], region=region)

    def _add_bodies(
        self, each: Instruction, *, owner: str, given: list[str]
    ) -> None:
        # A conditional passes one operand to each side, after the condition.
        is_branch = each.opcode == "conditional"
        for number, (attribute, name) in enumerate(each.called):
            body = self._names.take(f"{owner}/{attribute}")
            self.nodes.append(
                GraphNode(
                    name=body,
                    operation="computation",
                    common=CommonOperation.BODY,
                    region=owner,
                )
            )
            own = given[number + 1 : number + 2] if is_branch else given
            self.add_computation(name, region=body, given=own)

    def _add_output(self, result: str, *, region: str) -> None:
        self.nodes.append(
            GraphNode(
                name=self._names.take("return"),
                operation="ROOT",
                common=CommonOperation.OUTPUT,
                inputs=(result,),
                region=region,
            )
        )

    def _add(
        self, each: Instruction, operands: list[str], *, region: str
    ) -> str:
        source = self._find_source(each, region=region)
        is_input = each.opcode == PARAMETER and source is not None
        name = self._names.take(
            source.name if source and is_input else each.name
        )
        self.nodes.append(
            GraphNode(
                name=name,
                operation=each.opcode,
                common=self._common_name(each, source),
                inputs=tuple(operands),
                region=region,
                shape=each.shape,
                dtype=each.dtype,
                parts=self._find_parts(each),
                file=source.file if source else "",
                line=source.line if source else 0,
            )
        )
        return name

    def _find_source(
        self, each: Instruction, *, region: str
    ) -> GraphNode | None:
        """Return the node of the tf.Graph that an instruction is from."""
        if each.opcode == PARAMETER:
            if region or each.number >= len(self._inputs):
                return None
            candidate = self._inputs[each.number]
            return candidate if candidate.shape == each.shape else None
        candidates = self._captured.get(each.op_name, ())
        return candidates[0] if candidates else None

    def _common_name(self, each: Instruction, source: GraphNode | None) -> str:
        if each.opcode == PARAMETER:
            is_known = source is not None
            return source.common if source and is_known else "input"
        if each.opcode == "reduce":
            return self._name_reduction(each)
        if each.opcode == FUSION:
            inside = self._instructions_in(each)
            if len(inside) == 1:
                return self._common_name(inside[0], None)
        return common_name(each.opcode)

    def _name_reduction(self, each: Instruction) -> str:
        for _, name in each.called:
            root = self._module.computations[name][-1]
            return str(REDUCTIONS.get(root.opcode, CommonOperation.REDUCE))
        return str(CommonOperation.REDUCE)

    def _instructions_in(self, each: Instruction) -> list[Instruction]:
        """Return what a fused instruction computes."""
        return [
            instruction
            for attribute, name in each.called
            if attribute == "calls"
            for instruction in self._module.computations[name]
            if instruction.opcode not in (PARAMETER, "constant")
        ]

    def _find_parts(self, each: Instruction) -> tuple[str, ...]:
        """Return the earlier instructions of what a fusion computes.

        XLA renames instructions. They keep their opcode, their shape and the
        operation that they belong to.
        """
        if each.opcode != FUSION:
            return ()
        return tuple(
            dict.fromkeys(
                self._earlier[identify(inner)]
                for inner in self._instructions_in(each)
                if identify(inner) in self._earlier
            )
        )


def index_instructions(module: Module | None) -> dict[tuple[str, ...], str]:
    """Return the names of a module's instructions by what they keep."""
    if module is None:
        return {}
    found: dict[tuple[str, ...], str] = {}
    for each in module.computations[module.entry]:
        if each.op_name:
            found.setdefault(identify(each), each.name)
    return found


def identify(each: Instruction) -> tuple[str, ...]:
    """Return what an instruction keeps when XLA renames it."""
    return each.opcode, each.op_name, str(each.shape)
