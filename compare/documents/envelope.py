"""What every document has: name, versions, exit code, and a result or an error."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, Generic, TypeVar

import msgspec

from compare import __version__
from compare.documents.failure import Failure
from compare.documents.kinds import DOCUMENTS

Result = TypeVar("Result")
PREFIX = "graph-compare/"  # of the name of a schema


class Envelope(msgspec.Struct, Generic[Result], frozen=True, kw_only=True):
    """The result of a command, or the error that ended it; the other one is null.

    Attributes:
        schema: ``graph-compare/COMMAND``.
        version: of the schema.
        graph_compare: the version of graph-compare.
        exit_code: of the command, as its help describes.
        result: what it found, also if the exit code is 1.
        error: why there is no result.
    """

    schema: str
    version: int
    graph_compare: str
    exit_code: int
    result: Result | None
    error: Failure | None


def encode_document(
    command: str, *, code: int, result: object = None, error: Failure | None = None
) -> bytes:
    """Return a document as indented JSON.

    A number that is not finite is null: JSON has no infinity and no NaN.
    """
    document = Envelope(
        schema=f"{PREFIX}{command}",
        version=DOCUMENTS[command].version,
        graph_compare=__version__,
        exit_code=code,
        result=result,
        error=error,
    )
    encoded = msgspec.json.encode(document, enc_hook=encode_other)
    return msgspec.json.format(encoded, indent=1) + b"\n"


def encode_other(value: Any) -> object:  # noqa: ANN401 - what msgspec cannot encode
    """Return a path as text, and a NumPy number as a Python number.

    Raises:
        NotImplementedError: it is neither.
    """
    if isinstance(value, PurePath):
        return str(value)
    if hasattr(value, "item"):
        return value.item()
    raise NotImplementedError(f"no JSON for {type(value).__name__}")
