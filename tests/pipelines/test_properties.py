"""What must hold for any bytes at all."""

from __future__ import annotations

import unicodedata
from dataclasses import fields
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from archive.model import Article, ArticleType, Extraction
from pipelines.bylines import parse_byline
from pipelines.decode import decode
from pipelines.extract import EXTRACTOR, EXTRACTOR_VERSION, extract
from pipelines.html import parse_html, repair
from pipelines.page import Page
from pipelines.text import clean, match_key
from tests.pipelines.pages import FETCHED, RULES

_CHECKED_APART = ("markdown", "canonical_url")  # An empty body is empty Markdown; an address is as it was written.
TAGS = (
    "html", "head", "body", "p", "div", "div class=author", "div id=content-detail", "div id=news-bodyhtml", "h1",
    "h1 class=name", "h2", "h1 itemprop=headline", "div class=ArticleContent", "table", "tr", "td", "ul", "li",
    "a href=/x-12345.html", "img src=a.jpg", "br", "strong", "em", "figure", "figcaption", "script", "span", "form",
    "p style='text-align:right'", "div class=sapo", "title", "!DOCTYPE html", "!--", "svg", "p hidden", "o:p",
    "base href='http://['", "blockquote", "ol start=7", "ul", "td rowspan=3 colspan=2",
    "iframe src=https://www.youtube.com/embed/x", "video", "div class=e-magazine",
    "link rel=canonical href=/Ho\u0300a",
    "img alt='Coäng hoøa' src=/b.jpg", "noscript", "div id=app", "input type=password", "div class=breadcrumb",
    "a href='http://x.vn/(a b)'", "time datetime=2031-01-01T10:00",
    "meta name=pubdate content='2021-02-30'", "td class=image_desc",
)  # fmt: skip
WORDS = (
    "Sáng 12.3", "Tin, ảnh: Duy Tuấn", "Ý kiến của bạn", "06/07/2023 22:37", "Nguồn: X - Báo Y (z.vn)", "{{x}}",
    "&nbsp;", "&#55296;", "Ho\u0300a", "&lt;p&gt;", "đồng chí Bí thư Huyện ủy phát biểu kết luận hội nghị ",
    "\x00", "--&gt;", "]]>", "Theo TTXVN", "a" * 300,
    "Céng hßa x· héi chñ nghÜa ViÖt Nam ®éc lËp", "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam",
    "ÐôÌng baÌo caìc dân tôòc",
    "Äá»“ng bÃ o cÃ¡c dÃ¢n tá»™c", "ðường về xã", "Trang không tồn tại", "(PR)",
    "Hệ thống đang bảo trì", "1. *a* [b](c)",
    "| a | b |", "&#xFFFE;", "&#0;", "\x08", "22/11/2099 10:00", "Vui lòng đăng nhập",
)  # fmt: skip
PIECES = st.one_of(
    st.sampled_from(TAGS).map("<{}>".format),
    st.sampled_from(TAGS).map(lambda tag: f"</{tag.split(' ', 1)[0]}>"),
    st.sampled_from(WORDS),
    st.text(max_size=20),
)
SOUP = st.lists(PIECES, max_size=60).map("".join)
URLS = st.one_of(
    st.sampled_from(("https://vidu.vn/a-123456.html", "http://[", "", "https://vidu.vn/x/202102/b-0a1b2c3/")),
    st.text(max_size=40),
)


def check(extraction: Extraction) -> None:
    """What must hold for whatever the extractor gives."""
    assert (extraction.extractor, extraction.extractor_version) == (EXTRACTOR, EXTRACTOR_VERSION)
    assert (extraction.article is None) != (extraction.reason is None)
    article = extraction.article
    if article is None:
        return
    assert article.title
    assert article.lead or article.paragraphs or article.article_type in ("photo", "video")
    assert article.article_type in get_args(ArticleType)
    for text in _texts(article):
        assert unicodedata.is_normalized("NFC", text)
        assert text == text.strip()
        assert text
        assert "\x00" not in text
        text.encode()
    assert article.markdown is not None
    assert bool(article.markdown) == bool(article.paragraphs)
    assert unicodedata.is_normalized("NFC", article.markdown)
    assert not any(char in article.markdown for char in "\x00\r\ud800")
    if article.published_at is not None:
        assert article.published_at.utcoffset() is not None
        assert article.published_precision
        assert article.published_source
        assert article.published_raw


def _texts(article: Article) -> list[str]:
    found: list[str] = []
    for name in (field.name for field in fields(article)):
        value = getattr(article, name) if name not in _CHECKED_APART else None
        found += (
            [value]
            if isinstance(value, str)
            else [text for text in value if isinstance(text, str)]
            if isinstance(value, tuple)
            else []
        )
    return found + [image.caption for image in article.images if image.caption is not None]


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=400),
    URLS,
    st.sampled_from(sorted(RULES)),
    st.sampled_from(["", "text/html", "x; charset=utf-16", "text/html; charset=\x00"]),
)
def test_any_bytes_give_an_extraction(body: bytes, url: str, portal: str, content_type: str) -> None:
    check(extract(Page(url, 200, content_type, body, FETCHED), RULES[portal]))


@settings(max_examples=600, deadline=None)
@given(SOUP, URLS, st.sampled_from(sorted(RULES)))
def test_any_soup_gives_an_extraction(soup: str, url: str, portal: str) -> None:
    page = Page(url, 200, "text/html", soup.encode("utf-8", "replace"), FETCHED)
    first = extract(page, RULES[portal])
    check(first)
    assert extract(page, RULES[portal]) == first


@given(SOUP)
def test_repair_is_idempotent_and_any_text_has_a_tree(soup: str) -> None:
    assert repair(repair(soup)) == repair(soup)
    assert parse_html(soup).tag == "html"


@given(st.text())
def test_match_key_and_clean_are_idempotent(text: str) -> None:
    assert match_key(match_key(text)) == match_key(text)
    assert clean(clean(text)) == clean(text)
    assert unicodedata.is_normalized("NFC", clean(text))


@given(st.text(alphabet="aăâđòồộ ửữ", max_size=40))
def test_composed_and_decomposed_text_have_one_key(text: str) -> None:
    assert match_key(unicodedata.normalize("NFD", text)) == match_key(text)
    assert clean(unicodedata.normalize("NFD", text)) == clean(text)


@given(st.binary(), st.text(max_size=30))
def test_any_bytes_decode(body: bytes, content_type: str) -> None:
    assert isinstance(decode(body, content_type).text, str)


@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)))
def test_any_line_is_a_byline_of_somebody_or_nobody(line: str) -> None:
    byline = parse_byline(line, ("Bút danh",))
    assert all(name.strip() == name and name for name in byline.authors)
