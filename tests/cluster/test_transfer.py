"""What comes back from a machine is checked before it is merged."""

from __future__ import annotations

import gzip

import msgspec
import pytest

from compare.cluster import transfer
from compare.cluster.transfer import PartReply, make_part, receive_part
from compare.errors import RunError


def receive(spread, folder, *, change=lambda files: None):
    """Receive the reply of the first workload after its files were changed."""
    reply = msgspec.msgpack.decode(spread.replies["first"], type=PartReply)
    change(reply.files)
    encoded = msgspec.msgpack.encode(reply)
    sent = make_part(spread.record, label="first")
    return receive_part(encoded, sent=sent, folder=folder)


def change_record(**changes):
    def change(files):
        record = msgspec.json.decode(files["run.json"])
        files["run.json"] = msgspec.json.encode(record | changes)

    return change


def replace_workload(files):
    text = gzip.decompress(files["samples.csv.gz"]).replace(b"first", b"other")
    files["samples.csv.gz"] = gzip.compress(text)


def cut_samples(files):
    lines = gzip.decompress(files["samples.csv.gz"]).splitlines(keepends=True)
    files["samples.csv.gz"] = gzip.compress(b"".join(lines[:-1]))


def name_at_length(files):
    files["logs/" + "x" * 300] = b""


def climb(files):
    files["logs/../../escaped.log"] = b""


def test_an_unchanged_reply_has_all_tables(spread, tmp_path):
    record, frames = receive(spread, tmp_path)
    assert record.finished
    sizes = {table.name: len(frame) for table, frame in frames.items()}
    assert sizes["samples"] == 2 * 2 * 3
    assert sizes["agreement"] > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (replace_workload, "expected rows of first; received other"),
        (cut_samples, "The file was cut or changed"),
        (name_at_length, "cannot be stored: File name too long"),
        (climb, "expected files of a run folder; received 'logs/../../escaped.log'"),
        (change_record(finished=False), "expected a finished workload"),
        (change_record(baseline="numpy/again"), "results of the request that was sent"),
        (change_record(cells=[]), "expected the cells that were sent"),
        (change_record(schema_version=1), "schema_version"),
        (lambda files: files.pop("run.json"), "expected a run folder"),
        (lambda files: files.update({"run.json": b"{"}), "damaged"),
    ],
)
def test_a_changed_reply_is_refused(spread, tmp_path, change, message):
    (tmp_path / "part").mkdir()
    with pytest.raises(RunError, match=message.replace("(", r"\(")):
        receive(spread, tmp_path / "part", change=change)
    assert not (tmp_path / "escaped.log").exists()


@pytest.mark.parametrize("reply", [b"", b"\xc1", msgspec.msgpack.encode({"files": 1})])
def test_a_reply_of_another_type_is_refused(spread, tmp_path, reply):
    sent = make_part(spread.record, label="first")
    with pytest.raises(RunError, match="a damaged reply came back"):
        receive_part(reply, sent=sent, folder=tmp_path)


def test_too_many_bytes_are_refused(spread, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "MAX_BYTES", 1000)
    with pytest.raises(RunError, match="expected at most 1,000 bytes"):
        receive(spread, tmp_path)
