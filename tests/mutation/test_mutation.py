"""A few mutants of each part, and how their outcomes become a score."""

from __future__ import annotations

import subprocess
import sys
import time
from importlib import import_module

import pytest

from tests.mutation import journal, score
from tests.mutation.equivalent import equivalent_mutants
from tests.mutation.finding import find_mutants
from tests.mutation.forking import Judged, NotJudgedError, Outcome, judge_all
from tests.mutation.mutant import ROOT, unchanged
from tests.mutation.parts import Part, files_of
from tests.support.long import long_test, part_of

FILE = "compare/numerics/tolerance.py"
FEW = {
    Part.NUMERICS: "tolerance",
    Part.AGREEMENT: "precision",
    Part.TORCH: "two_layer",
    Part.TENSORFLOW: "two_layer",
}
FRAMEWORKS = {Part.TORCH: "torch", Part.TENSORFLOW: "tf"}


def judged(outcomes):
    """Return mutants of one file with these outcomes."""
    mutants = find_mutants(FILE)
    return [
        Judged(mutant=mutant, outcome=outcome, evidence="", seconds=1.0)
        for mutant, outcome in zip(mutants, outcomes, strict=False)
    ]


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(part, marks=getattr(pytest.mark, FRAMEWORKS[part]))
        if part in FRAMEWORKS
        else part
        for part in part_of(list(Part), every=2)
    ],
)
def test_a_few_mutants_of_each_part_are_killed(part, tmp_path):
    command = [sys.executable, "-m", "tests.mutation", part, "--sample", "3"]
    done = subprocess.run(
        [*command, "--file", FEW[part], "--folder", tmp_path],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passes unchanged" in done.stdout
    files = [file for file in files_of(part) if FEW[part] in file]
    mutants = [mutant for file in files for mutant in find_mutants(file)]
    found = journal.read(tmp_path / f"{part}.jsonl", mutants)
    assert [each.outcome for each in found] == [Outcome.KILLED] * 3


def test_every_part_has_files_and_every_file_exists():
    files = [file for part in Part for file in files_of(part)]
    assert "impl_torch/models/cnn.py" in files
    assert "impl_tf/session.py" in files
    assert "compare/numerics/einsum.py" in files
    assert "compare/agreement/judge.py" in files
    assert all((ROOT / file).exists() for file in files)


@long_test
def test_every_equivalent_mutant_exists_and_has_a_reason():
    listed = equivalent_mutants()
    files = {file for file, *_ in listed}
    assert files <= {file for part in Part for file in files_of(part)}
    existing = {mutant.key for file in files for mutant in find_mutants(file)}
    assert set(listed) <= existing, sorted(set(listed) - existing)
    assert all(len(reason) > 10 for reason in listed.values())


def test_the_outcome_of_a_mutant_is_what_its_judge_returns():
    mutants = find_mutants(FILE)[:6]

    def judge(mutant):
        number = mutants.index(mutant)
        if number == 1:
            raise ValueError("no  such\nname")
        if number == 2:
            raise NotJudgedError("needs a device")
        if number == 3:
            while True:
                pass
        if number == 4:
            sys.stdout.close()
            import os  # noqa: PLC0415 - a crash without Python's clean-up

            os.kill(os.getpid(), 9)
        return "a test" if number == 0 else ""

    found = list(judge_all(mutants, judge=judge, jobs=2, cpu_limit_s=1))
    by_mutant = {mutants.index(each.mutant): each for each in found}
    assert [by_mutant[n].outcome for n in range(6)] == [
        Outcome.KILLED,
        Outcome.KILLED,
        Outcome.NOT_JUDGED,
        Outcome.TIMEOUT,
        Outcome.KILLED,
        Outcome.SURVIVED,
    ]
    evidence = [by_mutant[n].evidence for n in (0, 1, 2)]
    assert evidence == ["a test", "ValueError: no such name", "needs a device"]


def test_a_child_imports_the_mutated_file():
    mutant = next(m for m in find_mutants(FILE) if '"trajectory": 8.0' in m.source)

    def judge(_):
        sys.modules.pop("compare.numerics.tolerance", None)
        return str(import_module("compare.numerics.tolerance").SAFETY_FACTORS)

    texts = {
        each.mutant.edit: each.evidence
        for each in judge_all(
            [mutant, unchanged(FILE)], judge=judge, jobs=1, cpu_limit_s=10
        )
    }
    assert texts["nothing"].startswith("{'step': 4.0, 'trajectory': 8.0")
    assert texts[mutant.edit] != texts["nothing"]
    assert mutant.line == 1 + (ROOT / FILE).read_text().split("\n").index(
        f"    {mutant.source}"
    )


def test_the_score_counts_what_is_neither_equivalent_nor_not_judged():
    found = judged(
        [
            *[Outcome.KILLED] * 5,
            Outcome.TIMEOUT,
            Outcome.SURVIVED,
            Outcome.SURVIVED,
            Outcome.NOT_JUDGED,
        ]
    )
    equivalent = {found[6].mutant.key: "the same in every case"}
    row = score.count(FILE, found, equivalent=equivalent)
    assert row == {
        "file": FILE,
        "mutants": 9,
        "killed": 5,
        "timeout": 1,
        "equivalent": 1,
        "not judged": 1,
        "survived": 1,
        "score": "85.7%",
    }
    assert score.survivors(found, equivalent=equivalent) == [found[7]]
    assert str(found[7].mutant) in score.format_score(found, equivalent=equivalent)


def test_a_run_continues_with_the_mutants_that_have_no_outcome(tmp_path):
    found = judged([Outcome.KILLED, Outcome.SURVIVED])
    path = tmp_path / "folder" / "part.jsonl"
    for each in found:
        journal.append(path, each)
    mutants = find_mutants(FILE)
    assert journal.read(path, mutants) == found
    changed = path.read_text().replace(journal.digest(FILE), "another digest")
    path.write_text(changed)
    assert journal.read(path, mutants) == [], "the file has changed since"
    assert journal.read(tmp_path / "none.jsonl", mutants) == []


def test_a_report_has_a_row_for_each_mutant_that_was_not_killed(tmp_path):
    found = judged([Outcome.KILLED, Outcome.SURVIVED, Outcome.SURVIVED])
    equivalent = {found[1].mutant.key: "the same in every case"}
    score.save(tmp_path / "mutation", found, equivalent=equivalent)
    table = (tmp_path / "mutation.csv").read_text().splitlines()
    assert len(table) == 3
    assert "equivalent" in table[1]
    assert "the same in every case" in table[1]
    assert "survived" in table[2]
    assert "Survived, and not equivalent" in (tmp_path / "mutation.txt").read_text()


def test_a_mutant_that_is_listed_as_equivalent_but_killed_is_named():
    found = judged([Outcome.KILLED])
    text = score.format_score(found, equivalent={found[0].mutant.key: "a reason"})
    assert "Listed as equivalent, but killed" in text
    assert text.count(str(found[0].mutant)) == 1


def test_a_report_contains_no_path_of_this_machine():
    text = 'File "/home/me/x/impl_tf/step.py"; tests/numerics/test_einsum.py::test_a'
    assert score.shorten_paths(text) == (
        'File "step.py"; tests/numerics/test_einsum.py::test_a'
    )


def test_children_end_with_their_mutant():
    mutants = find_mutants(FILE)[:2]

    def judge(_):
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        return "started"

    began = time.monotonic()
    found = list(judge_all(mutants, judge=judge, jobs=2, cpu_limit_s=10))
    assert {each.evidence for each in found} == {"started"}
    assert time.monotonic() - began < 60, "no child is waited for"
