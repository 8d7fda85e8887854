"""A second run computes what can change, and takes the rest from the first one."""

from __future__ import annotations

import re
import shutil
import sys
import time

import msgspec
import numpy as np
import pandas as pd
import pytest

from compare.numerics.arrays import load_arrays, save_arrays
from compare.pipeline import agree, result_cache, result_key, reuse
from compare.pipeline.request import RunOptions, build_request
from compare.pipeline.result_cache import DESCRIPTION, Kind, Result, ResultCache
from compare.report.agreement.earlier import describe_earlier_results
from compare.runs.folder import create_folder, read_record
from compare.runs.words import NoteKind
from compare.workers.starting import COMMAND
from tests.support import running
from tests.support.long import long_test, part_of
from tests.support.plugins import WORKLOAD, installed, write_distribution
from tests.support.resuming import PACKAGES, VARIANTS, continue_run, using_numpy_package

FLOAT64 = ["float64", "float64 probe"]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Yield the folder of an implementation package that a test may edit."""
    packages = tmp_path / "packages"
    shutil.copytree(PACKAGES, packages)
    for name in [each for each in sys.modules if each.startswith("impl_numpy")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    with using_numpy_package(tmp_path / "home", packages=packages):
        yield packages / "impl_numpy"
    for name in [each for each in sys.modules if each.startswith("impl_numpy")]:
        del sys.modules[name]


@pytest.fixture
def cache(tmp_path):
    """Return the cache that the runs of a test share."""
    return ResultCache(tmp_path / "home" / "graph-compare")


@pytest.fixture
def checked(monkeypatch):
    """Return the list of the parts that are checked from now on."""
    parts, check_part = [], agree.check_part

    def note_part(context, found, **options):
        parts.append(f"{found.cell.mode} {found.part}")
        check_part(context, found, **options)

    monkeypatch.setattr(agree, "check_part", note_part)
    return parts


@pytest.fixture
def check(package, small_suite, tmp_path):
    """Return a function that checks both variants of the package in a new run."""
    numbers = iter(range(100))

    def check_once(*, workloads=("two_layer",), variants=VARIANTS, **chosen):
        folder = tmp_path / f"run{next(numbers)}"
        options = RunOptions(
            workloads=workloads,
            variants=variants,
            suite_name=str(small_suite),
            **chosen,
        )
        record = running.record_of(build_request(options, timed=False))
        record.run_id = folder.name
        create_folder(folder, record)
        run = continue_run(folder)
        assert set(run.cells["status"]) == {"ok"}, run.cells["reason"].tolist()
        return run

    return check_once


@pytest.fixture
def foreign(package):
    """Yield the file of a workload that another distribution adds."""
    small = "batch: int = 4\n    inputs: int = 5\n    hidden: int = 4"
    text = re.sub(r"width: int = 3|    models.*\n", "", WORKLOAD)
    text = text.replace('elsewhere."""\n', f'elsewhere."""\n\n    {small}\n')
    entry, files = {"foreign": "plug_reused:Foreign"}, {"plug_reused.py": text}
    write_distribution(package.parent, "plug", workloads=entry, files=files)
    with installed(package.parent):
        yield package.parent / "plug_reused.py"
    del sys.modules["plug_reused"]


def files_of(cache, kind):
    return sorted((cache.folder / kind).iterdir())


def earlier_runs(run, dtype="float64"):
    """Return the runs that computed the rows of a dtype."""
    return {*run.agreement.query(f"dtype == '{dtype}'")["earlier_run"]}


def plant_a_defect(package):
    """Multiply every updated parameter by a little more than 1."""
    path = package / "session.py"
    sound = path.read_text()
    rounded = "self._round(done.parameters), done.memory"
    assert rounded in sound
    planted = "{n: a * 1.001 for n, a in self._round(done.parameters).items()}"
    path.write_text(sound.replace(rounded, f"{planted}, done.memory"))
    return sound


def test_results_of_a_foreign_workload_are_reused_until_its_code_changes(
    check, foreign, checked, monkeypatch
):
    def check_foreign():
        monkeypatch.setattr(result_key, "IMPORTED_NS", time.time_ns())
        return check(workloads=("foreign",), variants=("numpy/eager",))

    assert earlier_runs(check_foreign()) == {""}
    second = check_foreign()
    assert earlier_runs(second) == {"run0"}
    assert second.record.earlier_references
    foreign.write_text(foreign.read_text() + "# changed\n")
    checked.clear()
    third = check_foreign()
    assert earlier_runs(third) == {""}
    assert not third.record.earlier_references
    assert len(checked) == 3


def test_the_second_run_checks_only_the_dtype_of_the_cells(check, checked):
    first = check()
    assert len(checked) == 6
    assert earlier_runs(first) == {""}
    checked.clear()
    second = check()
    assert sorted(checked) == ["again float32", "eager float32"]
    assert earlier_runs(second) == {"run0"}
    assert earlier_runs(second, "float32") == {""}
    columns = ["dtype", "inputs", "mode", "check", "step", "quantity"]
    rows = [
        run.agreement.query("against in ('reference', 'itself')")
        .drop(columns="earlier_run")
        .sort_values(columns, kind="stable", ignore_index=True)
        for run in (first, second)
    ]
    pd.testing.assert_frame_equal(*rows, check_categorical=False)
    assert not second.record.notes
    assert set(second.cells["status"]) == {"ok"}


def test_references_are_computed_once(check, monkeypatch):
    first = check()
    assert not first.record.earlier_references

    def fail(*_, **__):
        pytest.fail("computed again")

    monkeypatch.setattr(agree, "expectations", fail)
    second = check()
    assert set(second.cells["status"]) == {"ok"}
    assert second.record.earlier_references == dict.fromkeys(
        [f"two_layer {part}" for part in ("float32", *FLOAT64)], "run0"
    )


@long_test
def test_the_report_states_what_an_earlier_run_computed(check):
    assert describe_earlier_results(check()) == ""
    assert describe_earlier_results(check()) == (
        "The float64 checks of 2 cells and 3 NumPy references are those of run run0, "
        "because code, data, versions and machine are unchanged. To compute them again:"
    )


@long_test
def test_a_fresh_run_computes_everything_and_replaces_what_is_stored(check, checked):
    check()
    checked.clear()
    fresh = check(fresh=True)
    assert len(checked) == 6
    assert earlier_runs(fresh) == {""}
    assert not fresh.record.earlier_references
    assert read_record(fresh.folder).request.fresh, "a resumed run is fresh as well"
    assert earlier_runs(check()) == {"run1"}


def test_a_stored_agreement_is_not_used_for_code_with_a_planted_defect(check, package):
    check()
    sound = plant_a_defect(package)
    for _ in range(2):  # a disagreement is not stored either
        defective = check()
        assert earlier_runs(defective) == {""}
        of_float64 = defective.agreement.query("dtype == 'float64'")
        assert "disagrees" in set(of_float64["verdict"])
        assert defective.record.earlier_references, "NumPy's results are the same"
    (package / "session.py").write_text(sound)
    assert earlier_runs(check()) == {"run0"}


def test_what_is_checked_while_its_source_is_edited_is_not_stored(
    check, cache, package, monkeypatch
):
    check_part = agree.check_part

    def edit_and_check(context, found, **options):
        (package / "runtime.py").write_text((package / "runtime.py").read_text() + "\n")
        check_part(context, found, **options)

    monkeypatch.setattr(agree, "check_part", edit_and_check)
    check()
    assert not files_of(cache, Kind.FINDINGS)
    assert files_of(cache, Kind.REFERENCE)


@long_test
def test_another_size_is_another_result_except_on_the_probe(check, checked):
    check()
    checked.clear()
    check(sizes=("hidden=13",))
    assert sorted(checked) == [
        *("again float32", "again float64"),
        *("eager float32", "eager float64"),
    ]


@long_test
def test_a_run_in_float64_checks_its_own_part_each_time(check, checked):
    check(dtypes=("float64",))
    checked.clear()
    check(dtypes=("float64",))
    assert sorted(checked) == ["again float64", "eager float64"]


@pytest.mark.parametrize("kind", part_of(list(Kind), every=2))
def test_a_damaged_result_is_computed_again_and_replaced(check, cache, kind):
    check()
    for path in files_of(cache, kind):
        path.write_bytes(path.read_bytes()[:-50])
    second = check()
    assert set(second.cells["status"]) == {"ok"}
    assert {note.kind for note in second.record.notes} == {NoteKind.RESULT_DAMAGED}
    named = {note.reason.partition(": ")[0] for note in second.record.notes}
    assert named == {str(path) for path in files_of(cache, kind)}
    assert "was damaged. It was computed again" in second.record.notes[0].sentence
    third = check()
    assert not third.record.notes
    assert earlier_runs(third) == {"run1" if kind is Kind.FINDINGS else "run0"}


def forge(cache, kind, change):
    """Change the descriptions of all results of a kind, with digests that fit."""
    for path in files_of(cache, kind):
        result = cache.read(kind, path.stem)
        described = msgspec.json.decode(result.description)
        change(described)
        forged = Result(
            description=msgspec.json.encode(described), arrays=result.arrays
        )
        cache.write(kind, path.stem, forged)


def disagree(described):
    described["findings"][0]["verdict"] = "disagrees"


def invent_a_verdict(described):
    described["findings"][0]["verdict"] = "splendid"


def leave_out_every_finding(described):
    described["findings"].clear()


def name_another_file(described):
    described["expected"][0]["state"] = "../../elsewhere"


def write_a_text_for_a_number(described):
    described["expected"][0]["step"] = "0"


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (Kind.FINDINGS, disagree),
        (Kind.REFERENCE, name_another_file),
        pytest.param(Kind.FINDINGS, invent_a_verdict, marks=long_test),
        pytest.param(Kind.FINDINGS, leave_out_every_finding, marks=long_test),
        pytest.param(Kind.REFERENCE, write_a_text_for_a_number, marks=long_test),
    ],
)
def test_a_forged_description_is_refused(check, cache, kind, change):
    check()
    forge(cache, kind, change)
    second = check()
    assert set(second.cells["status"]) == {"ok"}
    assert {note.kind for note in second.record.notes} == {NoteKind.RESULT_DAMAGED}
    assert not second.agreement["verdict"].eq("disagrees").any()


def test_an_edited_verdict_is_refused(check, cache):
    check()
    for path in files_of(cache, Kind.FINDINGS):
        arrays = dict(load_arrays(path))
        text = arrays[DESCRIPTION].tobytes().replace(b'"step"', b'"prediction"', 1)
        arrays[DESCRIPTION] = np.frombuffer(text, np.uint8)
        save_arrays(path, arrays)
    second = check()
    assert earlier_runs(second) == {""}
    assert {note.kind for note in second.record.notes} == {NoteKind.RESULT_DAMAGED}


def test_a_store_that_cannot_be_written_to_costs_no_result(check, monkeypatch):
    def fail(path, arrays):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(result_cache, "save_arrays", fail)
    done = check()
    assert set(done.cells["status"]) == {"ok"}
    (note,) = done.record.notes
    assert note.kind is NoteKind.RESULTS_NOT_KEPT
    assert "No space left on device" in note.sentence


def test_a_store_that_is_a_file_costs_no_result(check, cache):
    cache.folder.mkdir(parents=True)
    (cache.folder / Kind.FINDINGS).write_text("")
    done = check()
    assert set(done.cells["status"]) == {"ok"}
    assert [note.kind for note in done.record.notes] == [NoteKind.RESULTS_NOT_KEPT]


@long_test
def test_in_a_cache_that_others_can_write_to_nothing_is_reused(check, checked, cache):
    cache.folder.mkdir(parents=True)
    cache.folder.chmod(0o777)
    for _ in range(2):
        done = check()
    assert len(checked) == 12
    assert [note.kind for note in done.record.notes] == [NoteKind.CACHE_NOT_USED]


def test_a_harness_that_was_edited_since_its_import_reuses_nothing(
    check, checked, monkeypatch
):
    check()
    monkeypatch.setattr(result_key, "IMPORTED_NS", 0)
    done = check()
    assert len(checked) == 12
    assert not done.record.notes


@long_test
def test_workers_of_another_command_neither_use_nor_store_results(
    check, cache, checked, monkeypatch
):
    monkeypatch.setattr(reuse, "COMMAND", (*COMMAND, "planted"))
    check()
    check()
    assert len(checked) == 12
    assert not list(cache.folder.glob("*-results"))
