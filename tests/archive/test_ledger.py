"""What the ledger says of an address after each kind of answer, and that it says no more than is on the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archive.errors import StorageError
from archive.layout import DataFolder
from archive.ledger import GONE, Checkpoint, Entry, Ledger, discard, forget_addresses
from archive.reread import RESPONSE_LOST
from archive.schedule import DAY, HOUR, STEPS, next_try, next_visit

PORTAL = "baocaobang"
URL = "https://baocaobang.vn/khoi-cong-cau-tra-linh-3161421.html"
LISTING = "https://baocaobang.vn/thoi-su"
START = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


def article_of(url: str) -> str | None:
    return url.rpartition("-")[2].removesuffix(".html") if url.endswith(".html") else None


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path)


@pytest.fixture
def ledger(folder: DataFolder) -> Iterator[Ledger]:
    ledger = Ledger(folder, PORTAL, article_of)
    yield ledger
    ledger.close()


def capture(url: str = URL, after: float = 0, **columns: Any) -> dict[str, Any]:
    row = {
        "url": url,
        "fetch_time": START + timedelta(seconds=after),
        "fetch_status": 200,
        "fetch_redirect": None,
        "outcome": "listing",
        "outcome_reason": None,
        "record_type": "response",
        "content_digest": "A" * 32,
        "content_truncated": None,
        "discovered_via": "section:/thoi-su",
    }
    return row | columns


def known(ledger: Ledger, *rows: dict[str, Any], url: str = URL, etag: str | None = None) -> Entry:
    for row in rows:
        ledger.fetched(row, etag)
    ledger.commit()
    entry = ledger.entry(url)
    assert entry is not None
    return entry


def test_notes_wait_for_the_commit(folder: DataFolder) -> None:
    ledger = Ledger(folder, PORTAL, article_of)
    ledger.found(URL, "section:/thoi-su")
    ledger.commit()
    ledger.fetched(capture())
    ledger.close()
    ledger = Ledger(folder, PORTAL, article_of)
    entry = ledger.entry(URL)
    assert entry is not None
    assert entry.last_fetched is None
    assert [one.url for one in ledger.unfetched()] == [URL]
    ledger.close()


def test_notes_that_could_not_be_written_are_written_later(ledger: Ledger, folder: DataFolder) -> None:
    ledger.found(URL, "section:/thoi-su")
    ledger.commit()
    ledger.fetched(capture(outcome="article"))
    with closing(sqlite3.connect(ledger.path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        ledger._database.execute("PRAGMA busy_timeout = 1")
        with pytest.raises(StorageError, match="database is locked"):
            ledger.commit()
    assert known(ledger).outcome == "article"


def test_an_article_is_due_by_its_age(ledger: Ledger) -> None:
    row = capture()
    entry = known(ledger, row)
    assert entry.next_due == START.timestamp() + HOUR
    row["outcome"] = "article"
    ledger.fetched(row)
    ledger.published(URL, START - timedelta(hours=5))
    ledger.commit()
    entry = known(ledger)
    assert (entry.outcome, entry.next_due) == ("article", START.timestamp() + HOUR)
    assert entry.next_due == entry.published + 6 * HOUR  # type: ignore[operator]
    assert known(ledger, capture(after=40 * DAY, outcome="article")).next_due is None


def test_failures_are_tried_with_growing_patience(ledger: Ledger) -> None:
    waits = []
    for day in range(4):
        entry = known(ledger, capture(after=day * DAY, fetch_status=502, outcome="error"))
        assert entry.failures == day + 1
        waits.append((entry.next_due or 0) - (entry.last_fetched or 0))
    assert waits == [900, 1800, 3600, 7200]
    assert known(ledger, capture(after=5 * DAY)).failures == 0


def test_the_same_capture_told_twice_is_one(ledger: Ledger) -> None:
    row = capture(fetch_status=None, outcome="error", record_type="request")
    assert known(ledger, row, row).failures == 1
    assert known(ledger, capture(after=-9, fetch_status=404, outcome="error")).outcome == "error"


@pytest.mark.parametrize(
    ("columns", "outcome"),
    [
        ({"fetch_status": 404, "outcome": "error"}, GONE),
        ({"fetch_status": 410, "outcome": "error"}, GONE),
        ({"fetch_status": 302, "outcome": "redirect", "fetch_redirect": "/"}, GONE),
        ({"fetch_status": 302, "outcome": "redirect", "fetch_redirect": "/khoi-cong-3161422.html"}, "redirect"),
        ({"outcome": "not_article", "outcome_reason": "soft-404"}, GONE),
        ({"outcome": "not_article", "outcome_reason": "no-text"}, "not_article"),
        ({"fetch_status": 404, "outcome": "error", "content_truncated": "disconnect"}, "error"),
        ({"fetch_status": 403, "outcome": "error"}, "error"),
    ],
)
def test_what_came_is_told_apart(ledger: Ledger, columns: dict[str, Any], outcome: str) -> None:
    assert known(ledger, capture(**columns)).outcome == outcome


def test_a_redirect_says_where_it_leads(ledger: Ledger) -> None:
    entry = known(ledger, capture(fetch_status=301, outcome="redirect", fetch_redirect="moi-3161421.html"))
    assert entry.leads_to == "https://baocaobang.vn/moi-3161421.html"
    assert entry.next_due is None


def test_an_answer_that_a_crash_took_was_never_asked_for(ledger: Ledger) -> None:
    ledger.found(URL, "section:/thoi-su")
    lost = capture(fetch_status=None, outcome="error", outcome_reason=RESPONSE_LOST, record_type="request")
    assert known(ledger, lost).last_fetched is None


def test_not_modified_keeps_what_was_known(ledger: Ledger) -> None:
    first = known(ledger, capture(LISTING), url=LISTING, etag='"a"')
    again = known(ledger, capture(LISTING, HOUR, fetch_status=304, outcome="other"), url=LISTING)
    assert again == first._replace(last_fetched=START.timestamp() + HOUR)
    assert again.next_due is None


def test_validators_that_lie_are_found_out(ledger: Ledger) -> None:
    known(ledger, capture(LISTING), url=LISTING, etag='"a"')
    same = known(ledger, capture(LISTING, HOUR), url=LISTING, etag='"a"')
    assert not same.validators_lie
    other = known(ledger, capture(LISTING, 2 * HOUR, content_digest="B" * 32), url=LISTING, etag='"a"')
    assert other.validators_lie
    honest = known(ledger, capture(LISTING, 3 * HOUR, content_digest="C" * 32), url=LISTING, etag='"b"')
    assert honest.validators_lie


def test_an_address_is_unfetched_only_while_its_article_is(ledger: Ledger) -> None:
    other = "https://baocaobang.vn/thoi-su/khoi-cong-cau-tra-linh-3161421.html"
    for url in (URL, other, "https://baocaobang.vn/khac-3161499.html", LISTING):
        ledger.found(url, "section:/thoi-su")
    known(ledger, capture(other), url=other)
    assert [entry.article for entry in ledger.unfetched()] == ["3161499"]
    assert ledger.listed_by("section:/thoi-su") == 3


def test_a_listing_goes_on_where_it_was_read_to(ledger: Ledger) -> None:
    assert ledger.checkpoint("section:/thoi-su", "") == Checkpoint(False)
    for page in (1, 2, 9, 3):
        ledger.reached("section:/thoi-su", "", page, f"{LISTING}?page={page}")
    ledger.commit()
    assert ledger.checkpoint("section:/thoi-su", "") == Checkpoint(False, 9, f"{LISTING}?page=9")
    assert ledger.checkpoint("section:/thoi-su", "2023-01-01..") == Checkpoint(False)
    ledger.ended("section:/thoi-su", "")
    ledger.reached("section:/thoi-su", "", 2, LISTING)
    ledger.commit()
    assert ledger.checkpoint("section:/thoi-su", "") == Checkpoint(True, 2, LISTING)


@pytest.mark.parametrize("damage", [b"no database at all" * 400, b""])
def test_a_damaged_ledger_is_made_anew(folder: DataFolder, damage: bytes) -> None:
    Ledger(folder, PORTAL, article_of).close()
    path = next((folder.state / "ledger").glob("*.sqlite3"))
    path.write_bytes(damage)
    ledger = Ledger(folder, PORTAL, article_of)
    assert known(ledger, capture()).status == 200
    ledger.close()
    discard(folder)
    assert not list((folder.state / "ledger").iterdir())


def test_what_is_forgotten_is_nowhere_in_the_file(folder: DataFolder, ledger: Ledger) -> None:
    secret = "https://baocaobang.vn/ten-nguoi-bi-hai-3161777.html"
    known(ledger, capture(fetch_status=301, outcome="redirect", fetch_redirect=secret))
    ledger.reached("section:/thoi-su", "", 2, secret)
    ledger.commit()
    ledger.close()
    forget_addresses(folder, secret.__eq__)
    assert not any(b"ten-nguoi-bi-hai" in path.read_bytes() for path in (folder.state / "ledger").iterdir())
    with closing(sqlite3.connect(ledger.path)) as database:
        assert database.execute("SELECT url FROM urls").fetchall() == [(URL,)]


@given(born=st.floats(0, 4e9), age=st.floats(0, 60 * DAY))
def test_a_visit_is_due_after_the_fetch_at_one_of_the_ages(born: float, age: float) -> None:
    assume(abs(age + 30 - STEPS[-1]) > 1)
    due = next_visit(born, born + age)
    assert (due is None) == (age + 30 > STEPS[-1])
    if due is not None:
        assert due > born + age
        assert any(abs(due - born - step) < 1e-3 for step in STEPS)


@given(fetched=st.floats(0, 4e9), failures=st.integers(1, 10_000))
def test_patience_grows_to_a_week(fetched: float, failures: int) -> None:
    assert 0 < next_try(fetched, failures) - fetched <= 7 * DAY + 1
    assert next_try(fetched, failures) <= next_try(fetched, failures + 1)
