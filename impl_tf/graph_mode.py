"""The training step of TensorFlow 1: a tf.Graph, run by a tf.Session."""

import copy
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from compare.contract import Optimizer
from tensorflow import Tensor

from impl_tf import layout
from impl_tf.models.layers import Conv, Linear
from impl_tf.optimizers import decayed
from impl_tf.step import Objective, TrainingStep

v1 = tf.compat.v1


def graph_step(
    objective: Any, *, optimizer: Optimizer, example: Sequence[Tensor]
) -> TrainingStep:
    """Return a step that is built once, before any batch is fed."""
    require_plain(objective, optimizer=optimizer)
    with tf.Graph().as_default() as graph:
        feeds = [
            v1.placeholder(part.dtype, (None, *part.shape[1:]))  # any batch
            for part in example
        ]
        own = with_own_variables(objective)
        variables = list(layout.named_parameters(own.model).values())
        loss = own(*feeds)
        gradients = tf.gradients(loss, variables, unconnected_gradients="zero")
        update = plain_update(variables, gradients, optimizer=optimizer)
        session = GraphSession(graph)
        copies = Copies(objective.model, variables, session=session)

    def run(*batch: Tensor) -> Any:
        fed = zip(feeds, map(np.asarray, batch), strict=True)
        computed, _ = session.run([loss, update], dict(fed))
        return computed

    def observe(*batch: Tensor) -> Any:
        fed = zip(feeds, map(np.asarray, batch), strict=True)
        computed, found, _ = session.run([loss, gradients, update], dict(fed))
        return computed, found

    return TrainingStep(
        run=run,
        observe=observe,
        reset=lambda: None,  # a plain update has no state
        graph=session,
        to_model=copies.to_model,
        from_model=copies.from_model,
    )


def require_plain(objective: Any, *, optimizer: Optimizer) -> None:
    """Refuse what a graph of TensorFlow 1 may not compute in this order.

    Raises:
        NotImplementedError: the mode cannot run this.
    """
    if not isinstance(objective, Objective):
        raise NotImplementedError(
            "graph cannot run users' models: their variables are eager, those "
            "of a session are not"
        )
    parts = objective.model.submodules
    if not all(isinstance(part, Linear | Conv) for part in parts):
        raise NotImplementedError(
            "graph runs dense and convolutional layers only: others may have "
            "variables outside of its session"
        )
    if optimizer.has_state:
        raise NotImplementedError(
            "graph supports plain updates only: a tf.Graph does not keep the "
            "order in which an optimizer changes its state"
        )


def with_own_variables(module: Any) -> Any:
    """Return the same module with variables of the current graph."""
    twin = copy.copy(module)
    own = vars(twin)
    for name, part in vars(module).items():
        if isinstance(part, tf.Variable):
            own[name] = tf.Variable(tf.zeros(part.shape, part.dtype))
        elif isinstance(part, tf.Module):
            own[name] = with_own_variables(part)
    return twin


def plain_update(
    variables: Sequence[tf.Variable],
    gradients: Sequence[Any],
    *,
    optimizer: Optimizer,
) -> tf.Operation:
    """Return the operation that updates every variable."""
    rate, decay = optimizer.learning_rate, optimizer.weight_decay
    changes = [
        rate * decayed(gradient, p, decay=decay)
        for p, gradient in zip(variables, gradients, strict=True)
    ]
    with tf.control_dependencies(changes):  # every variable was read
        updates = [
            p.assign_sub(change, read_value=False)
            for p, change in zip(variables, changes, strict=True)
        ]
    return tf.group(*updates)


class GraphSession:
    """A session of a graph, and what it was asked for last."""

    def __init__(self, graph: tf.Graph) -> None:
        threading = tf.config.threading
        within = threading.get_intra_op_parallelism_threads()
        between = threading.get_inter_op_parallelism_threads()
        config = v1.ConfigProto(
            intra_op_parallelism_threads=within,
            inter_op_parallelism_threads=between,
        )
        self._session = v1.Session(graph=graph, config=config)
        self._fetched: list[Any] = []

    def run(self, fetches: list[Any], fed: Any) -> Any:
        """Run a training step, or a part of it."""
        self._fetched = tf.nest.flatten(fetches)
        return self._session.run(fetches, fed)

    def copy(self, fetches: Any, fed: Any = None) -> Any:
        """Read or set variables, which is no part of a step."""
        return self._session.run(fetches, fed)

    def optimize(self, run: Callable[[], Any]) -> Any:
        """Run a step and return the graph that TensorFlow made for it."""
        metadata = v1.RunMetadata()
        options = v1.RunOptions(output_partition_graphs=True)
        plain = self._session.run
        recording = partial(plain, options=options, run_metadata=metadata)
        self._session.run = recording
        try:
            run()
        finally:
            self._session.run = plain
        (found, *_) = metadata.partition_graphs
        return found

    @property
    def graph(self) -> tf.Graph:
        """The graph that the session runs."""
        return self._session.graph

    def operations(self) -> list[tf.Operation]:
        """Return the operations behind what the last step computed."""
        graph = self.graph
        names = [each.name.partition(":")[0] for each in self._fetched]
        used = v1.graph_util.extract_sub_graph(graph.as_graph_def(), names)
        return [graph.get_operation_by_name(node.name) for node in used.node]

    def experimental_get_tracing_count(self) -> int:
        """Return 1 if a step ran in the graph; it is never built again."""
        return 1 if self._fetched else 0


class Copies:
    """Copies between a model and the variables of a session."""

    def __init__(
        self,
        model: tf.Module,
        variables: Sequence[tf.Variable],
        *,
        session: GraphSession,
    ) -> None:
        self._model = list(layout.named_parameters(model).values())
        self._reads = [variable.read_value() for variable in variables]
        self._values = [v1.placeholder(v.dtype, v.shape) for v in variables]
        pairs = zip(variables, self._values, strict=True)
        self._writes = [variable.assign(value) for variable, value in pairs]
        self._session = session

    def to_model(self) -> None:
        """Copy the variables of the session into the model."""
        read = self._session.copy(self._reads)
        for variable, value in zip(self._model, read, strict=True):
            variable.assign(value)

    def from_model(self) -> None:
        """Copy the model's variables into the session."""
        arrays = [variable.numpy() for variable in self._model]
        fed = zip(self._values, arrays, strict=True)
        self._session.copy(self._writes, dict(fed))
