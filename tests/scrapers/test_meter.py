"""What is measured at the wire: quantiles from a few buckets, a server's clock from hostile headers."""

from __future__ import annotations

import time
from email.utils import formatdate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import Headers, Request, Response
from scrapy.settings import Settings

from scrapers import settings as ours
from scrapers.meter import Latencies, Meter, server_time
from scrapers.surroundings import config_hash


@given(st.lists(st.floats(0.001, 1000), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 1.0]))
def test_a_quantile_is_at_most_an_eighth_off(seconds: list[float], share: float) -> None:
    latencies = Latencies()
    for value in seconds:
        latencies.add(value)
    true = sorted(seconds)[max(0, -int(-share * len(seconds) // 1) - 1)]
    assert latencies.quantile(share) == pytest.approx(true, rel=0.13)


def test_no_answers_have_no_quantile() -> None:
    assert Latencies().quantile(0.5) is None


@given(st.none() | st.binary(max_size=60), st.none() | st.binary(max_size=20))
def test_no_header_breaks_the_clock(date: bytes | None, age: bytes | None) -> None:
    moment = server_time(date, age)
    assert moment is None or isinstance(moment, float)


def test_an_answer_from_a_cache_is_as_old_as_it_says() -> None:
    assert server_time(b"Sun, 22 Nov 2026 06:00:00 GMT", b"60") == 1795327260.0
    assert server_time(b"Sun, 22 Nov 2026 06:00:00 GMT", b"-60") == 1795327200.0
    assert server_time(b"soon", None) is None


def test_the_freshest_answer_of_a_host_tells_its_clock() -> None:
    meter = Meter()
    for ahead in (-5000, 700, -100):
        headers = Headers({"Date": formatdate(time.time() + ahead, usegmt=True)})
        request = Request("https://a.vn/", meta={"download_latency": 0.2})
        meter.take(Response("https://a.vn/", headers=headers), request)
    assert meter.skew["a.vn"] == pytest.approx(700, abs=3)
    assert meter.latencies.quantile(0.5) == pytest.approx(0.2, rel=0.13)


def test_the_configuration_hash_tells_what_matters_and_nothing_else(tmp_path: Path) -> None:
    def hashed(**values: object) -> str:
        made = Settings()
        made.setmodule(ours, priority="project")
        for name, value in values.items():
            made.set(name, value, priority="cmdline")
        return config_hash(made)

    plain = hashed()
    assert (
        plain == hashed() == hashed(ARCHIVE_DIR=str(tmp_path), ARCHIVE_PING_URL="https://hc.example/x", LOG_LEVEL="X")
    )
    assert len({plain, hashed(DOWNLOAD_DELAY=3), hashed(ARCHIVE_DAILY_REQUESTS=1), hashed(USER_AGENT="x")}) == 4
    assert len(plain) == 64
