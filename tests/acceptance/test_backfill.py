"""A backfill that is killed again and again, resumed each time: in the end it is the one that nobody disturbed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.killing import KILLED, Killer, Mode, Strike, assert_sound, understood, whole_records
from tests.replica.server import ReplicaServer
from tests.replica.sites import build_site
from tests.replica.sites.portal import Portal

PORTAL = "hdnd_caobang"
SINCE = "since=2019-01-01"
MODES: tuple[Mode, Mode] = ("before", "half")


class _Backfill:
    """A portal of ``count`` articles, and backfills of it that are struck."""

    def __init__(self, scratch: Path, count: int) -> None:
        self.site: Portal = build_site(PORTAL, count=count)
        self.server = ReplicaServer([self.site])
        self.scratch = scratch

    def __enter__(self) -> _Backfill:
        self.server.__enter__()
        self.killer = Killer(self.scratch, self.server).__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.killer.__exit__(None, None, None)
        self.server.__exit__(None, None, None)

    def survive(self, data: Path, strikes: list[Strike]) -> Counter[str]:
        """Kill a backfill at every one of ``strikes``, then let it end; how often each address was asked for."""
        before = self.server.counts.copy()
        for number, strike in enumerate(strikes):
            kept = whole_records(data)
            struck = self.killer.crawl(data, strike, SINCE)
            assert struck.code == KILLED, f"{number}: {strike}: {struck.output}"
            assert kept <= whole_records(data), f"{number}: {strike}: records were lost"
        done = self.killer.crawl(data, argument=SINCE)
        assert done.code == 0, done.output
        return self.server.counts - before


@pytest.fixture
def small(tmp_path: Path) -> Iterator[_Backfill]:
    with _Backfill(tmp_path, 60) as backfill:
        yield backfill


@pytest.fixture
def large(tmp_path: Path) -> Iterator[_Backfill]:
    with _Backfill(tmp_path, 600) as backfill:
        yield backfill


def _check(backfill: _Backfill, strikes: list[Strike], tmp_path: Path) -> Counter[str]:
    struck, whole = tmp_path / "struck", tmp_path / "whole"
    struck.mkdir()
    whole.mkdir()
    backfill.survive(whole, [])
    asked = backfill.survive(struck, strikes)
    assert understood(struck) == understood(whole)
    assert len(understood(struck)) == len(backfill.site.stories)
    assert_sound(struck)
    return asked


def test_a_backfill_killed_three_times(small: _Backfill, tmp_path: Path) -> None:
    strikes = [Strike(MODES[number % 2], 90 + 23 * number) for number in range(3)]
    asked = _check(small, strikes, tmp_path)
    again = [url for url in small.site.articles() if asked[url.replace("http://", "https://")] > 1]
    # What was fetched and not yet on the disk is fetched again; the rest is not.
    assert len(again) < 20


@pytest.mark.long
def test_a_backfill_of_six_hundred_killed_a_hundred_times(large: _Backfill, tmp_path: Path) -> None:
    strikes = [Strike(MODES[number % 2], 60 + number * 37 % 101) for number in range(100)]
    _check(large, strikes, tmp_path)
