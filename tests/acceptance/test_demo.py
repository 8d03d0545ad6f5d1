"""The first whole run: every article of six portals found once, understood as it was written, and provable."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow.dataset as ds
import pytest
from fastwarc.warc import ArchiveIterator as FastIterator

from archive.members import Record, walk_members
from archive.revisit import restore_block
from archive.schema import ARTICLES, CAPTURES
from tests.conftest import Demo
from tests.replica.sites import PORTALS, build_site
from tests.replica.story import Story

BIN = Path(sys.executable).parent
HOSTS = {"vungcao": "tintucvungcao.vn"}


def _truth(portal: str) -> Mapping[str, Story]:
    """The stories of a replica by address without scheme: the council's site answers on both."""
    return {_address(url): story for url, story in build_site(portal).articles().items()}


def _address(url: str) -> str:
    return url.partition("://")[2]


def test_demo_ends_well(demo: Demo) -> None:
    assert demo.code == 0, demo.output
    for word in ("baocaobang", "tintucvungcao.vn", "Nothing wrong was found", "Next"):
        assert word in demo.output


@pytest.mark.parametrize("portal", PORTALS)
def test_every_article_is_found_exactly_once(demo: Demo, portal: str) -> None:
    name = HOSTS.get(portal, portal)
    urls = [_address(row["url"]) for row in demo.rows("articles") if row["portal"] == name]
    assert len(urls) >= 60
    assert sorted(urls) == sorted(_truth(portal))


@pytest.mark.parametrize("portal", PORTALS)
def test_every_article_is_understood(demo: Demo, portal: str) -> None:
    truth = _truth(portal)
    rows = {_address(row["url"]): row for row in demo.rows("articles")}
    same_body = 0
    for url, story in truth.items():
        row = rows[url]
        assert row["title"] == story.title, url
        assert row["lead"] == story.lead, url
        assert tuple(row["authors"]) == story.authors, url
        assert row["source_name"] == story.source_name, url
        assert row["published_at"] == story.published, url
        assert row["published_precision"] == "minute", url
        same_body += tuple(row["text"].split("\n\n")) == story.paragraphs
    assert same_body >= 0.99 * len(truth)


def test_every_photo_has_its_caption(demo: Demo) -> None:
    wrong = []
    for portal in PORTALS:
        truth = _truth(portal)
        rows = {_address(row["url"]): row for row in demo.rows("articles")}
        for url, story in truth.items():
            captions = [image["caption"] for image in rows[url]["images"]]
            if captions != [photo.caption for _, photo in story.photos]:
                wrong.append(url)
    assert not wrong


def test_blocks_are_the_bytes_that_crossed_the_wire(demo: Demo) -> None:
    sent = Counter((exchange.request, exchange.response) for exchange in demo.wire)
    records = {record.record_id: record for record in demo.records()}
    kept = Counter(
        (records[record.header("WARC-Concurrent-To") or ""].block, _response(record, records))
        for record in records.values()
        if record.type in ("response", "revisit")
    )
    assert sum(sent.values()) > 400
    assert kept == sent


def _response(record: Record, records: Mapping[str, Record]) -> bytes:
    """The response as it crossed the wire: a revisit has its head, the record it refers to has the rest."""
    if record.type == "response":
        return record.block
    return restore_block(record, records[record.header("WARC-Refers-To") or ""])


def test_the_index_is_what_an_independent_indexer_makes(demo: Demo) -> None:
    command = [str(BIN / "cdxj-indexer"), "--sort", *map(str, demo.warc_files())]
    lines = subprocess.run(command, capture_output=True, check=True).stdout.splitlines()
    assert len(lines) > 400
    assert (demo.data / "cdx" / "index.cdxj").read_bytes().splitlines() == lines


def test_every_kind_of_answer_is_kept(demo: Demo) -> None:
    outcomes = Counter(row["outcome"] for row in demo.rows("captures"))
    assert outcomes["article"] == len(demo.rows("articles")) == 360
    assert {"listing", "robots", "redirect", "error", "feed"} <= set(outcomes)
    assert all(row["outcome"] != "not_article" or row["outcome_reason"] for row in demo.rows("captures"))


def test_public_readers_read_every_file(demo: Demo) -> None:
    for path in demo.warc_files():
        ours = [(offset, record.record_id) for offset, _, record in walk_members(path)]
        command = [str(BIN / "warcio"), "index", "-f", "offset,warc-record-id", str(path)]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        index = [(int(entry["offset"]), entry["warc-record-id"]) for entry in map(json.loads, lines)]
        with path.open("rb") as file:
            fast = [(record.stream_pos, record.record_id) for record in FastIterator(file)]
        assert len(ours) > 100
        assert index == ours
        assert fast == ours


def test_plain_globs_give_the_documented_schema(demo: Demo) -> None:
    for table, schema in (("captures", CAPTURES), ("articles", ARTICLES)):
        folder = demo.data / "corpus" / table
        glob = str(folder / "**" / "*.parquet")
        count = ds.dataset(folder, partitioning="hive").count_rows()
        assert ds.dataset(folder, partitioning="hive").schema.names == [*schema.names, "month"]
        with duckdb.connect() as database:
            assert database.execute("SELECT count(*) FROM read_parquet(?)", [glob]).fetchone() == (count,)
        assert pl.scan_parquet(glob).select(pl.len()).collect().item() == count
        assert len(pd.read_parquet(folder)) == count
