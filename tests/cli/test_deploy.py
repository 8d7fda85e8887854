"""The command ``graph-compare deploy``: its options, exit codes and errors."""

from __future__ import annotations

import pytest

from compare.cli.deploy import select_eager_cells
from compare.cli.graph import plan_graphs
from compare.deploy import run
from compare.deploy.rows import Deployment, DeployRow, ExportStatus, OtherSize
from compare.runs.words import Verdict
from tests.support.documents import read_result

LINEAR = ("torch.nn:Linear", "--with", "in_features=4", "--with", "out_features=3")


class FakeDeployment:
    """Stores its arguments, and returns a row with a verdict."""

    verdict = Verdict.AGREES
    record = launches = None
    is_kept, not_kept = False, {}

    def __call__(self, record, *, reporter, launches, keep_in):
        self.record, self.launches, self.keep_in = record, launches, keep_in
        row = DeployRow(
            workload="two_layer",
            framework="tf",
            format="frozen",
            runner="C API",
            needs_python=False,
            needs_framework=True,
            export=ExportStatus.DONE,
            verdict=self.verdict,
            error=0.5,
            tolerance=1e-6,
            other_size=OtherSize.AGREES,
            file=f"{keep_in}/tf/frozen.pb" if self.is_kept else "",
        )
        return Deployment(
            workload="two_layer",
            eager=[],
            rows=[row],
            environment={},
            not_kept=self.not_kept,
        )

    @property
    def variants(self):
        return [cell.variant for cell in self.record.cells]


@pytest.fixture
def deployed(monkeypatch):
    """Replace the function that deploys."""
    fake = FakeDeployment()
    monkeypatch.setattr(run, "deploy_models", fake)
    return fake


def test_every_framework_is_deployed_with_three_launches_by_default(deployed, invoke):
    done = invoke("deploy", "two_layer")
    assert done.code == 0, done.err
    assert deployed.variants == ["torch/eager", "tf/eager"]
    assert deployed.launches == 3
    assert "tf/frozen" in done.out


def test_named_frameworks_sizes_and_launches_are_passed_on(deployed, invoke):
    options = ("-f", "tf", "--launches", 0, "--set", "batch=3")
    assert invoke("deploy", "two_layer", *options).code == 0
    assert deployed.variants == ["tf/eager"]
    assert deployed.record.request.workloads[0].config["batch"] == 3
    assert deployed.launches == 0


def test_a_target_is_deployed_in_its_own_framework(deployed, invoke):
    done = invoke("deploy", *LINEAR, "-i", "float32:2x4")
    assert done.code == 0, done.err
    assert deployed.variants == ["torch/eager"]


def test_a_file_that_disagrees_ends_with_exit_code_1_and_its_error(deployed, invoke):
    deployed.verdict = Verdict.DISAGREES
    done = invoke("deploy", "two_layer")
    assert done.code == 1
    assert "largest error 0.5" in " ".join(done.out.split())


def test_every_figure_is_written_as_json(deployed, invoke, tmp_path):
    file = tmp_path / "found.json"
    done = invoke("deploy", "two_layer", "--json", file)
    assert f"Written: {file}" in done.out
    (row,) = read_result("deploy", file.read_bytes())["rows"]
    assert (row["verdict"], row["error"]) == ("agrees", 0.5)
    assert row["other_size"] == "agrees"


def test_exported_files_are_kept_in_a_new_folder(deployed, invoke, tmp_path):
    out = tmp_path / "kept"
    deployed.is_kept = True
    done = invoke("deploy", "two_layer", "--out", out)
    assert done.code == 0
    assert deployed.keep_in == out
    assert f"1 exported model: {out}" in done.out
    deployed.record = None
    again = invoke("deploy", "two_layer", "--out", out)
    assert again.code == 2
    assert "--out: expected a folder that does not exist yet" in again.err
    assert deployed.record is None


def test_a_file_that_cannot_be_kept_is_reported_after_the_results(
    deployed, invoke, tmp_path
):
    out = tmp_path / "kept"
    deployed.not_kept = {f"{out}/tf/frozen.pb": "No space left on device"}
    done = invoke("deploy", "two_layer", "--out", out)
    assert done.code == 1
    assert f"--out: cannot write {out}/tf/frozen.pb: No space left" in done.err
    assert "tf/frozen" in done.out
    assert not out.exists(), "a folder without a file is removed"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["two_layer", "-f", "tff"],
            'received "tff" (did you mean tf?)',
        ),
        (["two_layers"], "did you mean two_layer?"),
        (
            [*LINEAR, "-f", "tf"],
            "-f: expected a framework of torch.nn:Linear; received tf",
        ),
        (
            ["two_layer", "--json", "no/such/folder/found.json"],
            "--json: expected a file in a folder that exists; received "
            "no/such/folder/found.json",
        ),
        (["two_layer", "--json", "."], "--json: expected a file in a folder"),
        (["two_layer", "--inputs", "float32:2x4"], "--inputs: expected a target"),
        ([*LINEAR, "--set", "batch=3"], "--set: expected a target that has it"),
        (["two_layer", "--set", "width=3"], "width"),
        (["no_file.py:Net"], "expected a Python file; no_file.py is none"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)
def test_wrong_use_ends_before_anything_is_run_with_one_sentence(
    deployed, invoke, arguments, message
):
    done = invoke("deploy", *arguments)
    assert done.code == 2
    assert deployed.record is None
    text = " ".join(done.err.split())
    assert text.startswith("error: ")
    assert message in text
    assert "Traceback" not in text
    assert done.out == ""


def test_the_help_states_what_runs_in_python(invoke):
    text = " ".join(invoke("deploy", "--help").out.split())
    assert (
        "Export a trained model in every format, run each file in its own process, and "
        "compare." in text
    )
    assert "Programs of torch.export run in Python." in text


def test_a_negative_number_of_launches_is_wrong_use(deployed, invoke):
    done = invoke("deploy", "two_layer", "--launches", -1)
    assert done.code == 2
    assert "--launches" in done.err


def test_only_the_first_mode_of_each_framework_is_exported():
    record = plan_graphs("two_layer", (), sizes=(), inputs=(), arguments=())
    assert len(record.cells) > 4
    cells = select_eager_cells(record, ())
    assert [cell.variant for cell in cells] == ["torch/eager", "tf/eager"]
    assert select_eager_cells(record, ("torch",)) == cells[:1]
