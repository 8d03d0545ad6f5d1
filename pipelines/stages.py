"""Item pipelines: thin adaptors between Scrapy and the pure functions."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import DropItem

from archive.errors import StorageError
from pipelines.page import FetchedPage
from pipelines.run import run_of
from pipelines.workers import hire, release

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from archive.model import Extraction

logger = logging.getLogger(__name__)


class ExtractPages:
    """Turns a fetched page into a row of the articles table, in a worker process.

    The item becomes the row (a dictionary with the columns of ``archive.schema.ARTICLES``); a page that is no
    article, or whose text is the one already known, is dropped with its reason, which is counted.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._workers = hire(
            crawler.settings.getint("ARCHIVE_WORKERS"), crawler.settings.getfloat("ARCHIVE_PAGE_SECONDS")
        )

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ExtractPages:
        """Build the stage for ``crawler``."""
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """Extract and settle a ``FetchedPage``; any other item passes through."""
        if not isinstance(item, FetchedPage):
            return item
        run = run_of(self._crawler)
        row = item.capture.row
        extraction = await self._workers.extract(run.rules, row["url"], item.capture.response, row["fetch_time"])
        self._count(item.url, extraction)
        run.profile.add(row["url"], extraction)
        try:
            article = run.archive.settle(item.capture, extraction)
        except StorageError as error:
            # Said once for the run; the next start takes the page over.
            run.fail(error)
            raise DropItem(f"not settled: {item.url}", log_level="DEBUG") from error
        if article is None:
            raise DropItem(f"{row['outcome_reason'] or 'already settled'}: {item.url}", log_level="DEBUG")
        return article

    def _count(self, url: str, extraction: Extraction) -> None:
        stats = self._crawler.stats
        assert stats is not None
        if extraction.article is None:
            stats.inc_value(f"extraction/not_article/{extraction.reason}")
            logger.info("no article (%s): %s", extraction.reason, url)
            return
        stats.inc_value("extraction/article")
        for name, rung in extraction.article.rungs.items():
            stats.inc_value(f"extraction/rung/{name}/{rung}")

    def close_spider(self) -> None:
        """Give the workers back; the last one to do so stops them."""
        release(self._workers)
