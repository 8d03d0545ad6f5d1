"""The layout of replica pages: as many blanks as templates leave, and none that a browser would show."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from tests.replica.browse import NAMES, NOON, get, site_of, tree_of, words
from tests.replica.site import Answer
from tests.replica.sites import build_site
from tests.replica.sites.layout import laid_out, typed

_INLINE = frozenset(
    ("a", "b", "button", "em", "font", "i", "ins", "label", "noscript", "o:p", "select", "span", "strong", "time")
)
_PICTURES = frozenset(("iframe", "img", "input", "svg", "textarea"))
_UNSEEN = frozenset(("base", "link", "meta", "script", "style", "title"))
_RAW = re.compile(r"<(script|style|title|pre|textarea|svg)\b.*?</\1>|<!--.*?-->", re.DOTALL)
_SILENT = re.compile(r"(<(script|style)\b[^>]*>).*?(</\2>)", re.DOTALL)


def shown(element: html.HtmlElement) -> str:
    """What a browser shows of ``element``, blanks between blocks included."""
    if not isinstance(element.tag, str) or element.tag in _UNSEEN or element.get("type") == "hidden":
        return ""
    if element.tag in _PICTURES:
        return "￼"
    inside = (element.text or "") + "".join(shown(child) + (child.tail or "") for child in element)
    return inside if element.tag in _INLINE else f" {inside} "


def unmarked(page: str) -> str:
    return page.replace("<\x02", "").replace("\x03>", "")


def check(before: str, after: str) -> None:
    """That ``after`` is ``before`` in other lines."""
    trees = [tree_of(Answer(200, page.encode())) for page in (unmarked(before), after)]
    assert words(shown(trees[1])) == words(shown(trees[0]))
    raw = [[piece[0] for piece in _RAW.finditer(page)] for page in (unmarked(before), after)]
    assert raw[1] == raw[0]
    assert [part for part in re.findall("<\x02([^\x03]*)\x03>", before) if part not in after] == []
    assert re.sub(r"\s", "", after) == re.sub(r"\s", "", unmarked(before))


def blanks(page: str) -> float:
    """The share of blanks between tags and at the ends of text, without what scripts and styles hold."""
    page = _SILENT.sub(r"\1\3", page)
    texts = re.findall(r">([^<]+)", page)
    return sum(len(text) - len(text.strip()) for text in texts) / len(page)


@pytest.mark.parametrize("name", NAMES)
def test_pages_say_the_same_in_lines_of_their_own(name: str) -> None:
    site = build_site(name, 12)
    site.now = lambda: NOON
    written, pages = site.written, list[tuple[str, str]]()

    def noted(page: str) -> str:
        pages.append((page, written(page)))
        return pages[-1][1]

    site.written = noted  # type: ignore[method-assign]
    targets = ["/", site.section_path(site.sections[0][1]), site.dead_path(site.sections[0][1]), *site.articles()]
    bodies = [get(site, target).body.decode() for target in targets]
    assert len(pages) > len(site.articles())
    assert not any(mark in body for body in bodies for mark in "\x02\x03")
    for before, after in pages:
        check(before, after)


@pytest.mark.parametrize("name", NAMES)
def test_article_pages_hold_as_many_blanks_as_templates_leave(name: str) -> None:
    site = site_of(name)
    shares = [blanks(get(site, url).body.decode()) for url in site.articles()]
    assert min(shares) > 0.08
    assert max(shares) < 0.2


def test_a_block_stands_on_a_line_of_its_own() -> None:
    page = (
        '<body><ul class="menu"><li><a href="/">Tin</a></li><li>Tin <b>mới</b></li></ul><script>\n1 </script><div>'
        f"<h1><a>Tít</a></h1>Lời  <i>dẫn</i> <i>in</i><p>\n</p><div>{typed('<p>a</p>  <p>b</p>')}</div></div></body>"
    )
    assert laid_out(page, "\t").split("\n") == [
        "<body>",
        '\t<ul class="menu">',
        "\t\t<li>",
        '\t\t\t<a href="/">Tin</a>',
        "\t\t</li>",
        "\t\t",
        "\t\t<li>Tin <b>mới</b></li>",
        "\t</ul>",
        "\t<script>",
        "1 </script>",
        "\t<div>",
        "\t\t<h1><a>Tít</a></h1>",
        "\t\tLời  <i>dẫn</i> <i>in</i>",
        "\t\t<p>",
        "</p>",
        "\t\t<div>",
        "\t\t\t<p>a</p>  <p>b</p>",
        "\t\t</div>",
        "\t</div></body>",
    ]


@pytest.mark.parametrize(
    "page",
    [
        "<b>Hôm nay</b><span>22</span>", "Giá <textarea>\n<p> a </p></textarea><button>Gửi</button>",
        "a<script>if (a < b) '<div>'</script>b", "<pre>\n <div></pre>", "<!-- <div> -->x", "<p title='<div> <div>'>x",
    ],
)  # fmt: skip
def test_what_stands_in_a_line_stays_there(page: str) -> None:
    assert laid_out(page).strip() == page


_TEXT = st.sampled_from(("Tin", " mới ", " ", "\n", "22", "&nbsp;", " ", ""))
_OPAQUE = st.sampled_from(
    ("<textarea>\n <p>x</p> </textarea>", "<script>var a = '<div>  </div>';</script>", "<!-- <ul> <li> -->",
     "<img alt='<p>'>", "<svg> <path d='M1 1'/> </svg>", "<input type=\"hidden\" value=\"<p> <p>\">",
     "<style> a > b {} </style>", "<br>")
)  # fmt: skip


def _wrapped(names: tuple[str, ...], inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, max_size=4).map("".join)
    return st.builds(lambda name, inside: f'<{name} class="a > b">{inside}</{name}>', st.sampled_from(names), several)


_LINE = st.recursive(_TEXT | _OPAQUE, lambda inner: _wrapped(("span", "b", "em"), inner), max_leaves=5)
_PARAGRAPH = _wrapped(("p", "h2"), _LINE)
_TYPED = st.sampled_from(("<p>a</p>\n\n<p> b</p>", "<P>Word <o:p></o:p></P>")).map(typed)
_PAGE = st.recursive(
    _LINE | _PARAGRAPH | _TYPED, lambda inner: _wrapped(("div", "section", "ul", "li", "form"), inner), max_leaves=20
)


@given(_PAGE, st.sampled_from(("    ", "\t", "  ")), st.sampled_from(("\n", "\r\n")))
def test_no_blank_is_shown_that_was_not_there(page: str, unit: str, newline: str) -> None:
    page = f"<html><head><title> a </title><meta charset='utf-8'></head><body>x{page}</body></html>"
    check(page, laid_out(page, unit, newline))
