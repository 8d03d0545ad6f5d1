"""The CMS of baothanhhoa.vn and baophutho.vn, whose streams come from media.dhcn.vn."""

from __future__ import annotations

from pipelines.rules import Layout, Rules
from scrapers.cms.unmapped import Unmapped

# Under a title that holds a no-break space the slug holds the word "nbsp". Articles of earlier years have their
# section and slug as folders before the number; the numbers are one series.
RULES = Rules(
    rule_id="dhcn/1",
    article_path=r"^/(?:[^/?]+-|[a-z0-9-]+/[^/?]+/)(?P<id>\d{4,8})\.html?(?:\?|$)",
    layouts=(
        # Some bodies of this CMS are said to come encrypted, for a script to read: their container is empty, and no
        # sidebar may stand in for it.
        Layout(
            name="dcontent",
            container=("#dcontent",),
            title=("h1.pTitle", "h1.article__title", "h1"),
            lead=("p.pHead", ".pHead", ".article__sapo"),
            # Day and time stand in elements of their own, side by side.
            published=("*:has(> .pdate)", ".pdate", ".stime", ".article__meta time"),
            # How author, tags and captions are marked is not known: the usual names, else where they stand.
            byline=(".pAuthor", ".article__author", ".author"),
            section=("[class*=breadcrumb] li:last-child a", "[class*=breadcrumb] a"),
            tags=("a[rel=tag]", ".tags a", ".article__tag a"),
            figure=("figure", "table.image", "table[align=center]"),
            caption=("figcaption", ".caption"),
            drop=("h1.pTitle", "p.pHead", ".related", ".related-news", ".tinlienquan"),
        ),
        Layout(
            name="article-body",
            container=("[itemprop=articleBody]", ".article__body", ".detail-content"),
            title=("h1.article__title", "h1"),
            lead=("div.article__sapo", ".sapo"),
            published=(".article__meta time", "time[datetime]"),
            byline=(".article__author", ".author"),
            section=("[class*=breadcrumb] li:last-child a", "[class*=breadcrumb] a"),
            tags=("a[rel=tag]", ".tags a", ".article__tag a"),
            figure=("figure", "table.image", "table[align=center]"),
            caption=("figcaption", ".caption"),
            drop=(".related", ".related-news"),
        ),
    ),
)


class Dhcn(Unmapped):
    """Portals of this CMS: ``/<slug>-<id>.htm``; how sections page is not known."""

    rules = RULES
    other_paths = ("/truyen-hinh", "/phat-thanh", "/media/")
