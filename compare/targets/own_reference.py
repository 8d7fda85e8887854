"""The NumPy reference of a user's folder, in the form of a built-in workload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from compare.contract import Snapshot
from compare.targets.folders import FORM, build_workload, name_arrays, other_form
from compare.targets.loading import Stage, at_stage
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.contract import Arrays, Batch, Dtype, Einsum, Optimizer
    from compare.workloads.target import Source, TargetWorkload


@dataclass(frozen=True, kw_only=True)
class OwnReference:
    """A staged folder whose training steps the user's own NumPy code computes."""

    staged: TargetWorkload
    own: Any  # the user's workload
    keys: Mapping[str, str]  # of the staged arrays -> of the user's

    model: ClassVar[str] = "folder"

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer of the folder."""
        return self.staged.optimizer

    def parameters(self, dtype: Dtype) -> Arrays:
        """Return the initial parameters, as every model gets them."""
        return self.staged.parameters(dtype)

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:
        """Return the staged batches under the user's keys."""
        for batch in self.staged.batches(dtype, epoch=epoch):
            yield {self.keys[key]: array for key, array in batch.items()}

    def reference(
        self, parameters: Arrays, batch: Batch, *, einsum: Einsum, memory: Arrays
    ) -> Snapshot:
        """Compute one training step by the user's function.

        Raises:
            TargetError: it fails, or its result has another form.
        """
        with at_stage(Stage.WORKLOAD, advice=FORM):
            made: object = self.own.reference(
                parameters, batch, einsum=einsum, memory=memory
            )
        return require_snapshot(made, parameters=parameters)


def read_reference(
    source: Source, staged: TargetWorkload, *, seed: int
) -> OwnReference:
    """Import and build the workload of a folder that defines a reference.

    Raises:
        TargetError: the workload cannot be used.
    """
    own = build_workload(source, seed=seed)
    with at_stage(Stage.WORKLOAD, advice=FORM):
        keys = name_arrays(next(iter(own.batches("float64", epoch=0))))
    return OwnReference(staged=staged, own=own, keys=keys)


def require_snapshot(made: object, *, parameters: Arrays) -> Snapshot:
    """Return what a reference computed, if it has the expected form.

    Raises:
        TargetError: it has not.
    """
    if not isinstance(made, Snapshot):
        raise other_form(
            f"{type(made).__name__} from reference()",
            expected="a compare.contract.Snapshot",
        )
    if made.parameters.keys() != parameters.keys():
        raise other_form(
            f"updated parameters {_list_names(made.parameters)} from reference()",
            expected=_list_names(parameters),
        )
    if not made.gradients or not made.gradients.keys() <= parameters.keys():
        raise other_form(
            f"gradients {_list_names(made.gradients)} from reference()",
            expected=f"gradients of {_list_names(parameters)}",
        )
    if not made.activations:
        raise other_form(
            "no activations from reference()",
            expected="the outputs of the model as the last of its activations",
        )
    return made


def _list_names(arrays: Arrays) -> str:
    return join_words(arrays, conjunction="and") if arrays else "none"
