"""How tests look at a replica site without a network: its pages, links and listings."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import cache
from urllib.parse import urljoin, urlsplit

from lxml import html

from tests.replica.site import Answer, Request
from tests.replica.sites import PORTALS, SITES, build_site
from tests.replica.sites.markup import VIETNAM
from tests.replica.sites.portal import Portal

COUNTS = dict.fromkeys(SITES, 80) | dict.fromkeys(PORTALS, 100)
COUNTS |= {"baocaobang": 160, "baolangson": 160, "baolac": 20, "nguyenbinh": 20}
NAMES = tuple(COUNTS)
NOON = datetime(2026, 11, 21, 12, 34, tzinfo=VIETNAM)
XHR = (("X-Requested-With", "XMLHttpRequest"),)


@cache
def site_of(name: str) -> Portal:
    """A site with enough stories that every section has several pages."""
    site = build_site(name, COUNTS[name])
    site.now = lambda: NOON
    return site


def get(site: Portal, target: str, headers: tuple[tuple[str, str], ...] = (), scheme: str | None = None) -> Answer:
    """The site's answer to a GET of ``target`` (a path or an absolute address)."""
    parts = urlsplit(urljoin(site.base, target))
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc
    wire = scheme or parts.scheme
    return site.answer(Request("GET", path, "HTTP/1.1", (("Host", host), *headers), b"", wire))


def tree_of(answer: Answer) -> html.HtmlElement:
    """A page as a browser sees it: end tags of html and body before the last ones are ignored."""
    text = re.sub(r"</(?:html|body)>", "", answer.body.decode(), flags=re.IGNORECASE)
    return html.document_fromstring(text)


def words(text: str) -> str:
    return " ".join(text.split())


def links(site: Portal, target: str) -> set[str]:
    """The absolute addresses on this host that a page links to."""
    here = urljoin(site.base, target)
    found = {urljoin(here, str(link)) for link in tree_of(get(site, target)).xpath("//a/@href")}
    return {link for link in found if link.startswith(f"{site.base}/")}


def listed(site: Portal, slug: str) -> set[str]:
    """What the listings of a section link to, following its paging to the end."""
    start = site.base + site.section_path(slug)
    seen: set[str] = set()
    found: set[str] = set()
    queue = [start]
    while queue:
        target = queue.pop()
        seen.add(target)
        on_page = links(site, target)
        found |= on_page
        pages = {link for link in on_page if re.fullmatch(re.escape(start) + r"(\?\w+=\d+(?:&d=)?|page-\d+/)", link)}
        queue += pages - seen - set(queue)
    return found | scripted(site, start) | scrolled(site, start)


def scripted(site: Portal, section: str) -> set[str]:
    """What a Mediatech section shows as the reader scrolls."""
    number = tree_of(get(site, section)).xpath("string(//*[@id='category_id']/@data-id)")
    found: set[str] = set()
    for page in range(1, 100 if number else 1):
        query = f"page={page}&limit=12&category_id={number}&show_thumb=true&show_desc=true"
        rows = json.loads(get(site, f"/list-post-by-category?{query}", XHR).body)["data"]
        if not rows:
            break
        found |= {urljoin(site.base, row["link"]) for row in rows}
    return found


def scrolled(site: Portal, section: str) -> set[str]:
    """What a OneCMS section shows as the reader scrolls: each answer begins after the last article shown."""
    tree = tree_of(get(site, section))
    channel = re.search(r"channelId: (\d+)", tree.text_content())
    shown = [str(number) for number in tree.xpath("//ul[@class='onecms__loading']/li/@pid")]
    found: set[str] = set()
    while channel and shown:
        rows = json.loads(get(site, f"/api/getMoreArticle/channel_empty_{shown[-1]}_{channel[1]}_0").body)
        shown = [str(row["PublisherId"]) for row in rows]
        found |= {row["LinktoMe2"] for row in rows}
    return found
