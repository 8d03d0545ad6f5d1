"""Questions to a ledger beside the run that writes it; nothing is written."""

from __future__ import annotations

from typing import Final, NamedTuple

from archive.layout import DataFolder
from archive.ledger.files import UNFETCHED, ask
from archive.schedule import DAY, HOUR


class Outlook(NamedTuple):
    """Numbers of articles: held, found and not fetched, due again; and of listings that a run did not finish."""

    held: int
    unfetched: int
    due: int
    under_way: int


def outlook(folder: DataFolder, portal: str, now: float) -> Outlook | None:
    """What the ledger of ``portal`` holds in store at ``now``; ``None`` where there is none.

    Raises ``StorageError``.
    """
    found = ask(folder, portal, _OUTLOOK, now)
    return Outlook(*found[0]) if found else None


class Arrival(NamedTuple):
    """An hour, as seconds since 1970 UTC, in which a source listed something new, and one address of it."""

    moment: float
    url: str


def arrivals(folder: DataFolder, portal: str, since: float) -> dict[str, list[Arrival]]:
    """When each source of ``portal`` brought new articles since ``since``, oldest first; empty without a ledger.

    Articles that were old when they were found are left out: those are a backfill's. Raises ``StorageError``.
    """
    found: dict[str, list[Arrival]] = {}
    for source, moment, url in ask(folder, portal, _ARRIVALS, since, since):
        found.setdefault(source, []).append(Arrival(moment, url))
    return found


def count_unfetched(folder: DataFolder, portal: str) -> int | None:
    """How many articles listings of ``portal`` have named and no run has fetched; ``None`` without a ledger.

    Raises ``StorageError``.
    """
    found = ask(folder, portal, f"SELECT count(*) FROM ({UNFETCHED})")  # noqa: S608
    return int(found[0][0]) if found else None


_OUTLOOK: Final = f"""
SELECT (SELECT count(DISTINCT article) FROM urls WHERE outcome = 'article'), (SELECT count(*) FROM ({UNFETCHED})),
(SELECT count(*) FROM urls WHERE next_due <= ? AND article NOT NULL),
(SELECT count(*) FROM listings WHERE page NOT NULL OR above > 0)
"""  # noqa: S608
_ARRIVALS: Final = f"""
SELECT source, moment, min(url) FROM (
    SELECT source, CAST(first_seen / {HOUR} AS INTEGER) * {HOUR} AS moment, url FROM urls
    WHERE source IS NOT NULL AND article IS NOT NULL AND first_seen >= ?
    AND (published IS NULL OR first_seen - published < {30 * DAY})
    UNION ALL SELECT source, moment, url FROM arrivals WHERE moment >= ?
) GROUP BY source, moment ORDER BY moment
"""  # noqa: S608
