"""Which records an exported WACZ holds: chosen by portal, days, ids or SQL, and the originals of their revisits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import duckdb

from archive.corpus import sealed_connection
from archive.errors import UsageError
from archive.layout import DataFolder

_KEYS = ("warc_record_id", "article_id", "url")


@dataclass(frozen=True, slots=True)
class Selection:
    """What to export; conditions given together must all hold, none given chooses everything.

    ``since`` and ``until`` are days of the fetch in UTC, both included. ``query`` is a SELECT over the views of the
    corpus with a column ``warc_record_id``, ``article_id`` or ``url``. ``articles`` are article ids, all versions.
    """

    portal: str | None = None
    since: date | None = None
    until: date | None = None
    query: str | None = None
    articles: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        """The selection in words, for the metadata of the WACZ."""
        parts = [f"portal {self.portal}"] if self.portal else []
        parts += [f"since {self.since}"] if self.since else []
        parts += [f"until {self.until}"] if self.until else []
        parts += [f"query {self.query}"] if self.query else []
        parts += [f"{len(self.articles)} articles"] if self.articles else []
        return ", ".join(parts) or "the whole archive"


class PageRow(NamedTuple):
    """A captured article page: where it lies, and its title and text as they were understood."""

    offset: int
    record_id: str
    url: str
    fetched: datetime
    title: str | None
    lead: str | None
    text: str | None


class Chosen:
    """The chosen records, held by DuckDB as file, offset and id; rows of text are read file by file."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._database = database

    def files(self) -> list[str]:
        """Names of the WARC files with chosen records, sorted."""
        return [name for (name,) in self._rows("SELECT DISTINCT warc_filename FROM chosen ORDER BY 1")]

    def records(self, name: str) -> dict[int, str]:
        """The chosen records of the file ``name``: WARC-Record-ID by offset."""
        query = "SELECT warc_record_offset, warc_record_id FROM chosen WHERE warc_filename = ? ORDER BY 1"
        return dict(self._rows(query, name))

    def newest(self) -> datetime:
        """The time of the newest chosen capture: the moment that the export shows."""
        moment: datetime = self._rows("SELECT max(fetch_time) FROM chosen")[0][0]
        return moment

    def pages(self, name: str) -> list[PageRow]:
        """The chosen article pages in the file ``name``, in the order of the file."""
        return [PageRow(*row) for row in self._rows(_PAGES, name)]

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._database.execute(query, values).fetchall()
        return rows


@contextmanager
def choose(folder: DataFolder, selection: Selection) -> Iterator[Chosen]:
    """The records that ``selection`` names; raises ``UsageError`` when it names none or its SQL is wrong."""
    with sealed_connection(folder) as database:
        try:
            conditions, values = _conditions(database, selection)
            database.execute(_CHOSEN.format(where=" AND ".join(conditions)), values)
            database.execute(_ORIGINALS)
        except duckdb.Error as error:
            raise UsageError(f"the query cannot be run: {error}") from error
        count = database.execute("SELECT count(*) FROM chosen").fetchone()
        if not count or not count[0]:
            raise UsageError(f"nothing in the archive answers to {selection.description}.")
        yield Chosen(database)


def _conditions(database: duckdb.DuckDBPyConnection, selection: Selection) -> tuple[list[str], list[Any]]:
    conditions = ["true"]
    values: list[Any] = []
    if selection.portal is not None:
        conditions.append("portal = ?")
        values.append(selection.portal)
    if selection.since is not None:
        conditions.append("fetch_time >= ?")
        values.append(datetime.combine(selection.since, time(), UTC))
    if selection.until is not None:
        conditions.append("fetch_time < ?")
        values.append(datetime.combine(selection.until, time(), UTC) + timedelta(days=1))
    if selection.articles:
        conditions.append(f"warc_record_id IN ({_BY_ARTICLE.format(ids='SELECT unnest(?)')})")
        values.append(list(selection.articles))
    if selection.query is not None:
        conditions.append(_by_query(database, selection.query))
    return conditions, values


def _by_query(database: duckdb.DuckDBPyConnection, query: str) -> str:
    """The condition that a capture is named by the rows of ``query``."""
    inner = query.strip().rstrip(";")
    if len(database.extract_statements(inner)) != 1:
        raise UsageError("the query must be one SELECT.")
    # Line ends around it: a comment at the end of the query must not swallow the bracket.
    names = [row[0] for row in database.execute(f"DESCRIBE SELECT * FROM (\n{inner}\n)").fetchall()]  # noqa: S608
    key = next((name for name in _KEYS if name in names), None)
    if key is None:
        raise UsageError(f"the query gives {', '.join(names)}; it must give one of {', '.join(_KEYS)}.")
    ids = f"SELECT {key} FROM (\n{inner}\n)"  # noqa: S608
    return f"warc_record_id IN ({_BY_ARTICLE.format(ids=ids)})" if key == "article_id" else f"{key} IN ({ids})"


_BY_ARTICLE = "SELECT warc_record_id FROM articles_files WHERE article_id IN ({ids})"
_CHOSEN = """
CREATE TEMP TABLE chosen AS
SELECT warc_filename, warc_record_offset, warc_record_id, fetch_time, revisit_of, outcome FROM captures WHERE {where}
"""
# A revisit shows nothing without the record that holds its payload.
_ORIGINALS = """
INSERT INTO chosen SELECT warc_filename, warc_record_offset, warc_record_id, fetch_time, revisit_of, 'original'
FROM captures WHERE record_type = 'response'
    AND warc_record_id IN (SELECT revisit_of FROM chosen) AND warc_record_id NOT IN (SELECT warc_record_id FROM chosen)
"""
# An unchanged page has no articles row of its own: its text is in the version before.
_PAGES = """
WITH page AS (
    SELECT captures.warc_record_offset, captures.warc_record_id, captures.url, captures.url_surtkey, captures.fetch_time
    FROM captures JOIN chosen USING (warc_filename, warc_record_offset)
    WHERE captures.warc_filename = ? AND captures.outcome = 'article' AND chosen.outcome = 'article'
), text AS (
    SELECT url_surtkey, fetch_time, title, lead, text FROM articles_files
    WHERE status = 'live' AND url_surtkey IN (SELECT url_surtkey FROM page)
)
SELECT page.warc_record_offset, page.warc_record_id, page.url, page.fetch_time, text.title, text.lead, text.text
FROM page ASOF LEFT JOIN text ON page.url_surtkey = text.url_surtkey AND page.fetch_time >= text.fetch_time
ORDER BY page.warc_record_offset
"""
