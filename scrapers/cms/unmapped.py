"""Portals whose sections or paging nobody wrote down: both are read off their own pages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from typing import Any, ClassVar
from urllib.parse import SplitResult, urlsplit

from lxml.html import HtmlElement
from scrapy.http import Request, Response

from scrapers.listing import Link, absolute
from scrapers.portal import page_number
from scrapers.sources import Section, Source
from scrapers.spider import Found, PortalSpider

_PAGE_NAMES = ("page", "paged", "trang", "p", "Page")
_PAGE_IN_PATH = re.compile(r"/(?:page|trang)[-/](\d{1,5})/?$", re.I)
# Paths that hold no articles anywhere: accounts, searches, tags, printing, media.
_NO_SECTION = re.compile(
    r"/(?:login|dang-nhap|dang-ky|register|search|tim-kiem|tags?|print|in-bai|lien-he|contact|rss|feeds?|video|"
    r"multimedia|podcast|quang-cao|gioi-thieu|sitemap)(?:[/.?-]|$)|\.(?:xml|rss|jpe?g|png|gif|pdf|css|js|mp[34])$",
    re.I,
)
_MAX_SECTIONS = 60


class Unmapped(PortalSpider):
    """Sections are those in the home page's menus where ``Section("/")`` is a source; pages are numbered links.

    ``other_paths`` are the beginnings of paths that hold tools or media, no articles.
    """

    other_paths: ClassVar[tuple[str, ...]] = ()

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name, **arguments)
        self._guessed: set[str] = set()

    async def start(self) -> AsyncIterator[Request]:
        """Open the sources; the home page too where sections were asked for, since only it knows them."""
        async for request in super().start():
            yield request
        home = Section("/")
        if self.window.sections and home in self.sources and home.label not in self.found_by:
            yield self.first_request(home)

    def read_section(self, response: Response, source: Section, page: int) -> Found:
        """As any section; from the home page first the sections that its menus name."""
        if source.path == "/" and page == 1:
            guesses = list(self.guess(self.tree(response), response.url))
            if self.window.sections and guesses:
                # Then the home page has told all it was asked for.
                self.found_by.pop(source.label, None)
            yield from guesses
        yield from super().read_section(response, source, page)

    def guess(self, tree: HtmlElement, url: str) -> Iterator[Request]:
        """Requests for what menus link to and no fact names; only those that list articles become sources."""
        for section in filter(self._is_asked_for, self.sections_in(tree, url)):
            if section.label not in self.found_by and section.label not in self._guessed and self.is_due(section):
                self._guessed.add(section.label)
                self.count("guessed_sections")
                yield self.listing(section.path, section, self.read_section)

    def links_in(self, tree: HtmlElement, url: str) -> list[Link]:
        """The links of a page; where sections were asked for, none of home page and menus, which show all sections'."""
        if not self.window.sections:
            return super().links_in(tree, url)
        if urlsplit(url).path in ("", "/"):
            return []
        listing = deepcopy(tree)
        for menu in listing.xpath("//nav | //menu | //header | //aside | //footer"):
            menu.drop_tree()
        return super().links_in(listing, url)

    def sections_in(self, tree: HtmlElement, url: str) -> list[Section]:
        """Menu links that are no articles, in the order of the page."""
        menus = tree.xpath("//nav | //menu | //header | //*[contains(@class, 'menu') or contains(@class, 'nav')]")
        base = self.base_of(tree, url)
        paths: dict[str, None] = {}
        for href in (href for menu in menus for href in menu.xpath(".//a/@href")):
            target = absolute(base, href)
            # href="#" leads to the base, and there is nothing.
            if not target or target == base or not self.is_own(target) or self.is_article(target):
                continue
            if self._may_list(urlsplit(target).path):
                paths.setdefault(urlsplit(target).path)
        return [Section(path) for path in list(paths)[:_MAX_SECTIONS]]

    def _may_list(self, path: str) -> bool:
        return path not in ("", "/") and not _NO_SECTION.search(path) and not path.startswith(self.other_paths)

    def next_page(self, tree: HtmlElement, url: str, source: Section, page: int) -> Found:
        """``rel=next``, or a link to the same path with a page number one higher."""
        hrefs, base = tree.xpath("//*[@rel='next']/@href"), self.base_of(tree, url)
        if hrefs:
            yield from self.page_at(hrefs, base, lambda _: True, source, page)
            return

        def is_next(at: SplitResult) -> bool:
            in_path = _PAGE_IN_PATH.search(at.path)
            if in_path:
                return int(in_path.group(1)) == page + 1 and at.path.startswith(source.path.rstrip("/"))
            return at.path.rstrip("/") == source.path.rstrip("/") and page_number(at, _PAGE_NAMES) == page + 1

        yield from self.page_at(tree.xpath("//a/@href"), base, is_next, source, page)

    def is_wanted_link(self, url: str) -> bool:
        """Whether a link leads to an article of this portal, and to none of its tools."""
        return super().is_wanted_link(url) and not urlsplit(url).path.startswith(self.other_paths)

    def _is_asked_for(self, source: Source) -> bool:
        names = {part.lower() for part in re.split(r"[/.]", source.path) if part}
        return not self.window.sections or not names.isdisjoint(self.window.sections)

    def _known_sections(self) -> tuple[str, ...] | None:
        return None if Section("/") in self.sources else super()._known_sections()
