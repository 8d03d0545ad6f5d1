"""NukeViet 4.3 to 4.6, the open-source CMS of councils, unions and hospitals (hdnd.caobang.gov.vn)."""

from __future__ import annotations

from lxml.html import HtmlElement

from pipelines.rules import Layout, Rules
from scrapers.sources import Section
from scrapers.spider import Found, PortalSpider

RULES = Rules(
    rule_id="nukeviet/1",
    article_path=(
        r"^(?:/index\.php)?(?:/vi)?/(?!(?:about|page|siteterms|contact|users|print|savefile|sendmail)/)"
        r"(?:[A-Za-z0-9-]+/){1,2}[^/?]+-(?P<id>\d+)\.html(?:\?|$)"
    ),
    layouts=(
        Layout(
            name="news-default",
            container=("#news-bodyhtml",),
            title=("h1[itemprop=headline]", "h1.title"),
            lead=("div.hometext",),
            published=("div.news_column span.h5",),
            byline=("div.news_column p.text-right",),
            section=("[property='article:section']", "ul.breadcrumb li:last-child a", "ol.breadcrumb li:last-child a"),
            tags=("em.fa-tags ~ a", "a[rel=tag]"),
            figure=("figure.article",),
            caption=("figcaption",),
            drop=("div.news-detail-player", "div.news-download-file", "div#imgpreview"),
        ),
        Layout(
            name="news-mobile",
            container=("div.news_column div.bodytext",),
            title=("h1[itemprop=headline]",),
            lead=("#hometext [itemprop=description]", "#hometext .h2"),
            published=("div.news_column em.time",),
            byline=("div.news_column p.text-right:not(.adminlink)",),
            section=("[property='article:section']", "ul.breadcrumb li:last-child a", "ol.breadcrumb li:last-child a"),
            tags=("div.keywords a", "a[rel=tag]"),
            figure=("#hometext .imghome", "div.news_column div:has(> p.imgalt)"),
            caption=("em.show", "p.imgalt"),
            drop=("div.news-detail-player", "div.news-download-file"),
        ),
    ),
)


class NukeViet(PortalSpider):
    """Portals on NukeViet 4.3 to 4.6: ``/[index.php/]<category>/<alias>-<id>.html``, pages at ``page-N/``."""

    rules = RULES
    section_in_path = r"(?P<section>(?:/index\.php)?(?:/vi)?(?:/[a-zA-Z0-9-]+){1,2}/)[^/]+-\d+\.html$"

    def next_page(self, tree: HtmlElement, url: str, source: Section, page: int) -> Found:
        """The next page of a category, if the page links to it."""
        ending = f"/page-{page + 1}"
        hrefs = tree.xpath("//a/@href")
        yield from self.page_at(hrefs, url, lambda at: at.path.rstrip("/").endswith(ending), source, page)
