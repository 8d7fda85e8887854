"""Every reader of files and messages, with valid examples to damage."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from PIL import Image

from compare.cluster.transfer import PartReply, collect_files, receive_part
from compare.contract import Operation
from compare.errors import WorkerError
from compare.pipeline.suites import BUILT_IN, read_built_in
from compare.pipeline.suites.suite import load_suite
from compare.pytest_benchmark.reading import read_benchmarks
from compare.runs.folder import RUN_FILE, read_record, save_record
from compare.runs.record import Note, Phase
from compare.runs.tables import SAMPLES, TABLES, read_table, write_table
from compare.runs.words import NoteKind
from compare.study import results
from compare.workers import framing, messages
from compare.workloads.images.loading import load_images
from tests.support.benchmark_files import benchmark
from tests.support.stored_rows import new_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from compare.runs.tables import ColumnSpec, TableSpec

IMAGE_FORMATS = ("png", "jpeg", "bmp", "gif", "webp", "ppm", "tiff")
VALUES = {"string": "a text", "category": "name", "Int64": 3, "boolean": True}


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A reader, the file that is damaged for it, and examples of that file.

    Attributes:
        name: in the summary.
        share: of all inputs; fast readers get more.
        file: path of the damaged file below the folder.
        read: reads the folder, and uses the result as the program does.
        examples: valid contents of the file.
        encode: applied to the damaged content, e.g. a compression.
        others: other files of the folder, written once.
    """

    name: str
    share: int
    file: str
    read: Callable[[Path], object]
    examples: tuple[bytes, ...]
    encode: Callable[[bytes], bytes] = bytes
    others: dict[str, bytes] = field(default_factory=dict)


def all_readers() -> Iterator[Reader]:
    """Yield every reader of the program."""
    yield Reader(
        name="run.json",
        share=140,
        file=RUN_FILE,
        read=read_record,
        examples=(run_file(),),
    )
    yield from map(table_reader, TABLES)
    yield compressed_samples()
    yield benchmark_reader()
    yield suite_reader()
    yield from archive_readers()
    yield from map(image_reader, IMAGE_FORMATS)
    yield from study_readers()
    yield from message_readers()
    yield reply_reader()


def run_file() -> bytes:
    """Return a small ``run.json``."""
    record = new_record()
    record.phases.append(Phase(name="agree", seconds=1.5))
    record.notes.append(Note(kind=NoteKind.NOT_PROFILED, reason="it exited"))
    record.environment["processor"] = "a CPU"
    record.settings["torch"] = {"threads": "1"}
    record.launches_done["w"] = 1
    with TemporaryDirectory() as folder:
        save_record(Path(folder), record)
        return Path(folder, RUN_FILE).read_bytes()


def reply_reader() -> Reader:
    """Return the reader of what comes back from a machine of a cluster."""
    record = new_record()
    record.finished = True
    with TemporaryDirectory() as folder:
        save_record(Path(folder), record)
        encoded = msgspec.msgpack.encode(PartReply(files=collect_files(Path(folder))))

    def read_reply(folder: Path) -> None:
        with TemporaryDirectory() as scratch:
            content = (folder / "reply.msgpack").read_bytes()
            receive_part(content, sent=record, folder=Path(scratch))

    return Reader(
        name="reply of a machine",
        share=18,
        file="reply.msgpack",
        read=read_reply,
        examples=(encoded,),
    )


def table_reader(table: TableSpec[Any]) -> Reader:
    """Return the reader of one table; its content is damaged before compression."""
    encode = partial(gzip.compress, compresslevel=1) if table.is_compressed else bytes
    return Reader(
        name=table.file,
        share=18,
        file=table.file,
        read=partial(read_rows, table=table),
        examples=(example_table(table),),
        encode=encode,
    )


def read_rows(folder: Path, *, table: TableSpec[Any]) -> None:
    """Read a table and convert each of its rows, as reports do."""
    frame = read_table(folder, table)
    for index in frame.index:
        table.row_of(frame.loc[index])


def example_table(table: TableSpec[Any]) -> bytes:
    """Return a table with three rows, as text."""
    rows = [example_row(table, number) for number in range(3)]
    with TemporaryDirectory() as folder:
        write_table(Path(folder), table, table.frame(rows))
        content = Path(folder, table.file).read_bytes()
    return gzip.decompress(content) if table.is_compressed else content


def example_row(table: TableSpec[Any], number: int) -> Any:
    """Return a row whose values follow from the types of its columns."""
    values = {
        each.name: example_value(table.columns[each.name], number)
        for each in fields(table.row)
    }
    return table.row(**values)


def example_value(column: ColumnSpec, number: int) -> object:
    """Return a valid value of a column; the third number is one that is special."""
    if column.words:
        return column.words[number % len(column.words)]
    if column.dtype == "float64":
        return (0.5, 1e-300, float("inf"))[number]
    return VALUES[column.dtype]


def compressed_samples() -> Reader:
    """Return the reader of samples whose compressed bytes are damaged."""
    return Reader(
        name=f"{SAMPLES.file}, compressed",
        share=18,
        file=SAMPLES.file,
        read=partial(read_rows, table=SAMPLES),
        examples=(gzip.compress(example_table(SAMPLES)),),
    )


def benchmark_reader() -> Reader:
    """Return the reader of pytest-benchmark files."""
    entries = [benchmark(name) for name in ("torch/eager", "tf/function")]
    entries += [{**benchmark("x"), "extra_info": {}, "group": "g", "fullname": "f::x"}]
    document = {
        "machine_info": {"node": "n", "cpu": {"count": 2, "brand_raw": "a CPU"}},
        "benchmarks": entries,
        "datetime": "2026-01-01T00:00:00",
        "version": "5.2.0",
    }
    return Reader(
        name="pytest-benchmark",
        share=160,
        file="benchmark.json",
        read=lambda folder: read_benchmarks(folder / "benchmark.json"),
        examples=(json.dumps(document).encode(),),
    )


def suite_reader() -> Reader:
    """Return the reader of suites."""
    return Reader(
        name="suite",
        share=120,
        file="suite.toml",
        read=lambda folder: load_suite(str(folder / "suite.toml")),
        examples=tuple(read_built_in(name).encode() for name in BUILT_IN),
    )


def archive_readers() -> Iterator[Reader]:
    """Yield readers of image archives, stored and compressed."""
    images = np.arange(2 * 4 * 4 * 3, dtype=np.uint8).reshape(2, 4, 4, 3)
    arrays = {"images": images, "labels": np.array([0, 1]), "classes": ["a", "b"]}
    for save in (np.savez, np.savez_compressed):
        yield Reader(
            name=f"images.npz, {save.__name__}",
            share=60,
            file="images.npz",
            read=lambda folder: load_images(
                str(folder / "images.npz"), image_size=None, seed=0
            ),
            examples=(archive(arrays, save=save),),
        )

    yield Reader(
        name="images.npz, one array",
        share=60,
        file="images.npz",
        read=lambda folder: load_images(
            str(folder / "images.npz"), image_size=None, seed=0
        ),
        examples=tuple(map(npy_file, (images, images / 255))),
        encode=partial(archive_of_images, labels=npy_file(np.array([0, 1]))),
    )


def npy_file(array: Any) -> bytes:
    """Return an array as an ``.npy`` file."""
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def archive_of_images(images: bytes, *, labels: bytes) -> bytes:
    """Return an archive with these bytes as its images, and with valid check sums."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as members:
        members.writestr("images.npy", images)
        members.writestr("labels.npy", labels)
    return stream.getvalue()


def archive(arrays: dict[str, Any], *, save: Callable[..., None]) -> bytes:
    """Return an archive of arrays."""
    stream = io.BytesIO()
    save(stream, **arrays)
    return stream.getvalue()


def image_reader(kind: str) -> Reader:
    """Return the reader of a folder of images, one of which is damaged."""
    good = encode_image("png", colour=3)
    return Reader(
        name=f"image, {kind}",
        share=22,
        file=f"b/image.{kind}",
        read=lambda folder: load_images(str(folder), image_size=8, seed=0),
        examples=tuple(encode_image(kind, colour=number) for number in (1, 200)),
        others={"a/image.png": good},
    )


def encode_image(kind: str, *, colour: int) -> bytes:
    """Return a small image file."""
    pixels = np.arange(12 * 10 * 3, dtype=np.uint8).reshape(12, 10, 3) + colour
    stream = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(stream, kind)
    return stream.getvalue()


def study_readers() -> Iterator[Reader]:
    """Yield readers of the results of lessons: the record, and its arrays."""
    times = [results.StepTime(step="a", first_ns=5, again_ns=3)]
    program = results.ProgramResult(lesson="l", framework="torch", times=times)
    record = results.StudyRecord(created="now", environment={}, programs=[program])
    content = msgspec.json.encode(record)
    arrays = archive({"a": np.ones(3), "b": np.array("text")}, save=np.savez)
    yield Reader(
        name=results.RECORD_FILE,
        share=100,
        file=results.RECORD_FILE,
        read=results.read_results,
        examples=(content,),
    )
    yield Reader(
        name="arrays of a lesson",
        share=60,
        file="l.torch.npz",
        read=lambda folder: results.read_results(folder).arrays("l", "torch"),
        examples=(arrays,),
        others={results.RECORD_FILE: content},
    )


def message_readers() -> Iterator[Reader]:
    """Yield readers of messages, with their header and of their content alone."""
    sides = (
        ("reply", read_replies, example_replies()),
        ("request", read_requests, example_requests()),
    )
    for side, read, examples in sides:
        framed = [framing.encode(message) for message in examples]
        yield Reader(
            name=f"{side} with header",
            share=60,
            file="message",
            read=read,
            examples=tuple(framed),
        )
        yield Reader(
            name=side,
            share=120,
            file="message",
            read=read,
            examples=tuple(each[framing.HEADER.size :] for each in framed),
            encode=add_header,
        )


def add_header(body: bytes) -> bytes:
    """Return a message with a header of the right length."""
    return framing.HEADER.pack(framing.MARK, len(body)) + body


def read_replies(folder: Path) -> None:
    """Decode replies as the parent does; it turns `InvalidMessageError` into this.

    Raises:
        WorkerError: a reply is invalid.
    """
    buffer = framing.MessageBuffer()
    buffer.add((folder / "message").read_bytes())
    try:
        while (reply := buffer.take()) is not None:
            framing.decode_reply(reply)
    except framing.InvalidMessageError as error:
        raise WorkerError(str(error)) from error


def read_requests(folder: Path) -> None:
    """Decode requests as a worker does.

    Raises:
        WorkerError: a request is invalid.
    """
    with (folder / "message").open("rb") as stream:
        try:
            while (request := framing.read_message(stream)) is not None:
                framing.decode_request(request)
        except framing.InvalidMessageError as error:
            raise WorkerError(str(error)) from error


def example_requests() -> Iterator[messages.Request]:
    """Yield requests with numbers, texts, lists and dictionaries."""
    yield messages.Hello(
        package="impl_torch", framework="torch", threads=1, cores=[0, 1]
    )
    yield messages.Prepare(
        workload="cnn",
        config={"image_size": 8, "data": "digits", "learning_rate": 0.5},
        mode="eager",
        device="cpu",
        dtype="float32",
    )
    yield messages.WarmUp(steps=3, seconds=0.5)
    yield messages.FirstCall()


def example_replies() -> Iterator[messages.Reply]:
    """Yield replies with numbers, texts, lists and dictionaries."""
    step = {"name": "step", "kind": "convolution", "processor": "host"}
    times = {"started_ns": 5, "duration_ns": 3, "device_ns": None, "busy_ns": 3}
    yield messages.Elapsed(seconds=1.5)
    yield messages.Sample(**times, slept_ns=0, recaptures=0, sentinel_ns=1)
    yield messages.EpochDone(train_loss=1.0, valid_loss=float("nan"), valid_accuracy=0)
    yield messages.Profiled(operations=[Operation(**step, calls=3, self_ns=5.0)])
    yield messages.LessonRan(elapsed_ns={"a": 5}, printed={"a": "text"})
    yield messages.Failed(error="ValueError: no", detail="a traceback")
    yield messages.Done()
