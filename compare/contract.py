"""Read this first: what the harness requires of workloads and implementation packages.

A *workload* defines what is trained, in NumPy only. A *mode* is one way in which a
framework runs a training step. A *session* is one mode that runs one workload. An
implementation package (``impl_torch``, ``impl_tf`` or another one) declares its modes
in a `Framework`, builds sessions, and provides the other parts of
`ImplementationPackage`. The harness uses nothing else of a package.

Arrays that cross this boundary are *canonical*: images NHWC, convolution kernels HWIO,
dense weights (in, out), labels int64, each with a name such as ``hidden.weight``.
16-bit floating-point numbers are passed as float32, which represents them exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import ModuleType

    from numpy.typing import NDArray

    Array = NDArray[Any]
    Arrays = Mapping[str, Array]
    Batch = Mapping[str, Array]
    Einsum = Callable[..., Array]
    Reference = Callable[..., "Snapshot"]
    # Types of the framework. The harness passes them back without looking inside.
    PlacedBatch = Any
    PlacedLoss = Any
    DeviceMark = Any
    TargetModel = Any
    TargetTensor = Any
    DeployedModel = Any


class Captures(StrEnum):
    """How much of a training step a mode puts into a graph."""

    NONE = "none"
    FORWARD = "forward"
    FORWARD_BACKWARD = "forward+backward"
    TRAINING_STEP = "training step"
    # In tables only: the mode should capture a graph, but its step ran eagerly.
    NOT_CAPTURED = "not captured"


class TensorKind(StrEnum):
    """Kinds of compared tensors, in the order in which a step computes them."""

    ACTIVATION = "activation"
    LOSS = "loss"
    GRADIENT = "gradient"
    PARAMETER = "parameter"  # after the update
    MOVED = "moved"  # the fraction of a parameter's elements that the update changes
    PREDICTION = "prediction"  # the model's outputs outside training
    METRIC = "metric"  # of a prediction


class OperationKind(StrEnum):
    """What a profiled operation computes."""

    MATRIX_PRODUCT = "matrix product"
    CONVOLUTION = "convolution"
    FUSED_KERNEL = "fused kernel"
    OTHER = "other operation"
    OUTSIDE = "outside operations"  # Python, dispatch and bookkeeping


Family = Literal["dynamic", "static"]
Dtype = Literal["float64", "float32", "bfloat16", "float16"]
Device = Literal["cpu", "cuda"]
Need = Literal["C++ compiler"]
Processor = Literal["host", "device"]
Limit = Literal["arithmetic", "bandwidth"]
# What only some packages have: a module, or a folder.
OptionalPart = Literal["callables", "lessons", "mistakes", "quirks", "targets"]
Occasion = Literal["quick", "check"]  # a run of the quick suite, a check of a model

DTYPES: tuple[Dtype, ...] = ("float64", "float32", "bfloat16", "float16")
DEVICES: tuple[Device, ...] = ("cpu", "cuda")
LIMITS: tuple[Limit, ...] = ("arithmetic", "bandwidth")
OCCASIONS: tuple[Occasion, ...] = ("quick", "check")
PACKAGE_PREFIX = "impl_"
NO_OPTIMIZER = "none"  # a step is the forward pass alone


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """How parameters are updated, with g the gradient of p and d the weight decay.

    ==================== ====================================================
    ``gradient_descent`` ``p - learning_rate * g``, written out
    ``sgd``              ``p - learning_rate * (g + d * p)``
    ``momentum``         SGD with a velocity: ``v = momentum * v + (g + d * p)``
    ``rmsprop``          divides ``g + d * p`` by ``sqrt(s) + epsilon``, where s is a
                         running mean of its square with weight `momentum`
    ``adam``             Adam of ``g + d * p``, with `betas`; epsilon is added after
                         the bias correction
    ``adamw``            Adam of g; decay apart from it: ``p - learning_rate * d * p``
    ==================== ====================================================

    The defaults are exact in float32, because Keras may round Python numbers to it.
    A name with a dot, such as ``adam_epsilon.outside``, is one spelling of a quirk; it
    defines its own hyperparameters.
    """

    name: str
    learning_rate: float
    weight_decay: float = 0.0
    momentum: float = 0.875
    betas: tuple[float, float] = (0.875, 0.9990234375)
    epsilon: float = 2.0**-20

    @property
    def has_state(self) -> bool:
        """Return whether an update depends on earlier updates."""
        return self.name not in {NO_OPTIMIZER, "gradient_descent", "sgd"}


@dataclass(frozen=True)
class Quantity:
    """One compared tensor of a training step.

    Its text form, such as ``gradient:head.bias`` or ``loss``, is used as a key of array
    files and in tables.
    """

    kind: TensorKind
    name: str = ""  # of the layer or parameter; empty for the loss

    def __str__(self) -> str:
        """Return the text form."""
        return f"{self.kind}:{self.name}" if self.name else str(self.kind)

    @classmethod
    def parse(cls, text: str) -> Quantity:
        """Return the quantity with this text form.

        Raises:
            ValueError: The text starts with no kind of tensor.
        """
        _, _, name = text.partition(":")
        return cls(TensorKind(tensor_kind(text)), name)


def tensor_kind(text: str) -> str:
    """Return the kind of a quantity in text form; not checked to be a `TensorKind`."""
    return text.partition(":")[0]


LOSS = str(Quantity(TensorKind.LOSS))


def key_by_quantity(arrays: Arrays, kind: TensorKind) -> dict[str, Array]:
    """Return arrays of one kind, with the text form of each quantity as key."""
    return {str(Quantity(kind, name)): array for name, array in arrays.items()}


def parameter_key(name: str) -> str:
    """Return the text form of a parameter after the update."""
    return str(Quantity(TensorKind.PARAMETER, name))


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What one training step computed, as canonical arrays."""

    loss: Array  # shape ()
    gradients: Arrays  # of trainable parameters
    parameters: Arrays  # and buffers, such as running means, after the update
    # Each layer's output, in forward order; the last one is the model's output.
    activations: Arrays = field(default_factory=dict)
    memory: Arrays = field(default_factory=dict)  # the optimizer's state

    def quantities(self) -> dict[str, Array]:
        """Return every compared array, named as in tables, e.g. ``gradient:head.bias``.

        The order is the order of computation: activations forward, the loss, gradients
        backward, updated parameters.
        """
        backward = dict(reversed(list(self.gradients.items())))
        return {
            **key_by_quantity(self.activations, TensorKind.ACTIVATION),
            LOSS: self.loss,
            **key_by_quantity(backward, TensorKind.GRADIENT),
            **key_by_quantity(self.parameters, TensorKind.PARAMETER),
        }


class Workload(Protocol):
    """What is trained. All data follow from its fields, which include the seed.

    A workload is a frozen dataclass: the harness passes its fields to the worker, which
    builds it again. `ReferencedWorkload`, `TrainableWorkload`, `WorkloadWithModels`,
    `ElementwiseWorkload` and `StagedWorkload` add what only some workloads have.
    """

    @property
    def model(self) -> str:
        """Name of the network, the same in every implementation package."""

    @property
    def loss(self) -> str:
        """Name of the loss: ``sum_of_squares``, ``squared_error``, ``cross_entropy``.

        ``squared_error`` and ``cross_entropy`` are means over the batch. A name with a
        dot is one spelling of a quirk.
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
    def seed(self) -> int:
        """Random seed for initial parameters, data and their order."""

    def parameters(self, dtype: Dtype) -> Arrays:
        """Return the initial parameters and buffers in order of use by the network."""

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:
        """Return one pass over the training data, in the order of this epoch.

        Shapes and structure may change from batch to batch. The last array of a batch
        has the targets, the others are the model's inputs. ``inputs`` and ``targets``
        have one row per sample; any other array belongs to the whole batch.
        """


class ReferencedWorkload(Workload, Protocol):
    """A workload with a NumPy reference, which its results are checked against.

    The small workloads have one; the examples ``resnet``, ``gru``, ``transformer`` and
    ``unet`` do not. A session needs none.
    """

    def reference(
        self, parameters: Arrays, batch: Batch, *, einsum: Einsum, memory: Arrays
    ) -> Snapshot:
        """Compute one training step in NumPy, every product and sum through `einsum`.

        `memory` is the optimizer's state after the previous step, at first {}.
        """

    def probe(self) -> ReferencedWorkload | None:
        """Return a small workload whose inputs and parameters expose errors.

        It has the same model, loss and kind of optimizer. ``None``: the workload's own
        data are chosen to expose errors.
        """

    @property
    def respelled(self) -> Mapping[str, Reference]:
        """Name of a quirk -> `reference` in the quirk's other spelling.

        Results that disagree are compared with these to find the likely cause.
        """


class TrainableWorkload(ReferencedWorkload, Protocol):
    """A workload that a run also trains for several epochs and validates."""

    @property
    def epochs(self) -> int:
        """Number of epochs to train; 0 to train none."""

    def validation(self, dtype: Dtype) -> Batch:
        """Return the validation data as one batch."""

    def metrics(self, outputs: Array, batch: Batch) -> Mapping[str, float]:
        """Return ``loss`` and ``accuracy`` of the model's outputs for a batch."""


class WorkloadWithModels(Workload, Protocol):
    """A workload of another distribution, which brings its models."""

    @property
    def models(self) -> Mapping[str, str]:
        """Framework -> ``module:Class`` of a model, imported in its workers only.

        The class is called with `sizes` and ``dtype``, as those of `ModelsModule`. A
        class variable. Without it, the workload uses the packages' own models.
        """


class ElementwiseWorkload(Workload, Protocol):
    """A workload that consists of element-wise operations."""

    @property
    def elements_per_step(self) -> float:
        """Elements of the results of element-wise operations in one training step."""


class StagedWorkload(Workload, Protocol):
    """A workload that reads data, e.g. a folder of images.

    A run reads the data once and stores them in one file, so that no worker has to.
    """

    def staged(self, folder: Path) -> Workload:
        """Return the same workload with its data in one file of `folder`.

        Raises:
            DataError: The data cannot be read.
        """


@dataclass(frozen=True, kw_only=True)
class Mode:
    """One way of running a training step, as its package declares it.

    `GraphReport` holds what a session of the mode really captured.
    """

    name: str
    family: Family
    captures: Captures
    summary: str
    needs: tuple[Need, ...] = ()
    devices: tuple[Device, ...] = DEVICES  # on which the mode exists
    compiles: bool = False  # a compiler must generate kernels for the step
    unnamed_in: tuple[Occasion, ...] = OCCASIONS  # where it runs without being named
    # The framework's own code leaves the graph within each step.
    has_breaks: bool = False
    # Of a framework with a backend: the mode of the backend that it is compared with.
    counterpart: str = ""


@dataclass(frozen=True, kw_only=True)
class Runner:
    """A program that runs exported models, in a process of its own.

    Attributes:
        name: of the library that executes the model.
        program: a C++ file in the package of the framework, or a Python module.
        options: of the C++ compiler, with ``{module}`` for the framework's folder.
        module: what a Python program needs; the framework's own module by default.
        install: command that installs it.
        needs_framework: whether the framework's libraries must be installed.
    """

    name: str
    program: str
    options: tuple[str, ...] = ()
    module: str = ""
    install: str = ""
    needs_framework: bool = True

    @property
    def needs_python(self) -> bool:
        """Whether the program is written in Python."""
        return not self.program.endswith(".cpp")


ONNX_RUNTIME = Runner(  # of every framework
    name="ONNX Runtime",
    program="compare.runners.onnx_runtime",
    module="onnxruntime",
    install="pip install 'graph-compare[deploy]'",
    needs_framework=False,
)


@dataclass(frozen=True, kw_only=True)
class ExportFormat:
    """A format in which a framework exports a model, as its package declares it.

    Attributes:
        name: as in tables.
        summary: what a file contains.
        runner: executes a file.
        suffix: of the file; empty for a folder.
        needs: what the exporter needs.
        has_independent_evaluator: whether the nodes of a file are evaluated by another
            program than the runner's library. If a node is wrong there, the file is;
            otherwise that library may be wrong.
    """

    name: str
    summary: str
    runner: Runner
    suffix: str = ""
    needs: tuple[Need, ...] = ()
    has_independent_evaluator: bool = False


@dataclass(frozen=True, kw_only=True)
class DebuggingRemedy:
    """A setting, or a changed line, with which a mode shows a user's mistake.

    Attributes:
        name: of the function that applies it.
        summary: as a user writes it.
        mode: in which it helps.
        mistake: that shows then.
    """

    name: str
    summary: str
    mode: str
    mistake: str


@dataclass(frozen=True, kw_only=True)
class Replication:
    """How a package trains data-parallel: replicas of a model on shares of each batch.

    Attributes:
        method: what combines the gradients of all replicas.
        refused: mode -> why replicas cannot run it. The others can.
        has_breaks: its own code leaves the graph within each step.
    """

    method: str
    refused: Mapping[str, str] = field(default_factory=dict)
    has_breaks: bool = False


@dataclass(frozen=True, kw_only=True)
class Framework:
    """What an implementation package declares, without importing its framework.

    Attributes:
        name: Short name, the first part of a variant's name. Of several installations
            of a framework, each has a label as well, such as ``tf@2.20``.
        package: Name of the implementation package itself.
        module: Module that must be importable.
        install: Command that installs it.
        rank: Position in tables, which no other framework has. The first mode of the
            first framework is the baseline.
        modes: Its modes, in the order of tables.
        exports: The formats in which it exports a model, in the order of tables.
        remedies: What helps to debug in a mode.
        environment: Variables that are set before the framework is imported. Values may
            contain ``{threads}`` and ``{cache}`` (a folder for compiled code).
        unwanted: Modules that the framework would import only because they are
            installed. Workers hide them, so that their import time and memory are not
            attributed to the framework.
        backend: Name of the framework that it runs on, such as ``torch`` for Keras on
            PyTorch; empty if it runs on none.
        title: Name as its developers write it.
        built_on_it: Further packages whose models are this framework's.
        distributions: Names of the distributions on PyPI that contain it, the usual one
            first.
        also_needs: Further packages that the implementation package imports.
        python: The interpreter of its workers; empty for that of this process.
        replication: How the package trains replicas; None if it cannot.
        captures_functions_with: What captures the functions of lessons, in Markdown.
        api_pages: Prefix of public names -> address of their documentation, with the
            fields of `compare.study.site.apis`.
    """

    name: str
    package: str
    module: str
    install: str
    rank: int
    modes: tuple[Mode, ...]
    environment: Mapping[str, str]
    unwanted: tuple[str, ...] = ()
    built_on_it: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    also_needs: tuple[str, ...] = ()
    python: str = ""
    backend: str = ""
    title: str = ""
    exports: tuple[ExportFormat, ...] = ()
    remedies: tuple[DebuggingRemedy, ...] = ()
    replication: Replication | None = None
    captures_functions_with: str = ""
    api_pages: Mapping[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The name without the label of an installation."""
        return base_name(self.name)


LABEL_MARK = "@"  # between the name of a framework and the label of an installation


def base_name(framework: str) -> str:
    """Return the name of a framework without the label of an installation."""
    return framework.partition(LABEL_MARK)[0]


class Idiom(StrEnum):
    """Where a mode runs the loops and branches of a step, as its graphs show."""

    IN_PYTHON = "in Python"  # no graph was captured, or Python runs between graphs
    UNROLLED = "unrolled into the graph"  # it has neither loops nor branches
    BRANCH = "branch in the graph"  # the value of a tensor decides
    LOOP = "loop in the graph"


@dataclass(frozen=True, kw_only=True)
class GraphReport:
    """Which graph a session really built, as far as the framework reports it.

    ``None`` means not applicable or not readable, never zero.
    """

    captures: Captures  # as measured: NONE if nothing was captured
    captures_count: int
    graph_breaks: int | None = None  # places where a step runs Python code
    nodes: int | None = None
    nodes_optimized: int | None = None
    kernels: int | None = None  # 0: no compiler generated any
    text: str = ""
    # The mode stopped capturing without an error, and runs some steps eagerly.
    fell_back: bool = False
    # Without repetition, in the order of `Idiom`; several if graphs differ.
    control_flow: tuple[Idiom, ...] = ()


class BreakKind(StrEnum):
    """What kept a step from running in one graph that is captured once."""

    BREAK = "graph break"  # the graph ends here and Python runs
    RETRACE = "recapture"  # the graph did not fit the next call: captured again
    PYTHON_CALL = "call of Python"  # the graph calls a Python function at each step
    FROZEN = "fixed at capture"  # the graph holds what the first inputs gave
    REFUSED = "not captured"  # the mode refused the code, or ran it eagerly


class BreakCause(StrEnum):
    """What in the code caused a break, in words that both frameworks share."""

    UNKNOWN = ""
    VALUE_BRANCH = "value branch"  # Python branches or loops on a tensor's value
    NUMBER = "number"  # a tensor becomes a Python number
    NUMPY = "numpy"  # a tensor becomes an array of NumPy
    OUTPUT = "output"  # printing or logging
    ITERATION = "iteration"  # Python iterates over a tensor
    DATA_DEPENDENT_SHAPE = "data-dependent shape"
    SHAPE = "shape"  # of an input, which changed
    DTYPE = "dtype"
    UNSUPPORTED_CALL = "unsupported call"
    EXCLUDED_FUNCTION = "excluded function"  # the code asks to leave the graph
    CHANGED_ATTRIBUTE = "changed attribute"
    CHANGED_GLOBAL = "changed global"
    PYTHON_CALL = "call of Python"  # py_function, numpy_function
    NEW_VARIABLE = "new variable"
    EAGER_SWITCH = "eager switch"  # a setting runs every function eagerly


@dataclass(frozen=True, kw_only=True)
class GraphBreak:
    """A place where a mode left its graph, captured again, or refused the code."""

    reason: str  # the framework's, one sentence
    kind: BreakKind = BreakKind.BREAK
    cause: BreakCause = BreakCause.UNKNOWN
    file: str = ""  # of the model's own code
    line: int = 0
    hint: str = ""  # the framework's own advice
    argument: str = ""  # of a recapture: what changed, such as ``length: 3, then 4``


@dataclass(frozen=True, kw_only=True)
class FunctionCapture:
    """A function of a lesson's program that was captured, or why it was not."""

    name: str
    calls: int  # by the program
    captures: int
    breaks: int
    has_given_up: bool = False  # it ran eagerly after too many captures
    reason: str = ""  # the framework's, why it cannot be captured


class GraphStage(StrEnum):
    """When a graph was read."""

    RECORDED = "recorded"  # by autograd, or as executed, while an eager step ran
    CAPTURED = "captured"  # as the mode captured it
    OPTIMIZED = "optimized"  # after the framework's own optimizer


@dataclass(frozen=True, kw_only=True)
class GraphNode:
    """One operation of a graph.

    Attributes:
        name: unique within its graph.
        operation: the framework's own name of the operation.
        common: the name in `compare.graphs.operations` that all frameworks share;
            empty if there is none.
        inputs: names of the nodes whose results it takes, in the order of arguments.
        region: name of the node, such as a loop, whose body contains this one. Each
            side of a branch, and each function of a loop, is a node "body" in between.
        shape: of its result; ``None`` where it is not known, -1 for a variable size.
        parts: of a fused node, the names of the nodes of the previous stage in it.
        is_gradient: it was run by the backward pass, where that is known.
        file: of the source that created it, the model's own code where possible.
    """

    name: str
    operation: str
    common: str = ""
    inputs: tuple[str, ...] = ()
    region: str = ""
    shape: tuple[int, ...] | None = None
    dtype: str = ""
    parts: tuple[str, ...] = ()
    is_gradient: bool = False
    file: str = ""
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class CapturedGraph:
    """One graph of a training step at one stage; a step may have several.

    Attributes:
        stage: when it was read.
        view: what the framework calls this form of the step, such as ``FX, Dynamo``.
        part: of the step, if the view has several graphs: ``graph 2, backward``.
        nodes: in an order in which they can be computed; a node comes before its body.
        reason: why the graph cannot be shown; empty if it can.
    """

    stage: GraphStage
    view: str
    part: str = ""
    nodes: tuple[GraphNode, ...] = ()
    reason: str = ""

    @property
    def title(self) -> str:
        """The view, and the part if there are several."""
        return f"{self.view}, {self.part}" if self.part else self.view


@dataclass(frozen=True, kw_only=True)
class Operation:
    """Calls and self time of one operation in the profiled steps.

    Self time excludes the operations that it called.
    """

    name: str  # the framework's own name
    kind: OperationKind
    common: str = ""  # the name in `compare.graphs.operations`; empty if none
    processor: Processor  # "device": kernels of a GPU
    calls: int
    self_ns: float


class Session(Protocol):
    """One variant of one workload, built, with its parameters.

    `place` converts each batch once. Its result belongs to the framework and is opaque
    to the harness.
    """

    def place(self, batch: Batch) -> PlacedBatch:
        """Return the batch in the framework's layout, on the session's device.

        Raises:
            NotImplementedError: The mode cannot run a batch of this shape; the message
                states why. The cell becomes "not run".
        """

    def step(self, batch: PlacedBatch) -> PlacedLoss:
        """Run one training step; return the loss without waiting for it."""

    def read_loss(self, loss: PlacedLoss) -> Array:
        """Wait for a loss that `step` returned, and return it, of shape ()."""

    def synchronize(self) -> None:
        """Wait until all submitted work is done."""

    def snapshot(self, batch: PlacedBatch) -> Snapshot:
        """Run one training step and return everything it computed."""

    def activations(self, batch: PlacedBatch) -> Arrays | None:
        """Return each layer's output by its name, in forward order.

        ``None`` if the mode does not expose them.
        """

    def operations(self, operands: Arrays) -> Arrays | None:
        """Return the results of a few single operations in the session's dtype.

        ``None`` if the mode does not expose them.
        """

    def predict(self, batch: PlacedBatch) -> Array:
        """Return the model's outputs for a batch in inference mode; change nothing."""

    def deployed(self, batch: PlacedBatch) -> DeployedModel:
        """Return the model in inference mode, with a batch's inputs."""

    def load(self, parameters: Arrays) -> None:
        """Set the parameters and buffers and reset the optimizer's state."""

    def set_parameters(self, parameters: Arrays) -> None:
        """Set the parameters and buffers; keep the optimizer's state."""

    def parameters(self) -> Arrays:
        """Return the current parameters and floating-point buffers.

        A buffer is part of a model's state that training steps update without a
        gradient, such as the running mean of a batch normalization.
        """

    def captures_count(self) -> int:
        """Return the number of captures so far. Called before and after every block."""

    def graph(self) -> GraphReport:
        """Return what was captured so far; leave the parameters unchanged."""

    def breaks(self, batches: Sequence[PlacedBatch] = ()) -> list[GraphBreak]:
        """Return where the mode leaves its graph, captures again, or refuses code.

        Runs its first batch several times, then `batches`. Leaves the parameters
        unchanged; may forget what was captured.
        """

    def graphs(self) -> list[CapturedGraph]:
        """Return the graphs of one step on an example, stage by stage.

        The parameters stay unchanged, the optimizer's state is reset. The session may
        forget what was captured.
        """

    def profile(
        self, batches: Sequence[PlacedBatch], *, save_to: str
    ) -> list[Operation]:
        """Profile one training step per batch with the framework's profiler.

        Runs the same steps unrecorded beforehand, to warm up. Writes the recording to
        `save_to` as a Chrome trace, compressed with gzip.
        """


class SessionFactory(Protocol):
    """Builds a session: the class ``Session`` of a package."""

    def __call__(
        self, workload: Workload, *, mode: str, device: Device, dtype: Dtype
    ) -> Session:
        """Build the model with its initial parameters, and the mode's training step.

        Raises:
            NotImplementedError: The mode cannot run this workload; the message states
                why. The cell becomes "not run".
        """


class ReplicatedSessionFactory(Protocol):
    """Builds a session of several replicas of a model."""

    def __call__(
        self,
        workload: Workload,
        *,
        mode: str,
        device: Device,
        dtype: Dtype,
        replicas: int,
    ) -> Session:
        """Build the replicas, each of which trains on its share of a batch.

        Loss, gradients and parameters of the session are those of the whole batch.

        Raises:
            NotImplementedError: Shares of this workload's batches do not add up to it.
        """


class LimitKernel(Protocol):
    """Prepares a kernel that comes close to one of the machine's limits."""

    def __call__(
        self, *, size: int, dtype: Dtype, device: Device
    ) -> Callable[[], None]:
        """Return a function that runs the kernel once and waits for it."""


class SessionModule(Protocol):
    """The module ``session`` of an implementation package."""

    @property
    def Session(self) -> SessionFactory:  # noqa: N802 - the name of a class
        """Class of the package's sessions."""


class Runtime(Protocol):
    """The module ``runtime``: devices, threads, settings, clocks and memory."""

    @property
    def LIMITS(self) -> Mapping[Limit, LimitKernel]:  # noqa: N802 - a constant
        """Limit of the machine -> the kernel that comes closest to it.

        ``arithmetic``: a square matrix product with ``size`` rows. ``bandwidth``: one
        array of ``size`` elements is added to another in place.
        """

    def configure(self, *, threads: int) -> None:
        """Apply what the environment cannot set. Called once, before any tensor."""

    def missing(self, *, device: Device) -> str:
        """Return why a device cannot be used; empty if it can."""

    def versions(self) -> dict[str, str]:
        """Return the versions of the libraries that results depend on, by name."""

    def settings(self) -> dict[str, str]:
        """Return every setting that can change a result, by name."""

    def mark(self, *, device: Device) -> DeviceMark | None:
        """Record a time on the device's own clock; ``None`` if it has none."""

    def between_ns(
        self, start: DeviceMark | None, end: DeviceMark | None
    ) -> int | None:
        """Wait for two marks and return the time between them; ``None`` without."""

    def peak_device_bytes(self, *, device: Device) -> int | None:
        """Return the peak of allocated device memory since `forget_peak`."""

    def reserved_bytes(self, *, device: Device) -> int | None:
        """Return the peak of reserved device memory since `forget_peak`."""

    def forget_peak(self, *, device: Device) -> None:
        """Reset the peaks of device memory."""


class ModelsModule(Protocol):
    """The module ``models``: the networks by the name in `Workload.model`."""

    @property
    def MODELS(self) -> Mapping[str, Callable[..., Any]]:  # noqa: N802 - a constant
        """Name -> class, called with `Workload.sizes` and ``dtype``."""


class TargetsModule(Protocol):
    """The module ``targets``: how users' own models are built, called and read.

    A model and its tensors belong to the framework and are opaque to the harness.
    """

    def restart_names(self) -> None:
        """Let a model that is built again in this process have the same names."""

    def prepare(self, *, dtype: Dtype, seed: int) -> None:
        """Seed everything that a model may draw; set the dtype that it is built in."""

    @property
    def LOSSES(self) -> Mapping[str, Callable[..., TargetTensor]]:  # noqa: N802
        """The losses by name."""

    def native_dtype(self, dtype: Dtype) -> object:
        """Return a dtype as the framework names it."""

    def creating_variables(self, dtype: Dtype) -> AbstractContextManager[None]:
        """Let a model create its floating-point parameters in this dtype."""

    def adopt(self, made: object, *, dtype: Dtype) -> TargetModel:
        """Return a model in this dtype, in training mode.

        Raises:
            TypeError: It is no model of this framework.
        """

    def state(self, model: TargetModel) -> Mapping[str, TargetTensor]:
        """Return parameters and floating-point buffers by name."""

    def draw_states(self, model: TargetModel) -> list[tuple[Any, Any]]:
        """Return the variables that random draws depend on, and their values."""

    def trained(self, model: TargetModel) -> list[str]:
        """Return the names of the parameters that are updated, in their order."""

    def frozen(self, model: TargetModel) -> list[str]:
        """Return the names of the parameters that are not updated."""

    def tied(self, model: TargetModel) -> list[str]:
        """Return the further names of parameters that have several."""

    def canonical_axes(self, model: TargetModel) -> Mapping[str, tuple[int, ...]]:
        """Return the axes that permute parameters into the canonical order."""

    def call(
        self, model: TargetModel, inputs: Mapping[str, TargetTensor]
    ) -> Mapping[str, TargetTensor]:
        """Return the floating-point outputs by key or index.

        Inputs with a number for a name are positional.
        """

    def to_tensor(self, array: Array, *, dtype: Dtype) -> TargetTensor:
        """Return an array as a tensor; floating-point ones in this dtype."""

    def to_array(self, tensor: TargetTensor) -> Array:
        """Return a tensor as an array."""

    def count_flops(
        self, model: TargetModel, inputs: Mapping[str, TargetTensor]
    ) -> float:
        """Return the floating-point operations of one call; 0 if unknown."""

    def read_examples(self, example: object) -> list[Any]:
        """Return the `compare.workloads.target.ArraySpec` of each example array."""

    def declared_inputs(self, model: TargetModel) -> tuple[list[Any], str] | None:
        """Return the inputs that a model declares, and how; None without."""

    def layer_inputs(self, model: TargetModel) -> Iterator[tuple[list[Any], str]]:
        """Yield the inputs that its first layer may take, and how that was found."""


class RoundingModule(Protocol):
    """The module ``rounding``: simulates the rounding of a narrower dtype."""

    def rounded(
        self, *, unit: float, underflow: float, seed: int
    ) -> AbstractContextManager[None]:
        """Move the result of every eager operation by its own rounding error."""

    def drawing(self, *, dtype: Dtype) -> AbstractContextManager[None]:
        """Let float64 draws give the numbers that a session of a dtype draws."""


@dataclass(frozen=True, kw_only=True)
class CalledFunction:
    """What a call returned, and the gradients of its floating-point outputs.

    Attributes:
        outputs: in their order, whatever they are.
        input_gradients: of each floating-point input; None for one without; None
            instead of the list if no output can be differentiated.
        gradients: the same by the names of parameters.
        reason: why there are no gradients, if that is an error.
    """

    outputs: Sequence[Any]
    input_gradients: Sequence[Any] | None = None
    gradients: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


class CallablesModule(Protocol):
    """The module ``callables``: functions and models of users, in this process."""

    def is_tensor(self, value: object) -> bool:
        """Return whether a value is a tensor of this framework."""

    def holds_state(self, value: object) -> bool:
        """Return whether a value is a model or an optimizer."""

    def dtype_of(self, tensor: Any) -> str:  # noqa: ANN401
        """Return the name of a tensor's dtype."""

    def to_array(self, tensor: Any) -> Array:  # noqa: ANN401
        """Return a tensor as an array; 16-bit formats become float32."""

    def to_tensor(self, array: Array, *, dtype: Dtype | None, near: object) -> Any:  # noqa: ANN401
        """Return an array as a tensor; floating-point ones in a dtype, if given.

        It is placed on the device of `near`, a tensor or model.
        """

    def drawing_from(self, seed: int) -> AbstractContextManager[None]:
        """Seed what a function may draw, and restore the generators at the end."""

    def rebuilt(self, function: Any, *, dtype: Dtype) -> Any:  # noqa: ANN401
        """Return a model that is built again in a dtype, or the function itself.

        Only where `holding` cannot give a model's state another dtype.

        Raises:
            NotImplementedError: the model cannot be built again.
        """

    def holding(
        self, objects: Mapping[str, Any], *, dtype: Dtype | None
    ) -> AbstractContextManager[Mapping[str, Any]]:
        """Let tensors, models and optimizers have copies of their state.

        Yields the tensors by name, and puts the originals back at the end.

        Raises:
            NotImplementedError: the state cannot have this dtype.
        """

    def needs_gradient(self, tensor: Any) -> bool:  # noqa: ANN401
        """Return whether gradients of a tensor are computed."""

    def running_eagerly(self) -> AbstractContextManager[None]:
        """Let functions that are compiled run operation by operation."""

    def call(
        self,
        function: Callable[[list[Any]], list[Any]],
        inputs: Sequence[Any],
        *,
        parameters: Mapping[str, Any],
        draw: Callable[[int, tuple[int, ...]], Array],
    ) -> CalledFunction:
        """Call a function, and differentiate its floating-point outputs.

        Args:
            function: takes the floating-point inputs, returns the outputs.
            inputs: its floating-point inputs.
            parameters: tensors that gradients are computed of, too.
            draw: returns what an output's gradient is, from its number and shape.
        """

    @property
    def CAPTURED(self) -> Mapping[str, Callable[[Any, Any], Any]]:  # noqa: N802
        """Name of a mode -> captures a function; the first mode is the eager one."""

    def captured(self, function: Any, *, mode: str, example: Sequence[Any]) -> Any:  # noqa: ANN401
        """Return a function or model as a mode of `CAPTURED` captures it.

        Args:
            function: of tensors.
            mode: the mode's name.
            example: positional arguments, which a mode may trace.
        """

    def find_capture_breaks(
        self,
        function: Any,  # noqa: ANN401
        calls: Sequence[tuple[Sequence[Any], Mapping[str, Any]]],
    ) -> list[GraphBreak]:
        """Return what keeps calls from running in one graph, captured once."""

    def recording_layers(
        self, objects: Mapping[str, Any], *, into: dict[str, Any]
    ) -> AbstractContextManager[None]:
        """Store the output of each layer of the only model, in their order."""

    def synchronize(self, value: Any = None) -> None:  # noqa: ANN401
        """Wait until a result, and everything before it, is computed."""


class ReplicasModule(Protocol):
    """The module ``replicas``: data-parallel training."""

    def configure(self, *, replicas: int) -> None:
        """Prepare this process for replicas; once, after `Runtime.configure`."""

    @property
    def ReplicatedSession(self) -> ReplicatedSessionFactory:  # noqa: N802 - a class
        """Builds a session that trains on the shares of each batch."""


class BreaksModule(Protocol):
    """The module ``breaks``: why a mode did not capture a user's code."""

    def describe_refusal(self, error: Exception) -> GraphBreak:
        """Return the framework's reason with the user's line, from an exception."""


class QuirksModule(Protocol):
    """The module ``quirks``, whose submodules are the entries of `compare.quirks`.

    Each submodule defines one function per spelling, except those that the entry
    declares impossible in this framework. An entry that has no meaning in this
    framework has no submodule.
    """

    def spelled(self, name: str) -> Callable[..., Any]:
        """Return the function of ``QUIRK.SPELLING``."""


class Naming(StrEnum):
    """Where the line of a mistake is named."""

    MESSAGE = "message"
    TRACEBACK = "traceback"
    WARNING = "warning"  # printed; nothing is raised there
    NOT_NAMED = "not named"


class MistakenModule(Protocol):
    """The module ``mistaken``; the models are in ``mistakes/NAME.py``."""

    def prepare_step(
        self,
        make_model: Callable[[], Any],
        *,
        mode: str,
        example: tuple[Array, Array],
    ) -> Callable[[tuple[Array, Array]], float]:
        """Return the step of a new model in a mode; it returns the loss.

        Args:
            make_model: the model's class.
            mode: the mode's name.
            example: inputs and targets, as those of a step.

        Raises:
            NotImplementedError: the mode cannot run such a model.
        """


class RemediedModule(Protocol):
    """The module ``remedied``."""

    @property
    def APPLIED(  # noqa: N802 - a constant
        self,
    ) -> Mapping[
        str, Callable[[Callable[[], Any]], AbstractContextManager[Callable[[], Any]]]
    ]:
        """Name of a `DebuggingRemedy` -> the context in which a step is run.

        It takes the model's class and yields what makes the model within the context.
        """


INPUT = "Input"


@dataclass(frozen=True, kw_only=True)
class ExportedNames:
    """The names by which a runner finds a model's inputs and outputs, if by any."""

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NodeValue:
    """A node of a model's graph, with what it computed.

    Attributes:
        name: unique in the graph.
        operation: the framework's or format's own name; `INPUT` of the model's inputs.
        inputs: names of the nodes whose results it takes.
        value: a floating-point array; None for other results.
        place: where it comes from, such as a layer or a line; empty if unknown.
        outputs: the numbers of the model's outputs that it computes.
    """

    name: str
    operation: str
    inputs: tuple[str, ...]
    value: Array | None
    place: str = ""
    outputs: tuple[int, ...] = ()


class ExportingModule(Protocol):
    """The module ``exporting``: models in files, and what they compute."""

    @property
    def EXPORTERS(  # noqa: N802 - a constant
        self,
    ) -> Mapping[str, Callable[[DeployedModel, Path], ExportedNames]]:
        """Name of an `ExportFormat` -> writes a model in that format.

        The size of the first axis of every input may vary, where the format allows it.
        An exporter that refuses a model raises whatever its framework raises.
        """

    def read_inputs(self, model: DeployedModel) -> list[Array]:
        """Return the inputs as arrays, in the framework's own layout."""

    def run(self, model: DeployedModel) -> list[Array]:
        """Return the floating-point outputs, in the framework's own layout."""

    def time_calls(self, model: DeployedModel, *, calls: int) -> int:
        """Run the model eagerly `calls` times; return the nanoseconds of all."""

    def trace_model(self, model: DeployedModel) -> list[NodeValue]:
        """Return every operation that the eager model runs, with its result."""

    def trace_export(
        self, name: str, path: Path, inputs: Sequence[Array]
    ) -> list[NodeValue]:
        """Return every node of an exported model, with its result for some inputs.

        The nodes that compute an output have its number if the format states it.

        Raises:
            NotImplementedError: the format does not show what its nodes compute.
        """


class LessonModule(Protocol):
    """A program ``lessons.NAME``; `compare.study` lists the names."""

    def main(self) -> Mapping[str, object]:
        """Run the lesson and return its results, each convertible to an array."""


class LessonGraphModule(Protocol):
    """The module ``lesson_graph``."""

    def record_program(self, run: Callable[[], object]) -> CapturedGraph:
        """Run a program until it has computed gradients once; return its operations.

        Of a program that computes none, the first operations are returned.
        """

    def record_captured(self, run: Callable[[], object]) -> CapturedGraph:
        """Run a program that captures graphs; return the largest of its own code.

        Graphs that the framework makes to write or read files do not count.
        """


class LessonCaptureModule(Protocol):
    """The module ``lesson_capture``."""

    def capture_program(
        self, run: Callable[[Callable[[ModuleType], None]], Any]
    ) -> tuple[list[FunctionCapture], Any]:
        """Run a program whose functions of tensors are captured in graphs.

        A function that cannot be captured is left as it is in another run.

        Args:
            run: runs the program, after a function has changed its module.

        Returns:
            Every function that was called with tensors, and what `run` returned.
        """


class ImplementationPackage(Protocol):
    """One framework's side of every comparison.

    It is found by `PACKAGE_PREFIX`, or, if it belongs to another distribution, by an
    entry point of the group ``graph_compare.frameworks`` (`compare.plugins`).
    Importing the package must not import the framework; importing a submodule may.
    `compare.study` also reads source files of the package: ``models/MODEL.py`` for each
    model, ``step.py``, ``optimizers.py``, ``modes.py`` with one function per mode
    (``compile_step`` for the mode ``compile-step``), ``quirks/QUIRK.py``, and
    ``lessons/NAME.py``, which is a `LessonModule`.

    A package needs `FRAMEWORKS`, `session`, `runtime` and `models`. Commands that use
    another part leave out a package without it. A package with several frameworks
    finds the one of its process in the environment, which `Framework.environment` sets.
    """

    @property
    def FRAMEWORKS(self) -> tuple[Framework, ...]:  # noqa: N802 - a constant
        """What the package declares: one framework, or one for each backend."""

    @property
    def session(self) -> SessionModule:
        """Builds sessions."""

    @property
    def runtime(self) -> Runtime:
        """Devices, threads, settings, clocks and memory."""

    @property
    def models(self) -> ModelsModule:
        """The networks."""

    @property
    def targets(self) -> TargetsModule:
        """Users' own models."""

    @property
    def replicas(self) -> ReplicasModule:
        """Data-parallel training, if `Framework.replication` describes it."""

    @property
    def breaks(self) -> BreaksModule:
        """Why a mode did not capture a user's code."""

    @property
    def rounding(self) -> RoundingModule:
        """The simulation of rounding."""

    @property
    def callables(self) -> CallablesModule:
        """Functions and models of users, in the process of their tests."""

    @property
    def lesson_graph(self) -> LessonGraphModule:
        """The graphs of lessons."""

    @property
    def lesson_capture(self) -> LessonCaptureModule:
        """The functions of lessons, captured."""

    @property
    def mistaken(self) -> MistakenModule:
        """Models with a mistake."""

    @property
    def exporting(self) -> ExportingModule:
        """Models in files."""

    @property
    def quirks(self) -> QuirksModule:
        """The spellings of known differences between frameworks."""
