"""The "/file/<tenant>/MMYYYY" CMS of baohagiang.vn, baotuyenquang.com.vn, baothainguyen.vn, baodaklak.vn and others."""

from __future__ import annotations

from lxml.html import HtmlElement

from pipelines.rules import Layout, Rules
from scrapers.sources import Section
from scrapers.spider import Found, PortalSpider, page_number

RULES = Rules(
    rule_id="filehex/1",
    article_path=r"^/(?:[a-z0-9-]+/){1,3}\d{6}/[^/?]+-(?P<id>[0-9a-f]{6,7})/?(?:\?|$)",
    layouts=(
        Layout(
            name="v2",
            container=("div.content-fully #content", "div.content-fully"),
            title=("div.detail-main-title h1.title", "h1.title"),
            lead=("div.content-reply p.reply", ".content-reply"),
            published=("div.group-time time.time", "div.group-time"),
            byline=(".content-author .author", ".after-author .author"),
            section=("ol.breadcrumb li:last-child a",),
            tags=("div.tags-box a",),
            figure=("table",),
            caption=("font",),
            drop=(".related", ".tags-box"),
        ),
        Layout(
            name="v1",
            container=("div.article_content #content", "div.article_content", "div.content-detail"),
            title=("h1.media-heading", "h1.head_title"),
            lead=("div.article_content div.desc", "div.sapo"),
            published=("div.date",),
            byline=(".author",),
            section=("a.maincatetitle", "ol.breadcrumb li:last-child a", ".breadcrumb li:last-child a"),
            tags=("div.tag_list a", "div.tags-box a"),
            figure=("table.image",),
            caption=("td.image_desc", "td.desc"),
            drop=("h1.media-heading", "div.date", "ul.social", "div.bd02", ".related", ".tag_list"),
        ),
    ),
    lead_in_body=True,
)


class FileHex(PortalSpider):
    """Portals whose articles end in a hexadecimal id and whose sections page with ``?paged=N``."""

    rules = RULES
    section_in_path = r"(?P<section>/(?:[a-z0-9-]+/)+)\d{6}/"

    def next_page(self, tree: HtmlElement, url: str, source: Section, page: int) -> Found:
        """The next ``?paged=N`` of a section, if the page links to it; the home page has none."""
        hrefs = tree.xpath("//a[contains(@href, 'paged=')]/@href") if source.path != "/" else []
        yield from self.page_at(hrefs, url, lambda at: page_number(at, ("paged",)) == page + 1, source, page)
