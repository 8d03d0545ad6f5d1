"""A generic CMS, invented: tintucvungcao.vn, with the page shape of sites that report on a province from outside."""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from html import escape

from tests.replica.site import HTML, Answer, Request
from tests.replica.sites.layout import typed
from tests.replica.sites.markup import (
    VIETNAM,
    cut,
    digit_weekday,
    news_sitemap,
    rfc822,
    rss,
    script,
    sitemap,
    sitemap_index,
    sprite,
    stylesheet,
)
from tests.replica.sites.portal import XML, Portal
from tests.replica.story import Story

_CLASSES = (
    "top-bar", "site-clock", "logo", "menu", "article-page", "post-time", "share-bar", "entry", "photo", "caption", "signature",
    "comment-box", "related-list", "sidebar", "most-read", "teaser", "teaser-thumb", "teaser-text", "pager", "site-footer",
)  # fmt: skip
_PAPER = "Tin tức Vùng cao"
_PAGES = {"gioi-thieu": "Giới thiệu", "lien-he": "Liên hệ", "dieu-khoan": "Điều khoản sử dụng"}


class TinTucVungCao(Portal):
    """The invented site: sitemaps by month, a news sitemap, feeds, and structured data on every other page."""

    host = "tintucvungcao.vn"
    aliases = ("www.tintucvungcao.vn",)
    has_clock = True
    page_size = 7
    sitemap_path = "/sitemap.xml"
    disallow = ("/tim-kiem", "/in/", "/tag/", "/quan-tri/")

    def native_id(self, story: Story) -> int:
        """The CMS's number of an article."""
        return 40_000 + story.number

    def path(self, story: Story) -> str:
        return f"/{story.section_slug}/{story.slug}-{self.native_id(story)}.html"

    def section_path(self, slug: str) -> str:
        return f"/{slug}/"

    def dead_path(self, slug: str) -> str:
        return f"/{slug}/bai-viet-da-bi-xoa-{39_000 + len(slug)}.html"

    def headers(self, request: Request, answer: Answer) -> tuple[tuple[str, str], ...]:
        if answer.content_type.startswith("image/"):
            return (("cache-control", "public, max-age=86400"),)
        return (
            ("X-Powered-By", "Express"),
            ("x-request-id", f"{len(request.target):08x}"),
            ("Set-Cookie", "sid=anon; Path=/; HttpOnly"),
        )

    def route(self, request: Request) -> Answer | None:
        path = request.path
        story = self.story_at(path)
        if story:
            return self._html(self.article(story))
        if path == "/":
            return self._html(self.home())
        slug = path.strip("/")
        if path.endswith("/") and slug in self._by_section:
            return self.section(slug, request.query.get("trang", "1"))
        if path.endswith("/index.rss") and slug.removesuffix("/index.rss") in self._by_section:
            slug = slug.removesuffix("/index.rss")
            return self.feed(self.section_name(slug), f"/{slug}/", self.in_section(slug))
        if path == "/rss":
            return self.feed(_PAPER, "/", self.stories)
        if slug in _PAGES:
            return self._html(self.shell(f"<title>{_PAGES[slug]}</title>", f"<h1>{_PAGES[slug]}</h1><p>{_PAPER}</p>"))
        if path.startswith("/in/"):
            return self.printed(slug.removeprefix("in/"))
        return self._sitemap(path) or self.common(request)

    def _sitemap(self, path: str) -> Answer | None:
        if path == "/news-sitemap.xml":
            newest = self.stories[0].published if self.stories else self.now()
            fresh = (story for story in self.stories if story.published > newest - timedelta(days=2))
            return Answer(
                200, news_sitemap(_PAPER, ((self.url(story), story.title, story.published) for story in fresh)), XML
            )
        months = sorted({f"{story.published.astimezone(VIETNAM):%Y-%m}" for story in self.stories}, reverse=True)
        if path == "/sitemap.xml":
            children: list[tuple[str, datetime | None]] = [(f"{self.base}/news-sitemap.xml", None)]
            children += [(f"{self.base}/sitemap-{month}.xml", self._of_month(month)[0].published) for month in months]
            return Answer(200, sitemap_index(children), XML)
        month = path.removeprefix("/sitemap-").removesuffix(".xml")
        if path == f"/sitemap-{month}.xml" and month in months:
            return Answer(200, sitemap((self.url(story), story.published) for story in self._of_month(month)), XML)
        return None

    def _of_month(self, month: str) -> list[Story]:
        return [story for story in self.stories if f"{story.published.astimezone(VIETNAM):%Y-%m}" == month]

    def not_found(self, request: Request) -> Answer:
        body = '<div class="not-found"><h1>404</h1><p>Trang bạn tìm không còn trên hệ thống.</p></div>'
        return Answer(404, self.shell("<title>404</title>", body).encode(), HTML)

    def _html(self, page: str) -> Answer:
        return Answer(200, page.encode(), HTML)

    # --- pages -----------------------------------------------------------------------------------------------

    def shell(self, head: str, body: str) -> str:
        """The page around ``body``."""
        now = self.now().astimezone(VIETNAM)
        menu = "".join(f'<li><a href="/{slug}/">{escape(name)}</a></li>' for name, slug in self.sections)
        pages = "".join(f'<a href="/{slug}">{name}</a> ' for slug, name in _PAGES.items())
        return self.written(
            f'<!doctype html>\n<html lang="vi">\n<head>\n<meta charset="utf-8">\n{head}\n<style>{stylesheet(self.host, _CLASSES, 21000)}</style>\n</head>\n'
            f'<body>\n{sprite(self.host, 8000)}\n<div class="top-bar"><span class="site-clock">{digit_weekday(now, "CN")}, {now:%d/%m/%Y %H:%M} (GMT+7)</span>'
            f'<form action="/tim-kiem"><input name="q"></form></div>\n<div class="logo"><a href="/">{_PAPER}</a></div>\n<nav class="menu"><ul>{menu}</ul></nav>\n'
            f'<div class="page"><div class="main">\n{body}\n</div>\n<aside class="sidebar"><h3>Đọc nhiều</h3><ul class="most-read">{self.once(self.most_read)}</ul></aside></div>\n'
            f'<footer class="site-footer"><p>{_PAPER} - Trang thông tin tổng hợp</p><p>Giấy phép số 09/GP-TTĐT cấp ngày 12/3/2020</p>{pages}'
            f'<a href="/quan-tri/" rel="nofollow">Đăng nhập</a></footer>\n{script(self.host, _CLASSES, 15000)}\n</body>\n</html>\n'
        )

    def most_read(self) -> str:
        """The sidebar."""
        return "".join(
            f'<li><a href="{self.path(story)}">{escape(story.title)}</a><p>{escape(cut(story.lead, 140))}</p></li>\n'
            for story in self.stories[2:14]
        )

    def teaser(self, story: Story) -> str:
        """An article in a list."""
        when = story.published.astimezone(VIETNAM)
        return (
            f'<article class="teaser"><a class="teaser-thumb" href="{self.path(story)}"><img src="{self.image(story, 0)}" alt="{escape(story.title)}" loading="lazy"></a>'
            f'<div class="teaser-text"><h2><a href="{self.path(story)}">{escape(story.title)}</a></h2><span class="when">{when:%d/%m/%Y %H:%M}</span>'
            f"<p>{escape(cut(story.lead, 170))}</p></div></article>\n"
        )

    def image(self, story: Story, order: int) -> str:
        """The path of a story's picture."""
        name = story.photos[order][1].filename if order < len(story.photos) else "mac-dinh.jpg"
        return f"/anh/{story.published:%Y/%m}/{name}"

    def home(self) -> str:
        """The front page."""
        feeds = (
            f'<title>{_PAPER}</title>\n<link rel="alternate" type="application/rss+xml" title="{_PAPER}" href="/rss">'
        )
        blocks = "".join(
            f'<section><h3><a href="/{slug}/">{escape(name)}</a></h3>{"".join(self.teaser(story) for story in self.in_section(slug)[:4])}</section>'
            for name, slug in self.sections
        )
        return self.shell(feeds, "".join(self.teaser(story) for story in self.stories[:6]) + blocks)

    def section(self, slug: str, page: str) -> Answer | None:
        """A listing with its pager."""
        number, last, name = int(page) if page.isdigit() else 0, self.page_count(slug), escape(self.section_name(slug))
        if not 1 <= number <= last:
            return None
        teasers = "".join(self.teaser(story) for story in self.listing(slug, number))
        if number == 1:
            teasers += (
                f'<article class="teaser"><h2><a href="{self.dead_path(slug)}">Bài viết đã xóa</a></h2></article>'
            )
        pager = "".join(f'<a href="/{slug}/?trang={other}">{other}</a> ' for other in range(1, last + 1))
        head = f'<title>{name} - {_PAPER}</title>\n<link rel="alternate" type="application/rss+xml" title="{name}" href="/{slug}/index.rss">'
        body = f'<h1>{name}</h1>{teasers}<div class="pager">{pager}</div>'
        return self._html(self.shell(head, body))

    def feed(self, title: str, path: str, stories: Iterable[Story]) -> Answer:
        """The newest fifteen."""
        items = [
            (
                story.title,
                self.url(story),
                cut(story.lead, 200),
                rfc822(story.published),
                f'<guid isPermaLink="true">{self.url(story)}</guid>\n',
            )
            for story in list(stories)[:15]
        ]
        return Answer(200, rss(title, self.base + path, items), XML)

    def printed(self, number: str) -> Answer | None:
        """The print view."""
        story = next((known for known in self.stories if str(self.native_id(known)) == number), None)
        if story is None:
            return None
        return self._html(
            f"<html><body><h1>{escape(story.title)}</h1>{''.join(f'<p>{escape(part)}</p>' for part in story.paragraphs)}</body></html>"
        )

    def article(self, story: Story) -> str:
        """The article page."""
        when, slug = story.published.astimezone(VIETNAM), story.section_slug
        tags = "".join(f'<a href="/tag/{tag.replace(" ", "-")}">{escape(tag)}</a> ' for tag in story.tags)
        related = "".join(self.teaser(other) for other in self.neighbours(story, 5))
        body = (
            f'<div class="breadcrumb"><a href="/">Trang chủ</a> › <a href="/{slug}/">{escape(story.section)}</a></div>\n<div class="article-page">\n'
            f'<h1>{escape(story.title)}</h1>\n<p class="post-time">{digit_weekday(when, "CN")}, {when:%d/%m/%Y %H:%M} (GMT+7)</p>\n'
            f'<div class="share-bar"><a href="https://www.facebook.com/sharer.php">Chia sẻ</a> <a href="/in/{self.native_id(story)}" rel="nofollow">In bài viết</a></div>\n'
            f'<div class="entry">\n<p class="summary"><strong>{escape(story.lead)}</strong></p>\n{typed(self._text(story))}\n</div></div>\n<div class="tags">{tags}</div>\n'
            f'<div class="comment-box"><h3>Ý kiến của bạn</h3><form><textarea placeholder="Nội dung"></textarea><input placeholder="Họ và tên"><button>Gửi</button></form></div>\n'
            f'<div class="related-list"><h3>Tin liên quan</h3>{related}</div>'
        )
        return self.shell(self._head(story), body)

    def _head(self, story: Story) -> str:
        about = escape(cut(story.lead, 150))
        data = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": story.title,
            "datePublished": f"{story.published.astimezone(VIETNAM):%Y-%m-%d}",
            "publisher": {"@type": "Organization", "name": _PAPER},
        }
        structured = (
            f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>'
            if story.number % 2
            else ""
        )
        return (
            f'<title>{escape(story.title)} - {_PAPER}</title>\n<meta name="description" content="{about}">\n<link rel="canonical" href="{self.url(story)}">\n'
            f'<meta property="og:title" content="{escape(story.title)}"><meta property="og:site_name" content="{_PAPER}">\n'
            f'<link rel="alternate" type="application/rss+xml" title="{escape(story.section)}" href="/{story.section_slug}/index.rss">\n{structured}'
        )

    def _text(self, story: Story) -> str:
        parts: list[str] = []
        for index, paragraph in enumerate((*story.paragraphs, None)):
            for order, (at, photo) in enumerate(story.photos):
                if at == index:
                    image = f'<img src="{self.image(story, order)}" alt="{escape(story.title)}" width="640">'
                    parts.append(
                        f'<p style="text-align:center">{image}</p>\n<p style="text-align:center">{escape(photo.caption)}</p>'
                    )
            if paragraph is not None:
                parts.append(f"<p>{escape(paragraph)}</p>")
        if story.byline:
            parts.append(f'<p style="text-align:right"><strong>{escape(story.byline)}</strong></p>')
        if story.source_name and story.byline != f"Theo {story.source_name}":
            parts.append(f'<p style="text-align:right">Theo {escape(story.source_name)}</p>')
        return "\n".join(parts)
