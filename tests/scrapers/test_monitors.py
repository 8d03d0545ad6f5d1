"""Monitors: silent on ordinary days, few runs and a portal's own habits; loud, and clear, when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.layout import DataFolder
from archive.ledger import Arrival
from archive.ledger.files import ledger_path
from archive.runlogs import log_path, runs_folder
from archive.runs import RunReport
from archive.schedule import DAY, HOUR
from pipelines.drift import Profile
from scrapers.monitors import expectations, less_than_usual, many_errors, nearly_full, silent_sources, wrong_clock

# A Monday.
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
Past = list[dict[str, Any]]


def report(day: float = 0, **fields: Any) -> RunReport:
    """A report of a run that began ``day`` days after the first."""
    began = START + timedelta(days=day)
    return RunReport("r", "p", began.isoformat(), 1.0, "finished", **fields)


def past(days: int, found: Callable[[int], int], every: int = 1) -> Past:
    """Reports of earlier runs, as they stand in the file."""
    return [
        {
            "started": (START + timedelta(days=day)).isoformat(),
            "kind": "",
            "finish_reason": "finished",
            "found": found(day),
            "found_by": {"rss:/a": found(day)},
            "errors": {},
            "requests": 100,
        }
        for day in range(0, days, every)
    ]


def week(day: int) -> int:
    """Thirty articles on weekdays, six on Sundays."""
    return 6 if day % 7 == 6 else 30


def test_a_sunday_is_no_alarm_and_a_dead_monday_is() -> None:
    before = past(42, week)
    assert list(less_than_usual(report(42, found=28), before)) == []
    (said,) = less_than_usual(report(42, found=3), before)
    assert "found 3 articles, where 30 are usual (6 earlier runs on Mondays)" in said
    assert "last enough on 2026-04-06" in said
    assert "rss:/a brought 0, usually 30" in said
    assert "docs/add-a-portal.md" in said
    before = past(48, week)
    assert list(less_than_usual(report(48, found=5), before)) == []
    assert list(less_than_usual(report(48, found=0), before)) != []


def test_few_runs_say_nothing_and_a_few_days_only_what_is_clear() -> None:
    assert list(less_than_usual(report(4, found=0), past(4, week))) == []
    # Five to thirty-four days: no weekday has five runs yet.
    assert list(less_than_usual(report(10, found=12), past(10, week))) == []
    (said,) = less_than_usual(report(10, found=0), past(10, week))
    assert "10 earlier runs on all days" in said


def test_runs_of_another_kind_or_cut_short_are_no_past() -> None:
    before = [one | {"kind": "refetch", "found": 900} for one in past(42, week)]
    assert list(less_than_usual(report(42, found=3), before)) == []
    before = [one | {"finish_reason": "shutdown"} for one in past(42, week)]
    assert list(less_than_usual(report(42, found=3), before)) == []
    older = [{name: one[name] for name in ("started", "finish_reason")} for one in past(42, week)]
    assert list(less_than_usual(report(42, found=3), older)) == []


def test_a_run_an_hour_after_the_last_is_not_judged() -> None:
    assert list(less_than_usual(report(41.05, found=0), past(42, week))) == []


@given(st.lists(st.integers(0, 400), min_size=5, max_size=60), st.data())
def test_what_earlier_runs_did_raises_no_alarm(counts: list[int], data: st.DataObject) -> None:
    before = past(len(counts), lambda day: counts[day])
    usual = data.draw(st.integers(sorted(counts)[len(counts) // 2], 500))
    same = [count for day, count in enumerate(counts) if day % 7 == len(counts) % 7]
    found = max([usual, *sorted(same)[len(same) // 2 :]])
    assert list(less_than_usual(report(len(counts), found=found), before)) == []


def test_errors_are_held_against_what_is_usual() -> None:
    before = past(10, week)
    many = report(10, requests=100, errors={"status 500": 15, "DownloadTimeoutError": 5})
    (said,) = many_errors(many, before)
    assert said.startswith("20 of 100 requests failed, 0% are usual: 5 × DownloadTimeoutError, 15 × status 500")
    assert "the last run without on 2026-03-11" in said
    bad = [one | {"errors": {"status 500": 12}} for one in before]
    assert list(many_errors(many, bad)) == []
    assert list(many_errors(report(10, requests=1000, errors={"status 500": 20}), before)) == []
    assert list(many_errors(report(10, requests=6, errors={"status 500": 4}), before)) == []


def test_dead_links_and_requests_that_were_not_sent_are_no_faults() -> None:
    assert list(many_errors(report(requests=100, errors={"status 404": 40, "IgnoreRequest": 60}), [])) == []
    assert list(many_errors(report(requests=100, errors={"status 404": 60}), [])) != []


def arrivals(*days: float) -> list[Arrival]:
    """Something new on each of ``days``."""
    return [Arrival(START.timestamp() + day * DAY, f"https://p.vn/{day}") for day in days]


@pytest.mark.parametrize(
    ("days", "now", "silent"),
    [
        (range(10), 14.0, False),
        (range(10), 14.1, True),
        (range(5), 300, False),
        (range(0, 70, 7), 63 + 34.9, False),
        (range(0, 70, 7), 63 + 35.1, True),
        ([day / 24 for day in range(48)], 3.5, False),
        ([day / 24 for day in range(48)], 5.1, True),
    ],
)
def test_a_source_is_silent_after_three_days_and_five_gaps(days: Any, now: float, silent: bool) -> None:
    came = {"rss:/a": arrivals(*days)}
    said = list(silent_sources(report(sources={"rss:/a": 9}), came, START.timestamp() + now * DAY))
    assert bool(said) is silent
    # What is not read, or was empty, is for other monitors.
    assert list(silent_sources(report(sources={"rss:/a": 0}), came, START.timestamp() + now * DAY)) == []
    assert list(silent_sources(report(), came, START.timestamp() + now * DAY)) == []


def test_a_silent_source_is_named_with_its_last_article() -> None:
    came = {"rss:/a": arrivals(*range(10)), "rss:/b": arrivals(*range(20))}
    (said,) = silent_sources(report(sources={"rss:/a": 9, "rss:/b": 3}), came, START.timestamp() + 20 * DAY)
    assert said.startswith("rss:/a has brought nothing new since 2026-03-11 01:00 UTC, where it did every 1.0 days")
    assert "the last was https://p.vn/9" in said
    hourly = {"rss:/a": [Arrival(START.timestamp() + hour * HOUR, "u") for hour in range(0, 60, 2)]}
    (said,) = silent_sources(report(sources={"rss:/a": 9}), hourly, START.timestamp() + 9 * DAY)
    assert "every 2 hours" in said


def test_a_disk_that_will_not_last_a_month() -> None:
    free = report(disk_free=50_000_000_000)
    assert list(nearly_full(Path("data"), [free], 1e9, 2e9)) == []
    (said,) = nearly_full(Path("data"), [free], 2e9, 2e9)
    assert "the disk of data has 50.0 GB free; at 2000 MB a day that is 25 days" in said
    (said,) = nearly_full(Path("data"), [report(disk_free=1_900_000_000)], 0, 2e9)
    assert "1.9 GB free. " in said
    assert list(nearly_full(Path("data"), [report()], 2e9, 2e9)) == []


def test_a_clock_that_most_servers_contradict() -> None:
    right = report(clock_skew={"a.vn": 1.0, "b.vn": -2.0})
    wrong = report(clock_skew={"c.vn": 3600.0, "d.vn": 3601.0, "e.vn": 3599.0})
    assert list(wrong_clock([right], 300)) == []
    assert list(wrong_clock([right, report(clock_skew={"c.vn": 3600.0, "d.vn": 3600.0})], 300)) == []
    (said,) = wrong_clock([right, wrong], 300)
    assert "the clocks of 3 of 5 servers differ from this machine's; e.g. d.vn is 3601 s ahead of it" in said
    assert list(wrong_clock([wrong], 0)) == []
    (said,) = wrong_clock([report(clock_skew={"a.vn": -900.0})], 300)
    assert "900 s behind" in said
    assert "it may be its own that is wrong" in said
    assert list(wrong_clock([], 300)) == []


def test_a_disk_that_refuses_the_past_is_told_from_a_past_that_is_damaged(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    run: Any = SimpleNamespace(folder=folder, profile=Profile())
    assert expectations(run, report()) == ([], False)
    ledger_path(folder, "p").mkdir(parents=True)
    (said,), refused = expectations(run, report())
    assert "unable to open database file" in said
    assert refused
    runs_folder(folder).mkdir(parents=True)
    log_path(folder, "2026-03").write_text('{"portal": "p"]}\n')
    (said,), refused = expectations(run, report())
    assert "2026-03.jsonl: at byte 0: not a JSON line" in said
    assert not refused
