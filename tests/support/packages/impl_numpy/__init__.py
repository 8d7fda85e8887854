"""An implementation package for tests: it computes each step with the reference.

It imports no framework, so its workers start in a fraction of a second. A test adds the
folder above this package to ``PYTHONPATH``.
"""

from compare.contract import Captures, Framework, Mode

FRAMEWORK = Framework(
    name="numpy",
    title="NumPy",
    package=__name__,
    module="numpy",
    install="pip install numpy",
    rank=9,
    modes=tuple(
        Mode(name=name, family="dynamic", captures=Captures.NONE, summary="for tests")
        for name in ("eager", "again", "third")
    ),
    environment={},
)

FRAMEWORKS = (FRAMEWORK,)
