"""Bodies that an inline script writes into the page."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.html import parse_html
from pipelines.scripted import find_literal, unescape_literal
from scrapers.cms import filehex
from tests.pipelines.pages import article_of

URL = "https://baoquangngai.vn/nuoi-tom-tren-cat-450123.htm"
FIRST = "Vụ này, 12 hộ ở xã Bình Dương thả 3,5 triệu con tôm giống trên 14 ha ao lót bạt, cao hơn năm trước 2 ha."
SECOND = "Theo Phòng Nông nghiệp và Môi trường, độ mặn của nước ở cửa sông đầu tháng là 18‰, thuận lợi cho con tôm."
LEAD = "Sáng 6/7, bà con vùng cửa sông xuống giống vụ tôm thứ hai trong năm, sớm hơn lịch thời vụ một tuần."


def _page(script: str, inside: str = "") -> str:
    return (
        f'<html><body><div id="body"><h1 class="title">Nuôi tôm trên cát</h1><div class="date">06/07/2026 10:06</div>'
        f'<p class="sapo">{LEAD}</p><div id="content">{inside}</div><script>{script}</script></div></body></html>'
    )


@pytest.mark.parametrize(
    "script",
    [
        f"var outputData = {json.dumps(f'<p>{FIRST}</p><p>{SECOND}</p>')};",
        "var outputData; outputData = " + json.dumps(f"<p>{FIRST}</p>\n<p>{SECOND}</p>").replace("/", "\\/"),
        f"var outputData = ''; if (1) {{ outputData='<p>{FIRST}<\\/p>\\\n<p>{SECOND}<\\/p>' }}",
        f"$('#content').html(`<p>{FIRST}</p>\n<p>{SECOND}</p>`);",
        f'let data = {{outputData: "&lt;p&gt;{FIRST}&lt;/p&gt;&lt;p&gt;{SECOND}&lt;/p&gt;"}}',
    ],
)
def test_a_body_in_a_script_is_read_as_if_it_stood_in_the_page(script: str) -> None:
    article = article_of(_page(script), filehex.RULES, URL)
    assert article.rungs["layout"] == "output-data"
    assert (article.title, article.lead) == ("Nuôi tôm trên cát", LEAD)
    assert article.paragraphs == (FIRST, SECOND)


def test_a_body_that_stands_in_the_page_is_not_replaced() -> None:
    article = article_of(_page('outputData = "<p>Bản nháp</p>"', f"<p>{FIRST}</p><p>{SECOND}</p>"), filehex.RULES, URL)
    assert article.paragraphs == (FIRST, SECOND)


def test_a_page_without_the_script_is_not_of_this_layout() -> None:
    html = _page("var other = 1;", f"<p>{FIRST}</p><p>{SECOND}</p>")
    assert article_of(html, filehex.RULES, URL).rungs["layout"] == "generic"


@pytest.mark.parametrize(
    "script",
    [
        'var outputData = BODY; document.getElementById("content").innerHTML = outputData;',
        'document.getElementById("content").innerHTML = BODY;',
        "let text = BODY\n$( '#content' ).html( text )",
        "$('#content').html(BODY);",
    ],
)
def test_a_script_that_writes_the_body_is_understood_without_rules(script: str) -> None:
    body = json.dumps(f"<p>{FIRST}</p><p>{SECOND}</p>")
    article = article_of(_page(script.replace("BODY", body)), url=URL)
    assert article.rungs["layout"] == "generic"
    assert article.paragraphs == (FIRST, SECOND)
    assert article_of(_page(script.replace("BODY", body), f"<p>{SECOND}</p><p>{FIRST}</p>"), url=URL).paragraphs == (
        SECOND,
        FIRST,
    )


@given(st.text(), st.booleans())
def test_what_json_escapes_comes_back(text: str, ascii_only: bool) -> None:
    literal = json.dumps(text, ensure_ascii=ascii_only)
    expected = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert unescape_literal(literal[1:-1]) == expected


@given(st.text(alphabet="\\ux{}09afnt'\"`\n é", max_size=60))
def test_no_script_breaks_the_reader(text: str) -> None:
    unescape_literal(text)
    root = parse_html(f"<p>một</p><script>outputData = '{text}</script>")
    assert isinstance(find_literal(root, ("outputData",)), str | None)


def test_the_long_forms_of_escapes() -> None:
    assert unescape_literal(r"\u{1F33E} \x41\u00e0\0\v\'\q\u{110000}") == "\U0001f33e A\u00e0\0\v'q\ufffd"
    assert unescape_literal(r"\ud83c\udf3e") == "\U0001f33e"
