"""ePi, the CMS of baolaocai.vn, baohatinh.vn, baogialai.com.vn and baobackan.vn."""

from __future__ import annotations

from pipelines.rules import Layout, Rules
from scrapers.cms.unmapped import Unmapped

RULES = Rules(
    rule_id="epi/1",
    article_path=r"^/[^/?]+-post(?P<id>\d+)\.html(?:\?|$)",
    layouts=(
        Layout(
            name="cms-body",
            container=("div.article__body[itemprop=articleBody]", "div.article__body", "div.cms-body"),
            title=("h1.article__title", "h1.cms-title"),
            lead=(".article__sapo", ".cms-desc"),
            published=(".article__meta time", "time.time"),
            byline=(".article__meta .author", ".article__author", "span.author"),
            # How its pages mark section, source and tags is not known: the usual names, the usual first.
            section=(
                "[class*=breadcrumb] li:last-child a",
                "[class*=breadcrumb] a",
                "meta[property='article:section']",
            ),
            source=(".article__source",),
            tags=(".article__tag a", ".article__tags a", "a[rel=tag]"),
            figure=("table.picture",),
            caption=("figcaption", "td.caption"),
            drop=(".ads_middle", "[id^=adsWeb_]", ".related-news", ".article-relate"),
        ),
    ),
)


class Epi(Unmapped):
    """Portals on ePi: articles at the root, their id after ``-post``; how sections page is not known."""

    rules = RULES
