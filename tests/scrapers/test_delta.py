"""What a run still has to fetch: by the ledger, within the budget of the day, at the pace of each listing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.layout import DataFolder
from archive.ledger import Ledger
from archive.schedule import DAY, HOUR
from scrapers.delta import LONGEST, SHORTEST, Delta

URL = "https://baocaobang.vn/khoi-cong-cau-tra-linh-3161421.html"
LISTING = "https://baocaobang.vn/thoi-su"
SOURCE = "section:/thoi-su"


def article_of(url: str) -> str | None:
    return url.rpartition("-")[2].removesuffix(".html") if url.endswith(".html") else None


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(DataFolder(tmp_path), "baocaobang", article_of)
    yield ledger
    ledger.close()


def fetched(ledger: Ledger, url: str, ago: float, etag: str | None = None, **columns: Any) -> None:
    row = {
        "url": url,
        "fetch_time": datetime.now(UTC) - timedelta(seconds=ago),
        "fetch_status": 200,
        "fetch_redirect": None,
        "outcome": "listing",
        "outcome_reason": None,
        "record_type": "response",
        "content_digest": "A" * 32,
        "content_truncated": None,
        "discovered_via": SOURCE,
    }
    ledger.fetched(row | columns, etag)
    ledger.commit()


def test_without_a_ledger_everything_is_wanted() -> None:
    delta = Delta(None)
    assert delta.wants("3161421")
    assert delta.is_due(SOURCE)
    assert not delta.unfetched()
    assert not list(delta.due())
    assert not delta.validators(LISTING)


def test_what_was_fetched_is_known_unless_all_is_asked_for_again(ledger: Ledger) -> None:
    ledger.found(URL, SOURCE)
    ledger.commit()
    assert Delta(ledger).wants("3161421")
    fetched(ledger, URL, DAY)
    assert not Delta(ledger).wants("3161421")
    assert Delta(ledger, refetch=True).wants("3161421")


@pytest.mark.parametrize(("hours", "wanted"), [(1, False), (13, True)])
def test_what_was_gone_and_is_listed_again_is_wanted_after_half_a_day(ledger: Ledger, hours: int, wanted: bool) -> None:
    fetched(ledger, URL, hours * HOUR, fetch_status=404, outcome="error")
    assert Delta(ledger).wants("3161421") is wanted


def test_a_redirect_is_known_once_what_it_leads_to_is(ledger: Ledger) -> None:
    target = "https://baocaobang.vn/khoi-cong-cau-moi-3169999.html"
    fetched(ledger, URL, HOUR, fetch_status=301, outcome="redirect", fetch_redirect=target)
    assert Delta(ledger).wants("3161421")
    fetched(ledger, target, HOUR)
    assert not Delta(ledger).wants("3161421")


def test_redirects_in_a_circle_end(ledger: Ledger) -> None:
    other = "https://baocaobang.vn/khac-3162222.html"
    fetched(ledger, URL, HOUR, fetch_status=301, outcome="redirect", fetch_redirect=other)
    fetched(ledger, other, HOUR, fetch_status=301, outcome="redirect", fetch_redirect=URL)
    assert not Delta(ledger).wants("3161421")


def test_the_budget_of_the_day_counts_what_was_spent(ledger: Ledger) -> None:
    for number in range(10):
        fetched(ledger, URL.replace("421", f"{500 + number}"), 2 * HOUR + number, outcome="article")
    fetched(ledger, URL, 2 * DAY, outcome="article")
    delta = Delta(ledger, daily=40, share=0.1)
    assert delta.left == 30
    assert delta.visits == 4
    assert len(list(delta.due())) == 4
    assert Delta(ledger).left is None
    assert len(list(Delta(ledger).due())) == 11
    assert Delta(ledger, daily=5).left == 0


@pytest.mark.parametrize(("ago", "sent"), [(HOUR, {"If-None-Match": '"a"'}), (0.95 * DAY, {}), (3 * DAY, {})])
def test_a_server_is_believed_for_most_of_a_day(ledger: Ledger, ago: float, sent: dict[str, str]) -> None:
    fetched(ledger, LISTING, ago, etag='"a"')
    assert Delta(ledger).validators(LISTING) == sent
    assert Delta(ledger, refetch=True).validators(LISTING) == {}


def test_a_server_that_lied_is_not_believed(ledger: Ledger) -> None:
    fetched(ledger, LISTING, 2 * HOUR, etag='"a"')
    fetched(ledger, LISTING, HOUR, etag='"a"', content_digest="B" * 32)
    assert Delta(ledger).validators(LISTING) == {}


def test_a_listing_is_read_at_the_pace_of_its_news(ledger: Ledger) -> None:
    intervals = []
    for new in (*[True] * 5, *[False] * 16):
        delta = Delta(ledger, rhythmic=True)
        delta.was_read(SOURCE, new=False)
        delta.was_read(SOURCE, new)
        ledger.commit()
        rhythm = ledger.rhythm(SOURCE)
        assert rhythm is not None
        intervals.append(rhythm[0])
    assert min(intervals) == SHORTEST
    assert intervals[4] == SHORTEST
    assert intervals[-1] == LONGEST
    assert intervals[5:] == sorted(intervals[5:])
    assert not Delta(ledger, rhythmic=True).is_due(SOURCE)
    assert Delta(ledger).is_due(SOURCE)
    assert Delta(ledger, rhythmic=True).is_due("section:/khac")


def test_a_section_that_is_gone_is_not_read_again(ledger: Ledger) -> None:
    for path in ("/thoi-su", "/da-bo"):
        ledger.ended(f"section:{path}", "")
    ledger.ended("section:/thoi-su by API", "")
    fetched(ledger, "https://baocaobang.vn/da-bo", HOUR, fetch_status=404, outcome="error")
    assert Delta(ledger).sections("https://baocaobang.vn/") == ["/thoi-su"]
    assert Delta(ledger, refetch=True).sections("https://baocaobang.vn/") == []
