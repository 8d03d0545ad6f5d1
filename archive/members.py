"""Reading WARC files member by member: each record is one gzip member (WARC 1.1 annex D), and nothing is trusted.

Common readers take a torn member for a shorter record. Here every member must inflate to its end, pass the
CRC and length of its gzip trailer (RFC 1952), and hold exactly one record of the length its header names.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

from archive.errors import DamagedFile, StorageError

_inflate: ModuleType
try:
    from zlib_ng import zlib_ng

    _inflate = zlib_ng
except ImportError:  # pragma: no cover - platforms without a zlib-ng wheel
    _inflate = zlib

MAX_RECORD = 256 * 1024 * 1024
_CHUNK = 128 * 1024
_GZIP_MAGIC = b"\x1f\x8b\x08"
_GZIP_WINDOW = 31
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?Z")


@dataclass(frozen=True, slots=True)
class Record:
    """One WARC record: its named fields in order, case and repetition kept, and its block.

    ``record_id`` is the ``WARC-Record-ID`` as written, angle brackets included; ``url`` is the target URI
    without them, ``None`` on records that have none; ``date`` is aware, UTC, to the microsecond.
    """

    version: str
    headers: tuple[tuple[str, str], ...]
    block: bytes
    type: str
    record_id: str
    date: datetime
    # The first value of each field by its name in lower case: a record is asked for half a dozen of them.
    first: Mapping[str, str] | None = field(default=None, repr=False, compare=False)

    def header(self, name: str) -> str | None:
        """The first value of the field ``name`` (any case), or ``None``."""
        wanted = name.lower()
        if self.first is not None:
            return self.first.get(wanted)
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def url(self) -> str | None:
        """The target URI; the angle brackets some WARC/1.0 writers put around it are not part of it."""
        value = self.header("WARC-Target-URI")
        return value.strip("<>") if value is not None else None


def read_member(path: Path, offset: int, length: int) -> Record:
    """The record in the ``length`` bytes at ``offset`` of ``path``, which must be one whole gzip member.

    Raises ``StorageError`` when the file cannot be read and ``DamagedFile`` when the bytes are anything else.
    """
    with _opened(path) as file:
        file.seek(offset)
        data = file.read(length)
        if len(data) < length:
            raise DamagedFile(path, offset, f"the file ends {length - len(data)} bytes before the record does")
        content, used = _Inflater(path, offset, data).member(None)
    if used != length:
        raise DamagedFile(path, offset, f"the gzip member is {used} bytes long, not {length}")
    return _parse(path, offset, content)


def walk_members(path: Path, start: int = 0) -> Iterator[tuple[int, int, Record]]:
    """Yield ``(offset, length, record)`` for each member from ``start`` on; offsets and lengths in bytes.

    Memory is bounded by one record (``MAX_RECORD``). Raises ``DamagedFile`` at the first member that is not
    a whole, single record; ``next_member`` finds where to go on.
    """
    with _opened(path) as file:
        file.seek(start)
        inflater = _Inflater(path, start, b"")
        while inflater.fill(file):
            offset = inflater.offset
            content, length = inflater.member(file)
            yield offset, length, _parse(path, offset, content)


def next_member(path: Path, after: int) -> int | None:
    """The offset of the first gzip member beyond byte ``after`` that opens a WARC record, or ``None``."""
    with _opened(path) as file:
        file.seek(after + 1)
        base = after + 1
        window = file.read(_CHUNK)
        while len(window) >= len(_GZIP_MAGIC):
            at = window.find(_GZIP_MAGIC)
            while at >= 0:
                if _opens_record(file, base + at):
                    return base + at
                at = window.find(_GZIP_MAGIC, at + 1)
            keep = len(_GZIP_MAGIC) - 1
            base += len(window) - keep
            file.seek(base)
            window = file.read(_CHUNK)
    return None


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error.strerror}") from error


def _opens_record(file: BinaryIO, offset: int) -> bool:
    file.seek(offset)
    try:
        opening: bytes = _inflate.decompressobj(_GZIP_WINDOW).decompress(file.read(4096), 5)
    except _inflate.error:
        return False
    return opening == b"WARC/"


class _Inflater:
    """Inflates one member after another from a file; ``offset`` is where the next one begins."""

    def __init__(self, path: Path, offset: int, pending: bytes) -> None:
        self.path = path
        self.offset = offset
        self._pending = pending

    def fill(self, file: BinaryIO) -> bool:
        """Make sure there are bytes to inflate; ``False`` at the end of the file."""
        if not self._pending:
            self._pending = file.read(_CHUNK)
        return bool(self._pending)

    def member(self, file: BinaryIO | None) -> tuple[bytes, int]:
        """Inflate one member and give its content and its length in the file; without ``file`` only what is pending."""
        engine = _inflate.decompressobj(_GZIP_WINDOW)
        parts: list[bytes] = []
        size = used = 0
        while not engine.eof:
            if not self._pending and (file is None or not self.fill(file)):
                raise DamagedFile(self.path, self.offset, f"cut short: the file ends {used} bytes into this record")
            if used == 0 and not _GZIP_MAGIC.startswith(self._pending[:3]):
                raise DamagedFile(self.path, self.offset, "bytes that are no gzip member")
            part, taken = self._step(engine, MAX_RECORD + 1 - size)
            parts.append(part)
            size += len(part)
            used += taken
            if size > MAX_RECORD:
                raise DamagedFile(self.path, self.offset, f"a record of more than {MAX_RECORD} bytes is refused")
        self.offset += used
        return b"".join(parts), used

    def _step(self, engine: Any, room: int) -> tuple[bytes, int]:
        before = len(self._pending)
        try:
            part: bytes = engine.decompress(self._pending, room)
        except _inflate.error as error:
            raise DamagedFile(self.path, self.offset, f"the gzip data is damaged ({error})") from error
        self._pending = engine.unused_data if engine.eof else engine.unconsumed_tail
        return part, before - len(self._pending)


def _parse(path: Path, offset: int, content: bytes) -> Record:
    end, skip = _head_end(content)
    first, _, rest = content[:end].decode("utf-8", "replace").partition("\n")
    if not first.startswith("WARC/"):
        raise DamagedFile(path, offset, "the gzip member does not hold a WARC record")
    headers = _fields(rest)
    needed = {key.lower(): value for key, value in reversed(headers)}
    try:
        length = _number(needed["content-length"])
        block = content[end + skip : end + skip + length]
        record = Record(
            version=first.removeprefix("WARC/").strip(),
            headers=headers,
            block=block,
            type=needed["warc-type"],
            record_id=needed["warc-record-id"],
            date=parse_date(needed["warc-date"]),
            first=needed,
        )
    except KeyError as error:
        raise DamagedFile(path, offset, f"the record has no {error.args[0]} field") from error
    except ValueError as error:
        raise DamagedFile(path, offset, f"a field of the record is malformed: {error}") from error
    _check_length(path, offset, length, content, end + skip)
    return record


def _number(value: str) -> int:
    """A length in plain digits: Python's ``int`` takes underscores and the digits of every script."""
    if not value.isascii() or not value.removeprefix("-").isdigit():
        raise ValueError(f"Content-Length {value!r}")
    return int(value)


def _check_length(path: Path, offset: int, length: int, content: bytes, start: int) -> None:
    """A record is its head, ``Content-Length`` bytes of block from ``start``, and two line ends; no more (§4)."""
    end = start + length
    if length >= 0 and len(content) == end + 4 and content.endswith(b"\r\n\r\n"):
        return
    if b"WARC/" in content[max(end, start) :][:16]:
        raise DamagedFile(path, offset, "the gzip member holds more than one record")
    held = max(len(content) - start - 4, 0)
    raise DamagedFile(path, offset, f"Content-Length says {length} bytes, the record holds {held}")


def _head_end(content: bytes) -> tuple[int, int]:
    strict = content.find(b"\r\n\r\n")
    loose = content.find(b"\n\n", 0, strict if strict >= 0 else len(content))
    if loose >= 0:
        return loose, 2
    return (strict, 4) if strict >= 0 else (len(content), 0)


def _fields(text: str) -> tuple[tuple[str, str], ...]:
    lines = text.split("\n")
    if "\n " not in text and "\n\t" not in text and text[:1] not in (" ", "\t"):
        parted = [line.partition(":") for line in lines]
        return tuple([(name.strip(), value.strip()) for name, colon, value in parted if colon])
    fields: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and fields:
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {line.strip()}")
        elif ":" in line:
            name, _, value = line.partition(":")
            fields.append((name.strip(), value.strip()))
    return tuple(fields)


@lru_cache(maxsize=64)
def parse_date(value: str) -> datetime:
    """A ``WARC-Date`` as an aware UTC datetime; digits beyond the microsecond are cut. Raises ``ValueError``."""
    match = _DATE.fullmatch(value)
    if match is None:
        raise ValueError(f"WARC-Date {value!r}")
    *parts, fraction = match.groups()
    year, month, day, hour, minute, second = map(int, parts)
    return datetime(year, month, day, hour, minute, second, int((fraction or "0")[:6].ljust(6, "0")), UTC)
