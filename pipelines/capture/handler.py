"""The download handler: Scrapy's own, with every exchange archived before its response is handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import DownloadCancelledError, DownloadTimeoutError

from archive.model import Exchange, TruncatedReason
from pipelines.capture.pool import CapturingPool
from pipelines.capture.route import parse_connect_to, require_contact
from pipelines.capture.tap import TOKEN, Tap, Taps
from pipelines.run import run_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response


class CapturingDownloadHandler(HTTP11DownloadHandler):
    """Downloads over HTTP/1.1 and writes each exchange to the run's archive, whatever became of it.

    ``request.meta["capture"]`` then holds the ``archive.store.Capture``. A request to a server that is not
    on this machine raises ``UsageError`` unless ``ARCHIVE_CONTACT`` is set; ``StorageError`` stops the run.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        from twisted.internet import reactor

        self._run = run_of(crawler)
        self._contact = crawler.settings.get("ARCHIVE_CONTACT")
        self._routes = parse_connect_to(crawler.settings.get("ARCHIVE_CONNECT_TO") or "")
        self._taps = Taps()
        per_host = crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        self._pool = CapturingPool(reactor, self._taps, self._routes, self._contextFactory, per_host)

    async def download_request(self, request: Request) -> Response:
        """Download ``request``; its exchange is in the archive when this returns or raises."""
        require_contact(request.url, self._routes, self._contact)
        token, tap = self._taps.open()
        request.headers[TOKEN] = token
        failure: BaseException | None = None
        try:
            return await super().download_request(request)
        except BaseException as error:
            failure = error
            raise
        finally:
            request.headers.pop(TOKEN, None)
            self._taps.close(token)
            if tap.sent:
                self._run.record(_exchange(request, tap, failure), request)


def _exchange(request: Request, tap: Tap, failure: BaseException | None) -> Exchange:
    assert tap.started is not None
    return Exchange(
        url=request.url.partition("#")[0],
        started=tap.started,
        request=bytes(tap.sent),
        response=bytes(tap.received),
        ip=tap.ip,
        protocols=tap.protocols,
        cipher=tap.cipher,
        truncated=None if tap.complete and failure is None else _truncation(tap, failure),
        via=request.meta.get("via"),
    )


def _truncation(tap: Tap, failure: BaseException | None) -> TruncatedReason | None:
    """Why the response is shorter than the server meant it to be, in WARC 1.1's words (§5.13)."""
    if tap.complete and not isinstance(failure, DownloadCancelledError | DownloadTimeoutError):
        return None
    if isinstance(failure, DownloadTimeoutError):
        return "time"
    if isinstance(failure, DownloadCancelledError):
        return "length"
    return "disconnect"
