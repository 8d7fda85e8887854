"""A key changes with everything that a result depends on, and with nothing else."""

from __future__ import annotations

import os
import sys
import time

import msgspec
import numpy as np
import pytest

from compare import workloads
from compare.numerics.arrays import save_arrays
from compare.pipeline import result_key
from compare.pipeline.context import CheckPart
from compare.pipeline.result_key import (
    HARNESS,
    ChangedSourceError,
    describe_origin,
    key_of_findings,
    key_of_reference,
    read_sources,
)
from compare.runs.record import Cell, WorkloadRequest
from compare.runs.words import Inputs
from compare.workers.messages import Ready
from tests.support.plugins import WORKLOAD, installed, write_distribution

FACTS = {"graph-compare": "1", "Python": "3.12", "numpy": "2.0", "processor": "P"}
PART = CheckPart(inputs=Inputs.WORKLOAD, dtype="float64")
READY = Ready(import_s=0.0, peak_rss_bytes=0, versions={"f": "1"}, settings={"s": "1"})
CELL = Cell(
    workload="w",
    framework="f",
    mode="eager",
    device="cpu",
    dtype="float32",
    family="dynamic",
    captures="none",
)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return the folder of a package with one module."""
    folder = tmp_path / "impl_keyed"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "step.py").write_text("RATE = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def origin_of(facts=FACTS, threads=1, packages=("impl_keyed",)):
    sources = read_sources(packages, began_ns=time.time_ns())
    return describe_origin(sources, facts=facts, threads=threads)


def reference(config=None, *, name="two_layer", part=PART, steps=20, facts=FACTS):
    request = WorkloadRequest(label="w", name=name, config=config or {"batch": 8})
    origin = origin_of(facts, packages=())
    return key_of_reference(request, part, steps=steps, origin=origin)


def findings(cell=CELL, *, ready=READY, threads=1, facts=FACTS, of="r"):
    return key_of_findings(
        cell,
        reference=of,
        package="impl_keyed",
        ready=ready,
        origin=origin_of(facts, threads=threads),
    )


def test_equal_requests_have_equal_keys():
    assert reference() == reference({"batch": 8})
    request = WorkloadRequest(label="other", name="two_layer", config={"batch": 8})
    key = key_of_reference(request, PART, steps=20, origin=origin_of(packages=()))
    assert key == reference()


@pytest.mark.parametrize(
    "changed",
    [
        {"config": {"batch": 9}},
        {"name": "mlp"},
        {"part": CheckPart(inputs=Inputs.PROBE, dtype="float64")},
        {"part": CheckPart(inputs=Inputs.WORKLOAD, dtype="float32")},
        {"steps": 21},
        {"facts": FACTS | {"numpy": "2.1"}},
        {"facts": FACTS | {"Python": "3.13"}},
        {"facts": FACTS | {"processor": "another"}},
    ],
    ids=str,
)
def test_the_key_of_a_reference_changes_with(changed):
    assert reference(**changed) != reference()


def test_a_variable_that_chooses_kernels_changes_the_key(monkeypatch):
    before = reference()
    monkeypatch.setenv("EDITOR", "another")
    assert reference() == before
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    assert reference() != before


def test_a_processor_with_other_instructions_changes_the_key(monkeypatch):
    before = reference()
    monkeypatch.setattr(result_key.machine, "processor_features", lambda: ["avx"])
    assert reference() != before


def test_data_are_identified_by_their_content_not_by_their_path(tmp_path):
    keys = []
    for name, value in (("a", 1.0), ("b", 1.0), ("c", 2.0)):
        path = tmp_path / f"{name}.npz"
        save_arrays(path, {"images": np.full(3, value)})
        keys.append(reference({"data": str(path)}, name="cnn"))
    assert keys[0] == keys[1] != keys[2]


def test_the_data_of_an_image_workload_are_staged_with_the_same_content(tmp_path):
    contents = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        config = {"data": "synthetic", "image_size": 16, "batch": 32}
        staged = workloads.stage(workloads.build("cnn", config), folder=folder)
        contents.append(reference({"data": staged.data}, name="cnn"))
    assert contents[0] == contents[1]


def test_a_workload_with_a_folder_of_data_has_no_key(tmp_path):
    assert reference({"data": str(tmp_path)}, name="cnn") == ""
    assert findings_without_reference() == ""


def findings_without_reference():
    origin = origin_of(packages=())
    return key_of_findings(CELL, reference="", package="", ready=READY, origin=origin)


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    "changed",
    [
        {"cell": {"framework": "g"}},
        {"cell": {"mode": "graph"}},
        {"cell": {"device": "cuda"}},
        {"ready": {"versions": {"f": "2"}}},
        {"ready": {"settings": {"s": "2"}}},
        {"threads": 2},
        {"of": "another reference"},
        {"facts": FACTS | {"GPU": "another"}},
        {"facts": FACTS | {"processors usable": "3"}},
    ],
    ids=str,
)
def test_the_key_of_findings_changes_with(changed):

    whole = {"cell": CELL, "ready": READY}
    made = {
        name: msgspec.structs.replace(whole[name], **value) if name in whole else value
        for name, value in changed.items()
    }
    assert findings(**made) != findings()


def test_the_label_and_the_dtype_of_a_cell_do_not_change_the_key_of_its_findings(
    package,
):

    other = msgspec.structs.replace(CELL, workload="label", dtype="bfloat16")
    assert findings(other) == findings()


def test_a_planted_defect_in_the_implementation_package_changes_the_key(package):
    before = findings()
    (package / "step.py").write_text("RATE = 2\n")
    assert findings() != before
    (package / "step.py").write_text("RATE = 1\n")
    assert findings() == before


@pytest.mark.parametrize("name", ["new.py", "kernel.cpp", "models/new.py"])
def test_a_new_source_file_changes_the_key(package, name):
    before = findings()
    (package / name).parent.mkdir(exist_ok=True)
    (package / name).write_text("")
    assert findings() != before


@pytest.mark.parametrize(
    "name", [".cache/entry", "__pycache__/step.pyc", ".step.swp", "a.md"]
)
def test_files_of_tools_and_documents_do_not_change_the_key(package, name):
    before = findings()
    (package / name).parent.mkdir(exist_ok=True)
    (package / name).write_text("")
    assert findings() == before


def test_another_compiler_changes_the_key(package, tmp_path, monkeypatch):
    before = findings()
    compiler = tmp_path / "compiler"
    compiler.write_text("#!/bin/sh\n")
    compiler.chmod(0o755)
    monkeypatch.setattr(result_key.shutil, "which", lambda name: str(compiler))
    other = findings()
    assert other != before
    compiler.write_text("#!/bin/sh\nexit 1\n")
    assert findings() != other


def test_the_harness_is_part_of_the_sources_but_not_what_renders():
    files = {str(inside) for _, inside in result_key._list_files(HARNESS)}
    assert {"contract.py", "agreement/judge.py", "numerics/einsum.py"} <= files
    assert {"workloads/cnn.py", "workers/worker.py", "pipeline/agree.py"} <= files
    assert not any(file.startswith(("report/", "cli/", "study/")) for file in files)


def test_a_change_during_the_run_is_noticed_although_its_time_is_set_back(package):
    sources = read_sources(["impl_keyed"], began_ns=time.time_ns())
    assert sources.are_unchanged("impl_keyed")
    path = package / "step.py"
    status = path.stat()
    time.sleep(0.02)  # longer than the resolution of the file system's clock
    path.write_text("RATE = 3\n")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert not sources.are_unchanged("impl_keyed")


def test_a_harness_changed_after_the_process_was_started_is_refused(monkeypatch):
    monkeypatch.setattr(result_key, "IMPORTED_NS", 0)
    with pytest.raises(ChangedSourceError, match=r"compare/.*\.py"):
        read_sources([], began_ns=time.time_ns())


@pytest.mark.usefixtures("package")
def test_a_package_changed_after_a_worker_may_have_imported_it_is_refused():
    with pytest.raises(ChangedSourceError, match=r"impl_keyed.*\.py"):
        read_sources(["impl_keyed"], began_ns=0)


@pytest.fixture
def plugged(tmp_path, monkeypatch):
    """Yield a function that returns the key of a workload of another distribution."""
    files = {"plug_keyed.py": WORKLOAD, "foreign_models/__init__.py": ""}
    entry = {"foreign": "plug_keyed:Foreign"}
    write_distribution(tmp_path, "plug-keyed", workloads=entry, files=files)

    def key():
        monkeypatch.setattr(result_key, "IMPORTED_NS", time.time_ns())
        packages = workloads.list_packages("foreign")
        sources = read_sources([], began_ns=0, of_workloads=packages)
        origin = describe_origin(sources, facts=FACTS, threads=1)
        request = WorkloadRequest(label="w", name="foreign", config={})
        return key_of_reference(request, PART, steps=20, origin=origin)

    with installed(tmp_path):
        yield key
    sys.modules.pop("plug_keyed", None)


@pytest.mark.parametrize("file", ["plug_keyed.py", "foreign_models/__init__.py"])
def test_the_key_changes_with_the_code_of_a_workload_of_another_distribution(
    plugged, tmp_path, file
):
    before = plugged()
    assert plugged() == before != ""
    (tmp_path / file).write_text((tmp_path / file).read_text() + "# changed\n")
    assert plugged() != before


@pytest.mark.usefixtures("plugged")
def test_a_workload_changed_after_this_process_imported_it_is_refused(monkeypatch):
    monkeypatch.setattr(result_key, "HARNESS", "no_harness")
    monkeypatch.setattr(result_key, "IMPORTED_NS", 0)
    with pytest.raises(ChangedSourceError, match=r"plug_keyed\.py"):
        read_sources([], began_ns=time.time_ns(), of_workloads=["plug_keyed"])


def test_a_reference_that_a_session_computes_has_no_key():
    assert reference(name="resnet") == ""
    assert not workloads.defines_reference("resnet")


def test_a_key_takes_far_less_time_than_a_check():
    began = time.perf_counter()
    origin_of(packages=("impl_torch", "impl_tf"))
    assert time.perf_counter() - began < 2, "about 0.02 s on an idle machine"


def test_no_module_of_a_framework_is_imported_for_a_key():
    assert "impl_keyed" not in sys.modules
