"""The files of the ledgers and the tables in them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from archive.database import remove
from archive.errors import StorageError
from archive.layout import DataFolder
from archive.ledger.entry import Entry

VERSION: Final = 3
TABLES: Final = """
CREATE TABLE urls (
    url TEXT PRIMARY KEY,
    article TEXT,
    source TEXT,
    first_seen REAL NOT NULL,
    first_fetched REAL,
    last_fetched REAL,
    status INTEGER,
    outcome TEXT,
    leads_to TEXT,
    digest TEXT,
    etag TEXT,
    last_modified TEXT,
    validators_lie INTEGER NOT NULL DEFAULT 0,
    checked REAL,
    published REAL,
    next_due REAL,
    failures INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX by_article ON urls (article) WHERE article IS NOT NULL;
CREATE INDEX by_due ON urls (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX unfetched ON urls (first_seen) WHERE last_fetched IS NULL;
CREATE INDEX by_fetch ON urls (last_fetched);
CREATE TABLE listings (
    source TEXT, window TEXT, complete INTEGER NOT NULL DEFAULT 0, page INTEGER, url TEXT,
    above INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (source, window)
) WITHOUT ROWID;
CREATE TABLE rhythms (source TEXT PRIMARY KEY, interval REAL NOT NULL, due REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE arrivals (source TEXT, moment REAL, url TEXT, PRIMARY KEY (source, moment)) WITHOUT ROWID;
CREATE TABLE runs (run_id TEXT PRIMARY KEY) WITHOUT ROWID
"""

SELECT: Final = f"SELECT {', '.join(Entry._fields)} FROM urls"  # noqa: S608
UNFETCHED: Final = f"""
{SELECT} WHERE last_fetched IS NULL AND article IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM urls AS other WHERE other.article = urls.article AND other.last_fetched IS NOT NULL
) ORDER BY first_seen
"""  # noqa: S608


def ledger_path(folder: DataFolder, portal: str) -> Path:
    """Where the ledger of ``portal`` lies."""
    return folder.state / "ledger" / f"{portal}.sqlite3"


def discard(folder: DataFolder, portal: str | None = None) -> None:
    """Delete the ledger of ``portal``, or all: the next run makes it anew from the tables."""
    for path in (folder.state / "ledger").glob(f"{portal or '*'}.sqlite3"):
        remove(path)


def ask(folder: DataFolder, portal: str, query: str, *values: Any) -> list[Any]:
    """The rows that answer ``query`` in the ledger of ``portal``, beside whoever writes it; none without a ledger.

    Nor in one of another version, which the next run makes anew. Raises ``StorageError``.
    """
    path = ledger_path(folder, portal)
    if not path.exists():
        return []
    try:
        # Opened for writing, though nothing is written: a reader alone would leave its WAL files behind.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=10)) as database:
            if database.execute("PRAGMA user_version").fetchone() != (VERSION,):
                return []
            return database.execute(query, values).fetchall()
    except sqlite3.Error as error:
        raise StorageError(f"{path}: {error}; a ledger that was deleted is made anew from the archive") from error
