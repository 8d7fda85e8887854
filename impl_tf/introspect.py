"""Which graph did this mode really build, according to TensorFlow?"""

from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf
from compare.contract import Captures, GraphReport, Idiom

from impl_tf.graph_mode import GraphSession
from impl_tf.keras_modes import TrainFunction
from impl_tf.step import TrainingStep

UPDATES = {"AssignVariableOp", "AssignSubVariableOp", "AssignAddVariableOp"}
PYTHON_CALLS = {"PyFunc", "PyFuncStateless", "EagerPyFunc"}
LOOPS = {"While", "StatelessWhile", "Enter"}  # Enter: of TensorFlow 1
BRANCHES = {"If", "StatelessIf", "Case", "StatelessCase"}
MUST_COMPILE = "_XlaMustCompile"  # attribute of a function: XLA or an error


def reset() -> None:
    """Clear the state of earlier sessions of this process."""
    keras.backend.clear_session()


def captures_count(step: TrainingStep) -> int:
    """Return the number of graphs so far; cheap enough for timed runs."""
    return step.graph.experimental_get_tracing_count() if step.graph else 0


def graph_report(step: TrainingStep, *, example: Any) -> GraphReport:
    """Describe the graphs of a step that has run at least once."""
    count = captures_count(step)
    if not count or tf.config.functions_run_eagerly():
        return GraphReport(
            captures=Captures.NONE,
            captures_count=count,
            kernels=0,
            control_flow=(Idiom.IN_PYTHON,),
        )
    operations = captured_operations(step, example=example)
    kinds = [operation.type for operation in operations]
    breaks = count_python_calls(operations[0].graph)
    return GraphReport(
        captures=read_captures(set(kinds)),
        captures_count=count,
        graph_breaks=breaks,
        nodes=len(operations),
        # XLA does not list its kernels without compiling the step again.
        kernels=None if must_compile(step, example=example) else 0,
        text="\n".join(f"{o.type} {o.name}" for o in operations),
        control_flow=read_control_flow(
            every_graph(step), leaves_graph=breaks > 0
        ),
    )


def read_control_flow(
    graphs: list[Any], *, leaves_graph: bool
) -> tuple[Idiom, ...]:
    """Return where loops and branches run, by the operations of graphs."""
    found = {Idiom.IN_PYTHON} if leaves_graph else set()
    for graph in graphs:
        found |= control_flow_of(graph) or {Idiom.UNROLLED}
    return tuple(each for each in Idiom if each in found)


# differs: operations have one list here; each compiler stores its own there
def control_flow_of(graph: Any) -> set[Idiom]:
    """Return what a graph and the functions that it may call contain."""
    kinds = set(kinds_within(graph))
    found = {Idiom.LOOP} if kinds & LOOPS else set()
    return found | ({Idiom.BRANCH} if kinds & BRANCHES else set())


def count_python_calls(graph: Any) -> int:
    """Return how often a graph, also in a loop or a branch, calls Python."""
    return sum(kind in PYTHON_CALLS for kind in kinds_within(graph))


def kinds_within(graph: Any) -> Iterator[str]:
    """Return the types of all operations of a graph and its functions."""
    definition = graph.as_graph_def()
    functions = (each.node_def for each in definition.library.function)
    for nodes in (definition.node, *functions):
        yield from (node.op for node in nodes)


def every_graph(step: TrainingStep) -> list[Any]:
    """Return the graphs that a step was captured in: one per trace."""
    if isinstance(step.graph, GraphSession):
        return [step.graph.graph]
    function = step.graph
    if isinstance(function, TrainFunction):
        function = function.wrapped()
    return [each.graph for each in function._list_all_concrete_functions()]


def captured_operations(step: TrainingStep, *, example: Any) -> list[Any]:
    """Return the operations of the graph of a step."""
    if isinstance(step.graph, GraphSession):
        return step.graph.operations()
    return step.graph.get_concrete_function(*example).graph.get_operations()


def must_compile(step: TrainingStep, *, example: Any) -> bool:
    """Return whether XLA compiles the graph of a step."""
    if isinstance(step.graph, GraphSession):
        return False
    concrete = step.graph.get_concrete_function(*example)
    return bool(concrete.function_def.attr[MUST_COMPILE].b)


def read_captures(evidence: Any) -> Captures:
    """Return how much of a step a graph holds, by its operations."""
    if evidence & UPDATES:
        return Captures.TRAINING_STEP
    backward = any(name.endswith("Grad") for name in evidence)
    return Captures.FORWARD_BACKWARD if backward else Captures.FORWARD
