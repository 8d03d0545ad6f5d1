"""Reading listings: pure functions from a feed, a sitemap or a section page to the links it gives."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from lxml import etree
from lxml.html import HtmlElement

VIETNAM = timezone(timedelta(hours=7))
_DAY_MONTH_YEAR = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})[/.-]((?:19|20)\d\d)(?!\d)")
# Parameters that say where a click came from, never which page is meant.
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|gidzl|zarsrc|zalo_\w+", re.I)
_TIME_FIELD = re.compile(r"publish|date|time", re.I)
_LINK_FIELDS = ("link", "LinktoMe2", "pageUrl")
# Unix seconds from 1990 to 2242: an article's id in a field named for its publisher is none.
_SECONDS = range(631_152_000, 1 << 33)
_JSONP = re.compile(r"[\w$.]{1,80}\s*\((?P<inside>.*)\)\s*;?", re.S)
_HREF = re.compile(r"https?://|/|\.|\?|[\w%-]+(?:[./?]|$)", re.I)


@dataclass(frozen=True, slots=True)
class Link:
    """A link that a listing gave, with the time it printed beside it (aware, UTC+7) where it did."""

    url: str
    published: datetime | None = None


def clean_url(url: str) -> str:
    """``url`` without fragment and click-tracking parameters."""
    parts = urlsplit(url.strip())
    query = parts.query
    if query and _TRACKING.search(query):
        kept = [(k, v) for k, v in parse_qsl(query, keep_blank_values=True) if not _TRACKING.fullmatch(k)]
        query = urlencode(kept)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def absolute(base: str, href: str) -> str | None:
    """``href`` made absolute and clean, or ``None`` if it is no web address: portals print ``http://[`` too."""
    try:
        url = clean_url(urljoin(base, href.strip()))
    except ValueError:
        return None
    return url if url.startswith(("http://", "https://")) else None


def parse_xml(body: bytes) -> etree._Element | None:
    """``body`` as an XML tree, lenient and closed to entities and the network; ``None`` if there is none."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(body.lstrip(b"\xef\xbb\xbf \t\r\n"), parser)
    except etree.XMLSyntaxError:
        return None


def feed_links(body: bytes, base: str) -> list[Link]:
    """Links of an RSS 2.0, RSS 1.0 or Atom feed, in its order."""
    root = parse_xml(body)
    links: list[Link] = []
    for item in _named(root, ("item", "entry")):
        url = _child(item, "link") or _atom_link(item) or _child(item, "guid")
        target = absolute(base, url) if url and url.startswith(("http", "/")) else None
        if target:
            when = _child(item, "pubDate") or _child(item, "published") or _child(item, "date")
            links.append(Link(target, parse_time(when)))
    return links


def sitemap_links(body: bytes, base: str) -> tuple[list[str], list[Link]]:
    """Child sitemaps and page links of a sitemap; ``.xml`` entries inside a ``urlset`` count as children."""
    root = parse_xml(body)
    named = (absolute(base, _child(node, "loc") or "") for node in _named(root, ("sitemap",)) if _child(node, "loc"))
    children = [url for url in named if url]
    links: list[Link] = []
    for node in _named(root, ("url",)):
        loc = _child(node, "loc")
        url = absolute(base, loc) if loc else None
        if not url:
            continue
        if urlsplit(url).path.endswith((".xml", ".xml.gz")):
            children.append(url)
        else:
            links.append(Link(url, parse_time(_child(node, "publication_date"))))
    return children, links


def page_links(tree: HtmlElement, base: str, wanted: Callable[[str], bool]) -> list[Link]:
    """Links of a page for which ``wanted`` holds, in document order, each once, with the date of its card."""
    found: dict[str, Link] = {}
    anchors = [(anchor, url) for anchor in tree.iter("a") if (url := _target(anchor, base)) and wanted(url)]
    for anchor, url in anchors:
        if url not in found or found[url].published is None:
            found[url] = Link(url, _card_time(anchor, url, base, wanted))
    return list(found.values())


def json_links(body: bytes, base: str) -> list[Link]:
    """Links of a JSON answer, also one wrapped in a call (JSONP); an empty or broken body gives none.

    Known are ``{"data": [{"link": …}]}``, ``{"response": [{"pageUrl": …}]}`` and a list alone.
    """
    text = body.decode("utf-8", "replace").strip()
    call = _JSONP.fullmatch(text)
    try:
        data = json.loads(call["inside"] if call else text or "{}")
    except (ValueError, RecursionError):
        return []
    items = (data.get("data") or data.get("response")) if isinstance(data, dict) else data
    links = []
    for item in items if isinstance(items, list) else []:
        link = next((item[name] for name in _LINK_FIELDS if item.get(name)), None) if isinstance(item, dict) else None
        target = absolute(base, link) if isinstance(link, str) and link else None
        if target:
            links.append(Link(target, _json_time(item)))
    return links


def parse_time(text: str | None) -> datetime | None:
    """A time from a feed or sitemap (RFC 5322, ISO 8601, or a printed day); aware, in UTC+7 unless it says."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            return printed_day(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)


def printed_day(text: str) -> datetime | None:
    """The first ``dd/mm/yyyy`` in ``text`` (also with dots or hyphens), at midnight UTC+7."""
    for day, month, year in _DAY_MONTH_YEAR.findall(text):
        try:
            return datetime(int(year), int(month), int(day), tzinfo=VIETNAM)
        except ValueError:
            continue
    return None


def _json_time(item: dict[str, object]) -> datetime | None:
    """The publication time among the fields of ``item``: Unix seconds or a printed time."""
    for key, value in item.items():
        if not _TIME_FIELD.search(key):
            continue
        if isinstance(value, int) and value in _SECONDS:
            return datetime.fromtimestamp(value, VIETNAM)
        moment = parse_time(value) if isinstance(value, str) else None
        if moment:
            return moment
    return None


def _target(anchor: HtmlElement, base: str) -> str | None:
    href = (anchor.get("href") or "").strip()
    if not _HREF.match(href) or href.lower().startswith(("javascript:", "mailto:", "tel:")):
        return None
    return absolute(base, href)


def _card_time(anchor: HtmlElement, url: str, base: str, wanted: Callable[[str], bool]) -> datetime | None:
    """The day printed in the largest block around ``anchor`` that links to this one article only."""
    block = anchor
    for _ in range(6):
        parent = block.getparent()
        if parent is None or parent.tag in ("body", "html"):
            break
        if any((other := _target(a, base)) and other != url and wanted(other) for a in parent.iter("a")):
            break
        block = parent
    stamp = next((e.get("rel") for e in block.iter("time") if (e.get("rel") or "").isdigit()), None)
    if stamp:
        return datetime.fromtimestamp(int(stamp), VIETNAM)
    return printed_day(" ".join(block.itertext()))


def _named(root: etree._Element | None, names: tuple[str, ...]) -> list[etree._Element]:
    if root is None:
        return []
    return [node for node in root.iter() if isinstance(node.tag, str) and etree.QName(node).localname in names]


def _child(node: etree._Element, name: str) -> str | None:
    for child in node.iter():
        if child is not node and isinstance(child.tag, str) and etree.QName(child).localname == name:
            text = "".join(child.itertext()).strip()
            if text:
                return text
    return None


def _atom_link(item: etree._Element) -> str | None:
    for child in item:
        if isinstance(child.tag, str) and etree.QName(child).localname == "link":
            return child.get("href")
    return None
