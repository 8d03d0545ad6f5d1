"""The ePi family: baolaocai.vn, baohatinh.vn and baogialai.com.vn."""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

import hashlib
from datetime import timedelta
from html import escape
from typing import ClassVar

from tests.replica.sites.layout import typed
from tests.replica.sites.markup import cut, word_weekday
from tests.replica.sites.paper import Paper
from tests.replica.story import Story

_CLASSES = (
    "article__header", "article__title", "cms-title", "article__sapo", "cms-desc", "article__meta", "article__body",
    "zce-content-body", "cms-body", "ads_middle", "related-news", "story", "story__heading", "story__thumb", "picture",
    "article__author", "article__tag", "breadcrumb", "zone__heading", "site-header", "site-footer", "notebox", "cms-note",
)  # fmt: skip


class Epi(Paper):
    """A portal of the family: links that say where a click came from, advertisements and related news in the body."""

    classes = _CLASSES
    indent = "  "
    first_id: ClassVar[int] = 270_000
    tracking: ClassVar[str] = "utm_source=zalo&amp;utm_medium=zalo&amp;zarsrc=30"

    def native_id(self, story: Story) -> int:
        return self.first_id + story.number

    def path(self, story: Story) -> str:
        return f"/{story.slug}-post{self.native_id(story)}.html"

    def href(self, story: Story) -> str:
        return f"{self.path(story)}?{self.tracking}" if story.number % 3 else self.path(story)

    def dead_path(self, slug: str) -> str:
        return f"/bai-viet-da-go-bo-post{200_000 + len(slug)}.html"

    def image(self, story: Story, order: int) -> str:
        if order >= len(story.photos):
            return f"https://cdn.{self.host}/assets/default.jpg"
        folder = hashlib.sha256(story.slug.encode()).hexdigest()
        return f"https://cdn.{self.host}/images/{folder}/{story.photos[order][1].filename}"

    def head(self, story: Story) -> str:
        when = self.local(story)
        changed = when + timedelta(minutes=story.number % 3 * 25)
        return (
            f'<meta name="description" content="{escape(cut(story.lead, 150))}">\n<link rel="canonical" href="{self.url(story)}">\n'
            f'<meta property="og:type" content="article"><meta property="og:title" content="{escape(story.title)}">\n'
            f'<meta property="og:site_name" content="{self.paper}"><meta property="og:image" content="{self.image(story, 0)}">\n'
            f'<meta property="article:published_time" content="{when:%Y-%m-%dT%H:%M:%S%z}"><meta property="article:modified_time" content="{changed:%Y-%m-%dT%H:%M:%S%z}">\n'
            f'<meta property="article:section" content="{escape(story.section)}">'
        )

    def detail(self, story: Story) -> str:
        # One article in four is shown with its age; the time itself is in the attribute.
        when = self.local(story)
        shown = "3 giờ trước" if story.number % 4 == 0 else f"{word_weekday(when)}, {when:%d/%m/%Y %H:%M} (GMT+7)"
        spare = f'<span class="hidden">{when:%d/%m/%Y %H:%M}</span>' if story.number % 4 == 0 else ""
        return (
            f'<div class="article"><header class="article__header"><h1 class="article__title cms-title">{escape(story.title)}</h1>\n'
            f'<div class="article__meta">{self.author(story)}<time class="time" datetime="{when:%Y-%m-%dT%H:%M:%S%z}" data-time="{int(when.timestamp())}">{shown}</time>{spare}</div></header>\n'
            f'<h2 class="article__sapo cms-desc">{escape(story.lead)}</h2>\n'
            f'<div class="article__body zce-content-body cms-body" itemprop="articleBody">\n{typed(self.body(story))}\n</div></div>'
        )

    def author(self, story: Story) -> str:
        """The author beside the time, where a portal prints it there."""
        return ""

    def body(self, story: Story) -> str:
        """The body with what stands between its paragraphs."""
        parts = self.blocks(story)
        middle = len(parts) // 2
        related = "".join(
            f'<li><a class="cms-link" href="{self.href(other)}">{escape(other.title)}</a><p>{escape(cut(other.lead, 90))}</p></li>'
            for other in self.neighbours(story, 2)
        )
        parts.insert(
            middle,
            f'<div class="ads_middle"><p>Quảng cáo</p><div id="adsWeb_AdsInline{story.number}"><a href="/search?q=ads">Khuyến mãi</a></div></div>',
        )
        if story.number % 2:
            parts.insert(middle + 1, f'<div class="related-news"><h3>Tin liên quan</h3><ul>{related}</ul></div>')
        parts.append(
            '<div id="adsWeb_AdsBottom"><p>Nội dung được tài trợ, mời quý vị bấm vào đây để xem thêm chi tiết.</p></div>'
        )
        return "\n".join(parts + self.closing(story))

    def closing(self, story: Story) -> list[str]:
        """What ends the body."""
        return self.signature(story)

    def paragraph(self, story: Story, text: str) -> str:
        return f'<p class="cms-text" style="text-align: justify;">{escape(text)}</p>'

    def tags(self, story: Story) -> str:
        links = "".join(f'<a href="/search?tag={escape(tag)}">{escape(tag)}</a> ' for tag in story.tags)
        return f'<div class="article__tag"><strong>Từ khóa:</strong> {links}</div>'


class BaoLaoCai(Epi):
    """Báo Lào Cai: the author stands beside the time."""

    host = "baolaocai.vn"
    aliases = ("www.baolaocai.vn",)
    paper = "Báo Lào Cai"
    first_id = 403_000
    indent = "    "

    def author(self, story: Story) -> str:
        return f'<span class="author">{escape(story.byline)}</span> ' if story.byline else ""

    def closing(self, story: Story) -> list[str]:
        return (
            [f'<p style="text-align: right;"><em>Theo {escape(story.source_name)}</em></p>']
            if story.source_name
            else []
        )


class BaoHaTinh(Epi):
    """Báo Hà Tĩnh: tools in the menu, a class for the signature, pictures of the CMS before."""

    host = "baohatinh.vn"
    aliases = ("www.baohatinh.vn",)
    paper = "Báo Hà Tĩnh"
    first_id = 274_000
    tracking = "fbclid=IwAR0aQ3&amp;utm_campaign=share"
    notes: ClassVar[dict[str, str]] = {
        "/tv/thoi-su-ha-tinh-post1.html": "Thời sự Hà Tĩnh",
        "/cong-cu/lich-cup-dien": "Lịch cúp điện",
        "/cong-cu/gia-vang": "Giá vàng hôm nay",
    }

    def image(self, story: Story, order: int) -> str:
        if order < len(story.photos) and story.number % 5 == 0:
            return (
                f"/dataimages/{self.local(story):%Y%m}/original/images{story.number}_{story.photos[order][1].filename}"
            )
        return super().image(story, order)

    def closing(self, story: Story) -> list[str]:
        lines = [f'<p class="article__author"><strong>{escape(story.byline)}</strong></p>'] if story.byline else []
        return lines + ([f'<p class="article__source">{escape(story.source_name)}</p>'] if story.source_name else [])


class BaoGiaLai(Epi):
    """Báo Gia Lai: captions in tables on every third article, addresses shared by a messenger."""

    host = "baogialai.com.vn"
    aliases = ("www.baogialai.com.vn",)
    paper = "Báo Gia Lai"
    first_id = 596_000
    tracking = "gidzl=Sb8xN_ZFbm9r"

    def photo(self, story: Story, order: int) -> str:
        if story.number % 3:
            return super().photo(story, order)
        caption = escape(story.photos[order][1].caption)
        return (
            f'<table class="picture" align="center"><tbody><tr><td class="pic"><img src="{self.image(story, order)}" alt=""></td></tr>'
            f'<tr><td class="caption"><p>{caption}</p></td></tr></tbody></table>'
        )
