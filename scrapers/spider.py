"""PortalSpider: from a portal's facts to requests, listings and pages.

To add a portal, write a class with facts only in ``scrapers/portals/`` on top of its CMS family in
``scrapers/cms/``. To add a family:

1. subclass ``PortalSpider`` in ``scrapers/cms/<family>.py`` and set ``rules`` (what the extractor needs);
2. set ``section_in_path`` if an article's address names its section: sections are then learned on the way;
3. override ``next_page`` if the pages of a section are not linked with ``rel=next``.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any, ClassVar, Literal
from urllib.parse import SplitResult, parse_qs, urljoin, urlsplit

import scrapy
from lxml.html import HtmlElement
from scrapy.http import Request, Response

from archive.errors import UsageError
from archive.model import PortalFacts
from pipelines.decode import decode
from pipelines.html import parse_html
from pipelines.rules import Rules
from pipelines.stages import FetchedPage
from scrapers.listing import Link, absolute, feed_links, json_links, page_links, sitemap_links
from scrapers.sources import Api, Rss, Section, Sitemap, Source
from scrapers.window import Window, parse_window

# Articles go before further listings, so that a run cut short has the pages of the listings it read.
_ARTICLE_PRIORITY = 10
_MAX_PAGES = 20_000
_XHR = {"X-Requested-With": "XMLHttpRequest", "Accept": "application/json, */*;q=0.1"}

Found = Iterator["Request | FetchedPage"]


class PortalSpider(scrapy.Spider):
    """A portal: where it lists its articles and which rules read them.

    Class attributes are the portal's facts. Arguments (``-a``): ``since``, ``until``, ``sections``,
    ``max_articles``; see ``scrapers.window``. Raises ``UsageError`` for a bad or unknown argument.
    """

    domain: str
    desk: ClassVar[str]
    province: ClassVar[str | None] = None
    province_2025: ClassVar[str | None] = None
    kind: ClassVar[Literal["newspaper", "council", "gov", "site"]] = "newspaper"
    scheme: str = "https"
    sources: tuple[Source, ...] = ()
    rules: Rules
    section_in_path: ClassVar[str | None] = None
    ids_are_unique: ClassVar[bool] = True

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        window = {key: arguments.pop(key) for key in ("since", "until", "sections", "max_articles") if key in arguments}
        self.take_options(arguments)
        if arguments:
            raise UsageError(f"{self.name}: unknown argument {', '.join(arguments)}; {self.usage()}")
        super().__init__(name)
        self.window: Window = parse_window(**window, known_sections=self._known_sections())
        self.requested: set[str] = set()
        self.found_by: dict[str, int] = {}
        self._listed: dict[str, set[str]] = {}
        self._empty: set[str] = set()

    def take_options(self, arguments: dict[str, Any]) -> None:
        """Pop the arguments that only this portal knows from ``arguments``."""

    @classmethod
    def usage(cls) -> str:
        """The arguments this portal takes, in a line."""
        return "it takes since, until, sections, max_articles"

    @classmethod
    def arguments_for(cls, portal: str) -> dict[str, str] | None:
        """The arguments that make this class crawl ``portal``, if that is one of its sub-sites."""
        return None

    @classmethod
    def facts_of(cls, portal: str) -> PortalFacts:
        """The facts that rows of ``portal`` carry; ``portal`` is the class's name or one it answers for."""
        return PortalFacts(portal, cls.desk, cls.province, cls.province_2025 or cls.province, cls.kind)

    @property
    def portal(self) -> str:
        """The name that the rows and files of this run carry."""
        return self.name

    def facts(self) -> PortalFacts:
        """The facts of the portal that this run crawls."""
        return self.facts_of(self.portal)

    @property
    def root(self) -> str:
        """The address of the portal's home page."""
        return f"{self.scheme}://{self.domain}/"

    # Sources

    async def start(self) -> AsyncIterator[Request]:
        """Open every source that the window asks for."""
        for source in self.sources:
            named = isinstance(source, Section) and source.path in self.window.sections
            if named or not self.window.sections or self.section_in_path:
                yield self.first_request(source)

    def first_request(self, source: Source) -> Request:
        """The request that opens ``source``."""
        self.found_by.setdefault(source.label, 0)
        if isinstance(source, Section):
            return self.listing(source.path, source, self.read_section)
        if isinstance(source, Api):
            path = source.path.format(page=1, last=source.last)
            return self.listing(path, source, self.read_api, headers=_XHR)
        if isinstance(source, Rss):
            return self.listing(source.path, source, self.read_feed)
        return self.listing(source.path, source, self.read_sitemap)

    def listing(self, path: str, source: Source, callback: Any, page: int = 1, **options: Any) -> Request:
        """A request for page ``page`` of the listing of ``source``; ``path`` is relative to the portal's root."""
        return Request(
            urljoin(self.root, path),
            callback,
            errback=self.failed,
            cb_kwargs={"source": source, "page": page},
            meta={"via": source.label},
            **options,
        )

    # Listings

    def read_section(self, response: Response, source: Section, page: int) -> Found:
        """Article requests of a section page, then the next page while pages still list something new."""
        self.count("listings")
        tree = self.tree(response)
        links = self.links_in(tree, response.url)
        goes_on = yield from self.follow(links, source)
        # Scripts may fill a section whose first page lists nothing by itself.
        if (goes_on or (page == 1 and not links)) and page < _MAX_PAGES:
            yield from self.next_page(tree, response.url, source, page)

    def read_api(self, response: Response, source: Api, page: int) -> Found:
        """Article requests of a JSON listing, then its next page until one is empty."""
        self.count("listings")
        links = json_links(response.body, response.url)
        goes_on = yield from self.follow(links, source)
        if page == 1 and not links and not source.last:
            self.lists_nothing(source)
        # The first page may repeat what the section page has shown already.
        if links and (goes_on or page == 1) and page < _MAX_PAGES:
            path = source.path.format(page=page + 1, last=self.article_key(links[-1].url))
            yield self.listing(path, source, self.read_api, page + 1, headers=_XHR)

    def read_feed(self, response: Response, source: Rss, page: int) -> Found:
        """Article requests of an RSS or Atom feed."""
        self.count("listings")
        yield from self.follow(feed_links(response.body, response.url), source)

    def read_sitemap(self, response: Response, source: Sitemap, page: int) -> Found:
        """Article requests of a sitemap and requests for the sitemaps it names."""
        self.count("listings")
        children, links = sitemap_links(response.body, response.url)
        yield from self.follow(links, source)
        for url in children:
            if self.is_own(url) and page < 4:
                yield self.listing(url, source, self.read_sitemap, page + 1)

    def next_page(self, tree: HtmlElement, url: str, source: Section, page: int) -> Found:
        """The request for the page after ``page``; the base follows ``rel=next``."""
        yield from self.page_at(tree.xpath("//*[@rel='next']/@href"), url, lambda _: True, source, page)

    def page_at(
        self, hrefs: list[str], url: str, is_next: Callable[[SplitResult], bool], source: Section, page: int
    ) -> Found:
        """The request for the first of ``hrefs`` that ``is_next`` takes for the page after ``page``."""
        for href in hrefs:
            target = absolute(url, href)
            if target and self.is_own(target) and is_next(urlsplit(target)):
                yield self.listing(target, source, self.read_section, page + 1)
                return

    def links_in(self, tree: HtmlElement, url: str) -> list[Link]:
        """The article links of a section page, with the time its cards print."""
        return page_links(tree, self.base_of(tree, url), self.is_wanted_link)

    def base_of(self, tree: HtmlElement, url: str) -> str:
        """What relative links of the page at ``url`` start from: its ``<base href>``, or ``url``."""
        return absolute(url, tree.xpath("string(//base/@href)")) or url

    def tree(self, response: Response) -> HtmlElement:
        """The page as a tree, decoded and repaired the way the extractor does it."""
        content_type = response.headers.get("Content-Type") or b""
        return parse_html(decode(response.body, content_type.decode("latin-1")).text)

    # Articles

    def follow(self, links: list[Link], source: Source) -> Generator[Request, None, bool]:
        """Requests for the wanted articles among ``links``; returns whether the listing is worth reading on."""
        listed = self._listed.setdefault(source.label, set())
        before = len(listed)
        for link in links:
            if not self.is_wanted_link(link.url):
                continue
            listed.add(self.article_key(link.url))
            yield from self._learn_section(link.url)
            if self._is_new(link) and not self.is_full:
                self.requested.add(self.article_key(link.url))
                self.found_by[source.label] = self.found_by.get(source.label, 0) + 1
                yield self._article(link.url, source)
        dated = [link.published for link in links if link.published]
        over = bool(dated) and all(self.window.is_before(moment) for moment in dated)
        return len(listed) > before and not over and not self.is_full

    def lists_nothing(self, source: Source) -> None:
        """Note that the listing of ``source`` is empty, whatever else its page shows."""
        self._empty.add(source.label)

    def listed_by(self, label: str) -> int:
        """How many articles the source ``label`` listed, wanted or not.

        0 if its own listing was empty, whatever its page showed: menus and sidebars list other sections' articles.
        """
        return 0 if label in self._empty else len(self._listed.get(label, ()))

    @property
    def is_full(self) -> bool:
        """Whether as many articles were asked for as the window allows."""
        return self.window.max_articles is not None and len(self.requested) >= self.window.max_articles

    def _is_new(self, link: Link) -> bool:
        return (
            self.article_key(link.url) not in self.requested
            and self.window.contains(link.published)
            and self._in_wanted_section(link.url)
        )

    def _article(self, url: str, source: Source) -> Request:
        return Request(
            url, self.read_article, errback=self.failed, priority=_ARTICLE_PRIORITY, meta={"via": source.label}
        )

    def read_article(self, response: Response) -> Found:
        """The page of an article address; what it holds is for the extractor to say."""
        capture = response.meta.get("capture")
        if capture is not None:
            yield FetchedPage(response.url, capture)

    # Sections that are learned from the addresses of articles

    def _learn_section(self, url: str) -> Iterator[Request]:
        path = self.section_of(url)
        if path is None or not self._in_wanted_section(url):
            return
        section = Section(path)
        if section.label not in self.found_by:
            yield self.first_request(section)

    def section_of(self, url: str) -> str | None:
        """The path of the section that an article's address names, or ``None`` if it names none."""
        match = re.match(self.section_in_path, urlsplit(url).path) if self.section_in_path else None
        return match.group("section") if match else None

    def _in_wanted_section(self, url: str) -> bool:
        if not self.window.sections or not self.section_in_path:
            return True
        section = self.section_of(url)
        return section is not None and section.rstrip("/").rpartition("/")[2].lower() in self.window.sections

    def _known_sections(self) -> tuple[str, ...] | None:
        """Sections that may be asked for; ``None`` where only the portal itself knows them."""
        if self.section_in_path:
            return None
        return tuple(source.path for source in self.sources if isinstance(source, Section))

    # Addresses

    def is_wanted_link(self, url: str) -> bool:
        """Whether a link leads to an article of this portal."""
        return self.is_own(url) and self.is_article(url)

    def is_own(self, url: str) -> bool:
        """Whether ``url`` is on this portal's host (with or without ``www``)."""
        return (urlsplit(url).hostname or "").removeprefix("www.") == self.domain.removeprefix("www.")

    def is_article(self, url: str) -> bool:
        """Whether ``url`` has the form of an article address."""
        return self.rules.match(url) is not None

    def article_key(self, url: str) -> str:
        """What tells before fetching that two addresses are one article: the CMS's id, or path and query."""
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        match = self.rules.match(url) if self.ids_are_unique else None
        return (match.groupdict().get("id") if match else None) or target.rstrip("/")

    # Counting

    def failed(self, failure: Any) -> None:
        """Count what went wrong with a request by its kind."""
        response = getattr(failure.value, "response", None)
        kind = f"status {response.status}" if response is not None else failure.type.__name__
        self.count(f"failed/{kind}")

    def count(self, name: str, by: int = 1) -> None:
        """Add to the run's counter ``portal/<name>``."""
        self.crawler.stats.inc_value(f"portal/{name}", by)


def page_number(address: SplitResult, names: tuple[str, ...]) -> int | None:
    """The number that one of the query parameters ``names`` gives, or ``None``."""
    query = parse_qs(address.query)
    value = next((query[name][0] for name in names if name in query), "")
    return int(value) if value.isdecimal() and len(value) < 7 else None
