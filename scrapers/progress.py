"""What a harvest shows: a live table on a terminal, a summary everywhere."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from pipelines.run import CrawlRun, run_so_far

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from archive.runs import RunReport


class HarvestProgress:
    """A table of the portals under way, redrawn twice a second on a terminal; nothing elsewhere."""

    def __init__(self, crawlers: list[Crawler]) -> None:
        self._crawlers = crawlers
        console = Console(stderr=True)
        self._live: Live | None = None
        if console.is_terminal:
            self._live = Live(get_renderable=self._table, console=console, refresh_per_second=2, transient=True)

    def __enter__(self) -> HarvestProgress:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def _table(self) -> Table:
        heads = ("portal", "requests", "listings", "articles", "images", "WARC", "waiting", "at least")
        table = Table(*heads, box=None, header_style="bold")
        for crawler in self._crawlers:
            run = run_so_far(crawler)
            if run is not None:
                table.add_row(*_live_row(crawler, run))
        return table


def _live_row(crawler: Crawler, run: CrawlRun) -> tuple[str, ...]:
    stats: Any = crawler.stats
    spider: Any = crawler.spider
    done = stats.get_value("finish_reason")
    name = f"{'✓' if done else '⋯'} {run.facts.name}"
    articles = run.archive.outcomes.get("article", 0)
    wanted = len(spider.requested)
    return (
        name,
        str(stats.get_value("downloader/request_count", 0)),
        str(stats.get_value("portal/listings", 0)),
        f"{articles}/{wanted}",
        str(stats.get_value("images/fetched", "–")),
        megabytes(run.archive.bytes_written),
        *_outlook(crawler, time.monotonic() - run.started, stats.get_value("downloader/request_count", 0)),
    )


def _outlook(crawler: Crawler, seconds: float, sent: int) -> tuple[str, str]:
    """How many requests wait, and how long they will take at the pace so far; listings may bring more."""
    engine: Any = crawler.engine
    slot = getattr(engine, "_slot", None)
    if slot is None or not sent:
        return "–", "–"
    waiting = len(slot.scheduler) + len(engine.downloader.active)
    return str(waiting), str(timedelta(seconds=round(waiting * seconds / sent)))


def images_line(report: RunReport) -> str | None:
    """What became of the images of a run in a line; ``None`` if none were asked for."""
    if not report.images:
        return None
    skipped = {name.removeprefix("skipped/"): count for name, count in report.images.items() if "/" in name}
    words = ", ".join(f"{count} × {reason}" for reason, count in sorted(skipped.items()))
    fetched = f"{report.images['fetched']} images, {megabytes(report.images['bytes'])}"
    return f"{report.portal}: {fetched}; not fetched: {words or 'none'}"


def megabytes(count: int) -> str:
    """``count`` bytes as megabytes with one decimal."""
    return f"{count / 1e6:.1f} MB"


def print_summary(reports: list[RunReport]) -> None:
    """The result of a harvest, a line a portal, and its problems."""
    table = Table("portal", "listings", "articles", "new", "changed", "WARC", "seconds", "result", box=None)
    for column in table.columns[1:-1]:
        column.justify = "right"
    for report in reports:
        table.add_row(
            report.portal,
            str(report.listings),
            str(report.outcomes.get("article", 0)),
            str(report.articles_new),
            str(report.articles_changed),
            megabytes(report.warc_bytes),
            f"{report.seconds:.0f}",
            "good" if report.exit_code == 0 else f"exit {report.exit_code}",
        )
    Console(width=None if sys.stdout.isatty() else 110).print(table)
    for line in filter(None, map(images_line, reports)):
        print(line)
    for report in reports:
        for problem in report.problems:
            print(f"{report.portal}: {problem}", file=sys.stderr)
