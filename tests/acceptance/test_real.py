"""A real NukeViet site, recorded by someone else's crawler, served as a live site and crawled by our spider."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.crawling import Finished, scrapy
from tests.conftest import read_rows
from tests.replica.server import ReplicaServer
from tests.replica.warcsite import WarcSite

REAL = Path(__file__).resolve().parents[3] / "shared" / "real"
WARC = REAL / "council-portal-nukeviet45.warc.gz"

pytestmark = pytest.mark.skipif(not WARC.exists(), reason="the recorded site lies outside the project and is not here")


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Finished]:
    data = tmp_path_factory.mktemp("real")
    with ReplicaServer([WarcSite(WARC, "hdnd.caobang.gov.vn")]) as server:
        return data, scrapy("crawl", "hdnd_caobang", data=data, server=server)


@pytest.fixture(scope="module")
def truth() -> dict[str, dict[str, Any]]:
    articles = json.loads((REAL / "council-portal-nukeviet45.truth.json").read_text())
    return {str(article["id"]): article for article in articles}


def test_every_article_and_nothing_else(crawl: tuple[Path, Finished], truth: dict[str, dict[str, Any]]) -> None:
    data, finished = crawl
    assert finished.code == 0, finished.err
    assert sorted(row["native_id"] for row in read_rows(data, "articles")) == sorted(truth)
    outcomes = Counter(row["outcome"] for row in read_rows(data, "captures"))
    assert outcomes["article"] == len(truth) == 161
    assert outcomes["not_article"] == 0


def test_every_field_as_the_editor_typed_it(crawl: tuple[Path, Finished], truth: dict[str, dict[str, Any]]) -> None:
    bodies = 0
    for row in read_rows(crawl[0], "articles"):
        article = truth[row["native_id"]]
        assert row["title"] == article["title"]
        assert row["lead"] == article["lead"]
        # The page prints minutes.
        assert row["published_at"] == datetime.fromisoformat(article["published"]).replace(second=0)
        assert row["authors"] == ([article["author"].partition(" (")[0]] if article["author"] else [])
        assert row["source_name"] == article["source"]
        bodies += row["text"].split("\n\n") == article["paragraphs"]
    assert bodies >= 159
