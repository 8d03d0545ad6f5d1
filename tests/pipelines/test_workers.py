"""Extraction in worker processes: one bad page costs itself and nothing else."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from archive.model import Extraction
from pipelines.workers import Workers, extract_block, hire, release
from scrapers.cms.nukeviet import RULES

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PAGE = (
    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><head><title>Mưa lũ</title></head><body>"
    '<div class="news_column"><h1 class="title">Mưa lũ gây thiệt hại tại Bảo Lâm</h1><span class="h5">Thứ năm - '
    '06/07/2023 22:37</span><div class="hometext">Đêm 5/7, mưa lớn gây sạt lở tại xã Nam Quang.</div>'
    '<div id="news-bodyhtml" class="bodytext"><p>Nước suối dâng cao cuốn trôi hai cầu tạm, làm hư hỏng 12 ha lúa.</p>'
    "<p>Lực lượng tại chỗ đã di dời 7 hộ dân đến nơi an toàn ngay trong đêm.</p></div></div></body></html>"
).encode()
URL = "https://hdnd.caobang.gov.vn/tin-tuc/mua-lu-1.html"


@dataclass(frozen=True)
class Bad:
    """Rules that kill or stall the worker that reads them: the worst a page could make the extractor do."""

    how: str
    rule_id: str = "bad/1"

    @property
    def article_path(self) -> str:
        """Never returns normally."""
        if self.how == "crash":
            os._exit(9)
        if self.how == "error":
            raise RecursionError
        time.sleep(60)
        return ""

    layouts = property(lambda self: self.article_path)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    # A worker that takes a crashed one's place must start within the limit, on a busy machine too.
    pool = Workers(2, timeout=10.0)
    yield pool
    pool.close()


def _extract(workers: Workers, *rules: object) -> list[Extraction]:
    async def all_at_once() -> list[Extraction]:
        return await asyncio.gather(*(workers.extract(rule, URL, PAGE, NOW) for rule in rules))  # type: ignore[arg-type]

    return asyncio.run(all_at_once())


@pytest.mark.parametrize(("how", "reason"), [("crash", "crash"), ("hang", "timeout"), ("error", "error")])
def test_a_bad_page_costs_itself_only(workers: Workers, how: str, reason: str) -> None:
    good: list[object] = [RULES] * 12
    results = _extract(workers, *good[:6], Bad(how), *good[6:])
    assert [result.reason for result in results] == [None] * 6 + [reason] + [None] * 6
    assert all(result.article for result in results if result.reason is None)


def test_workers_extract_what_the_caller_would(workers: Workers) -> None:
    assert _extract(workers, RULES) == [extract_block(RULES, URL, PAGE, NOW)]


def test_a_block_without_http_is_no_article() -> None:
    assert extract_block(RULES, URL, b"\x00\x01", NOW).reason == "no-http-response"


def test_hired_workers_are_shared_and_stop_with_the_last() -> None:
    first, second = hire(1, 5.0), hire(7, 9.0)
    assert first is second
    release(first)
    assert _extract(second, RULES)[0].article
    release(second)
    third = hire(1, 5.0)
    assert third is not first
    release(third)


def test_a_pool_that_broke_down_is_replaced() -> None:
    workers = Workers(1, timeout=5.0)
    workers._pool.stop()  # type: ignore[no-untyped-call]
    assert _extract(workers, RULES)[0].article
    workers.close()


def test_idle_workers_that_die_cost_no_page(workers: Workers) -> None:
    assert _extract(workers, RULES)[0].article is not None
    killed = [child for child in multiprocessing.active_children() if child.pid is not None]
    assert killed
    for child in killed:
        child.kill()
        child.join(10)
    assert all(extraction.article is not None for extraction in _extract(workers, *[RULES] * 6))
