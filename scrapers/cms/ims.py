"""Portals that keep pictures under NewsImg or upload/news by month: baoyenbai, baohoabinh, baothaibinh, baobinhphuoc.

Only their addresses of pictures and, of the latter two, of articles are known. So there is no layout: pages are read by
what they declare and where their text is dense, and any address counts that has its number before or after the slug.
"""

from __future__ import annotations

from pipelines.rules import Rules
from scrapers.cms.unmapped import Unmapped

RULES = Rules(
    rule_id="ims/1",
    article_path=(
        r"^/(?:(?:[A-Za-z-]+/)?\d{1,4}/|(?:[A-Za-z0-9-]+/){0,2}[^/?]+-)(?P<id>\d{5,7})(?:/[^/?]+?)?(?:\.(?:aspx|html?))?/?"
        r"(?:\?|$)"
    ),
    lead_in_body=True,
)


class Ims(Unmapped):
    """Portals whose sections and paging are read off their pages."""

    rules = RULES
    other_paths = ("/Includes/", "/NewsImg/", "/upload/", "/epaper", "/media/")
