"""The JSON documents of the commands, for programs that drive graph-compare.

A document is an envelope with a result or an error. One module per command defines the
types of its result, from the row types and records of the packages below, and builds
it. `kinds` lists the documents with their versions, `schema` describes them. May import
everything but `compare.cli`. Nothing is computed here.

Public names: `DOCUMENTS`, `Failure` and `FailureKind` in `kinds` and `failure`, which
import nothing heavy; `encode_document` in `envelope`; `document_schema` in `schema`.
"""
