"""NumPy as a framework; imports no framework."""

from compare.contract import Captures, Framework, Mode

FRAMEWORKS = (
    Framework(
        name="numpy",
        title="NumPy",
        package=__name__,
        module="numpy",
        install="pip install numpy",
        distributions=("numpy",),
        rank=50,
        modes=(
            Mode(
                name="eager",
                family="dynamic",
                captures=Captures.NONE,
                summary="operation by operation, with gradients by hand",
                unnamed_in=(),  # runs only if it is named: -v numpy/eager
            ),
        ),
        environment={"OMP_NUM_THREADS": "{threads}"},
    ),
)
