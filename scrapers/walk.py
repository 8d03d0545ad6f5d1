"""How far a run reads each listing: on while it brings something, and on from where an earlier run was interrupted."""

from __future__ import annotations

from collections import Counter
from typing import Final, Literal, NamedTuple

from scrapers.delta import Delta
from scrapers.sources import Api, Rss, Section, Sitemap, Source

# A section and the API behind it are two listings under one label.
_BY_API: Final = " by API"


class Listed(NamedTuple):
    """What a page of a listing showed.

    ``fresh``: an article that is fetched because of it; ``unseen``: one that no page of this listing showed in this
    run; ``over``: nothing but articles from before the window.
    """

    fresh: bool
    unseen: bool
    over: bool


class Jump(NamedTuple):
    """The page at which an earlier run was interrupted: its number and address."""

    page: int
    url: str


Step = Literal["end", "on"] | Jump


class Walk:
    """The listings of one run, and what the ledger knows of how far they were read before (``delta``).

    A listing has its newest articles on top. A run that goes on with one reads first what is new there, to where
    earlier runs have been; then it leaps to the page at which the first walk down was interrupted. If it is itself
    interrupted above that, unread pages lie between read ones: the ledger notes down to where (``Checkpoint.above``),
    and every later page with something new may have pushed them down by one.
    """

    def __init__(self, delta: Delta) -> None:
        self._delta = delta
        self._fresh: Counter[str] = Counter()
        self._passed: set[str] = set()

    def is_read(self, source: Source) -> bool:
        """Whether nothing of the listing of ``source`` is left to read but what is new."""
        if isinstance(source, Rss | Sitemap):
            return True
        mark = self._delta.checkpoint(_name(source))
        return mark.complete and not mark.above and not self._api_waits(source)

    def after(self, source: Section | Api, page: int, listed: Listed) -> Step:
        """What comes after page ``page`` that showed ``listed``: the next, none, or where a run was interrupted."""
        name, mark = _name(source), self._delta.checkpoint(_name(source))
        # The first page of an API may repeat what the section page has shown already.
        if listed.over or not (listed.fresh or listed.unseen or (page == 1 and isinstance(source, Api))):
            return "end"
        self._fresh[source.label] += listed.fresh
        if listed.fresh or page <= self._above(source, 0):
            return "on"
        if name not in self._passed:
            self._passed.add(name)
            self._delta.left_above(name, 0)
        if mark.page is not None and mark.url is not None and mark.page > page:
            return Jump(mark.page, mark.url)
        return "end" if mark.complete and not self._api_waits(source) else "on"

    def reached(self, source: Section | Api, page: int, url: str) -> None:
        """Note that page ``page`` of ``source``, at ``url``, was read and the listing goes on; 0 before its first."""
        name, mark = _name(source), self._delta.checkpoint(_name(source))
        if name not in self._passed and (mark.complete or mark.page):
            self._delta.left_above(name, self._above(source, max(page, 1)))
        else:
            self._delta.reached(name, page, url)

    def ended(self, source: Section | Api) -> None:
        """Note that ``source`` was read to its end, or to what earlier runs have read."""
        self._delta.ended(_name(source))

    def _above(self, source: Section | Api, page: int) -> int:
        """Down to which page there may be unread ones above what is read, when ``page`` was read last."""
        above = self._delta.checkpoint(_name(source)).above
        # One more: the page on which a run had no room for what was new did not count as such.
        return max(page, above + self._fresh[source.label] + 1) if above else page

    def _api_waits(self, source: Source) -> bool:
        """Whether ``source`` is a section, and an earlier run was interrupted in the API that goes on with it."""
        if not isinstance(source, Section):
            return False
        mark = self._delta.checkpoint(f"{source.label}{_BY_API}")
        return mark.page is not None or mark.above > 0


def _name(source: Source) -> str:
    """The name under which the ledger has how far the listing of ``source`` was read."""
    return f"{source.label}{_BY_API}" if isinstance(source, Api) else source.label
