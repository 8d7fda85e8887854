"""Simulate a session with one mistake in NumPy, through the checks of a real one.

A `Mistake` is a function that computes one training step with an error in it. `replay`
runs it through the same loads and steps as the checks: a mistake that keeps values
between calls, such as a gradient of the step before, changes what it should.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from compare.contract import LOSS, Snapshot
from compare.runs.words import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from compare.agreement.causes.evidence import Evidence
    from compare.agreement.causes.network import Network
    from compare.agreement.examine import Checked
    from compare.contract import Array, Arrays, Batch


@dataclass(frozen=True, kw_only=True)
class Step:
    """One training step of a simulated session, and what it starts from."""

    evidence: Evidence
    checked: Checked
    received: Arrays  # of the real session
    state: Arrays  # the parameters before the step
    memory: Arrays  # the optimizer's state
    batch: Batch
    kept: dict[str, Any]  # what the mistake keeps between calls

    @property
    def number(self) -> int:
        """The step of the workload, which determines the batch."""
        return self.checked.expected.step

    @property
    def in_trajectory(self) -> bool:
        """Whether the step is one of a trajectory."""
        return self.checked.expected.check is Check.TRAJECTORY

    def differentiate(
        self,
        *,
        state: Arrays | None = None,
        batch: Batch | None = None,
        network: Network | None = None,
    ) -> Snapshot:
        """Return loss and gradients, with any of the ingredients replaced."""
        state, batch = state or self.state, batch or self.batch
        if network is not None:
            return network.differentiate(state, batch)
        return self.evidence.differentiate(state, batch, memory=self.memory)

    def require_loss(self, network: Network, state: Arrays | None = None) -> None:
        """Raise unless the network's loss is the received one.

        The forward pass alone takes a third of the time of a step.

        Raises:
            LookupError: the losses differ.
        """
        loss = network.evaluate(state or self.state, self.batch, {})
        if not self.evidence.is_near(
            self.received[LOSS], loss, name=LOSS, checked=self.checked
        ):
            raise LookupError("another loss was received")

    def update(
        self,
        gradients: Arrays,
        *,
        state: Arrays | None = None,
        rate: float = 1.0,
        decay: Callable[[str, Array], float] | None = None,
    ) -> dict[str, Array]:
        """Return the updated parameters of plain gradient descent.

        Args:
            gradients: of all parameters.
            state: the parameters, if not those of the step.
            rate: a multiple of the learning rate.
            decay: computes the weight decay of a parameter, if not the optimizer's.
        """
        optimizer = self.evidence.workload.optimizer
        rate = rate * optimizer.learning_rate
        decay = decay or (lambda _, __: optimizer.weight_decay)
        return {
            name: p - rate * (gradients[name] + decay(name, p) * p)
            for name, p in (state or self.state).items()
            if name in gradients
        }

    def end_state(self, gradients: Arrays) -> Arrays:
        """Return the parameters after the optimizer's update with these gradients."""
        return self.evidence.update(self.state, gradients, self.memory)[0]

    def end(  # noqa: PLR0913 - each is one part of the end of a step
        self,
        now: Snapshot,
        *,
        loss: Array | None = None,
        seen: Arrays | None = None,
        applied: Arrays | None = None,
        parameters: Mapping[str, Array] | None = None,
        kept: Collection[str] = (),
    ) -> Snapshot:
        """Return the end of the step: loss, gradients and the updated parameters.

        Args:
            now: loss and gradients of the step.
            loss: another loss to report.
            seen: other gradients, which are reported and applied.
            applied: other gradients for the update alone.
            parameters: the updated parameters, if not by the optimizer's rule.
            kept: the names of parameters that the update leaves unchanged.
        """
        seen = now.gradients if seen is None else seen
        memory = self.memory
        if parameters is None:
            used = seen if applied is None else applied
            parameters, memory = self.evidence.update(self.state, used, self.memory)
        parameters = {**now.parameters, **parameters}  # with the buffers
        parameters = {**parameters, **{name: self.state[name] for name in kept}}
        return Snapshot(
            loss=now.loss if loss is None else loss,
            gradients=seen,
            parameters=parameters,
            activations=now.activations,
            memory=memory,
        )


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A training step with one error in it.

    Attributes:
        name: a word for tables.
        explanation: one sentence, without a full stop.
        run: computes the step.
        remembers: it keeps values between calls, so that every call matters.
        keeps_memory: the optimizer's state survives the loading of parameters.
    """

    name: str
    explanation: str
    run: Callable[[Step], Snapshot]
    remembers: bool = False
    keeps_memory: bool = False


def replay(
    evidence: Evidence, mistake: Mistake, *, checks: Sequence[Checked]
) -> Iterator[tuple[Checked, Arrays, Arrays]]:
    """Yield each check with the received tensors and those of the mistake.

    `Session.snapshot` runs two steps from the same state: the first one gives the
    gradients, the second one the loss and the parameters.
    """
    memory: Arrays = {}
    state: Arrays = {}
    kept: dict[str, Any] = {}
    previous: Checked | None = None

    def run(each: Checked, received: Arrays) -> Snapshot:
        step = Step(
            evidence=evidence,
            checked=each,
            received=received,
            state=state,
            memory=memory,
            batch=evidence.batch(each.expected.step),
            kept=kept,
        )
        return mistake.run(step)

    for each in checks:
        is_step = each.expected.check is Check.STEP
        if is_step or previous is None or previous.expected.check is Check.STEP:
            memory = memory if mistake.keeps_memory else {}
            state = evidence.load(each.expected.state)
        elif (restart := each.expected.restarts.get(each.expected.step)) is not None:
            state = evidence.load(restart)
        previous = each
        if not is_step:
            now = run(each, each.received)
            state, memory = now.parameters, now.memory
            yield each, each.received, now.quantities()
            continue
        for received in (each.received, each.again):
            if received is None:
                continue
            now = observed = run(each, received)
            if mistake.remembers or mistake.keeps_memory:
                memory = now.memory if mistake.keeps_memory else {}
                now = run(each, received)
                memory = now.memory if mistake.keeps_memory else {}
            both = replace(now, gradients=observed.gradients)
            yield each, received, both.quantities()
