"""Writing WARC files: WARC/1.1, a gzip member a record, ``.open`` until whole and on disk.

Format: ISO 28500:2017 (WARC 1.1). The block is written as it crossed the wire; a writer that parses and
re-serialises HTTP heads, as warcio's does, cannot promise that, so records are assembled here and warcio
is the reference reader of the tests.
"""

from __future__ import annotations

import fcntl
import os
import re
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Literal

from archive.cdx import CdxFile, capture_fields, cdxj_line
from archive.dedupe import Dedupe
from archive.errors import StorageError
from archive.files import sync_folder
from archive.httpmessage import ResponseMessage
from archive.model import Exchange, RecordRef
from archive.press import Press, gzip_member
from archive.records import (
    NOT_MODIFIED,
    Block,
    Header,
    Original,
    Payload,
    Revisit,
    common_headers,
    fields_block,
    new_id,
    note_headers,
    one_line,
    payload_of,
    record_bytes,
    record_head,
    request_headers,
    response_headers,
    revisit_headers,
    sha1_base32,
    warc_date,
)

__all__ = [
    "OPEN_SUFFIX", "WarcOptions", "WarcWriter", "WrittenExchange", "gzip_member", "record_bytes", "sha1_base32",
    "sync_folder", "warc_date",
]  # fmt: skip

OPEN_SUFFIX = ".open"
# From this size on, the parts of a member are written as they come.
_LONG = 1 << 16
_ENCODED_ALREADY = re.compile(r"image/|video/|audio/|application/(?:zip|gzip|pdf)|font/", re.I)


@dataclass(frozen=True, slots=True)
class WarcOptions:
    """How WARC files are cut and pressed.

    ``max_bytes`` and ``max_seconds`` rotate a file; ``level`` is the zlib level of what is not compressed already
    (bodies that are get stored as they are). A group commit is
    due every ``sync_records`` records or ``sync_seconds`` seconds, whichever comes first. ``compressor`` is
    ``zlib-ng``, ``isal`` (faster and larger) or ``zlib``; without a name the first of zlib-ng and zlib there is.
    """

    max_bytes: int = 1_000_000_000
    max_seconds: float = 6 * 3600
    level: int = 6
    sync_records: int = 50
    sync_seconds: float = 2.0
    compressor: str = ""


@dataclass(frozen=True, slots=True)
class WrittenExchange:
    """What became of an exchange: its two records, the parsed response and the payload digest.

    ``digest`` is ``sha1:`` and the upper-case Base32 of the transfer-decoded body. ``response`` and
    ``message`` are ``None`` when the server never answered. ``record_type`` is that of the record in ``response``;
    on a revisit ``revisit_of`` is the WARC-Record-ID of the record with the payload, where one is known.
    """

    request: RecordRef
    response: RecordRef | None
    message: ResponseMessage | None
    digest: str | None
    record_type: Literal["response", "revisit"] = "response"
    revisit_of: str | None = None


class WarcWriter:
    """Writes the records of one run of one portal into WARC files that nobody else appends to.

    A file is named ``prefix-timestamp-serial-host-token.warc.gz`` and carries ``.open`` and an exclusive
    ``flock`` while it is written. With ``cdx``, a folder, each file leaves its CDXJ there; with ``dedupe``,
    payloads that are held already become revisit records. ``committed`` is called whenever all records are on the
    disk. Raises ``StorageError`` when the disk refuses a write;
    what was committed before stays valid.
    """

    def __init__(
        self,
        folder: Path,
        prefix: str,
        info: Mapping[str, str],
        token: str,
        options: WarcOptions | None = None,
        cdx: Path | None = None,
        dedupe: Dedupe | None = None,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        self._folder = folder
        self._committed = committed
        self._prefix = prefix
        self._info = dict(info)
        self._token = token
        self._options = options or WarcOptions()
        self._press = Press(self._options.compressor, self._options.level)
        self._cdx_folder = cdx
        self._cdx: CdxFile | None = None
        self._dedupe = dedupe
        self._serial = 0
        self._file: FileIO | None = None
        self._name = ""
        self._info_id = ""
        self._offset = 0
        self._made: list[bytes] = []
        self._written = 0
        self._opened = 0.0
        self._unsynced = 0
        self._synced = 0.0
        self.closed_files: list[Path] = []
        self.bytes = 0

    @property
    def must_rotate(self) -> bool:
        """Whether the open file has reached its size or age; the caller rotates between two exchanges."""
        if self._file is None:
            return False
        return self._offset >= self._options.max_bytes or time.monotonic() - self._opened >= self._options.max_seconds

    def write_exchange(self, exchange: Exchange) -> WrittenExchange:
        """Append the records of ``exchange``, request first, and commit when it is due.

        The answer becomes a response record, or a revisit record where the archive holds its payload. Both go to the
        kernel in one call, unless they are long. An exchange that fails leaves nothing.
        """
        self._ensure_open()
        try:
            written = self._write_records(exchange)
        except BaseException:
            self._take_back()
            raise
        if written.response is not None:
            self._index(exchange, written)
        self._commit_if_due()
        return written

    def _write_records(self, exchange: Exchange) -> WrittenExchange:
        request_id, answer_id = new_id(), new_id() if exchange.response else None
        common = common_headers(exchange, self._info_id)
        headers = request_headers(exchange, request_id, answer_id, common)
        request = self._append(headers, exchange.request, request_id)
        if answer_id is None:
            self._hand_over()
            return WrittenExchange(request, None, None, None)
        payload = payload_of(exchange.response)
        revisit = self._plan(exchange, payload)
        if revisit is None:
            headers = response_headers(exchange, answer_id, request_id, payload, common)
            answer = self._append(headers, exchange.response, answer_id, _stored_from(payload.message))
            written = WrittenExchange(request, answer, payload.message, payload.digest)
        else:
            headers = revisit_headers(exchange, answer_id, request_id, revisit, common)
            answer = self._append(headers, revisit.block, answer_id)
            written = _revisited(request, answer, payload, revisit)
        self._hand_over()
        return written

    def write_note(self, url: str, about: str, fields: Iterable[tuple[str, str]]) -> RecordRef:
        """Append what the crawler itself has to say about ``url``, beside the record with the id ``about``.

        Format: metadata record with ``application/warc-fields``, WARC 1.1 §6.5 and annex C, which indexers pass over.
        """
        self._ensure_open()
        record_id = new_id()
        block = fields_block(fields)
        ref = self._append(note_headers(url, record_id, about, block, self._info_id), block, record_id)
        self._hand_over()
        self._commit_if_due()
        return ref

    def _plan(self, exchange: Exchange, payload: Payload) -> Revisit | None:
        """The revisit record that the answer becomes; partial and reconstructed answers are kept as they are."""
        if exchange.truncated or exchange.fidelity != "wire":
            return None
        if self._dedupe is not None:
            return self._dedupe.plan(exchange.url, exchange.response, payload)
        if payload.message is not None and payload.message.status == 304:
            return Revisit(NOT_MODIFIED, bytes(exchange.response), None)
        return None

    def _index(self, exchange: Exchange, written: WrittenExchange) -> None:
        """Tell the CDXJ and the index of payloads of the answer that was written."""
        answer, digest, kind = written.response, written.digest, written.record_type
        assert answer is not None
        if self._cdx is not None:
            place = (answer.warc_filename, answer.offset, answer.length)
            fields = capture_fields(kind, written.message, digest, place)
            self._cdx.add(cdxj_line(one_line(exchange.url), exchange.started, fields))
        whole = exchange.truncated is None and exchange.fidelity == "wire"
        if self._dedupe is not None and whole and digest and written.message and written.message.status == 200:
            capture = Original(answer.record_id, one_line(exchange.url), exchange.started, digest)
            self._dedupe.note(capture, answer.warc_filename, kind == "response")

    def _append(self, headers: list[Header], block: Block, record_id: str, stored_from: int | None = None) -> RecordRef:
        """Make the member of a record, which ``_hand_over`` writes; a long one is written while it is made."""
        length = 0
        for part in self._press.member(record_head(headers, len(block)), block, stored_from):
            self._made.append(part)
            length += len(part)
            if length >= _LONG:
                self._write()
        ref = RecordRef(self._name, self._offset, length, record_id)
        self._offset += length
        self._unsynced += 1
        return ref

    def _hand_over(self) -> None:
        """Hand what was made to the kernel whole; from then on it stays, whatever becomes of the process."""
        self._write()
        self.bytes += self._offset - self._written
        self._written = self._offset

    def _write(self) -> None:
        assert self._file is not None
        rest = memoryview(b"".join(self._made))
        self._made.clear()
        try:
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
        except OSError as error:
            self._take_back()
            raise self._storage_error("writing", error) from error

    def _take_back(self) -> None:
        """Cut off the members of an exchange that failed, or that a full disk tore."""
        assert self._file is not None
        self._made.clear()
        self._offset = self._written
        try:
            os.ftruncate(self._file.fileno(), self._offset)
            self._file.seek(self._offset)
        except OSError as error:
            raise self._storage_error("cutting back", error) from error

    def _commit_if_due(self) -> None:
        due = time.monotonic() - self._synced >= self._options.sync_seconds
        if self._unsynced >= self._options.sync_records or due:
            self.commit()

    def commit(self) -> None:
        """Force everything written so far to the disk (fdatasync); only then may revisits refer to it."""
        if self._file is None:
            return
        try:
            os.fdatasync(self._file.fileno())
        except OSError as error:
            raise self._storage_error("syncing", error) from error
        self._unsynced = 0
        self._synced = time.monotonic()
        if self._dedupe is not None:
            self._dedupe.commit()
        self._committed()

    def rotate(self) -> None:
        """Close the open file: sync, write its CDXJ, rename to its final name; the next record opens a new one.

        The CDXJ comes first: a file that carries its final name has one, whatever kills the process.
        """
        if self._file is None:
            return
        self.commit()
        path = self._folder / (self._name + OPEN_SUFFIX)
        final = self._folder / self._name
        if self._cdx is not None:
            self._cdx.close(path)
            self._cdx = None
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
        self._made.clear()
        self._offset = self._written = 0
        self._opened = self._synced = time.monotonic()
        self._cdx = CdxFile(self._cdx_folder, self._name) if self._cdx_folder else None
        self._write_warcinfo()

    def _write_warcinfo(self) -> None:
        block = fields_block(self._info.items())
        self._info_id = new_id()
        headers = [
            ("WARC-Type", "warcinfo"),
            ("WARC-Record-ID", self._info_id),
            ("WARC-Date", warc_date(datetime.now(UTC))),
            ("WARC-Filename", self._name),
            ("WARC-Block-Digest", sha1_base32(block)),
            ("Content-Type", "application/warc-fields"),
        ]
        self._append(headers, block, self._info_id)
        self._hand_over()

    def _storage_error(self, doing: str, error: OSError) -> StorageError:
        path = self._folder / (self._name + OPEN_SUFFIX)
        return StorageError(
            f"{path}: {doing} failed at byte {self._offset}: {error.strerror}. "
            "Free space or mend the disk, then start again: everything committed before is safe."
        )


def _revisited(request: RecordRef, answer: RecordRef, payload: Payload, revisit: Revisit) -> WrittenExchange:
    original = revisit.original
    digest = original.digest if original else None
    of = original.record_id if original else None
    return WrittenExchange(request, answer, payload.message, digest, "revisit", of)


def _stored_from(message: ResponseMessage | None) -> int | None:
    """Where the body of the answer begins if it is compressed already."""
    if message is None:
        return None
    coded = message.header("Content-Encoding") or _ENCODED_ALREADY.match(message.header("Content-Type") or "")
    return message.head_length if coded else None


def _host_name() -> str:
    return re.sub(r"[^A-Za-z0-9.]+", ".", socket.gethostname())[:40] or "host"
