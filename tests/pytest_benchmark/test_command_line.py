"""``graph-compare report FILE.json`` and ``graph-compare export``."""

from __future__ import annotations

import pytest

from tests.support.benchmark_files import compare_with_their_tool, write_timed_run
from tests.support.synthetic import synthetic, without


def test_every_report_of_a_file_gets_a_folder_of_its_own(cli, genuine, tmp_path):
    for name in ("all", "all-2"):
        done = cli("report", genuine / "all.json", cwd=tmp_path)
        assert done.code == 0, done.err
        page = tmp_path / "reports" / name / "index.html"
        assert done.out.rstrip().endswith(page.as_uri())
        assert page.exists()
        files = {path.name for path in page.parent.iterdir()}
        assert files == {"benchmarks.csv", "index.html", "report.md"}
    assert "Sequential design" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report", "nothing.json"], "nothing.json"),
        (["report", "empty"], "which has none"),
        (["report", "broken.json"], "broken.json: no JSON"),
        (["report", "empty", "--out", "x"], "--out: expected a pytest-benchmark"),
        (["report", "good.json", "--out", "empty"], "Nothing was overwritten"),
        (["export", "empty", "--pytest-benchmark"], "run.json"),
        (["export", "empty"], "--pytest-benchmark"),
    ],
)
def test_wrong_use_prints_a_message_and_exits_with_2(
    cli, genuine, tmp_path, arguments, message
):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "good.json").write_bytes((genuine / "all.json").read_bytes())
    done = cli(*arguments, cwd=tmp_path)
    assert done.code == 2, done.err
    assert message in done.err
    assert "Traceback" not in done.err
    assert not list((tmp_path / "empty").iterdir())


def test_a_run_is_exported_into_its_folder(invoke, tmp_path):
    made = without(synthetic(), "cnn", "tf/xla", reason="no device")
    folder = write_timed_run(made, tmp_path / "run")
    done = invoke("export", folder, "--pytest-benchmark")
    assert done.code == 0, done.err
    assert "left out: tf/xla on cnn: no device" in done.err
    assert "15 benchmarks written to" in done.out
    exported = compare_with_their_tool(folder / "pytest-benchmark.json")
    assert "cnn[torch/eager]" in exported
