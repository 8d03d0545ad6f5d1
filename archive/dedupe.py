"""Which payloads the archive holds already, so that the same bytes are kept once.

The index is an SQLite file a portal, ``state/dedupe/<portal>.sqlite3``: derived, made from the captures table when
it is missing, and never trusted with anything but saving space. Whoever rewrites or removes WARC records calls
``discard``.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from archive.corpus import is_empty, reading_corpus
from archive.database import connect, remove
from archive.errors import StorageError
from archive.layout import OPEN_SUFFIX, DataFolder
from archive.records import IDENTICAL, NOT_MODIFIED, Original, Payload, Revisit
from archive.revisit import framing_of

logger = logging.getLogger(__name__)

# A revisit record with its fields takes about as much as a small page.
MIN_PAYLOAD: Final = 512
# Longer bodies are kept in full: putting a chunked coding back needs all of it in memory.
_MAX_CHUNKED: Final = 1 << 20
_BATCH: Final = 10_000
# What waits in a transaction before a group commit ends it: its pages are written once for all that touch them.
_KEEP: Final = 200
_VERSION: Final = 2
_TABLES: Final = """
CREATE TABLE files (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL);
CREATE TABLE payloads (digest TEXT UNIQUE NOT NULL, record_id TEXT, url TEXT, date TEXT, file INTEGER);
CREATE TABLE addresses (url TEXT PRIMARY KEY, digest TEXT NOT NULL) WITHOUT ROWID;
"""
_HELD: Final = """
SELECT content_digest, warc_record_id, url, fetch_time, warc_filename, record_type FROM captures_files
WHERE portal = ? AND fetch_status = 200 AND content_truncated IS NULL AND fidelity = 'wire'
    AND content_digest IS NOT NULL AND record_type IN ('response', 'revisit')
ORDER BY fetch_time, warc_filename, warc_record_offset
"""


class Dedupe:
    """The payloads of one portal by digest and by address.

    ``plan`` says which revisit record an exchange may become; ``note`` tells of a capture, which counts once
    ``commit`` says that it is on the disk, and is in the file after ``flush`` at the latest. A fault of the index costs
    space, never a capture.
    """

    def __init__(self, folder: DataFolder, portal: str) -> None:
        self._path = folder.state / "dedupe" / f"{portal}.sqlite3"
        self._pending: list[tuple[Original, str, bool]] = []
        self._waiting = 0
        self._database: sqlite3.Connection | None = None
        try:
            self._database = _opened(self._path, folder, portal)
        except (sqlite3.Error, duckdb.Error, StorageError, OSError) as error:
            self._fail(error)

    def plan(self, url: str, response: bytes | Any, payload: Payload) -> Revisit | None:
        """The revisit that the complete answer ``response`` of ``url`` may become; ``None`` if it is kept in full."""
        message = payload.message
        if message is None:
            return None
        head = bytes(response[: message.head_length])
        if message.status == 304:
            return Revisit(NOT_MODIFIED, bytes(response), self._last_of(url))
        if message.status != 200 or payload.length < MIN_PAYLOAD:
            return None
        original = self._holder(payload.digest)
        if original is None or (message.is_chunked and len(response) > _MAX_CHUNKED):
            return None
        framing = framing_of(message)
        return None if framing is None else Revisit(IDENTICAL, head, original, framing)

    def note(self, capture: Original, file: str, holds_payload: bool) -> None:
        """Remember a complete answer 200, written to ``file``; ``holds_payload`` is false on a revisit."""
        self._pending.append((capture, file, holds_payload))

    def commit(self) -> None:
        """Count everything noted so far: it is on the disk now."""
        noted, self._pending = self._pending, []
        if self._database is None or not noted:
            return
        try:
            _insert(self._database, noted)
        except sqlite3.Error as error:
            self._fail(error)
        self._waiting += len(noted)
        if self._waiting >= _KEEP:
            self.flush()

    def flush(self) -> None:
        """Write everything committed so far; a run that dies before costs its pages once more."""
        self._waiting = 0
        if self._database is not None:
            try:
                self._database.commit()
            except sqlite3.Error as error:
                self._fail(error)

    def close(self) -> None:
        """Close the index; what was noted and not committed is forgotten."""
        self._pending.clear()
        self.flush()
        if self._database is not None:
            self._database.close()
            self._database = None

    def _holder(self, digest: str) -> Original | None:
        return self._one("SELECT record_id, url, date, digest FROM payloads WHERE digest = ?", digest)

    def _last_of(self, url: str) -> Original | None:
        query = (
            "SELECT record_id, p.url, date, p.digest FROM payloads p JOIN addresses a USING (digest) WHERE a.url = ?"
        )
        return self._one(query, url)

    def _one(self, query: str, value: object) -> Original | None:
        if self._database is None:
            return None
        try:
            row = self._database.execute(query, (value,)).fetchone()
        except sqlite3.Error as error:
            self._fail(error)
            return None
        if row is None:
            return None
        return Original(row[0], row[1], datetime.fromisoformat(row[2]), row[3])

    def _fail(self, error: Exception) -> None:
        """Go on without the index; one that is damaged is deleted, so that the next run makes it anew."""
        logger.warning("%s: %s; payloads that are held already are kept again in this run", self._path, error)
        if self._database is not None:
            self._database.close()
            self._database = None
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            with suppress(OSError):
                remove(self._path)


def discard(folder: DataFolder, portal: str | None = None) -> None:
    """Delete the index of ``portal``, or of all, so that the next run makes it anew from the captures table."""
    for path in (folder.state / "dedupe").glob(f"{portal or '*'}.sqlite3"):
        remove(path)


def _opened(path: Path, folder: DataFolder, portal: str) -> sqlite3.Connection:
    database = connect(path)
    try:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version != _VERSION:
            _fill(database, folder, portal)
        _forget_missing(database, folder)
    except BaseException:
        database.close()
        raise
    return database


def _fill(database: sqlite3.Connection, folder: DataFolder, portal: str) -> None:
    """Make the index from the captures table, whole or not at all."""
    with database:
        database.execute("BEGIN EXCLUSIVE")
        for table in ("files", "payloads", "addresses"):
            database.execute(f"DROP TABLE IF EXISTS {table}")
        for statement in _TABLES.strip().split("\n"):
            database.execute(statement)
        for batch in _held(folder, portal):
            _insert(database, batch)
        database.execute(f"PRAGMA user_version = {_VERSION}")


def _held(folder: DataFolder, portal: str) -> Iterator[list[tuple[Original, str, bool]]]:
    """What the captures table knows of the payloads of ``portal``, oldest first, in batches."""
    if is_empty(folder, "captures"):
        return
    with reading_corpus(folder) as corpus:
        rows = corpus.execute(_HELD, [portal])
        while batch := rows.fetchmany(_BATCH):
            yield [
                (Original(record_id, url, moment, f"sha1:{digest}"), file, kind == "response")
                for digest, record_id, url, moment, file, kind in batch
            ]


def _insert(database: sqlite3.Connection, captures: Sequence[tuple[Original, str, bool]]) -> None:
    names = {(file,) for _, file, holds_payload in captures if holds_payload}
    database.executemany("INSERT OR IGNORE INTO files (name) VALUES (?)", sorted(names))
    database.executemany(
        "INSERT OR IGNORE INTO payloads SELECT ?, ?, ?, ?, id FROM files WHERE name = ?",
        [
            (one.digest, one.record_id, one.url, one.date.astimezone(UTC).isoformat(), file)
            for one, file, holds_payload in captures
            if holds_payload
        ],
    )
    database.executemany(
        "INSERT OR REPLACE INTO addresses VALUES (?, ?)", [(one.url, one.digest) for one, _, _ in captures]
    )


def _forget_missing(database: sqlite3.Connection, folder: DataFolder) -> None:
    """Forget payloads in files that are not in the archive any more: nothing may refer to them."""
    with database:
        for number, name in database.execute("SELECT id, name FROM files").fetchall():
            if not any((folder.warc / found).exists() for found in (name, name + OPEN_SUFFIX)):
                database.execute("DELETE FROM payloads WHERE file = ?", (number,))
                database.execute("DELETE FROM files WHERE id = ?", (number,))
