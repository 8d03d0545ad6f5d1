"""Portals with pictures by month under NewsImg or upload/news: baoyenbai, baohoabinh, baothaibinh, baobinhphuoc.

Of their pages nothing is known but addresses: the markup is invented, one way for each.
"""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

import json
from html import escape
from typing import ClassVar

from tests.replica.sites.layout import typed
from tests.replica.sites.markup import cut, digit_weekday
from tests.replica.sites.paper import Paper
from tests.replica.story import Story

_CLASSES = (
    "news-title", "news-time", "news-sapo", "news-content", "photo", "caption", "story", "story__heading", "story__thumb",
    "story__summary", "zone__heading", "breadcrumb", "site-header", "site-footer", "main-menu", "menu-item", "tags",
    "related-list", "comment-box", "boxwidget", "hotnews", "share",
)  # fmt: skip


class BaoYenBai(Paper):
    """Báo Yên Bái: sections are numbers, feeds too; the oldest pictures lie where the CMS before kept them."""

    host = "baoyenbai.com.vn"
    aliases = ("www.baoyenbai.com.vn",)
    paper = "Báo Yên Bái"
    classes = _CLASSES
    first_id: ClassVar[int] = 298_000

    def native_id(self, story: Story) -> int:
        return self.first_id + story.number

    def number_of(self, slug: str) -> int:
        """The number that stands for a section in addresses."""
        return 11 + [known for _, known in self.sections].index(slug)

    def path(self, story: Story) -> str:
        return f"/{self.number_of(story.section_slug)}/{self.native_id(story)}/{story.slug.capitalize()}.aspx"

    def section_path(self, slug: str) -> str:
        return f"/{self.number_of(slug)}/{slug.capitalize()}.aspx"

    def feed_path(self, slug: str) -> str:
        return f"/rss/{self.number_of(slug)}.rss"

    def dead_path(self, slug: str) -> str:
        return f"/{self.number_of(slug)}/{200_000 + len(slug)}/Tin-da-go.aspx"

    def image(self, story: Story, order: int) -> str:
        name = story.photos[order][1].filename if order < len(story.photos) else "default.jpg"
        month = f"{story.published.month}_{story.published.year}"
        if story.number % 6 == 0:
            return f"/Includes/NewsDetail/{month}/dt_{self.native_id(story)}_{name}"
        return f"https://ims.{self.host}/NewsImg/{month}/{self.native_id(story)}_{name}"

    def head(self, story: Story) -> str:
        return (
            f'<meta name="description" content="{escape(cut(story.lead, 150))}"><meta property="og:title" content="{escape(story.title)}">\n'
            f'<meta property="og:image" content="{self.image(story, 0)}"><meta property="og:site_name" content="{self.paper}">'
        )

    def detail(self, story: Story) -> str:
        when = self.local(story)
        return (
            f'<div class="news-detail"><h1 class="news-title">{escape(story.title)}</h1>\n<p class="news-time">Cập nhật: {digit_weekday(when)}, {when:%d/%m/%Y | %H:%M:%S}</p>\n'
            f'<p class="news-sapo"><strong>{escape(story.lead)}</strong></p>\n<div class="news-content">\n'
            + typed("\n".join(self.blocks(story) + self.signature(story)))
            + "\n</div></div>"
        )


class BaoHoaBinh(BaoYenBai):
    """Báo Hòa Bình: the same with another ending."""

    host = "baohoabinh.com.vn"
    aliases = ("www.baohoabinh.com.vn",)
    paper = "Báo Hòa Bình"
    first_id = 186_000

    def path(self, story: Story) -> str:
        return f"{super().path(story).removesuffix('.aspx')}.htm"


class BaoThaiBinh(BaoYenBai):
    """Báo Thái Bình: the section's number and the article's before the slug; structured data."""

    host = "baothaibinh.com.vn"
    aliases = ("www.baothaibinh.com.vn",)
    paper = "Báo Thái Bình"
    first_id = 154_000
    root: ClassVar[str] = "tin-tuc"

    def path(self, story: Story) -> str:
        return f"/{self.root}/{self.number_of(story.section_slug)}/{self.native_id(story)}/{story.slug}"

    def section_path(self, slug: str) -> str:
        return f"/{self.root}/{self.number_of(slug)}"

    def dead_path(self, slug: str) -> str:
        return f"/{self.root}/{self.number_of(slug)}/{90_000 + len(slug)}/tin-da-go"

    def image(self, story: Story, order: int) -> str:
        name = story.photos[order][1].filename if order < len(story.photos) else "default.jpg"
        return f"https://media.{self.host}/upload/news/{story.published.month}_{story.published.year}/{name}"

    def head(self, story: Story) -> str:
        data = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": story.title}
        data |= {"datePublished": f"{self.local(story):%Y-%m-%d}", "articleSection": story.section}
        return (
            f'{super().head(story)}\n<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>'
        )

    def photo(self, story: Story, order: int) -> str:
        caption = escape(story.photos[order][1].caption)
        return f'<div class="photo"><img src="{self.image(story, order)}" alt="{caption}"><p class="caption">{caption}</p></div>'


class BaoBinhPhuoc(BaoThaiBinh):
    """Báo Bình Phước: the same under another word, a slash at the end, pictures in tables."""

    host = "baobinhphuoc.com.vn"
    aliases = ("www.baobinhphuoc.com.vn",)
    paper = "Báo Bình Phước"
    first_id = 143_000
    root = "news"

    def path(self, story: Story) -> str:
        return f"{super().path(story)}/"

    def photo(self, story: Story, order: int) -> str:
        return (
            f'<table align="center" border="0"><tbody><tr><td><img src="{self.image(story, order)}" alt=""></td></tr>\n'
            f"<tr><td>{escape(story.photos[order][1].caption)}</td></tr></tbody></table>"
        )
