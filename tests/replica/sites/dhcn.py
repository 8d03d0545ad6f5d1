"""The family of baothanhhoa.vn and baophutho.vn."""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

import json
from html import escape
from typing import ClassVar

from tests.replica.sites.layout import typed
from tests.replica.sites.markup import cut
from tests.replica.sites.paper import Paper
from tests.replica.story import Story

_CLASSES = (
    "pTitle", "pHead", "pdate", "stime", "pinfo", "dcontent", "article__title", "article__sapo", "picture", "story",
    "story__heading", "story__thumb", "story__summary", "zone__heading", "breadcrumb", "site-header", "site-footer",
    "tinlienquan", "main-menu", "menu-item", "tags", "related-list", "comment-box",
)  # fmt: skip


class Dhcn(Paper):
    """A portal of the family; its oldest articles kept the addresses they had before."""

    classes = _CLASSES
    first_id: ClassVar[int] = 253_000
    oldest: ClassVar[int] = 6
    folder: ClassVar[str] = ""

    def native_id(self, story: Story) -> int:
        return self.first_id + story.number

    def path(self, story: Story) -> str:
        number = self.native_id(story)
        if story.number <= self.oldest:
            return f"/{self.folder}/{story.slug}/{number}.htm"
        # A title typed with a no-break space leaves its name in the slug.
        slug = story.slug.replace("-", "-nbsp-", 1) if story.number % 5 == 2 else story.slug
        return f"/{slug}-{number}.htm"

    def section_path(self, slug: str) -> str:
        return f"/{slug}"

    def dead_path(self, slug: str) -> str:
        return f"/tin-da-go-{200_000 + len(slug)}.htm"

    def image(self, story: Story, order: int) -> str:
        name = story.photos[order][1].filename if order < len(story.photos) else "default.jpg"
        return f"https://c.{self.host}/img/desktop/news/{self.local(story):%y%m}/{self.native_id(story)}d{name}"


class BaoThanhHoa(Dhcn):
    """Báo Thanh Hóa: the lead in an element of its own, the minute in the structured data only."""

    host = "baothanhhoa.vn"
    aliases = ("www.baothanhhoa.vn",)
    paper = "Báo Thanh Hóa"
    folder = "thi-truong"
    indent = "  "

    def head(self, story: Story) -> str:
        data = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": story.title,
            "datePublished": self.local(story).isoformat(),
            "author": {"@type": "Organization", "name": self.paper},
        }
        return (
            f'<meta name="description" content="{escape(cut(story.lead, 150))}"><link rel="canonical" href="{self.url(story)}">\n'
            f'<meta property="og:title" content="{escape(story.title)}"><meta property="og:type" content="article">\n'
            f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>'
        )

    def detail(self, story: Story) -> str:
        when = self.local(story)
        return (
            f'<div class="article"><h1 class="article__title">{escape(story.title)}</h1><div class="article__tool"><span>Ngày đăng: {when:%d/%m/%Y}</span> <span>Lúc {when:%H:%M}</span></div>\n'
            f'<div class="article__sapo">{escape(story.lead)}</div>\n<div id="dcontent" class="article__content">\n'
            + typed("\n".join(self.blocks(story) + self.signature(story)))
            + "\n</div></div>"
        )


class BaoPhuTho(Dhcn):
    """Báo Phú Thọ: day and time in elements of their own, title and lead within the body's container."""

    host = "baophutho.vn"
    aliases = ("www.baophutho.vn",)
    paper = "Báo Phú Thọ"
    first_id = 245_000
    folder = "van-de-hom-nay"

    def head(self, story: Story) -> str:
        return (
            f'<meta property="og:title" content="{escape(story.title)}"><meta property="og:description" content="{escape(cut(story.lead, 150))}">\n'
            f'<meta property="article:published_time" content="{self.local(story):%Y-%m-%dT%H:%M:%S}+07:00">'
        )

    def detail(self, story: Story) -> str:
        when = self.local(story)
        head = f'<h1 class="pTitle">{escape(story.title)}</h1>\n<div class="pinfo"><span class="pdate">{when:%d/%m/%Y}</span> <span class="stime">{when:%H:%M}</span></div>\n'
        lead = f'<p class="pHead">{escape(story.lead)}</p>'
        inside = story.number % 2
        related = "".join(
            f'<li><a href="{self.path(other)}">{escape(other.title)}</a></li>' for other in self.neighbours(story, 3)
        )
        parts = self.blocks(story, (lead,) if inside else ())
        parts += [*self.signature(story), f'<div class="tinlienquan"><h3>Tin liên quan</h3><ul>{related}</ul></div>']
        body = typed("\n".join(parts))
        if inside:
            return f'<div class="article" id="dcontent">{head}{body}</div>'
        return f'<div class="article">{head}{lead}\n<div id="dcontent">{body}</div></div>'

    def photo(self, story: Story, order: int) -> str:
        caption = escape(story.photos[order][1].caption)
        return (
            f'<p style="text-align:center"><img src="{self.image(story, order)}" alt="{escape(story.title)}"></p>\n'
            f'<p style="text-align:center"><em>{caption}</em></p>'
        )
