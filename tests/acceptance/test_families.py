"""A portal of every CMS family that the demo does not show, crawled as a user does: all articles once, as written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.crawling import ROOT, Finished, scrapy
from tests.conftest import read_rows
from tests.replica.server import ReplicaServer
from tests.replica.site import Site
from tests.replica.sites import build_site

BIN = Path(sys.executable).parent
COUNT = 20
# So many that each of their sections lists one: theirs are written down, and an empty one is a trouble.
MANY = {"baocantho": 40, "baobinhduong": 40, "baonghean": 40}
# What is crawled, and the site that answers where it is not of that name.
CRAWLS = {
    "baocantho": "baocantho",
    "baobinhduong": "baobinhduong",
    "baocamau": "baocamau",
    "baonghean": "baonghean",
    "baohatinh": "baohatinh",
    "baophutho": "baophutho",
    "baoyenbai": "baoyenbai",
    "phuyen": "phuyen",
    "baoquangngai": "baoquangngai",
    "hdnd_caobang": "hdnd_mobile",
}


@dataclass(frozen=True)
class Harvest:
    """The sites that were crawled, by portal, how the command ended, and where everything is."""

    sites: Mapping[str, Site]
    done: Finished
    data: Path

    def rows(self, table: str, portal: str) -> list[dict[str, Any]]:
        """The rows of ``portal`` in a table."""
        return [row for row in read_rows(self.data, table) if row["portal"] == portal]


@pytest.fixture(scope="module")
def harvest(tmp_path_factory: pytest.TempPathFactory) -> Harvest:
    """All of them, crawled side by side."""
    data = tmp_path_factory.mktemp("families")
    sites = {name: build_site(site, count=MANY.get(name, COUNT), seed=5) for name, site in CRAWLS.items()}
    with ReplicaServer(list(sites.values())) as server:
        return Harvest(sites, scrapy("harvest", *CRAWLS, data=data, server=server), data)


def test_the_harvest_is_good_and_proves_itself(harvest: Harvest) -> None:
    assert harvest.done.code == 0, harvest.done.err
    verify = [str(BIN / "baotinh"), "--data", str(harvest.data), "verify"]
    proof = subprocess.run(verify, cwd=ROOT, capture_output=True, text=True, check=False)
    assert proof.returncode == 0, proof.stdout + proof.stderr
    assert "Nothing wrong was found" in proof.stdout


@pytest.mark.parametrize("portal", CRAWLS)
def test_every_article_once_and_as_it_was_written(harvest: Harvest, portal: str) -> None:
    truth = {url.partition("://")[2]: story for url, story in harvest.sites[portal].articles().items()}
    articles = harvest.rows("articles", portal)
    rows = {row["url"].partition("://")[2]: row for row in articles}
    assert len(articles) == MANY.get(portal, COUNT)
    assert rows.keys() == truth.keys()
    for url, story in truth.items():
        row = rows[url]
        found = (row["title"], row["lead"], tuple(row["authors"]), row["source_name"], row["published_at"])
        assert found == (story.title, story.lead, story.authors, story.source_name, story.published), url
        assert tuple(row["text"].split("\n\n")) == story.paragraphs, url
        assert [image["caption"] for image in row["images"]] == [photo.caption for _, photo in story.photos], url
    captured = [row["url"] for row in harvest.rows("captures", portal)]
    assert not [url for url in captured if "utm_" in url or "fbclid" in url or "/tv/" in url or "/cong-cu/" in url]
