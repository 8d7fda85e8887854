"""Pairs of graphs whose matching is known by construction.

Every node covers one or more *keys*, which name what it computes independently of a
framework. Two nodes of two graphs are partners if they cover a key in common.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import pairwise

from compare.contract import CapturedGraph, GraphNode, GraphStage

BATCH = 32


@dataclass
class Plan:
    """A graph that is being built; nodes are added in an order that can be computed."""

    nodes: dict[str, GraphNode] = field(default_factory=dict)  # by key
    covers: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by name
    stage: GraphStage = GraphStage.CAPTURED

    def add(self, key, kind, *inputs, shape=None, covers=(), **more):
        """Add a node whose inputs are keys; return its key."""
        node = GraphNode(
            name=more.pop("name", key),
            operation=more.pop("operation", kind),
            common=kind,
            inputs=tuple(self.nodes[each].name for each in inputs),
            shape=shape,
            dtype="float32",
            **more,
        )
        self.nodes[key] = node
        self.covers[node.name] = tuple(covers) or (key,)
        return key

    def graph(self, view="graph"):
        return CapturedGraph(
            stage=self.stage, view=view, nodes=tuple(self.nodes.values())
        )


def true_pairs(left, right):
    """Return the pairs of names that cover a key in common."""
    return {
        (ours, theirs)
        for ours, keys in left.covers.items()
        for theirs, others in right.covers.items()
        if set(keys) & set(others)
    }


def seeded(seed):
    """Return a generator of reproducible random choices."""
    return random.Random(seed)  # noqa: S311 - no secret


def renamed(plan, seed=0):
    """Return the same graph with other names and in another order."""
    rng = seeded(seed)
    numbers = list(range(len(plan.nodes)))
    rng.shuffle(numbers)
    names = {
        node.name: f"n{number}"
        for node, number in zip(plan.nodes.values(), numbers, strict=True)
    }
    done = Plan(stage=plan.stage)
    waiting = dict(plan.nodes)
    placed = set()
    while waiting:
        ready = [
            key
            for key, node in waiting.items()
            if placed.issuperset((*node.inputs, *filter(None, [node.region])))
        ]
        key = rng.choice(ready)
        node = waiting.pop(key)
        placed.add(node.name)
        done.nodes[key] = GraphNode(
            name=names[node.name],
            operation=node.operation,
            common=node.common,
            inputs=tuple(names[each] for each in node.inputs),
            region=names[node.region] if node.region else "",
            shape=node.shape,
        )
        done.covers[names[node.name]] = plan.covers[node.name]
    return done


def mlp(
    widths=(20, 16, 16, 16, 10),
    *,
    linear="apart",
    weights="as used",
    after_layer=None,
    swapped=False,
):
    """Return forward and backward pass of a network of dense layers.

    Args:
        widths: of input, hidden layers and output.
        linear: ``apart``: product and sum; ``fused``: one operation.
        weights: ``as used``, or ``transposed``: stored as (out, in).
        after_layer: layer after which a multiplication is inserted.
        swapped: give the operands of each sum in the other order.
    """
    p = Plan()
    value = p.add("x", "input", shape=(BATCH, widths[0]))
    target = p.add("y", "input", shape=(BATCH, widths[-1]))
    last = len(widths) - 2
    weight = {}
    for i, (a, b) in enumerate(pairwise(widths)):
        stored = (b, a) if weights == "transposed" else (a, b)
        w = p.add(f"w{i}", "parameter", shape=stored)
        bias = p.add(f"b{i}", "parameter", shape=(b,))
        if weights == "transposed":
            w = p.add(f"w{i}t", "transpose", w, shape=(a, b))
        weight[i] = w
        shape = (BATCH, b)
        if linear == "fused":
            s = p.add(
                f"lin{i}",
                "linear",
                value,
                w,
                bias,
                shape=shape,
                covers=(f"mm{i}", f"sum{i}"),
            )
        else:
            m = p.add(f"mm{i}", "matrix product", value, w, shape=shape)
            s = p.add(
                f"sum{i}", "add", *((bias, m) if swapped else (m, bias)), shape=shape
            )
        value = p.add(f"relu{i}", "relu", s, shape=shape) if i < last else s
        if after_layer == i:
            value = p.add(f"scaled{i}", "multiply", value, value, shape=shape)
    diff = p.add("diff", "subtract", value, target, shape=(BATCH, widths[-1]))
    square = p.add("square", "multiply", diff, diff, shape=(BATCH, widths[-1]))
    p.add("loss", "mean", square, shape=())
    grad = p.add("seed", "multiply", diff, diff, shape=(BATCH, widths[-1]))
    for i in reversed(range(last + 1)):
        before = "x" if i == 0 else f"relu{i - 1}"
        if i < last:
            grad = p.add(
                f"relu_grad{i}",
                "relu gradient",
                grad,
                f"relu{i}",
                shape=(BATCH, widths[i + 1]),
            )
        turned = p.add(f"turn{i}", "transpose", before, shape=(widths[i], BATCH))
        p.add(
            f"dw{i}", "matrix product", turned, grad, shape=(widths[i], widths[i + 1])
        )
        p.add(f"db{i}", "sum", grad, shape=(widths[i + 1],))
        for name in "wb":
            shape = p.nodes[f"d{name}{i}"].shape
            scaled = p.add(f"lr_d{name}{i}", "mul", f"d{name}{i}", shape=shape)
            p.add(
                f"new_{name}{i}",
                "sub",
                weight[i] if name == "w" else f"b{i}",
                scaled,
                shape=shape,
            )
        if i:
            back = p.add(
                f"wT{i}", "transpose", weight[i], shape=(widths[i + 1], widths[i])
            )
            grad = p.add(
                f"dx{i}", "matrix product", grad, back, shape=(BATCH, widths[i])
            )
    return p


def folded_constants():
    """Return a small network that computes its scale from constants, in two forms."""
    left, right = Plan(), Plan()
    for p in (left, right):
        p.add("x", "input", shape=(BATCH, 8))
        p.add("w", "parameter", shape=(8, 8))
    left.add("half", "constant", shape=())
    left.add("table", "constant", shape=(8,))
    left.add("more", "constant", shape=(8,))
    left.add("scale", "multiply", "table", "half", shape=(8,))
    left.add("scale2", "add", "scale", "more", shape=(8,))
    left.add("read", "identity", "w", shape=(8, 8), operation="ReadVariableOp")
    right.add("scale2", "constant", shape=(8,), name="folded", covers=("folded",))
    for p in (left, right):
        p.add(
            "mm", "matrix product", "x", "read" if p is left else "w", shape=(BATCH, 8)
        )
        p.add("scaled", "multiply", "mm", "scale2", shape=(BATCH, 8))
        p.add("relu", "relu", "scaled", shape=(BATCH, 8))
        p.add("sum", "add", "relu", "x", shape=(BATCH, 8))
        p.add("loss", "mean", "sum", shape=())
    return left, right


def residual(blocks=12, *, dropout_in=None):
    """Return equal residual blocks, one of them with dropout."""
    p = Plan()
    value = p.add("x", "input", shape=(BATCH, 64))
    for i in range(blocks):
        w = p.add(f"w{i}", "parameter", shape=(64, 64))
        v = p.add(f"v{i}", "parameter", shape=(64, 64))
        hidden = p.add(f"up{i}", "matrix product", value, w, shape=(BATCH, 64))
        hidden = p.add(f"relu{i}", "relu", hidden, shape=(BATCH, 64))
        if i == dropout_in:
            hidden = p.add(f"drop{i}", "dropout", hidden, shape=(BATCH, 64))
        hidden = p.add(f"down{i}", "matrix product", hidden, v, shape=(BATCH, 64))
        value = p.add(f"add{i}", "add", value, hidden, shape=(BATCH, 64))
    p.add("loss", "mean", value, shape=())
    return p


def cnn(framework):
    """Return a convolutional network as one framework writes it."""
    p = Plan()
    first = framework == "torch"

    def image(channels, size):
        return (BATCH, channels, size, size) if first else (BATCH, size, size, channels)

    value = p.add("x", "input", shape=image(3, 32), name="arg0" if first else "images")
    sizes = ((3, 16, 32), (16, 32, 16), (32, 32, 8))
    for i, (a, b, size) in enumerate(sizes):
        kernel = (b, a, 3, 3) if first else (3, 3, a, b)
        w = p.add(f"w{i}", "parameter", shape=kernel, name=f"p{i}_{framework}")
        bias = p.add(f"b{i}", "parameter", shape=(b,), name=f"q{i}_{framework}")
        if first:
            value = p.add(
                f"conv{i}",
                "convolution",
                value,
                w,
                bias,
                shape=image(b, size),
                operation="aten.convolution",
                covers=(f"conv{i}", f"bias{i}"),
            )
        else:
            value = p.add(
                f"conv{i}",
                "convolution",
                value,
                w,
                shape=image(b, size),
                operation="Conv2D",
            )
            value = p.add(
                f"bias{i}",
                "add",
                value,
                bias,
                shape=image(b, size),
                operation="BiasAdd",
            )
        value = p.add(f"relu{i}", "relu", value, shape=image(b, size))
        value = p.add(f"pool{i}", "pooling", value, shape=image(b, size // 2))
    value = p.add("mean", "mean", value, shape=(BATCH, 32))
    if not first:
        value = p.add("flat", "reshape", value, shape=(BATCH, 32))
    head = p.add("head", "parameter", shape=(10, 32) if first else (32, 10))
    if first:
        head = p.add("turned", "transpose", head, shape=(32, 10))
    logits = p.add("logits", "matrix product", value, head, shape=(BATCH, 10))
    soft = p.add("soft", "log softmax", logits, shape=(BATCH, 10))
    labels = p.add("y", "input", shape=(BATCH,))
    p.add("loss", "cross-entropy", soft, labels, shape=())
    return p


def attention(kind):
    """Return an attention block whose activation is one operation, or five."""
    p = Plan()
    shape = (BATCH, 16, 64)
    x = p.add("x", "input", shape=shape)
    for name in "qkv":
        w = p.add(f"w{name}", "parameter", shape=(64, 64))
        p.add(name, "matmul", x, w, shape=shape)
    p.add("scores", "matrix product", "q", "k", shape=(BATCH, 16, 16))
    p.add("soft", "softmax", "scores", shape=(BATCH, 16, 16))
    h = p.add("mixed", "matrix product", "soft", "v", shape=shape)
    h = p.add(
        "up", "matrix product", h, p.add("wu", "parameter", shape=(64, 64)), shape=shape
    )
    if kind == "one":
        h = p.add("gelu", "gelu", h, shape=shape, covers=("g1", "g2", "g3", "g4", "g5"))
    else:
        p.add("g1", "multiply", h, shape=shape)
        p.add("g2", "error function", "g1", shape=shape)
        p.add("g3", "add", "g2", shape=shape)
        p.add("g4", "multiply", "up", "g3", shape=shape)
        h = p.add("g5", "multiply", "g4", shape=shape)
    h = p.add(
        "down",
        "matrix product",
        h,
        p.add("wd", "parameter", shape=(64, 64)),
        shape=shape,
    )
    p.add("out", "add", h, x, shape=shape)
    return p


def optimized():
    """Return a network before and after an optimizer that states what it fused."""
    left = mlp((20, 16, 10))
    after = Plan(stage=GraphStage.OPTIMIZED)
    fused = {
        "sum0": ("sum0", "relu0"),
        "diff": ("diff", "square", "loss"),
        "lr_dw1": ("lr_dw1", "new_w1"),
        "lr_db1": ("lr_db1", "new_b1"),
        "lr_dw0": ("lr_dw0", "new_w0"),
        "lr_db0": ("lr_db0", "new_b0"),
    }
    inside = {part: whole for whole, parts in fused.items() for part in parts}
    for key, node in left.nodes.items():
        whole = inside.get(key, key)
        if whole in after.nodes:
            continue
        parts = fused.get(key, ())
        inputs = dict.fromkeys(
            inside.get(each, each)
            for part in (parts or (key,))
            for each in left.nodes[part].inputs
        )
        after.add(
            key,
            "" if parts else node.common,
            *(each for each in inputs if each in after.nodes),
            shape=node.shape,
            parts=parts,
            covers=parts or (key,),
            name=f"buf_{key}",
            operation="fused_kernel" if parts else node.common,
        )
    return left, after


def known_pairs():
    """Return name -> two plans, for every pair whose matching is known."""
    plain = mlp()
    return {
        "renamed and reordered": (plain, renamed(plain)),
        "product and bias fused": (plain, renamed(mlp(linear="fused"))),
        "constants folded": folded_constants(),
        "operands of sums swapped": (plain, renamed(mlp(swapped=True))),
        "operation inserted": (plain, renamed(mlp(after_layer=1))),
        "equal layers repeated": (residual(), renamed(residual(dropout_in=7))),
        "weights transposed": (plain, renamed(mlp(weights="transposed"))),
        "dense network of two frameworks": (
            mlp(linear="fused", weights="transposed"),
            renamed(mlp(swapped=True)),
        ),
        "convolutional network of two frameworks": (cnn("torch"), cnn("tensorflow")),
        "activation as one operation or five": (
            attention("one"),
            renamed(attention("five")),
        ),
        "fused by an optimizer": optimized(),
    }


RANDOM_KINDS = ("add", "multiply", "relu", "tanh", "matrix product", "softmax")


def random_plan(rng, size):
    """Return a random graph of operations on tensors of three shapes."""
    p = Plan()
    shapes = ((BATCH, 8), (BATCH, 16), (BATCH, 24))
    p.add("n0", "input", shape=rng.choice(shapes))
    p.add("n1", "parameter", shape=rng.choice(shapes))
    for number in range(2, size):
        recent = range(max(0, number - 6), number)
        inputs = rng.sample([f"n{each}" for each in recent], rng.choice((1, 1, 2)))
        kind = rng.choice(RANDOM_KINDS)
        p.add(f"n{number}", kind, *inputs, shape=rng.choice(shapes))
    return p


def with_insertion(plan, rng):
    """Return a copy with an operation of a kind of its own on one random edge."""
    changed = Plan()
    keys = {node.name: key for key, node in plan.nodes.items()}
    target = rng.choice([key for key, node in plan.nodes.items() if node.inputs])
    for key, node in plan.nodes.items():
        inputs = [keys[each] for each in node.inputs]
        if key == target:
            inputs[0] = changed.add("new", "sine", inputs[0], shape=(BATCH, 8))
        changed.add(key, node.common, *inputs, shape=node.shape)
    return changed


def without_one(plan, rng):
    """Return a copy without one random inner operation, whose input is passed on."""
    changed = Plan()
    keys = {node.name: key for key, node in plan.nodes.items()}
    removed = rng.choice([key for key, node in plan.nodes.items() if node.inputs])
    instead = keys[plan.nodes[removed].inputs[0]]
    for key, node in plan.nodes.items():
        if key != removed:
            inputs = [keys[each] for each in node.inputs]
            inputs = [instead if each == removed else each for each in inputs]
            changed.add(key, node.common, *inputs, shape=node.shape)
    return changed
