"""Pages made to break a parser: they cost little and never the process."""

from __future__ import annotations

import time

import pytest

from pipelines.extract import extract
from pipelines.html import parse_html
from pipelines.rules import Rules
from scrapers.cms import generic, mediatech
from tests.pipelines.pages import page_of

SENTENCE = "Nhân dân trong xóm góp công mở rộng con đường vào khu sản xuất tập trung. "
TITLE = "<title>Mở đường vào khu sản xuất</title><h1 class=name>Mở đường vào khu sản xuất</h1>"
HOSTILE = {
    "nested": "<div>" * 50_000 + SENTENCE * 20 + "</div>" * 50_000,
    "nested inline": "<div id=content-detail>" + "<b><i>" * 25_000 + SENTENCE * 20,
    "nested tables": "<table><tr><td>" * 20_000 + SENTENCE,
    "one long text": f"<div id=content-detail><p>{SENTENCE * 130_000}</p></div>",
    "many paragraphs": "<div id=content-detail>" + f"<p>{SENTENCE}</p>" * 20_000 + "</div>",
    "many links": '<a href="/x">' * 30_000 + SENTENCE,
    "open tags": "</html " * 100_000,
    "brackets": "<" * 500_000,
    "entities": "<p>" + "&amp;" * 300_000 + "</p>",
    "half dates": "<div class='content-article'><div class=date>" + "12/12/" * 50_000 + "</div></div>",
    "signatures": "<div id=content-detail>" + f"<p>{SENTENCE}</p>" + "<p align=right>" + "A - " * 20_000 + "</p></div>",
}


@pytest.mark.parametrize("rules", [mediatech.RULES, generic.RULES], ids=["rules", "generic"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_are_read_in_bounded_time(name: str, rules: Rules) -> None:
    started = time.process_time()
    extraction = extract(page_of(f"<html><body>{TITLE}{HOSTILE[name]}</body></html>"), rules)
    assert (extraction.article is None) != (extraction.reason is None)
    assert time.process_time() - started < 20


def test_a_text_of_ten_megabytes_is_kept_whole() -> None:
    article = extract(page_of(f"<html><body>{TITLE}{HOSTILE['one long text']}</body></html>"), mediatech.RULES).article
    assert article is not None
    assert len(article.text) == len(SENTENCE * 130_000) - 1


def test_deep_nesting_leaves_a_tree() -> None:
    assert sum(1 for _ in parse_html(HOSTILE["nested"]).iter()) > 200
