"""VNPT Portal, the CMS of caobang.gov.vn, its sub-domains and other provincial government portals."""

from __future__ import annotations

from urllib.parse import parse_qs, urljoin, urlsplit

from lxml.html import HtmlElement

from pipelines.rules import Layout, Rules
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
        for href in tree.xpath("//a/@href"):
            target = urlsplit(urljoin(url, href))
            numbers = parse_qs(target.query)
            number = next((numbers[key][0] for key in ("page", "Page", "p") if key in numbers), None)
            if number == str(page + 1) and target.path.rstrip("/") == path and self.is_own(target.geturl()):
                yield self.listing(target.geturl(), source, self.read_section, page + 1)
                return
