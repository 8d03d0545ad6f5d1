"""A portal of unknown make: no layout, only the address of an article and what every page shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, ClassVar
from urllib.parse import urlsplit

from lxml.html import HtmlElement
from scrapy.http import Request, Response

from archive.errors import UsageError
from archive.model import PortalFacts
from pipelines.rules import Rules
from scrapers.cms.unmapped import Unmapped
from scrapers.listing import absolute, clean_url
from scrapers.sources import NewsSitemap, Rss, Section, Sitemap, Source

RULES = Rules(
    rule_id="generic/1",
    article_path=r"-(?:[a-z]{0,8})(?P<id>\d{3,})(?:\.[a-z]{3,5})?/?(?:\?|$)",
    lead_in_body=True,
)


_FEED_TYPES = ("application/rss+xml", "application/atom+xml")


class GenericSite(Unmapped):
    """Any site from its address: feeds, sitemaps and sections are found on the way.

    Argument ``url`` (required): the home page. The rows carry the host as portal and desk.
    """

    rules = RULES
    kind: ClassVar[Any] = "site"
    ids_are_unique = False
    desk = ""

    def take_options(self, arguments: dict[str, Any]) -> None:
        """Take ``url``; raises ``UsageError`` if it is missing or no web address."""
        url = str(arguments.pop("url", "")).strip()
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"{self.name}: url={url or '…'} is no web address; write -a url=https://example.vn/")
        self.home = clean_url(url)
        self.scheme = parts.scheme
        self.domain = parts.netloc.lower()
        self.sources = (Section(parts.path or "/"),)

    @classmethod
    def usage(cls) -> str:
        """The arguments this portal takes, in a line."""
        return "it takes url, since, until, max_articles"

    @classmethod
    def facts_of(cls, portal: str) -> PortalFacts:
        """Facts made from the host alone: nobody knows yet who publishes there."""
        return PortalFacts(portal, portal, kind="site")

    @property
    def portal(self) -> str:
        """The host, without ``www``."""
        return (urlsplit(self.home).hostname or "").removeprefix("www.")

    async def start(self) -> AsyncIterator[Request]:
        """Open the home page; what it and robots.txt name comes after."""
        yield Request(self.home, self.read_home, errback=self.failed, meta={"via": f"section:{self.sources[0].path}"})

    async def read_home(self, response: Response) -> AsyncIterator[Any]:
        """The sources that the home page and robots.txt name, then the home page as a listing."""
        # What only reads archives loads this module too, and has no use for the download handler.
        from scrapers.middlewares.robots import RobotsMiddleware

        # Whatever the home page was redirected to is where the site lives.
        self.scheme = urlsplit(response.url).scheme
        tree = self.tree(response)
        robots = self.crawler.get_downloader_middleware(RobotsMiddleware)
        sitemaps = (await robots.policy(response.url)).sitemaps if robots else []
        for source in self._sources(tree, response.url, sitemaps):
            if source.label not in self.found_by:
                yield self.first_request(source)
        for guess in self.guess(tree, response.url):
            yield guess
        for request in self.read_section(response, Section(self.sources[0].path), 1):
            yield request

    def _sources(self, tree: HtmlElement, url: str, sitemaps: list[str]) -> list[Source]:
        found: list[Source] = [
            NewsSitemap(link) if "news" in urlsplit(link).path else Sitemap(link)
            for link in sitemaps
            if self.is_own(link)
        ]
        for link in tree.xpath("//link[@rel='alternate'][@type and @href]"):
            target = absolute(url, link.get("href"))
            if target and link.get("type") in _FEED_TYPES and self.is_own(target):
                found.append(Rss(target))
        return found

    def _known_sections(self) -> tuple[str, ...] | None:
        # Feeds and sitemaps list all sections together.
        return ()
