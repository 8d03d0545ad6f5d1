"""How a harvest ends before its time: asked to, at its limit, or because another is at work; and what is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from archive.layout import DataFolder
from archive.ledger import outlook
from tests.acceptance.crawling import ROOT, SCRAPY, scrapy
from tests.conftest import read_rows
from tests.replica.server import ReplicaServer
from tests.replica.site import Fault, Site
from tests.replica.sites import build_site

PORTAL = "hdnd_caobang"
QUICK = ("-s", "DOWNLOAD_DELAY=0", "-s", "RETRY_TIMES=0")


def _start(data: Path, server: ReplicaServer, *options: str) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ARCHIVE_")}
    environment |= {"ARCHIVE_DIR": str(data), "ARCHIVE_CONNECT_TO": server.connect_to}
    command = [str(SCRAPY), "harvest", PORTAL, *QUICK, *options]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _wait_for(server: ReplicaServer, requests: int) -> None:
    deadline = time.monotonic() + 60
    while sum(server.counts.values()) < requests:
        assert time.monotonic() < deadline, server.counts
        time.sleep(0.02)


def _articles(site: Site) -> set[str]:
    """The addresses that a crawl asks for: the site serves both schemes and calls http its own."""
    return {url.replace("http://", "https://") for url in site.articles()}


def _hanging(site: Site, url: str) -> threading.Event:
    """Let the answer for ``url`` take a minute; set once it was asked for."""
    path, asked, before = urlsplit(url).path, threading.Event(), site.fault

    def fault(wanted: str) -> Fault | None:
        if wanted == path:
            asked.set()
        return before(wanted)

    site.faults[path] = Fault(delay=60)
    site.fault = fault  # type: ignore[method-assign,assignment]
    return asked


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)])
def test_a_signal_ends_it_cleanly_though_a_server_hangs(number: signal.Signals, tmp_path: Path) -> None:
    site = build_site(PORTAL, count=20)
    asked = _hanging(site, max(_articles(site), key=lambda url: url[-9:]))
    with ReplicaServer([site]) as server:
        process = _start(tmp_path, server)
        assert asked.wait(60)
        started = time.monotonic()
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        took = time.monotonic() - started
        assert process.returncode == 11, errors
        assert took < 15
        assert "Traceback" not in errors
        site.faults.clear()
        kept = {row["url"] for row in read_rows(tmp_path, "articles")}
        before = server.counts.copy()
        again = scrapy("harvest", PORTAL, data=tmp_path, server=server)
        fetched = {url for url in _articles(site) if server.counts[url] > before[url]}
    assert again.code == 0, again.err
    assert {row["url"] for row in read_rows(tmp_path, "articles")} == _articles(site)
    assert fetched == _articles(site) - kept


def test_the_time_limit_ends_it_and_the_next_goes_on(tmp_path: Path) -> None:
    site = build_site(PORTAL, count=20)
    site.delay = 0.2
    with ReplicaServer([site]) as server:
        first = scrapy("harvest", PORTAL, "--minutes", "0.05", data=tmp_path, server=server)
        assert first.code == 15, first.err
        kept = len(read_rows(tmp_path, "articles"))
        left = outlook(DataFolder(tmp_path), PORTAL, time.time())
        assert 0 < kept < 20
        assert left is not None
        assert left.held == kept
        site.delay = 0.0
        again = scrapy("harvest", PORTAL, data=tmp_path, server=server)
    assert again.code == 0, again.err
    assert again.reports[PORTAL]["articles_new"] == 20 - kept
    assert {url: server.counts[url] for url in _articles(site)} == dict.fromkeys(_articles(site), 1)


def test_the_second_of_two_harvests_does_nothing(tmp_path: Path) -> None:
    site = build_site(PORTAL, count=20)
    site.delay = 1.0
    with ReplicaServer([site]) as server:
        first = _start(tmp_path, server)
        _wait_for(server, 1)
        second = scrapy("harvest", PORTAL, data=tmp_path, server=server)
        other_shard = scrapy("harvest", PORTAL, "--shard", "1/2", "--dry-run", data=tmp_path, server=server)
        site.delay = 0.0
        _, errors = first.communicate(timeout=60)
    assert second.code == 10
    assert f"process {first.pid} is at it already" in second.err
    assert other_shard.code == 0, other_shard.err
    assert first.returncode == 0, errors
    assert {row["url"] for row in read_rows(tmp_path, "articles")} == _articles(site)
    assert {url: server.counts[url] for url in _articles(site)} == dict.fromkeys(_articles(site), 1)


def test_a_dry_run_says_what_is_in_store_and_sends_nothing(tmp_path: Path) -> None:
    site = build_site(PORTAL, count=8)
    with ReplicaServer([site]) as server:
        names = (PORTAL, "baocaobang")
        before = scrapy("harvest", *names, "--dry-run", data=tmp_path, server=server, contact="a@example.vn")
        assert before.code == 0, before.err
        assert not server.counts
        assert not list(tmp_path.iterdir())
        scrapy("harvest", PORTAL, data=tmp_path, server=server)
        after = scrapy("harvest", PORTAL, "--dry-run", data=tmp_path, server=server)
    assert PORTAL in before.out
    assert "baocaobang.vn" in before.out
    assert " 8 " in next(line for line in after.out.splitlines() if PORTAL in line)


@pytest.mark.parametrize(("option", "value"), [("--minutes", "soon"), ("--minutes", "0"), ("--shard", "3/2")])
def test_a_bad_option_is_refused_with_the_form(option: str, value: str, tmp_path: Path) -> None:
    done = scrapy("harvest", PORTAL, option, value, data=tmp_path)
    assert done.code == 2
    assert f"{option} {value}: write" in done.err
