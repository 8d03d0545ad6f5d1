"""The "/file/<tenant>/MMYYYY" CMS of baohagiang.vn, baotuyenquang.com.vn, baothainguyen.vn, baodaklak.vn and others."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import quote

from lxml.html import HtmlElement

from pipelines.rules import Layout, Rules
from scrapers.portal import page_number
from scrapers.sources import Api, Section
from scrapers.spider import Found, PortalSpider

# Three generations of addresses, each with numbers of its own, so that an id is only unique with what tells them apart:
# "/channel/2024/202110/…-3085503/" (the whole is the id), "/kinh-te/202308/…-3bc1af9/", and where a portal has moved on
# "/…-450060.htm" (the id ends in ".htm").
RULES = Rules(
    rule_id="filehex/1",
    article_path=(
        r"^/(?:(?!channel/)(?:[a-z0-9-]+/){1,3}\d{6}/[^/?]+-(?=[0-9a-f]+/?(?:\?|$))|[^/?]+-(?=\d+\.htm))?"
        r"(?P<id>channel/\d+/\d{6}/[^/?]+-\d{5,7}|(?<=-)[0-9a-f]{6,7}|(?<=-)\d{4,8}\.htm)/?(?:\?|$)"
    ),
    layouts=(
        Layout(
            name="v2",
            container=("div.content-fully #content", "div.content-fully"),
            title=("div.detail-main-title h1.title",),
            lead=("div.content-reply p.reply", ".content-reply"),
            published=("div.group-time time.time", "div.group-time"),
            byline=(".content-author .author", ".after-author .author"),
            section=("ol.breadcrumb li:last-child a",),
            tags=("div.tags-box a",),
            figure=("div.detail-main-title", "table"),
            caption=("p.caption",),
            drop=(".related", ".related2", ".tags-box", ".after-author"),
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
        # baoquangngai.vn since about 2024; where it prints date and author is not known.
        Layout(
            name="output-data",
            container=("#content",),
            script=("outputData", "$('#content').html"),
            title=("h1.title",),
            lead=("p.sapo", "#body .sapo"),
            published=("#body time", "#body .date", "#body .time", "time.time"),
            byline=("#body .author", ".author"),
            section=("[class*=breadcrumb] li:last-child a", "[class*=breadcrumb] a"),
            tags=(".tags a", "a[rel=tag]", ".tags-box a"),
            figure=("table.image", "figure"),
            caption=("td.image_desc", "td.desc", "figcaption"),
            drop=(".same",),
        ),
    ),
    lead_in_body=True,
)


_MORE = "/service/api/article/list?scUnitMapId={site}&saArticleCateId={section}&first={{first}}&pageSize={size}"
_MORE_SIZE = 8


class FileHex(PortalSpider):
    """Portals whose articles end in a hexadecimal id and whose sections page with ``?paged=N`` or by script."""

    rules = RULES
    section_in_path: ClassVar[str | None] = r"(?P<section>/(?!channel/)(?:[a-z0-9-]+/)+)\d{6}/"

    def next_page(self, tree: HtmlElement, url: str, source: Section, page: int) -> Found:
        """The next ``?paged=N`` of a section, ``rel=next``, or what its script would ask for; of the home page none."""
        if source.path == "/":
            return
        hrefs = tree.xpath("//a[contains(@href, 'paged=')]/@href")
        if hrefs:
            yield from self.page_at(hrefs, url, lambda at: page_number(at, ("paged",)) == page + 1, source, page)
            return
        yield from super().next_page(tree, url, source, page)
        site, section = _fact(tree, "site_id"), _fact(tree, "cate_id")
        if site and section:
            path = _MORE.format(site=quote(site), section=quote(section), size=_MORE_SIZE)
            yield self.first_request(Api(path, of=source.label, page_size=_MORE_SIZE))


def _fact(tree: HtmlElement, name: str) -> str:
    """What the hidden box ``#page_info`` says: the text of an element or the value of a field."""
    field = f"//*[@id='page_info']//*[@id='{name}']"
    values: list[str] = tree.xpath(f"{field}/@value | {field}/text()")
    return next((value.strip() for value in values if value.strip()), "")
