"""The cron door: what a harvest says, keeps and returns when a portal is well, ill, empty or gone."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.crawling import scrapy
from tests.acceptance.killing import assert_sound
from tests.conftest import ROOT, read_rows
from tests.replica.server import ReplicaServer
from tests.replica.site import Answer, Fault, Request, Site, redirect
from tests.replica.sites import build_site


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_refused_connections(tmp_path: Path) -> None:
    port = _closed_port()
    done = scrapy("harvest", "baocaobang", data=tmp_path, connect_to=f"baocaobang.vn:443:127.0.0.1:{port}")
    assert done.code == 6
    assert "baocaobang: no answer from the portal" in done.err
    assert "connection refused (" in done.err
    assert done.reports["baocaobang"]["failures"]
    assert read_rows(tmp_path, "captures") == []


def test_a_portal_that_answers_500_to_everything(tmp_path: Path) -> None:
    site = build_site("baolangson", count=3)
    site.faults["*"] = Fault(status=500)
    with ReplicaServer([site]) as server:
        done = scrapy("harvest", "baolangson", data=tmp_path, server=server)
    assert done.code == 5
    assert "robots.txt" in done.err
    assert {row["fetch_status"] for row in read_rows(tmp_path, "captures")} == {500}


def test_a_portal_whose_pages_answer_500(tmp_path: Path) -> None:
    site = build_site("hdnd_caobang", count=3)
    site.faults["/"] = Fault(status=500)
    with ReplicaServer([site]) as server:
        done = scrapy("harvest", "hdnd_caobang", data=tmp_path, server=server)
    assert done.code == 5
    assert "the portal gave no page: 1 × 500" in done.err
    row = next(row for row in read_rows(tmp_path, "captures") if row["url_path"] == "/")
    assert (row["outcome"], row["outcome_reason"]) == ("error", "status 500")


@pytest.mark.parametrize("portal", ["baolangson", "baohaiphong"])
def test_an_empty_section(tmp_path: Path, portal: str) -> None:
    site = build_site(portal, count=2)
    with ReplicaServer([site]) as server:
        done = scrapy("harvest", portal, data=tmp_path, server=server)
    assert done.code == 4
    assert "lists no article" in done.err
    assert done.reports[portal]["problems"]
    assert len(read_rows(tmp_path, "articles")) == 2


def test_one_of_two_portals_is_down(tmp_path: Path) -> None:
    well = build_site("hdnd_caobang", count=4)
    with ReplicaServer([well]) as server:
        routes = f"{server.connect_to},caobang.gov.vn:443:127.0.0.1:{_closed_port()}"
        done = scrapy("harvest", "hdnd_caobang", "caobang_gov", data=tmp_path, connect_to=routes)
    assert done.code == 5
    assert done.reports["hdnd_caobang"]["exit_code"] == 0
    assert {row["portal"] for row in read_rows(tmp_path, "articles")} == {"hdnd_caobang"}


def test_a_fault_of_our_own_is_named_and_what_came_is_kept(tmp_path: Path) -> None:
    broken = '{"tests.acceptance.broken.Broken": 1}'
    with ReplicaServer([build_site("hdnd_caobang", count=6)]) as server:
        done = scrapy("harvest", "hdnd_caobang", "-s", f"SPIDER_MIDDLEWARES={broken}", data=tmp_path, server=server)
    assert done.code == 1
    assert "1 × RuntimeError in our own code; the log has the tracebacks" in done.err
    assert "no idea what to do with https://hdnd.caobang.gov.vn/" in done.err
    assert "https://hdnd.caobang.gov.vn/" in {row["url"] for row in read_rows(tmp_path, "captures")}


def test_an_answer_that_we_fail_to_archive_is_our_fault_and_leaves_nothing(tmp_path: Path) -> None:
    broken = '{"tests.acceptance.broken.BrokenArchive": 1}'
    with ReplicaServer([build_site("hdnd_caobang", count=6)]) as server:
        done = scrapy("harvest", "hdnd_caobang", "-s", f"SPIDER_MIDDLEWARES={broken}", data=tmp_path, server=server)
        assert done.code == 1
        assert re.search(r"\d+ × KeyError in our own code, and what had come is not archived", done.err)
        assert "KeyError: 'https://hdnd.caobang.gov.vn/" in done.err
        assert "https://hdnd.caobang.gov.vn/" in {row["url"] for row in read_rows(tmp_path, "captures")}
        assert_sound(tmp_path)
        mended = scrapy("harvest", "hdnd_caobang", data=tmp_path, server=server)
    assert mended.code == 0, mended.err
    assert len(read_rows(tmp_path, "articles")) == 6


def test_a_portal_that_hangs_up_behind_its_robots_txt_is_not_said_to_forbid_anything(tmp_path: Path) -> None:
    site = build_site("hdnd_caobang", count=3)
    site.faults["/"] = Fault(reset=True)
    with ReplicaServer([site]) as server:
        done = scrapy("harvest", "hdnd_caobang", data=tmp_path, server=server)
    assert done.code == 5
    assert "the portal gave no page: connection broke (" in done.err
    assert "robots.txt" not in done.err


def test_fetching_all_again_adds_captures_but_no_versions(tmp_path: Path) -> None:
    with ReplicaServer([build_site("hdnd_caobang", count=6)]) as server:
        first = scrapy("harvest", "hdnd_caobang", data=tmp_path, server=server)
        again = scrapy("harvest", "hdnd_caobang", "-a", "refetch=yes", data=tmp_path, server=server)
    assert (first.code, again.code) == (0, 0)
    assert again.reports["hdnd_caobang"]["articles_new"] == 0
    assert len(read_rows(tmp_path, "articles")) == 6
    reasons = [row["outcome_reason"] for row in read_rows(tmp_path, "captures") if row["outcome"] == "article"]
    assert reasons.count("unchanged") == reasons.count(None) == 6


def test_arguments_narrow_the_crawl(tmp_path: Path) -> None:
    site = build_site("baocaobang", count=40)
    with ReplicaServer([site]) as server:
        few = scrapy("crawl", "baocaobang", "-a", "max_articles=5", data=tmp_path / "few", server=server)
        one = scrapy("crawl", "baocaobang", "-a", "sections=kinh-te", data=tmp_path / "one", server=server)
        middle = site.stories[len(site.stories) // 2].published.date().isoformat()
        new = scrapy("crawl", "baocaobang", "-a", f"since={middle}", data=tmp_path / "new", server=server)
    assert len(read_rows(tmp_path / "few", "articles")) == 5, few.err
    in_section = {url for url, story in site.articles().items() if story.section_slug == "kinh-te"}
    assert {row["url"] for row in read_rows(tmp_path / "one", "articles")} == in_section, one.err
    wanted = {url for url, story in site.articles().items() if story.published.date().isoformat() >= middle}
    found = {row["url"] for row in read_rows(tmp_path / "new", "articles")}
    # Menus link a few articles without a time; those are fetched to learn it.
    assert wanted <= found, new.err
    assert len(found) < len(site.stories)


def test_a_districts_sub_site(tmp_path: Path) -> None:
    site = build_site("baolac", count=8)
    with ReplicaServer([site]) as server:
        done = scrapy("crawl", "caobang_gov", "-a", "site=baolac", data=tmp_path, server=server)
    rows = read_rows(tmp_path, "articles")
    assert sorted(row["url"] for row in rows) == sorted(site.articles()), done.err
    assert {(row["portal"], row["desk"]) for row in rows} == {("caobang_gov_baolac", "ubnd-baolac-cao-bang")}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("crawl", "baocaobang", "-a", "since=31/12/2023"), "since=2023-01-31"),
        (("crawl", "baocaobang", "-a", "sections=bong-da"), "there are: "),
        (("crawl", "baocaobang", "-a", "max_articles=-1"), "max_articles=100"),
        (("crawl", "baocaobang", "-a", "seit=2023"), "it takes since"),
        (("crawl", "baocaobangg"), "baocaobang,"),
        (("harvest", "generic"), "url=https://example.vn/"),
        (("harvest", "baocaobang", "khong-co"), "no such portal"),
    ],
)
def test_wrong_arguments_end_at_once_with_the_remedy(tmp_path: Path, arguments: tuple[str, ...], word: str) -> None:
    done = scrapy(*arguments, data=tmp_path)
    assert done.code == 2
    assert word in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "warc").exists()


WATCHED = """
import sys
seen = open(sys.argv.pop(1), "a")
def watch(event, args):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        print(event, args[1:], file=seen, flush=True)
sys.addaudithook(watch)
from scrapy.cmdline import execute
execute(sys.argv)
"""


def test_strangers_are_not_called_without_a_contact(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    for command in ("crawl", "harvest"):
        done = subprocess.run(
            [sys.executable, "-c", WATCHED, seen, command, "baocaobang"],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "ARCHIVE_DIR": str(tmp_path / "data")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 2
        assert 'export ARCHIVE_CONTACT="' in done.stderr
        assert "Traceback" not in done.stderr
    assert seen.read_text() == "", "something was looked up or sent"


class _Stranger(Site):
    """A portal whose article has moved to a host that is not on this machine."""

    host = "hdnd.caobang.gov.vn"
    scheme = "both"

    def route(self, request: Request) -> Answer | None:
        if request.path == "/":
            return Answer(200, b'<html><body><a href="/tin-tuc/mot-bai-viet-1.html">x</a></body></html>')
        if request.path.endswith("-1.html"):
            return redirect("http://nguoi-la.example/tin-tuc/mot-bai-viet-1.html")
        return None


def test_a_redirect_to_a_stranger_is_not_followed_without_a_contact(tmp_path: Path) -> None:
    with ReplicaServer([_Stranger()]) as server:
        done = scrapy("harvest", "hdnd_caobang", data=tmp_path, server=server)
    assert done.code == 4
    assert "no contact is configured" in done.err
    row = next(row for row in read_rows(tmp_path, "captures") if row["outcome"] == "redirect")
    assert row["fetch_redirect"] == "http://nguoi-la.example/tin-tuc/mot-bai-viet-1.html"
    assert all(row["url_host_name"] == "hdnd.caobang.gov.vn" for row in read_rows(tmp_path, "captures"))
