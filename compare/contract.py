"""Read this first: what a workload, a mode and a session are.

A *workload* says what is trained, in NumPy alone. A *mode* is one way in which a
framework can run a training step. A *session* is one mode running one workload.
An implementation package (``impl_torch``, ``impl_tf``, a third one) declares its
modes in a `Framework` and makes sessions; the harness knows nothing else about it.

Arrays that cross this border are *canonical*: images NHWC, convolution kernels HWIO,
dense weights (in, out), labels int64, each under a name such as ``hidden.weight``.
Numbers of 16 bits travel as float32, which holds them exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Array = NDArray[Any]
    Arrays = Mapping[str, Array]
    Batch = Mapping[str, Array]
    Einsum = Callable[..., Array]
    Reference = Callable[..., "Snapshot"]

Family = Literal["dynamic", "static"]
Captures = Literal["none", "forward", "forward+backward", "training step"]
# Unknown: of a benchmark that somebody else wrote; nothing runs in it or on it.
Dtype = Literal["float64", "float32", "bfloat16", "float16", "unknown"]
Device = Literal["cpu", "cuda", "unknown"]
Need = Literal["C++ compiler"]
Processor = Literal["host", "device"]
OperationKind = Literal[
    "matrix product",
    "convolution",
    "fused kernel",
    "other operation",
    "outside operations",
]
Limit = Literal["arithmetic", "bandwidth"]

DTYPES: tuple[Dtype, ...] = ("float64", "float32", "bfloat16", "float16")
DEVICES: tuple[Device, ...] = ("cpu", "cuda")
LIMITS: tuple[Limit, ...] = ("arithmetic", "bandwidth")
PACKAGE_PREFIX = "impl_"


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """How parameters follow gradients: ``p - learning_rate * (g + weight_decay * p)``.

    ``gradient_descent`` is written out by each framework, ``sgd`` is its library's own;
    a name with a dot, such as ``adam_epsilon.outside``, is a spelling of a quirk, which
    has its own numbers.
    """

    name: str
    learning_rate: float
    weight_decay: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What one training step computed, as canonical arrays."""

    loss: Array  # shape ()
    gradients: Arrays
    parameters: Arrays  # after the update
    activations: Arrays = field(default_factory=dict)  # each layer's output
    memory: Arrays = field(default_factory=dict)  # what the optimizer remembers

    def quantities(self) -> dict[str, Array]:
        """Everything compared, named as in tables, e.g. ``gradient:head.bias``.

        In the order in which a step computes it: activations forward, the loss,
        gradients backward, updated parameters.
        """
        backward = reversed(list(self.gradients.items()))
        return {
            **{f"activation:{name}": array for name, array in self.activations.items()},
            "loss": self.loss,
            **{f"gradient:{name}": array for name, array in backward},
            **{f"parameter:{name}": array for name, array in self.parameters.items()},
        }


class Workload(Protocol):
    """What is trained. Everything follows from its fields, the seed among them."""

    @property
    def model(self) -> str:
        """Name of the network, the same in every implementation package."""

    @property
    def loss(self) -> str:
        """``sum_of_squares``, ``squared_error``, ``cross_entropy``; or a quirk's.

        The second and the third are means over the batch; the last has a dot.
        """

    @property
    def optimizer(self) -> Optimizer:
        """How the parameters are updated."""

    @property
    def sizes(self) -> Mapping[str, Any]:
        """Keyword arguments of the model's constructor."""

    @property
    def flops_per_step(self) -> float:
        """Floating-point operations of the products in one training step."""

    @property
    def epochs(self) -> int:
        """How many epochs a run trains for real; 0 where there is nothing to learn."""

    @property
    def seed(self) -> int:
        """What parameters, data and their order are drawn from."""

    def staged(self, folder: Path) -> Workload:
        """The same workload with its data in one file of `folder`, quick to read.

        Raises:
            DataError: the data cannot be read.
        """

    def parameters(self, dtype: Dtype) -> Arrays:
        """Initial parameters, in the order in which the network uses them."""

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:
        """One pass over the training data in this epoch's order.

        Shapes and structure may change from batch to batch.
        """

    def validation(self, dtype: Dtype) -> Batch:
        """The validation data as one batch; asked for only where `epochs` > 0."""

    def metrics(self, outputs: Array, batch: Batch) -> Mapping[str, float]:
        """``loss`` and ``accuracy`` of a model's outputs; only where `epochs` > 0."""

    def reference(
        self, parameters: Arrays, batch: Batch, *, einsum: Einsum, memory: Arrays
    ) -> Snapshot:
        """One training step in NumPy, every product and sum through `einsum`.

        `memory` is what the optimizer remembered after the step before, at first {}.
        """

    @property
    def respelled(self) -> Mapping[str, Reference]:
        """By the name of a quirk: `reference`, with its other spelling.

        What a disagreement is compared with to find its likely cause.
        """


@dataclass(frozen=True, kw_only=True)
class Mode:
    """One way of running a training step, as declared; `GraphReport` is what it did."""

    name: str
    family: Family
    captures: Captures
    summary: str
    needs: tuple[Need, ...] = ()
    devices: tuple[Device, ...] = DEVICES  # that it exists for


@dataclass(frozen=True, kw_only=True)
class Framework:
    """What an implementation package declares about itself, without its framework.

    `environment` is set before the framework is imported. Its values may hold the
    fields ``{threads}`` and ``{cache}`` (a folder for compiled code). `unwanted` are
    modules that it would import merely because they are installed, at a cost in time
    and memory that is not its own. `api_pages` is what public names begin with -> the
    address of their documentation, with the fields of `compare.study.site.apis`.
    """

    name: str
    package: str  # the implementation package itself
    module: str  # what must be importable
    install: str  # what to type where it is not
    rank: int  # its place in tables; the first framework's first mode is the baseline
    modes: tuple[Mode, ...]
    environment: Mapping[str, str]
    unwanted: tuple[str, ...] = ()
    title: str = ""  # as its makers write it
    api_pages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class GraphReport:
    """What graph a session really built, as far as the framework can tell.

    ``None`` means that the idea does not apply or cannot be read, never zero.
    """

    captures: Captures  # as measured: "none" where nothing was captured
    captures_count: int
    graph_breaks: int | None = None
    nodes: int | None = None
    nodes_optimized: int | None = None
    kernels: int | None = None
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What one operation took in profiled steps, as the framework's profiler saw it.

    Its self time is its own, without that of the operations it called. What Python,
    dispatch and bookkeeping take is of the kind ``outside operations``.
    """

    name: str  # the framework's own
    kind: OperationKind
    processor: Processor  # ``device``: kernels of a GPU
    calls: int
    self_ns: float


class Session(Protocol):
    """One variant of one workload, built and holding parameters.

    A batch goes through `place` once; what comes back is this framework's own, and
    opaque to everybody else.
    """

    def place(self, batch: Batch) -> Any:  # noqa: ANN401 - opaque on purpose
        """The batch in this framework's layout, on the session's device."""

    def step(self, batch: Any) -> Any:  # noqa: ANN401
        """One training step; returns the loss without waiting for it."""

    def step_loss(self, batch: Any) -> Array:  # noqa: ANN401
        """One training step, waited for; its loss, of shape ()."""

    def synchronize(self) -> None:
        """Wait until everything asked for is done."""

    def snapshot(self, batch: Any) -> Snapshot:  # noqa: ANN401
        """One training step from here, with everything it computed."""

    def activations(self, batch: Any) -> Arrays | None:  # noqa: ANN401
        """Each layer's output by its name, in forward order.

        ``None`` where this mode lets nobody see them.
        """

    def operations(self, operands: Arrays) -> Arrays | None:
        """A few operations on their own, in the session's dtype.

        ``None`` where this mode lets nobody see them.
        """

    def predict(self, batch: Any) -> Array:  # noqa: ANN401
        """The model's outputs for a batch; changes nothing."""

    def load(self, parameters: Arrays) -> None:
        """Put these parameters in place and forget what an optimizer remembers."""

    def parameters(self) -> Arrays:
        """The canonical parameters now."""

    def captures_count(self) -> int:
        """How many captures were made so far; asked before and after every block."""

    def graph(self) -> GraphReport:
        """What was captured so far; leaves the parameters as they are."""

    def profile(self, batches: Sequence[Any], *, save_to: str) -> list[Operation]:
        """A training step on each of these batches, under the framework's profiler.

        Steps as often beforehand, unrecorded, to be warm. `save_to` gets what was
        recorded as a Chrome trace, compressed by gzip.
        """
