from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.model import Article, Extraction, Image
from pipelines.drift import Profile, _chance, find_drift

ARTICLE = Article(
    title="Xã Kim Loan khởi công trạm y tế",
    lead="Sáng 4/6, UBND xã Kim Loan khởi công trạm y tế mới.",
    paragraphs=("Công trình có vốn đầu tư 8,6 tỷ đồng, dự kiến hoàn thành trước tháng 12. " * 8,),
    authors=("Nông Thị Hạnh",),
    section="Xã hội",
    tags=("y tế",),
    images=(Image("https://a.vn/1.jpg", "Quang cảnh lễ khởi công"),),
    published_at=datetime(2026, 6, 4, 2, 30, tzinfo=UTC),
    published_precision="minute",
    published_source="visible",
    rungs={"layout": "v1", "title": "selector", "lead": "selector"},
    container_share=0.4,
)


def _profile(articles: Sequence[Article | None]) -> Profile:
    profile = Profile()
    for number, article in enumerate(articles):
        if article is not None:
            article = replace(article, paragraphs=(f"Tin số {number}.", *article.paragraphs))
        profile.add(
            f"https://a.vn/tin-{number}.html", Extraction(article, None if article else "no-text", "a/1", "x", "1")
        )
    return profile


def _past(runs: int = 3, **changes: object) -> list[dict[str, object]]:
    return [_profile([replace(ARTICLE, **changes)] * 20).as_json() for _ in range(runs)]  # type: ignore[arg-type]


def test_nothing_changed() -> None:
    assert find_drift(_profile([ARTICLE] * 20), _past()) == []
    assert find_drift(_profile([]), _past()) == []
    assert find_drift(_profile([replace(ARTICLE, lead=None)] * 20), []) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lead": None}, "lead"),
        ({"authors": ()}, "authors"),
        ({"section": None}, "section"),
        ({"tags": ()}, "tags"),
        ({"images": ()}, "images"),
        ({"images": (Image("https://a.vn/1.jpg"),)}, "captions"),
        ({"published_precision": "day"}, "minute of publication"),
        ({"published_source": "json-ld"}, "visible date"),
        ({"quality": ("mojibake",)}, "text without mojibake"),
        ({"rungs": {**ARTICLE.rungs, "title": "declared"}}, "title: selector"),
        ({"rungs": {**ARTICLE.rungs, "layout": "generic"}}, "layout: v1"),
        ({"paragraphs": ARTICLE.paragraphs * 3}, "median length in characters (v1)"),
        ({"container_share": 0.95}, "median container's share of the page (v1)"),
    ],
)
def test_every_field_is_watched(change: dict[str, object], field: str) -> None:
    now = _profile([replace(ARTICLE, **change)] * 20)  # type: ignore[arg-type]
    found = {drift.field: drift for drift in find_drift(now, _past())}
    assert field in found
    assert found[field].examples[0] == "https://a.vn/tin-0.html"
    assert "https://a.vn/tin-0.html" in found[field].sentence()


def test_pages_that_are_no_articles_any_more() -> None:
    (drift, *_) = find_drift(_profile([ARTICLE] * 5 + [None] * 15), _past())
    assert (drift.field, drift.was, drift.now) == ("article", "60 of 60", "5 of 20")
    assert drift.examples[0] == "https://a.vn/tin-5.html"


def test_a_field_of_one_layout_is_seen_behind_another() -> None:
    second = replace(ARTICLE, rungs={**ARTICLE.rungs, "layout": "v2"})
    past = [_profile([ARTICLE] * 40 + [second] * 10).as_json()] * 3
    now = _profile([ARTICLE] * 40 + [replace(second, lead=None)] * 10)
    assert [drift.field for drift in find_drift(now, past)] == ["lead"]


def test_a_few_articles_prove_nothing() -> None:
    assert find_drift(_profile([replace(ARTICLE, authors=())] * 2), _past()) == []
    some = [*[ARTICLE] * 12, *[replace(ARTICLE, authors=())] * 8]
    assert (
        find_drift(_profile([ARTICLE] * 3 + [replace(ARTICLE, authors=())] * 4), [_profile(some).as_json()] * 3) == []
    )


def test_one_text_on_many_addresses() -> None:
    now = Profile()
    for number in range(20):
        now.add(f"https://a.vn/tin-{number}.html", Extraction(ARTICLE, None, "a/1", "x", "1"))
    fields = [drift.field for drift in find_drift(now, _past())]
    assert fields == ["same text on several addresses"]


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_the_chance_is_that_of_the_hypergeometric_distribution(has: int, lacks: int, had: int, lacked: int) -> None:
    pages, total = has + lacks, had + lacked
    ways = sum(comb(has + had, k) * comb(lacks + lacked, pages - k) for k in range(has + 1))
    assert _chance(has, pages, had, total) == pytest.approx(ways / comb(pages + total, pages))
