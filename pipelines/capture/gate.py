"""The last step before the wire: each host is asked one thing at a time, and nothing before its time.

Scrapy spaces requests as they are queued, by a delay that it forgets after a quiet minute, and never holds back what
it has queued already. Here every request passes, whoever made it, and all crawlers of the process share what is known
of a host.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote
from weakref import WeakKeyDictionary

from archive.errors import StorageError
from archive.files import write_whole
from archive.layout import DataFolder
from pipelines.capture.guard import Refused
from pipelines.capture.route import wanted_address
from pipelines.run import run_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Headers, Response

logger = logging.getLogger(__name__)

BUSY: Final = (429, 503)
# How soon a request that waits notices that its run ends or its host is parked.
_GLANCE: Final = 0.25
_LONGEST_PARKING: Final = 24 * 3600.0


@dataclass(slots=True)
class Host:
    """What is known of a host; moments are those of ``time.monotonic``, spans are in seconds.

    ``floors`` are the spans between the starts of two requests that the robots.txt of each origin asks for;
    ``throttle`` is the one that its slowness asks for. Nothing is sent before ``held``. ``refusals`` counts answers 429
    and 503 in a row. A host is left alone until ``parked``, which outlasts the process.
    """

    name: str
    turns: asyncio.Semaphore
    floors: dict[str, float] = field(default_factory=dict)
    throttle: float = 0.0
    sent: float = float("-inf")
    held: float = float("-inf")
    refusals: int = 0
    parked: datetime | None = None

    def wait(self, delay: float) -> float:
        """Seconds until the next request may start where ``delay`` is the least that the operator wants between two."""
        span = max(delay, self.throttle, *self.floors.values(), 0.0)
        return max(self.sent + span, self.held) - time.monotonic()

    @property
    def is_parked(self) -> bool:
        """Whether the host asked to be left alone, and it is not yet time."""
        return self.parked is not None and datetime.now(UTC) < self.parked


class Parked(Refused):
    """A request for a host that wants to be left alone for now."""

    def __init__(self, host: Host) -> None:
        assert host.parked is not None
        until = f"{host.parked:%Y-%m-%d %H:%M:%S} UTC"
        super().__init__("parked", "hosts/parked", f"{host.name} asked to be left alone until {until}")


# Of each event loop, for a lock belongs to one: the hosts by data folder and name.
_hosts: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[Path, str], Host]] = WeakKeyDictionary()
_gates: WeakKeyDictionary[Crawler, Gate] = WeakKeyDictionary()


class Gate:
    """Where the requests of one crawler wait for their host; settings are described in docs/manners.md."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        settings = crawler.settings
        self._folder = DataFolder(Path(settings["ARCHIVE_DIR"])).state / "hosts"
        self._at_once = settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        self._delay = settings.getfloat("DOWNLOAD_DELAY")
        self._longest_delay = settings.getfloat("ARCHIVE_MAX_DELAY")
        self._longest_wait = settings.getfloat("ARCHIVE_MAX_WAIT")
        self._back_off = settings.getfloat("ARCHIVE_BACK_OFF")
        self._patience = settings.getint("ARCHIVE_PATIENCE")
        self._parking = settings.getfloat("ARCHIVE_PARKING")
        self._load = settings.getfloat("ARCHIVE_LOAD")

    @classmethod
    def of(cls, crawler: Crawler) -> Gate:
        """The gate of ``crawler``."""
        if crawler not in _gates:
            _gates[crawler] = cls(crawler)
        return _gates[crawler]

    def host(self, url: str) -> Host:
        """The host of ``url``; what an earlier run was told by it is read when it is first named."""
        name = wanted_address(url)[0].removesuffix(".")
        known = _hosts.setdefault(asyncio.get_running_loop(), {})
        host = known.get((self._folder, name))
        if host is None:
            host = known[self._folder, name] = Host(name, asyncio.Semaphore(max(self._at_once, 1)))
            host.parked = _read_parking(self._file(name))
        return host

    def require(self, url: str, span: float) -> float:
        """Let at least ``span`` seconds pass between requests to the host of ``url``, but not absurdly many.

        ``span`` is what the robots.txt at ``url`` asks for, 0 for nothing; returns the span that is kept.
        """
        kept = min(span, self._longest_delay)
        if kept < span:
            self._count("delay capped")
        self.host(url).floors[url] = kept
        return kept

    def check(self, url: str) -> None:
        """Raise ``Parked`` if the host of ``url`` wants to be left alone."""
        host = self.host(url)
        if host.is_parked:
            raise Parked(host)

    @asynccontextmanager
    async def turn(self, request: Request) -> AsyncIterator[Host]:
        """Wait until the host of ``request`` may be asked; nobody else asks it until the caller is done.

        Raises ``Parked`` when the host wants to be left alone, and ``Refused`` when the run ends before that time.
        """
        host = self.host(request.url)
        async with host.turns:
            try:
                while (left := self._left(host)) > 0:  # noqa: ASYNC110 - time itself is what is waited for
                    await asyncio.sleep(min(left, _GLANCE))
            except Refused:
                self._let_go(request)
                raise
            host.sent = time.monotonic()
            yield host

    def _left(self, host: Host) -> float:
        if host.is_parked:
            raise Parked(host)
        slot = getattr(self._crawler.engine, "_slot", None)
        left = host.wait(self._delay)
        if slot is not None and slot.closing is not None:
            raise Refused("run ended", "hosts/run ended", f"{host.name} was not asked again before the run ended")
        return left

    def _let_go(self, request: Request) -> None:
        """Let what Scrapy has queued behind ``request`` come at once: none of it is going to be sent."""
        engine: Any = self._crawler.engine
        slot = engine.downloader.slots.get(request.meta.get("download_slot")) if engine else None
        if slot is not None:
            slot.delay = 0.0

    def answered(self, host: Host, response: Response, latency: float | None) -> None:
        """Learn from an answer how fast ``host`` wants to be asked; ``latency`` in seconds until its first byte."""
        if response.status not in BUSY:
            host.refusals = 0
            if latency is not None and response.status == 200 and self._delay and self._load > 0:
                self._throttle(host, latency)
            return
        host.refusals += 1
        asked = retry_after(response.headers, datetime.now(UTC))
        wait = self._back_off * 2 ** (host.refusals - 1) if asked is None else asked
        if wait > self._longest_wait:
            self._park(host, wait)
        elif host.refusals >= self._patience:
            self._park(host, max(wait, self._parking))
        else:
            self._count("held")
            host.held = time.monotonic() + wait
            logger.info("%s answered %d: it is not asked for %.0f s", host.name, response.status, wait)

    def _throttle(self, host: Host, latency: float) -> None:
        """Be slower at once when the host is slow, and faster by degrees, as Scrapy's AutoThrottle does."""
        span = latency / self._load
        host.throttle = min(max(span, (host.throttle + span) / 2), self._longest_delay)

    def _park(self, host: Host, wait: float) -> None:
        host.parked = datetime.now(UTC) + timedelta(seconds=min(wait, _LONGEST_PARKING))
        host.refusals = 0
        self._count("parkings")
        logger.warning("%s is left alone until %s: it asked for it", host.name, host.parked.isoformat(" ", "seconds"))
        try:
            write_whole(self._file(host.name), [json.dumps({"parked_until": host.parked.isoformat()}).encode()])
        except StorageError as error:
            run_of(self._crawler).fail(error)

    def _file(self, name: str) -> Path:
        return self._folder / f"{quote(name, safe='')}.json"

    def _count(self, name: str) -> None:
        assert self._crawler.stats is not None
        self._crawler.stats.inc_value(f"hosts/{name}")


def _read_parking(path: Path) -> datetime | None:
    """The moment in ``path``; a file that is not there or damaged says nothing: the host says it again."""
    try:
        moment = datetime.fromisoformat(json.loads(path.read_bytes())["parked_until"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    # Later than that no host is parked: the clock was wrong.
    known = moment.tzinfo is not None and moment <= datetime.now(UTC) + timedelta(seconds=_LONGEST_PARKING)
    return moment if known else None


def retry_after(headers: Headers, now: datetime) -> float | None:
    """Seconds that a ``Retry-After`` field asks for (RFC 9110 §10.2.3), ``None`` where there is none to be read.

    A date counts from the server's own ``Date``, where it sends one: its clock may be wrong.
    """
    text = (headers.get("Retry-After") or b"").decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    moment = _date(text)
    if moment is None:
        return None
    own = _date((headers.get("Date") or b"").decode("latin-1"))
    return max((moment - (own or now)).total_seconds(), 0.0)


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
