"""The JAX side of every comparison; imports no framework."""

from typing import TYPE_CHECKING

from compare.contract import Captures, Framework, Mode

if TYPE_CHECKING:  # mypy checks the parts of this package with the contract
    from compare.contract import (
        CallablesModule,
        ModelsModule,
        QuirksModule,
        Runtime,
        SessionModule,
    )

    from impl_jax import callables, models, quirks, runtime, session

    SESSION: SessionModule = session
    RUNTIME: Runtime = runtime
    MODELS: ModelsModule = models
    QUIRKS: QuirksModule = quirks
    CALLABLES: CallablesModule = callables

DOCUMENTATION = "https://docs.jax.dev/en/latest/_autosummary"
FLAX = "https://flax.readthedocs.io/en/latest/api_reference"
OPTAX = "https://optax.readthedocs.io/en/latest/api"

FRAMEWORK = Framework(
    name="jax",
    title="JAX",
    package=__name__,
    module="jax",
    install="pip install 'graph-compare[jax]'",
    distributions=("jax",),
    also_needs=("optax",),
    rank=3,
    modes=(
        Mode(
            name="eager",
            family="dynamic",
            captures=Captures.NONE,
            summary="operation by operation; jax.value_and_grad traces each",
            unnamed_in=(),
        ),
        Mode(
            name="jit",
            family="static",
            captures=Captures.TRAINING_STEP,
            summary="jax.jit around gradients and update: XLA compiles it",
            unnamed_in=(),
        ),
        Mode(
            name="jit-donate",
            family="static",
            captures=Captures.TRAINING_STEP,
            summary="the same; the old parameters' memory is used again",
            unnamed_in=(),
        ),
    ),
    environment={
        "JAX_ENABLE_X64": "1",
        "NPROC": "{threads}",  # of XLA on a CPU
        "OMP_NUM_THREADS": "{threads}",
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    },
    captures_functions_with="`jax.jit`",
    api_pages={
        "jax.": f"{DOCUMENTATION}/{{name}}.html",
        "flax.": f"{FLAX}/index.html",
        "flax.nnx.": f"{FLAX}/flax.nnx/index.html",
        "optax.": f"{OPTAX}/optimizers.html#{{name}}",
    },
)

FRAMEWORKS = (FRAMEWORK,)
