"""``scrapy fetch`` and ``scrapy shell``: a page for whoever writes a portal, and nothing in the archive."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.crawling import scrapy
from tests.acceptance.test_harvest import WATCHED
from tests.conftest import ROOT
from tests.replica.browse import get
from tests.replica.server import ReplicaServer
from tests.replica.sites import build_site


def test_fetch_prints_the_page(tmp_path: Path) -> None:
    site = build_site("hdnd_caobang", count=2)
    url = next(iter(site.articles()))
    with ReplicaServer([site]) as server:
        done = scrapy("fetch", url, data=tmp_path / "data", server=server)
        assert server.counts[url] == 1
    assert done.code == 0, done.err
    assert done.out.encode() == get(site, url).body + b"\n"
    assert done.err.count("the spider is no portal's, so nothing is archived") == 1
    assert "Traceback" not in done.err
    assert not (tmp_path / "data").exists()


def test_the_shell_holds_the_response(tmp_path: Path) -> None:
    site = build_site("hdnd_caobang", count=2)
    url, story = next(iter(site.articles().items()))
    headline = "response.css('h1[itemprop=headline], h1.title').xpath('string()').get().strip()"
    code = f"response.status, {headline}, fetch(request), response.url"
    with ReplicaServer([site]) as server:
        done = scrapy("shell", "-c", code, url, data=tmp_path / "data", server=server, images="1")
        assert server.counts[url] == 2
    assert done.code == 0, done.err
    assert done.out.strip() == str((200, story.title, None, url))
    assert done.err.count("the spider is no portal's, so nothing is archived") == 1
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("command", [["fetch"], ["shell", "-c", "response"]])
def test_strangers_are_not_called_without_a_contact(tmp_path: Path, command: list[str]) -> None:
    seen = tmp_path / "seen"
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, seen, *command, "https://baocaobang.vn/"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "ARCHIVE_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 'export ARCHIVE_CONTACT="' in done.stderr
    assert done.stdout.strip() in ("", "None")
    assert seen.read_text() == "", "something was looked up or sent"
