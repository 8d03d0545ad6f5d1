"""What is never sent, and what is sent later: refusals are counted, busy servers are asked again in their time."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest

from archive.httpmessage import MAX_CONTENT
from pipelines.capture.gate import BUSY, Gate
from pipelines.capture.guard import Guard, Refused
from pipelines.run import is_portal

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response

logger = logging.getLogger(__name__)

_RESERVATIONS = ("tdm-reservation", "tdm-policy", "content-usage", "content-signal")


class GuardMiddleware:
    """Drops requests for addresses that no page may send us to, and for hosts that want to be left alone.

    Each is counted by its reason, which its ``meta["refused"]`` carries. A request that was answered 429 or 503 is made
    again, at most ``RETRY_TIMES``; the gate holds it until the host may be asked.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._gate = Gate.of(crawler)
        self._times = crawler.settings.getint("RETRY_TIMES")
        self._guard: Guard | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> GuardMiddleware:
        """Build the middleware for ``crawler``."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Pass ``request`` on, or raise ``Refused``."""
        # Without a run, in the shell, a person typed the address.
        if not is_portal(self._crawler):
            return
        self._guard = self._guard or Guard.of(self._crawler)
        self._guard.check(request.url)
        self._gate.check(request.url)

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Count a refusal, wherever on the way to the wire it came from."""
        if isinstance(exception, Refused):
            request.meta["refused"] = exception.reason
            logger.debug("%s", exception)
            self._count(exception.counter)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Count what an answer says about the use of its text; make a request again that met a busy server."""
        for name in _RESERVATIONS:
            if name in response.headers:
                self._count(f"tdm/{name}")
        tried = request.meta.get("busy_times", 0)
        allowed = 0 if request.meta.get("dont_retry") else request.meta.get("max_retry_times", self._times)
        if response.status not in BUSY or tried >= allowed or not is_portal(self._crawler):
            return response
        again = request.copy()
        again.meta["busy_times"] = tried + 1
        again.dont_filter = True
        self._count("hosts/asked again")
        return again

    def _count(self, name: str) -> None:
        assert self._crawler.stats is not None
        self._crawler.stats.inc_value(name)


class BoundedCompressionMiddleware(HttpCompressionMiddleware):
    """Scrapy's decompression with the extractor's limit: what is small on the wire may be large when unpacked."""

    def __init__(self, *, crawler: Crawler) -> None:
        super().__init__(crawler=crawler)
        self._max_size = MAX_CONTENT

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Decode ``response``; one beyond the limit is in the archive, and for the spider it is refused."""
        try:
            return super().process_response(request, response)
        except IgnoreRequest:
            request.meta["refused"] = "too large"
            assert self.stats is not None
            self.stats.inc_value("guard/too large")
            raise
