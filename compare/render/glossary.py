"""The terms of the project: the source of ``GLOSSARY.md`` and of a report's glossary.

``GLOSSARY.md`` contains every term, a report only those that it uses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.render.format import DASH
from compare.render.table import Field, Table, tabulate

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, kw_only=True)
class Term:
    """A term and its meaning."""

    name: str
    meaning: str
    is_in_reports: bool = False


def _define(name: str, meaning: str) -> Term:
    return Term(name=name, meaning=meaning)


def _define_for_reports(name: str, meaning: str) -> Term:
    return Term(name=name, meaning=meaning, is_in_reports=True)


# heading in GLOSSARY.md -> terms
TERMS: dict[str, tuple[Term, ...]] = {
    "What is compared": (
        _define(
            "workload",
            "What is trained: model configuration, loss, optimizer, data, initial "
            "parameters, seed. Independent of the framework; NumPy only.",
        ),
        _define("model", "The network of a workload, written once for each framework."),
        _define("mode", "One way to run a training step in one framework."),
        _define_for_reports(
            "variant",
            "A framework and one of its modes, for example torch/eager or tf/function.",
        ),
        _define_for_reports(
            "installation",
            "A framework in one interpreter. Several in a run have labels, such as "
            "tf@2.21 and tf@2.20, and are compared like other frameworks.",
        ),
        _define_for_reports(
            "cell", "Workload, variant, device and dtype: one row of a report."
        ),
        _define(
            "Keras",
            "The layer above TensorFlow in which a model is compiled and then trained. "
            "The modes keras-eager, keras and keras-xla call its train_on_batch; their "
            "step times against those of eager, function and xla are its cost.",
        ),
        _define(
            "target",
            "A model of a user: a class, a function or an object, named by its file or "
            "module.",
        ),
        _define(
            "card",
            "What a check found about a target: captures, agreement, speed, "
            "break-even, stability, advice.",
        ),
        _define(
            "placement",
            "Which parameter of one model is which of another, and how their axes are "
            "permuted.",
        ),
        _define(
            "buffer",
            "A part of a model's state that training steps update without a gradient, "
            "such as the running mean of a batch normalization. A session's parameters "
            "include floating-point buffers.",
        ),
        _define(
            "example",
            "A workload without a reference: resnet, gru, transformer, unet.",
        ),
        _define(
            "program of a batch",
            "The numbers of the modules that the workload modular applies to it, in "
            "their order.",
        ),
        _define(
            "training step", "Forward pass, loss, backward pass, update of parameters."
        ),
        _define_for_reports(
            "computational graph",
            "The operations of a training step and their dependencies, as recorded by "
            "the framework.",
        ),
        _define_for_reports(
            "family",
            "dynamic: define-by-run, the graph is built while the step runs. static: "
            "the graph is traced or compiled before it runs.",
        ),
        _define_for_reports(
            "captures",
            "How much of the training step the mode puts into a graph, as measured: "
            "none, forward, forward+backward or training step. not captured: a static "
            "mode ran eagerly. fell back to eager: the mode stopped capturing without "
            "an error, and batches of further shapes ran eagerly. "
            "declared: the mode declares another part. no compiler: "
            "no kernel was generated for a mode that declares compiled steps. Each of "
            "these is a problem of its cell, and the exit code is 1.",
        ),
        _define_for_reports(
            "loops and branches",
            "Where a mode runs the loops and branches of a step, as its graphs show. "
            "in Python: nothing was captured, or Python runs between graphs. unrolled "
            "into the graph: it has no loops or branches; Python ran those of the "
            "model while it was captured. branch in the graph: the value of a tensor "
            "decides, such as tf.cond or an if of TorchScript. loop in the graph: such "
            "as tf.while_loop or a for of TorchScript. Graphs of one cell may differ.",
        ),
        _define_for_reports(
            "trace, retrace; compile, recompile",
            "The first and every further capture of a graph, in the terms of "
            "TensorFlow and of PyTorch.",
        ),
        _define_for_reports(
            "graph break", "A point where compiled code returns to Python."
        ),
        _define_for_reports(
            "normal form of a graph",
            "Operations under names that all frameworks share. Operations that pass a "
            "value on unchanged and scalar constants are left out; loops and branches "
            "stay, with their bodies.",
        ),
        _define_for_reports(
            "matched, fused, folded",
            "Of a node, in the comparison of two graphs. matched: the other graph has "
            "the same operation. fused: several nodes of one graph are one of the "
            "other. folded: the node only changes a layout or depends on constants "
            "alone, and the other graph has no such node. Other nodes are only in one "
            "graph.",
        ),
        _define_for_reports(
            "recapture",
            "The graph did not fit the next call, so it was captured again.",
        ),
        _define_for_reports(
            "call of Python",
            "An operation of the graph that calls a Python function at each step.",
        ),
        _define_for_reports(
            "fixed at capture",
            "A value that the graph holds because it was read from the first inputs.",
        ),
        _define_for_reports(
            "not run", "A cell without a result, always with the reason."
        ),
        _define_for_reports(
            DASH, "Not measured, or not applicable. Never used for a zero."
        ),
    ),
    "Agreement": (
        _define_for_reports(
            "reference",
            "The NumPy float64 evaluation of the same mathematics. For a model without "
            "one: its own eager step in float64.",
        ),
        _define(
            "rounding, ill-conditioned here, nearer to the truth than eager, wrong",
            "What the difference between a mode and the float64 step is: within its "
            "tolerance; in a tensor that rounding alone may change wholly; smaller "
            "than half the error of eager; beyond its tolerance.",
        ),
        _define(
            "stored result",
            "A reference, or the findings of a float64 check that agreed, kept in the "
            "user's cache folder under a digest of everything it depends on: code, "
            "data, versions, settings, machine.",
        ),
        _define_for_reports(
            "agrees, disagrees",
            "Whether every loss, gradient and updated parameter is within its "
            "tolerance of the reference. An undecided tensor is not a disagreement.",
        ),
        _define_for_reports(
            "tolerance",
            "The largest error that rounding explains: a small multiple of the scale.",
        ),
        _define(
            "scale",
            "How much a tensor changes if every product and sum behind it is changed "
            "by its rounding bound.",
        ),
        _define_for_reports(
            "floor",
            "The error of NumPy in the cell's own dtype: the cost of rounding alone. "
            "In float64, the difference between two orders of summation. An error of "
            "about 1 floor is rounding.",
        ),
        _define(
            "moved",
            "The fraction of a parameter's elements that an update changes, compared "
            "in 16-bit formats. There the tolerance of an element may be larger than "
            "its whole update.",
        ),
        _define_for_reports(
            "relative error", "An error divided by the largest magnitude in its tensor."
        ),
        _define_for_reports(
            "trajectory",
            "Several training steps in sequence. The parameters are set back to the "
            "reference's every four steps; the optimizer keeps its state.",
        ),
        _define_for_reports(
            "growth per step",
            "The factor by which an error grows from one step to the next: the median "
            "over all pairs of steps between two restarts of the trajectory (Theil-Sen "
            "estimator, on logarithms).",
        ),
        _define_for_reports(
            "probe",
            "A small workload with the same model and loss, whose inputs are chosen to "
            "expose errors: images that are not square, different channels, zeros and "
            "ties, an uneven last batch. Every variant is checked on it in float64.",
        ),
        _define_for_reports(
            "undecided",
            "On a trajectory: the tolerance is as large as the tensor, so rounding "
            "alone may have changed every digit.",
        ),
        _define_for_reports(
            "both diverged",
            "The expected value exceeds the range of the dtype, and the received value "
            "is not finite either. Counts as agreement.",
        ),
        _define_for_reports(
            "first difference",
            "The first tensor outside its tolerance, in the order of computation: "
            "activations, loss, gradients backward, updated parameters.",
        ),
        _define_for_reports(
            "activation", "The output of a layer; compared only if a cell disagrees."
        ),
        _define_for_reports(
            "likely cause",
            "A known framework difference or training mistake that, planted into the "
            "reference, reproduces every received tensor up to rounding. If several "
            "do, they are all listed.",
        ),
        _define(
            "quirk",
            "A known difference between frameworks, in defaults or in conventions; an "
            "entry of the catalogue.",
        ),
        _define(
            "spelling",
            "One of the two ways to write a quirk. Each framework can usually express "
            "both.",
        ),
        _define(
            "planted defect",
            "A quirk or mistake put into one framework on purpose, to test that the "
            "check detects it.",
        ),
        _define_for_reports(
            "spread",
            "The difference between a step and its repetition: in the same process, in "
            "another process, or with another number of threads. Not a disagreement.",
        ),
        _define_for_reports(
            "rounded once",
            "In 16-bit formats: the share of results that equal the exact result, "
            "rounded once. A sum in the format itself rounds at every addition.",
        ),
    ),
    "How time is measured": (
        _define(
            "session",
            "One variant of one workload, built and with parameters, in a worker.",
        ),
        _define(
            "worker",
            "A process that imports one framework and hosts one session at a time.",
        ),
        _define_for_reports(
            "launch", "One start of all workers of a workload, each in a new process."
        ),
        _define_for_reports(
            "round", "One measurement of every variant, in random order."
        ),
        _define_for_reports(
            "block", "Consecutive steps of one variant in a round, timed together."
        ),
        _define(
            "lead-in",
            "Untimed steps before a block: eight, or fewer if these take 60 ms.",
        ),
        _define_for_reports(
            "timed steps",
            "In each launch, one block per variant starts from the initial parameters. "
            "The same steps are then run one by one. Both must give the same bits, or "
            "differ no more than repetitions do.",
        ),
        _define(
            "arm",
            "A worker of a launch under the name of its samples: a variant or the "
            "control.",
        ),
        _define_for_reports(
            "voided",
            "A block that does not count: a graph was captured again, the machine was "
            "suspended, the worker was descheduled, or the clock did not go forwards.",
        ),
        _define_for_reports(
            "steady state",
            "The steps after warm-up. Not reached if the step time of a session "
            "changes permanently later (Pettitt's change-point test).",
        ),
        _define_for_reports(
            "step time",
            "The time of one training step in steady state.",
        ),
        _define_for_reports(
            "prepare", "Building the session, before the first training step."
        ),
        _define_for_reports(
            "first call",
            "The first training step, which includes tracing and compiling; one step "
            "per batch if their shapes differ. cold: empty compile cache. warm: cache "
            "filled by an earlier process.",
        ),
        _define_for_reports(
            "peak memory", "The most memory of the worker process (VmHWM)."
        ),
        _define(
            "budget, precision",
            "Stopping rules that replace a fixed number of launches: time spent, or "
            "the width of the intervals.",
        ),
        _define_for_reports(
            "interim look",
            "A check of the intervals between two launches. The significance level is "
            "divided among all looks.",
        ),
    ),
    "How time is judged": (
        _define_for_reports(
            "ratio",
            "The step time of a variant divided by that of the baseline. Below 1, a "
            "step takes less time.",
        ),
        _define_for_reports(
            "interval",
            "The 95% confidence interval of a ratio: Student's t over launches.",
        ),
        _define_for_reports(
            "bootstrap interval",
            "The interval without the assumption of a normal distribution: launches "
            "are resampled. Needs 6 launches. If it differs much from the t interval, "
            "trust neither.",
        ),
        _define_for_reports(
            "p (Holm)",
            "The p value of a ratio of 1, with Holm's correction for the number of "
            "variants.",
        ),
        _define_for_reports(
            "p (TOST)",
            "The p value of a ratio outside the equivalence margin (two one-sided "
            "tests), with Holm's correction.",
        ),
        _define_for_reports(
            "equivalence margin",
            "The difference that does not matter in practice: 1%, or the value of "
            "--margin.",
        ),
        _define_for_reports(
            "faster, slower",
            "p (Holm) is below 5%, and equivalence is not shown.",
        ),
        _define_for_reports(
            "equivalent", "The ratio is shown to be within the equivalence margin."
        ),
        _define_for_reports(
            "inconclusive", "Neither a difference nor equivalence is shown."
        ),
        _define_for_reports(
            "minimum detectable effect",
            "The smallest difference that a run with this spread between launches "
            "detects with a power of 80%. With few launches it is a rough estimate.",
        ),
        _define_for_reports(
            "control",
            "A second worker of the baseline, measured like a variant. Its ratio "
            "should be 1; its interval is the noise floor of the run.",
        ),
        _define_for_reports(
            "unproven",
            "The interval of the control excludes 1, so differences of this size occur "
            "without a cause.",
        ),
        _define_for_reports(
            "disturbed",
            "Something else used the machine while steps were timed, in too many "
            "launches to leave them out. Only differences larger than the slowdown of "
            "the machine get a verdict.",
        ),
        _define_for_reports(
            "sentinel",
            "A fixed piece of work that every worker does before and after each timed "
            "block. Its duration shows how fast the machine is, independently of the "
            "variants. A launch whose sentinels take more than 1.25 times as long as "
            "undisturbed ones is disturbed: it is repeated and left out.",
        ),
        _define_for_reports(
            "cannot tell",
            "The verdict of a comparison of two runs, one of which is disturbed.",
        ),
        _define_for_reports(
            "proven ranking",
            "The pairs of variants whose simultaneous intervals exclude 1 (Bonferroni "
            "correction).",
        ),
        _define_for_reports(
            "design",
            "interleaved: every variant in every round, in random order. sequential: "
            "one variant after another, as in a pytest-benchmark file; without an "
            "interval over launches, every verdict is inconclusive.",
        ),
        _define_for_reports(
            "break-even",
            "The number of steps after which a variant has taken less total time than "
            "the baseline: import, prepare, cold first call and steps. never: its "
            "steps take no less time. no clear difference: the interval reaches from "
            "the first step to never.",
        ),
        _define(
            "sweep",
            "A run of a workload for several values of one size, or for every "
            "combination of two sizes.",
        ),
        _define(
            "replica",
            "One of several copies of a model in data-parallel training. Each computes "
            "the gradients of its share of a batch; their weighted sum, which is that "
            "of the whole batch, updates all copies.",
        ),
        _define(
            "strong scaling, efficiency",
            "How the step time falls with more replicas while the batch stays the "
            "same. Efficiency is the speed-up divided by the factor of replicas.",
        ),
        _define(
            "crossing",
            "The size at which a variant and the baseline take the same time. Its "
            "interval has the sizes at which the interpolated 95% intervals contain 1.",
        ),
        _define(
            "first calls of all shapes",
            "One step of each shape or structure of batches in a new process. Each may "
            "be captured and compiled on its own.",
        ),
        _define(
            "fixed cost, cost per unit",
            "The value at 0 and the slope of a line through the step times of a sweep.",
        ),
        _define(
            "bare kernel",
            "The computation of one operation or layer, forward and backward, without "
            "its dispatch: elements at the rate of an addition in the cache, products "
            "at the limit of the machine.",
        ),
        _define(
            "dispatch",
            "The cost per operation or layer without its bare kernel: Python, the "
            "framework's choice of the kernel, memory allocation. Below 0, the variant "
            "fuses operations.",
        ),
    ),
    "Where the time goes": (
        _define_for_reports(
            "limit",
            "The best rate that the frameworks' own kernels reached in this run: "
            "FLOP/s in a matrix product, bytes per second in y += x.",
        ),
        _define_for_reports(
            "% of peak", "Achieved FLOP/s divided by the limit of the machine."
        ),
        _define_for_reports(
            "compute bound",
            "The time that the products of a step would take at the limit of the "
            "machine: a lower bound of the step time.",
        ),
        _define(
            "profile",
            "The operations of a few steps, recorded by the framework's own profiler "
            "after the timing.",
        ),
        _define(
            "captured graph",
            "The operations of a training step as a mode captured them, and as its "
            "framework's optimizer left them. An eager mode captures none: its graph "
            "is what ran, and what autograd recorded.",
        ),
        _define_for_reports(
            "self time",
            "The time of an operation without the operations that it calls.",
        ),
        _define_for_reports(
            "fused kernel", "A kernel that a compiler made from several operations."
        ),
        _define(
            "kind of operation",
            "Matrix product, convolution, fused kernel or other operation. Time in "
            "Python, dispatch and bookkeeping is outside operations.",
        ),
    ),
    "Exported models": (
        _define(
            "format",
            "A way in which a framework exports a model to a file or a folder, such as "
            "a SavedModel, a TorchScript file or an ONNX file.",
        ),
        _define(
            "runner",
            "A program that loads an exported model in a process of its own, runs it "
            "and writes its outputs: in C++ with the framework's libraries, or in "
            "Python with ONNX Runtime, LiteRT or the framework.",
        ),
        _define(
            "half batch",
            "A second input of an exported model: the first half of the batch that it "
            "was exported with. refused: the runner reports an error, because the "
            "format or the model fixes the number of rows.",
        ),
        _define(
            "first node that differs",
            "Of an exported model that disagrees: the earliest node on the way to a "
            "wrong output whose result no operation of the float64 model has, in any "
            "order of axes, while all its inputs are right.",
        ),
        _define(
            "blame",
            "Which part changed the outputs of an exported model. exporter: a program "
            "that is independent of the runtime evaluates the file to other outputs "
            "(ONNX). runtime: the file has the expected outputs when it is evaluated "
            "node by node. unknown: no program evaluates the file node by node, or "
            "only the runtime itself does.",
        ),
    ),
    "Debugging": (
        _define(
            "mistake",
            "A model with one wrong line, or with a line that prints or stops, which "
            "is run in every mode to see how the mode shows it.",
        ),
        _define(
            "remedy",
            "A setting or a changed line with which a mode shows a mistake. Its cost "
            "is the ratio of step times with it to without, of a correct model.",
        ),
    ),
    "Comparing runs": (
        _define(
            "regression",
            "A step time that is longer by more than the threshold and by more than "
            "chance, or a cell that newly fails, disagrees, captures nothing, "
            "recompiles or has more graph breaks.",
        ),
        _define(
            "drift",
            "The change of all step times between two runs that is due to the machine. "
            "Ratios are free of it.",
        ),
        _define(
            "forced",
            "A comparison of two runs whose machines, versions, settings or sizes "
            "differ.",
        ),
        _define(
            "history",
            "Every cell over many runs. Runs that are not comparable are in separate "
            "groups.",
        ),
        _define("change point", "The first run at a new level in a history."),
    ),
    "Lessons": (
        _define(
            "lesson",
            "One problem as a program in each framework, with the same steps and "
            "checked to agree.",
        ),
        _define(
            "program",
            "The file of a lesson in one framework: self-contained, with a `main` that "
            "returns named arrays.",
        ),
        _define(
            "step of a lesson",
            "The part of a program between two markers such as `# [step: forward]`. "
            "The other program has a step of the same name.",
        ),
        _define(
            "chapter",
            "Lessons on one topic. The chapters build on each other in order.",
        ),
        _define(
            "exercise",
            "A change to make in both programs of a lesson; its answer is checked by "
            "making the change.",
        ),
        _define(
            "own array",
            "An array that is specific to a framework, such as a number of nodes; "
            "shown, but not compared.",
        ),
        _define(
            "first, again",
            "The duration of a step of a lesson at its first execution, and when the "
            "program is run again in the same process.",
        ),
        _define("site", "The lessons as pages, with the results of their programs."),
    ),
}


def tabulate_glossary() -> Table:
    """Return the terms of a report as a table."""
    return tabulate(
        "Terms",
        fields=(
            Field(title="term", show=lambda term: term.name, kind="prose"),
            Field(title="meaning", show=lambda term: term.meaning, kind="prose"),
        ),
        items=[
            term for terms in TERMS.values() for term in terms if term.is_in_reports
        ],
    )


def glossary_markdown() -> str:
    """Return the text of ``GLOSSARY.md``."""
    return "\n".join(_write_markdown()) + "\n"


def _write_markdown() -> Iterator[str]:
    yield "# Glossary"
    yield ""
    yield "One term per concept, the same in code, tables, pages and prose."
    for heading, terms in TERMS.items():
        yield ""
        yield f"## {heading}"
        yield ""
        yield "| Term | Meaning |"
        yield "|---|---|"
        for term in terms:
            yield f"| {term.name} | {term.meaning} |"
