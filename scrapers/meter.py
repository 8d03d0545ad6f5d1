"""What a run measures at the wire beside what Scrapy counts: how fast servers answer, and what time they say it is."""

from __future__ import annotations

import math
import time
from collections import Counter
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

# Ten buckets to a factor of ten: a quantile is at most an eighth off, whatever the number of answers.
_STEPS: Final = 10
_MOST_HOSTS: Final = 1000


class Latencies:
    """Times in seconds, kept as a histogram of fixed size."""

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()

    def add(self, seconds: float) -> None:
        """Count one answer; what is out of bounds, 1 ms and 1,000 s, counts as the bound."""
        self._buckets[round(_STEPS * math.log10(min(max(seconds, 1e-3), 1e3)))] += 1

    def quantile(self, share: float) -> float | None:
        """The time that ``share`` (0 to 1) of the answers did not exceed, to an eighth; ``None`` without any."""
        left = share * self._buckets.total()
        for bucket in sorted(self._buckets):
            left -= self._buckets[bucket]
            if left <= 0:
                return float(f"{10 ** (bucket / _STEPS):.3g}")
        return None


class Meter:
    """The measures of one crawl: ``latencies`` to the first byte, ``received`` bytes of bodies, ``skew`` by host.

    The skew is by how many seconds a server's clock is ahead of ours, by the freshest answer: a cache may give an
    older one.
    """

    def __init__(self) -> None:
        self.latencies = Latencies()
        self.skew: dict[str, float] = {}

    def take(self, response: Any, request: Any) -> None:
        """Take the measures of an answer that has just come (Scrapy's response and request)."""
        if not request.url.startswith(("http:", "https:")):
            return
        latency = request.meta.get("download_latency")
        if latency is not None:
            self.latencies.add(latency)
        said = server_time(response.headers.get("Date"), response.headers.get("Age"))
        host = urlsplit(request.url).hostname
        if said is not None and host and (host in self.skew or len(self.skew) < _MOST_HOSTS):
            self.skew[host] = max(self.skew.get(host, -math.inf), round(said - time.time(), 1) + 0.0)


def server_time(date: bytes | None, age: bytes | None) -> float | None:
    """The time of a server's clock by its Date header and, through a cache, Age (RFC 9110 §6.6.1, RFC 9111 §5.1).

    In seconds since 1970 UTC; ``None`` when there is no date in it.
    """
    try:
        said = parsedate_to_datetime((date or b"").decode("latin-1"))
        moment = said.replace(tzinfo=said.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError, IndexError):
        return None
    digits = (age or b"").strip()
    return moment + (int(digits) if digits.isdigit() and len(digits) < 10 else 0)
