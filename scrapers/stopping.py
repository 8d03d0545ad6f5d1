"""Ending a harvest before its time: at the limit that was set, or when somebody asks; nothing that came is lost."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from archive.errors import UsageError
from pipelines.run import run_so_far

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

TIME_LIMIT: Final = "time_limit"
# Answers under way may take so many seconds; then their connections are cut, and what came of them is kept.
GRACE: Final = 8.0
_TICK: Final = 0.5


class Stopper:
    """Ends the crawls of ``crawlers`` after ``minutes``, if any, and cuts what is under way ``GRACE`` after any stop.

    For use around the reactor's run: it begins with the reactor.
    """

    def __init__(self, crawlers: list[Crawler], minutes: float | None) -> None:
        self._crawlers = crawlers
        self._seconds = minutes * 60 if minutes is not None else None
        self._stopping: set[asyncio.Future[None]] = set()
        self._since: dict[Crawler, float] = {}
        self._call: Any = None

    def __enter__(self) -> Stopper:
        from twisted.internet import reactor

        clock: Any = reactor
        clock.callWhenRunning(self._begin)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._call is not None and self._call.active():
            self._call.cancel()

    def _begin(self) -> None:
        from twisted.internet import reactor

        clock: Any = reactor
        self._deadline = clock.seconds() + self._seconds if self._seconds is not None else None
        self._tick()

    def _tick(self) -> None:
        from twisted.internet import reactor

        clock: Any = reactor
        now = clock.seconds()
        for crawler in self._crawlers:
            run = run_so_far(crawler)
            engine: Any = crawler.engine if run is not None else None
            slot = getattr(engine, "_slot", None)
            if run is None or slot is None:
                continue
            if self._deadline is not None and now >= self._deadline and slot.closing is None:
                self._stopping.add(asyncio.ensure_future(engine.close_spider_async(reason=TIME_LIMIT)))
            elif slot.closing is not None and now - self._since.setdefault(crawler, now) >= GRACE:
                run.cut_downloads()
        self._call = clock.callLater(_TICK, self._tick)


def parse_minutes(text: str | None) -> float | None:
    """The minutes that ``text`` means; raises ``UsageError`` when it is no number above 0."""
    if text is None:
        return None
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes < 1e6:
        raise UsageError(f"--minutes {text}: write a number above 0, as in --minutes 50")
    return minutes
