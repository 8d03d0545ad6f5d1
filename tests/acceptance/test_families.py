"""A portal of every CMS family that the demo does not show, crawled as a user does: all articles once, as written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.crawling import ROOT, scrapy
from tests.conftest import read_rows
from tests.replica.server import ReplicaServer
from tests.replica.sites import build_site

BIN = Path(sys.executable).parent
COUNT = 20
# So many that each of their sections lists one: theirs are written down, and an empty one is a trouble.
MANY = {"baocantho": 40, "baonghean": 40}
# What is crawled, and the site that answers where it is not of that name.
CRAWLS = {
    "baocantho": "baocantho",
    "baonghean": "baonghean",
    "baohatinh": "baohatinh",
    "baophutho": "baophutho",
    "baoyenbai": "baoyenbai",
    "phuyen": "phuyen",
    "baoquangngai": "baoquangngai",
    "hdnd_caobang": "hdnd_mobile",
}


@pytest.mark.parametrize("portal", CRAWLS)
def test_every_article_once_and_as_it_was_written(tmp_path: Path, portal: str) -> None:
    count = MANY.get(portal, COUNT)
    site = build_site(CRAWLS[portal], count=count, seed=5)
    with ReplicaServer([site]) as server:
        done = scrapy("crawl", portal, data=tmp_path, server=server)
    assert done.code == 0, done.err
    truth = {url.partition("://")[2]: story for url, story in site.articles().items()}
    rows = {row["url"].partition("://")[2]: row for row in read_rows(tmp_path, "articles")}
    assert len(read_rows(tmp_path, "articles")) == count
    assert rows.keys() == truth.keys()
    for url, story in truth.items():
        row = rows[url]
        found = (row["title"], row["lead"], tuple(row["authors"]), row["source_name"], row["published_at"])
        assert found == (story.title, story.lead, story.authors, story.source_name, story.published), url
        assert tuple(row["text"].split("\n\n")) == story.paragraphs, url
        assert [image["caption"] for image in row["images"]] == [photo.caption for _, photo in story.photos], url
    captured = [row["url"] for row in read_rows(tmp_path, "captures")]
    assert not [url for url in captured if "utm_" in url or "fbclid" in url or "/tv/" in url or "/cong-cu/" in url]
    verify = [str(BIN / "baotinh"), "--data", str(tmp_path), "verify"]
    proof = subprocess.run(verify, cwd=ROOT, capture_output=True, text=True, check=False)
    assert proof.returncode == 0, proof.stdout + proof.stderr
    assert "Nothing wrong was found" in proof.stdout
