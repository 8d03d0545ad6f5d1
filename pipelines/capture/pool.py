"""The connection pool of the capturing handler: tapped connections, led where the routes say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.web.client import HTTPConnectionPool

from pipelines.capture.route import Address
from pipelines.capture.tap import Taps, tapped_factory


class CapturingPool(HTTPConnectionPool):
    """Twisted's pool of kept-alive connections, each of them tapped.

    ``routes`` leads a (host, port) to another address; TLS is still spoken with the real name (SNI).
    ``tls_policy`` is Scrapy's context factory.
    """

    def __init__(
        self, reactor: Any, taps: Taps, routes: Mapping[Address, Address], tls_policy: Any, per_host: int
    ) -> None:
        super().__init__(reactor, persistent=True)
        self.maxPersistentPerHost = per_host
        self._factory = tapped_factory(taps)
        self._reactor = reactor
        self._routes = routes
        self._tls_policy = tls_policy

    def getConnection(self, key: Any, endpoint: Any) -> Any:  # noqa: N802 - Twisted's
        """A connection for ``key`` = (scheme, host, port, …), kept alive or new."""
        return super().getConnection(key, self._routed(key, endpoint))

    def _routed(self, key: Any, endpoint: Any) -> Any:
        scheme, host, port = key[:3]
        name = host.decode("ascii") if isinstance(host, bytes) else str(host)
        target = self._routes.get((name.lower(), port))
        if target is None:
            return endpoint
        routed: Any = HostnameEndpoint(self._reactor, *target)
        if scheme != b"https":
            return routed
        return wrapClientTLS(self._tls_policy.creatorForNetloc(host, port), routed)
