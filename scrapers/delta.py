"""What a run still has to fetch, by what the ledger of its portal knows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from archive.ledger import Checkpoint, Entry, Ledger
from archive.schedule import DAY, HOUR, RELISTED
from scrapers.window import Window

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

SHORTEST: Final = HOUR / 4
LONGEST: Final = DAY
_FIRST: Final = HOUR
# How long a server is believed that nothing changed; less than a day, so that a daily run never is.
_TRUST: Final = 0.9 * DAY


def delta_of(crawler: Crawler, window: Window) -> Delta:
    """The delta of the run of ``crawler`` for ``window``, within the budget that the settings give."""
    # What lists portals and their rules, and crawls nothing, does without the download handler.
    from pipelines.run import run_of

    settings = crawler.settings
    return Delta(
        run_of(crawler).ledger,
        window.name,
        settings.getint("ARCHIVE_DAILY_REQUESTS"),
        settings.getfloat("ARCHIVE_DAILY_SHARE"),
        window.refetch,
        settings.getbool("ARCHIVE_RHYTHM") and window == Window(),
    )


class Delta:
    """The part of a portal that is new, changed or due.

    ``window`` names what the run asks for, so that a listing which was read to its end for one window may go on for
    another. ``daily`` bounds the requests of a day, ``share`` the part of them that looks again at articles. With
    ``refetch`` everything is wanted. Without a ledger nothing is known.
    """

    def __init__(
        self,
        ledger: Ledger | None,
        window: str = "",
        daily: int = 0,
        share: float = 0.25,
        refetch: bool = False,
        rhythmic: bool = False,
    ) -> None:
        self._ledger = ledger
        self._window = window
        self._refetch = refetch
        self._rhythmic = rhythmic
        self._marks: dict[str, Checkpoint] = {}
        self._brought: dict[str, bool] = {}
        self._intervals: dict[str, float] = {}
        self._now = time.time()
        spent = ledger.fetched_since(self._now - DAY) if ledger and daily else 0
        seen_again = ledger.visited_again_since(self._now - DAY) if ledger and daily else 0
        self.left: int | None = max(0, daily - spent) if daily else None
        """Requests that the budget of the day still has; ``None`` without a budget."""
        self.visits: int | None = min(self.left or 0, max(0, int(daily * share) - seen_again)) if daily else None

    # Articles

    def wants(self, article: str) -> bool:
        """Whether the article with the key ``article`` has to be fetched."""
        if self._ledger is None or self._refetch:
            return True
        known = [entry for entry in self._ledger.entries_of(article) if self._is_done(entry)]
        if not known:
            return True
        return any(entry.is_gone and self._now - (entry.last_fetched or 0) >= RELISTED for entry in known)

    def _is_done(self, entry: Entry | None, hops: int = 5) -> bool:
        """Whether ``entry`` was fetched, and what it leads to as well if that is one of the portal's articles."""
        if self._ledger is None or entry is None or entry.last_fetched is None:
            return False
        if not entry.leads_to or not hops or self._ledger.article_of(entry.leads_to) is None:
            return True
        return self._is_done(self._ledger.entry(entry.leads_to), hops - 1)

    def found(self, url: str, source: str, published: float | None) -> None:
        """Note that ``source`` lists the article at ``url``."""
        if self._ledger is not None:
            self._ledger.found(url, source, published)

    def brought(self, source: str, url: str, published: float | None) -> None:
        """Note that ``source`` lists the article at ``url``, which is new in this run, unless it is an old one."""
        if self._ledger is not None and (published is None or self._now - published < 30 * DAY):
            self._ledger.brought(source, url)

    def unfetched(self) -> list[Entry]:
        """Articles that earlier runs found and did not come to fetch."""
        return list(self._ledger.unfetched()) if self._ledger is not None else []

    def due(self) -> Iterator[Entry]:
        """Articles to look at again, and failures to try again, as many as the budget allows."""
        if self._ledger is None:
            return
        limit = self.visits if self.visits is not None else 1_000_000
        yield from self._ledger.due(self._now, limit)

    # Listings

    def validators(self, url: str) -> dict[str, str]:
        """Conditional headers (RFC 9110 §13.1) for a listing that was fetched before.

        None once a day: servers may say that nothing changed when something did. None where one has done so.
        """
        entry = self._ledger.entry(url) if self._ledger is not None else None
        if entry is None or self._refetch or entry.validators_lie or self._now - (entry.checked or 0) >= _TRUST:
            return {}
        headers = {"If-None-Match": entry.etag, "If-Modified-Since": entry.last_modified}
        return {name: value for name, value in headers.items() if value}

    def is_due(self, source: str) -> bool:
        """Whether the listing of ``source`` is read in this run; always, unless runs come at short intervals."""
        rhythm = self._ledger.rhythm(source) if self._ledger is not None and self._rhythmic else None
        return rhythm is None or self._now >= rhythm[1]

    def was_read(self, source: str, new: bool) -> None:
        """Note that ``source`` was read: what lists something new is read more often, what does not less."""
        if self._ledger is None or self._brought.get(source):
            return
        self._brought[source] = new
        rhythm = self._ledger.rhythm(source)
        if source not in self._intervals:
            self._intervals[source] = rhythm[0] if rhythm else _FIRST
        interval = self._intervals[source]
        interval = max(SHORTEST, interval / 2) if new else min(LONGEST, interval * 1.5)
        # A tenth less: a run that starts a moment early must not miss its turn.
        self._ledger.set_rhythm(source, interval, self._now + 0.9 * interval)

    def sections(self, root: str) -> list[str]:
        """The paths below ``root`` of the sections that earlier runs read and that were there last time."""
        if self._ledger is None or self._refetch:
            return []
        entries = {path: self._ledger.entry(urljoin(root, path)) for path in self._ledger.sections()}
        return [path for path, entry in entries.items() if entry is None or not entry.is_gone]

    def listed_before(self, source: str) -> int:
        """How many articles ``source`` listed in earlier runs."""
        return self._ledger.listed_by(source) if self._ledger is not None else 0

    def checkpoint(self, source: str) -> Checkpoint:
        """How far the listing of ``source`` was read in earlier runs of this window."""
        if self._ledger is None or self._refetch:
            return Checkpoint(False)
        if source not in self._marks:
            self._marks[source] = self._ledger.checkpoint(source, self._window)
        return self._marks[source]

    def reached(self, source: str, page: int, url: str) -> None:
        """Note that page ``page`` of ``source`` was read and the listing goes on."""
        if self._ledger is not None:
            self._ledger.reached(source, self._window, page, url)

    def left_above(self, source: str, pages: int) -> None:
        """Note that ``pages`` pages from the beginning of ``source`` have to be read again."""
        if self._ledger is not None:
            self._ledger.left_above(source, self._window, pages)

    def ended(self, source: str) -> None:
        """Note that ``source`` was read to its end, or to what earlier runs have read."""
        if self._ledger is not None:
            self._ledger.ended(source, self._window)
