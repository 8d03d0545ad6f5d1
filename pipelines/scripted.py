"""Bodies that stand in an inline script, which a browser runs to write them into the page."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from itertools import chain, islice

from lxml.html import HtmlElement

from pipelines.html import parse_html

# A string literal of ECMAScript (ECMA-262, 12.9.4 and 12.9.6) after "name =", "name:" or "name(".
_LITERAL = r"\s*[=:(]\s*(?:\"((?:[^\"\\]++|\\.)*+)\"|'((?:[^'\\]++|\\.)*+)'|`((?:[^`\\]++|\\.)*+)`)"
_WRITES = re.compile(
    r"(?P<target>getElementById\(\s*[\"'](?P<id>[\w:.-]+)[\"']\s*\)\.innerHTML"
    r"|\$\(\s*[\"']#(?P<query>[\w:-]+)[\"']\s*\)\.html)\s*[=(]\s*(?P<variable>[\w$]+)?"
)
_MOST_WRITES = 20
_SHORTEST_BODY = 200
_ESCAPE = re.compile(
    r"\\(?:u\{(?P<point>0*[0-9a-f]{1,6})\}|u(?P<unit>[0-9a-f]{4})|x(?P<byte>[0-9a-f]{2})"
    r"|(?P<line>\r\n|[\n\r\u2028\u2029])|(?P<other>.))",
    re.IGNORECASE | re.DOTALL,
)
_SHORT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


def find_literal(root: HtmlElement, names: tuple[str, ...]) -> str | None:
    """The longest string literal that inline scripts of ``root`` give to one of ``names``, escapes undone.

    A name is written as in the script: a variable (``outputData``) or what is called with the literal
    (``$('#content').html``).
    """
    found = [
        next(part for part in match.groups() if part is not None)
        for script in (root.iter("script") if names else ())
        for name in names
        if name in (text := script.text or "")
        for match in _after(name).finditer(text)
    ]
    return unescape_literal(max(found, key=len)) if found else None


def fill_by_scripts(root: HtmlElement) -> None:
    """Fill the empty element of ``root`` to which inline scripts give the most markup as soon as they are run.

    Known are ``document.getElementById("x").innerHTML = …`` and jQuery's ``$("#x").html(…)``, with a literal or with
    a variable that is given one.
    """
    texts = [text for script in root.iter("script") if ".innerHTML" in (text := script.text or "") or ".html(" in text]
    writes = {
        (match["id"] or match["query"], match["variable"] or match["target"])
        for match in islice(chain.from_iterable(map(_WRITES.finditer, texts)), _MOST_WRITES)
    }
    body, place = "", None
    for name, source in sorted(writes):
        element = root.get_element_by_id(name, None)
        if element is not None and not len(element) and not (element.text or "").strip():
            markup = find_literal(root, (source,)) or ""
            body, place = (markup, element) if len(markup) > len(body) else (body, place)
    if place is not None and len(body) >= _SHORTEST_BODY:
        fill(place, body)


def unescape_literal(text: str) -> str:
    """What the inside of an ECMAScript string literal stands for; never raises, lone surrogates become U+FFFD."""
    plain = _ESCAPE.sub(_meaning, text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def fill(container: HtmlElement, markup: str) -> None:
    """Put ``markup`` into ``container`` as a browser's ``innerHTML`` would; markup escaped as a whole is unescaped."""
    if "<" not in markup and "&lt;" in markup:
        markup = html.unescape(markup)
    body = parse_html(f"<div>{markup}</div>").find("body")
    container.text = None
    container[:] = [] if body is None else list(body)


def _meaning(escape: re.Match[str]) -> str:
    code = escape["point"] or escape["unit"] or escape["byte"]
    if code:
        number = int(code, 16)
        return chr(number) if number <= 0x10FFFF else "\ufffd"
    return "" if escape["line"] else _SHORT.get(escape["other"], escape["other"])


@lru_cache(maxsize=64)
def _after(name: str) -> re.Pattern[str]:
    return re.compile(re.escape(name) + _LITERAL, re.DOTALL)
