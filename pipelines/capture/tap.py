"""Taps: what a connection sent and received, kept byte for byte beside Scrapy's own reading of it.

Scrapy hands on a response without its reason phrase, the case and order of its headers, its chunk framing
and its 1xx messages; only the connection itself still has them. Each connection of the pool gets a protocol
that copies request bytes on their way out and response bytes on their way in to the ``Tap`` of the request
under way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.hashes import SHA256
from scrapy.core.downloader.handlers.http11 import _LenientHTTP11ClientFactory, _LenientHTTP11ClientProtocol
from twisted.internet.protocol import connectionDone

from pipelines.capture.ciphers import iana_name
from pipelines.capture.spool import Spool

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure
    from twisted.web._newclient import Request as WireRequest
    from twisted.web.iweb import IResponse

# Names the tap of a request between Scrapy and the connection; removed before a byte is written.
TOKEN = b"X-Capture-Tap"
_MARK = "_capture_tap"

# WARC-Protocol values, the IANA name of the cipher suite, and the SHA-256 of the server's certificate in hex.
Facts = tuple[tuple[str, ...], str | None, str | None]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request that went out on a kept-alive connection which turned out dead: no answer came, it was sent again."""

    started: datetime
    ip: str | None
    sent: bytes


class Tap:
    """The bytes of one exchange: ``sent`` and ``received``, when it began, with whom and over which protocols.

    ``beyond`` counts the bytes after the response's end, ``lost`` says that the other side ended the connection
    before that, ``earlier`` holds attempts that were never answered, and ``problem`` is what the disk said if it
    refused to take a long body.
    """

    __slots__ = (
        "beyond", "certificate", "cipher", "complete", "earlier", "ip", "lost", "problem", "protocols", "received",
        "sent", "started",
    )  # fmt: skip

    def __init__(self, folder: Path | None = None) -> None:
        self.sent = bytearray()
        self.received = Spool(folder)
        self.started: datetime | None = None
        self.ip: str | None = None
        self.protocols: tuple[str, ...] = ()
        self.cipher: str | None = None
        self.certificate: str | None = None
        self.complete = False
        self.lost = False
        self.beyond = 0
        self.earlier: list[Attempt] = []
        self.problem: OSError | None = None

    def begin(self, ip: str | None) -> None:
        """Start over: the pool repeats a request when a kept-alive connection turns out dead."""
        if self.sent and self.started is not None:
            self.earlier.append(Attempt(self.started, self.ip, bytes(self.sent)))
        self.sent.clear()
        self.received.cut(len(self.received))
        self.complete = self.lost = False
        self.beyond = 0
        self.ip = ip
        self.started = datetime.now(UTC)

    def receive(self, data: bytes) -> bool:
        """Keep ``data``; ``False`` once the disk refuses."""
        try:
            self.received.append(data)
        except OSError as error:
            self.problem = error
        return self.problem is None

    def finish(self, rest: bytes) -> None:
        """The response is whole; ``rest`` came after it and belongs to no exchange: the server sent it unasked."""
        self.received.cut(len(rest))
        self.beyond = len(rest)
        self.complete = True


class Taps:
    """The taps of the requests under way, by token; long bodies lie in nameless files in ``folder``."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._taps: dict[bytes, Tap] = {}
        self._count = 0

    def open(self) -> tuple[bytes, Tap]:
        """A new tap and the token that leads a connection to it."""
        self._count += 1
        token = b"%d" % self._count
        self._taps[token] = tap = Tap(self._folder)
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
    _facts: Facts | None = None

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
                # At the first byte the handshake is surely over.
                self._facts = self._facts or connection_facts(self.transport)
                tap.protocols, tap.cipher, tap.certificate = self._facts
            if not tap.receive(data):
                self.transport.abortConnection()
                return
        super().dataReceived(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's IProtocol
        """Note that the other side went away in the middle of an exchange."""
        if self._tap is not None:
            self._tap.lost = True
        super().connectionLost(reason)

    def _finishResponse(self, rest: bytes) -> None:  # noqa: N802 - overrides Twisted's
        tap, self._tap = self._tap, None
        if tap is not None:
            tap.finish(rest)
        super()._finishResponse(rest)


def _copy_writes(request: Any, sent: bytearray) -> None:
    write_to = type(request).writeTo
    request.writeTo = lambda transport: write_to(request, _SendingTap(transport, sent))


def connection_facts(transport: Any) -> Facts:
    """What is spoken on ``transport``; without TLS there is neither cipher nor certificate."""
    handle: Any = transport.getHandle() if hasattr(transport, "getPeerCertificate") else None
    version = handle.get_protocol_version_name() if hasattr(handle, "get_protocol_version_name") else None
    if version is None:
        return ("http/1.1",), None, None
    cipher = handle.get_cipher_name()
    tls = version.lower().replace("tlsv", "tls/")
    return ("http/1.1", tls), iana_name(cipher) if cipher else None, fingerprint(transport.getPeerCertificate())


def fingerprint(certificate: Any) -> str | None:
    """The SHA-256 of a pyOpenSSL ``certificate`` in its DER form, hex."""
    return certificate.to_cryptography().fingerprint(SHA256()).hex() if certificate is not None else None


def tapped_factory(taps: Taps) -> type[_LenientHTTP11ClientFactory]:
    """A connection factory for Twisted's pool whose protocols feed ``taps``."""

    class TappedFactory(_LenientHTTP11ClientFactory):
        """Builds tapped protocols."""

        def buildProtocol(self, addr: Any) -> TappedProtocol:  # noqa: N802 - Twisted's
            protocol = TappedProtocol(self._quiescentCallback)
            protocol.taps = taps
            return protocol

    return TappedFactory
