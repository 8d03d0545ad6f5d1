"""The extension that measures a crawl and leaves its report when the engine has stopped, whatever command began it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.exceptions import NotConfigured

from pipelines.run import is_portal, run_so_far
from scrapers.harvest import report_of
from scrapers.logs import keep_log
from scrapers.meter import Meter

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

# One report after the other: each opens the tables, and at a time limit many portals end at once.
_desk = ThreadPoolExecutor(1, "report")


class RunReports:
    """Measures the answers of a crawl; at its end judges and reports it, in a thread: others may be at work still."""

    def __init__(self, crawler: Crawler) -> None:
        if not is_portal(crawler):
            raise NotConfigured("the spider is no portal's, so nothing is reported")
        self._crawler = crawler
        self._meter = Meter()
        keep_log(crawler.settings)
        crawler.signals.connect(self._meter.take, signal=signals.response_downloaded)
        crawler.signals.connect(self._stopped, signal=signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RunReports:
        """Build the extension for ``crawler``."""
        return cls(crawler)

    async def _stopped(self) -> None:
        if run_so_far(self._crawler) is not None:
            await asyncio.get_running_loop().run_in_executor(_desk, report_of, self._crawler, self._meter)
