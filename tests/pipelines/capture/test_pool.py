"""TLS contexts are made for hosts, not for requests."""

from __future__ import annotations

from typing import Any

from scrapy.core.downloader.contextfactory import _load_context_factory_from_settings
from scrapy.utils.test import get_crawler
from twisted.web.iweb import IPolicyForHTTPS

from pipelines.capture.pool import RememberingPolicy


def test_a_host_is_asked_about_once() -> None:
    asked: list[tuple[bytes, int]] = []
    policy: Any = _load_context_factory_from_settings(get_crawler())

    class Counting:
        def creatorForNetloc(self, hostname: bytes, port: int) -> Any:
            asked.append((hostname, port))
            return policy.creatorForNetloc(hostname, port)

    remembering = RememberingPolicy(Counting())
    assert IPolicyForHTTPS.providedBy(remembering)
    places = [(b"a.vn", 443), (b"b.vn", 443), (b"a.vn", 8443)]
    creators = [remembering.creatorForNetloc(*place) for place in places * 3]
    assert asked == places
    assert creators[:3] == creators[3:6] == creators[6:]
    assert len(set(map(id, creators))) == 3
