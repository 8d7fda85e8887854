"""A run of two workloads, and what two machines reply to its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import pytest

from compare.cluster.transfer import PartReply, collect_files, make_part
from compare.pipeline.request import RunOptions, build_request
from compare.runs.folder import create_folder
from compare.runs.record import RunRecord
from tests.support.resuming import VARIANTS, continue_run, using_numpy_package
from tests.support.running import record_of

if TYPE_CHECKING:
    from pathlib import Path

SUITE = """
launches = 2
repeats = 0
rounds = 2
block_ms = 0.2
trajectory_steps = 1
"""
WORKLOAD = """
[[workload]]
label = "{label}"
name = "two_layer"
batch = {batch}
inputs = 6
hidden = 5
outputs = 3
learning_rate = 1e-4
"""
LABELS = ("first", "second")


@dataclass(frozen=True, kw_only=True)
class SpreadRun:
    """A run that is not started yet, and the reply to each of its parts."""

    suite: Path
    record: RunRecord
    replies: dict[str, bytes]

    def new_record(self) -> RunRecord:
        """Return a copy of the record that may be changed."""
        encoded = msgspec.msgpack.encode(self.record)
        return msgspec.msgpack.decode(encoded, type=RunRecord)

    def new_folder(self, folder: Path) -> RunRecord:
        """Create the folder of the run, and return its record."""
        record = self.new_record()
        create_folder(folder, record)
        return record


@pytest.fixture(scope="session")
def spread(tmp_path_factory):
    """Return a run of two workloads with the replies of machines that ran it."""
    base = tmp_path_factory.mktemp("spread")
    suite = base / "suite.toml"
    suite.write_text(
        SUITE + "".join(WORKLOAD.format(label=n, batch=len(n)) for n in LABELS)
    )
    options = RunOptions(
        variants=VARIANTS, suite_name=str(suite), profile=True, cluster="fake"
    )
    with using_numpy_package(tmp_path_factory.mktemp("cache")):
        record = record_of(build_request(options, timed=True))
        replies = {}
        for label in LABELS:
            create_folder(base / label, make_part(record, label=label))
            continue_run(base / label)
            reply = PartReply(files=collect_files(base / label))
            replies[label] = msgspec.msgpack.encode(reply)
    return SpreadRun(suite=suite, record=record, replies=replies)


@pytest.fixture(scope="module", autouse=True)
def _numpy_package(tmp_path_factory):
    with using_numpy_package(tmp_path_factory.mktemp("cache")):
        yield


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr("compare.cluster.dispatch.POLL_S", 0.0)
