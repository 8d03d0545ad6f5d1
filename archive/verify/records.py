"""Checks of WARC files on their own: whole members and right digests."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from archive.errors import DamagedFile
from archive.httpmessage import ResponseMessage, dechunk, parse_response
from archive.importing.names import origin_of
from archive.members import Record, next_member, walk_members
from archive.verify.report import Report

_ALGORITHMS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha512": hashlib.sha512, "md5": hashlib.md5}
# Few heads are longer; those that are cost another look.
_HEAD = 4096
_BASE32 = re.compile("[A-Z2-7]*")
_DIGITS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHIJKLMNOPQRSTUV")
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


def check_record(record: Record, name: str, offset: int, report: Report, parsed: ResponseMessage | None = None) -> None:
    """Compare the block and payload digests of ``record`` with what its block holds.

    ``parsed`` is what ``head_of`` gives for it, where that has been asked already.
    """
    if record.type not in _DIGESTED:
        return
    block = record.header("WARC-Block-Digest")
    if block is None:
        _missing(name, "WARC-Block-Digest", offset, record, report)
    elif not digest_matches(block, record.block):
        report.add("block-digest", name, f"the block is not {block}", offset, record.url)
    if record.type == "response":
        _check_payload(record, name, offset, report, parsed or head_of(record.block))


def _missing(name: str, field: str, offset: int, record: Record, report: Report) -> None:
    """Our own records carry every digest; those of other tools need not, and stay as they came."""
    if origin_of(name):
        report.counts["foreign_digests"] += 1
    else:
        report.add("missing-digest", name, f"no {field}", offset, record.url)


def _check_payload(record: Record, name: str, offset: int, report: Report, message: ResponseMessage | None) -> None:
    labelled = record.header("WARC-Payload-Digest")
    if labelled is None:
        _missing(name, "WARC-Payload-Digest", offset, record, report)
        return
    body = memoryview(record.block)[message.head_length if message else 0 :]
    chunked = message is not None and message.is_chunked
    if chunked:
        report.counts["chunked"] += 1
    if digest_matches(labelled, dechunk(bytes(body)) if chunked else body):
        return
    problem = f"the payload is not {labelled}"
    raw = chunked and digest_matches(labelled, body)
    if raw and origin_of(name):
        report.counts["foreign_digests"] += 1
        return
    if raw:
        problem += "; the digest is that of the chunked body, as some writers compute it, not of the payload"
    report.add("payload-digest", name, problem, offset, record.url)


def head_of(block: bytes) -> ResponseMessage | None:
    """``parse_response`` of ``block`` with no more than the beginning of the body, which is not copied so."""
    message = parse_response(block[:_HEAD])
    if message is None or (message.head_length >= _HEAD and len(block) > _HEAD):
        return parse_response(block)
    return message


def digest_matches(labelled: str, data: bytes | memoryview) -> bool:
    """Whether the labelled digest (``sha1:`` and Base32 or hex, WARC 1.1 §5.8) is that of ``data``.

    A digest by an algorithm that is not known does not match.
    """
    label, _, value = labelled.partition(":")
    algorithm = _ALGORITHMS.get(label.lower().replace("-", ""))
    if algorithm is None:
        return False
    raw = algorithm(data, usedforsecurity=False).digest()
    return _is_base32(value.upper().rstrip("="), raw) or value.upper() == raw.hex().upper()


def _is_base32(said: str, raw: bytes) -> bool:
    """Whether ``said`` is ``raw`` in Base32 (RFC 4648 §6): numbers are compared, which is ten times as fast."""
    spare = 5 * len(said) - 8 * len(raw)
    if not 0 <= spare < 5 or not _BASE32.fullmatch(said):
        return False
    return int(said.translate(_DIGITS), 32) == int.from_bytes(raw) << spare
