"""Whether Scrapy and Twisted still are what the capture builds on: it uses parts of theirs that they may change."""

from __future__ import annotations

import inspect
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from archive.errors import UsageError
from archive.press import compressor

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

_HANDLER: Final = "scrapy.core.downloader.handlers.http11"
_HEAD: Final = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 Moi Viec On\r\nX-A: 1\r\nx-a: 2\r\n"
_ANSWER: Final = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n2;q=1\r\nok\r\n0\r\nX-T: 1\r\n\r\n"
_BEYOND: Final = b"beyond"


def check_capture(settings: BaseSettings) -> None:
    """Raise ``UsageError`` with the remedy if a capture with ``settings`` would fail or would not be true."""
    compressor(settings.get("ARCHIVE_COMPRESSOR") or "")
    self_check()


def self_check() -> None:
    """Look for the parts that are used, then send one exchange through them, in memory.

    Raises ``UsageError`` naming what has moved and the versions to go back to.
    """
    try:
        problem = _moved() or _untrue()
    except (ImportError, AttributeError, TypeError, AssertionError) as error:
        problem = f"{type(error).__name__}: {error}"
    if problem:
        raise UsageError(
            f"The capture does not work with Scrapy {version('scrapy')} and Twisted {version('twisted')}: {problem}. "
            "Nothing was fetched. Install the versions that are known to work, with `make demo` or by\n"
            "    pip install --require-hashes -r requirements.lock"
        )


def _moved() -> str | None:
    """What is not where it was, or takes other arguments."""
    from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
    from twisted.web._newclient import HTTP11ClientProtocol
    from twisted.web._newclient import Request as WireRequest
    from twisted.web.client import HTTPConnectionPool

    wanted: list[tuple[Any, str, list[str]]] = [
        (HTTP11DownloadHandler, "download_request", ["self", "request"]),
        (HTTPConnectionPool, "getConnection", ["self", "key", "endpoint"]),
        (HTTP11ClientProtocol, "request", ["self", "request"]),
        (WireRequest, "writeTo", ["self", "transport"]),
    ]
    for owner, name, parameters in wanted:
        found = list(inspect.signature(getattr(owner, name)).parameters)
        if found != parameters:
            return f"{owner.__name__}.{name} takes {', '.join(found)}"
    missing = {"_pool", "_contextFactory"} - set(HTTP11DownloadHandler.__init__.__code__.co_names)
    if missing:
        return f"{_HANDLER}.HTTP11DownloadHandler has no {', '.join(sorted(missing))}"
    return None if hasattr(HTTPConnectionPool, "_factory") else "HTTPConnectionPool has no _factory"


class _Wire:
    """A connection in memory: keeps what is written, has nobody at the other end."""

    disconnecting = False

    def __init__(self) -> None:
        self.written = bytearray()

    def write(self, data: bytes) -> None:
        self.written += data

    def writeSequence(self, parts: Any) -> None:  # noqa: N802 - Twisted's ITransport
        self.write(b"".join(parts))

    def getPeer(self) -> Any:  # noqa: N802
        from twisted.internet.address import IPv4Address

        return IPv4Address("TCP", "127.0.0.1", 80)

    def pauseProducing(self) -> None:  # noqa: N802
        """Nothing is produced here."""

    resumeProducing = stopProducing = loseConnection = abortConnection = pauseProducing  # noqa: N815


def _untrue() -> str | None:
    """What a tap does not hold as it was sent, in an exchange with 1xx, chunks, trailers and bytes beyond the body."""
    from twisted.web._newclient import Request as WireRequest
    from twisted.web.http_headers import Headers

    from pipelines.capture.tap import TOKEN, Taps, tapped_factory

    taps, wire = Taps(), _Wire()
    token, tap = taps.open()
    factory: Any = tapped_factory(taps)
    protocol = factory(lambda _: None, None).buildProtocol(None)
    protocol.makeConnection(wire)
    headers = Headers({b"Host": [b"127.0.0.1"], TOKEN: [token]})
    protocol.request(WireRequest(b"GET", b"/", headers, None, persistent=True))
    for part in (_ANSWER[:50], _ANSWER[50:] + _BEYOND):
        protocol.dataReceived(part)
    if not wire.written.startswith(b"GET / HTTP/1.1\r\n") or TOKEN.lower() in wire.written.lower():
        return "a request does not go out as it should"
    if bytes(tap.sent) != bytes(wire.written):
        return "the bytes that go out are not those that are kept"
    if bytes(tap.received.block()) != _ANSWER or tap.beyond != len(_BEYOND) or not tap.complete:
        return "the bytes that come in are not those that are kept"
    return None
