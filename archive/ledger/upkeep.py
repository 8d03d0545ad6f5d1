"""What concerns the ledgers of a whole data folder: making them anew, forgetting addresses."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial

from archive.corpus import is_empty, reading_corpus
from archive.errors import StorageError
from archive.layout import DataFolder
from archive.ledger.database import Ledger
from archive.ledger.files import ledger_path
from archive.model import Extractor


def renew_ledgers(folder: DataFolder, extractor: Extractor) -> None:
    """Bring the ledger of every known portal up to the tables, from the first row on; one that is missing is made.

    What only a ledger knows, addresses that were found and listings that are under way, stays. Raises ``StorageError``.
    """
    if is_empty(folder, "captures"):
        return
    with reading_corpus(folder) as corpus:
        found = corpus.execute("SELECT DISTINCT portal FROM captures_files ORDER BY 1").fetchall()
    for portal in (portal for (portal,) in found if extractor.host_of(portal) is not None):
        path = ledger_path(folder, portal)
        if path.exists():
            with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(path, timeout=10)) as database, database:
                database.execute("DELETE FROM runs")
        Ledger(folder, portal, partial(extractor.known_as, portal)).close()


def forget_addresses(folder: DataFolder, covered: Callable[[str], bool]) -> None:
    """Delete what every ledger knows of the addresses that are ``covered``; raises ``StorageError``."""
    for path in sorted((folder.state / "ledger").glob("*.sqlite3")):
        try:
            with closing(sqlite3.connect(path, timeout=10)) as database, database:
                database.execute("PRAGMA secure_delete = ON")
                database.create_function("covered", 1, covered)
                database.execute("DELETE FROM urls WHERE covered(url)")
                database.execute("UPDATE urls SET leads_to = NULL WHERE leads_to NOT NULL AND covered(leads_to)")
                database.execute("DELETE FROM arrivals WHERE covered(url)")
                # A listing that was under way at such a page is read from its beginning.
                database.execute("DELETE FROM listings WHERE url NOT NULL AND covered(url)")
            with closing(sqlite3.connect(path, timeout=10)) as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise StorageError(f"{path}: {error}; delete the file, it is made anew from the archive") from error
