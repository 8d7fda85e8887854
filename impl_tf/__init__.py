"""TensorFlow's side of every comparison; importing it imports no framework."""

from compare.contract import Framework, Mode

DOCUMENTATION = "https://www.tensorflow.org/api_docs/python"

FRAMEWORK = Framework(
    name="tf",
    title="TensorFlow",
    package=__name__,
    module="tensorflow",
    install="pip install 'graph-compare[tensorflow]'",
    rank=2,
    modes=(
        Mode(
            name="eager",
            family="dynamic",
            captures="none",
            summary="operation by operation, a GradientTape records along",
        ),
        Mode(
            name="function",
            family="static",
            captures="training step",
            summary="tf.function around tape, gradient and update",
        ),
        Mode(
            name="xla",
            family="static",
            captures="training step",
            summary="the same tf.function with jit_compile=True, by XLA",
        ),
    ),
    environment={
        "CUDA_CACHE_PATH": "{cache}",
        "TF_NUM_INTRAOP_THREADS": "{threads}",
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": "{threads}",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "KERAS_BACKEND": "tensorflow",
    },
    # Keras imports these wherever it finds them.
    unwanted=("sklearn", "pandas", "scipy"),
    api_pages={"tf.": f"{DOCUMENTATION}/{{path}}"},
)
