"""robots.txt as RFC 9309 has it, one decision for all requests that wait for it.

Scrapy's own middleware judges by the body whatever the status, and from 2.14 on lets every waiter but the
first two pass while the file is in flight.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import urlsplit

from protego import Protego
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request
from scrapy.http.request import NO_CALLBACK

from archive.errors import StorageError
from archive.layout import DataFolder
from pipelines.capture.gate import Gate
from pipelines.capture.guard import Refused
from pipelines.run import is_portal, run_of
from scrapers.middlewares.robots_copy import Copy, keep_copy, read_copy

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Headers, Response

logger = logging.getLogger(__name__)

AGENT = "baotinh"
# RFC 9309 §2.5: a crawler reads at least 500 KiB.
_LIMIT = 500 * 1024
# RFC 9309 §2.4: a copy should not be used for longer.
_FRESH = timedelta(hours=24)
# How long a host is left alone that could not be asked, in a run that lasts that long.
_RETRY = timedelta(hours=1)
_RESERVATIONS = ("tdm-reservation", "tdm-policy", "content-usage", "content-signal")
_LINE = re.compile(r"^[ \t]*(content-usage|content-signal)[ \t]*:[ \t]*(.*?)[ \t]*$", re.I | re.M)

Decision = Literal["rules", "allow-all", "disallow-all"]


@dataclass(frozen=True)
class RobotsPolicy:
    """What a host allows: the rules of its robots.txt, or all, or nothing (RFC 9309 §2.3.1), and why.

    ``said`` is what the file and its headers say about the use of the texts, name and value in order; ``until`` when
    the file is to be asked for again; ``copied`` when the copy was fetched that this rests on, ``None`` without one.
    """

    decision: Decision
    why: str
    text: str = ""
    said: tuple[tuple[str, str], ...] = ()
    copied: datetime | None = None
    until: datetime = field(default_factory=lambda: datetime.now(UTC) + _FRESH)

    @classmethod
    def from_response(cls, status: int, body: bytes, headers: Iterable[tuple[str, str]] = ()) -> RobotsPolicy:
        """2xx: the rules in ``body``; 4xx but 429: everything is allowed; anything else: nothing is."""
        said = tuple((name, value) for name, value in headers if name.lower() in _RESERVATIONS)
        if 200 <= status < 300:
            text = _text(body)
            if text.lstrip().startswith("<"):
                return cls("allow-all", "robots.txt is a web page without rules", said=said)
            lines = tuple((name.lower(), value) for name, value in _LINE.findall(text))
            return cls("rules", "robots.txt", text, said + lines)
        if 400 <= status < 500 and status != 429:
            return cls("allow-all", f"robots.txt answered {status}", said=said)
        return cls("disallow-all", f"robots.txt answered {status}", said=said, until=datetime.now(UTC) + _RETRY)

    @classmethod
    def from_copy(cls, copy: Copy, why: str) -> RobotsPolicy:
        """The policy of the ``copy`` that is honoured because ``why``, until it is a day old."""
        kept = cls.from_response(copy.status, copy.body, copy.headers)
        until = min(datetime.now(UTC) + _RETRY, copy.fetched + _FRESH)
        said = f"{why}; the copy of {copy.fetched:%Y-%m-%d %H:%M:%S} UTC is honoured"
        return cls(kept.decision, said, kept.text, kept.said, copy.fetched, until)

    @cached_property
    def _rules(self) -> Protego:
        return Protego.parse(self.text)

    def allows(self, url: str) -> bool:
        """Whether our agent may fetch ``url``."""
        return bool(self._rules.can_fetch(url, AGENT)) if self.decision == "rules" else self.decision == "allow-all"

    @property
    def sitemaps(self) -> list[str]:
        """The sitemaps that the file names."""
        return list(self._rules.sitemaps)

    @property
    def span(self) -> float:
        """Seconds that the file wants between two requests, by ``Crawl-delay`` or ``Request-rate``; 0 for nothing."""
        rate = self._rules.request_rate(AGENT)
        return max(self._rules.crawl_delay(AGENT) or 0.0, rate.seconds / rate.requests if rate else 0.0)

    def fields(self, origin: str, kept: float) -> list[tuple[str, str]]:
        """The fields of the metadata record beside the exchange; ``kept`` is the span that is kept, in seconds."""
        return [
            ("robots-origin", origin),
            ("robots-agent", AGENT),
            ("robots-decision", "cached" if self.copied else self.decision),
            ("robots-reason", self.why),
            *([("robots-cached-decision", self.decision)] if self.copied else []),
            ("robots-delay-asked", f"{self.span:g}"),
            ("robots-delay-kept", f"{kept:g}"),
            ("robots-sitemaps", str(len(self.sitemaps))),
            *self.said,
        ]


def _text(body: bytes) -> str:
    """The text of the file without its mark; a line that the limit cuts through is left out."""
    if len(body) > _LIMIT:
        body = body[: max(body.rfind(b"\n", 0, _LIMIT), body.rfind(b"\r", 0, _LIMIT)) + 1]
    return re.sub(r"\r\n?", "\n", body.decode("utf-8-sig", "replace"))


class RobotsMiddleware:
    """Holds every request until its host's robots.txt has been read, and drops those it forbids.

    The file is asked for once in a run, and again after a day. Where it cannot be read, the copy of an earlier run is
    honoured for the rest of its day. Each decision is written beside the exchange that led to it.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._folder = DataFolder(Path(crawler.settings["ARCHIVE_DIR"]))
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
        """The policy of the origin of ``url``; all who ask at once wait for the same answer.

        Raises ``Refused`` where robots.txt may not be asked for itself.
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        task = self._policies.get(origin)
        if task is None or _is_over(task):
            task = self._policies[origin] = asyncio.ensure_future(self._decide(origin))
        return await asyncio.shield(task)

    async def _decide(self, origin: str) -> RobotsPolicy:
        url = f"{origin}/robots.txt"
        request = Request(url, callback=NO_CALLBACK, priority=1000, meta={"robots": True, "via": "robots"})
        engine = cast("Any", self._crawler.engine)
        capture = None
        try:
            response: Response = await engine.download_async(request)
        except Refused:
            raise
        except Exception as error:  # noqa: BLE001 - whatever kept robots.txt from us means: unreachable
            self._count("unreachable")
            policy = self._unreachable(origin, str(error) or type(error).__name__)
            capture = request.meta.get("capture")
        else:
            self._count(f"status/{response.status}")
            # Redirects lead elsewhere, but the rules are those of the origin that was asked (RFC 9309 §2.3.1.2).
            policy = self._answered(origin, response)
            capture = response.meta.get("capture")
        kept = Gate.of(self._crawler).require(url, policy.span)
        for name, _ in policy.said:
            self._crawler.stats.inc_value(f"tdm/robots/{name.lower()}")
        if capture is not None:
            run_of(self._crawler).note(url, capture, policy.fields(origin, kept))
        return policy

    def _answered(self, origin: str, response: Response) -> RobotsPolicy:
        headers = list(_fields(response.headers))
        policy = RobotsPolicy.from_response(response.status, response.body, headers)
        if policy.decision == "disallow-all":
            return self._copied(origin, policy.why) or policy
        if is_portal(self._crawler):
            run = run_of(self._crawler)
            try:
                # A copy must not outlive the exchange that it is a copy of.
                run.archive.commit()
                copy = Copy(datetime.now(UTC), response.status, response.body[: _LIMIT + 1], headers)
                keep_copy(self._folder, origin, copy)
            except StorageError as error:
                run.fail(error)
        return policy

    def _unreachable(self, origin: str, why: str) -> RobotsPolicy:
        copied = self._copied(origin, f"robots.txt is unreachable ({why})")
        if copied is not None:
            return copied
        logger.warning("%s/robots.txt is unreachable (%s): nothing is fetched from this host", origin, why)
        return RobotsPolicy("disallow-all", "robots.txt is unreachable", until=datetime.now(UTC) + _RETRY)

    def _copied(self, origin: str, why: str) -> RobotsPolicy | None:
        copy = read_copy(self._folder, origin)
        if copy is None or not timedelta() <= datetime.now(UTC) - copy.fetched < _FRESH:
            return None
        self._count("cached")
        return RobotsPolicy.from_copy(copy, why)

    def _count(self, name: str) -> None:
        assert self._crawler.stats is not None
        self._crawler.stats.inc_value(f"robots/{name}")


def _is_over(task: asyncio.Task[RobotsPolicy]) -> bool:
    """Whether the file is to be asked for again: its day is over, or it could not be asked for."""
    if not task.done():
        return False
    return task.cancelled() or task.exception() is not None or task.result().until <= datetime.now(UTC)


def _fields(headers: Headers) -> Iterable[tuple[str, str]]:
    """What the headers of an answer say about the use of the texts."""
    for name in _RESERVATIONS:
        for value in headers.getlist(name):
            yield name, value.decode("latin-1").strip()
