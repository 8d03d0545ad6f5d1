"""Taps: what a connection sent and received, kept byte for byte beside Scrapy's own reading of it.

Scrapy hands on a response without its reason phrase, the case and order of its headers, its chunk framing
and its 1xx messages; only the connection itself still has them. Each connection of the pool gets a protocol
that copies request bytes on their way out and response bytes on their way in to the ``Tap`` of the request
under way.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import _LenientHTTP11ClientFactory, _LenientHTTP11ClientProtocol

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.web._newclient import Request as WireRequest
    from twisted.web.iweb import IResponse

# Names the tap of a request between Scrapy and the connection; removed before a byte is written.
TOKEN = b"X-Capture-Tap"
_MARK = "_capture_tap"


class Tap:
    """The bytes of one exchange: ``sent`` and ``received``, when it began, with whom and over which protocols."""

    __slots__ = ("attempts", "cipher", "complete", "ip", "protocols", "received", "sent", "started")

    def __init__(self) -> None:
        self.sent = bytearray()
        self.received = bytearray()
        self.started: datetime | None = None
        self.ip: str | None = None
        self.protocols: tuple[str, ...] = ()
        self.cipher: str | None = None
        self.complete = False
        self.attempts = 0

    def begin(self, ip: str | None) -> None:
        """Start over: the pool may repeat a request when a kept-alive connection turns out dead."""
        self.sent.clear()
        self.received.clear()
        self.complete = False
        self.attempts += 1
        self.ip = ip
        self.started = datetime.now(UTC)


class Taps:
    """The taps of the requests under way, by token."""

    def __init__(self) -> None:
        self._taps: dict[bytes, Tap] = {}
        self._count = 0

    def open(self) -> tuple[bytes, Tap]:
        """A new tap and the token that leads a connection to it."""
        self._count += 1
        token = b"%d" % self._count
        self._taps[token] = tap = Tap()
        return token, tap

    def close(self, token: bytes) -> None:
        """Forget the tap of ``token``; bytes that arrive later go nowhere."""
        self._taps.pop(token, None)

    def find(self, token: bytes) -> Tap | None:
        """The tap of ``token``, or ``None`` once it is closed."""
        return self._taps.get(token)


class _SendingTap:
    """A transport that copies what is written through it."""

    def __init__(self, transport: Any, sent: bytearray) -> None:
        self._transport = transport
        self._sent = sent

    def write(self, data: bytes) -> None:
        self._sent += data
        self._transport.write(data)

    def writeSequence(self, parts: Any) -> None:  # noqa: N802 - Twisted's ITransport
        self.write(b"".join(parts))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class TappedProtocol(_LenientHTTP11ClientProtocol):
    """Scrapy's HTTP/1.1 client protocol with a tap on both directions."""

    taps: Taps
    transport: Any
    _tap: Tap | None = None

    def request(self, request: WireRequest) -> Deferred[IResponse]:
        """Send ``request``, copying its bytes to the tap that its token names."""
        values = request.headers.getRawHeaders(TOKEN)
        if values:
            request.headers.removeHeader(TOKEN)
            # The pool hands the same request to a second connection when the first was dead.
            setattr(request, _MARK, values[0])
        self._tap = self.taps.find(getattr(request, _MARK, b""))
        if self._tap is not None:
            self._tap.begin(self.transport.getPeer().host)
            _copy_writes(request, self._tap.sent)
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's IProtocol
        """Copy ``data`` to the tap before the parser sees it."""
        tap = self._tap
        if tap is not None:
            if not tap.received:
                tap.protocols, tap.cipher = _connection_facts(self.transport)
            tap.received += data
        super().dataReceived(data)

    def _finishResponse(self, rest: bytes) -> None:  # noqa: N802 - overrides Twisted's
        tap, self._tap = self._tap, None
        if tap is not None:
            if rest:
                # Bytes beyond the body belong to no exchange: the server sent them unasked.
                del tap.received[-len(rest) :]
            tap.complete = True
        super()._finishResponse(rest)


def _copy_writes(request: Any, sent: bytearray) -> None:
    write_to = type(request).writeTo
    request.writeTo = lambda transport: write_to(request, _SendingTap(transport, sent))


def _connection_facts(transport: Any) -> tuple[tuple[str, ...], str | None]:
    """WARC-Protocol values and the IANA cipher suite; read at the first byte, when the handshake is surely over."""
    handle: Any = transport.getHandle() if hasattr(transport, "getPeerCertificate") else None
    version = handle.get_protocol_version_name() if hasattr(handle, "get_protocol_version_name") else None
    if version is None:
        return ("http/1.1",), None
    cipher = handle.get_cipher_name()
    # TLS 1.3 suites carry their IANA names; older ones OpenSSL's, which WARC-Cipher-Suite does not take.
    iana = cipher if cipher and cipher.startswith("TLS_") else None
    return ("http/1.1", version.lower().replace("tlsv", "tls/")), iana


def tapped_factory(taps: Taps) -> type[_LenientHTTP11ClientFactory]:
    """A connection factory for Twisted's pool whose protocols feed ``taps``."""

    class TappedFactory(_LenientHTTP11ClientFactory):
        """Builds tapped protocols."""

        def buildProtocol(self, addr: Any) -> TappedProtocol:  # noqa: N802 - Twisted's
            protocol = TappedProtocol(self._quiescentCallback)
            protocol.taps = taps
            return protocol

    return TappedFactory
