"""Keras on each of its backends; imports no framework.

One set of modules serves all backends: a process runs Keras on the one that
``KERAS_BACKEND`` names, with the settings of the backend's own package.
"""

from typing import TYPE_CHECKING

from compare.contract import Captures, Framework, Mode
from impl_jax import FRAMEWORK as JAX
from impl_tf import FRAMEWORK as TENSORFLOW
from impl_torch import FRAMEWORK as TORCH

if TYPE_CHECKING:  # mypy checks the parts of this package with the contract
    from compare.contract import ModelsModule, Need, Runtime, SessionModule

    from impl_keras import models, runtime, session

    SESSION: SessionModule = session
    RUNTIME: Runtime = runtime
    MODELS: ModelsModule = models


def declare_eager() -> Mode:
    """Return the mode in which Keras runs a step operation by operation."""
    return Mode(
        name="eager",
        family="dynamic",
        captures=Captures.NONE,
        summary="Keras' own train_step, with run_eagerly=True",
        unnamed_in=(),
        counterpart="eager",
    )


def declare_compiled(
    summary: str,
    *,
    counterpart: str,
    captures: Captures = Captures.TRAINING_STEP,
    needs: tuple["Need", ...] = (),
    has_breaks: bool = False,
) -> Mode:
    """Return the mode in which the backend's compiler compiles a step."""
    return Mode(
        name="compiled",
        family="static",
        captures=captures,
        summary=f"jit_compile=True: {summary}",
        needs=needs,
        compiles=True,
        unnamed_in=(),
        has_breaks=has_breaks,
        counterpart=counterpart,
    )


def declare_framework(
    backend: Framework, *, name: str, extra: str, rank: int, compiled: Mode
) -> Framework:
    """Return Keras on a backend.

    Args:
        backend: what the backend's own package declares.
        name: of the backend, in the words of Keras.
        extra: of this project, which installs the backend.
        rank: position in tables.
        compiled: the mode with a compiler.
    """
    return Framework(
        name=f"keras[{backend.name}]",
        title=f"Keras on {backend.title}",
        package=__name__,
        module="keras",
        install=f"pip install 'graph-compare[keras,{extra}]'",
        rank=rank,
        modes=(declare_eager(), compiled),
        environment={**backend.environment, "KERAS_BACKEND": name},
        unwanted=backend.unwanted,
        also_needs=(backend.module, *backend.also_needs),
        backend=backend.name,
    )


FRAMEWORKS = (
    declare_framework(
        TORCH,
        name="torch",
        extra="torch",
        rank=4,
        compiled=declare_compiled(
            "torch.compile of train_step; it breaks at backward()",
            has_breaks=True,
            captures=Captures.FORWARD_BACKWARD,
            counterpart="compile-step",
            needs=("C++ compiler",),
        ),
    ),
    declare_framework(
        TENSORFLOW,
        name="tensorflow",
        extra="tensorflow",
        rank=5,
        compiled=declare_compiled(
            "XLA compiles the tf.function of train_step", counterpart="xla"
        ),
    ),
    declare_framework(
        JAX,
        name="jax",
        extra="jax",
        rank=6,
        compiled=declare_compiled(
            "jax.jit of train_step; the old state is donated",
            counterpart="jit",
        ),
    ),
)
