"""All portals: which class crawls a portal, and how its archived pages are read again."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import datetime
from functools import cache

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

    @staticmethod
    def _class(portal: str) -> type[PortalSpider]:
        try:
            return spider_for(portal)[0]
        except UsageError:
            return Generic


EXTRACTOR = ArchivedPages()
