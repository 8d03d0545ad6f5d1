"""Judging a run: from what Scrapy counted to a report, problems in words, and an exit code cron can use."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from archive.errors import BaotinhError, StorageError, UsageError
from archive.runs import RunReport
from pipelines.monitor import drift_of
from pipelines.run import CrawlRun, run_of
from scrapers.stopping import TIME_LIMIT

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


def report_of(crawler: Crawler) -> RunReport:
    """The report of a crawler that has finished, its problems and exit code included."""
    run = run_of(crawler)
    assert crawler.stats is not None
    stats: dict[str, Any] = crawler.stats.get_stats()
    spider: Any = crawler.spider
    report = RunReport(
        run_id=run.run_id,
        portal=run.facts.name,
        started=run.began.isoformat(timespec="seconds"),
        seconds=round(stats.get("elapsed_time_seconds", time.monotonic() - run.started), 1),
        finish_reason=stats.get("finish_reason", "crashed"),
        requests=stats.get("downloader/request_count", 0),
        statuses=_under(stats, "downloader/response_status_count/"),
        failures=_under(stats, "downloader/exception_type_count/"),
        robots=_under(stats, "robots/"),
        outcomes=dict(run.archive.outcomes),
        not_articles=_under(stats, "extraction/not_article/"),
        rungs=_under(stats, "extraction/rung/"),
        sources={label: spider.listed_by(label) for label in spider.found_by},
        images=_under(stats, "images/"),
        listings=stats.get("portal/listings", 0),
        articles_new=run.archive.new_articles,
        articles_changed=run.archive.changed_articles,
        warc_bytes=run.archive.bytes_written,
        warc_files=run.archive.warc_files,
        profile=run.profile.as_json(),
        recovered=run.recovered,
    )
    new = len(spider.requested - spider.visited) - stats.get("purged/not_requested", 0)
    report.exit_code, report.problems = _judge(report, run, stats, new)
    return report


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
    crashes = _under(stats, "spider_exceptions/")
    if crashes:
        return UNEXPECTED, [
            f"{count} × {name} in our own code; the log has the tracebacks" for name, count in crashes.items()
        ]
    if report.finish_reason == "shutdown":
        return INTERRUPTED, ["interrupted; what was fetched is kept, the next run goes on"]
    if report.finish_reason == TIME_LIMIT:
        return TIME_UP, ["time limit; what was fetched is kept, the next run goes on"]
    if not report.requests and stats.get("portal/listings_not_due"):
        return GOOD, []
    if not report.statuses:
        return UNREACHABLE, [f"no answer from the portal: {_why(report.failures)}"]
    if not any(status.startswith("2") or status == "304" for status in _pages(report)):
        return SOME_FAILED, [f"the portal gave no page: {_list(_pages(report)) or _robots_word(report)}"]
    empty = [label for label, count in report.sources.items() if count == 0]
    problems = [f"{label} lists no article" for label in empty]
    # A few that are none, a video or a dead link, are everyday where the rest is known.
    if new >= (_SEVERAL if run.archive.knows_articles else 1) and not report.outcomes.get("article"):
        problems.append("none of the pages was an article: " + (_list(report.not_articles) or "none was fetched"))
    problems += _drift(run)
    return (BELOW if problems else GOOD), problems


def _drift(run: CrawlRun) -> list[str]:
    try:
        return drift_of(run)
    except BaotinhError as error:
        return [f"the run could not be held against the portal's past: {error}"]


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


def _robots_word(report: RunReport) -> str:
    return f"robots.txt forbids it ({_list(report.robots)})"


def _list(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} × {name.rpartition('.')[2]}" for name, count in sorted(counts.items()))


def _under(stats: dict[str, Any], prefix: str) -> dict[str, int]:
    return {key.removeprefix(prefix): value for key, value in stats.items() if key.startswith(prefix)}
