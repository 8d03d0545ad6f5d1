"""Pages made to break a parser: they cost little and never the process."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from pipelines.extract import extract
from pipelines.html import parse_html, repair
from pipelines.rules import Rules
from scrapers.cms import generic, mediatech
from tests.conftest import ROOT
from tests.pipelines.pages import page_of

SENTENCE = "Nhân dân trong xóm góp công mở rộng con đường vào khu sản xuất tập trung. "
TITLE = "<title>Mở đường vào khu sản xuất</title><h1 class=name>Mở đường vào khu sản xuất</h1>"
ROW = "<tr>" + "<td>Nà Phặc</td>" * 20 + "</tr>"
OLD = "Céng hßa x· héi chñ nghÜa ViÖt Nam ¸ "
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
    "attributes": "<div id=content-detail "
    + " ".join(f"a{i}=1" for i in range(1_000_000))
    + f"><p>{SENTENCE * 9}</p></div>",
    "a long attribute": f"<div id=content-detail><p class='{'x ' * 2_000_000}'>{SENTENCE * 9}</p></div>",
    "scripts": "<script>a()</script>" * 100_000 + f"<div id=content-detail><p>{SENTENCE * 9}</p></div>",
    "one long script": f"<script>{'a = 1 < 2;' * 1_000_000}</script><div id=content-detail><p>{SENTENCE * 9}</p></div>",
    "nested json": f"<script type=application/ld+json>{'[' * 200_000}</script><div id=content-detail>{SENTENCE * 9}",
    "a long table": f"<div id=content-detail><p>{SENTENCE * 9}</p><table>{ROW * 10_000}</table></div>",
    "a wide table": f"<div id=content-detail><p>{SENTENCE * 9}</p><table><tr>{'<td>Nà' * 100_000}</table></div>",
    "merged cells": f"<div id=content-detail>{SENTENCE * 9}<table>{'<tr>' + '<td rowspan=999 colspan=999>Nà' * 50}",
    "nested lists": "<div id=content-detail>" + "<ul><li>" * 50_000 + SENTENCE * 9,
    "a long list": f"<div id=content-detail><p>{SENTENCE}</p><ol>" + f"<li>{SENTENCE}</li>" * 20_000 + "</ol></div>",
    "links in a line": f"<div id=content-detail><p>{SENTENCE * 9}</p><p>" + "<a href=/x>a</a> " * 50_000 + "</p></div>",
    "a link around": f"<div id=content-detail><p>{SENTENCE * 9}</p><a href=/x>{f'<p>{SENTENCE}</p>' * 5000}</a></div>",
    "pictures": f"<div id=content-detail><p>{SENTENCE * 9}</p>{'<img src=/a.jpg>' * 50_000}</div>",
    "old paragraphs": f"<div id=content-detail>{f'<p>{OLD}</p>' * 10_000}</div>",
    "an old paragraph": f"<div id=content-detail><p>{OLD * 50_000}</p></div>",
    "doubled": f"<div id=content-detail><p>{'Ã¡áº ' * 300_000}</p></div>",
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


def test_a_tag_with_too_many_attributes_keeps_the_first() -> None:
    article = extract(page_of(f"<html><body>{TITLE}{HOSTILE['attributes']}</body></html>"), mediatech.RULES).article
    assert article is not None
    assert article.rungs["layout"] == "content-detail"
    picture = "<img alt='" + "chữ " * 9000 + f"' src='data:image/png;base64,{'A' * 90_000}'>"
    assert repair(picture) == picture


_HUNGRY = """
import resource
from pipelines.extract import extract
from scrapers.cms import generic
from tests.pipelines.pages import page_of
from tests.pipelines.test_robustness import HOSTILE, TITLE
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = peak()
for name in {names}:
    extract(page_of(f"<html><body>{{TITLE}}{{HOSTILE[name]}}</body></html>"), generic.RULES)
print(peak() - before)
"""


@pytest.mark.long
def test_the_memory_of_a_worker_is_bounded() -> None:
    names = ["one long text", "attributes", "a long table", "scripts", "pictures", "nested", "links in a line"]
    code = _HUNGRY.format(names=names)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300, check=True
    )
    assert int(done.stdout) < 800, "megabytes above what the tests themselves take"


def test_deep_nesting_leaves_a_tree() -> None:
    assert sum(1 for _ in parse_html(HOSTILE["nested"]).iter()) > 200
