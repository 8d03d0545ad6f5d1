"""What is expected of a run, each in a few lines: against the portal's own past, its sources, its servers' answers.

A monitor is silent or fails with sentences: what, since when, an example, what to do. They decide the exit code.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, ClassVar, Final

from spidermon import Monitor, MonitorRunner, MonitorSuite

from archive.corpus import reading_corpus
from archive.errors import BaotinhError, StorageError
from archive.ledger import Arrival, arrivals
from archive.runs import RunReport, read_reports
from archive.schedule import DAY
from pipelines.monitor import drift_of
from pipelines.run import CrawlRun
from scrapers.window import VIETNAM

Past = Sequence[dict[str, Any]]

_NOT_HELD: Final = "the run could not be held against the portal's past: {}"
# Reports that a portal's past is made of: two years of one run a day would tell nothing more.
_PAST: Final = 400
# A past of fewer runs says nothing.
_FEWEST: Final = 5
# A normal distribution's standard deviation is so many times its MAD; 3.5 of them are Iglewicz and Hoaglin's outlier.
_OUTLIER: Final = 3.5 * 1.4826
_QUIET_DAYS: Final = 3.0
_QUIET_GAPS: Final = 5
_QUIET_SEEN: Final = 400 * DAY
_ERRORS: Final = 5
_ERROR_SHARE: Final = 0.1
_DEAD: Final = ("status 404", "status 410")
_REFUSED: Final = ("IgnoreRequest", "Refused")
_FAILED: Final = """
SELECT url FROM captures_files WHERE run_id = ? AND outcome = 'error' AND NOT starts_with(url_path, '/robots.txt')
ORDER BY fetch_time LIMIT 2
"""


class Expectation(Monitor):
    """What is expected; ``sentences`` says in what it was not met."""

    def sentences(self) -> Iterable[str]:
        """Nothing, if all is as expected."""
        raise NotImplementedError

    def test_met(self) -> None:
        """The expectation is met."""
        try:
            lines = list(self.sentences())
        except BaotinhError as error:
            if isinstance(error, StorageError):
                self.data.refusals.append(error)
            lines = [_NOT_HELD.format(error)]
        if lines:
            self.fail("\n".join(lines))


class FoundLess(Expectation):
    """A run finds as many articles as the portal's own earlier runs of that kind and weekday did."""

    def sentences(self) -> Iterable[str]:
        """See ``less_than_usual``."""
        return less_than_usual(self.data.report, self.data.past)


class Drifted(Expectation):
    """The pages give what they gave before, field by field."""

    def sentences(self) -> Iterable[str]:
        """See ``pipelines.monitor``."""
        return drift_of(self.data.run, self.data.past)


class ManyErrors(Expectation):
    """Few requests fail."""

    def sentences(self) -> Iterable[str]:
        """See ``many_errors``."""
        return many_errors(self.data.report, self.data.past, self.data.run)


class SourceSilent(Expectation):
    """A source that used to bring new articles goes on doing so."""

    def sentences(self) -> Iterable[str]:
        """See ``silent_sources``."""
        brought = arrivals(self.data.run.folder, self.data.report.portal, self.data.now - _QUIET_SEEN)
        return silent_sources(self.data.report, brought, self.data.now)


class DiskNearlyFull(Expectation):
    """The disk has room for a month."""

    def sentences(self) -> Iterable[str]:
        """See ``nearly_full``."""
        return nearly_full(self.data.path, self.data.reports, self.data.daily, self.data.least)


class ClockWrong(Expectation):
    """This machine's clock is right."""

    def sentences(self) -> Iterable[str]:
        """See ``wrong_clock``."""
        return wrong_clock(self.data.reports, self.data.tolerance)


class PortalSuite(MonitorSuite):
    """What is expected of the run of one portal."""

    monitors: ClassVar[list[type[Monitor]]] = [FoundLess, Drifted, ManyErrors, SourceSilent]


def expectations(run: CrawlRun, report: RunReport) -> tuple[list[str], bool]:
    """What the run of a portal fell short of, in sentences, and whether the disk refused what it is held against."""
    try:
        past = read_reports(run.folder, report.portal, _PAST)
    except BaotinhError as error:
        return [_NOT_HELD.format(error)], isinstance(error, StorageError)
    refusals: list[StorageError] = []
    judged = {"run": run, "report": report, "past": past, "now": time.time(), "refusals": refusals}
    return sentences_of(MonitorRunner().run(PortalSuite(), **judged)), bool(refusals)


def sentences_of(result: Any) -> list[str]:
    """The sentences of the monitors that failed in spidermon's ``result``; of one that broke, the error."""
    lines: list[str] = []
    for item in result.monitors_failed_results:
        if item.reason is not None:
            lines += item.reason.splitlines()
        else:
            error = item.error.strip().splitlines()[-1]
            lines.append(f"the monitor {item.monitor.monitor_name} broke: {error}")
    return lines


def less_than_usual(report: RunReport, past: Past) -> Iterator[str]:
    """That ``report`` found far less than earlier runs of its kind did on that weekday, and which sources lack.

    Far is under half of the median and more than 3.5 standard deviations (by the MAD) below it. Where a weekday has
    fewer than five runs yet, all days are taken, and it must be under half of the least of them. A run that comes much
    sooner after another than usual is not judged.
    """
    like = [one for one in past if one.get("kind") == report.kind and one.get("finish_reason") == "finished"]
    like = [one for one in like if "found" in one]
    day = _day(report.started)
    same = [one for one in like if _day(one["started"]).weekday() == day.weekday()]
    pool = same if len(same) >= _FEWEST else like
    if len(pool) < _FEWEST or report.finish_reason != "finished" or _is_early(report, past):
        return
    counts = [one["found"] for one in pool]
    usual = median(counts)
    limit = usual - max(_OUTLIER * median(abs(count - usual) for count in counts), usual / 2)
    if pool is not same:
        limit = min(limit, min(counts) / 2)
    if report.found >= limit:
        return
    enough = [one["started"] for one in pool if one["found"] >= limit]
    when = f"{day:%A}s" if pool is same else "all days"
    lacking = _lacking(report, pool)
    yield (
        f"found {report.found} articles, where {usual:g} are usual ({len(pool)} earlier runs on {when}); last enough "
        f"on {_day(enough[-1]):%Y-%m-%d}{lacking}. Open the portal in a browser: if new articles are there, its "
        "sections or their links have changed (docs/add-a-portal.md)"
    )


def _lacking(report: RunReport, pool: Past) -> str:
    usual = {
        source: median(one.get("found_by", {}).get(source, 0) for one in pool)
        for source in {source for one in pool for source in one.get("found_by", {})}
    }
    least = sorted(usual, key=lambda source: report.found_by.get(source, 0) - usual[source])[:2]
    words = [f"{source} brought {report.found_by.get(source, 0)}, usually {usual[source]:g}" for source in least]
    return f"; e.g. {', '.join(words)}" if words else ""


def _is_early(report: RunReport, past: Past) -> bool:
    """Whether so little time has gone by since the run before that little can be new."""
    starts = [_seconds(one["started"]) for one in past]
    gaps = [after - before for before, after in pairwise(starts)]
    return bool(gaps) and _seconds(report.started) - starts[-1] < median(gaps) / 2


def many_errors(report: RunReport, past: Past, run: CrawlRun | None = None) -> Iterator[str]:
    """That a tenth of the requests failed, five at least, and three times what is usual on this portal.

    Dead links (404, 410) are everyday, and count only when half of all requests end so.
    """
    count, share = _errors(report.errors, report.requests)
    earlier = [_errors(one["errors"], one.get("requests", 0))[1] for one in past if "errors" in one]
    usual = median(earlier) if len(earlier) >= _FEWEST else 0.0
    if count < _ERRORS or share < max(_ERROR_SHARE, 3 * usual):
        return
    kinds = ", ".join(f"{number} × {kind}" for kind, number in sorted(report.errors.items()) if _is_fault(kind))
    well = [one["started"] for one in past if "errors" in one and _errors(one["errors"], one["requests"])[1] <= usual]
    since = f", the last run without on {_day(well[-1]):%Y-%m-%d}" if well else ""
    examples = f"; e.g. {', '.join(_failed_addresses(run))}" if run is not None else ""
    yield (
        f"{count} of {report.requests} requests failed, {usual:.0%} are usual: {kinds}{since}{examples}. Ask for one "
        "by hand (curl -I); if it answers, the portal may be refusing us: see logs/harvest.log"
    )


def _errors(errors: dict[str, int], requests: int) -> tuple[int, float]:
    count = sum(number for kind, number in errors.items() if _is_fault(kind))
    dead = sum(errors.get(kind, 0) for kind in _DEAD)
    count -= dead if 2 * dead < requests else 0
    return count, count / max(requests, 1)


def _is_fault(kind: str) -> bool:
    """Whether ``kind`` is the server's or the network's doing, and not a request that we did not send."""
    return not kind.startswith(_REFUSED)


def _failed_addresses(run: CrawlRun) -> list[str]:
    with reading_corpus(run.folder) as database:
        return [url for (url,) in database.execute(_FAILED, [run.run_id]).fetchall()]


def silent_sources(report: RunReport, brought: dict[str, list[Arrival]], now: float) -> Iterator[str]:
    """Each source that this run read and that has brought nothing new for 5 times its usual gap, 3 days at least.

    Its usual gap is the median of those between the hours in which it brought something, five gaps at least.
    """
    for source, came in sorted(brought.items()):
        gaps = [after.moment - before.moment for before, after in pairwise(came)]
        if not report.sources.get(source) or len(gaps) < _FEWEST:
            continue
        last, usual = came[-1], median(gaps)
        if now - last.moment > max(_QUIET_DAYS * DAY, _QUIET_GAPS * usual):
            yield (
                f"{source} has brought nothing new since {_when(last.moment)}, where it did every {_span(usual)}; the "
                f"last was {last.url}. Open it in a browser: if it stands still there too, its newsroom has given it "
                "up; take it out of the portal's sources, or put what replaces it there"
            )


def nearly_full(path: Path, reports: Sequence[RunReport], daily: float, least: float) -> Iterator[str]:
    """That the disk of the data folder ``path`` has under ``least`` bytes free, or under a month at ``daily`` bytes."""
    free = min((report.disk_free for report in reports if report.disk_free is not None), default=None)
    if free is None or free >= max(least, 30 * daily):
        return
    days = f"; at {daily / 1e6:.0f} MB a day that is {free / daily:.0f} days" if daily else ""
    yield (
        f"the disk of {path} has {free / 1e9:.1f} GB free{days}. Get a larger one, or move closed WARC files away "
        "(docs/operate.md)"
    )


def wrong_clock(reports: Sequence[RunReport], tolerance: float) -> Iterator[str]:
    """That the clocks of most servers differ from ours by more than ``tolerance`` seconds."""
    skews = {host: skew for report in reports for host, skew in report.clock_skew.items()}
    off = {host: skew for host, skew in skews.items() if abs(skew) > tolerance}
    if not tolerance or 2 * len(off) <= len(skews):
        return
    host, skew = sorted(off.items())[len(off) // 2]
    way = "ahead of" if skew > 0 else "behind"
    yield (
        f"the clocks of {len(off)} of {len(skews)} servers differ from this machine's; e.g. {host} is "
        f"{abs(skew):.0f} s {way} it. Set the clock (timedatectl; is NTP on?): the times of captures are taken from it"
        + ("" if len(skews) > 1 else "; of one server alone, it may be its own that is wrong")
    )


def _day(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(VIETNAM)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _when(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M} UTC"


def _span(seconds: float) -> str:
    return f"{seconds / DAY:.1f} days" if seconds >= DAY else f"{max(1, round(seconds / 3600))} hours"
