"""The body as Markdown: its structure, and that a parser of others gives back the paragraphs of the plain text."""

from __future__ import annotations

import re
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pipelines.extract import extract
from pipelines.rules import Rules
from scrapers.cms import generic
from tests.pipelines.pages import RULES, article_of, page_of, replica_page
from tests.pipelines.test_extract import FIRST, LEAD, SECOND, SIMPLE, THIRD, TITLE, paragraphs, simple
from tests.pipelines.test_properties import SOUP
from tests.replica.sites import build_site

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def printed(markdown: str) -> list[str]:
    """The paragraphs a CommonMark parser reads: text alone, a table row as one."""
    lines: list[str] = []
    row: list[str] | None = None
    for token in PARSER.parse(markdown):
        if token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            lines.append(" | ".join(row))
            row = None
        elif token.type == "inline":
            text = _text(token)
            (lines if row is None else row).append(text)
        else:
            assert token.type not in ("html_block", "code_block", "fence", "hr"), markdown
    return lines


def _text(token: Token) -> str:
    known = ("text", "text_special", "strong_open", "strong_close", "em_open", "em_close", "link_open", "link_close")
    assert all(child.type in known for child in token.children or ()), token
    return "".join(child.content for child in token.children or () if child.type.startswith("text"))


def bare(line: str) -> str:
    """``line`` without the bars of a table row: merged cells leave empty ones."""
    return " ".join(re.sub(r"\|", " ", line).split())


def markdown_of(body: str, rules: Rules = SIMPLE) -> str:
    """The Markdown of a page of the simple family with ``body`` after a lead."""
    article = article_of(simple(f"<p>{LEAD}</p>{body}"), rules)
    assert article.markdown is not None
    assert [bare(line) for line in printed(article.markdown)] == [bare(line) for line in article.paragraphs]
    return article.markdown


@pytest.mark.parametrize(
    ("body", "markdown"),
    [
        (paragraphs(FIRST, SECOND), f"{FIRST}\n\n{SECOND}"),
        (f"<h2>Đầu ra</h2>{paragraphs(FIRST)}<h4>Giá cả</h4>", f"## Đầu ra\n\n{FIRST}\n\n#### Giá cả"),
        (f"<p><b>Đầu ra</b></p><p><i>{FIRST}</i></p>{paragraphs(SECOND)}", f"**Đầu ra**\n\n*{FIRST}*\n\n{SECOND}"),
        (f"<p>Vải <b>thổ cẩm</b> <i>bền</i>.</p><p>{FIRST}</p>", f"Vải thổ cẩm bền.\n\n{FIRST}"),
        (f"<p>{FIRST}</p><ul><li>Vải</li><li>Khăn</li></ul>", f"{FIRST}\n\n- Vải\n- Khăn"),
        (f"<p>{FIRST}</p><ol><li>Ngâm.</li><li>Vớt.</li></ol>", f"{FIRST}\n\n1. Ngâm.\n2. Vớt."),
        (f"<p>{FIRST}</p><ol start=9><li>Ngâm.</li><li>Vớt.</li></ol>", f"{FIRST}\n\n9. Ngâm.\n10. Vớt."),
        (
            f"<p>{FIRST}</p><ul><li>Vải<ol><li>chàm;</li><li>lanh;</li></ol></li><li>Khăn.</li></ul>",
            f"{FIRST}\n\n- Vải\n\n  1. chàm;\n  2. lanh;\n\n- Khăn.",
        ),
        (
            f"<p>{FIRST}</p><ul><li><p>Vải</p><p>{SECOND}</p></li><li>Khăn.</li></ul>",
            f"{FIRST}\n\n- Vải\n\n  {SECOND}\n\n- Khăn.",
        ),
        (f"<p>{FIRST}</p><ul><li>Vải</li></ul><ul><li>Khăn.</li></ul>", f"{FIRST}\n\n- Vải\n\n* Khăn."),
        (
            f"<p>{FIRST}</p><blockquote><p>{SECOND}</p><p>{THIRD}</p></blockquote>",
            f"{FIRST}\n\n> {SECOND}\n>\n> {THIRD}",
        ),
        (
            f"<p>{FIRST}</p><ul><li><blockquote>{SECOND}</blockquote></li></ul>",
            f"{FIRST}\n\n- > {SECOND}",
        ),
        (
            f"<p>{FIRST}</p><table><tr><th>Xã<th>Số hộ</tr><tr><td>Kim Cúc<td>42</tr></table>",
            f"{FIRST}\n\n| Xã | Số hộ |\n| --- | --- |\n| Kim Cúc | 42 |",
        ),
        (
            f"<p>{FIRST}</p><table><tr><td rowspan=2>TT<td colspan=2>Xã</tr><tr><td>Số hộ<td>Số khẩu</tr>"
            f"<tr><td colspan=3>I. Vùng cao</tr><tr><td>1<td>42<td>168</tr></table>",
            f"{FIRST}\n\n| TT | Xã |  |\n| --- | --- | --- |\n|  | Số hộ | Số khẩu |\n| I. Vùng cao |  |  |\n"
            f"| 1 | 42 | 168 |",
        ),
        (
            f"<p>{FIRST}</p><table><tr><td>a|b<td>c\\</tr></table>",
            f"{FIRST}\n\n| a\\|b | c\\\\ |\n| --- | --- |",
        ),
        (f"<table><tr><td>{FIRST}<p>{SECOND}</p></td></tr></table>", f"{FIRST}\n\n{SECOND}"),
        (
            f'<p>Xem <a href="/van-ban/nghi-quyet-08.html">Nghị quyết  08</a>.</p><p>{FIRST}</p>',
            f"Xem [Nghị quyết 08](https://vidu.vn/van-ban/nghi-quyet-08.html).\n\n{FIRST}",
        ),
        (
            f'<p>Chợ!<a href="http://a.vn/x (1).html?a=1&amp;lt;=2">ở_đây</a></p><p>{FIRST}</p>',
            f"Chợ\\![ở\\_đây](http://a.vn/x%20%281%29.html?a=1%26lt;=2)\n\n{FIRST}",
        ),
        (
            f'<p>Thư: <a href="mailto:a@b.vn">a@b.vn</a>, <a href="javascript:go()">xem</a></p><p>{FIRST}</p>',
            f"Thư: a@b.vn, xem\n\n{FIRST}",
        ),
        (
            f'<p>xã và <a href="/a">xã</a><br>xã.</p><p>{FIRST}</p>',
            f"xã và [xã](https://vidu.vn/a) xã.\n\n{FIRST}",
        ),
        (
            f'<p>{FIRST}</p><a href="/a"><p>Một.</p><p>Hai.</p></a><p>Ba.</p>',
            f"{FIRST}\n\n[Một.](https://vidu.vn/a)\n\n[Hai.](https://vidu.vn/a)\n\nBa.",
        ),
        (f"<p>- Xã Kim Cúc;</p><p>+ Xóm;</p><p>{FIRST}</p>", f"\\- Xã Kim Cúc;\n\n\\+ Xóm;\n\n{FIRST}"),
        (f"<p>1. Về giống.</p><p>2) Về đất.</p><p>{FIRST}</p>", f"1\\. Về giống.\n\n2\\) Về đất.\n\n{FIRST}"),
        (
            f"<p># 1 * 2 &lt;b&gt; &amp;lt; `x` ~y~ a_b</p><p>{FIRST}</p>",
            f"\\# 1 \\* 2 \\<b> \\&lt; \\`x\\` \\~y\\~ a\\_b\n\n{FIRST}",
        ),
        (
            f"<h3>Ngôn ngữ C #</h3><p>---</p><p>===</p><p>&gt; a</p><p>{FIRST}</p>",
            f"### Ngôn ngữ C \\#\n\n\\---\n\n\\===\n\n\\> a\n\n{FIRST}",
        ),
    ],
)  # fmt: skip
def test_structure(body: str, markdown: str) -> None:
    assert markdown_of(body) == markdown


@pytest.mark.parametrize("wrapper", ["<blockquote>{}</blockquote>", "<ul><li>{}</li></ul>"])
def test_an_element_around_the_whole_body_is_no_structure(wrapper: str) -> None:
    article = article_of(simple(wrapper.format(paragraphs(LEAD, FIRST, SECOND))), SIMPLE)
    assert article.markdown == f"{FIRST}\n\n{SECOND}"


def test_captions_signatures_and_furniture_are_not_in_it() -> None:
    body = (
        f"{paragraphs(FIRST)}<figure><img src=/a.jpg><figcaption>Phơi vải chàm</figcaption></figure>"
        f"{paragraphs(SECOND)}"
        f"<p>Ý kiến ()</p><p><b>Tin, ảnh: Duy Tuấn</b></p>"
    )
    assert markdown_of(body) == f"{FIRST}\n\n{SECOND}"


LETTERS = st.text(alphabet="aă Đ.1-*_`#>[]()!\\|~<&;=+:/x\xa0\u0300", min_size=1, max_size=24)
LINES = st.one_of(
    LETTERS,
    st.text(max_size=16),
    st.sampled_from(["1. a", "- b", "---", "***", "&lt;", "| a | b", "[x]: /y", "```", "# #", "2) c", "!", "a\\"]),
)


def _inline(line: str, dress: int) -> str:
    text = escape(line)
    return (text, f"<b>{text}</b>", f"<i>{text}</i>", f"<a href='/x'>{text}</a>y", f"x!<a href='/x_*'>{text}</a>")[
        dress
    ]


INLINE = st.builds(_inline, LINES, st.integers(0, 4))
LEAVES = st.one_of(
    INLINE.map("<p>{}</p>".format),
    INLINE.map("<h3>{}</h3>".format),
    st.lists(st.lists(LINES.map(escape), min_size=1, max_size=4), min_size=1, max_size=4).map(
        lambda rows: "<table>" + "".join("<tr><td>" + "<td>".join(row) + "</tr>" for row in rows) + "</table>"
    ),
)
BODIES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map("".join),
        st.lists(inner, max_size=4).map(lambda items: "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"),
        st.lists(inner, max_size=4).map(lambda items: "<ol>" + "".join(f"<li>{item}</li>" for item in items) + "</ol>"),
        inner.map("<blockquote>{}</blockquote>".format),
    ),
    max_leaves=12,
)


@settings(max_examples=1000, deadline=None)
@given(BODIES)
def test_a_parser_gives_back_the_paragraphs(body: str) -> None:
    markdown_of(f"{body}<p>{FIRST}</p>")


@settings(max_examples=400, deadline=None)
@given(SOUP, st.sampled_from(sorted(RULES)))
def test_a_parser_gives_back_the_paragraphs_of_any_soup(soup: str, portal: str) -> None:
    article = extract(page_of(f"<h1>{TITLE}</h1>{soup}"), RULES[portal]).article
    if article is not None:
        assert [bare(line) for line in printed(article.markdown or "")] == [bare(line) for line in article.paragraphs]


@pytest.mark.parametrize("portal", RULES)
def test_replica_stories_lose_nothing(portal: str) -> None:
    site = build_site(portal, 12, 7)
    for url, story in site.articles().items():
        article = extract(replica_page(site, url), RULES[portal]).article
        assert article is not None
        assert [bare(line) for line in printed(article.markdown or "")] == [bare(line) for line in story.paragraphs]
        stranger = extract(replica_page(site, url), generic.RULES).article
        if stranger is None:  # A stranger sees no body where a script writes it.
            continue
        assert [bare(line) for line in printed(stranger.markdown or "")] == [bare(line) for line in stranger.paragraphs]
