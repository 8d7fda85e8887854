"""The page of a dossier: every sentence, its data, and the code of both frameworks."""

from __future__ import annotations

import shutil
from dataclasses import replace

import msgspec
import pytest

from compare.dossier.page import outline_dossier, write_dossier
from compare.dossier.parts import DossierPart, Measured
from compare.frameworks import frameworks_with
from compare.runs.folder import load_run, read_record
from compare.runs.store import save_record
from tests.dossier.test_statements import SAMPLE, cases_of, deployed, row_of

CASES = [*cases_of("torch/eager"), *cases_of("tf/eager")]


def test_a_section_with_code_has_that_of_every_framework():
    for section in outline_dossier(Measured()).sections:
        titles = [code.caption.partition(":")[0] for code in section.code]
        assert not titles or titles == [
            each.title for each in frameworks_with("mistakes").values()
        ]
    assert sum(bool(s.code) for s in outline_dossier(Measured()).sections) == 5


def test_what_was_not_measured_is_named_first():
    (caution,) = outline_dossier(Measured(cases=CASES)).cautions
    assert caution.is_first
    assert "speed, sizes, dynamic and deploy" in caution.text


def test_the_page_and_the_markdown_are_written(tmp_path):
    measured = Measured(cases=CASES, deployments=[deployed(row_of())])
    page, markdown = write_dossier(tmp_path, measured)
    for path in (page, markdown):
        text = path.read_text("utf-8")
        assert "Dynamic graphs are easier to debug." in text
        assert "1 of 1" in text


@pytest.mark.parametrize("name", ["debugging.json", "deploy.json"])
def test_a_damaged_part_is_named_with_what_to_do(tmp_path, name, invoke):
    (tmp_path / name).write_text("[{}]")
    done = invoke("dossier", "--no-measure", "--out", str(tmp_path))
    assert done.code != 0
    assert f"{name}: expected the results of the part" in done.err
    assert "Remove the file to measure it again" in done.err


def test_an_unknown_part_is_wrong_use(invoke):
    done = invoke("dossier", "--part", "size")
    assert done.code == 2
    assert "speed, sizes, dynamic, deploy or debugging" in done.err


@pytest.mark.parametrize("kind", ["new", "empty", "file"])
def test_a_page_of_nothing_is_refused(tmp_path, invoke, kind):
    out = tmp_path / "out"
    if kind == "empty":
        out.mkdir()
    elif kind == "file":
        out.write_text("mine")
    done = invoke("dossier", "--no-measure", "--out", str(out))
    assert done.code == 2
    assert "--no-measure: expected results of a dossier" in done.err


def test_what_was_not_measured_has_no_verdict():
    outline = outline_dossier(Measured())
    assert "Not measured" in str(outline)


@pytest.mark.parametrize("arguments", [["--no-measure"], ["--part", "speed"]])
def test_an_interrupted_run_is_not_a_measured_part(tmp_path, invoke, arguments):
    folder = tmp_path / "speed"
    shutil.copytree(SAMPLE, folder)
    record = read_record(folder)
    record.finished = False
    save_record(folder, record)
    done = invoke("dossier", *arguments, "--out", str(tmp_path))
    assert done.code == 2
    assert f"graph-compare run --resume {folder}" in done.err
    assert "or remove the folder" in done.err
    assert not (tmp_path / "index.html").exists()


def measured_with(**facts):
    """Return two parts, the second one measured where some facts differ."""
    run = load_run(SAMPLE)
    environment = {**run.record.environment, **facts}
    record = msgspec.structs.replace(run.record, environment=environment)
    parts = (DossierPart.SPEED, DossierPart.SIZES)
    return Measured(
        runs=dict(zip(parts, [run, replace(run, record=record)], strict=True))
    )


def test_parts_of_different_versions_or_machines_are_a_caution():
    outline = outline_dossier(measured_with(torch="9.9.9", GPU="another one"))
    texts = [
        each.text for each in outline.cautions if "different versions" in each.text
    ]
    assert "9.9.9" in texts[0]
    assert "GPU" in texts[0]
    assert any("torch" in fact and "and 9.9.9" in fact for fact in outline.facts)


def test_parts_of_one_machine_are_not_a_caution():
    outline = outline_dossier(measured_with(**{"load average at start": "7.00"}))
    assert not [each for each in outline.cautions if "versions" in each.text]
