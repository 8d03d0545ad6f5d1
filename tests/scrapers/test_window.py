from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import UsageError
from scrapers.window import VIETNAM, parse_window

TODAY = date(2026, 11, 21)


def test_days_are_vietnamese_days_both_included() -> None:
    window = parse_window("2023-01-01", "2023-01-31", today=TODAY)
    assert window.contains(datetime(2023, 1, 1, 0, 0, tzinfo=VIETNAM))
    assert window.contains(datetime(2023, 1, 31, 23, 59, tzinfo=VIETNAM))
    assert not window.contains(datetime(2022, 12, 31, 23, 59, tzinfo=VIETNAM))
    assert not window.contains(datetime(2023, 2, 1, 0, 0, tzinfo=VIETNAM))
    assert window.contains(None)


def test_days_ago() -> None:
    window = parse_window(since="3d", today=TODAY)
    assert window.since == datetime(2026, 11, 18, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"since": "01/01/2023"}, ("since=01/01/2023", "since=2023-01-31")),
        ({"until": "hôm qua"}, ("until=hôm qua", "until=2023-01-31")),
        ({"since": "2024-01-01", "until": "2023-01-01"}, ("2024-01-01", "swap")),
        ({"sections": "Thoi-su,bong-da"}, ("bong-da", "Thoi-su")),
        ({"sections": " , "}, ("nothing", "Thoi-su")),
        ({"max_articles": "viele"}, ("max_articles=viele", "max_articles=100")),
        ({"max_articles": "0"}, ("max_articles=0",)),
        ({"max_articles": "-3"}, ("max_articles=-3",)),
    ],
)
def test_bad_values_name_argument_value_and_remedy(arguments: dict[str, str], words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as error:
        parse_window(**arguments, known_sections=("/Thoi-su", "/kinh-te"), today=TODAY)
    assert all(word in str(error.value) for word in words)


def test_sections_are_found_in_any_case() -> None:
    assert parse_window(sections="thoi-su, /Kinh-te/", known_sections=("/Thoi-su", "/kinh-te")).sections == (
        "/Thoi-su",
        "/kinh-te",
    )


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 400))
def test_a_window_contains_its_own_days(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    window = parse_window(first.isoformat(), last.isoformat())
    assert window.since is not None
    assert window.until is not None
    assert window.contains(window.since)
    assert window.contains(window.until)
    assert not window.contains(window.since - timedelta(microseconds=1))
    assert not window.contains(window.until + timedelta(microseconds=1))
