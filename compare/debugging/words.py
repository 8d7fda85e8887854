"""How a mistake showed in a mode, in words of a closed set."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from compare.contract import Naming
from compare.wording import format_count
from compare.workers.messages import Observed  # noqa: TC001 - msgspec reads the types
from compare.workers.observing import STEPS


class Detection(StrEnum):
    """When an exception was raised."""

    DEFINITION = "definition"  # of the step, before its first call
    FIRST_CALL = "first call"
    LATER_CALL = "later call"
    NEVER = "never"
    ENDED = "process ended"  # it crashed, or exceeded the time limit and was killed
    NOT_RUN = "not run"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A mistake in a mode.

    Attributes:
        mistake: its name.
        framework: the framework's name.
        mode: the mode's name.
        detection: when an exception was raised.
        reason: of a case that was not run or ended its process.
        observed: everything else, of a case that was run.
    """

    mistake: str
    framework: str
    mode: str
    detection: Detection
    reason: str = ""
    observed: Observed | None = None

    @property
    def variant(self) -> str:
        """The framework and the mode."""
        return f"{self.framework}/{self.mode}"


def detection_of(observed: Observed) -> Detection:
    """Return when an exception was raised."""
    if observed.step is None:
        return Detection.NEVER
    if observed.step == 0:
        return Detection.DEFINITION
    return Detection.FIRST_CALL if observed.step == 1 else Detection.LATER_CALL


def describe_case(case: Case) -> str:
    """Return how a mistake showed, as a sentence without a subject."""
    observed = case.observed
    if observed is None:
        return str(case.detection)
    parts = [f"raised: {describe_detection(case)}"]
    if observed.naming is not Naming.NOT_NAMED:
        parts.append(f"line named in: {observed.naming}")
    if observed.frames:
        parts.append(format_count(observed.frames, "stack frame"))
    if observed.effects:
        parts.append(
            f"{format_count(observed.effects, 'side effect')} in {STEPS} steps"
        )
    return "; ".join(parts)


def describe_detection(case: Case) -> str:
    """Return when an exception was raised, with the number of a later step."""
    if case.detection is Detection.LATER_CALL and case.observed is not None:
        return f"call {case.observed.step}"
    return str(case.detection)


def describe_naming(case: Case) -> str:
    """Return where the mistaken line is named, or a dash."""
    if case.observed is None or case.observed.naming is Naming.NOT_NAMED:
        return "-"
    return str(case.observed.naming)


def format_frames(case: Case) -> str:
    """Return the number of stack frames to the fault, or a dash."""
    return str(case.observed.frames or "-") if case.observed else "-"


def format_effects(case: Case) -> str:
    """Return how often a side effect happened, or a dash."""
    return str(case.observed.effects or "-") if case.observed else "-"


QUESTIONS = {  # of the tables
    "When is an exception raised?": describe_detection,
    "Where is the mistaken line named?": describe_naming,
    "How many stack frames lead to the fault?": format_frames,
    f"How often does a side effect happen in {STEPS} steps?": format_effects,
}
