"""What a ledger tells the monitors: when each source brought something new, and what nobody has fetched yet."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from archive.errors import StorageError
from archive.layout import DataFolder
from archive.ledger import Ledger, Outlook, arrivals, count_unfetched, forget_addresses, ledger_path, outlook
from archive.schedule import DAY, HOUR

PORTAL = "baocaobang"


def article_of(url: str) -> str | None:
    return url.rpartition("-")[2] if "-" in url else None


def seen(folder: DataFolder, url: str, moment: float) -> None:
    """Say that ``url`` was first found at ``moment``."""
    with closing(sqlite3.connect(ledger_path(folder, PORTAL))) as database, database:
        database.execute("UPDATE urls SET first_seen = ? WHERE url = ?", (moment, url))


def test_hours_in_which_a_source_brought_something(tmp_path: Path) -> None:
    folder, now = DataFolder(tmp_path), time.time() // HOUR * HOUR
    ledger = Ledger(folder, PORTAL, article_of)
    for url, source, published in (
        ("https://a/x-1", "rss:/a", None),
        ("https://a/x-2", "rss:/a", None),
        ("https://a/x-3", "rss:/a", now - 3 * DAY),
        ("https://a/old-4", "rss:/a", now - 900 * DAY),
        ("https://a/x-5", "section:/b", None),
        ("https://a/page", "section:/b", None),
    ):
        ledger.found(url, source, published)
    ledger.commit()
    # Found again by another source: the first keeps it.
    ledger.found("https://a/x-1", "section:/b")
    ledger.commit()
    assert count_unfetched(folder, PORTAL) == 5
    for url, moment in (("x-1", now - DAY), ("x-2", now - DAY + 60), ("x-3", now - 2 * DAY), ("x-5", now - 500 * DAY)):
        seen(folder, f"https://a/{url}", moment)
    ledger.close()
    brought = arrivals(folder, PORTAL, now - 400 * DAY)
    assert [path.name for path in ledger_path(folder, PORTAL).parent.iterdir()] == [f"{PORTAL}.sqlite3"]
    assert brought == {"rss:/a": [(now - 2 * DAY, "https://a/x-3"), (now - DAY, "https://a/x-1")]}


def test_a_source_brings_what_another_showed_first(tmp_path: Path) -> None:
    folder, hour = DataFolder(tmp_path), time.time() // HOUR * HOUR
    ledger = Ledger(folder, PORTAL, article_of)
    ledger.found("https://a/x-1", "section:/b")
    ledger.brought("section:/b", "https://a/x-1")
    for url in ("https://a/x-1", "https://a/x-2"):
        ledger.brought("rss:/a", url)
    ledger.close("a run")
    assert arrivals(folder, PORTAL, hour - DAY).keys() == {"rss:/a", "section:/b"}
    ((moment, url),) = arrivals(folder, PORTAL, hour - DAY)["rss:/a"]
    assert moment in (hour, hour + HOUR)
    assert url == "https://a/x-1"
    forget_addresses(folder, lambda url: url.endswith("-1"))
    assert arrivals(folder, PORTAL, hour - DAY) == {}


def test_without_a_ledger_nothing_is_known(tmp_path: Path) -> None:
    assert arrivals(DataFolder(tmp_path), PORTAL, 0) == {}
    assert count_unfetched(DataFolder(tmp_path), PORTAL) is None
    assert not ledger_path(DataFolder(tmp_path), PORTAL).exists()


def test_a_damaged_ledger_names_the_remedy(tmp_path: Path) -> None:
    path = ledger_path(DataFolder(tmp_path), PORTAL)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database" * 500)
    with pytest.raises(StorageError, match="made anew from the archive"):
        count_unfetched(DataFolder(tmp_path), PORTAL)


def test_a_ledger_of_another_version_has_no_answer_until_it_is_made_anew(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    ledger = Ledger(folder, "baocaobang", lambda url: url)
    ledger.found("https://baocaobang.vn/thoi-su/mot-1.html", "section:/thoi-su")
    ledger.commit()
    ledger.close()
    assert count_unfetched(folder, "baocaobang") == 1
    with closing(sqlite3.connect(ledger_path(folder, "baocaobang"))) as database:
        database.execute("ALTER TABLE listings DROP COLUMN above")
        database.execute("PRAGMA user_version = 1")
    assert outlook(folder, "baocaobang", 0.0) is None
    Ledger(folder, "baocaobang", lambda url: url).close()
    assert outlook(folder, "baocaobang", 0.0) == Outlook(0, 0, 0, 0)
