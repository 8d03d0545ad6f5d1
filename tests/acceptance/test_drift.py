"""A portal changes its layout: the next harvest says so, by portal, field and example, and does not end well."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.acceptance.crawling import Finished, scrapy
from tests.conftest import read_rows
from tests.replica.server import ReplicaServer
from tests.replica.site import Answer, Request, Site
from tests.replica.sites import build_site

PORTAL = "baohagiang"
COUNT = 25


def _redesigned(site: Site, old: bytes, new: bytes) -> None:
    """Let ``site`` write ``new`` for ``old`` in every page from now on."""
    route = site.route

    def redesigned(request: Request) -> Answer | None:
        answer = route(request)
        return answer and replace(answer, body=answer.body.replace(old, new), framed={})

    site.route = redesigned  # type: ignore[method-assign]
    site.forget()


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Finished], Path]:
    """Two harvests of a portal as it was, one after its redesign, one after that went back."""
    data = tmp_path_factory.mktemp("drift")
    site = build_site(PORTAL, count=COUNT)
    done = []
    with ReplicaServer([site]) as server:
        for old, new in (
            (b"", b""),
            (b"", b""),
            (b"article_content", b"story-shell"),
            (b"story-shell", b"article_content"),
        ):
            if old:
                _redesigned(site, old, new)
            done.append(scrapy("harvest", PORTAL, "-a", "refetch=yes", data=data, server=server))
    return done, data


def test_a_portal_as_it_was_raises_no_alarm(runs: tuple[list[Finished], Path]) -> None:
    (first, second, _, back), _ = runs
    assert [run.code for run in (first, second, back)] == [0, 0, 0], second.err
    assert not any(run.reports[PORTAL]["problems"] for run in (first, second, back))


def test_a_broken_layout_is_named_with_an_example(runs: tuple[list[Finished], Path]) -> None:
    (_, _, broken, _), data = runs
    assert broken.code == 4
    (line,) = [line for line in broken.err.splitlines() if line.startswith(f"{PORTAL}: layout: v1")]
    assert f"{2 * COUNT} of {2 * COUNT} before, 0 of {COUNT} now" in line
    articles = {row["url"] for row in read_rows(data, "articles")}
    assert any(url in articles for url in line.partition("e.g. ")[2].split(", "))
    assert "today's rules read 20 of the archive's last 20 earlier pages (v1: 20)" in broken.err
    assert "it is the portal's pages that changed" in broken.err


def test_the_profile_stands_in_the_report(runs: tuple[list[Finished], Path]) -> None:
    (first, _, broken, _), _ = runs
    profile = first.reports[PORTAL]["profile"]
    assert profile["pages"] == COUNT
    layout = profile["layouts"]["v1"]
    assert layout["articles"] == layout["filled"]["lead"] == layout["filled"]["minute of publication"] == COUNT
    assert layout["rungs"]["layout: v1"] == COUNT
    assert layout["median_length"] > 500
    assert 0 < layout["median_share"] < 1
    assert set(broken.reports[PORTAL]["profile"]["layouts"]) == {"generic"}


def test_damaged_tables_stop_a_harvest_before_it_begins(runs: tuple[list[Finished], Path], tmp_path: Path) -> None:
    _, kept = runs
    data = tmp_path / "data"
    shutil.copytree(kept, data)
    for path in (data / "corpus" / "captures").rglob("*.parquet"):
        content = bytearray(path.read_bytes())
        content[len(content) // 8 : len(content) // 2] = bytes(len(content) // 2 - len(content) // 8)
        path.write_bytes(content)
    site = build_site(PORTAL, count=COUNT)
    _redesigned(site, b"article_content", b"story-shell")
    with ReplicaServer([site]) as server:
        done = scrapy("harvest", PORTAL, data=data, server=server)
    assert done.code == 3, done.err
    assert "Traceback" not in done.err
    assert "`baotinh verify` names the damaged file, `baotinh rebuild` makes the tables anew" in done.err
    assert not server.counts
