"""What the report shows, counted: from the tables of runs and from the corpus, in bins, so that years stay small."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import accumulate
from typing import Any, Final

import duckdb

from archive.corpus import is_empty, reading_corpus
from archive.errors import BaotinhError, StorageError
from archive.layout import DataFolder
from archive.runmonths import MonthTable, last_runs

BINS: Final = 120
_LONGEST: Final = timedelta(days=730)
_LATELY: Final = timedelta(days=60)
# Articles that were older when they were captured say nothing of how quick the archive is.
_OLD: Final = timedelta(days=30)
_KINDS: Final = 10
_VIETNAM: Final = timezone(timedelta(hours=7))
FIELDS: Final = ("lead", "authors", "section", "tags", "images", "published_at", "minute", "source_name")

# What DuckDB may take for each of the questions below; two years of the largest archive need a tenth of it.
_MEMORY: Final = "512MB"
_ERRORS: Final = """
SELECT day, one.name, CAST(sum(one.count) AS BIGINT) FROM (
    SELECT CAST(started + INTERVAL 7 HOUR AS DATE) AS day, unnest(errors) AS one
    FROM read_parquet(?, hive_partitioning = false)
) GROUP BY ALL ORDER BY ALL
"""
_WRITTEN: Final = """
SELECT CAST(started + INTERVAL 7 HOUR AS DATE) AS day, CAST(sum(warc_bytes) AS BIGINT)
FROM read_parquet(?, hive_partitioning = false) GROUP BY ALL ORDER BY ALL
"""
_PER_DAY: Final = """
SELECT portal, CAST(published_at + INTERVAL 7 HOUR AS DATE) AS day, count(*) FROM articles_files
WHERE month >= ? AND version = 1 AND status = 'live' AND published_at >= ? AND published_at <= ? GROUP BY ALL
"""
# Articles that were old when they were captured are a backfill's and say nothing of how quick the archive is.
_LAGS: Final = """
CREATE TEMP TABLE lags AS
SELECT portal, fetch_time, epoch(fetch_time - published_at) / 3600 AS lag FROM articles_files
WHERE month >= ? AND version = 1 AND status = 'live' AND published_precision = 'minute' AND fetch_time >= ?
AND fetch_time - published_at BETWEEN INTERVAL 0 HOUR AND INTERVAL 30 DAY
"""
_LAG_OF_PORTAL: Final = "SELECT portal, quantile_cont(lag, [0.5, 0.9]) FROM lags WHERE fetch_time >= ? GROUP BY portal"
_LAG_OF_DAY: Final = """
SELECT CAST(fetch_time + INTERVAL 7 HOUR AS DATE), quantile_cont(lag, [0.5, 0.9]) FROM lags GROUP BY ALL
"""
_FILLED: Final = """
SELECT portal, count(*), count(lead), count(*) FILTER (len(authors) > 0), count(section),
    count(*) FILTER (len(tags) > 0), count(*) FILTER (len(images) > 0), count(published_at),
    count(*) FILTER (published_precision = 'minute'), count(source_name)
FROM articles_files WHERE status = 'live' AND fetch_time >= ? GROUP BY portal
"""


@dataclass(slots=True)
class Span:
    """The days from ``first`` to ``last`` in at most ``BINS`` bins of ``days`` days."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Days of a bin."""
        return -(-((self.last - self.first).days + 1) // BINS)

    @property
    def bins(self) -> int:
        """How many bins there are."""
        return ((self.last - self.first).days + 1 + self.days - 1) // self.days

    def bin_of(self, day: date) -> int | None:
        """The bin of ``day``; ``None`` outside."""
        return (day - self.first).days // self.days if self.first <= day <= self.last else None


@dataclass(slots=True)
class Portal:
    """A portal's figures: its last run (a row of the table of runs), and what the corpus says of it.

    ``per_day`` are articles a day by bin, by day of publication; ``lag`` the median and the 90th percentile of the
    hours from publication to capture; ``filled`` the share of its latest ``pages`` articles with each of ``FIELDS``.
    """

    name: str
    last: dict[str, Any]
    per_day: list[float]
    lag: tuple[float, float] | None = None
    pages: int = 0
    filled: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Figures:
    """All that the report shows; series have a value a bin of ``span``, ``None`` where there is none."""

    made: datetime
    span: Span
    portals: list[Portal]
    runs: int
    lag_median: list[float | None]
    lag_p90: list[float | None]
    errors: list[tuple[str, int, list[float]]]
    warc_bytes: list[float]
    sizes: dict[str, int]
    free: int | None


def collect(folder: DataFolder, tables: Sequence[MonthTable], now: datetime | None = None) -> Figures:
    """Count what the report shows until ``now``, of the runs in ``tables`` those of its span.

    Raises ``StorageError`` when the corpus or a table cannot be read, ``BaotinhError`` when a table is damaged.
    """
    now = now or datetime.now(UTC)
    today = now.astimezone(_VIETNAM).date()
    per_day: list[tuple[str, date, int]] = []
    lags: dict[str, tuple[float, float]] = {}
    lag_days: list[tuple[date, list[float]]] = []
    filled: list[Any] = []
    if not is_empty(folder, "articles"):
        with reading_corpus(folder, public=True, memory=_MEMORY) as database:
            begin = now - _LONGEST
            per_day = database.execute(_PER_DAY, [_month(begin), begin, now]).fetchall()
            database.execute(_LAGS, [_month(begin - _OLD), begin])
            lags = {name: tuple(pair) for name, pair in database.execute(_LAG_OF_PORTAL, [now - _LATELY]).fetchall()}
            lag_days = database.execute(_LAG_OF_DAY).fetchall()
            filled = database.execute(_FILLED, [now - _LATELY]).fetchall()
    # The first day begins in Vietnam when the day before is not over in UTC.
    shown = [table for table in tables if table.month >= _month(now - _LONGEST - timedelta(days=1))]
    errors, written = _counts([str(table.path) for table in shown])
    first = min([*(day for _, day, _ in per_day), *(day for day, _ in written), today], default=today)
    span = Span(max(first, today - _LONGEST), today)
    return Figures(
        made=now,
        span=span,
        portals=_portals(last_runs(folder), per_day, lags, filled, span),
        runs=sum(table.rows for table in tables),
        lag_median=_series([(day, pair[0]) for day, pair in lag_days], span),
        lag_p90=_series([(day, pair[1]) for day, pair in lag_days], span),
        errors=_errors(errors, span),
        warc_bytes=_growth(sum(table.warc_bytes for table in tables if table not in shown), written, span),
        sizes={path.name: _size(path) for path in (folder.warc, folder.corpus, folder.cdx, folder.state, folder.logs)},
        free=_free(folder),
    )


def _month(moment: datetime) -> str:
    """The month of ``moment`` in UTC; no month of its day in Vietnam is earlier."""
    return f"{moment:%Y-%m}"


def _counts(tables: list[str]) -> tuple[list[tuple[date, str, int]], list[tuple[date, int]]]:
    """Of the runs in ``tables``, their errors by day and kind, and the bytes of WARC that they wrote by day."""
    if not tables:
        return [], []
    try:
        with duckdb.connect(config={"memory_limit": _MEMORY}) as database:
            database.execute("SET TimeZone = 'UTC'")
            errors = database.execute(_ERRORS, [tables]).fetchall()
            return errors, database.execute(_WRITTEN, [tables]).fetchall()
    except duckdb.IOException as error:
        raise StorageError(str(error).partition("\n")[0]) from error
    except duckdb.Error as error:
        problem = str(error).partition("\n")[0]
        raise BaotinhError(f"{problem}. Delete the file: `baotinh report` makes it anew.") from error


def _portals(
    runs: list[dict[str, Any]],
    per_day: list[tuple[str, date, int]],
    lags: dict[str, tuple[float, float]],
    filled: list[Any],
    span: Span,
) -> list[Portal]:
    counts: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * span.bins)
    for name, day, count in per_day:
        place = span.bin_of(day)
        if place is not None:
            counts[name][place] += count / span.days
    shares = {name: (pages, dict(zip(FIELDS, (n / pages for n in have), strict=True))) for name, pages, *have in filled}
    return [
        Portal(run["portal"], run, counts[run["portal"]], lags.get(run["portal"]), *shares.get(run["portal"], (0, {})))
        for run in runs
    ]


def _errors(errors: list[tuple[date, str, int]], span: Span) -> list[tuple[str, int, list[float]]]:
    """The commonest kinds of errors: name, how many in all, and how many a bin."""
    totals: Counter[str] = Counter()
    series: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * span.bins)
    for day, kind, count in errors:
        place = span.bin_of(day)
        if place is not None:
            totals[kind] += count
            series[kind][place] += count
    return [(kind, count, series[kind]) for kind, count in totals.most_common(_KINDS)]


def _growth(total: float, written: list[tuple[date, int]], span: Span) -> list[float]:
    """Bytes of WARC that all runs had written by the end of each bin, ``total`` of them by runs not in ``written``."""
    by_bin: list[float] = [0.0] * span.bins
    for day, count in written:
        place = span.bin_of(day)
        if place is not None:
            by_bin[place] += count
        elif day < span.first:
            total += count
    return list(accumulate(by_bin, initial=total))[1:]


def _series(values: list[tuple[date, float]], span: Span) -> list[float | None]:
    """The mean of ``values`` by bin."""
    by_bin: defaultdict[int, list[float]] = defaultdict(list)
    for day, value in values:
        place = span.bin_of(day)
        if place is not None:
            by_bin[place].append(value)
    return [sum(by_bin[place]) / len(by_bin[place]) if place in by_bin else None for place in range(span.bins)]


def _size(path: Any) -> int:
    total = 0
    for file in path.rglob("*"):
        with suppress(OSError):
            total += file.stat().st_size if file.is_file() else 0
    return total


def _free(folder: DataFolder) -> int | None:
    with suppress(OSError):
        return shutil.disk_usage(folder.path).free
    return None
