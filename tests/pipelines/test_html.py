"""Broken documents that browsers read and libxml2 would not."""

from __future__ import annotations

import pytest

from pipelines.extract import extract
from pipelines.html import base_url, element_text, parse_html, prints_text, repair, resolve, select
from scrapers.cms.mediatech import RULES
from tests.pipelines.pages import page_of

STRAY = '<!DOCTYPE html><html lang="vi"></html><head><title>T</title></head><body><p>Bản tin</p></body></html>'
NESTED = (
    "<html><body><div id=a><!DOCTYPE html><html><head></head><body><p>Trong</p></body></html></div>"
    "<p>Sau</p></body></html>"
)


def test_a_stray_closing_tag_does_not_end_the_document() -> None:
    root = parse_html(STRAY)
    assert [element_text(p) for p in select(root, "body p")] == ["Bản tin"]
    assert root.get("lang") == "vi"


@pytest.mark.parametrize("tag", ["article", "main", "section", "div"])
def test_a_document_without_head_and_body_tags_prints_its_text_in_order(tag: str) -> None:
    root = parse_html(f"<!doctype html><meta charset=utf-8><title>T</title><{tag}><p>Một</p></{tag}>hai<p>Ba")
    assert element_text(root) == "MộthaiBa"
    assert root.findtext("head/title") == "T"
    assert root.find("body/" + tag) is not None


@pytest.mark.parametrize("char", ["\x0b", "\x01", "\uffff", "&#11;", "&#x0C;", "&#011", "&#65534;", "&#xFFFE;"])
def test_control_characters_are_blanks(char: str) -> None:
    root = parse_html(f"<article>Một</article><body>{char}hai <p>Ba<b>x</b>{char}bốn &#160;&#100;&#x1F6;")
    select(root, "b")[0].drop_tree()
    assert element_text(root) == "Một hai Ba bốn dǶ"


def test_nested_documents_are_unwrapped_in_place() -> None:
    root = parse_html(NESTED)
    assert [element_text(p) for p in select(root, "#a p")] == ["Trong"]
    assert [element_text(p) for p in select(root, "body > p")] == ["Sau"]


@pytest.mark.parametrize("text", [STRAY, NESTED, "", "</html>", "a\x00b", "<html", "</ht</html>ml>", "<body><body>"])
def test_repair_is_idempotent(text: str) -> None:
    assert repair(repair(text)) == repair(text)


@pytest.mark.parametrize(
    "text", ["", "   ", "<!-- only -->", "<?xml version='1.0' encoding='utf-16'?>", "\x00", "<![CDATA[x]]>"]
)
def test_text_without_an_element_gives_an_empty_document(text: str) -> None:
    assert not prints_text(parse_html(text))


def test_an_xml_declaration_is_no_obstacle() -> None:
    assert element_text(parse_html('<?xml version="1.0" encoding="utf-8"?><p>Chào</p>')) == "Chào"


def test_a_page_of_size_that_prints_nothing_is_a_counted_fault() -> None:
    script = f"<html><body><script>{'var a = 1;' * 100}</script></body></html>"
    assert extract(page_of(script), RULES).reason == "empty-tree"


def test_addresses_are_resolved_against_the_base() -> None:
    root = parse_html('<head><base href="/static/"></head><body><img src="a.jpg"></body>')
    base = base_url(root, "https://vidu.vn/tin/1.html")
    assert resolve(base, "a.jpg") == "https://vidu.vn/static/a.jpg"
    assert resolve(base, "data:image/gif;base64,R0") is None
    assert resolve(base, "javascript:void(0)") is None
    assert resolve(base, "http://[::1") is None
    assert resolve(base, " ") is None


def test_a_base_that_is_no_address_resolves_nothing() -> None:
    root = parse_html('<head><base href="http://["></head><body></body>')
    assert resolve(base_url(root, "https://vidu.vn/"), "a.jpg") is None
