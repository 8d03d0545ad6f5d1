"""VNPT Portal, the CMS of caobang.gov.vn, its sub-domains and other provincial government portals."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from lxml.html import HtmlElement

from pipelines.rules import Layout, Rules
from scrapers.portal import page_number
from scrapers.sources import Section
from scrapers.spider import Found, PortalSpider

RULES = Rules(
    rule_id="vnpt/1",
    article_path=r"^/(?!.*(?:Default\.aspx|pageid=))[^?]*[/-](?P<id>\d{5,})(?:\.html?)?/?(?:\?|$)",
    layouts=(
        Layout(
            name="article-content",
            container=(".ArticleContent",),
            title=(".ArticleHeader",),
            lead=(".ArticleSummary",),
            published=(".PostDate",),
            byline=(".ArticleAuthor",),
            source=(".ArticleSource",),
            section=(".breadcrumb li:last-child a",),
            drop=(".ArticleInMenu", ".ArticleList"),
        ),
    ),
)


class VnptPortal(PortalSpider):
    """Government portals on VNPT Portal; a province's district sites are hosts of their own."""

    rules = RULES
    kind = "gov"
    section_in_path = r"(?P<section>/(?:[a-z0-9-]+/)*[a-z0-9-]+)/[^/]+$"

    def next_page(self, tree: HtmlElement, url: str, source: Section, page: int) -> Found:
        """The next page of a list, if the page links to it: same path, a page number one higher."""
        path = urlsplit(url).path.rstrip("/")

        def is_next(at: SplitResult) -> bool:
            return at.path.rstrip("/") == path and page_number(at, ("page", "Page", "p")) == page + 1

        yield from self.page_at(tree.xpath("//a/@href"), url, is_next, source, page)
