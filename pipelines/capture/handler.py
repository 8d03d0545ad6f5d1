"""The download handler: Scrapy's own, with every exchange archived before its response is handed on."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import DownloadCancelledError, DownloadTimeoutError

from archive.errors import StorageError
from archive.model import Exchange, TruncatedReason
from pipelines.capture.gate import Gate, Host
from pipelines.capture.guard import Guard
from pipelines.capture.pool import CapturingPool, RememberingPolicy
from pipelines.capture.route import parse_connect_to, require_contact
from pipelines.capture.tap import TOKEN, Tap, Taps
from pipelines.run import CutAtTheEnd, is_portal, run_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response


class CapturingDownloadHandler(HTTP11DownloadHandler):
    """Downloads over HTTP/1.1, each host in its time, and writes each exchange to the archive, whatever became of it.

    ``request.meta["capture"]`` then holds the ``archive.store.Capture``. A request to a server that is not
    on this machine raises ``UsageError`` unless ``ARCHIVE_CONTACT`` is set; ``StorageError`` stops the run; what must
    not be sent, or not now, raises ``Refused``.
    Where the spider is no portal's, as in ``scrapy shell`` and ``scrapy fetch``, there is no run and nothing is kept.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        from twisted.internet import reactor

        self._archives = is_portal(crawler)
        if self._archives:
            self._run = run_of(crawler)
        self._contact = crawler.settings.get("ARCHIVE_CONTACT")
        self._routes = parse_connect_to(crawler.settings.get("ARCHIVE_CONNECT_TO") or "")
        # Beside the archive and not in /tmp, which may be memory.
        self._taps = Taps(self._run.folder.state if self._archives else None)
        per_host = crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        remembering: Any = RememberingPolicy(self._contextFactory)
        self._contextFactory = remembering
        # Without a run, in the shell, a person typed the address.
        guard = Guard.of(crawler) if self._archives else None
        self._pool = CapturingPool(reactor, self._taps, self._routes, self._contextFactory, per_host, guard)
        self._gate = Gate.of(crawler)

    async def download_request(self, request: Request) -> Response:
        """Download ``request``; its exchange is in the archive when this returns or raises."""
        require_contact(request.url, self._routes, self._contact)
        if not self._archives:
            return await super().download_request(request)
        async with self._gate.turn(request) as host:
            response = await self._captured(request, host)
            self._gate.answered(host, response, request.meta.get("download_latency"))
            return response

    async def close(self) -> None:
        """Close the connections that wait for more requests; a server that does not let go is left.

        Scrapy's own wait fires a Deferred at its end that may have fired already where the loop comes late, as it does
        when many runs end at once, and reports that as a critical error.
        """
        closed = self._pool.closeCachedConnections().asFuture(asyncio.get_running_loop())
        await asyncio.wait([closed], timeout=self._disconnect_timeout)

    async def _captured(self, request: Request, host: Host) -> Response:
        token, tap = self._taps.open()
        request.headers[TOKEN] = token
        failure: BaseException | None = None
        try:
            return await self._run.while_wanted(super().download_request(request))
        except BaseException as error:
            failure = error
            raise
        finally:
            request.headers.pop(TOKEN, None)
            self._taps.close(token)
            if tap.started is not None:
                # Name lookup and handshake took their time first: what counts for the server is this moment.
                ago = (datetime.now(UTC) - tap.started).total_seconds()
                host.sent = max(host.sent, time.monotonic() - max(ago, 0.0))
            self._keep(request, tap, failure)

    def _keep(self, request: Request, tap: Tap, failure: BaseException | None) -> None:
        """Archive what the tap holds; attempts that were never answered come first."""
        try:
            if tap.problem is not None:
                error = StorageError(f"{self._run.folder.state}: a long body found no room: {tap.problem.strerror}")
                self._run.fail(error)
                raise error
            for exchange in _exchanges(request, tap, failure):
                self._run.record(exchange, request)
        finally:
            tap.received.close()


def _exchanges(request: Request, tap: Tap, failure: BaseException | None) -> Iterator[Exchange]:
    url, via = request.url.partition("#")[0], request.meta.get("via")
    for attempt in tap.earlier:
        yield Exchange(url, attempt.started, attempt.sent, b"", attempt.ip, truncated="disconnect", via=via)
    if not tap.sent:
        return
    assert tap.started is not None
    response = tap.received.block()
    yield Exchange(
        url=url,
        started=tap.started,
        request=bytes(tap.sent),
        response=response,
        ip=tap.ip,
        protocols=_protocols(tap, bytes(response[:9])),
        cipher=tap.cipher,
        certificate_sha256=tap.certificate,
        truncated=None if tap.complete and failure is None else _truncation(tap, failure),
        via=via,
        beyond_body=tap.beyond,
    )


def _protocols(tap: Tap, opening: bytes) -> tuple[str, ...]:
    """The protocols of the connection; an old server answers a request of HTTP/1.1 in HTTP/1.0."""
    if not opening.startswith(b"HTTP/1.0"):
        return tap.protocols
    return tuple("http/1.0" if name == "http/1.1" else name for name in tap.protocols)


def _truncation(tap: Tap, failure: BaseException | None) -> TruncatedReason | None:
    """Why the response is shorter than the server meant it to be, in WARC 1.1's words (§5.13)."""
    if tap.complete and not isinstance(failure, DownloadCancelledError | DownloadTimeoutError):
        return None
    if isinstance(failure, CutAtTheEnd):
        return "unspecified"
    if isinstance(failure, DownloadTimeoutError):
        return "time"
    if isinstance(failure, DownloadCancelledError):
        return "length"
    return "disconnect" if tap.lost else "unspecified"
