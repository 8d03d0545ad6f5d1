"""A portal of each family that the demo leaves out: crawled, understood as it was written, and provable."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.acceptance.crawling import ROOT, SCRAPY, scrapy
from tests.conftest import read_rows
from tests.replica.server import ReplicaServer
from tests.replica.sites import build_site

BAOTINH = SCRAPY.with_name("baotinh")


@pytest.mark.parametrize("portal", ["baocantho", "baonghean"])
def test_every_article_once_as_it_was_written(tmp_path: Path, portal: str) -> None:
    site = build_site(portal, count=40, seed=3)
    with ReplicaServer([site]) as server:
        done = scrapy("crawl", portal, data=tmp_path, server=server)
    assert done.code == 0, done.err
    rows = {row["url"]: row for row in read_rows(tmp_path, "articles")}
    assert sorted(row["url"] for row in read_rows(tmp_path, "articles")) == sorted(site.articles())
    for url, story in site.articles().items():
        row = rows[url]
        assert (row["title"], row["lead"]) == (story.title, story.lead), url
        assert tuple(row["text"].split("\n\n")) == story.paragraphs, url
        assert (row["published_at"], row["published_precision"]) == (story.published, "minute"), url
        assert (tuple(row["authors"]), row["source_name"]) == (story.authors, story.source_name), url
        assert [image["caption"] for image in row["images"]] == [photo.caption for _, photo in story.photos], url
        assert (row["section"], tuple(row["tags"])) == (story.section, story.tags), url
    outcomes = [row["outcome"] for row in read_rows(tmp_path, "captures")]
    assert outcomes.count("article") == len(site.stories)
    assert outcomes.count("not_article") == 0
    command = [str(BAOTINH), "--data", str(tmp_path), "verify"]
    verified = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (verified.returncode, verified.stderr) == (0, ""), verified.stdout
    assert "Nothing wrong was found." in verified.stdout
