"""The SQLite files below ``state/``: derived, so that losing the last moments of one costs a little work, not data."""

from __future__ import annotations

import sqlite3
from pathlib import Path


def connect(path: Path) -> sqlite3.Connection:
    """Open the database at ``path``, made with its folder if need be; other processes may have it open too.

    Raises ``sqlite3.Error`` and ``OSError``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(path, timeout=10)
    try:
        # What a power cut takes off the end is made again from the tables.
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        # In kB. There are three a portal and seventy portals; the system has the rest in its own cache.
        database.execute("PRAGMA cache_size = -128")
        # In pages of 4 kB: what a transaction may change before any of it is written, to be read again.
        database.execute("PRAGMA cache_spill = 512")
    except BaseException:
        database.close()
        raise
    return database


def remove(path: Path) -> None:
    """Delete the database at ``path`` and what SQLite keeps beside it; raises ``OSError``."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
