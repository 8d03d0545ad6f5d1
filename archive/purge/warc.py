"""Rewriting a WARC file without the records that were taken down, member by member.

Every other member keeps its bytes; only offsets change. Three kinds of members are made anew: the tombstone in place
of an exchange, revisits whose original went, and the warcinfo record, which names its own file.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from archive.access import Target
from archive.members import Record, read_member
from archive.records import Header, Original, json_metadata, record_bytes, sha1_base32, warc_date
from archive.revisit import metadata, restore_block
from archive.salvage import Lost, walk_kept
from archive.warc import gzip_member

_LEVEL: Final = 6
_COPY: Final = 1 << 20
_GENERATION: Final = re.compile(r"\.p(\d+)$")
_NAMESPACE: Final = uuid.UUID("0d0a3f4e-53a4-4f3d-8d2f-1f6f1f0a9c11")
_REVISIT_ONLY: Final = frozenset(
    {
        "warc-type", "warc-profile", "warc-refers-to", "warc-refers-to-target-uri", "warc-refers-to-date",
        "warc-truncated", "warc-block-digest", "warc-json-metadata", "content-length",
    }
)  # fmt: skip
_REFERENCE: Final = frozenset(
    {"warc-refers-to", "warc-refers-to-target-uri", "warc-refers-to-date", "warc-payload-digest", "content-length"}
)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What the record in place of a deleted exchange says; ``uri`` stands for its address, ``at`` is a WARC-Date."""

    purge: str
    uri: str
    at: str
    reason: str


@dataclass(slots=True)
class Edits:
    """What to change in WARC files.

    Records of ``target`` go, none when it is ``None``; ``exchanges`` holds ids of records that go with all that was
    written with them, though their address stays. ``promoted`` maps the id of a revisit to the place of the record
    whose payload it takes over; ``repointed`` that of another revisit of the same payload to its new original, ``None``
    where no record holds the payload any more.
    """

    target: Target | None
    tombstone: Tombstone
    exchanges: frozenset[str] = frozenset()
    promoted: Mapping[str, tuple[Path, int, int]] = field(default_factory=dict)
    repointed: Mapping[str, Original | None] = field(default_factory=dict)


@dataclass(slots=True)
class Rewritten:
    """What became of a file: where each kept record or damaged stretch begins and how long it is by its old offset.

    ``records`` counts deleted records, ``exchanges`` the tombstones in their place.
    """

    kept: dict[int, tuple[int, int]] = field(default_factory=dict)
    records: int = 0
    exchanges: int = 0


def covers(target: Target, record: Record) -> bool:
    """Whether ``record`` is about an address of ``target``."""
    return record.url is not None and target.covers(record.url)


def next_name(name: str) -> str:
    """The name of the rewritten file: ``.p1`` before the token, ``.p2`` after another purge, and so on.

    Portal, time, serial, host and token stay, because other parts of the program read them from the name.
    """
    stem = name.removesuffix(".warc.gz")
    head, hyphen, token = stem.rpartition("-")
    if not hyphen:
        head, token = stem, ""
    found = _GENERATION.search(head)
    number = int(found.group(1)) + 1 if found else 1
    return f"{_GENERATION.sub('', head)}.p{number}{hyphen}{token}.warc.gz"


def rewrite(path: Path, target: Path, edits: Edits, name: str) -> Rewritten:
    """Write what stays of ``path`` to the new file ``target``, which will be named ``name``, and force it to the disk.

    Damaged stretches are kept as they are, unless what can be read of them is about the target. Raises ``OSError``.
    """
    result = Rewritten()
    with path.open("rb") as source, target.open("wb") as copy:
        rewriter = _Rewriter(edits, source, copy, path.name, name, result)
        lost: list[Lost] = []
        for offset, length, record in walk_kept(path, lost):
            rewriter.damage(lost)
            rewriter.member(offset, length, record)
        rewriter.damage(lost)
        copy.flush()
        os.fsync(copy.fileno())
    return result


class _Rewriter:
    def __init__(
        self, edits: Edits, source: BinaryIO, copy: BinaryIO, old_name: str, name: str, result: Rewritten
    ) -> None:
        self._edits = edits
        self._source = source
        self._copy = copy
        self._old_name = old_name
        self._name = name
        self._result = result
        self._gone: set[str] = set()
        self._marked: set[str] = set()
        self._damage = 0

    def member(self, offset: int, length: int, record: Record) -> None:
        """Keep, change or drop one member."""
        at = self._copy.tell()
        if self._goes(record):
            self._drop(record)
            return
        changed = self._changed(record)
        if changed is None:
            self._keep(offset, offset + length)
        else:
            self._copy.write(changed)
        self._result.kept[offset] = (at, self._copy.tell() - at)

    def damage(self, lost: list[Lost]) -> None:
        """Keep the stretches that were passed over since the last call, but those about the target."""
        for one in lost[self._damage :]:
            if self._edits.target is not None and any(self._edits.target.covers(url) for url in one.urls):
                self._result.records += 1
            else:
                # Rows may point here.
                self._result.kept[one.start] = (self._copy.tell(), one.end - one.start)
                self._keep(one.start, one.end)
        self._damage = len(lost)

    def _goes(self, record: Record) -> bool:
        if record.type == "warcinfo" or self._is_tombstone(record):
            return False
        if self._is_of_target(record) or self._is_of_exchange(record):
            return True
        # What others say about a deleted record, such as its text, names it in one of these fields.
        about = {record.header("WARC-Concurrent-To"), record.header("WARC-Refers-To")}
        return record.type not in ("request", "response", "revisit") and bool(about & self._gone)

    def _is_of_target(self, record: Record) -> bool:
        return self._edits.target is not None and covers(self._edits.target, record)

    def _is_of_exchange(self, record: Record) -> bool:
        beside = {value for name, value in record.headers if name.lower() == "warc-concurrent-to"}
        return record.record_id in self._edits.exchanges or bool(beside & self._edits.exchanges)

    @staticmethod
    def _is_tombstone(record: Record) -> bool:
        return record.type == "metadata" and "tombstone" in metadata(record)

    def _drop(self, record: Record) -> None:
        """Leave ``record`` out; the first of its exchange leaves a tombstone."""
        self._result.records += 1
        self._gone.add(record.record_id)
        other = record.header("WARC-Concurrent-To")
        exchange = record.record_id if record.type in ("response", "revisit") or not other else other
        if exchange not in self._marked:
            self._marked.add(exchange)
            self._result.exchanges += 1
            links = self._is_of_exchange(record) and not self._is_of_target(record)
            self._copy.write(gzip_member(_tombstone(self._edits.tombstone, record, exchange, links), _LEVEL))

    def _changed(self, record: Record) -> bytes | None:
        """The new member of ``record``, or ``None`` when it stays as it is."""
        if record.type == "warcinfo" and record.header("WARC-Filename") == self._old_name:
            headers = [
                (name, self._name if name.lower() == "warc-filename" else value)
                for name, value in record.headers
                if name.lower() != "content-length"
            ]
            return gzip_member(record_bytes(headers, record.block), _LEVEL)
        if record.type != "revisit":
            return None
        if record.record_id in self._edits.promoted:
            original = read_member(*self._edits.promoted[record.record_id])
            return gzip_member(promote(record, original), _LEVEL)
        if record.record_id in self._edits.repointed:
            return gzip_member(_repoint(record, self._edits.repointed[record.record_id]), _LEVEL)
        return None

    def _keep(self, start: int, end: int) -> None:
        self._source.seek(start)
        for at in range(start, end, _COPY):
            self._copy.write(self._source.read(min(_COPY, end - at)))


def _tombstone(said: Tombstone, record: Record, exchange: str, links: bool) -> bytes:
    """The record in place of a deleted exchange: why and when, and nothing of what was in it.

    With ``links`` it is one that went because it linked to what was purged, which is named. Format: metadata record
    with ``application/warc-fields``, WARC 1.1 §6.5, which indexers pass over.
    """
    lines = [f"purge: {said.purge}", f"purged: {said.at}", f"reason: {said.reason}"]
    lines += [f"linked-to: {said.uri}"] if links else []
    block = "".join(f"{line}\r\n" for line in lines).encode()
    uri = record.url if links or not said.uri.startswith("urn:") else said.uri
    info = record.header("WARC-Warcinfo-ID")
    headers: list[Header] = [
        ("WARC-Type", "metadata"),
        ("WARC-Record-ID", f"<urn:uuid:{uuid.uuid5(_NAMESPACE, said.purge + exchange)}>"),
        ("WARC-Date", said.at),
        ("WARC-Target-URI", uri or said.uri),
        *([("WARC-Warcinfo-ID", info)] if info else []),
        ("WARC-Block-Digest", sha1_base32(block)),
        ("Content-Type", "application/warc-fields"),
        *json_metadata({"tombstone": said.purge}),
    ]
    return record_bytes(headers, block)


def promote(revisit: Record, original: Record) -> bytes:
    """The response record that ``revisit`` becomes when ``original``, whose payload it repeats, is deleted.

    Revisits of our own come out as they crossed the wire; of a foreign one the chunked coding is not known.
    """
    block = restore_block(revisit, original)
    said: dict[str, Any] = {name: value for name, value in metadata(revisit).items() if name != "framing"}
    if not is_exact(revisit):
        said["fidelity"] = "reconstructed"
    headers: list[Header] = [("WARC-Type", "response")]
    headers += [(name, value) for name, value in revisit.headers if name.lower() not in _REVISIT_ONLY]
    headers += [("WARC-Block-Digest", sha1_base32(block)), *json_metadata(said)]
    return record_bytes(headers, block)


def is_exact(revisit: Record) -> bool:
    """Whether the block of ``revisit`` can be put together again byte for byte."""
    head = revisit.block.lower()
    return bool(head) and (b"chunked" not in head or isinstance(metadata(revisit).get("framing"), str))


def _repoint(revisit: Record, original: Original | None) -> bytes:
    """``revisit`` with another original; without one it refers to nothing, as an answer 304 may."""
    headers = [(name, value) for name, value in revisit.headers if name.lower() not in _REFERENCE]
    if original is not None:
        headers += [
            ("WARC-Refers-To", original.record_id),
            ("WARC-Refers-To-Target-URI", original.url),
            ("WARC-Refers-To-Date", warc_date(original.date)),
            ("WARC-Payload-Digest", original.digest),
        ]
    return record_bytes(headers, revisit.block)


def mentions(path: Path, target: Target) -> Iterator[int]:
    """Offsets of the records of ``path`` that are about ``target``."""
    for offset, _, record in walk_kept(path, []):
        if covers(target, record):
            yield offset
