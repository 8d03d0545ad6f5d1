"""One section alone: learned from the addresses of articles, from menus, or where every page links others too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.crawling import scrapy
from tests.conftest import read_rows
from tests.replica.server import ReplicaServer
from tests.replica.sites import build_site


@pytest.mark.parametrize(
    ("portal", "section"),
    [
        ("baohagiang", "kinh-te"),
        ("hdnd_caobang", "tiep-xuc-cu-tri"),
        ("caobang_gov", "chuyen-doi-so"),
        ("baoangiang", "kinh-te"),
        ("baocamau", "kinh-te"),
        ("baohaiphong", "xa-hoi"),
        ("baolaocai", "kinh-te"),
    ],
)
def test_one_section_is_crawled_alone(tmp_path: Path, portal: str, section: str) -> None:
    site = build_site(portal, count=40)
    with ReplicaServer([site]) as server:
        done = scrapy("crawl", portal, "-a", f"sections={section}", data=tmp_path, server=server)
    wanted = {url.partition("://")[2] for url, story in site.articles().items() if story.section_slug == section}
    assert done.code == 0, done.err
    assert {row["url"].partition("://")[2] for row in read_rows(tmp_path, "articles")} == wanted
    assert len(server.counts) < len(site.stories)
