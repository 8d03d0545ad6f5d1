"""A crawler's run: its archive, its identity and its troubles, from the first request to the last row."""

from __future__ import annotations

import asyncio
import logging
import platform
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

from scrapy import signals
from scrapy.exceptions import DownloadTimeoutError, NotConfigured

from archive.claims import RunClaim
from archive.cli.extractor import load_extractor
from archive.errors import BaotinhError, StorageError, UsageError
from archive.files import require_space
from archive.layout import DataFolder
from archive.ledger import Ledger
from archive.memory import collect_seldom
from archive.model import Exchange, Extraction
from archive.newest import Newest, nothing_known, open_newest
from archive.recovery import begin_run
from archive.store import ArchiveRun, Capture
from archive.warc import WarcOptions
from pipelines.capture.reconstruct import reconstruct
from pipelines.drift import Profile
from pipelines.workers import extract_block

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings

logger = logging.getLogger(__name__)
_SOFTWARE = ("baotinh", "scrapy", "twisted", "trafilatura", "lxml")


class CutAtTheEnd(DownloadTimeoutError):
    """We hung up on a server because the run was to end; the server is not to blame."""


class CrawlRun:
    """The run of one crawler: opened on first use, closed when the spider is.

    ``problem`` is the first error that no portal is to blame for: a full disk, a wrong setting. ``recovered`` says
    in sentences what runs before this one had left behind and was taken over at its start. ``profile`` has what the
    pages gave so far.
    """

    _at_work: ClassVar[set[CrawlRun]] = set()

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        spider: Any = crawler.spider
        self.facts = spider.facts()
        self.rules = spider.rules
        self.run_id = f"{datetime.now(UTC):%Y%m%d%H%M%S}-{secrets.token_hex(3)}"
        self.began = datetime.now(UTC)
        self.started = time.monotonic()
        self.problem: BaotinhError | None = None
        self.recovered: list[str] = []
        self.profile = Profile()
        self._stopping: asyncio.Future[None] | None = None
        self._downloads: set[asyncio.Task[Any]] = set()
        self.folder = DataFolder(Path(crawler.settings["ARCHIVE_DIR"]))
        self._newest: Newest | None = None
        self.ledger: Ledger | None = None
        self._reserve = 0
        self._claim = self._begin(spider, crawler.settings)
        self.archive = ArchiveRun(
            self.folder,
            self.facts,
            self.run_id,
            _warcinfo(crawler.settings, self.facts.name, self.run_id),
            lambda url: self.rules.match(url) is not None,
            self._extract_now,
            warc_options(crawler.settings),
            crawler.settings.getbool("ARCHIVE_DEDUPE", True),
            nothing_known() if self._newest is None else self._newest,
            self.ledger,
        )

    def _begin(self, spider: Any, settings: BaseSettings) -> RunClaim | None:
        """Recover what dead runs left and mark this one as living; ``None`` when a problem forbids it to begin."""
        workers = max(settings.getint("ARCHIVE_WORKERS", 1), 1)
        try:
            self._reserve = disk_reserve(settings)
            require_space(self.folder.path, self._reserve)
            claim, recovery = begin_run(self.folder, self.run_id, load_extractor(), workers, looked=bool(self._at_work))
            try:
                self._newest = open_newest(self.folder, self.facts, self.run_id)
                self.ledger = Ledger(self.folder, self.facts.name, spider.known_as)
            except BaotinhError:
                claim.release()
                raise
        except BaotinhError as error:
            # There is no engine yet to stop; the spider is closed as soon as it is opened.
            self.problem = error
            logger.error("%s", error)  # noqa: TRY400 - the message says what to do, a trace does not
            return None
        self.recovered = recovery.lines()
        self._at_work.add(self)
        return claim

    def _extract_now(self, url: str, block: bytes, fetched: datetime) -> Extraction:
        return extract_block(self.rules, url, block, fetched)

    def record(self, exchange: Exchange, request: Request) -> None:
        """Archive ``exchange`` and hand its capture on in ``request.meta``.

        A refusing disk stops the run. Any other failure is our fault: this one exchange is lost, and the run says so.
        """
        if self._claim is None and self.problem is not None:
            raise self.problem
        try:
            request.meta["capture"] = self.archive.record(exchange)
        except StorageError as error:
            self.fail(error)
            raise
        except Exception as error:
            logger.exception("%s could not be archived", exchange.url)
            assert self._crawler.stats is not None
            self._crawler.stats.inc_value(f"capture_exceptions/{type(error).__name__}")
            raise

    def note(self, url: str, about: Capture, fields: Iterable[tuple[str, str]]) -> None:
        """Archive what the crawler decided about ``url``, beside the capture that led to it."""
        if self.problem is not None:
            return
        try:
            self.archive.note(url, about, fields)
        except StorageError as error:
            self.fail(error)

    def commit(self) -> None:
        """Force to the disk what was recorded; one that refuses, or is all but full, stops the run."""
        try:
            self.archive.commit()
            require_space(self.folder.path, self._reserve)
        except StorageError as error:
            self.fail(error)

    async def while_wanted(self, download: Coroutine[Any, Any, Response]) -> Response:
        """The response of ``download``; raises ``CutAtTheEnd`` if the end of the run comes first."""
        task = asyncio.current_task()
        assert task is not None
        self._downloads.add(task)
        try:
            return await download
        except asyncio.CancelledError:
            task.uncancel()
            raise CutAtTheEnd("the run was to end before the answer had come") from None
        finally:
            self._downloads.discard(task)

    def cut_downloads(self) -> None:
        """Hang up on every server that is still answering; what came so far is archived as cut short."""
        for task in list(self._downloads):
            task.cancel()

    def fail(self, error: BaotinhError) -> None:
        """Stop the crawl because of ``error``; only the first one is kept and logged."""
        if self.problem is not None:
            return
        self.problem = error
        logger.error("%s", error)
        self.stop()

    def stop(self) -> None:
        """Close the spider, once it is open."""
        engine = self._crawler.engine
        if engine is not None and engine.spider is not None:
            self._stopping = asyncio.ensure_future(engine.close_spider_async(reason="problem"))

    def close(self) -> None:
        """Publish what the run has; a disk that refuses becomes the run's problem, and the next start goes on."""
        self._at_work.discard(self)
        try:
            # Merging copies the index: the last run of the process does it for all.
            self.archive.close(merge=not self._at_work)
            if self._claim is not None:
                self._claim.release()
        except StorageError as error:
            self.fail(error)
        except OSError as error:
            place = error.filename or self.folder.path
            self.fail(StorageError(f"{place}: {error.strerror}. Free space or mend the disk, then start again."))


_runs: WeakKeyDictionary[Crawler, CrawlRun] = WeakKeyDictionary()


def run_of(crawler: Crawler) -> CrawlRun:
    """The run of ``crawler``, begun at the first call; its spider must exist by then."""
    if crawler not in _runs:
        _runs[crawler] = CrawlRun(crawler)
    return _runs[crawler]


def is_portal(crawler: Crawler) -> bool:
    """Whether ``crawler`` crawls a portal, and so has a run; ``scrapy shell`` and ``scrapy fetch`` do not."""
    return hasattr(crawler.spidercls, "facts")


def run_so_far(crawler: Crawler) -> CrawlRun | None:
    """The run of ``crawler`` if it has begun; unlike ``run_of`` this may be asked from any thread."""
    return _runs.get(crawler)


class RunExtension:
    """Opens a crawler's run with its spider, syncs it while it lasts and closes it with the spider."""

    def __init__(self, crawler: Crawler) -> None:
        if not is_portal(crawler):
            raise NotConfigured("the spider is no portal's, so nothing is archived")
        self._crawler = crawler
        self._timer: Any = None
        crawler.signals.connect(self._opened, signal=signals.spider_opened)
        crawler.signals.connect(self._closed, signal=signals.spider_closed)
        crawler.signals.connect(self._leaves, signal=signals.request_reached_downloader)
        crawler.signals.connect(self._downloaded, signal=signals.response_downloaded)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RunExtension:
        """Build the extension for ``crawler``."""
        return cls(crawler)

    def _opened(self) -> None:
        from twisted.internet.task import LoopingCall

        if run_of(self._crawler).problem is not None:
            run_of(self._crawler).stop()
        # The writer commits by count and age as records come; this catches the last ones before a lull.
        self._timer = LoopingCall(self._commit)
        self._timer.start(WarcOptions().sync_seconds, now=False)
        collect_seldom()

    @staticmethod
    def _leaves(request: Request) -> None:
        """A request made from another (a redirect, a retry) comes with that one's capture."""
        request.meta.pop("capture", None)

    def _downloaded(self, response: Response, request: Request) -> None:
        """Keep what another download handler fetched, as well as it can be put together again."""
        if "capture" in request.meta or not request.url.startswith(("http:", "https:")):
            return
        run = run_of(self._crawler)
        with suppress(StorageError):
            run.record(reconstruct(request, response), request)

    def _commit(self) -> None:
        run_of(self._crawler).commit()

    def _closed(self) -> None:
        if self._timer is not None and self._timer.running:
            self._timer.stop()
        run_of(self._crawler).close()


def disk_reserve(settings: BaseSettings) -> int:
    """The bytes that a run leaves free on the disk; raises ``UsageError`` for what is no size."""
    try:
        return max(int(settings.get("ARCHIVE_DISK_RESERVE") or 0), 0)
    except ValueError:
        text = settings["ARCHIVE_DISK_RESERVE"]
        raise UsageError(f"ARCHIVE_DISK_RESERVE={text}: write a number of bytes, such as 1000000000") from None


def warc_options(settings: BaseSettings) -> WarcOptions:
    """How the settings want WARC files cut and pressed."""
    default = WarcOptions()
    return WarcOptions(
        max_bytes=settings.getint("ARCHIVE_WARC_MAX_BYTES", default.max_bytes),
        max_seconds=settings.getfloat("ARCHIVE_WARC_MAX_SECONDS", default.max_seconds),
        compressor=settings.get("ARCHIVE_COMPRESSOR", default.compressor),
    )


def _warcinfo(settings: BaseSettings, portal: str, run_id: str) -> dict[str, str]:
    """The fields of the warcinfo record, WARC 1.1 §6.2 and annex C, and ours: portal, run and fidelity."""
    software = ", ".join(f"{name}/{version(name)}" for name in _SOFTWARE)
    return {
        "software": f"{software}, python/{platform.python_version()}",
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "operator": settings.get("ARCHIVE_CONTACT") or "not named: this machine only",
        "robots": "obey (RFC 9309)",
        "isPartOf": portal,
        "http-header-user-agent": settings["USER_AGENT"],
        "portal": portal,
        "run": run_id,
        "fidelity": "wire: blocks are the bytes that crossed the connection (inside TLS)",
    }
