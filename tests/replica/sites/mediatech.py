"""The Mediatech family: baocaobang.vn and baolangson.vn."""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

import json
from html import escape
from typing import ClassVar

from tests.replica.site import HTML, Answer, Request
from tests.replica.sites.markup import (
    VIETNAM,
    cut,
    decimal,
    digit_weekday,
    named,
    rfc822,
    rss,
    script,
    sprite,
    stylesheet,
)
from tests.replica.sites.mediatech_article import ArticlePage, CaoBangPage, LangSonPage
from tests.replica.sites.portal import XML, Portal
from tests.replica.story import Story

_CLASSES = (
    "main-header", "title-time", "main-nav", "nav-item", "card", "card-style-horizontal", "card-thumb", "card-img",
    "card-title", "card-desc", "card-meta", "card-category", "card-time", "block-content", "main-title", "content-article",
    "detail", "sapo", "wp-caption", "wp-caption-text", "box-comments", "comments-heading", "ads-zone-group", "main-footer",
    "footer-copyright", "breadcrumbs", "social", "print_page", "auto-gallery", "relates", "topics", "swiper-slide",
)  # fmt: skip


class Mediatech(Portal):
    """A portal of the family; article ids count up from ``first_id``, section ids are ``section_ids`` by slug."""

    has_clock = True
    page_size = 12
    disallow = ("/search", "/print/", "/ads-tracking", "/tags/", "/account/", "/list-comment")
    separator = "\n"
    indent = "  "
    first_id: ClassVar[int] = 5_000_000
    section_ids: ClassVar[dict[str, int]] = {}
    other_pages: ClassVar[tuple[tuple[str, str], ...]] = ()
    paper: ClassVar[str] = ""
    director: ClassVar[str] = ""
    licence: ClassVar[str] = ""
    login: ClassVar[str] = ""
    page: ClassVar[type[ArticlePage]] = ArticlePage

    def native_id(self, story: Story) -> int:
        """The CMS's number of an article."""
        return self.first_id + story.number

    def path(self, story: Story) -> str:
        return f"/{story.slug}-{self.native_id(story)}.html"

    def section_path(self, slug: str) -> str:
        return f"/{slug}"

    def dead_path(self, slug: str) -> str:
        return f"/tin-da-go-khoi-chuyen-muc-{slug.lower()}-{self.first_id - 7}.html"

    def section_id(self, slug: str) -> int:
        """The number the paging endpoint knows a section by."""
        known = [name for _, name in self.sections]
        return self.section_ids.get(slug.lower(), 101 + known.index(slug))

    def text(self, value: str) -> str:
        """Text as this portal's editor leaves it in the page."""
        return escape(value)

    def headers(self, request: Request, answer: Answer) -> tuple[tuple[str, str], ...]:
        if answer.content_type.startswith("image/"):
            return (("Cache-Control", "max-age=31536000"), ("X-Cache", "HIT"))
        return (
            ("Cache-Control", "no-cache, private"),
            ("Set-Cookie", f"XSRF-TOKEN=eyJpdiI6{len(request.target):04x}; path=/; samesite=lax"),
            (
                "Set-Cookie",
                f"{self.portal_code}_session=eyJpdiI6Ik{len(request.path):03x}; path=/; httponly; samesite=lax",
            ),
            ("X-Frame-Options", "SAMEORIGIN"),
            ("X-Frame-Options", "SAMEORIGIN"),
            ("X-Content-Type-Options", "nosniff"),
        )

    @property
    def portal_code(self) -> str:
        """The short name in theme paths."""
        return self.host.partition(".")[0]

    def route(self, request: Request) -> Answer | None:
        path = request.path
        if path == "/":
            return self._html(self.home())
        if path == "/list-post-by-category":
            return self.more(request)
        if path == "/rss":
            return self._html(self.feed_index())
        if path.startswith("/rss/news/") and path.endswith(".rss"):
            return self.feed(path.removeprefix("/rss/news/").removesuffix(".rss"))
        if path.startswith("/print/news/"):
            return self.printed(path.rpartition("/")[2])
        story = self.story_at(path)
        if story:
            return self._html(self.shell(self.page(self, story).head(), self.page(self, story).body(), "detail-page"))
        slug = path.removeprefix("/")
        if any(slug == known for _, known in self.sections):
            return self._html(self.section(slug))
        title = dict(self.other_pages).get(slug)
        if title:
            return self._html(self.plain(title))
        return self.common(request)

    def not_found(self, request: Request) -> Answer:
        note = '<div class="error-page"><h2>404</h2><p>Không tìm thấy trang bạn yêu cầu.</p><a href="/">Về trang chủ</a></div>'
        newest = "".join(self.card(story) for story in self.stories[:4])
        body = f'<div class="main-content">{note}<div class="block-content" data-nosnippet>{newest}</div></div>'
        page = self.shell(f"<title>404 - {self.text(self.paper)}</title>", body, "error")
        return Answer(404, page.encode(), HTML)

    def _html(self, page: str) -> Answer:
        return Answer(200, page.encode(), HTML)

    # --- pages -----------------------------------------------------------------------------------------------

    def shell(self, head: str, body: str, kind: str) -> str:
        """The page around ``body``; the stray end tag after the first line is the family's own."""
        return self.written(
            f'<!DOCTYPE html>\n<html lang="vi" prefix="og: http://ogp.me/ns#"></html>\n<head>\n'
            f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">\n{head}\n'
            f'<meta name="author" content="MEDIATECH"><link rel="shortcut icon" href="/favicon.ico">\n'
            f'<link rel="stylesheet" href="/themes/frontend/{self.portal_code}/Assets/css/app.css?v=1696150000">\n'
            f"<style>{stylesheet(self.host, _CLASSES, 14000)}</style>\n"
            f'<script src="/themes/frontend/{self.portal_code}/Assets/js/mustache.min.js"></script>\n</head>\n'
            f'<body class="{kind}">\n{sprite(self.host, 7000)}\n{self.once(self.header)}\n<main class="container">\n{body}\n</main>\n'
            f"{self.once(self.footer)}\n</body>\n</html>\n"
        )

    def header(self) -> str:
        """Clock, logo, search and menus, the same on all pages of a minute."""
        now = self.now().astimezone(VIETNAM)
        clock = f"{digit_weekday(now)}, {now:%d/%m/%Y %H:%M} (GMT +7)"
        entries = "".join(
            f'<li class="nav-item"><a class="nav-link" href="/{slug}" title="{named(name)}">{self.text(name)}</a>'
            f'<div class="sub-menu"><ul>{"".join(self.menu_entry(story) for story in self.in_section(slug)[:3])}</ul></div></li>\n'
            for name, slug in self.sections
        )
        others = "".join(f'<li><a href="/{slug}">{self.text(title)}</a></li>' for slug, title in self.other_pages)
        return (
            f'<header class="main-header"><div class="header-top"><div class="title-time">{clock}</div>'
            f'<ul class="links">{others}<li><a href="/rss">RSS</a></li></ul>'
            f'<form class="search" action="/search"><input name="keyword" placeholder="{named("Tìm kiếm")}"></form></div>\n'
            f'<div class="logo"><a href="/" title="{named(self.paper)}"><img src="/themes/frontend/{self.portal_code}/Assets/'
            f'image/logo.png" alt="{named(self.paper)}"></a></div>\n<nav class="main-nav"><ul>{entries}</ul></nav></header>'
        )

    def menu_entry(self, story: Story) -> str:
        """A story in the drop-down of its section."""
        return f'<li><a href="{self.path(story)}" title="{named(story.title)}">{self.text(cut(story.title, 60, "…"))}</a></li>'

    def footer(self) -> str:
        """Menu, imprint, licence, and the templates and scripts that end every page."""
        menu = "".join(f'<li><a href="/{slug}">{self.text(name)}</a></li>' for name, slug in self.sections)
        return (
            f'<footer class="main-footer"><ul class="footer-menu">{menu}</ul>'
            f'<div class="address footer-text"><p>{self.text(self.director)}</p><p>{self.text("Email: toasoan@" + self.host)}</p></div>'
            f'<div class="footer-copyright footer-white"><div class="license">{self.text(self.licence)}</div></div>'
            f'<a href="/version/mobile">{self.text("Phiên bản di động")}</a> <a href="/version/desktop">Desktop</a></footer>\n'
            f'<script type="x-tmpl-mustache" id="tpl-card"><article class="card"><h3>{{{{title}}}}</h3></article></script>\n'
            f"{script(self.host, _CLASSES, 12000)}\n"
            f'<script src="/themes/frontend/{self.portal_code}/Assets/js/app.js?v=1696150000"></script>'
        )

    def card(self, story: Story) -> str:
        """An article in a list."""
        picture = self.image(story.photos[0][1].filename, story) if story.photos else "/themes/no-image.jpg"
        thumb = "/thumb/420x252" + picture.replace("https://media." + self.host, "")
        alt, path, when = named(story.title), self.path(story), story.published.astimezone(VIETNAM)
        return (
            f'<article class="card card-style-horizontal"><div class="card-thumb"><a href="{path}" title="{alt}">'
            f'<img class="card-img lazy" src="{picture}" srcset="{thumb} 420w, {picture} 800w" alt="{alt}"></a></div>'
            f'<div class="card-body"><h3 class="card-title" title="{alt}"><a href="{path}"><span class="main-title">'
            f'{self.text(story.title)}</span></a></h3><div class="card-desc"><a href="{path}">{self.text(cut(story.lead, 160))}</a></div>'
            f'<div class="card-meta"><span class="card-category"><a href="/{story.section_slug.strip("/")}">{self.text(story.section)}</a>'
            f'</span><time class="card-time" rel="{int(when.timestamp())}">{when:%H:%M | %d/%m/%Y}</time></div></div></article>\n'
        )

    def image(self, filename: str, story: Story) -> str:
        """The address of a story's picture."""
        return (
            f"https://media.{self.host}/upload/image/{story.published:%Y%m}/medium/{self.native_id(story)}_{filename}"
        )

    def home(self) -> str:
        """The front page: the newest, then a block per section."""
        blocks = "".join(
            f'<div class="block-content"><h2 class="title-block"><a href="/{slug}">{self.text(name)}</a></h2>'
            f"{''.join(self.card(story) for story in self.in_section(slug)[:4])}</div>"
            for name, slug in self.sections
        )
        newest = "".join(self.card(story) for story in self.stories[:6])
        head = f'<title>{self.text(self.paper)}</title><link rel="canonical" href="{self.base}/">'
        return self.shell(head, f'<div class="focus">{newest}</div>{blocks}', "home")

    def section(self, slug: str) -> str:
        """A section page with its first articles; scripts fetch the rest."""
        name = self.section_name(slug)
        cards = "".join(self.card(story) for story in self.listing(slug, 1))
        gone = f'<article class="card"><h3 class="card-title"><a href="{self.dead_path(slug)}">{self.text("Tin đã gỡ")}</a></h3></article>'
        body = (
            f'<section class="page-info d-none"><input id="cate-id" value="{self.section_id(slug)}">'
            f'<input id="cate-title" value="{named(name)}"><input id="cate-url" value="/{slug}"></section>'
            f'<div id="category_id" data-id="{self.section_id(slug)}"></div>'
            f'<div class="breadcrumbs"><ol class="breadcrumb"><li><a href="/">{self.text("Trang chủ")}</a></li>'
            f'<li><a href="/{slug}">{self.text(name)}</a></li></ol></div><h1 class="category-title">{self.text(name)}</h1>'
            f'<div class="list-post" id="list-post">{cards}{gone}</div>'
            f'<button class="btn-more" data-page="2" data-limit="{self.page_size}">{self.text("Xem thêm")}</button>'
            f'<aside><a href="/ads-tracking?aid={self.section_id(slug)}">{self.text("Quảng cáo")}</a> <a href="/multimedia">Multimedia</a></aside>'
        )
        return self.shell(f"<title>{self.text(name)} - {self.text(self.paper)}</title>", body, "category")

    def more(self, request: Request) -> Answer | None:
        """The paging endpoint: JSON for scripts, nothing for others; page 1 is what the section page shows."""
        query = request.query
        slug = next(
            (known for _, known in self.sections if str(self.section_id(known)) == query.get("category_id")), None
        )
        if not request.is_xhr or slug is None or not query.get("page", "").isdigit():
            return None
        limit = min(int(query.get("limit") or self.page_size), 50)
        start = (max(int(query["page"]), 1) - 1) * limit
        rows = [
            {
                "id": self.native_id(story),
                "link": self.path(story),
                "title": story.title,
                "description": cut(story.lead, 160),
                "thumb": self.image(story.photos[0][1].filename, story) if story.photos else None,
                "publish_time": int(story.published.timestamp()),
            }
            for story in self.in_section(slug)[start : start + limit]
        ]
        return Answer(200, json.dumps({"status": True, "data": rows}).encode(), "application/json")

    def feed_index(self) -> str:
        """The page that lists the feeds."""
        rows = "".join(
            f'<li><a href="/rss/news/{slug.lower()}.rss">{self.text(name)}</a></li>' for name, slug in self.sections
        )
        return self.shell(
            f"<title>RSS - {self.text(self.paper)}</title>", f'<h1>RSS</h1><ul class="list-rss">{rows}</ul>', "rss"
        )

    def feed(self, name: str) -> Answer | None:
        """A section's newest ten."""
        slug = next((known for _, known in self.sections if known.lower() == name), None)
        if slug is None:
            return None
        items = [
            (story.title, self.url(story), decimal(cut(story.lead, 200)), rfc822(story.published), "")
            for story in self.in_section(slug)[:10]
        ]
        return Answer(200, rss(f"{self.section_name(slug)} - {self.paper}", f"{self.base}/{slug}", items), XML)

    def printed(self, number: str) -> Answer | None:
        """The print view of an article."""
        story = next((known for known in self.stories if str(self.native_id(known)) == number), None)
        if story is None:
            return None
        text = "".join(f"<p>{self.text(part)}</p>" for part in (story.lead, *story.paragraphs))
        page = f'<html><head><link rel="canonical" href="{self.url(story)}"></head><body><h1>{self.text(story.title)}</h1>{text}</body></html>'
        return Answer(200, page.encode(), HTML)

    def plain(self, title: str) -> str:
        """A page that is no article."""
        return self.shell(
            f"<title>{self.text(title)}</title>",
            f"<h1>{self.text(title)}</h1><p>{self.text(self.director)}</p>",
            "page",
        )


class BaoCaoBang(Mediatech):
    """Báo Cao Bằng: named entities in text, the lead in the body's first paragraph."""

    host = "baocaobang.vn"
    aliases = ("www.baocaobang.vn", "media.baocaobang.vn")
    first_id = 3_161_000
    paper = "Báo Cao Bằng"
    director = "Giám đốc: Nông Thị Bích Hạnh - Phó Giám đốc: Hoàng Văn Thiệp"
    licence = "Giấy phép số 112/GP-BTTTT do Bộ Thông tin và Truyền thông cấp ngày 14/4/2022"
    login = "toasoancb"
    page = CaoBangPage
    section_ids: ClassVar[dict[str, int]] = {
        "thoi-su": 57, "chinh-tri": 58, "kinh-te": 59, "the-gioi": 60, "xa-hoi": 61, "van-hoa": 62, "giao-duc": 63,
        "the-thao": 64, "khoa-hoc-cong-nghe": 65, "suc-khoe-doi-song": 66, "quoc-phong-an-ninh": 67, "ky-phong-su": 68,
    }  # fmt: skip
    other_pages = (
        ("Truyenhinh-Internet", "Truyền hình Internet"),
        ("Thong-tin-Toa-soan", "Thông tin tòa soạn"),
        ("Phongsuanh", "Phóng sự ảnh"),
        ("Du-bao-thoi-tiet-Cao-Bang", "Dự báo thời tiết Cao Bằng"),
        ("multimedia", "Multimedia"),
    )

    def text(self, value: str) -> str:
        return named(value)


class BaoLangSon(Mediatech):
    """Báo Lạng Sơn: literal text, the lead in an h2, templates that were never filled in."""

    host = "baolangson.vn"
    aliases = ("www.baolangson.vn", "media.baolangson.vn")
    first_id = 5_071_000
    paper = "Báo Lạng Sơn"
    director = "Giám đốc: Hoàng Văn Tiến - Phó Giám đốc: Lương Thị Thu Hà"
    licence = "Giấy phép số 87/GP-BTTTT do Bộ Thông tin và Truyền thông cấp ngày 22/3/2022"
    login = "baolangsonbtv"
    page = LangSonPage
    other_pages = (
        ("epaper", "Báo in"),
        ("contact", "Liên hệ"),
        ("multimedia", "Multimedia"),
        ("tieu-diem", "Tiêu điểm"),
    )
