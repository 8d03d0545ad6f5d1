"""The URL ledger of a portal: which addresses were found, when each was fetched, what came, when it is due again.

It says nothing that the archive does not: captures are noted after they are on the disk, and what a ledger misses of
them (it was deleted, its run was killed, an import came) is read from the tables when it is opened. Its own are only
the addresses that were found and not fetched yet, how far listings have been read, and how often they are read.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urljoin

from archive.claims import live_runs
from archive.errors import DamagedFile, StorageError
from archive.gone import shows_gone
from archive.layout import DataFolder
from archive.members import read_member
from archive.model import Extractor
from archive.records import payload_of
from archive.reread import RESPONSE_LOST
from archive.schedule import DAY, HOUR, next_try, next_visit
from archive.tables import is_empty, reading_corpus

logger = logging.getLogger(__name__)

Row = dict[str, Any]

_VERSION: Final = 2
_TABLES: Final = """
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
) WITHOUT ROWID;
CREATE INDEX by_article ON urls (article) WHERE article IS NOT NULL;
CREATE INDEX by_due ON urls (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX unfetched ON urls (first_seen) WHERE last_fetched IS NULL;
CREATE INDEX by_fetch ON urls (last_fetched);
CREATE TABLE listings (
    source TEXT, window TEXT, complete INTEGER NOT NULL DEFAULT 0, page INTEGER, url TEXT,
    above INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (source, window)
) WITHOUT ROWID;
CREATE TABLE rhythms (source TEXT PRIMARY KEY, interval REAL NOT NULL, due REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE runs (run_id TEXT PRIMARY KEY) WITHOUT ROWID
"""
GONE: Final = "gone"
# Outcomes of an article's address that no later visit can change: what it leads to has its own entry.
_SETTLED: Final = frozenset({"redirect", "not_article"})
Validators = tuple[str | None, str | None]


class Entry(NamedTuple):
    """What the ledger says of an address; times are seconds since 1970 UTC, ``None`` what it does not know.

    ``article`` is the spider's key of the article that the address has the form of, ``leads_to`` where a
    redirect goes. ``checked`` is the last time that
    the whole answer came, and not only a 304.
    """

    url: str
    article: str | None
    source: str | None
    first_seen: float
    first_fetched: float | None = None
    last_fetched: float | None = None
    status: int | None = None
    outcome: str | None = None
    leads_to: str | None = None
    digest: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    validators_lie: int = 0
    checked: float | None = None
    published: float | None = None
    next_due: float | None = None
    failures: int = 0

    @property
    def is_gone(self) -> bool:
        """Whether the last fetch showed that nothing is there."""
        return self.outcome == GONE


_COLUMNS: Final = ", ".join(Entry._fields)
_SELECT: Final = f"SELECT {_COLUMNS} FROM urls"  # noqa: S608
_REPLACE: Final = f"INSERT OR REPLACE INTO urls ({_COLUMNS}) VALUES ({', '.join('?' * len(Entry._fields))})"  # noqa: S608


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


class Outlook(NamedTuple):
    """Numbers of articles: held, found and not fetched, due again; and of listings that a run did not finish."""

    held: int
    unfetched: int
    due: int
    under_way: int


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
        return next(self._entries(f"{_SELECT} WHERE url = ?", url), None)

    def entries_of(self, article: str) -> list[Entry]:
        """What is known of the addresses of one article."""
        return list(self._entries(f"{_SELECT} WHERE article = ?", article))

    def unfetched(self) -> Iterator[Entry]:
        """Articles that were found and never fetched at any of their addresses, first found first."""
        return self._entries(_UNFETCHED)

    def due(self, now: float, limit: int) -> list[Entry]:
        """At most ``limit`` addresses of articles whose next visit is due, longest due first."""
        query = f"{_SELECT} WHERE next_due <= ? AND article IS NOT NULL ORDER BY next_due LIMIT ?"
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
        found = _read(self._folder, self._portal, query, source)
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
        self.path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self.path, timeout=10)
        try:
            # The tail that a power cut takes is read from the tables again.
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            with database:
                (version,) = database.execute("PRAGMA user_version").fetchone()
                if version != _VERSION:
                    database.executescript(_dropping(database) + _TABLES)
                    database.execute(f"PRAGMA user_version = {_VERSION}")
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
        if not runs:
            return
        with reading_corpus(self._folder) as corpus:
            places = corpus.execute(_NEWEST_LISTINGS, [self._portal, runs]).fetchall()
        for url, name, offset, length in places:
            with suppress(DamagedFile, OSError):
                message = payload_of(read_member(self._folder.warc / name, offset, length).block).message
                if message is not None:
                    values = (message.header("ETag"), message.header("Last-Modified"), url)
                    database.execute("UPDATE urls SET etag = ?, last_modified = ? WHERE url = ?", values)


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
_ENDED: Final = "INSERT OR REPLACE INTO listings (source, window, complete) VALUES (?, ?, 1)"
_UNFETCHED: Final = f"""
{_SELECT} WHERE last_fetched IS NULL AND article IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM urls AS other WHERE other.article = urls.article AND other.last_fetched IS NOT NULL
) ORDER BY first_seen
"""  # noqa: S608
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
    found = database.execute(f"{_SELECT} WHERE url = ?", (url,)).fetchone()
    entry = Entry._make(found) if found else Entry(url, article, capture["discovered_via"], moment)
    # An answer that a crash of ours took, or that we did not wait for, is no fault of the portal's: not counted.
    ours = capture["outcome_reason"] == RESPONSE_LOST or capture["content_truncated"] == "unspecified"
    if ours or (entry.last_fetched is not None and moment < entry.last_fetched):
        return
    after = _after(entry._replace(article=article), capture, moment, validators)
    database.execute(_REPLACE, after)


def _after(entry: Entry, capture: Row, moment: float, validators: Validators) -> Entry:
    """What is known once ``capture`` came."""
    again = entry.last_fetched == moment
    entry = entry._replace(last_fetched=moment, first_fetched=entry.first_fetched or moment)
    gone = shows_gone(capture)
    if capture["outcome"] == "error" and not gone:
        failures = entry.failures + (not again)
        return entry._replace(
            status=capture["fetch_status"], outcome="error", failures=failures, next_due=next_try(moment, failures)
        )
    due = next_visit(entry.published or entry.first_fetched or moment, moment) if entry.article else None
    if capture["fetch_status"] == 304:
        return entry._replace(failures=0, next_due=due)
    outcome, digest = GONE if gone else capture["outcome"], capture["content_digest"]
    same = entry.etag is not None and entry.etag == validators[0] and entry.status == capture["fetch_status"] == 200
    return entry._replace(
        status=capture["fetch_status"],
        outcome=outcome,
        leads_to=_target(entry.url, capture["fetch_redirect"]),
        digest=digest,
        etag=validators[0] or (entry.etag if again else None),
        last_modified=validators[1] or (entry.last_modified if again else None),
        validators_lie=int(entry.validators_lie or (same and digest != entry.digest)),
        checked=moment,
        next_due=None if outcome in _SETTLED else due,
        failures=0,
    )


def _target(url: str, location: str | None) -> str | None:
    with suppress(ValueError):
        return urljoin(url, location) if location else None
    return None


def _date(database: sqlite3.Connection, url: str, published: datetime | None) -> None:
    found = database.execute(f"{_SELECT} WHERE url = ?", (url,)).fetchone()
    if found is None or published is None:
        return
    entry = Entry._make(found)
    due: float | None = entry.next_due
    if entry.outcome == "article" and entry.last_fetched is not None:
        due = next_visit(published.timestamp(), entry.last_fetched)
    database.execute(_REPLACE, entry._replace(published=published.timestamp(), next_due=due))


def _dropping(database: sqlite3.Connection) -> str:
    """Statements that drop every table of an earlier version."""
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return "".join(f'DROP TABLE "{name}";' for (name,) in tables)


def ledger_path(folder: DataFolder, portal: str) -> Path:
    """Where the ledger of ``portal`` lies."""
    return folder.state / "ledger" / f"{portal}.sqlite3"


def outlook(folder: DataFolder, portal: str, now: float) -> Outlook | None:
    """What the ledger of ``portal`` holds in store at ``now``; ``None`` where there is none. Nothing is written."""
    path = ledger_path(folder, portal)
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)) as database:
            return Outlook(*(database.execute(query, values).fetchone()[0] for query, values in _outlook(now)))
    except sqlite3.Error as error:
        raise StorageError(f"{path}: {error}; delete the file, it is made anew from the archive") from error


def _outlook(now: float) -> Iterator[tuple[str, tuple[Any, ...]]]:
    yield "SELECT count(DISTINCT article) FROM urls WHERE outcome = 'article'", ()
    yield f"SELECT count(*) FROM ({_UNFETCHED})", ()  # noqa: S608
    yield "SELECT count(*) FROM urls WHERE next_due <= ? AND article NOT NULL", (now,)
    yield "SELECT count(*) FROM listings WHERE page NOT NULL OR above > 0", ()


def discard(folder: DataFolder, portal: str | None = None) -> None:
    """Delete the ledger of ``portal``, or all: the next run makes it anew from the tables."""
    for path in (folder.state / "ledger").glob(f"{portal or '*'}.sqlite3"):
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


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
                # A listing that was under way at such a page is read from its beginning.
                database.execute("DELETE FROM listings WHERE url NOT NULL AND covered(url)")
            with closing(sqlite3.connect(path, timeout=10)) as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise StorageError(f"{path}: {error}; delete the file, it is made anew from the archive") from error


class Arrival(NamedTuple):
    """An hour, as seconds since 1970 UTC, in which a source listed something new first, and one address of it."""

    moment: float
    url: str


def arrivals(folder: DataFolder, portal: str, since: float) -> dict[str, list[Arrival]]:
    """When each source of ``portal`` brought new articles since ``since``, oldest first; empty without a ledger.

    Articles that were old when they were found are left out: those are a backfill's. Raises ``StorageError``.
    """
    found: dict[str, list[Arrival]] = {}
    for source, moment, url in _read(folder, portal, _ARRIVALS, since):
        found.setdefault(source, []).append(Arrival(moment, url))
    return found


def count_unfetched(folder: DataFolder, portal: str) -> int | None:
    """How many articles listings of ``portal`` have named and no run has fetched; ``None`` without a ledger.

    Raises ``StorageError``.
    """
    found = _read(folder, portal, f"SELECT count(*) FROM ({_UNFETCHED})")  # noqa: S608
    return int(found[0][0]) if found else None


_ARRIVALS: Final = f"""
SELECT source, CAST(first_seen / {HOUR} AS INTEGER) * {HOUR} AS moment, min(url) FROM urls
WHERE source IS NOT NULL AND article IS NOT NULL AND first_seen >= ?
AND (published IS NULL OR first_seen - published < {30 * DAY}) GROUP BY source, moment ORDER BY moment
"""  # noqa: S608


def _read(folder: DataFolder, portal: str, query: str, *values: Any) -> list[Any]:
    """The answer of the ledger of ``portal`` to ``query``, beside whoever writes it."""
    path = ledger_path(folder, portal)
    if not path.exists():
        return []
    try:
        # Opened for writing, though nothing is written: a reader alone would leave its WAL files behind.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=10)) as database:
            return database.execute(query, values).fetchall()
    except sqlite3.Error as error:
        raise StorageError(f"{path}: {error}; a ledger that was deleted is made anew from the archive") from error
