"""PortalSpider: from a portal's facts to requests, listings and pages.

To add a portal, write a class with facts only in ``scrapers/portals/`` on top of its CMS family in
``scrapers/cms/``. To add a family:

1. subclass ``PortalSpider`` in ``scrapers/cms/<family>.py`` and set ``rules`` (what the extractor needs);
2. set ``section_in_path`` if an article's address names its section: sections are then learned on the way; where they
   are only known to the home page's menus, subclass ``scrapers.cms.unmapped.Unmapped`` instead;
3. override ``next_page`` if the pages of a section are not linked with ``rel=next``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import scrapy
from lxml.html import HtmlElement
from scrapy.http import Request, Response

from archive.errors import UsageError
from archive.ledger import Entry
from pipelines.decode import decode
from pipelines.html import parse_html
from pipelines.page import FetchedPage
from scrapers.delta import Delta, delta_of
from scrapers.listing import Link, absolute, feed_links, json_links, page_links, sitemap_links
from scrapers.portal import Portal
from scrapers.sources import Api, Rss, Section, Sitemap, Source
from scrapers.walk import Jump, Listed, Walk
from scrapers.window import ARGUMENTS, Window, moment, parse_window

# Articles go before further listings, so that a run cut short has the pages of the listings it read.
_ARTICLE_PRIORITY = 10
# What earlier runs left and what is due again goes before further listings too.
_DUE_PRIORITY = 5
_NOT_MODIFIED = 304
# What an article that was there may answer without anything being wrong with the portal.
_CHANGES = [301, 302, 303, 307, 308, _NOT_MODIFIED, 404, 410]
_MAX_PAGES = 20_000
_XHR = {"X-Requested-With": "XMLHttpRequest", "Accept": "application/json, */*;q=0.1"}

Found = Iterator["Request | FetchedPage"]


class PortalSpider(Portal, scrapy.Spider):
    """Crawls a portal by its facts.

    Arguments (``-a``): ``since``, ``until``, ``sections``, ``max_articles``, ``refetch``; see
    ``scrapers.window``. Raises ``UsageError`` for a bad or unknown argument.
    ``delta`` says what is known already; it knows nothing until the spider starts.
    """

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        window = {name: arguments.pop(name) for name in ARGUMENTS if name in arguments}
        self.take_options(arguments)
        if arguments:
            raise UsageError(f"{self.name}: unknown argument {', '.join(arguments)}; {self.usage()}")
        super().__init__(name)
        self.window: Window = parse_window(**window, known_sections=self._known_sections())
        self.delta = Delta(None)
        self.walk = Walk(self.delta)
        self.requested: set[str] = set()
        self.fresh: set[str] = set()
        self.found_by: dict[str, int] = {}
        self._listed: dict[str, set[str]] = {}
        self._empty: set[str] = set()
        self._unchanged: dict[str, int] = {}
        self._skipped: set[str] = set()
        self.known: set[str] = set()
        self.visited: set[str] = set()

    def take_options(self, arguments: dict[str, Any]) -> None:
        """Pop the arguments that only this portal knows from ``arguments``."""

    @classmethod
    def usage(cls) -> str:
        """The arguments this portal takes, in a line."""
        return f"it takes {', '.join(ARGUMENTS)}"

    @classmethod
    def arguments_for(cls, portal: str) -> dict[str, str] | None:
        """The arguments that make this class crawl ``portal``, if that is one of its sub-sites."""
        return None

    # Sources

    async def start(self) -> AsyncIterator[Request]:
        """Ask for what earlier runs left and what is due again, then open every source that the window asks for."""
        self.delta = delta_of(self.crawler, self.window)
        self.walk = Walk(self.delta)
        engine: Any = self.crawler.engine
        for request in self._left_over():
            # Straight to the scheduler: what is yielded here waits until the downloader has room, in this order.
            engine.crawl(request)
        for source in self.sources:
            named = isinstance(source, Section) and source.path in self.window.sections
            if (named or not self.window.sections or self.section_in_path) and self.is_due(source):
                yield self.first_request(source)
        for request in self._learned_before():
            yield request

    def _learned_before(self) -> Iterator[Request]:
        """Requests for sections that earlier runs learned of: nothing may name them today."""
        for section in map(Section, self.delta.sections(self.root)):
            if section.label not in self.found_by and not self.window.sections and self.is_due(section):
                yield self.first_request(section)

    def _left_over(self) -> Iterator[Request]:
        for entry in self.delta.unfetched():
            link = Link(entry.url, moment(entry.published))
            if self._is_new(link) and not self.is_full:
                yield self._article(entry.url, entry.source or "ledger", _DUE_PRIORITY)
        for entry in self.delta.due():
            key = self.article_key(entry.url)
            if key not in self.requested and self._in_wanted_section(entry.url):
                self.visited.add(key)
                self.requested.add(key)
                yield self._visit(entry)

    def is_due(self, source: Source) -> bool:
        """Whether ``source`` is read in this run; counted if not."""
        due = self.delta.is_due(source.label) or not self.walk.is_read(source)
        if not due:
            self.count("listings_not_due")
        return due

    def first_request(self, source: Source) -> Request:
        """The request that opens ``source``."""
        self.found_by.setdefault(source.label, 0)
        if isinstance(source, Section):
            return self.listing(source.path, source, self.read_section)
        if isinstance(source, Api):
            return self.listing(source.page_path(1, source.last), source, self.read_api, headers=_XHR)
        if isinstance(source, Rss):
            return self.listing(source.path, source, self.read_feed)
        return self.listing(source.path, source, self.read_sitemap)

    def listing(self, path: str, source: Source, callback: Any, page: int = 1, **options: Any) -> Request:
        """A request for page ``page`` of the listing of ``source``; ``path`` is relative to the portal's root."""
        url = urljoin(self.root, path)
        headers = dict(options.pop("headers", {}))
        if (page == 1 or isinstance(source, Sitemap)) and self.walk.is_read(source):
            headers |= self.delta.validators(url)
        return Request(
            url,
            callback,
            errback=self.failed,
            cb_kwargs={"source": source, "page": page},
            meta={"via": source.label, "handle_httpstatus_list": [_NOT_MODIFIED]},
            headers=headers,
            **options,
        )

    # Listings

    def read_section(self, response: Response, source: Section, page: int) -> Found:
        """Article requests of a section page, then the next page while pages still list something new."""
        if self.is_unchanged(response, source):
            return
        tree = self.tree(response)
        links = self.links_in(tree, response.url)
        listed = yield from self.follow(links, source)
        # Scripts may fill a section whose first page lists nothing by itself.
        if page == 1 and not links:
            yield from self.next_page(tree, response.url, source, page)
        else:
            further = self.next_page(tree, response.url, source, page)
            yield from self._onward(response, source, page, listed, further, self.read_section)

    def read_api(self, response: Response, source: Api, page: int) -> Found:
        """Article requests of a JSON listing, then its next page until one is empty."""
        if self.is_unchanged(response, source):
            return
        links = json_links(response.body, response.url)
        listed = yield from self.follow(links, source)
        if page == 1 and not links and not source.last:
            self.lists_nothing(source)
        yield from self._onward(response, source, page, listed, self._next_of(source, links, page), self.read_api)

    def _next_of(self, source: Api, links: list[Link], page: int) -> Found:
        if links:
            path = source.page_path(page + 1, self.article_key(links[-1].url))
            yield self.listing(path, source, self.read_api, page + 1, headers=_XHR)

    def _onward(
        self, response: Response, source: Section | Api, page: int, listed: Listed, further: Found, callback: Any
    ) -> Found:
        """The page to read after ``page``: the one of ``further``, or where an earlier run was interrupted."""
        if self.is_full or page >= _MAX_PAGES:
            self.walk.reached(source, page, response.url)
            return
        step = self.walk.after(source, page, listed)
        if isinstance(step, Jump):
            headers = _XHR if isinstance(source, Api) else {}
            yield self.listing(step.url, source, callback, step.page, headers=headers)
            return
        requests: list[Any] = list(further) if step == "on" else []
        following = requests[0].cb_kwargs["source"] if requests else None
        if following == source:
            self.walk.reached(source, page, response.url)
        else:
            self.walk.ended(source)
        if isinstance(following, Api) and following != source:
            # The section goes on as an API: noted before anything of that is read.
            self.walk.reached(following, 0, response.url)
        yield from requests

    def read_feed(self, response: Response, source: Rss, page: int) -> Found:
        """Article requests of an RSS or Atom feed."""
        if not self.is_unchanged(response, source):
            yield from self.follow(feed_links(response.body, response.url), source)

    def read_sitemap(self, response: Response, source: Sitemap, page: int) -> Found:
        """Article requests of a sitemap and requests for the sitemaps it names."""
        if self.is_unchanged(response, source):
            return
        children, links = sitemap_links(response.body, response.url)
        yield from self.follow(links, source)
        for url in children:
            if self.is_own(url) and page < 4:
                yield self.listing(url, source, self.read_sitemap, page + 1)

    def is_unchanged(self, response: Response, source: Source) -> bool:
        """Count a listing that came; whether the server says that it is as it was (RFC 9110 §15.4.5)."""
        self.count("listings")
        if response.status != _NOT_MODIFIED:
            return False
        self.count("listings_unchanged")
        self.delta.was_read(source.label, new=False)
        # Articles that others list as well count for whoever showed them first.
        self._unchanged[source.label] = max(1, self.delta.listed_before(source.label))
        return True

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

    def follow(self, links: list[Link], source: Source) -> Generator[Request, None, Listed]:
        """Requests for the wanted articles among ``links``; returns what they say of the listing."""
        seen = self._listed.setdefault(source.label, set())
        before, requested = len(seen), len(self.requested)
        for link in filter(lambda link: self.is_wanted_link(link.url), links):
            key = self.article_key(link.url)
            seen.add(key)
            published = link.published.timestamp() if link.published else None
            self.delta.found(link.url, source.label, published)
            yield from self._learn_section(link.url)
            if self._is_new(link) and not self.is_full:
                if not self.delta.wants(key):
                    self.known.add(key)
                    continue
                self.requested.add(key)
                self.fresh.add(key)
                self.found_by[source.label] = self.found_by.get(source.label, 0) + 1
                yield self._article(link.url, source.label)
            if key in self.fresh:
                # Whoever else showed it first in this run: each source is watched for itself.
                self.delta.brought(source.label, link.url, published)
        dated = [link.published for link in links if link.published]
        over = bool(dated) and all(self.window.is_before(moment) for moment in dated)
        fresh = len(self.requested) > requested
        self.delta.was_read(source.label, fresh)
        return Listed(fresh, unseen=len(seen) > before, over=over)

    def lists_nothing(self, source: Source) -> None:
        """Note that the listing of ``source`` is empty, whatever else its page shows."""
        self._empty.add(source.label)

    def listed_by(self, label: str) -> int:
        """How many articles the source ``label`` listed, wanted or not.

        0 if its own listing was empty, whatever its page showed: menus and sidebars list other sections' articles.
        """
        listed = 0 if label in self._empty else len(self._listed.get(label, ()))
        return listed or self._unchanged.get(label, 0)

    @property
    def is_full(self) -> bool:
        """Whether as many articles were asked for as the window and the budget of the day allow."""
        asked = len(self.requested) - len(self.visited)
        bounds = (self.window.max_articles, self.delta.left)
        return any(bound is not None and asked >= bound for bound in bounds)

    def _is_new(self, link: Link) -> bool:
        return (
            self.article_key(link.url) not in self.requested
            and self.window.contains(link.published)
            and self._in_wanted_section(link.url)
        )

    def _article(self, url: str, via: str, priority: int = _ARTICLE_PRIORITY) -> Request:
        return Request(url, self.read_article, errback=self.failed, priority=priority, meta={"via": via})

    def _visit(self, entry: Entry) -> Request:
        """A request for an article that is known, to see whether it is still there and as it was."""
        meta = {"via": entry.source or "ledger", "dont_redirect": True, "handle_httpstatus_list": _CHANGES}
        return Request(entry.url, self.read_article, errback=self.failed, priority=_DUE_PRIORITY, meta=meta)

    def read_article(self, response: Response) -> Found:
        """The page of an article address; what it holds is for the extractor to say."""
        capture = response.meta.get("capture")
        location = (response.headers.get("Location") or b"").decode("latin-1")
        if response.status == 200 and capture is not None:
            yield FetchedPage(response.url, capture)
        elif location and self.is_wanted_link(absolute(response.url, location) or ""):
            yield self._article(urljoin(response.url, location), response.meta["via"])

    # Sections that are learned from the addresses of articles

    def _learn_section(self, url: str) -> Iterator[Request]:
        path = self.section_of(url)
        if path is None or not self._in_wanted_section(url):
            return
        section = Section(path)
        if section.label not in self.found_by and section.label not in self._skipped:
            if self.is_due(section):
                yield self.first_request(section)
            else:
                self._skipped.add(section.label)

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

    # Counting

    def failed(self, failure: Any) -> None:
        """Count what went wrong with a request by its kind."""
        response = getattr(failure.value, "response", None)
        kind = f"status {response.status}" if response is not None else failure.type.__name__
        self.count(f"failed/{kind}")

    def count(self, name: str, by: int = 1) -> None:
        """Add to the run's counter ``portal/<name>``."""
        self.crawler.stats.inc_value(f"portal/{name}", by)
