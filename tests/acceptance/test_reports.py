"""What a run leaves: the same report whatever command began it, the table, the page, the log; and who is told."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from archive.layout import DataFolder
from archive.ledger import ledger_path
from archive.runtable import RUNS
from archive.schedule import DAY
from tests.acceptance.crawling import Finished, scrapy
from tests.conftest import ROOT, read_runs
from tests.replica.server import ReplicaServer
from tests.replica.site import Fault
from tests.replica.sites import build_site
from tests.scrapers.listeners import http_listener

PORTAL = "hdnd_caobang"


def test_crawl_and_harvest_leave_the_same_report(tmp_path: Path) -> None:
    with ReplicaServer([build_site(PORTAL, count=8)]) as server:
        crawled = scrapy("crawl", PORTAL, data=tmp_path, server=server)
        harvested = scrapy("harvest", PORTAL, "-s", "ARCHIVE_LOG_FILES=3", data=tmp_path, server=server)
    assert (crawled.code, harvested.code) == (0, 0), crawled.err + harvested.err
    first, second = read_runs(tmp_path)
    assert first.keys() == second.keys()
    assert first["config"] == second["config"]
    # The replica links to one article that is not there.
    assert (first["found"], first["fetched"], first["articles_new"], first["known"]) == (9, 8, 8, 0)
    assert (second["found"], second["fetched"], second["articles_new"], second["known"]) == (0, 0, 0, 9)
    assert first["missed"] == second["missed"] == 0
    assert sum(first["found_by"].values()) == 9
    assert 0 < first["latency_p50"] <= first["latency_p95"] < 60
    assert first["bytes_received"] > 10_000
    assert 50e6 < first["memory"] < 2e9
    assert first["memory_workers"] > 50e6
    assert {"baotinh", "scrapy", "twisted", "trafilatura", "lxml", "python"} == first["versions"].keys()
    assert abs(first["clock_skew"]["hdnd.caobang.gov.vn"]) < 30
    for report in (first, second):
        (name,) = report["warc_files"]
        assert report["warc_sha256"] == {name: hashlib.sha256((tmp_path / "warc" / name).read_bytes()).hexdigest()}


def test_listings_that_are_unchanged_count_as_what_they_listed_before(tmp_path: Path) -> None:
    with ReplicaServer([build_site("baohagiang", count=8)]) as server:
        first, second = (scrapy("harvest", "baohagiang", data=tmp_path, server=server) for _ in range(2))
    before, after = read_runs(tmp_path)
    assert after["listings_unchanged"] > 0, first.err + second.err
    assert (after["exit_code"], second.code) == (before["exit_code"], first.code)
    assert after["fetched"] == 0


def test_a_harvest_makes_the_table_the_page_and_the_log(tmp_path: Path) -> None:
    site = build_site(PORTAL, count=8)
    site.faults["/"] = Fault(status=500)
    with ReplicaServer([site]) as server:
        done = scrapy("harvest", PORTAL, data=tmp_path, server=server)
    assert done.code == 5
    (path,) = (tmp_path / "reports" / "runs").glob("*.parquet")
    table = pq.read_table(path)
    assert table.schema.equals(RUNS, check_metadata=False)
    (row,) = table.to_pylist()
    assert (row["portal"], row["exit_code"]) == (PORTAL, 5)
    assert {"name": "status 500", "count": 1} in row["errors"]
    page = (tmp_path / "reports" / "report.html").read_text()
    assert "the portal gave no page" in page
    log = (tmp_path / "logs" / "harvest.log").read_text()
    assert "Spider closed (finished)" in log
    # Cron mails what is printed: the problem and the summary, no lines of the log.
    assert "INFO" not in done.err
    assert "the portal gave no page" in done.err


def test_a_log_is_turned_over_and_bounded_in_number(tmp_path: Path) -> None:
    bounds = ("-s", "ARCHIVE_LOG_BYTES=2000", "-s", "ARCHIVE_LOG_FILES=2")
    with ReplicaServer([build_site(PORTAL, count=3)]) as server:
        for _ in range(2):
            assert scrapy("crawl", PORTAL, *bounds, data=tmp_path, server=server).code == 0
        logs = {path.name: path.stat().st_size for path in (tmp_path / "logs").glob("harvest.log*")}
        none = scrapy("crawl", PORTAL, "-s", "ARCHIVE_LOG_BYTES=0", data=tmp_path / "none", server=server)
    assert none.code == 0
    assert not (tmp_path / "none" / "logs").exists()
    assert {"harvest.log", "harvest.log.1", "harvest.log.2"} == logs.keys() - {"harvest.log.lock"}
    # A single line, as that of the settings, may be longer than a file should be.
    assert all(size < 12_000 for size in logs.values())


def test_a_disk_that_refuses_the_log_and_the_page_costs_no_article(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("in the way")
    month = datetime.now(UTC)
    for name in (f"{month:%Y-%m}", f"{month + timedelta(hours=1):%Y-%m}"):
        (tmp_path / "reports" / "runs" / f"{name}.parquet.part").mkdir(parents=True, exist_ok=True)
    with ReplicaServer([build_site(PORTAL, count=3)]) as server:
        done = scrapy("harvest", PORTAL, data=tmp_path, server=server)
    assert done.code == 3, done.err
    assert "the log cannot be written" in done.err
    assert done.err.count("the report of all runs could not be made") == 1
    assert done.reports[PORTAL]["articles_new"] == 3


def test_a_harvest_is_told_once_for_all_its_portals(tmp_path: Path) -> None:
    ill = build_site("baolangson", count=3)
    ill.faults["*"] = Fault(status=500)
    with ReplicaServer([build_site(PORTAL, count=3), ill]) as server, http_listener() as listener:
        told = {
            "ARCHIVE_PING_URL": f"{listener.url}/ping",
            "ARCHIVE_WEBHOOK_URL": f"{listener.url}/hook",
            "ARCHIVE_METRICS_FILE": str(tmp_path / "baotinh.prom"),
        }
        done = scrapy("harvest", PORTAL, "baolangson", data=tmp_path, server=server, environment=told)
        assert done.code == 5
        assert sorted(listener.paths) == ["/hook", "/ping/5", "/ping/start"]
        assert listener.paths[0] == "/ping/start"
        said = json.loads(dict(listener.came)["/hook"])
        assert {one["portal"]: one["exit_code"] for one in said["portals"]} == {PORTAL: 0, "baolangson": 5}
        wrong = scrapy("harvest", "no-such-portal", data=tmp_path, server=server, environment=told)
        assert wrong.code == 2
        assert listener.paths[3:] == ["/ping/2", "/hook"]
    metrics = (tmp_path / "baotinh.prom").read_text().splitlines()
    assert "baotinh_harvest_exit_code 2" in metrics
    assert 'baotinh_run_articles_new{portal="hdnd_caobang"} 3' in metrics


def test_a_setting_of_the_notifiers_that_is_wrong_ends_at_once(tmp_path: Path) -> None:
    done = scrapy("harvest", PORTAL, data=tmp_path, environment={"ARCHIVE_PING_URL": "hc-ping.com/secret"})
    assert done.code == 2
    assert "ARCHIVE_PING_URL: not an address" in done.err
    assert "secret" not in done.err
    assert not (tmp_path / "warc").exists()


def _spread_over_a_month(data: Path) -> None:
    """Make the ledger say that its source brought an article a day, the last one ten days ago."""
    with sqlite3.connect(ledger_path(DataFolder(data), PORTAL)) as database:
        urls = [url for (url,) in database.execute("SELECT url FROM urls WHERE article IS NOT NULL ORDER BY url")]
        source = database.execute("SELECT source FROM urls WHERE article IS NOT NULL").fetchone()[0]
        (now,) = database.execute("SELECT max(first_seen) FROM urls").fetchone()
        for place, url in enumerate(urls):
            values = (source, now - (10 + place) * DAY, url)
            database.execute("UPDATE urls SET source = ?, first_seen = ?, published = NULL WHERE url = ?", values)
        database.execute("DELETE FROM arrivals")
    database.close()


def test_a_source_that_fell_silent_is_reported(tmp_path: Path) -> None:
    with ReplicaServer([build_site(PORTAL, count=12)]) as server:
        first = scrapy("harvest", PORTAL, data=tmp_path, server=server)
        _spread_over_a_month(tmp_path)
        second = scrapy("harvest", PORTAL, data=tmp_path, server=server)
    assert first.code == 0, first.err
    assert second.code == 4
    assert "has brought nothing new since" in second.err
    assert second.reports[PORTAL]["problems"]


@pytest.fixture
def another_time(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine whose clock is an hour ahead."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler on this machine to move the clock with")
    library = tmp_path / "clock.so"
    source = ROOT / "tests" / "acceptance" / "clock.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source], check=True, timeout=60)
    return {"LD_PRELOAD": str(library), "CLOCK_OFFSET": "3600"}


def test_a_wrong_clock_is_reported_once_for_the_harvest(tmp_path: Path, another_time: dict[str, str]) -> None:
    sites = [build_site(PORTAL, count=3), build_site("caobang_gov", count=3)]
    data = tmp_path / "data"
    with ReplicaServer(sites) as server:
        done: Finished = scrapy("harvest", PORTAL, "caobang_gov", data=data, server=server, environment=another_time)
    assert done.code == 4
    (said,) = (line for line in done.err.splitlines() if line.startswith("harvest: "))
    assert "the clocks of 2 of 2 servers differ" in said
    assert "behind it. Set the clock" in said
