"""All portals: which class crawls a portal, and how its archived pages are read again."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from datetime import datetime
from functools import cache, lru_cache
from urllib.parse import urlsplit

from archive.errors import UsageError
from archive.model import Extraction, PortalFacts
from pipelines.workers import extract_block
from scrapers import portals
from scrapers.portals.generic import Generic
from scrapers.spider import PortalSpider


@cache
def portal_classes() -> dict[str, type[PortalSpider]]:
    """Every portal class in ``scrapers.portals`` by its name."""
    classes: dict[str, type[PortalSpider]] = {}
    for info in pkgutil.iter_modules(portals.__path__):
        module = importlib.import_module(f"{portals.__name__}.{info.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, PortalSpider) and value.__module__ == module.__name__:
                classes[value.name] = value
    return classes


def spider_for(target: str) -> tuple[type[PortalSpider], dict[str, str]]:
    """The class and arguments for ``target``: a portal's name, a sub-site's (``caobang_gov_baolac``) or an address.

    Raises ``UsageError`` for a name that is none of these.
    """
    if target.startswith(("http://", "https://")):
        return Generic, {"url": target}
    for name, cls in portal_classes().items():
        arguments = cls.arguments_for(target)
        if name == target or arguments:
            return cls, arguments or {}
    known = ", ".join(sorted(name for name in portal_classes() if name != Generic.name))
    raise UsageError(f"{target}: no such portal; there are: {known}; or give an address: https://…")


class ArchivedPages:
    """Reads archived pages again with today's extractor: the ``archive.model.Extractor`` of this project."""

    def __call__(self, portal: str, url: str, response: bytes, fetched: datetime) -> Extraction | None:
        """Extract ``response``, or ``None`` if ``url`` is no article address of ``portal``."""
        rules = self._class(portal).rules
        return extract_block(rules, url, response, fetched) if rules.match(url) else None

    def facts(self, portal: str) -> PortalFacts:
        """The facts of ``portal``."""
        return self._class(portal).facts_of(portal)

    def portal_of(self, url: str) -> str | None:
        """The portal whose host, with or without ``www``, is that of ``url``, or ``None``; sub-sites count."""
        try:
            host = (urlsplit(url).hostname or "").removeprefix("www.")
        except ValueError:
            return None
        return _portal_at(host)

    def host_of(self, portal: str) -> str | None:
        """The host of ``portal`` or of the sub-site that the name means; ``None`` for any other name."""
        try:
            cls, arguments = spider_for(portal)
        except UsageError:
            return None
        return None if cls is Generic else cls(**arguments).domain

    def known_as(self, portal: str, url: str) -> str | None:
        """The key under which the ledger of ``portal`` has the article at ``url``; ``None`` for other addresses."""
        return _spider(portal).known_as(url)

    @staticmethod
    def _class(portal: str) -> type[PortalSpider]:
        try:
            return spider_for(portal)[0]
        except UsageError:
            return Generic


@lru_cache(maxsize=256)
def _spider(portal: str) -> PortalSpider:
    cls, arguments = spider_for(portal)
    return cls(**arguments)


@lru_cache(maxsize=4096)
def _portal_at(host: str) -> str | None:
    for name, cls in portal_classes().items():
        domain = getattr(cls, "domain", "")
        if domain and host == domain.removeprefix("www."):
            return name
    return next((f"{name}_{site}" for name, site in _sub_sites(host)), None)


def _sub_sites(host: str) -> Iterator[tuple[str, str]]:
    """Portals with sub-sites for whose domain ``host`` is one label longer, and that label."""
    site, _, parent = host.partition(".")
    for name, cls in portal_classes().items():
        if parent and getattr(cls, "domain", "") == parent and cls.arguments_for(f"{name}_{site}"):
            yield name, site


EXTRACTOR = ArchivedPages()
