"""The ways to crawl the replica that ``benchmarks.crawl`` compares; run as ``python -m benchmarks.contenders NAME``.

``bare``     Scrapy alone: follow links, keep nothing.
``capture``  the same spider with our download handler: every exchange in a WARC, nothing extracted.
``inline``   the same spider as people write it: trafilatura in the callback, warcio's writer in a pipeline.
``ours``     the portal's own spider with everything: capture, extraction in workers, both tables.
"""

from __future__ import annotations

import io
import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import scrapy
import trafilatura
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import CrawlerProcess
from scrapy.http import Request, Response
from scrapy.settings import Settings
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

# Loaded here for all, so that it counts as everybody's start and not as somebody's first page.
from archive.model import PortalFacts
from pipelines.capture.pool import CapturingPool
from pipelines.capture.route import parse_connect_to
from pipelines.capture.tap import Taps
from pipelines.rules import Rules
from scrapers import settings as ours_settings
from scrapers.portals.hdnd_caobang import HdndCaoBang

START = "https://hdnd.caobang.gov.vn/"
_LISTING = re.compile(r"/index\.php/[a-z0-9-]+/(?:page-\d+/)?$")
_ARTICLE = re.compile(r"/index\.php/[a-z0-9-]+/[^/]+-\d+\.html$")


class RoutedHandler(HTTP11DownloadHandler):
    """Scrapy's own handler, led to the replica; it keeps nothing."""

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        from twisted.internet import reactor

        routes = parse_connect_to(crawler.settings["ARCHIVE_CONNECT_TO"])
        factory = self._pool._factory
        self._pool = CapturingPool(reactor, Taps(), routes, self._contextFactory, self._pool.maxPersistentPerHost)
        self._pool._factory = factory


class Plain(scrapy.Spider):
    """A spider as anyone writes it: follow listings and articles by their addresses."""

    name = "plain"
    home = START
    # No address is an article's: nothing is extracted, and nothing is left to be settled at the end.
    rules = Rules("none", "(?!)")

    def facts(self) -> PortalFacts:
        """The facts that our archive asks a spider for."""
        return PortalFacts("plain", "plain")

    def known_as(self, url: str) -> str | None:
        """What our archive's ledger knows an article by."""
        return url if _ARTICLE.search(url) else None

    async def start(self) -> Any:
        yield Request(self.home, self.parse)

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Request]:
        for href in response.css("a::attr(href)").getall():
            url = response.urljoin(href).partition("#")[0]
            if _ARTICLE.search(url):
                yield Request(url, self.parse_article, priority=10)
            elif _LISTING.search(url):
                yield Request(url, self.parse)

    def parse_article(self, response: Response) -> Any:
        self.crawler.stats.inc_value("bench/articles")


class Inline(Plain):
    """The same with trafilatura in the callback."""

    name = "inline"

    def parse_article(self, response: Response) -> Any:
        super().parse_article(response)
        text = trafilatura.extract(response.text, url=response.url, output_format="json", with_metadata=True)
        yield {"url": response.url, "article": text, "response": response}


class InlineStore:
    """An item pipeline that writes WARC records with warcio and articles as JSON lines."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._warc = (folder / "inline.warc.gz").open("wb")
        self._writer = WARCWriter(self._warc, gzip=True)
        self._articles = (folder / "articles.jsonl").open("w")

    @classmethod
    def from_crawler(cls, crawler: Any) -> InlineStore:
        return cls(Path(crawler.settings["ARCHIVE_DIR"]))

    def process_item(self, item: Any) -> Any:
        response = item.pop("response")
        headers = [(name.decode(), value.decode()) for name, values in response.headers.items() for value in values]
        head = StatusAndHeaders(f"{response.status} OK", headers, protocol="HTTP/1.1")
        record = self._writer.create_warc_record(
            response.url, "response", payload=io.BytesIO(response.body), http_headers=head
        )
        self._writer.write_record(record)
        self._articles.write(json.dumps(item, ensure_ascii=False) + "\n")
        return item

    def close_spider(self) -> None:
        self._warc.close()
        self._articles.close()


def settings_for(name: str, data: str, connect_to: str) -> Settings:
    """The settings of a contender: the project's, without delays, and what makes it differ."""
    settings = Settings()
    settings.setmodule(ours_settings, "project")
    handler = "pipelines.capture.handler.CapturingDownloadHandler"
    plain = name in ("bare", "inline")
    if plain:
        handler = "benchmarks.contenders.RoutedHandler"
    settings.setdict(
        {
            "ARCHIVE_DIR": data,
            "ARCHIVE_CONNECT_TO": connect_to,
            "DOWNLOAD_HANDLERS": {"http": handler, "https": handler},
            "DOWNLOAD_DELAY": 0,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
            "LOG_LEVEL": "ERROR",
            "STATS_DUMP": False,
        },
        "cmdline",
    )
    if name != "ours":
        store = {"benchmarks.contenders.InlineStore": 1} if name == "inline" else {}
        settings.set("ITEM_PIPELINES", store, "cmdline")
    if name != "ours":
        # Scrapy as it comes: its own robots.txt, none of our guards, a hundred tasks a response.
        own: dict[str, Any] = {"EXTENSIONS": {}, "DOWNLOADER_MIDDLEWARES": {}, "ROBOTSTXT_OBEY": True}
        own["CONCURRENT_ITEMS"] = 100
        settings.setdict(own, "cmdline")
    if name == "capture":
        settings.set("EXTENSIONS", {"pipelines.run.RunExtension": 0}, "cmdline")
    return settings


def main(name: str, data: str, connect_to: str) -> None:
    """Crawl as the contender ``name`` and print how many articles were fetched."""
    process = CrawlerProcess(settings_for(name, data, connect_to))
    spider: type[scrapy.Spider] = {"inline": Inline, "ours": HdndCaoBang}.get(name, Plain)
    crawler = process.create_crawler(spider)
    process.crawl(crawler)
    startup = time.process_time()
    process.start()
    assert crawler.stats is not None
    stats = crawler.stats.get_stats()
    articles = stats.get("bench/articles", 0) or stats.get("extraction/article", 0)
    pages = stats.get("response_received_count", 0)
    print(json.dumps({"articles": articles, "pages": pages, "startup": startup}))


if __name__ == "__main__":
    main(*sys.argv[1:4])
