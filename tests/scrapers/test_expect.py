"""``scrapy expect``: pages become expectations, and what cannot be one is refused with the reason."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from archive.errors import UsageError
from pipelines.page import Page
from scrapers.expectations import StoredPage, article_on, file_name, load_pages, page_in, write_expectation
from tests.conftest import ROOT, Demo
from tests.pipelines.pages import replica_page
from tests.replica.sites import build_site
from tests.replica.sites.portal import Portal

GUIDE = (ROOT / "docs" / "add-a-portal.md").read_text()


def _site() -> Portal:
    return build_site("baocaobang", 6, 3)


def _page(site: Portal | None = None) -> Page:
    site = site or _site()
    return replica_page(site, site.url(site.stories[0]))


def _scrapy(command: list[str], where: Path, data: Path) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ARCHIVE_")}
    environment = {**kept, "ARCHIVE_DIR": str(data), "PYTHONPATH": str(ROOT)}
    environment["SCRAPY_SETTINGS_MODULE"] = "scrapers.settings"
    run = [sys.executable, "-m", "scrapy", *command]
    return subprocess.run(run, cwd=where, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_a_page_becomes_an_expectation_and_is_read_back(tmp_path: Path) -> None:
    page = _page()
    stored = StoredPage(file_name(page.url), page)
    (read,) = write_expectation(tmp_path / "baocaobang", "baocaobang", [stored])
    (again,) = load_pages(tmp_path / "baocaobang")
    assert again[0] == stored
    assert again[1]["title"] == read[1].title == _site().stories[0].title
    assert again[1]["published_at"] == _site().stories[0].published.isoformat()


def test_more_pages_join_those_that_are_there(tmp_path: Path) -> None:
    site = _site()
    for story in site.stories[:2]:
        page = replica_page(site, site.url(story))
        write_expectation(tmp_path, "baocaobang", [StoredPage(file_name(page.url), page)])
    assert len(load_pages(tmp_path)) == 2
    clash = StoredPage(file_name(site.url(site.stories[0])), replica_page(site, site.url(site.stories[1])))
    with pytest.raises(UsageError, match="another file name"):
        write_expectation(tmp_path, "baocaobang", [clash])


def test_what_can_be_no_expectation_is_refused_by_name(tmp_path: Path) -> None:
    page, site = _page(), _site()
    front = replace(replica_page(site, site.base + "/"), url=f"https://{site.host}/trang-3161999.html")
    heading, dated = b"<h1 class=name>Tin moi</h1>", b"<meta name=pubdate content=2026-11-20T08:15>"
    text = b"<div id=content-detail><p>Mot doan van ban cua bai.</p></div>"
    refused = {
        "no article was found on the page: status-404": replace(page, status=404),
        "no article's address": replace(page, url=f"https://{site.host}/"),
        "another site's address": replace(page, url="https://baolangson.vn/x-3161001.html"),
        "no article was found": front,
        "has no date;": replace(page, body=heading + text),
        "has no text;": replace(page, body=heading + dated + b"<div id=content-detail><h2>Sapo cua bai</h2></div>"),
        "no-title": replace(page, body=dated + text),
    }
    for word, bad in refused.items():
        with pytest.raises(UsageError, match=word):
            write_expectation(tmp_path / "x", "baocaobang", [StoredPage("a.html", page), StoredPage("b.html", bad)])
        assert not (tmp_path / "x").exists()


def test_unknown_portals_and_empty_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="baocaobangg: no such portal"):
        article_on("baocaobangg", _page())
    with pytest.raises(UsageError, match="--from-archive"):
        write_expectation(tmp_path, "baocaobang", [])
    (tmp_path / "a.html").write_text("<p>x</p>")
    with pytest.raises(UsageError, match="names no address"):
        page_in(tmp_path / "a.html")
    with pytest.raises(UsageError, match="cannot be read"):
        page_in(tmp_path / "b.html")


def test_names_of_files_follow_the_address() -> None:
    assert file_name("https://a.vn/x/mua-lu-12.html") == "mua-lu-12.html"
    assert file_name("https://a.vn/Default.aspx?id=7&sid=4") == "Default-id-7-sid-4.html"
    assert file_name("https://a.vn/") == "page.html"


def test_the_command_takes_a_saved_page_and_refuses_what_is_none(tmp_path: Path) -> None:
    page = _page()
    (tmp_path / "bai.html").write_bytes(page.body)
    done = _scrapy(["expect", "baocaobang", "bai.html"], tmp_path, tmp_path / "data")
    assert done.returncode == 0, done.stderr
    ((stored, expected),) = load_pages(tmp_path / "tests" / "portals" / "baocaobang")
    assert (stored.file, stored.page.url) == ("bai.html", page.url)
    assert expected["title"] == _site().stories[0].title
    assert expected["title"] in done.stdout
    refused = _scrapy(["expect", "baolangson", "bai.html"], tmp_path, tmp_path / "data")
    assert refused.returncode == 2
    assert "another site's address" in refused.stderr
    assert not (tmp_path / "tests" / "portals" / "baolangson").exists()


def test_the_guides_commands_keep_pages_out_of_an_archive(demo: Demo, tmp_path: Path) -> None:
    commands = [line.split() for line in GUIDE.splitlines() if line.startswith("scrapy expect ")]
    urls = [row["url"] for row in demo.rows("articles") if row["portal"] == "baocaobang"][:2]
    for command in commands:
        arguments = [argument for argument in command[1:] if not argument.startswith("http")]
        arguments[1] = "baocaobang"
        done = _scrapy([*arguments, *(urls if "--from-archive" in command else [])], tmp_path, demo.data)
        assert done.returncode == 0, done.stderr
    assert len(commands) == 2
    kept = load_pages(tmp_path / "tests" / "portals" / "baocaobang")
    assert sorted(stored.page.url for stored, _ in kept) == sorted(urls)
    listed = {row["url"]: row["title"] for row in demo.rows("articles")}
    assert all(expected["title"] == listed[stored.page.url] for stored, expected in kept)
    assert all(stored.page.content_type.startswith("text/html") for stored, _ in kept)
    missing = _scrapy(["expect", "baocaobang", "--from-archive", "https://baocaobang.vn/x-1.html"], tmp_path, demo.data)
    assert missing.returncode == 2
    assert "nothing is archived" in missing.stderr
