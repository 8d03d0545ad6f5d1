"""vDoc, the CMS of baocantho.com.vn, baoangiang.com.vn, baobinhduong.vn, baodongthap.vn, baocamau.vn and others."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from lxml.html import HtmlElement

from pipelines.html import select
from pipelines.rules import Layout, Rules
from scrapers.cms.unmapped import Unmapped
from scrapers.listing import Link, page_links
from scrapers.portal import page_number
from scrapers.sources import Section
from scrapers.spider import Found

RULES = Rules(
    rule_id="vdoc/1",
    # At the root only: /print/…, /news/… and /khmer/… hold copies under the same ids.
    article_path=r"^/[^/?]*-a(?P<id>\d+)\.html(?:\?|$)",
    layouts=(
        Layout(
            name="font-size",
            container=("#newscontents .content-fck-font-size",),
            title=(".detail-title h1",),
            lead=(".detail-desc .fontd", ".detail-desc p"),
            published=("div.pubdate",),
            byline=("p.author",),
            section=(".breadcrumb a",),
            tags=(".detail-tag a.tag_item",),
            drop=(".related-list", ".pubshare", ".boxpayk"),
        ),
        Layout(
            name="content-fck",
            container=("#newscontents .content-fck",),
            # The first h1 is the section's.
            title=("h1.fw700", "#colcate1 > h1"),
            published=("span.pubdate",),
            section=(".titlecate h1 a",),
            tags=(".block_tag a.tag_item",),
            drop=(".related-list", ".sharelike"),
        ),
        # baobinhduong.vn and baodongthap.vn. Of this and the next theme little more is known than the body's element;
        # lists and boxes are named as elsewhere.
        Layout(
            name="singular-content",
            container=("#contentNews .singular-content",),
            title=("h1.title",),
            drop=(".related-list", ".pubshare", ".sharelike"),
        ),
        # baocamau.vn. Its input[name=dataPostComment] tells the section too; whether by name or number is not known.
        Layout(
            name="post-content",
            container=("div.post-content",),
            drop=(".related-list", ".pubshare", ".sharelike"),
        ),
    ),
    lead_in_body=True,
)
_LISTS = "#colcate1, .box-cate-detail-top, .cate-content-list-item"


class VDoc(Unmapped):
    """Portals on vDoc: ``/<slug>-a<id>.html`` at the root, sections that page with ``?p=N``."""

    rules = RULES
    # Topics: /su-kien/<slug>.<id>.html.
    other_paths = ("/su-kien/",)

    def links_in(self, tree: HtmlElement, url: str) -> list[Link]:
        """The links of a section page; its lists' alone where sections were asked for: menus show others' articles."""
        lists = select(tree, _LISTS) if self.window.sections else []
        base = self.base_of(tree, url)
        listed = [link for found in lists for link in page_links(found, base, self.is_wanted_link)]
        return listed or super().links_in(tree, url)

    def next_page(self, tree: HtmlElement, url: str, source: Section, page: int) -> Found:
        """The next ``?p=N`` of a section, if the page links to it."""

        def is_next(at: SplitResult) -> bool:
            return at.path.rstrip("/") == urlsplit(url).path.rstrip("/") and page_number(at, ("p",)) == page + 1

        yield from self.page_at(tree.xpath("//a/@href"), self.base_of(tree, url), is_next, source, page)
