"""baoquangngai.vn: three generations of addresses, and bodies that a script puts into the page."""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

import hashlib
import json
from html import escape
from html.entities import codepoint2name

from tests.replica.sites.layout import typed
from tests.replica.sites.markup import cut, digit_weekday
from tests.replica.sites.paper import Paper
from tests.replica.story import Story

_TENANT = "8a10a0d36ccebc89016ce0c6fa3e1b83"
_CLASSES = (
    "article_content", "media-heading", "content", "date", "image", "image_desc", "sapo", "title", "same", "story",
    "story__heading", "story__thumb", "story__summary", "zone__heading", "breadcrumb", "site-header", "site-footer", "tags",
    "main-menu", "menu-item", "related-list", "comment-box", "share",
)  # fmt: skip


class BaoQuangNgai(Paper):
    """Báo Quảng Ngãi: of six articles one has the oldest address, one the middle one, the others today's."""

    host = "baoquangngai.vn"
    aliases = ("www.baoquangngai.vn",)
    paper = "Báo Quảng Ngãi"
    classes = _CLASSES
    indent = "  "

    def era(self, story: Story) -> int:
        """0 for the oldest generation of addresses, 1 for the one after, 2 for today's."""
        return min(story.number % 6, 2)

    def native_id(self, story: Story) -> str:
        if self.era(story) == 0:
            return self.path(story).strip("/")
        return (
            hashlib.sha1(f"quangngai:{story.number}".encode()).hexdigest()[:7]
            if self.era(story) == 1
            else f"{450_000 + story.number}.htm"
        )

    def path(self, story: Story) -> str:
        month = f"{self.local(story):%Y%m}"
        if self.era(story) == 0:
            return f"/channel/2024/{month}/{story.slug}-{3_085_000 + story.number}/"
        if self.era(story) == 1:
            return f"/kinh-te/{story.section_slug}/{month}/{story.slug}-{self.native_id(story)}/"
        return f"/{story.slug}-{self.native_id(story)}"

    def section_path(self, slug: str) -> str:
        return f"/{slug}"

    def dead_path(self, slug: str) -> str:
        return f"/tin-da-go-{400_000 + len(slug)}.htm"

    def image(self, story: Story, order: int) -> str:
        if order >= len(story.photos):
            return "/theme/no-image.jpg"
        when, name = self.local(story), story.photos[order][1].filename
        if self.era(story) == 0:
            return f"/dataimages/{when:%Y%m}/original/images{story.number}_{name}"
        return f"/file/{_TENANT}/{when:%m%Y}/{name.removesuffix('.jpg')}_{when:%Y%m%d%H%M%S}.jpg"

    def paging(self, slug: str, number: int, last: int) -> str:
        follow = f'<a rel="next" href="/{slug}?page={number + 1}">Trang sau</a>' if number < last else ""
        return f'<div class="pagination">{follow}</div>'

    def head(self, story: Story) -> str:
        return (
            f'<meta property="og:title" content="{escape(story.title)}"><meta property="og:type" content="article">\n'
            f'<meta property="og:description" content="{escape(cut(story.lead, 150))}"><meta property="og:url" content="{self.url(story)}">'
        )

    def detail(self, story: Story) -> str:
        return self.today(story) if self.era(story) == 2 else self.before(story)

    def before(self, story: Story) -> str:
        """An article as the older theme prints it."""
        return (
            f'<div class="article_content"><h1 class="media-heading">{escape(story.title)}</h1><div class="date">{self.local(story):%H:%M, %d/%m/%Y}</div>\n'
            f'<div class="content" id="content">\n<html>\n<head></head>\n<body>\n{typed(self.text(story, lead=True))}\n</body>\n</html>\n</div></div>'
        )

    def today(self, story: Story) -> str:
        """An article whose container is empty until a script fills it."""
        when = self.local(story)
        return (
            f'<div id="body"><h1 class="title">{escape(story.title)}</h1><div class="date">{digit_weekday(when)}, {when:%d/%m/%Y %H:%M}</div>\n<p class="sapo">{escape(story.lead)}</p>\n'
            f'<div id="content"></div>\n<script type="text/javascript">\n    var outputMode = "html";\n    var {self.assignment(story)}\n    document.getElementById("content").innerHTML = outputData;\n</script></div>'
        )

    def tags(self, story: Story) -> str:
        return super().tags(story).replace('class="tags"', f'class="{"tags" if self.era(story) == 2 else "tag_list"}"')

    def assignment(self, story: Story) -> str:
        """The statement that holds the body: as PHP encodes it, or with named entities, in single quotes on some."""
        related = "".join(
            f'<li><a href="{self.path(other)}">{escape(other.title)}</a></li>' for other in self.neighbours(story, 2)
        )
        markup = f'{self.text(story)}\n<div class="same"><h3>Tin liên quan</h3><ul>{related}</ul></div>'
        literal = json.dumps(markup).replace("/", "\\/")
        if story.number % 3 == 1:
            literal = json.dumps(_entities(markup), ensure_ascii=False).replace("</", "<\\/")
        if story.number % 4 == 3:
            inside = json.dumps(markup)[1:-1].replace('\\"', '"').replace("'", "\\'").replace("</", "<\\/")
            literal = f"'{inside}'"
        return f"outputData = {literal};"

    def text(self, story: Story, *, lead: bool = False) -> str:
        """The body's markup."""
        first = (self.paragraph(story, story.lead),) if lead else ()
        return "\n".join(self.blocks(story, first) + self.signature(story))

    def photo(self, story: Story, order: int) -> str:
        caption = escape(story.photos[order][1].caption)
        return (
            f'<table class="image center" width="600" align="center"><tbody><tr><td><img src="{self.image(story, order)}" alt="{caption}"></td></tr>'
            f'<tr><td class="image_desc">{caption}</td></tr></tbody></table>'
        )


def _entities(markup: str) -> str:
    """``markup`` with its accented Latin-1 letters as named entities."""
    return "".join(f"&{codepoint2name[ord(char)]};" if "\xa0" <= char <= "\xff" else char for char in markup)
