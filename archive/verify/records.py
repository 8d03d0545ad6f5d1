"""Checks of WARC files on their own: whole members and right digests."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

from archive.errors import DamagedFile
from archive.httpmessage import parse_response
from archive.importing.files import origin_of
from archive.members import Record, next_member, walk_members
from archive.verify.report import Report

_ALGORITHMS = frozenset({"sha1", "sha256", "sha512", "md5"})
_DIGESTED = frozenset({"response", "request", "revisit"})


def walk_whole(path: Path, report: Report) -> Iterator[tuple[int, int, Record]]:
    """``walk_members`` that notes damage and goes on with the next whole record after it."""
    start: int | None = 0
    while start is not None:
        try:
            yield from walk_members(path, start)
            start = None
        except DamagedFile as damage:
            start = next_member(path, damage.offset)
            skipped = (start if start is not None else path.stat().st_size) - damage.offset
            report.add("damaged-file", path.name, f"{damage.problem}; {skipped} bytes skipped", damage.offset)


def check_record(record: Record, name: str, offset: int, report: Report) -> None:
    """Compare the block and payload digests of ``record`` with what its block holds."""
    if record.type not in _DIGESTED:
        return
    block = record.header("WARC-Block-Digest")
    if block is None:
        _missing(name, "WARC-Block-Digest", offset, record, report)
    elif not digest_matches(block, record.block):
        report.add("block-digest", name, f"the block is not {block}", offset, record.url)
    if record.type == "response":
        _check_payload(record, name, offset, report)


def _missing(name: str, field: str, offset: int, record: Record, report: Report) -> None:
    """Our own records carry every digest; those of other tools need not, and stay as they came."""
    if origin_of(name):
        report.counts["foreign_digests"] += 1
    else:
        report.add("missing-digest", name, f"no {field}", offset, record.url)


def _check_payload(record: Record, name: str, offset: int, report: Report) -> None:
    labelled = record.header("WARC-Payload-Digest")
    if labelled is None:
        _missing(name, "WARC-Payload-Digest", offset, record, report)
        return
    message = parse_response(record.block)
    if message and message.is_chunked:
        report.counts["chunked"] += 1
    if digest_matches(labelled, message.payload if message else record.block):
        return
    problem = f"the payload is not {labelled}"
    if message and origin_of(name) and digest_matches(labelled, message.raw_body):
        report.counts["foreign_digests"] += 1
        return
    if message and digest_matches(labelled, message.raw_body):
        problem += "; the digest is that of the chunked body, as some writers compute it, not of the payload"
    report.add("payload-digest", name, problem, offset, record.url)


def digest_matches(labelled: str, data: bytes) -> bool:
    """Whether the labelled digest (``sha1:`` and Base32 or hex, WARC 1.1 §5.8) is that of ``data``.

    A digest by an algorithm that is not known does not match.
    """
    label, _, value = labelled.partition(":")
    algorithm = label.lower().replace("-", "")
    if algorithm not in _ALGORITHMS:
        return False
    raw = hashlib.new(algorithm, data, usedforsecurity=False).digest()
    return value.upper() in (
        base64.b32encode(raw).decode(),
        base64.b32encode(raw).decode().rstrip("="),
        raw.hex().upper(),
    )
