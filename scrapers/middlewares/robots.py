"""robots.txt as RFC 9309 has it, one decision for all requests that wait for it.

Scrapy's own middleware judges by the body whatever the status, and from 2.14 on lets every waiter but the
first two pass while the file is in flight.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from protego import Protego
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request
from scrapy.http.request import NO_CALLBACK

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)

AGENT = "baotinh"
# RFC 9309 §2.5: a crawler reads at least 500 KiB.
_LIMIT = 500 * 1024


class RobotsPolicy:
    """What a host allows: the rules of its robots.txt, or all, or nothing (RFC 9309 §2.3.1)."""

    def __init__(self, rules: Protego | None, allow: bool, why: str) -> None:
        self._rules = rules
        self._allow = allow
        self.why = why

    @classmethod
    def from_response(cls, status: int, body: bytes) -> RobotsPolicy:
        """2xx: the rules in ``body``; 4xx but 429: everything is allowed; anything else: nothing is."""
        if 200 <= status < 300:
            text = body[:_LIMIT].decode("utf-8-sig", "replace")
            return cls(Protego.parse(text), True, "robots.txt")
        if 400 <= status < 500 and status != 429:
            return cls(None, True, f"robots.txt answered {status}")
        return cls(None, False, f"robots.txt answered {status}")

    def allows(self, url: str) -> bool:
        """Whether our agent may fetch ``url``."""
        return bool(self._rules.can_fetch(url, AGENT)) if self._rules is not None else self._allow

    @property
    def sitemaps(self) -> list[str]:
        """The sitemaps that the file names."""
        return list(self._rules.sitemaps) if self._rules is not None else []


class RobotsMiddleware:
    """Holds every request until its host's robots.txt has been read, and drops those it forbids."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._policies: dict[str, asyncio.Task[RobotsPolicy]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """Build the middleware for ``crawler``."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Pass ``request`` on, or say so in its ``meta["refused"]`` and raise ``IgnoreRequest`` with the reason."""
        if request.meta.get("robots"):
            return
        policy = await self.policy(request.url)
        if not policy.allows(request.url):
            self._count("forbidden")
            request.meta["refused"] = "robots.txt"
            raise IgnoreRequest(f"not allowed ({policy.why}): {request.url}")

    async def policy(self, url: str) -> RobotsPolicy:
        """The policy of the origin of ``url``; all who ask at once wait for the same answer."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._policies:
            self._policies[origin] = asyncio.ensure_future(self._fetch(f"{origin}/robots.txt"))
        return await self._policies[origin]

    async def _fetch(self, url: str) -> RobotsPolicy:
        request = Request(url, callback=NO_CALLBACK, priority=1000, meta={"robots": True, "via": "robots"})
        engine = cast("Any", self._crawler.engine)
        try:
            response: Response = await engine.download_async(request)
        except Exception as error:  # noqa: BLE001 - whatever kept robots.txt from us means: unreachable
            self._count("unreachable")
            why = str(error) or type(error).__name__
            logger.warning("%s is unreachable (%s): nothing is fetched from this host", url, why)
            return RobotsPolicy(None, False, "robots.txt is unreachable")
        self._count(f"status/{response.status}")
        return RobotsPolicy.from_response(response.status, response.body)

    def _count(self, name: str) -> None:
        assert self._crawler.stats is not None
        self._crawler.stats.inc_value(f"robots/{name}")
