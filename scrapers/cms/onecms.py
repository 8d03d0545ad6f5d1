"""OneCMS, the CMS of baonghean.vn, baodanang.vn, baohaiphong.vn, hanoimoi.vn, baolamdong.vn and others."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from pipelines.rules import Layout, Rules
from scrapers.listing import Link, page_links
from scrapers.sources import Api, Section
from scrapers.spider import Found, PortalSpider

RULES = Rules(
    rule_id="onecms/1",
    # At the root only: /en/…, /fr/… and the like hold machine translations under the same ids, /print/… copies.
    # Topics end in -event<id>, tags in -ptag.
    article_path=r"^/[^/?]+-(?P<id>\d{5,9})\.html(?:\?|$)",
    layouts=(
        Layout(
            name="longform-header",
            container=(".b-maincontent .entry", ".entry[itemprop=articleBody]", "[itemprop=articleBody] .entry"),
            title=("h1.block-sc-title", "h1.sc-longform-header-title"),
            lead=(".block-sc-sapo", ".sc-longform-header-sapo"),
            published=(".block-sc-publish-time", ".sc-longform-header-date"),
            byline=(".block-sc-author", "meta[property='dable:author']", ".vtranslate-author-translate"),
            section=("ol.breadcrumb li:last-child a", "meta[name='article:section']"),
            tags=(".c-widget-tags a",),
            figure=("table.full-img",),
            caption=("td.image_desc",),
            drop=(
                ".sc-longform-header",
                ".sc-empty-layer",
                ".c-box",
                ".c-sticky-share",
                ".c-news-related",
                ".c-widget-tags",
            ),
        ),
    ),
)
_MORE = "/api/getMoreArticle/channel_empty_{{last}}_{channel}_0"
_CHANNEL = re.compile(r"channelId\s*:\s*(\d+)")


class OneCms(PortalSpider):
    """Portals on OneCMS: articles at the root, sections that load as JSON what comes after the last article shown."""

    rules = RULES

    def links_in(self, tree: HtmlElement, url: str) -> list[Link]:
        """The links of a section page; its list's alone where sections were asked for: menus show others' articles."""
        if not self.window.sections:
            return super().links_in(tree, url)
        lists = tree.xpath("//ul[contains(@class, 'onecms__loading')]")
        return [link for found in lists for link in page_links(found, self.base_of(tree, url), self.is_wanted_link)]

    def next_page(self, tree: HtmlElement, url: str, source: Section, page: int) -> Found:
        """The JSON listing that goes on after a section page's own; the page names the section's number."""
        shown = tree.xpath("//ul[contains(@class, 'onecms__loading')]//li/@pid")
        if not shown:
            self.lists_nothing(source)
        scripts = (_CHANNEL.search(script.text or "") for script in tree.iter("script"))
        channel = source.api_id or next((int(found[1]) for found in scripts if found and int(found[1])), None)
        if channel and shown:
            yield self.first_request(Api(_MORE.format(channel=channel), of=source.label, last=shown[-1].strip()))
