"""Pieces of markup that several content management systems share: escapes, dates, weights, feeds, a picture."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from html.entities import codepoint2name

VIETNAM = timezone(timedelta(hours=7))
WEEKDAY_WORDS = ("Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy", "Chủ nhật")

# The smallest honest picture: 8 by 8 grey, baseline JPEG (ITU-T T.81), one-entry Huffman tables.
_JPEG_HEAD = bytes.fromhex("ffd8ffe000104a46494600010100000100010000")
_JPEG_REST = bytes.fromhex(
    "ffdb004300"
    + "10" * 64
    + "ffc0000b080008000801011100"
    + "ffc4001400"
    + "01"
    + "00" * 16
    + "ffc4001410"
    + "01"
    + "00" * 16
    + "ffda0008010100003f00"
    + "3f"
    + "ffd9"
)

_PROPERTIES = (
    "margin:0 auto {}px",
    "padding:{}px 12px",
    "color:#{0:02x}{0:02x}3{0:x}",
    "font-size:{}px",
    "line-height:1.{}",
    "width:calc(100% - {}px)",
    "max-width:{}0px",
    "border-bottom:1px solid #{0:02x}e{0:x}e4",
    "background:#f{0:02x}{0:x}f7",
    "display:flex;flex-wrap:wrap;gap:{}px",
    "position:relative;top:{}px",
    "transition:all .{}s ease-in-out",
    "box-shadow:0 {}px 12px rgba(0,0,0,.08)",
)


def picture(path: str) -> tuple[bytes, str]:
    """The picture at ``path`` and its media type: PNG for a name that ends so, else JPEG; other names, other bytes.

    The name and up to 4 KB of filling stand in a comment (JPEG: COM, T.81 §B.2.4.5; PNG: tEXt, §11.3.4.3).
    """
    mark = zlib.crc32(path.encode())
    comment = path.encode() + random.Random(mark).randbytes(mark % 4000).hex().encode()[: mark % 4000]
    if not path.lower().endswith(".png"):
        return _JPEG_HEAD + b"\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment + _JPEG_REST, "image/jpeg"
    size = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\x00" + bytes([mark % 256]) * 8) * 8)
    chunks = ((b"IHDR", size), (b"tEXt", b"Comment\x00" + comment), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks), "image/png"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def digit_weekday(moment: datetime, sunday: str = "Chủ nhật") -> str:
    """The weekday as "Thứ 2" … "Thứ 7"; ``sunday`` is what the site prints for Sundays."""
    return sunday if moment.weekday() == 6 else f"Thứ {moment.weekday() + 2}"


def word_weekday(moment: datetime) -> str:
    """The weekday in words."""
    return WEEKDAY_WORDS[moment.weekday()]


_NAMED = {code: f"&{codepoint2name[code]};" for code in range(0xA0, 0x100)}
_DECIMAL = {code: f"&#{code};" for code in range(0xA0, 0x100)}


@lru_cache(maxsize=8192)
def named(text: str) -> str:
    """Escape ``text`` and write accented Latin-1 letters as named entities ("N&ocirc;ng"), the rest as it is."""
    return escape(text).translate(_NAMED)


def decimal(text: str) -> str:
    """Escape ``text`` and write Latin-1 letters as decimal entities ("&#224;"), as ASP.NET's encoder does."""
    return escape(text).translate(_DECIMAL)


def cut(text: str, limit: int, mark: str = "...") -> str:
    """``text`` cut at a blank before ``limit`` characters, with ``mark`` when something is missing."""
    if len(text) <= limit:
        return text
    return text[: text.rfind(" ", 0, limit)] + mark


@lru_cache(maxsize=32)
def stylesheet(seed: str, classes: tuple[str, ...], size: int) -> str:
    """About ``size`` characters of style rules for ``classes``."""
    chance = random.Random(seed)
    rules: list[str] = []
    for _ in range(size // 130):
        chosen = chance.sample(classes, k=min(len(classes), chance.randint(1, 3)))
        selector = " ".join(f".{name}" for name in chosen) + chance.choice(("", ":hover", " a", " > li", "::after"))
        body = ";".join(rule.format(chance.randint(1, 99)) for rule in chance.sample(_PROPERTIES, k=4))
        rules.append(f"{selector}{{{body}}}\n")
    return "".join(rules)


@lru_cache(maxsize=32)
def sprite(seed: str, size: int) -> str:
    """About ``size`` characters of inline SVG symbols, the icons of a theme."""
    chance = random.Random(seed)
    symbols: list[str] = []
    for number in range(size // 350):
        path = "".join(
            f"{chance.choice('lhvcsq')}{chance.uniform(-9, 9):.2f} {chance.uniform(-9, 9):.2f}" for _ in range(24)
        )
        symbols.append(f'<symbol id="ic-{number}" viewBox="0 0 24 24"><path d="M12 2{path}z"/></symbol>')
    return f'<svg xmlns="http://www.w3.org/2000/svg" style="display:none">{"".join(symbols)}</svg>'


@lru_cache(maxsize=32)
def script(seed: str, names: tuple[str, ...], size: int) -> str:
    """About ``size`` characters of page script that wires up elements called ``names``."""
    chance = random.Random(seed)
    lines: list[str] = []
    for _ in range(size // 240):
        name, other = chance.choice(names), chance.choice(names)
        number = chance.randint(10, 9999)
        lines.append(
            f"$(document).on('{chance.choice(('click', 'scroll', 'resize', 'touchstart'))}','.{name}',function(e){{"
            f"var t=$(this),n=t.data('id')||{number};if(n>{number // 2}){{$('.{other}').toggleClass('is-{number:x}');}}"
            f"window.dataLayer=window.dataLayer||[];dataLayer.push({{event:'{name}',value:n*{number % 7 + 1}}});}});\n"
        )
    return f"<script>(function($){{\n{''.join(lines)}}})(window.jQuery);</script>"


def rss(title: str, link: str, items: Iterable[tuple[str, str, str, str, str]], extra: str = "") -> bytes:
    """An RSS 2.0 feed; each item is title, link, description, pubDate text and guid text."""
    entries = "".join(
        f"<item>\n<title>{escape(name)}</title>\n<link>{escape(url)}</link>\n"
        f"<description><![CDATA[{about}]]></description>\n<pubDate>{date}</pubDate>\n{guid}</item>\n"
        for name, url, about, date, guid in items
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">\n'
        f"<channel>\n<title>{escape(title)}</title>\n<link>{escape(link)}</link>\n"
        f"<description><![CDATA[{title}]]></description>\n<language>vi</language>\n{extra}{entries}</channel>\n</rss>\n"
    ).encode()


def rfc822(moment: datetime) -> str:
    """The date form of RSS, in the moment's own zone."""
    return format_datetime(moment)


def sitemap_index(children: Sequence[tuple[str, datetime | None]]) -> bytes:
    """A sitemap index of ``children``: address and last change."""
    rows = "".join(f"<sitemap><loc>{escape(url)}</loc>{_lastmod(moment)}</sitemap>\n" for url, moment in children)
    return _sitemap("sitemapindex", "", rows)


def sitemap(rows: Iterable[tuple[str, datetime | None]]) -> bytes:
    """A sitemap of pages: address and last change."""
    return _sitemap(
        "urlset", "", "".join(f"<url><loc>{escape(url)}</loc>{_lastmod(moment)}</url>\n" for url, moment in rows)
    )


def news_sitemap(name: str, rows: Iterable[tuple[str, str, datetime]]) -> bytes:
    """A Google News sitemap: address, title, publication time."""
    entries = "".join(
        f"<url><loc>{escape(url)}</loc><news:news><news:publication><news:name>{escape(name)}</news:name>"
        f"<news:language>vi</news:language></news:publication><news:publication_date>{moment.isoformat()}"
        f"</news:publication_date><news:title>{escape(title)}</news:title></news:news></url>\n"
        for url, title, moment in rows
    )
    return _sitemap("urlset", ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"', entries)


def _lastmod(moment: datetime | None) -> str:
    return f"<lastmod>{moment.isoformat()}</lastmod>" if moment else ""


def _sitemap(root: str, spaces: str, rows: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"{spaces}>\n{rows}</{root}>\n'
    ).encode()
