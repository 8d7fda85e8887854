"""A folder of a user is recognised and opened without importing its files."""

from __future__ import annotations

import pytest

from compare.errors import DataError, UsageError
from compare.workloads.folder import is_folder, list_fields, open_folder

WORKLOAD = """
raise SystemExit("imported")
class Workload:
    batch: int = 8
    seed: int = 0
    loss: ClassVar[str] = "mean_square"
"""


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a workload and one model."""
    (tmp_path / "workload.py").write_text(WORKLOAD)
    (tmp_path / "model_torch.py").write_text("class Model: pass")
    return tmp_path


def test_a_folder_is_opened_without_importing_its_files(folder):
    opened = open_folder(str(folder), settings={"batch": 4}, seed=3)

    assert is_folder(str(folder))
    assert list(opened.sources) == ["torch"]
    assert opened.settings == {"batch": 4}
    assert list_fields(folder / "workload.py") == ["batch", "seed"]


def test_a_model_file_without_code_is_no_model(folder):
    (folder / "model_tf.py").write_text('"""Write it here."""\n# class Model:\n')

    assert list(open_folder(str(folder), settings={}, seed=0).sources) == ["torch"]


def test_an_unknown_field_is_refused(folder):
    with pytest.raises(UsageError, match='received "width"'):
        open_folder(str(folder), settings={"width": 4}, seed=0)


def test_a_folder_without_a_model_is_refused(folder):
    (folder / "model_torch.py").unlink()

    with pytest.raises(UsageError, match=r"model_torch.py or model_tf.py"):
        open_folder(str(folder), settings={}, seed=0)


@pytest.mark.parametrize("text", ["def", "class Other: pass", "\0"])
def test_a_damaged_workload_is_refused(folder, text):
    (folder / "workload.py").write_text(text)

    with pytest.raises(DataError, match=r"workload.py"):
        open_folder(str(folder), settings={}, seed=0)


@pytest.mark.parametrize("name", ["cnn", "", "a\0b", "x" * 5000])
def test_other_names_are_no_folders(name):
    assert not is_folder(name)
