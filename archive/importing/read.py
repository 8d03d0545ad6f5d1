"""Reading WARC streams of other people's making: any framing, any version, and nothing is trusted.

Our own files are read by ``archive.members``, which wants one gzip member a record. Here a stream may be plain,
gzip in whatever members, or zstd (IIPC's "WARC with Zstandard", dictionary frames included). What is read is
bounded: heads to 64 KiB, records to ``MAX_RECORD``, and a file that inflates beyond reason is refused.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, BinaryIO, cast

from archive.errors import DamagedFile, UsageError
from archive.members import MAX_RECORD, parse_date

_zstd: ModuleType | None
try:
    _zstd = import_module("backports.zstd")
except ImportError:  # pragma: no cover - Scrapy brings it
    _zstd = None

_DAMAGE: tuple[type[Exception], ...] = (zlib.error, gzip.BadGzipFile, *((_zstd.ZstdError,) if _zstd else ()))

MAX_HEAD = 64 * 1024
# Pages inflate some 5 to 30 times; gzip itself cannot do more than 1,032.
MAX_RATIO = 250
_RATIO_FROM = 64 * 1024 * 1024
_MAX_SKIPPED = 16 * 1024**3
_MAX_DICTIONARY = 16 * 1024 * 1024
_CHUNK = 256 * 1024
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
_DICTIONARY = b"\x5d\x2a\x4d\x18"
_VERSION = re.compile(rb"WARC/\d\.\d\d?")
_NUMBER = re.compile(rb"\d{1,15}")
_REQUIRED = (b"warc-type", b"warc-record-id", b"warc-date", b"content-length")


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record as it lay in the stream: ``offset`` in the unpacked stream, ``head`` up to and with its blank line.

    ``block`` is ``None`` when it is longer than ``MAX_RECORD``: it was read over, ``length`` says how long it is.
    """

    offset: int
    head: bytes
    block: bytes | None
    length: int
    url: str | None


class RecordReader:
    """Reads one record after another; every fault is a ``DamagedFile`` that names ``name`` and the offset.

    Offsets are in the unpacked stream, which for a plain file is the file itself. ``packed`` is the stream as
    stored; it is read forwards only.
    """

    def __init__(self, packed: BinaryIO, name: str) -> None:
        self._name = name
        self._counted = _Counted(packed)
        self._packed = io.BufferedReader(self._counted, _CHUNK)
        self._where = ""
        self._stream = self._unpacked()
        self._offset = 0
        self._before: str | None = None

    def __iter__(self) -> Iterator[RawRecord]:
        """Yield the records to the end of the stream."""
        try:
            while (record := self._next()) is not None:
                self._before = record.url
                yield record
        except EOFError as error:
            raise self._damaged("the compressed data is cut short") from error
        except _DAMAGE as error:
            raise self._damaged(f"the compressed data is damaged ({error})") from error

    def _unpacked(self) -> BinaryIO:
        start = self._packed.peek(4)[:4]
        if start.startswith(_GZIP):
            self._where = " of the unpacked data"
            return cast("BinaryIO", io.BufferedReader(gzip.GzipFile(fileobj=self._packed), _CHUNK))
        if start == _ZSTD or _SKIPPABLE.match(start):
            self._where = " of the unpacked data"
            return _open_zstd(self._packed, self._name)
        return cast("BinaryIO", self._packed)

    def _next(self) -> RawRecord | None:
        line = self._first_line()
        if line is None:
            return None
        start = self._offset - len(line)
        if not _VERSION.fullmatch(line.rstrip(b"\r\n")):
            raise self._damaged(self._no_record(line), start)
        head, fields = self._head(line, start)
        missing = [name.decode() for name in _REQUIRED if name not in fields]
        if missing:
            raise self._damaged(f"the record has no {', '.join(missing)} field", start)
        length = self._length(fields, start)
        url = fields.get(b"warc-target-uri", b"").strip(b"<>").decode("utf-8", "replace") or None
        return RawRecord(start, head, self._block(length, start), length, url)

    def _first_line(self) -> bytes | None:
        """The line that opens the next record; line ends before it, of which two are due, are passed over."""
        for _ in range(16):
            line = self._stream.readline(256)
            self._offset += len(line)
            self._check_ratio()
            if line.strip(b"\r\n"):
                return line
            if not line:
                return None
        raise self._damaged("line ends without end between two records")

    def _no_record(self, line: bytes) -> str:
        if line.startswith((_GZIP, _ZSTD)) and self._where:
            return "compressed data inside compressed data, where a record should begin"
        after = f", after the record of {self._before}" if self._before else ""
        return f"no WARC record begins here{after}, but {line[:24]!r}"

    def _head(self, first: bytes, start: int) -> tuple[bytes, dict[bytes, bytes]]:
        lines = [first]
        fields: dict[bytes, bytes] = {}
        size = len(first)
        while True:
            line = self._stream.readline(MAX_HEAD + 1 - size)
            size += len(line)
            self._offset += len(line)
            if size > MAX_HEAD:
                raise self._damaged(f"a record head of more than {MAX_HEAD} bytes", start)
            if not line.endswith(b"\n"):
                raise self._damaged("cut short inside a record head", start)
            lines.append(line)
            if not line.strip(b"\r\n"):
                return b"".join(lines), fields
            key, colon, value = line.partition(b":")
            if colon and key[:1] not in b" \t":
                fields.setdefault(key.strip().lower(), value.strip())

    def _length(self, fields: dict[bytes, bytes], start: int) -> int:
        value = fields[b"content-length"]
        if not _NUMBER.fullmatch(value):
            raise self._damaged(f"Content-Length is {value[:40]!r}", start)
        length = int(value)
        if length > _MAX_SKIPPED:
            raise self._damaged(f"Content-Length says {length} bytes: more than any record may hold", start)
        try:
            parse_date(fields[b"warc-date"].decode("ascii", "replace"))
        except ValueError as error:
            raise self._damaged(f"a field of the record is malformed: {error}", start) from error
        return length

    def _block(self, length: int, start: int) -> bytes | None:
        """The block; one beyond ``MAX_RECORD`` is read over piece by piece and not kept."""
        parts: list[bytes] = []
        rest = length
        while rest:
            part = self._stream.read(min(rest, _CHUNK))
            if not part:
                raise self._damaged(f"cut short: {rest} of the {length} bytes of this record are missing", start)
            rest -= len(part)
            self._offset += len(part)
            self._check_ratio()
            if length <= MAX_RECORD:
                parts.append(part)
        return b"".join(parts) if length <= MAX_RECORD else None

    def _check_ratio(self) -> None:
        if self._offset > _RATIO_FROM and self._offset > MAX_RATIO * self._counted.bytes:
            raise self._damaged(f"the data inflates more than {MAX_RATIO} times: refused")

    def _damaged(self, problem: str, offset: int | None = None) -> DamagedFile:
        return DamagedFile(self._name, self._offset if offset is None else offset, problem + self._where)


class _Counted(io.RawIOBase):
    """A readable stream that counts what was taken from it."""

    def __init__(self, inner: BinaryIO) -> None:
        self._inner = inner
        self.bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._inner.read(len(buffer))
        buffer[: len(data)] = data
        self.bytes += len(data)
        return len(data)


def _open_zstd(packed: io.BufferedReader[Any], name: str) -> BinaryIO:
    """The unpacked stream; a dictionary in the first frame, itself perhaps packed, serves all frames after it."""
    if _zstd is None:  # pragma: no cover - Scrapy brings it
        raise UsageError(f"{name}: zstd needs a package: pip install backports.zstd")
    dictionary = None
    if packed.peek(4)[:4] == _DICTIONARY:
        size = int.from_bytes(packed.read(8)[4:], "little")
        if size > _MAX_DICTIONARY:
            raise DamagedFile(name, 0, f"a zstd dictionary of {size} bytes: refused")
        content = packed.read(size)
        try:
            if content.startswith(_ZSTD):
                content = _zstd.ZstdDecompressor().decompress(content, _MAX_DICTIONARY)
            dictionary = _zstd.ZstdDict(content)
        except (ValueError, _zstd.ZstdError) as error:
            raise DamagedFile(name, 0, f"the zstd dictionary is damaged ({error})") from error
    options = {_zstd.DecompressionParameter.window_log_max: 27}
    return cast("BinaryIO", io.BufferedReader(_zstd.ZstdFile(packed, zstd_dict=dictionary, options=options), _CHUNK))
