"""Addresses that were taken down are not requested again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.exceptions import IgnoreRequest

from archive.access import PurgeList, log_stamp
from archive.layout import DataFolder

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Request


class PurgedMiddleware:
    """Drops requests for addresses under a purge of any level, redirects to them included, and counts them.

    The list is read again when it changes, so that a purge works on crawls that are under way.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._folder = DataFolder(Path(crawler.settings["ARCHIVE_DIR"]))
        self._stamp: tuple[int, int] | None = None
        self._purged = PurgeList([])

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PurgedMiddleware:
        """Build the middleware for ``crawler``."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Pass ``request`` on, or say so in its ``meta["refused"]`` and raise ``IgnoreRequest``."""
        stamp = log_stamp(self._folder)
        if stamp != self._stamp:
            self._stamp, self._purged = stamp, PurgeList.load(self._folder)
        if self._purged.covers(request.url):
            assert self._crawler.stats is not None
            self._crawler.stats.inc_value("purged/not_requested")
            request.meta["refused"] = "taken down"
            # The address stays out of the log: it may have to be forgotten.
            raise IgnoreRequest("an address that was taken down is not requested")
