"""A portal as facts: what it is called, where it lists its articles, what its addresses say before they are fetched."""

from __future__ import annotations

import re
from typing import ClassVar, Literal
from urllib.parse import SplitResult, parse_qs, urlsplit

from archive.model import PortalFacts
from pipelines.rules import Rules
from scrapers.sources import Source


class Portal:
    """What a portal's class says; ``scrapers.spider.PortalSpider`` crawls by it."""

    name: str
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

    def section_of(self, url: str) -> str | None:
        """The path of the section that an article's address names, or ``None`` if it names none."""
        match = re.match(self.section_in_path, urlsplit(url).path) if self.section_in_path else None
        return match.group("section") if match else None

    def known_as(self, url: str) -> str | None:
        """The key under which the ledger has the article at ``url``; ``None`` for other addresses."""
        return self.article_key(url) if self.is_wanted_link(url) else None

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


def page_number(address: SplitResult, names: tuple[str, ...]) -> int | None:
    """The number that one of the query parameters ``names`` gives, or ``None``."""
    query = parse_qs(address.query)
    value = next((query[name][0] for name in names if name in query), "")
    return int(value) if value.isdecimal() and len(value) < 7 else None
