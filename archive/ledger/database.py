"""The ledger that a run reads and writes."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from archive.claims import live_runs
from archive.corpus import is_empty, reading_corpus
from archive.database import connect
from archive.errors import DamagedFile, StorageError
from archive.layout import DataFolder
from archive.ledger.entry import Entry, Row, Validators, after, dated
from archive.ledger.files import SELECT, TABLES, UNFETCHED, VERSION, ask, discard, ledger_path
from archive.members import read_member
from archive.records import payload_of
from archive.reread import RESPONSE_LOST
from archive.schedule import HOUR

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a listing was read: once to its end if ``complete``, else as far as ``page`` at ``url``.

    ``above``: how many pages from its beginning have to be read again, because runs were interrupted before they came
    to what was read earlier.
    """

    complete: bool
    page: int | None = None
    url: str | None = None
    above: int = 0


class Ledger:
    """The ledger of ``portal``, a SQLite file below ``state/ledger``; one run at a time writes it.

    ``article_of`` gives the key of the article that an address has the form of, or ``None``. Notes wait until
    ``commit``, which is for whoever knows that their captures are on the disk. Raises ``StorageError`` when the disk
    refuses; a damaged file is made anew from the tables.
    """

    def __init__(self, folder: DataFolder, portal: str, article_of: Callable[[str], str | None]) -> None:
        self._folder = folder
        self._portal = portal
        self.article_of = article_of
        self.path = ledger_path(folder, portal)
        self._waiting: list[Callable[[sqlite3.Connection], object]] = []
        with self._storing():
            try:
                self._database = self._open()
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError as error:
                logger.warning("%s: %s; it is made anew from the tables", self.path, error)
                discard(folder, portal)
                self._database = self._open()

    # Reading

    def entry(self, url: str) -> Entry | None:
        """What is known of ``url``."""
        return next(self._entries(f"{SELECT} WHERE url = ?", url), None)

    def entries_of(self, article: str) -> list[Entry]:
        """What is known of the addresses of one article."""
        return list(self._entries(f"{SELECT} WHERE article = ?", article))

    def unfetched(self) -> Iterator[Entry]:
        """Articles that were found and never fetched at any of their addresses, first found first."""
        return self._entries(UNFETCHED)

    def due(self, now: float, limit: int) -> list[Entry]:
        """At most ``limit`` addresses of articles whose next visit is due, longest due first."""
        query = f"{SELECT} WHERE next_due <= ? AND article IS NOT NULL ORDER BY next_due LIMIT ?"
        return list(self._entries(query, now, limit))

    def fetched_since(self, moment: float) -> int:
        """How many addresses were fetched since ``moment``."""
        return int(self._one("SELECT count(*) FROM urls WHERE last_fetched > ?", moment)[0])

    def visited_again_since(self, moment: float) -> int:
        """How many addresses of articles were fetched since ``moment`` and before."""
        query = "SELECT count(*) FROM urls WHERE last_fetched > ? AND first_fetched < last_fetched AND article NOT NULL"
        return int(self._one(query, moment)[0])

    def listed_by(self, source: str) -> int:
        """How many addresses were found by ``source`` first; for any thread, and when the ledger is closed too."""
        query = "SELECT count(*) FROM urls WHERE source = ? AND article IS NOT NULL"
        found = ask(self._folder, self._portal, query, source)
        return int(found[0][0]) if found else 0

    def checkpoint(self, source: str, window: str) -> Checkpoint:
        """How far the listing of ``source`` has been read for the articles of ``window``."""
        query = "SELECT complete, page, url, above FROM listings WHERE source = ? AND window = ?"
        row = self._one(query, source, window)
        return Checkpoint(bool(row[0]), *row[1:]) if row else Checkpoint(False)

    def sections(self) -> list[str]:
        """The paths of the sections that were read."""
        query = "SELECT DISTINCT source FROM listings WHERE source GLOB 'section:/*' AND source NOT GLOB '* by API'"
        with self._storing():
            return sorted(source.removeprefix("section:") for (source,) in self._database.execute(query))

    def rhythm(self, source: str) -> tuple[float, float] | None:
        """After how many seconds the listing of ``source`` is read again, and when that is."""
        row = self._one("SELECT interval, due FROM rhythms WHERE source = ?", source)
        return (row[0], row[1]) if row else None

    # Writing

    def found(self, url: str, source: str, published: float | None = None) -> None:
        """Note that ``source`` lists ``url``, published at ``published`` by its word."""
        values = (url, self.article_of(url), source, time.time(), published)
        self._waiting.append(lambda database: database.execute(_FOUND, values))

    def brought(self, source: str, url: str) -> None:
        """Note that the listing of ``source`` shows ``url``, which nothing showed before this run."""
        values = (source, int(time.time() // HOUR) * HOUR, url)
        self._waiting.append(lambda database: database.execute(_BROUGHT, values))

    def fetched(self, capture: Row, etag: str | None = None, last_modified: str | None = None) -> None:
        """Note the captures row ``capture``, again once it is settled, and the validators of its answer.

        A 304 (RFC 9110 §15.4.5) keeps what the answer before it said. Of an answer with the same validators and other
        bytes the ledger learns that this server's validators lie.
        """
        article = self.article_of(capture["url"])
        self._waiting.append(lambda database: _apply(database, capture, article, (etag, last_modified)))

    def published(self, url: str, moment: datetime | None) -> None:
        """Note when the article at ``url`` was published, and with it when its next visit is due."""
        self._waiting.append(lambda database: _date(database, url, moment))

    def reached(self, source: str, window: str, page: int, url: str) -> None:
        """Note that the listing of ``source`` was read as far as page ``page`` at ``url``; a later page stays noted."""
        values = (source, window, page, url)
        self._waiting.append(lambda database: database.execute(_REACHED, values))

    def left_above(self, source: str, window: str, pages: int) -> None:
        """Note that ``pages`` pages from the beginning of ``source`` have to be read again."""
        values = (source, window, pages)
        self._waiting.append(lambda database: database.execute(_LEFT_ABOVE, values))

    def ended(self, source: str, window: str) -> None:
        """Note that the listing of ``source`` was read to its end, or to where it was read before."""
        self._waiting.append(lambda database: database.execute(_ENDED, (source, window)))

    def set_rhythm(self, source: str, interval: float, due: float) -> None:
        """Note that the listing of ``source`` is read every ``interval`` seconds, next at ``due``."""
        values = (source, interval, due)
        self._waiting.append(
            lambda database: database.execute("INSERT OR REPLACE INTO rhythms VALUES (?, ?, ?)", values)
        )

    @property
    def waiting(self) -> int:
        """How much was noted and is not written."""
        return len(self._waiting)

    def commit(self) -> None:
        """Write everything noted so far; the captures it speaks of are on the disk. What fails can be tried again."""
        if not self._waiting:
            return
        with self._storing(), self._database:
            for apply in self._waiting:
                apply(self._database)
        self._waiting.clear()

    def close(self, run_id: str | None = None) -> None:
        """Close the ledger; ``run_id`` is a run whose captures it knows all."""
        if run_id is not None:
            self._waiting.append(lambda database: database.execute("INSERT OR IGNORE INTO runs VALUES (?)", (run_id,)))
            self.commit()
        self._waiting.clear()
        self._database.close()

    def _entries(self, query: str, *values: Any) -> Iterator[Entry]:
        with self._storing():
            yield from map(Entry._make, self._database.execute(query, values))

    def _one(self, query: str, *values: Any) -> Any:
        with self._storing():
            return self._database.execute(query, values).fetchone()

    @contextmanager
    def _storing(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, OSError) as error:
            raise StorageError(
                f"{self.path}: {error}. Free space or mend the disk, then start again; a ledger that was deleted is "
                "made anew from the archive."
            ) from error

    # Opening

    def _open(self) -> sqlite3.Connection:
        database = connect(self.path)
        try:
            with database:
                (version,) = database.execute("PRAGMA user_version").fetchone()
                if version != VERSION:
                    database.executescript(_dropping(database) + TABLES)
                    database.execute(f"PRAGMA user_version = {VERSION}")
                self._catch_up(database)
        except BaseException:
            database.close()
            raise
        return database

    def _catch_up(self, database: sqlite3.Connection) -> None:
        """Note the captures of ended runs that the ledger does not know, whole runs or none."""
        if is_empty(self._folder, "captures"):
            return
        known = {run for (run,) in database.execute("SELECT run_id FROM runs")} | set(live_runs(self._folder))
        with reading_corpus(self._folder) as corpus:
            found = corpus.execute("SELECT DISTINCT run_id FROM captures_files WHERE portal = ?", [self._portal])
            runs = sorted({run for (run,) in found.fetchall()} - known)
            if not runs:
                return
            rows = corpus.execute(_CAPTURED, [self._portal, runs])
            names = [column[0] for column in rows.description or ()]
            while batch := rows.fetchmany(1024):
                for values in batch:
                    capture = dict(zip(names, values, strict=True))
                    _apply(database, capture, self.article_of(capture["url"]), (None, None))
                    _date(database, capture["url"], capture["published_at"])
        self._read_validators(database, runs)
        database.executemany("INSERT INTO runs VALUES (?)", [(run,) for run in runs])

    def _read_validators(self, database: sqlite3.Connection, runs: list[str]) -> None:
        """Read the validators of listings off the records of ``runs``: the tables do not have them."""
        with reading_corpus(self._folder) as corpus:
            places = corpus.execute(_NEWEST_LISTINGS, [self._portal, runs]).fetchall()
        for url, name, offset, length in places:
            with suppress(DamagedFile, OSError):
                message = payload_of(read_member(self._folder.warc / name, offset, length).block).message
                if message is not None:
                    values = (message.header("ETag"), message.header("Last-Modified"), url)
                    database.execute("UPDATE urls SET etag = ?, last_modified = ? WHERE url = ?", values)


_REPLACE: Final = f"""
INSERT INTO urls ({", ".join(Entry._fields)}) VALUES ({", ".join("?" * len(Entry._fields))})
ON CONFLICT (url) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in Entry._fields[1:])}
"""  # noqa: S608
_FOUND: Final = """
INSERT INTO urls (url, article, source, first_seen, published) VALUES (?, ?, ?, ?, ?) ON CONFLICT (url) DO UPDATE
SET source = coalesce(source, excluded.source), published = coalesce(published, excluded.published)
"""
_REACHED: Final = """
INSERT INTO listings (source, window, page, url) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET page = excluded.page, url = excluded.url WHERE coalesce(page, 0) <= excluded.page
"""
_LEFT_ABOVE: Final = """
INSERT INTO listings (source, window, above) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET above = excluded.above
"""
_BROUGHT: Final = "INSERT OR IGNORE INTO arrivals VALUES (?, ?, ?)"
_ENDED: Final = "INSERT OR REPLACE INTO listings (source, window, complete) VALUES (?, ?, 1)"
_CAPTURED: Final = """
SELECT captures.*, articles.published_at FROM captures_files AS captures
LEFT JOIN articles_files AS articles USING (warc_filename, warc_record_offset)
WHERE captures.portal = ? AND list_contains(?, captures.run_id) ORDER BY captures.fetch_time
"""
_NEWEST_LISTINGS: Final = """
SELECT url, warc_filename, warc_record_offset, warc_record_length FROM captures_files
WHERE portal = ? AND list_contains(?, run_id) AND fetch_status = 200 AND outcome IN ('listing', 'feed', 'other')
QUALIFY row_number() OVER (PARTITION BY url ORDER BY fetch_time DESC) = 1
"""


def _apply(database: sqlite3.Connection, capture: Row, article: str | None, validators: Validators) -> None:
    """Note one captures row."""
    url, moment = capture["url"], capture["fetch_time"].timestamp()
    found = database.execute(f"{SELECT} WHERE url = ?", (url,)).fetchone()
    entry = Entry._make(found) if found else Entry(url, article, capture["discovered_via"], moment)
    # An answer that a crash of ours took, or that we did not wait for, is no fault of the portal's: not counted.
    ours = capture["outcome_reason"] == RESPONSE_LOST or capture["content_truncated"] == "unspecified"
    if ours or (entry.last_fetched is not None and moment < entry.last_fetched):
        return
    database.execute(_REPLACE, after(entry._replace(article=article), capture, moment, validators))


def _date(database: sqlite3.Connection, url: str, published: datetime | None) -> None:
    found = database.execute(f"{SELECT} WHERE url = ?", (url,)).fetchone()
    if found is not None and published is not None:
        database.execute(_REPLACE, dated(Entry._make(found), published))


def _dropping(database: sqlite3.Connection) -> str:
    """Statements that drop every table of an earlier version."""
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return "".join(f'DROP TABLE "{name}";' for (name,) in tables)
