"""Writing WARC files: WARC/1.1, a gzip member a record, ``.open`` until whole and on disk.

Format: ISO 28500:2017 (WARC 1.1). The block is written as it crossed the wire; a writer that parses and
re-serialises HTTP heads, as warcio's does, cannot promise that, so records are assembled here and warcio
is the reference reader of the tests.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import re
import socket
import time
import uuid
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from types import ModuleType

from archive.errors import StorageError
from archive.httpmessage import ResponseMessage, parse_response
from archive.model import Exchange, RecordRef

_deflate: ModuleType
try:
    from zlib_ng import zlib_ng

    _deflate = zlib_ng
except ImportError:  # pragma: no cover - platforms without a zlib-ng wheel
    _deflate = zlib

OPEN_SUFFIX = ".open"
_GZIP = 31
_ENCODED_ALREADY = re.compile(r"image/|video/|audio/|application/(?:zip|gzip|pdf)|font/", re.I)

Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class WarcOptions:
    """How WARC files are cut and pressed.

    ``max_bytes`` and ``max_seconds`` rotate a file; ``level`` is the zlib level of records whose body is
    not compressed already (those that are get level 1: another pass gains under 1 %). A group commit is
    due every ``sync_records`` records or ``sync_seconds`` seconds, whichever comes first.
    """

    max_bytes: int = 1_000_000_000
    max_seconds: float = 6 * 3600
    level: int = 6
    sync_records: int = 50
    sync_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class WrittenExchange:
    """What became of an exchange: its two records, the parsed response and the payload digest.

    ``digest`` is ``sha1:`` and the upper-case Base32 of the transfer-decoded body. ``response`` and
    ``message`` are ``None`` when the server never answered.
    """

    request: RecordRef
    response: RecordRef | None
    message: ResponseMessage | None
    digest: str | None


def sha1_base32(data: bytes) -> str:
    """``sha1:`` and the upper-case Base32 digest of ``data``, the labelled digest of WARC 1.1 §5.8."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode("ascii")


def warc_date(moment: datetime) -> str:
    """``moment`` (aware) as a WARC-Date with microseconds, WARC 1.1 §5.4."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def record_bytes(headers: Iterable[Header], block: bytes) -> bytes:
    """One WARC record: version line, ``headers``, Content-Length, blank line, ``block``, two line ends."""
    lines = ["WARC/1.1", *(f"{name}: {_one_line(value)}" for name, value in headers)]
    lines.append(f"Content-Length: {len(block)}")
    return b"".join((("\r\n".join(lines) + "\r\n\r\n").encode("utf-8"), block, b"\r\n\r\n"))


def _one_line(value: str) -> str:
    """``value`` without line ends: a hostile header value must not start a WARC header of its own."""
    return value.replace("\r", " ").replace("\n", " ")


def gzip_member(record: bytes, level: int) -> bytes:
    """``record`` as one gzip member (RFC 1952) without name or time, so that equal records give equal bytes."""
    engine = _deflate.compressobj(level, zlib.DEFLATED, _GZIP)
    return bytes(engine.compress(record) + engine.flush())


class WarcWriter:
    """Writes the records of one run of one portal into WARC files that nobody else appends to.

    A file is named ``prefix-timestamp-serial-host-token.warc.gz`` and carries ``.open`` and an exclusive
    ``flock`` while it is written. Raises ``StorageError`` when the disk refuses a write; what was committed
    before stays valid.
    """

    def __init__(
        self, folder: Path, prefix: str, info: Mapping[str, str], token: str, options: WarcOptions | None = None
    ) -> None:
        self._folder = folder
        self._prefix = prefix
        self._info = dict(info)
        self._token = token
        self._options = options or WarcOptions()
        self._serial = 0
        self._file: FileIO | None = None
        self._name = ""
        self._info_id = ""
        self._offset = 0
        self._opened = 0.0
        self._unsynced = 0
        self._synced = 0.0
        self.closed_files: list[Path] = []
        self.records = 0
        self.bytes = 0

    @property
    def must_rotate(self) -> bool:
        """Whether the open file has reached its size or age; the caller rotates between two exchanges."""
        if self._file is None:
            return False
        return self._offset >= self._options.max_bytes or time.monotonic() - self._opened >= self._options.max_seconds

    def write_exchange(self, exchange: Exchange) -> WrittenExchange:
        """Append the request and response records of ``exchange``, in that order, and commit when it is due."""
        self._ensure_open()
        request_id, response_id = _new_id(), _new_id()
        message = parse_response(exchange.response) if exchange.response else None
        payload = message.payload if message else exchange.response
        digest = sha1_base32(payload) if exchange.response else None
        common = self._common_headers(exchange)
        concurrent = [("WARC-Concurrent-To", response_id)] if exchange.response else []
        request = self._append(
            [
                ("WARC-Type", "request"),
                ("WARC-Record-ID", request_id),
                *common,
                *concurrent,
                ("WARC-Block-Digest", sha1_base32(exchange.request)),
                ("Content-Type", "application/http; msgtype=request"),
                *_json_metadata({"via": exchange.via} if exchange.via else {}),
            ],
            exchange.request,
            request_id,
            self._options.level,
        )
        response = None
        if exchange.response:
            response = self._append(
                self._response_headers(exchange, response_id, request_id, digest or "", common),
                exchange.response,
                response_id,
                self._level_for(message),
            )
        self._commit_if_due()
        return WrittenExchange(request, response, message, digest)

    def _common_headers(self, exchange: Exchange) -> list[Header]:
        headers = [
            ("WARC-Target-URI", exchange.url),
            ("WARC-Date", warc_date(exchange.started)),
            ("WARC-Warcinfo-ID", self._info_id),
        ]
        if exchange.ip:
            headers.append(("WARC-IP-Address", exchange.ip))
        headers += [("WARC-Protocol", protocol) for protocol in exchange.protocols]
        if exchange.cipher:
            headers.append(("WARC-Cipher-Suite", exchange.cipher))
        return headers

    @staticmethod
    def _response_headers(
        exchange: Exchange, response_id: str, request_id: str, digest: str, common: list[Header]
    ) -> list[Header]:
        truncated = [("WARC-Truncated", exchange.truncated)] if exchange.truncated else []
        fidelity = {"fidelity": exchange.fidelity} if exchange.fidelity != "wire" else {}
        return [
            ("WARC-Type", "response"),
            ("WARC-Record-ID", response_id),
            *common,
            ("WARC-Concurrent-To", request_id),
            ("WARC-Block-Digest", sha1_base32(exchange.response)),
            ("WARC-Payload-Digest", digest),
            *truncated,
            ("Content-Type", "application/http; msgtype=response"),
            *_json_metadata(fidelity),
        ]

    def _level_for(self, message: ResponseMessage | None) -> int:
        if message is None:
            return self._options.level
        compressed = message.header("Content-Encoding") or _ENCODED_ALREADY.match(message.header("Content-Type") or "")
        return 1 if compressed else self._options.level

    def _append(self, headers: list[Header], block: bytes, record_id: str, level: int) -> RecordRef:
        assert self._file is not None
        member = gzip_member(record_bytes(headers, block), level)
        self._write(member)
        ref = RecordRef(self._name, self._offset, len(member), record_id)
        self._offset += len(member)
        self._unsynced += 1
        self.records += 1
        self.bytes += len(member)
        return ref

    def _write(self, member: bytes) -> None:
        """Hand ``member`` to the kernel whole: a killed process loses nothing; a full disk leaves no torn member."""
        assert self._file is not None
        rest = memoryview(member)
        try:
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
        except OSError as error:
            os.ftruncate(self._file.fileno(), self._offset)
            self._file.seek(self._offset)
            raise self._storage_error("writing", error) from error

    def _commit_if_due(self) -> None:
        due = time.monotonic() - self._synced >= self._options.sync_seconds
        if self._unsynced >= self._options.sync_records or due:
            self.commit()

    def commit(self) -> None:
        """Force everything written so far to the disk (fdatasync)."""
        if self._file is None:
            return
        try:
            os.fdatasync(self._file.fileno())
        except OSError as error:
            raise self._storage_error("syncing", error) from error
        self._unsynced = 0
        self._synced = time.monotonic()

    def rotate(self) -> None:
        """Close the open file: sync, rename to its final name, sync the folder; the next record opens a new one."""
        if self._file is None:
            return
        self.commit()
        path = self._folder / (self._name + OPEN_SUFFIX)
        final = self._folder / self._name
        try:
            path.rename(final)
            self._file.close()
            sync_folder(self._folder)
        except OSError as error:
            raise self._storage_error("closing", error) from error
        self._file = None
        self.closed_files.append(final)

    close = rotate

    def _ensure_open(self) -> None:
        if self._file is not None:
            return
        stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S%f")[:17]
        self._name = f"{self._prefix}-{stamp}-{self._serial:05d}-{_host_name()}-{self._token}.warc.gz"
        self._serial += 1
        path = self._folder / (self._name + OPEN_SUFFIX)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = path.open("xb", buffering=0)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise self._storage_error("opening", error) from error
        self._offset = 0
        self._opened = self._synced = time.monotonic()
        self._write_warcinfo()

    def _write_warcinfo(self) -> None:
        block = "".join(f"{name}: {_one_line(value)}\r\n" for name, value in self._info.items()).encode("utf-8")
        self._info_id = _new_id()
        headers = [
            ("WARC-Type", "warcinfo"),
            ("WARC-Record-ID", self._info_id),
            ("WARC-Date", warc_date(datetime.now(UTC))),
            ("WARC-Filename", self._name),
            ("WARC-Block-Digest", sha1_base32(block)),
            ("Content-Type", "application/warc-fields"),
        ]
        self._append(headers, block, self._info_id, self._options.level)

    def _storage_error(self, doing: str, error: OSError) -> StorageError:
        path = self._folder / (self._name + OPEN_SUFFIX)
        return StorageError(
            f"{path}: {doing} failed at byte {self._offset}: {error.strerror}. "
            "Free space or mend the disk, then start again: everything committed before is safe."
        )


def sync_folder(folder: Path) -> None:
    """Make renames inside ``folder`` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _new_id() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"


def _host_name() -> str:
    return re.sub(r"[^A-Za-z0-9.]+", ".", socket.gethostname())[:40] or "host"


def _json_metadata(values: Mapping[str, str]) -> list[Header]:
    return [("WARC-JSON-Metadata", json.dumps(values, ensure_ascii=False))] if values else []
