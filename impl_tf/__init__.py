"""The TensorFlow side of every comparison; imports no framework."""

from typing import TYPE_CHECKING

from compare.contract import Captures, Framework, Mode, Replication

from impl_tf.export_formats import EXPORTS
from impl_tf.remedies import REMEDIES

if TYPE_CHECKING:  # mypy checks the parts of this package with the contract
    from compare.contract import (
        CallablesModule,
        ExportingModule,
        ModelsModule,
        QuirksModule,
        ReplicasModule,
        Runtime,
        SessionModule,
    )

    from impl_tf import (
        callables,
        exporting,
        models,
        quirks,
        replicas,
        runtime,
        session,
    )

    SESSION: SessionModule = session
    RUNTIME: Runtime = runtime
    MODELS: ModelsModule = models
    QUIRKS: QuirksModule = quirks
    REPLICAS: ReplicasModule = replicas
    EXPORTING: ExportingModule = exporting
    CALLABLES: CallablesModule = callables

_KERAS_TRAINS = "Keras splits batches in fit only, not in train_on_batch"
DOCUMENTATION = "https://www.tensorflow.org/api_docs/python"

FRAMEWORK = Framework(
    name="tf",
    title="TensorFlow",
    package=__name__,
    module="tensorflow",
    install="pip install 'graph-compare[tensorflow]'",
    distributions=("tensorflow-cpu", "tensorflow", "tf-nightly"),
    built_on_it=("keras", "tf_keras", "keras_hub"),
    rank=2,
    modes=(
        Mode(
            name="eager",
            family="dynamic",
            captures=Captures.NONE,
            summary="operation by operation; a GradientTape records each",
        ),
        Mode(
            name="manual",
            family="dynamic",
            captures=Captures.NONE,
            summary="eager, with gradients by hand; two_layer only",
            unnamed_in=(),
        ),
        Mode(
            name="function",
            family="static",
            captures=Captures.TRAINING_STEP,
            summary="tf.function around tape, gradients and update",
        ),
        Mode(
            name="function-relaxed",
            family="static",
            captures=Captures.TRAINING_STEP,
            summary="tf.function with reduce_retracing=True: fewer traces",
            unnamed_in=(),
        ),
        Mode(
            name="graph",
            family="static",
            captures=Captures.TRAINING_STEP,
            summary="TensorFlow 1: placeholders, tf.gradients, a Session",
            devices=("cpu",),  # a session is fed from the memory of the host
            unnamed_in=(),
        ),
        Mode(
            name="xla",
            family="static",
            captures=Captures.TRAINING_STEP,
            summary="tf.function with jit_compile=True: XLA compiles it",
            compiles=True,
        ),
        Mode(
            name="keras-eager",
            unnamed_in=("check",),
            family="dynamic",
            captures=Captures.NONE,
            summary="keras.Model.train_on_batch with run_eagerly=True",
        ),
        Mode(
            name="keras",
            unnamed_in=("check",),
            family="static",
            captures=Captures.TRAINING_STEP,
            summary="train_on_batch, whose step Keras wraps in tf.function",
        ),
        Mode(
            name="keras-xla",
            unnamed_in=("check",),
            family="static",
            captures=Captures.TRAINING_STEP,
            summary="the same, compiled by XLA (jit_compile=True)",
            compiles=True,
        ),
    ),
    exports=EXPORTS,
    remedies=REMEDIES,
    environment={
        "CUDA_CACHE_PATH": "{cache}",
        "TF_NUM_INTRAOP_THREADS": "{threads}",
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": "{threads}",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "KERAS_BACKEND": "tensorflow",
    },
    replication=Replication(
        method="MirroredStrategy over logical devices of one process; "
        "eagerly, one after another",
        refused={
            "manual": "the step updates parameters before gradients are "
            "summed over replicas",
            "graph": "a Session of TensorFlow 1 has no MirroredStrategy",
            "xla": "XLA compiles for one device, and each replica has its own",
            "keras-eager": _KERAS_TRAINS,
            "keras": _KERAS_TRAINS,
            "keras-xla": _KERAS_TRAINS,
        },
    ),
    # Keras imports these whenever they are installed.
    unwanted=("sklearn", "pandas", "scipy"),
    captures_functions_with="`tf.function`",
    api_pages={"tf.": f"{DOCUMENTATION}/{{path}}"},
)

FRAMEWORKS = (FRAMEWORK,)
