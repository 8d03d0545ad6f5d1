"""Which addresses are asked for at all: a page must not send us to what only this machine can reach, nor in circles.

The rule is applied twice: to the text of each URL, redirects included, and to each address that a host name
resolves to, which then is the one that is connected. A name that changes its mind in between gains nothing.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from scrapy.exceptions import IgnoreRequest
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import (
    IHostnameResolver,
    IReactorPluggableNameResolver,
    IResolutionReceiver,
    IStreamClientEndpoint,
)
from twisted.python.failure import Failure
from zope.interface import implementer

from pipelines.capture.route import Address, is_loopback, parse_connect_to, wanted_address

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

# What Internet Explorer could read, and sitemaps.org's limit but for the count from zero.
LONGEST_URL: Final = 2083
DEEPEST_PATH: Final = 20
MOST_REPEATED: Final = 3
PRIVATE: Final = "private address"
# What inet_aton and browsers read as an IPv4 address, whatever its form.
_NUMBER: Final = re.compile(r"(?:0x[0-9a-f]*|\d+)\.?", re.I)
# RFC 6052 §2.1 (NAT64), and the obsolete form of RFC 4291 §2.5.5.1: the IPv4 address is in the last 32 bits.
_EMBEDDING: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))


class Refused(IgnoreRequest):
    """A request that is not sent; ``reason`` in a word or two, ``counter`` the name of the crawler's counter for it."""

    def __init__(self, reason: str, counter: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.counter = counter


class RefusedAddress(Refused):
    """A URL, or the address that its host resolves to, is none that a page may send us to."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(reason, f"guard/{reason}", message)


def is_public(address: str) -> bool:
    """Whether ``address``, an IP address, is one of the public internet.

    Private, loopback, link-local (with the clouds' 169.254.169.254), shared (RFC 6598), reserved, multicast and
    unspecified ones are not, nor IPv6 addresses that carry one of those in IPv4. Raises ``ValueError`` for other text.
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, IPv4Address):
        return ip.is_global and not ip.is_multicast
    inner = _embedded(ip)
    if inner is not None:
        return inner.is_global and not inner.is_multicast
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_site_local)


def _embedded(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that ``ip`` leads to: mapped, 6to4 (RFC 3056), Teredo (RFC 4380), NAT64, compatible."""
    if ip.ipv4_mapped or ip.sixtofour:
        return ip.ipv4_mapped or ip.sixtofour
    if ip.teredo:
        return ip.teredo[1]
    return IPv4Address(int(ip) & 0xFFFFFFFF) if any(ip in network for network in _EMBEDDING) else None


def _is_private(host: str) -> bool:
    """Whether ``host`` is, by its text alone, no public address; numbers in any but the dotted form are none."""
    try:
        return not is_public(host)
    except ValueError:
        labels = host.removesuffix(".").split(".")
        return is_loopback(host.removesuffix(".")) or _NUMBER.fullmatch(labels[-1]) is not None


class Guard:
    """The rule for one run: hosts that the operator routed elsewhere, and ``home``, the portal's own, may be private.

    ``home`` is the host and port of the portal's root if that is on this machine, as in the crawl of a replica.
    """

    def __init__(self, routes: Mapping[Address, Address], home: Address | None = None) -> None:
        self._routes = routes
        self._home = home

    @classmethod
    def of(cls, crawler: Crawler) -> Guard:
        """The guard of ``crawler``, whose spider must exist."""
        home = wanted_address(getattr(crawler.spider, "root", ""))
        routes = parse_connect_to(crawler.settings.get("ARCHIVE_CONNECT_TO") or "")
        return cls(routes, home if is_loopback(home[0]) else None)

    def trusts(self, address: Address) -> bool:
        """Whether the operator named ``address``, host and port, wherever it leads."""
        return address == self._home or address in self._routes

    def fault(self, url: str) -> str | None:
        """Why ``url`` is not asked for, by its text alone; ``None`` if it may be."""
        try:
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https"):
                return "scheme"
            if len(url) > LONGEST_URL:
                return "overlong"
            if not parts.hostname or parts.port == 0:
                return "unreadable"
        except ValueError:
            return "unreadable"
        segments = Counter(filter(None, parts.path.split("/")))
        if segments.total() > DEEPEST_PATH:
            return "too deep"
        if max(segments.values(), default=0) > MOST_REPEATED:
            return "repeated segment"
        return PRIVATE if _is_private(parts.hostname) and not self.trusts(wanted_address(url)) else None

    def check(self, url: str) -> None:
        """Raise ``RefusedAddress`` if ``url`` is not asked for."""
        reason = self.fault(url)
        if reason is not None:
            raise RefusedAddress(reason, f"not asked for ({reason}): {url[:200]}")


@implementer(IStreamClientEndpoint)
class GuardedEndpoint:
    """Connects to a host by name, if every address that the name resolves to is public: to one of just those."""

    def __init__(self, reactor: Any, host: str, port: int, bind_address: Any = None) -> None:
        self._host = host
        self._refused: list[str] = []
        watching: Any = _Resolving(reactor, _Watching(reactor.nameResolver, self._refused))
        self._endpoint = HostnameEndpoint(watching, host, port, bindAddress=bind_address)

    def connect(self, factory: Any) -> Any:
        """The protocol, once connected; fails with ``RefusedAddress``, nothing having been sent to anybody."""
        return self._endpoint.connect(factory).addErrback(self._explain)

    def _explain(self, failure: Failure) -> Failure:
        if not self._refused:
            return failure
        where = ", ".join(self._refused)
        return Failure(
            RefusedAddress(
                PRIVATE,
                f"{self._host} resolves to {where}, which is no public address: not connected. "
                "If you know that host, name it in ARCHIVE_CONNECT_TO.",
            )
        )


@implementer(IReactorPluggableNameResolver)
class _Resolving:
    """A reactor that resolves names by ``resolver``."""

    def __init__(self, reactor: Any, resolver: Any) -> None:
        self._reactor = reactor
        self.nameResolver = resolver  # Twisted's name

    def installNameResolver(self, resolver: Any) -> Any:  # noqa: N802 - Twisted's
        raise NotImplementedError

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)


@implementer(IHostnameResolver)
class _Watching:
    """Hands on the addresses of a name when all of them are public; else none, and they are noted in ``refused``."""

    def __init__(self, resolver: Any, refused: list[str]) -> None:
        self._resolver = resolver
        self._refused = refused

    def resolveHostName(self, receiver: Any, name: str, *options: Any, **named: Any) -> Any:  # noqa: N802 - Twisted's
        return self._resolver.resolveHostName(_Sieve(receiver, self._refused), name, *options, **named)


@implementer(IResolutionReceiver)
class _Sieve:
    def __init__(self, receiver: Any, refused: list[str]) -> None:
        self._receiver = receiver
        self._refused = refused
        self._addresses: list[Any] = []

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802 - Twisted's
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802 - Twisted's
        self._addresses.append(address)

    def resolutionComplete(self) -> None:  # noqa: N802 - Twisted's
        self._refused[:] = sorted({address.host for address in self._addresses if not is_public(address.host)})
        for address in () if self._refused else self._addresses:
            self._receiver.addressResolved(address)
        self._receiver.resolutionComplete()
