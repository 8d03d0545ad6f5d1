"""The article page of the Mediatech family, in its document order."""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

import json
import re
from datetime import UTC, timedelta
from html import escape
from typing import TYPE_CHECKING

from tests.replica.sites.layout import typed
from tests.replica.sites.markup import VIETNAM, cut, digit_weekday, named
from tests.replica.story import Photo, Story

if TYPE_CHECKING:
    from tests.replica.sites.mediatech import Mediatech

_PREFIX = re.compile(r"\A\(?[A-ZĐ]{2,6}\)?(?= ?[-–] )")
_LOST_TEMPLATE = (
    '<div class="relate-live"><p>{{title}}</p><div>{{description}}</div><span class="t">{{publish_time}}</span></div>'
)


class ArticlePage:
    """One article page; ``head`` and ``body`` give its two parts."""

    def __init__(self, site: Mediatech, story: Story) -> None:
        self.site = site
        self.story = story
        self.text = site.text
        self.when = story.published.astimezone(VIETNAM)

    @property
    def migrated(self) -> bool:
        """Whether the article came over from the CMS before: a whole document inside the body."""
        return self.story.number % 5 == 0

    def head(self) -> str:
        """Title, meta, structured data."""
        story, site = self.story, self.site
        about = named(cut(story.lead, 150))
        address = site.url(story)
        image = site.image(story.photos[0][1].filename, story) if story.photos else f"{site.base}/logo.png"
        return (
            f'<title>{self.text(story.title)}</title>\n<meta name="description" content="{about}">\n'
            f'<meta name="keywords" content="{named(", ".join(story.tags))}">\n<link rel="canonical" href="{address}">\n'
            f'<meta property="og:type" content="website"><meta property="og:title" content="{named(story.title)}">\n'
            f'<meta property="og:description" content="{about}"><meta property="og:url" content="{address}">\n'
            f'<meta property="og:image" content="{image}"><meta property="og:site_name" content="{named(site.paper)}">\n'
            f"{self._structured(image)}"
        )

    def _structured(self, image: str) -> str:
        story, site = self.story, self.site
        changed = self.when + timedelta(minutes=story.number % 3 * 40)
        article = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": story.title,
            "datePublished": f"{self.when:%Y-%m-%d %H:%M:%S}",
            "dateModified": f"{changed.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000000Z",
            "author": {"@type": "Person", "name": site.login},
            "image": image,
            "mainEntityOfPage": site.url(story),
        }
        crumbs = {
            "@context": "https://schema.org",
            "@type": "BreadcrumbList",
            "itemListElement": [
                {"@type": "ListItem", "position": 1, "item": {"@id": site.base, "name": "Trang chủ"}},
                {
                    "@type": "ListItem",
                    "position": 2,
                    "item": {"@id": f"{site.base}/{story.section_slug}", "name": story.section},
                },
            ],
        }
        web = {"@context": "https://schema.org", "@type": "WebSite", "url": site.base, "name": site.paper}
        desk = {
            "@context": "https://schema.org",
            "@type": "NewsMediaOrganization",
            "name": site.paper,
            "url": site.base,
        }
        return "\n".join(
            f'<script type="application/ld+json">{json.dumps(block, ensure_ascii=False)}</script>'
            for block in (article, crumbs, web, desk)
        )

    def body(self) -> str:
        """Everything between header and footer."""
        return "\n".join((self._page_info(), self._breadcrumbs(), self._article(), self._comments(), self._related()))

    def _page_info(self) -> str:
        story, site = self.story, self.site
        slug = story.section_slug.strip("/")
        number = site.native_id(story)
        fields = {
            "site-id": "1",
            "cate-id": str(site.section_id(slug)),
            "cate-title": story.section,
            "cate-url": f"/{slug}",
            "post-id": str(number),
            "article-id": str(number),
            "article-title": story.title,
            "article-url": site.path(story),
            "article-type": "news",
        }
        inputs = "".join(f'<input type="hidden" id="{key}" value="{named(value)}">' for key, value in fields.items())
        return (
            f'<section class="page-info d-none">{inputs}</section>\n<div id="news_id" data-id="{number}"></div>'
            f'<div id="category_id" data-id="{site.section_id(slug)}"></div>'
        )

    def _breadcrumbs(self) -> str:
        slug, name = self.story.section_slug.strip("/"), self.text(self.story.section)
        return (
            f'<div class="breadcrumbs"><ol class="breadcrumb"><li><a href="/">{self.text("Trang chủ")}</a></li>'
            f'<li><a href="/{slug}" title="{named(self.story.section)}">{name}</a></li></ol></div>'
        )

    def _article(self) -> str:
        number, when = self.site.native_id(self.story), self.when
        tags = "".join(
            f'<a href="/tags/{named(tag.replace(" ", "-"))}">{self.text(tag)}</a>' for tag in self.story.tags
        )
        return (
            f'<div class="content-article"><h1 class="name font1">{self.text(self.story.title)}</h1>\n'
            f'<div class="date font5">{digit_weekday(when)}, {when:%d/%m/%Y | %H:%M:%S} [GMT +7] '
            f'<span class="font-size"><button class="btn-small">A</button> <button class="btn-large">A</button></span></div>\n'
            f'<div class="social"><div class="print_page"><span class="btn_print" data-url="/print/news/{number}">In</span>'
            f'<a href="/print/news/{number}" rel="nofollow"></a></div><a class="gnews" href="https://news.google.com/">'
            f"{self.text('Theo dõi ' + self.site.paper + ' trên Google News')}</a></div>\n"
            f'<div class="detail auto-gallery font3" id="content-detail" data-video-options="{{}}">\n{typed(self._content())}\n</div>\n'
            f'<div class="topics"></div><div class="relates"></div><div class="tags">{tags}</div></div>'
        )

    def _content(self) -> str:
        inner = "\n".join((self._lead(), *self._text(), *self._ending()))
        if self.migrated:
            inner = f"<!DOCTYPE html>\n<html>\n<head>\n</head>\n<body>\n{inner}\n</body>\n</html>"
        return f"{self._before()}{inner}{self._after()}"

    def _before(self) -> str:
        """What stands before the text."""
        return ""

    def _after(self) -> str:
        """What stands after the text, still in the body's container."""
        return ""

    def _lead(self) -> str:
        return f'<p style="text-align: justify;"><strong>{self.text(self.story.lead)}</strong></p>'

    def _text(self) -> list[str]:
        parts: list[str] = []
        for index, paragraph in enumerate((*self.story.paragraphs, None)):
            parts += [self._photo(photo) for at, photo in self.story.photos if at == index]
            if paragraph is not None:
                parts.append(f'<p style="text-align: justify;">{self.text(paragraph)}</p>')
            if index == 1:
                zone = self.story.number * 31 % 9973
                parts.append(
                    f'<ins class="ads-zone-group" adszone-key="{zone:08x}"></ins>\n'
                    f'<script type="text/javascript">(function(){{window.adsZones=window.adsZones||[];adsZones.push("{zone:08x}")}})();</script>'
                )
        return parts

    def _photo(self, photo: Photo) -> str:
        source, caption = self.site.image(photo.filename, self.story), self.text(photo.caption)
        picture = f'<img src="{source}" alt="{named(self.story.title)}" width="600">'
        if self.migrated or self.story.number % 2:
            return (
                f'<div class="wp-caption aligncenter" style="width: 610px">{picture}'
                f'<p class="wp-caption-text">{caption}</p></div>'
            )
        return f'<p style="text-align:center">{picture}</p>\n<p style="text-align:center"><em>{caption}</em></p>'

    def _ending(self) -> list[str]:
        story = self.story
        parts = []
        if story.byline:
            kind = "author" if story.number % 2 else "pseudonym"
            parts.append(f'<div class="{kind}"><strong>{self.text(story.byline)}</strong></div>')
        source = f"Theo {story.source_name}"
        if story.source_name and story.byline != source:
            parts.append(f'<p style="text-align: right;"><em>{self.text(source)}</em></p>')
        return parts

    def _comments(self) -> str:
        return (
            f'<section class="box-comments"><h3 class="comments-heading">{self.text("Ý kiến")} (<span class=total-comment></span>)</h3>'
            f'<form><textarea placeholder="{named("Ý kiến bạn đọc")}"></textarea><span>{self.text("500 ký tự")}</span>'
            f'<input placeholder="Email"><input placeholder="{named("Họ tên")}"><button>{self.text("Gửi")}</button></form>'
            f'<ul class="filter"><li>{self.text("Quan tâm nhất")}</li><li>{self.text("Mới nhất")}</li></ul>'
            f'<img class="loading" src="/themes/loading.gif" alt="{named("Đang tải dữ liệu")}"></section>'
        )

    def _related(self) -> str:
        cards = "".join(self.site.card(other) for other in self.site.neighbours(self.story, 6))
        return f'<div class="block-content" data-nosnippet><div class="main-title">{self.text("Cùng chuyên mục")}</div>\n{cards}</div>'


class CaoBangPage(ArticlePage):
    """Báo Cao Bằng's: on some pages a list of the section's articles ends the body."""

    def _after(self) -> str:
        if self.story.number % 4 != 1:
            return ""
        rows = "".join(
            f'<li><a href="{self.site.path(other)}">{self.text(other.title)}</a></li>'
            for other in self.site.neighbours(self.story, 4)
        )
        return f'\n<div class="block-news-list"><div class="main-title">{self.text("Cùng chuyên mục")}</div><ul>{rows}</ul></div>'


class LangSonPage(ArticlePage):
    """Báo Lạng Sơn's: the lead in an h2 or, on migrated items, cut short before and whole within."""

    @property
    def migrated(self) -> bool:
        return self.story.number % 6 == 0

    def _before(self) -> str:
        return f'<div class="sapo">{self.text(cut(self.story.lead, 120, "…"))}</div>\n' if self.migrated else ""

    def _after(self) -> str:
        return "\n" + _LOST_TEMPLATE if self.story.number % 3 == 0 else ""

    def _lead(self) -> str:
        lead = _PREFIX.sub(r"<strong>\g<0></strong>", escape(self.story.lead), count=1)
        return f'<p class="sapo">{lead}</p>' if self.migrated else f"<h2>{lead}</h2>"
