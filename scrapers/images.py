"""Images of articles, when they are asked for: which are fetched, and why the others are not.

They are fetched one at a time, so that what is left of the budget is known before each.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin

from scrapy import signals
from scrapy.exceptions import DownloadCancelledError, NotConfigured
from scrapy.http import Request

from archive.corpus import reading_corpus
from archive.errors import StorageError, UsageError
from archive.layout import DataFolder
from pipelines.capture.guard import Guard
from pipelines.page import FetchedPage
from pipelines.run import is_portal, run_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings

    from archive.store import Capture

# Behind the articles and before further listings: a run cut short has the images of what it read.
_PRIORITY = 5


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a run of a portal may fetch: number of images, and bytes of all their bodies together."""

    images: int
    bytes: int


class Image(NamedTuple):
    """An image to fetch: its address, that of its article, and how many redirects led to it."""

    url: str
    article: str
    hops: int = 0


def image_budget(settings: BaseSettings) -> Budget | None:
    """The budget that ``settings`` give, ``None`` when no images are asked for; raises ``UsageError``."""
    try:
        wanted = settings.getbool("ARCHIVE_IMAGES")
    except ValueError:
        raise UsageError(f"ARCHIVE_IMAGES={settings['ARCHIVE_IMAGES']}: write 1 for images, 0 for none") from None
    budget = Budget(_count(settings, "ARCHIVE_IMAGES_MAX"), _count(settings, "ARCHIVE_IMAGES_MAX_BYTES"))
    return budget if wanted else None


def _count(settings: BaseSettings, name: str) -> int:
    text = str(settings[name])
    try:
        count = int(text)
    except ValueError:
        count = 0
    if count < 1:
        raise UsageError(f"{name}={text}: not a whole number above 0; write {name}=1000")
    return count


def refusal(url: str, guard: Guard) -> str | None:
    """Why the image at ``url`` is not asked for, by its address alone; ``None`` if it may be."""
    reason = guard.fault(url)
    if reason is None:
        try:
            Request(url)
        except ValueError:
            return "unreadable"
    return reason


def held_images(folder: DataFolder, portal: str) -> set[str]:
    """The addresses of the images that the archive holds for ``portal``; raises ``StorageError``."""
    query = "SELECT DISTINCT url FROM captures WHERE portal = ? AND outcome = 'image' AND fetch_status = 200"
    with reading_corpus(folder, public=True) as database:
        return {url for (url,) in database.execute(query, [portal]).fetchall()}


class ArticleImages:
    """Fetches the images of each article row that a run adds, within the budget.

    ``images/fetched``, ``images/bytes`` and ``images/skipped/<reason>`` among the crawler's counters say what
    became of them: each image of each row is fetched or has its reason. None of it is a failure of the run.
    """

    def __init__(self, crawler: Crawler) -> None:
        budget = image_budget(crawler.settings) if is_portal(crawler) else None
        if budget is None:
            raise NotConfigured
        self._crawler = crawler
        self._budget = budget
        self._largest = crawler.settings.getint("DOWNLOAD_MAXSIZE") or budget.bytes
        self._hops = crawler.settings.getint("REDIRECT_MAX_TIMES")
        self._guard = Guard({})
        self._held: set[str] = set()
        self._seen: set[str] = set()
        self._waiting: deque[Image] = deque()
        self._asked: Image | None = None
        self._fetched = self._bytes = 0
        self._spent = False
        crawler.signals.connect(self._opened, signal=signals.spider_opened)
        crawler.signals.connect(self._article, signal=signals.item_scraped)
        crawler.signals.connect(self._leaves, signal=signals.request_reached_downloader)
        crawler.signals.connect(self._arrives, signal=signals.bytes_received)
        crawler.signals.connect(self._closed, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ArticleImages:
        """Build the extension for ``crawler``."""
        return cls(crawler)

    def _opened(self) -> None:
        run = run_of(self._crawler)
        self._guard = Guard.of(self._crawler)
        self._count("fetched", 0)
        self._count("bytes", 0)
        try:
            self._held = held_images(run.folder, run.facts.name)
        except StorageError as error:
            run.fail(error)

    # Which

    def _article(self, item: Any) -> None:
        """Take the images of a new row; Scrapy takes the spider for busy until this returns, and so keeps it open."""
        for image in item["images"] or ():
            self._consider(Image(image["url"], item["url"]))
        self._next()

    def _consider(self, image: Image) -> None:
        reason = refusal(image.url, self._guard)
        # As Scrapy writes it, for so it is archived.
        address = "" if reason else Request(image.url).url.partition("#")[0]
        if reason is None and address in self._seen:
            reason = "duplicate"
        elif reason is None and address in self._held:
            reason = "held"
        if reason is not None:
            self._count(f"skipped/{reason}")
            return
        self._seen.add(address)
        self._waiting.append(image._replace(url=address))

    def _next(self) -> None:
        """Ask for the next image, if none is under way."""
        while self._waiting and self._asked is None:
            image = self._waiting.popleft()
            if self._spent or self._fetched >= self._budget.images or self._bytes >= self._budget.bytes:
                self._count("skipped/budget")
            else:
                self._asked = image
                self._ask(image)

    def _ask(self, image: Image) -> None:
        # Every answer comes back here, redirects too: where they lead is judged like any other address.
        meta = {"image": image, "via": f"image:{image.article}", "handle_httpstatus_all": True, "dont_redirect": True}
        accept = {"Accept": "image/*,*/*;q=0.8"}
        engine: Any = self._crawler.engine
        engine.crawl(
            Request(
                image.url,
                self._answered,
                errback=self._failed,
                headers=accept,
                meta=meta,
                priority=_PRIORITY,
                dont_filter=True,
            )
        )

    # What became of it

    def _leaves(self, request: Request) -> None:
        """Cut the answer off where the budget ends; a retry is told what is left by then."""
        if "image" in request.meta:
            request.meta["download_maxsize"] = min(self._largest, max(self._budget.bytes - self._bytes, 1))

    def _arrives(self, data: bytes, request: Request) -> None:
        if "image" in request.meta:
            self._bytes += len(data)
            self._count("bytes", len(data))

    def _answered(self, response: Response) -> list[FetchedPage]:
        """Count an answer and ask for the next image; a page at the address of an article is for the extractor."""
        image: Image = response.meta["image"]
        capture: Capture = response.meta["capture"]
        outcome = capture.row["outcome"]
        self._asked = None
        if outcome == "image":
            self._fetched += 1
            self._count("fetched")
        elif outcome == "redirect":
            self._redirected(image, response.url, capture.row["fetch_redirect"])
        else:
            self._count("skipped/not an image" if response.status == 200 else f"skipped/status {response.status}")
        self._next()
        spider: Any = self._crawler.spider
        return [FetchedPage(response.url, capture)] if outcome == "listing" and spider.is_article(response.url) else []

    def _redirected(self, image: Image, base: str, location: str) -> None:
        if image.hops >= self._hops:
            self._count("skipped/redirects")
            return
        try:
            target = urljoin(base, location)
        except ValueError:
            target = location
        self._consider(Image(target, image.article, image.hops + 1))

    def _failed(self, failure: Any) -> None:
        self._asked = None
        self._count(f"skipped/{self._reason(failure.value, failure.request)}")
        self._next()

    def _reason(self, error: Exception, request: Request) -> str:
        if "refused" in request.meta:
            return str(request.meta["refused"])
        if isinstance(error, UsageError):
            return "no contact"
        if not isinstance(error, DownloadCancelledError):
            return type(error).__name__
        self._spent = request.meta["download_maxsize"] < self._largest
        return "budget" if self._spent else "too large"

    def _closed(self) -> None:
        """Count what a run that was cut short did not come to."""
        late = sum(len(row["images"] or ()) for row in run_of(self._crawler).archive.settled_late)
        left = late + len(self._waiting) + (self._asked is not None)
        if left:
            self._count("skipped/run ended", left)

    def _count(self, name: str, by: int = 1) -> None:
        assert self._crawler.stats is not None
        self._crawler.stats.inc_value(f"images/{name}", by)
