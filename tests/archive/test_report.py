"""The tables and the page of all runs: old lines stay readable, hostile words stay words, years stay small."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from unittest.mock import ANY

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.cli import main
from archive.layout import DataFolder
from archive.report.figures import BINS, FIELDS, Figures, Portal, Span, collect
from archive.report.page import render
from archive.report.plots import lines, sparkline
from archive.runlogs import log_path, runs_folder
from archive.runmonths import daily_bytes, last_runs, write_runs
from archive.runs import RunReport, append_report
from archive.runtable import RUN_COLUMNS, RUNS
from tests.archive.crawled import crawled

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
HOSTILE = "</svg><script>alert('a')</script>\u202e\x1b[2J&amp;"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

# A line as it was written before reports had the fields of today.
OLD = (
    '{"articles_changed": 0, "articles_new": 5, "exit_code": 0, "failures": {}, "finish_reason": "finished", '
    '"listings": 3, "portal": "baocaobang", "requests": 9, "run_id": "20250101000000-aaaaaa", "seconds": 3.0, '
    '"started": "2025-01-01T00:00:00+00:00", "statuses": {"200": 9}, "warc_bytes": 100, "warc_files": ["a.warc.gz"]}\n'
)


def report(portal: str, began: datetime, **fields: object) -> RunReport:
    """A report of a run that began at ``began``."""
    values = {"run_id": f"{began:%Y%m%d%H%M%S}-{portal}", "portal": portal, "started": began.isoformat()}
    return RunReport(**values, seconds=1.0, finish_reason="finished", **fields)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A folder with an old line, a torn one and two of today."""
    folder = DataFolder(tmp_path / "data")
    folder.reports.mkdir(parents=True)
    (folder.reports / "runs.jsonl").write_text(OLD + '{"portal": "to')
    new = report("baocaobang", NOW, articles_new=2, errors={HOSTILE: 3}, warc_files=["b"], warc_sha256={"b": "ff"})
    append_report(folder, new)
    append_report(folder, report(HOSTILE, NOW, exit_code=4, problems=[HOSTILE], robots={"forbidden": 7}))
    return folder


def test_old_lines_and_new_make_one_table(folder: DataFolder) -> None:
    tables = [pq.read_table(month.path) for month in write_runs(folder)]
    assert [table.schema.equals(RUNS) for table in tables] == [True, True]
    old, new, other = pa.concat_tables(tables).to_pylist()
    assert (old["articles_new"], old["found"], old["warc_files"]) == (5, None, [{"name": "a.warc.gz", "value": None}])
    assert old["started"] == datetime(2025, 1, 1, tzinfo=UTC)
    assert new["warc_files"] == [{"name": "b", "value": "ff"}]
    assert (other["robots_blocked"], other["problems"]) == (7, [HOSTILE])
    assert [run["run_id"] for run in last_runs(folder)] == [other["run_id"], new["run_id"]]


def test_readers_that_people_use_open_the_table(folder: DataFolder) -> None:
    write_runs(folder)
    path = str(runs_folder(folder) / "*.parquet")
    with duckdb.connect() as database:
        assert database.execute("SELECT sum(articles_new) FROM read_parquet(?)", [path]).fetchall() == [(7,)]
    assert pl.read_parquet(path)["articles_new"].sum() == 7
    assert pd.read_parquet(runs_folder(folder) / "2026-11.parquet")["articles_new"].sum() == 2


def test_every_count_of_a_report_is_in_the_table() -> None:
    columns = {column.name for column in RUN_COLUMNS}
    elsewhere = {
        "robots",
        "guards",
        "warc_sha256",
        "failures",
        "profile",
        "images",
        "hosts",
        "reservations",
        "clock_skew",
    }
    assert asdict(report("a", NOW)).keys() - elsewhere - columns == set()


def test_a_week_is_needed_to_tell_what_a_day_brings(tmp_path: Path) -> None:
    folder, now = DataFolder(tmp_path), datetime.now(UTC)
    assert daily_bytes(folder) == 0
    append_report(folder, report("a", now - timedelta(days=6), warc_bytes=600))
    write_runs(folder)
    assert daily_bytes(folder) == 0
    append_report(folder, report("a", now - timedelta(days=10), warc_bytes=1400))
    write_runs(folder)
    assert daily_bytes(folder) == pytest.approx(200, rel=0.01)
    append_report(folder, report("a", now - timedelta(days=40), warc_bytes=10**9))
    write_runs(folder)
    assert daily_bytes(folder) == pytest.approx(200, rel=0.01)


def test_the_command_makes_both_and_says_where(folder: DataFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(folder.path), "report"]) == 0
    assert "runs/*.parquet: 3 runs" in capsys.readouterr().out
    assert main(["--data", str(folder.path), "report", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["runs"], len(said["last"])) == (3, 2)
    assert Path(said["page"]).read_text().startswith("<!doctype html>")
    assert main(["--data", str(folder.path / "none"), "report"]) == 3
    assert "no run has ended" in capsys.readouterr().err
    log_path(folder, "2026-11").write_text("not json }\n")
    assert main(["--data", str(folder.path), "report"]) == 3
    assert "2026-11.jsonl: at byte 0" in capsys.readouterr().err


class _Tags(HTMLParser):
    """The tags of a page, their attributes, and whether all that must be closed is."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attributes


def test_what_a_portal_says_stays_words(folder: DataFolder) -> None:
    page = render(collect(folder, write_runs(folder), NOW + timedelta(hours=1)))
    tags = _Tags(page)
    assert "script" not in tags.names
    assert not [name for name, _ in tags.attributes if name.startswith("on") or name in ("src", "href")]
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert "&lt;script&gt;alert(&#x27;a&#x27;)&lt;/script&gt;" in page


@given(st.text(max_size=40))
def test_no_name_breaks_out_of_a_plot(name: str) -> None:
    plot = sparkline([1.0, 0.0], name) + lines([(name, [1.0, None, 2.0])], (name, name), name)
    assert set(_Tags(plot).names) <= {"svg", "title", "path", "text"}


def test_the_corpus_gives_days_lags_and_fill_rates(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    crawled(folder)
    append_report(folder, report("baocaobang", datetime(2024, 1, 5, 3, tzinfo=UTC)))
    figures = collect(folder, write_runs(folder), datetime(2024, 1, 6, tzinfo=UTC))
    (portal,) = figures.portals
    articles = sum(1 for value in portal.per_day if value)
    assert articles >= 1
    assert portal.pages >= 1
    assert portal.filled.keys() == set(FIELDS)
    assert portal.filled["lead"] > 0
    assert len(portal.per_day) == figures.span.bins == len(figures.warc_bytes) == len(figures.lag_median)


@given(st.dates(date(2020, 1, 1), date(2026, 1, 1)), st.integers(0, 2000))
def test_a_span_has_a_bin_for_each_of_its_days(first: date, length: int) -> None:
    span = Span(first, first + timedelta(days=length))
    assert span.bins <= BINS
    places = [span.bin_of(span.first + timedelta(days=day)) for day in range(length + 1)]
    assert set(places) == set(range(span.bins))
    assert span.bin_of(span.first - timedelta(days=1)) is None
    assert span.bin_of(span.last + timedelta(days=1)) is None


def test_the_report_opens_the_months_of_its_span_alone(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    for month in range(60):
        began = datetime(2022 + month // 12, month % 12 + 1, 20, 6, tzinfo=UTC)
        append_report(folder, report("a", began, warc_bytes=10, errors={"status 500": 1}))
    tables = write_runs(folder)
    now = datetime(2026, 12, 21, tzinfo=UTC)
    whole = collect(folder, tables, now)
    # Only the first bins know of what was before.
    assert (whole.warc_bytes[0], whole.warc_bytes[-1], whole.runs) == (360, 600, 60)
    assert [(kind, count) for kind, count, _ in whole.errors] == [("status 500", 24)]
    assert [portal.last["started"].date() for portal in whole.portals] == [date(2026, 12, 20)]
    for table in tables[:-25]:
        table.path.write_bytes(b"no table")
    assert collect(folder, tables, now) == replace(whole, sizes=ANY, free=ANY)


def years() -> Figures:
    """Two years of 74 portals, all with problems."""
    span = Span(NOW.date() - timedelta(days=730), NOW.date())
    last = {"exit_code": 4, "problems": [HOSTILE * 40] * 40, "started": NOW, "latency_p95": 0.25, "missed": None}
    last |= dict.fromkeys(("articles_new", "articles_changed", "articles_gone"), 123)
    days = [float(n % 7 * 9) for n in range(span.bins)]
    shares = dict.fromkeys(FIELDS, 0.87)
    portals = [Portal(f"portal_{n}", last, days, (3.25, 17.5), 999, shares) for n in range(74)]
    errors = [(HOSTILE, 1000, days)] * 10
    return Figures(NOW, span, portals, 54_020, [*days], [*days], errors, [*days], {"warc": 10**12}, 10**11)


def test_two_years_of_all_portals_stay_small() -> None:
    assert len(render(years()).encode()) < 1_000_000


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_browser_shows_the_page_without_a_complaint(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(render(years()))
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom"]
    command = [str(CHROMIUM), *flags, f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    assert "CONSOLE" not in done.stderr, done.stderr[-2000:]
    drawn = _Tags(done.stdout)
    assert drawn.names.count("svg") == 74 + 10 + 2
    assert "script" not in drawn.names
    assert len(re.findall(r"portal_\d+</td>", done.stdout)) == 2 * 74
