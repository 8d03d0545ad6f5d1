"""The connection pool of the capturing handler: tapped connections, led where routes say and the guard allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.web.client import HTTPConnectionPool
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer

from pipelines.capture.guard import Guard, GuardedEndpoint
from pipelines.capture.route import Address
from pipelines.capture.tap import Taps, tapped_factory


@implementer(IPolicyForHTTPS)
class RememberingPolicy:
    """The TLS policy ``policy``, asked once for each of the last hosts.

    Twisted asks it for each request, whether that opens a connection or not, and an answer is a new OpenSSL context
    with all its ciphers.
    """

    def __init__(self, policy: Any) -> None:
        self._creator = lru_cache(maxsize=256)(policy.creatorForNetloc)

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: N802 - Twisted's
        """What makes the TLS connections to ``hostname`` at ``port``."""
        return self._creator(hostname, port)


@implementer(IStreamClientEndpoint)
class _Later:
    """The endpoint that ``make`` gives, made when a connection is opened: most requests find one that is open."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def connect(self, factory: Any) -> Any:
        return self._make().connect(factory)


class CapturingPool(HTTPConnectionPool):
    """Twisted's pool of kept-alive connections, each of them tapped.

    ``routes`` leads a (host, port) to another address; TLS is still spoken with the real name (SNI).
    Without a route, what a host resolves to must pass ``guard``, if there is one. ``tls_policy`` is Scrapy's context
    factory.
    """

    def __init__(
        self,
        reactor: Any,
        taps: Taps,
        routes: Mapping[Address, Address],
        tls_policy: Any,
        per_host: int,
        guard: Guard | None = None,
    ) -> None:
        super().__init__(reactor, persistent=True)
        self.maxPersistentPerHost = per_host
        self._factory = tapped_factory(taps)
        self._reactor = reactor
        self._routes = routes
        self._tls_policy = tls_policy
        self._guard = guard

    def getConnection(self, key: Any, endpoint: Any) -> Any:  # noqa: N802 - Twisted's
        """A connection for ``key`` = (scheme, host, port, …), kept alive or new."""
        later: Any = _Later(lambda: self._routed(key, endpoint))
        return super().getConnection(key, later)

    def _routed(self, key: Any, endpoint: Any) -> Any:
        scheme, host, port = key[:3]
        name = host.decode("ascii") if isinstance(host, bytes) else str(host)
        target = self._routes.get((name.lower(), port))
        routed: Any
        if target is not None:
            routed = HostnameEndpoint(self._reactor, *target)
        elif self._guard is None or self._guard.trusts((name.lower(), port)):
            return endpoint
        else:
            routed = GuardedEndpoint(self._reactor, name, port, key[3] if len(key) > 3 else None)
        if scheme != b"https":
            return routed
        return wrapClientTLS(self._tls_policy.creatorForNetloc(host, port), routed)
