"""Several machines share the portals: each host has one of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import UsageError
from scrapers.preflight import Task
from scrapers.registry import portal_classes
from scrapers.shards import Shard, parse_shard


@given(host=st.text(min_size=1, max_size=30), count=st.integers(1, 9))
def test_exactly_one_machine_has_a_host(host: str, count: int) -> None:
    assert sum(Shard(index, count).holds(host) for index in range(1, count + 1)) == 1


def test_www_and_case_make_no_other_host() -> None:
    for index in (1, 2, 3):
        assert Shard(index, 3).holds("WWW.baocaobang.vn") == Shard(index, 3).holds("baocaobang.vn")


def test_the_shards_of_all_portals_are_all_portals() -> None:
    tasks: list[Task] = [(cls, {}) for name, cls in portal_classes().items() if name != "generic"]
    parts = [Shard(index, 3).of(tasks) for index in (1, 2, 3)]
    assert sorted(cls.name for part in parts for cls, _ in part) == sorted(cls.name for cls, _ in tasks)
    assert all(parts)


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b", "1/0", "-1/2", ""])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="write --shard 2/4"):
        parse_shard(text)


def test_one_machine_is_the_default() -> None:
    assert parse_shard(None) == Shard()
    assert (parse_shard(None).suffix, parse_shard("2/4").suffix) == ("", "-2of4")
