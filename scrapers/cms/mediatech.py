"""Mediatech, the CMS of baocaobang.vn, baolangson.vn, baoquangninh.vn, baohungyen.vn and baotayninh.vn."""

from __future__ import annotations

from lxml.html import HtmlElement

from pipelines.rules import Layout, Rules
from scrapers.listing import Link
from scrapers.sources import Api, Section
from scrapers.spider import Found, PortalSpider

RULES = Rules(
    rule_id="mediatech/1",
    article_path=r"^/[^/?]+-(?P<id>\d{4,8})\.html(?:\?|$)",
    layouts=(
        Layout(
            name="content-detail",
            container=("#content-detail",),
            title=("h1.name", ".content-article h1"),
            lead=("p.sapo", "#content-detail > h2:first-of-type", "div.sapo"),
            published=(".content-article div.date", "div.date.font5"),
            byline=("div.author", "div.pseudonym"),
            section=(".breadcrumbs ol.breadcrumb li:last-child a", "ol.breadcrumb li:last-child a"),
            tags=(".tags a", ".box-tags a"),
            figure=(".wp-caption",),
            caption=(".wp-caption-text",),
            drop=("div.block-news-list", "ins", ".ads-zone-group", ".box-comments", ".relates", ".topics", ".social"),
        ),
    ),
    lead_in_body=True,
)


_MORE = "/list-post-by-category?page={{page}}&limit=12&category_id={id}&show_thumb=true&show_desc=true"


class Mediatech(PortalSpider):
    """Portals on Mediatech: articles at the root, sections that load further pages as JSON."""

    rules = RULES

    def links_in(self, tree: HtmlElement, url: str) -> list[Link]:
        """The links of a section page; none where sections were asked for: its menus show other sections' articles."""
        return [] if self.window.sections and _first_number(tree) else super().links_in(tree, url)

    def next_page(self, tree: HtmlElement, url: str, source: Section, page: int) -> Found:
        """The JSON listing behind a section page; the page itself names the section's id where the facts do not."""
        section_id = source.api_id or _first_number(tree)
        if section_id:
            yield self.first_request(Api(_MORE.format(id=section_id), of=source.label))


def _first_number(tree: HtmlElement) -> int | None:
    values = tree.xpath("//*[@id='category_id']/@data-id | //*[@id='cate-id']/@value | //*[@id='cate-id']/text()")
    return next((int(value) for value in values if value.strip().isdigit()), None)
