"""Judging a run: from what Scrapy counted to a report, problems in words, and an exit code cron can use."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from archive.errors import BaotinhError, StorageError, UsageError
from archive.ledger import count_unfetched
from archive.runs import RunReport, append_report
from pipelines.run import CrawlRun, run_of
from scrapers.meter import Meter
from scrapers.monitors import expectations
from scrapers.stopping import TIME_LIMIT
from scrapers.surroundings import config_hash, free_bytes, hashes, peak_memory, versions
from scrapers.window import VIETNAM

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

GOOD, UNEXPECTED, USAGE, STORAGE, BELOW, SOME_FAILED, UNREACHABLE = range(7)
LOCKED, INTERRUPTED, TIME_UP = 10, 11, 15
CODES = {
    GOOD: "good",
    UNEXPECTED: "unexpected error",
    USAGE: "usage or configuration",
    STORAGE: "disk",
    BELOW: "less than expected",
    SOME_FAILED: "some portals failed",
    UNREACHABLE: "nothing reachable",
    LOCKED: "another harvest is at work",
    INTERRUPTED: "interrupted, state saved",
    TIME_UP: "time limit, state saved",
}
_SEVERAL = 5
_WORDS = {
    "DownloadConnectionRefusedError": "connection refused",
    "CannotResolveHostError": "no such host name",
    "DownloadTimeoutError": "timed out",
    "DownloadFailedError": "connection broke",
    "ResponseDataLossError": "answer cut short",
}
# Which of several portals' codes the harvest ends with: the one that most needs a person.
_URGENCY = (STORAGE, USAGE, UNEXPECTED, INTERRUPTED)


_making = Lock()
_reports: WeakKeyDictionary[Crawler, RunReport] = WeakKeyDictionary()


def report_of(crawler: Crawler, meter: Meter | None = None) -> RunReport:
    """The report of a crawler that has finished, its problems and exit code included; it stands in the folder.

    The first call makes and writes it; whoever asks meanwhile, in another thread, waits. A disk that refuses is one of
    its problems.
    """
    with _making:
        if crawler not in _reports:
            report = _reports[crawler] = _make(crawler, meter or Meter())
            try:
                append_report(run_of(crawler).folder, report)
            except BaotinhError as error:
                report.problems.append(str(error))
                report.exit_code = STORAGE
        return _reports[crawler]


def _make(crawler: Crawler, meter: Meter) -> RunReport:
    run = run_of(crawler)
    assert crawler.stats is not None
    stats: dict[str, Any] = crawler.stats.get_stats()
    spider: Any = crawler.spider
    archive = run.archive
    memory, workers = peak_memory()
    report = RunReport(
        run_id=run.run_id,
        portal=run.facts.name,
        started=run.began.isoformat(timespec="seconds"),
        seconds=round(stats.get("elapsed_time_seconds", time.monotonic() - run.started), 1),
        finish_reason=stats.get("finish_reason", "crashed"),
        kind=spider.window.kind(run.began.astimezone(VIETNAM).date()),
        requests=stats.get("downloader/request_count", 0),
        statuses=_under(stats, "downloader/response_status_count/"),
        failures=_under(stats, "downloader/exception_type_count/"),
        errors=_under(stats, "portal/failed/"),
        robots=_under(stats, "robots/"),
        guards=_under(stats, "guard/"),
        hosts=_under(stats, "hosts/"),
        reservations=_under(stats, "tdm/"),
        outcomes=dict(archive.outcomes),
        not_articles=_under(stats, "extraction/not_article/"),
        rungs=_under(stats, "extraction/rung/"),
        sources={label: spider.listed_by(label) for label in spider.found_by},
        found_by={label: count for label, count in spider.found_by.items() if count},
        images=_under(stats, "images/"),
        listings=stats.get("portal/listings", 0),
        listings_unchanged=stats.get("portal/listings_unchanged", 0),
        listings_not_due=stats.get("portal/listings_not_due", 0),
        found=sum(spider.found_by.values()),
        known=len(spider.known),
        fetched=archive.outcomes.get("article", 0) + archive.outcomes.get("not_article", 0),
        missed=_missed(run),
        articles_new=archive.new_articles,
        articles_changed=archive.changed_articles,
        articles_gone=archive.gone_articles,
        unchanged=archive.unchanged,
        truncated=archive.truncated,
        purged=stats.get("purged/not_requested", 0),
        bytes_received=stats.get("downloader/response_bytes", 0),
        latency_p50=meter.latencies.quantile(0.5),
        latency_p95=meter.latencies.quantile(0.95),
        memory=memory,
        memory_workers=workers,
        disk_free=free_bytes(run.folder.path),
        clock_skew=dict(meter.skew),
        versions=versions(),
        config=config_hash(crawler.settings),
        warc_bytes=archive.bytes_written,
        warc_files=archive.warc_files,
        warc_sha256=hashes(run.folder, archive.warc_files),
        profile=run.profile.as_json(),
        recovered=run.recovered,
    )
    new = len(spider.requested - spider.visited) - report.purged
    report.exit_code, report.problems = _judge(report, run, stats, new)
    return report


def _missed(run: CrawlRun) -> int | None:
    try:
        return count_unfetched(run.folder, run.facts.name)
    except BaotinhError:
        return None


def overall(reports: list[RunReport]) -> int:
    """The exit code of a harvest of several portals."""
    codes = [report.exit_code for report in reports]
    for code in _URGENCY:
        if code in codes:
            return code
    if codes and all(code == UNREACHABLE for code in codes):
        return UNREACHABLE
    if UNREACHABLE in codes or SOME_FAILED in codes:
        return SOME_FAILED
    return next((code for code in (BELOW, TIME_UP) if code in codes), GOOD)


def _judge(report: RunReport, run: CrawlRun, stats: dict[str, Any], new: int) -> tuple[int, list[str]]:
    if run.problem is not None:
        code = {UsageError: USAGE, StorageError: STORAGE}.get(type(run.problem), UNEXPECTED)
        return code, [str(run.problem)]
    crashes = [
        f"{count} × {name} in our own code{lost}; the log has the tracebacks"
        for kind, lost in (("spider", ""), ("capture", ", and what had come is not archived"))
        for name, count in _under(stats, f"{kind}_exceptions/").items()
    ]
    if crashes:
        return UNEXPECTED, crashes
    if report.finish_reason == "shutdown":
        return INTERRUPTED, ["interrupted; what was fetched is kept, the next run goes on"]
    if report.finish_reason == TIME_LIMIT:
        return TIME_UP, ["time limit; what was fetched is kept, the next run goes on"]
    if not report.requests and stats.get("portal/listings_not_due"):
        return GOOD, []
    if not report.statuses:
        return UNREACHABLE, [f"no answer from the portal: {_why(report.failures)}"]
    if not any(status.startswith("2") or status == "304" for status in _pages(report)):
        return SOME_FAILED, [f"the portal gave no page: {_list(_pages(report)) or _why_none(report)}"]
    empty = [label for label, count in report.sources.items() if count == 0]
    problems = [f"{label} lists no article" for label in empty]
    # A few that are none, a video or a dead link, are everyday where the rest is known.
    if new >= (_SEVERAL if run.archive.knows_articles else 1) and not report.outcomes.get("article"):
        problems.append("none of the pages was an article: " + (_list(report.not_articles) or "none was fetched"))
    sentences, refused = expectations(run, report)
    problems += sentences
    if refused:
        return STORAGE, problems
    return (BELOW if problems else GOOD), problems


def _why(failures: dict[str, int]) -> str:
    """The failures in words; requests that were dropped because of another's failure are no reason of their own."""
    names = {name.rpartition(".")[2]: count for name, count in failures.items()}
    names.pop("IgnoreRequest", None)
    return ", ".join(f"{_WORDS.get(name, name)} ({count} ×)" for name, count in sorted(names.items())) or "nothing sent"


def _pages(report: RunReport) -> dict[str, int]:
    """Answers by status, those to robots.txt left out."""
    pages = dict(report.statuses)
    for name, count in report.robots.items():
        status = name.removeprefix("status/")
        if status in pages:
            pages[status] -= count
    return {status: count for status, count in pages.items() if count > 0}


def _why_none(report: RunReport) -> str:
    """Why no page was asked for, or none answered."""
    if "forbidden" in report.robots:
        return f"robots.txt forbids it ({_list(report.robots)})"
    return _why(report.failures)


def _list(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} × {name.rpartition('.')[2]}" for name, count in sorted(counts.items()))


def _under(stats: dict[str, Any], prefix: str) -> dict[str, int]:
    return {key.removeprefix(prefix): value for key, value in stats.items() if key.startswith(prefix)}
