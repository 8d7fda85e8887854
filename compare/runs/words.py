"""Enumerations of the words that a run stores."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """The status of a cell."""

    PENDING = "pending"
    OK = "ok"
    FAILED = "failed"
    NOT_RUN = "not run"


class Inputs(StrEnum):
    """What a variant is checked on."""

    WORKLOAD = "workload"  # its own data
    PROBE = "probe"  # small data chosen to expose errors


class Check(StrEnum):
    """The kinds of agreement check, in the order in which they run."""

    DETERMINISM = "determinism"
    STEP = "step"
    PREDICTION = "prediction"
    TRAJECTORY = "trajectory"
    TRAINING = "training"  # the last step of the training
    VALIDATION = "validation"  # outputs and metrics after the training
    TIMED = "timed"  # steps of timed blocks


class CaptureVerdict(StrEnum):
    """Whether a session captured and compiled what its mode declares."""

    NOT_MEASURED = "not measured"
    AS_DECLARED = "as declared"
    NOTHING = "captured nothing"
    FELL_BACK = "fell back to eager"
    NO_COMPILER = "no compiler"  # a compiled mode for which no kernel was generated
    LESS = "captured less than declared"
    MORE = "captured more than declared"

    @property
    def is_problem(self) -> bool:
        """Whether the mode did not do what it declares."""
        return self not in {self.NOT_MEASURED, self.AS_DECLARED}


# Checks that known mistakes are replayed through, to find the cause of a difference.
REPLAYED_CHECKS = (Check.STEP, Check.TRAJECTORY)


class Against(StrEnum):
    """What a step is compared with."""

    REFERENCE = "reference"
    ITSELF = "itself"
    ANOTHER_PROCESS = "another process"
    # Another number of threads, compared with the run's own number.
    OTHER_THREADS = "other threads"
    # Another number of threads in both evaluations.
    ITSELF_WITH_THREADS = "itself with other threads"
    # The same steps, each waited for before the next one.
    ONE_BY_ONE = "the same steps one by one"


class Verdict(StrEnum):
    """The verdict on one tensor of an agreement check."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    BOTH_DIVERGED = "both diverged"
    UNDECIDED = "undecided"


class VoidReason(StrEnum):
    """Why a block of steps does not count."""

    ASLEEP = "the machine slept"
    CLOCK = "the clock did not go forwards"
    DESCHEDULED = "the worker was kept from running for over a second"
    RECAPTURED = "a graph was captured again"


class NoteKind(StrEnum):
    """What a note of a run is about."""

    CONTROL_FAILED = "control failed"
    NOT_REPEATED = "not repeated"
    NOT_STARTED_COLD = "cold start not measured"
    NOT_PROFILED = "not profiled"
    NO_GRAPHS = "no graphs"
    CACHE_NOT_USED = "compile cache not used"
    CACHE_DAMAGED = "compile cache damaged"
    RESULT_DAMAGED = "stored result damaged"
    RESULTS_NOT_KEPT = "results not kept"
    MACHINES_DIFFER = "versions of machines differ"


class FixOutcome(StrEnum):
    """What became of the attempt to fix a graph break."""

    WORKS = "works"  # the break is gone, and the results agree
    CHANGES_RESULTS = "changes results"  # discarded
    STILL_BREAKS = "does not help"  # as many places leave the graph as before
    DOES_NOT_RUN = "does not run"
    NO_RULE = "no mechanical fix"
