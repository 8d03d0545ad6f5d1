"""Pages for the tests of extraction: made in place, from the replica, and from real material beside the repository."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from archive.model import Article
from pipelines.extract import extract
from pipelines.page import Page
from pipelines.rules import Rules
from scrapers.cms import dhcn, epi, filehex, generic, ims, mediatech, nukeviet, onecms, vdoc, vnpt
from scrapers.portals.baoangiang import BaoAnGiang
from tests.replica.site import Request
from tests.replica.sites.portal import Portal

FETCHED = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
SHARED = Path(__file__).resolve().parents[3] / "shared"
RULES: dict[str, Rules] = {
    "baocaobang": mediatech.RULES,
    "baolangson": mediatech.RULES,
    "baohagiang": filehex.RULES,
    "hdnd_caobang": nukeviet.RULES,
    "caobang_gov": vnpt.RULES,
    "vungcao": generic.RULES,
    "baocantho": vdoc.RULES,
    "baoangiang": BaoAnGiang.rules,
    **dict.fromkeys(("baobinhduong", "baodongthap", "baocamau"), vdoc.RULES),
    "baonghean": onecms.RULES,
    "baodanang": onecms.RULES,
    "baohaiphong": onecms.RULES,
    **dict.fromkeys(("baolaocai", "baohatinh", "baogialai"), epi.RULES),
    **dict.fromkeys(("baothanhhoa", "baophutho"), dhcn.RULES),
    **dict.fromkeys(("baoyenbai", "baohoabinh", "baothaibinh", "baobinhphuoc"), ims.RULES),
    **dict.fromkeys(("phuyen", "baoquangngai"), filehex.RULES),
    **dict.fromkeys(("tinhdoan", "benhvientinh", "hdnd_mobile"), nukeviet.RULES),
}


def shared(name: str) -> Path:
    """A file or folder of the material beside the repository; the test is skipped where it is absent."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} is not beside the repository (../shared)")
    return path


def page_of(html: str | bytes, url: str = "https://vidu.vn/tin/bai-viet-123456.html", status: int = 200) -> Page:
    """A page with body ``html``."""
    body = html.encode() if isinstance(html, str) else html
    return Page(url, status, "text/html; charset=utf-8", body, FETCHED)


def article_of(
    html: str, rules: Rules = generic.RULES, url: str = "https://vidu.vn/tin/bai-viet-123456.html"
) -> Article:
    """The article on the page ``html``; fails with the reason when there is none."""
    extraction = extract(page_of(html, url), rules)
    assert extraction.article is not None, extraction.reason
    return extraction.article


def replica_page(site: Portal, url: str) -> Page:
    """What a replica site answers to a GET of ``url``."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    answer = site.answer(Request("GET", target, "HTTP/1.1", (("Host", f"{parts.netloc}:443"),), b"", parts.scheme))
    return Page(url, answer.status, answer.content_type, answer.body, FETCHED)
