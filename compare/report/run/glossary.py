"""What the words of a report mean, for whoever sees only the report."""

from __future__ import annotations

from compare.render.table import Field, Table, tabulate

WORDS = {
    "variant": "A framework and one of its modes of running a training step.",
    "cell": "A workload, variant, device and dtype: one row of a verdict table.",
    "family": "dynamic: defined by running; static: traced or compiled first.",
    "captures": "How much of the training step the mode put in a graph, as measured. "
    "Not captured: it was meant to capture and ran eagerly.",
    "agrees, disagrees": "Whether every loss, gradient and updated parameter lies "
    "within its tolerance of the reference. What is undecided is no disagreement.",
    "undecided": "Along a trajectory: the tolerance has grown as large as the tensor, "
    "so that rounding alone may have changed every digit.",
    "both diverged": "What was expected lies outside the dtype's range, and what was "
    "received is not finite either: agreement of a kind.",
    "first difference": "The first tensor out of its tolerance in the order in which a "
    "step computes: activations forward, loss, gradients backward, updated parameters.",
    "activation": "A layer's output; looked at only where a cell disagrees.",
    "likely cause": "A known mistake that, planted in the reference, gives what was "
    "received, every tensor of it, to within rounding.",
    "reference": "The NumPy float64 evaluation of the same mathematics.",
    "tolerance": "How far a tensor may lie from the reference; it follows the tensor's "
    "size, the length of the sums behind it and the dtype.",
    "floors": "An error divided by the rounding floor: the error that NumPy makes in "
    "the same dtype. Near 1 is rounding alone.",
    "relative error": "An error divided by the largest magnitude of its tensor.",
    "growth per step": "The factor by which an error grows from one step to the next: "
    "the median over all pairs of steps (Theil-Sen, on the logarithm).",
    "spread": "How far a step lies from its own repetition, where the bits are not "
    "identical. No disagreement.",
    "rounded once": "In a format of 16 bits: the share of results that are the exact "
    "one, rounded to the format. A sum in the format itself rounds at every addition.",
    "step time": "Forward, loss, backward and update in steady state, after warm-up.",
    "ratio": "Step time of the variant divided by that of the baseline. Below 1 a step "
    "takes less time.",
    "interval": "95% t interval over launches, each a fresh start of all workers.",
    "control": "A second worker of the baseline, measured like any variant. Its ratio "
    "should be 1; its interval is the noise floor of the run.",
    "design": "Interleaved: every variant in every round, in random order. Sequential: "
    "one after another, each to its end, as in a pytest-benchmark file; then there is "
    "no interval and no verdict beyond inconclusive.",
    "unproven": "The control's interval excludes 1, so differences of this size appear "
    "between equals.",
    "bootstrap interval": "The same without assuming a bell curve: whole launches "
    "drawn again and again, from six launches on. Far from the other, it says not to "
    "trust either.",
    "p, by Holm": "How likely a ratio so far from 1 is between equals, corrected for "
    "the number of variants compared.",
    "detectable": "The difference from the baseline that four runs in five find, if "
    "their launches spread as this run's did; of few launches that is a rough guess.",
    "p of equivalence": "How likely so near a ratio is where the true one lies outside "
    "the margin, corrected likewise.",
    "faster, slower": "The ratio was told from 1, p by Holm below 5%, and may differ "
    "from it by more than the margin.",
    "equivalent": "Shown to lie within the margin around 1 (two one-sided tests); "
    "1% unless asked otherwise.",
    "inconclusive": "Neither.",
    "voided": "A block that does not count: a graph was captured again in it, the "
    "machine slept, the worker was kept from running, or the clock went backwards.",
    "steady state": "After warm-up. Where a session's steps settled on another time "
    "later on (Pettitt's change-point test), it was not reached.",
    "first call": "The first training step, in which tracing and compiling happen. "
    "Cold: compile cache empty; warm: filled by an earlier process.",
    "break-even": "Steps after which import, prepare, cold first call and steps "
    "together cost less than the baseline's. From the first step: less from the "
    "start; never: its steps cost no less.",
    "peak memory": "The most memory that the worker process held (VmHWM).",
    "limit": "The most that this machine did in the run itself, by the frameworks' own "
    "kernels. Arithmetic alone: a step's products at that limit.",
    "self time": "What an operation takes itself, without the operations it calls.",
    "fused kernel": "One that a compiler wrote from several operations.",
    "not run": "A cell without a result, always with a reason.",
    "\N{EN DASH}": "Not measured, or the idea does not apply. Never a zero.",
}


def glossary() -> Table:
    """The words as a table."""
    return tabulate(
        "Words",
        fields=(
            Field(title="word", show=lambda x: x[0], kind="prose"),
            Field(title="meaning", show=lambda x: x[1], kind="prose"),
        ),
        items=WORDS.items(),
    )
