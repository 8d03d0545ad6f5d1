"""The vDoc family, with the two papers whose themes are known: baocantho.com.vn and baoangiang.com.vn."""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

import re
import unicodedata
from html import escape
from typing import ClassVar

from tests.replica.site import HTML, Answer, Request
from tests.replica.sites.markup import cut, rfc822, rss, script, sprite, stylesheet
from tests.replica.sites.portal import XML, Portal
from tests.replica.sites.vdoc_article import AnGiangPage, ArticlePage, CanThoPage
from tests.replica.story import Story

_CLASSES = (
    "wapperheader", "nav-main", "mega-menu", "list-bc", "list-block", "overflow-16x9", "overflow-5x3", "i-img", "b-img",
    "b-title", "b-content", "news-img-top", "catename", "cate-title", "titlecate", "pubdate", "content-fck", "sharelike",
    "block_tag", "tag_item", "related-list", "related-item", "detail-desc", "detail-tag", "pubshare", "boxpayk",
    "titletd", "lbcomment", "footer-bot", "pagination", "box300", "item-news", "slider-jsgallery", "zoomimg",
)  # fmt: skip
_LONGEST_SLUG = 100
_UP = "../../../../"


class VDoc(Portal):
    """A portal of the family; article ids count up from ``first_id``.

    ``static`` is where ``<base href>`` points: every page's relative addresses start there, four folders below the
    root of a host. ``pager`` is what the address of a section's further pages ends in, ``side`` the element around
    the most read.
    """

    page_size = 3
    disallow = ("/tim-kiem/", "/print/", "/member/", "/index/autonews")
    separator = "\r\n"
    indent = "  "
    first_id: ClassVar[int] = 0
    paper: ClassVar[str] = ""
    static: ClassVar[str] = ""
    pager: ClassVar[str] = "?p={}"
    side: ClassVar[str] = "div"
    imprint: ClassVar[str] = ""
    hotline: ClassVar[str] = "0292 3821 999"
    languages: ClassVar[tuple[tuple[str, str], ...]] = ()
    page: ClassVar[type[ArticlePage]] = ArticlePage

    def native_id(self, story: Story) -> int:
        """The CMS's number of an article."""
        return self.first_id + story.number

    def slug(self, story: Story) -> str:
        """The title as the CMS writes it: signs become hyphens at the ends too, and the end is cut within a word.

        Every eighth began with a bracket when its address was made ("[Podcast] …").
        """
        title = f"[Podcast] {story.title}" if story.number % 8 == 3 else story.title
        plain = unicodedata.normalize("NFD", title.lower().replace("đ", "d"))
        ascii_only = "".join(char for char in plain if not unicodedata.combining(char))
        return re.sub(r"[^a-z0-9]+", "-", ascii_only)[:_LONGEST_SLUG]

    def path(self, story: Story) -> str:
        return f"/{self.slug(story)}-a{self.native_id(story)}.html"

    def section_path(self, slug: str) -> str:
        return f"/{slug}/"

    def dead_path(self, slug: str) -> str:
        return f"/tin-bai-da-go-{slug}--a{self.first_id - 9}.html"

    def headers(self, request: Request, answer: Answer) -> tuple[tuple[str, str], ...]:
        if answer.content_type == "image/jpeg":
            return (("Cache-Control", "public, max-age=2592000"),)
        return (
            ("X-Powered-By", "PHP/5.6.40"),
            ("Set-Cookie", f"PHPSESSID=v{len(request.target):08x}; path=/"),
            ("Expires", "Thu, 19 Nov 1981 08:52:00 GMT"),
            ("Cache-Control", "no-store, no-cache, must-revalidate"),
            ("Cache-Control", "post-check=0, pre-check=0"),
            ("Pragma", "no-cache"),
        )

    def route(self, request: Request) -> Answer | None:
        path = request.path
        if path == "/":
            return self._html(self.home())
        story = self.story_at(path)
        if story:
            return self._html(self.page(self, story).whole())
        if path.startswith("/print/"):
            return self.printed(path.removeprefix("/print"))
        slug = path.strip("/")
        if slug in self._by_section and path == self.section_path(slug):
            return self.section(slug, request.query.get("p", "1"))
        if path.startswith("/rss/cate/") and path.endswith("/"):
            return self.feed(path.removeprefix("/rss/cate/").strip("/"))
        if any(path == place for place, _ in self.languages):
            return self._html(self.translated(path))
        copied = re.fullmatch(r"/[a-z]+(/[^/]+\.html)", path)
        story = self.story_at(copied.group(1)) if copied else None
        if copied and story:
            return self._html(self.shell(f"<title>{escape(story.slug)}</title>", f"<h1>{escape(story.slug)}</h1>"))
        return self.common(request)

    def not_found(self, request: Request) -> Answer:
        cards = "".join(self.card(story) for story in self.stories[:3])
        body = f'<div id="content"><h2>404</h2><p>Trang bạn yêu cầu không tồn tại.</p>{cards}</div>'
        return Answer(404, self.shell("<title>404</title>", body).encode(), HTML)

    def _html(self, page: str) -> Answer:
        return Answer(200, page.encode(), HTML)

    # --- pages -----------------------------------------------------------------------------------------------

    def shell(self, head: str, body: str) -> str:
        """The page around ``body``."""
        words = f"báo {self.paper},tin nhanh,cập nhật,báo điện tử,mua bán,rao vặt,kinh tế,kinh doanh"
        return self.written(
            f'<!DOCTYPE html>\n<html lang="vi">\n<head>\n{head}\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />\n'
            f'<meta name="Keywords" content="{escape(words)}" />\n<base href="{self.static}" />\n'
            f'<link rel="stylesheet" href="css/bootstrap.min.css"><script src="js/jquery-1.10.1.min.js"></script>\n'
            f"<style>{stylesheet(self.host, _CLASSES, 12000)}</style>\n</head>\n<body>\n{sprite(self.host, 7000)}\n{self.once(self.header)}\n"
            f'<div class="wappercontainer"><div class="container"><div class="row">\n{body}\n</div></div></div>\n{self.once(self.footer)}\n'
            f"{script(self.host, _CLASSES, 13000)}\n</body>\n</html>\n"
        )

    def header(self) -> str:
        """Languages, search, and the menu with the newest of each section."""
        tongues = " | ".join(f'<a href="{self.base}{place}">{escape(name)}</a>' for place, name in self.languages)
        entries = "".join(
            f'<li><a href="{self.base}{self.section_path(slug)}" title="{escape(name)}">{escape(name)}</a><div class="mega-menu"><ul class="list-block">'
            + "".join(self.menu_entry(story) for story in self.in_section(slug)[:3])
            + "</ul></div></li>\n"
            for name, slug in self.sections
        )
        return (
            f'<div class="wapperheader"><div class="col-top-head">{tongues}<span id="datenow"></span></div>'
            f'<img class="i-logo" src="images/graphics-new/logo.png?id=1.004" />'
            f'<form class="frm-nav-search"><input name="q" placeholder="Tìm kiếm"></form>\n<nav class="nav-main"><ul class="clearfix">\n'
            f'<li><a href="{self.base}/" title="Home"></a></li>{entries}<li><a href="{self.base}/video/">Media</a></li>'
            f'<li><a href="{self.base}/su-kien/bao-ve-moi-truong.214.html">Sự kiện</a></li></ul></nav></div>'
        )

    def menu_entry(self, story: Story) -> str:
        """A story in the drop-down of its section."""
        title = escape(story.title)
        return (
            f'<li><div class="overflow-16x9"><a href="{self.url(story)}"><img loading="lazy" title="{title}" alt="{title}" '
            f'src="{self.image(story, 0)}" width="175px" /></a></div><a title="{title}" href="{self.url(story)}">{title}</a></li>'
        )

    def footer(self) -> str:
        """Imprint and vendor."""
        return (
            f'<div class="footer-bot"><p>{escape(self.imprint)}</p><p>Hotline: {self.hotline}</p>'
            f'<p>Phát triển bởi <a href="http://vdoc.com.vn">vdoc</a></p></div>'
        )

    def image(self, story: Story, order: int) -> str:
        """The address of a story's picture as its pages write it; half of them are relative."""
        if order >= len(story.photos):
            return "images/300x220.jpg"
        name = story.photos[order][1].filename
        path = f"image/fckeditor/upload/{story.published:%Y/%Y%m%d}/images/{name}"
        return f"{_UP}{path}" if story.number % 2 else f"{self.media}/{path}"

    @property
    def media(self) -> str:
        """Scheme and host of the pictures: those of ``static``."""
        return self.static.partition("/static/")[0]

    def link(self, story: Story) -> str:
        """The address of an article as listings write it."""
        return self.url(story)

    def card(self, story: Story) -> str:
        """An article in a list."""
        title = escape(story.title)
        return (
            f'<li class="related-item col-xs-12 col-sm-4"><div class="news-img-top"><a class="b-img" title="{title}" href="{self.link(story)}">'
            f'<div class="overflow-5x3"><img class="i-img" src="{self.image(story, 0)}" alt="{title}" title="{title}" /></div></a>'
            f'<div class="b-content"><a title="{title}" href="{self.link(story)}"><h3 class="b-title">\n\t{title}\t</h3></a>'
            f"<p>{escape(cut(story.lead, 130))}</p></div></div></li>\n"
        )

    def home(self) -> str:
        """The front page."""
        blocks = "".join(
            f'<div class="catename"><a class="cate-title" href="{self.base}{self.section_path(slug)}">{escape(name)}</a>'
            f'<a href="{self.base}/rss/cate/{slug}/"><span class="sprite rss"></span></a></div>'
            f'<ul class="related-list">{"".join(self.card(story) for story in self.in_section(slug)[:4])}</ul>'
            for name, slug in self.sections
        )
        newest = "".join(self.card(story) for story in self.stories[:6])
        head = f"<title>{escape(self.paper)} Online</title>"
        return self.shell(head, f'<div id="content"><ul class="related-list">{newest}</ul>{blocks}</div>')

    def section(self, slug: str, page: str) -> Answer | None:
        """A listing; pages past the end are 404."""
        number, last, name = int(page) if page.isdigit() else 0, self.page_count(slug), escape(self.section_name(slug))
        if not 1 <= number <= last:
            return None
        cards = "".join(self.card(story) for story in self.listing(slug, number))
        if number == 1:
            cards += f'<li class="related-item"><a href="{self.base}{self.dead_path(slug)}"><h3 class="b-title">Tin đã gỡ</h3></a></li>'
        start = self.base + self.section_path(slug)
        pages = "".join(f'<a href="{start}{self.pager.format(other)}">{other}</a> ' for other in range(1, last + 1))
        most = "".join(self.menu_entry(story) for story in self.stories[3:9])
        heading = f'<a href="{start}">{name}</a>'
        body = (
            f'<div id="content">{self.column(heading, cards)}<div class="pagination">{pages}</div>'
            f'<{self.side} class="box300"><div class="catename">Đọc nhiều</div><ul>{most}</ul></{self.side}></div>'
        )
        return self._html(self.shell(f"<title>{name} - {escape(self.paper)} Online</title>", body))

    def column(self, heading: str, cards: str) -> str:
        """The main column of a section page."""
        return f'<div id="colcate1"><div class="titlecate"><h1>{heading}</h1></div><ul class="related-list">{cards}</ul></div>'

    def feed(self, slug: str) -> Answer | None:
        """A section's newest twenty."""
        if slug not in self._by_section:
            return None
        items = [
            (story.title, self.url(story), cut(story.lead, 200), rfc822(story.published), "")
            for story in self.in_section(slug)[:20]
        ]
        return Answer(
            200, rss(f"{self.section_name(slug)} - {self.paper}", self.base + self.section_path(slug), items), XML
        )

    def printed(self, path: str) -> Answer | None:
        """The print view of the article at ``path``."""
        story = self.story_at(path)
        if story is None:
            return None
        text = "".join(f"<p>{escape(part)}</p>" for part in (story.lead, *story.paragraphs))
        return self._html(f"<html><body><h1>{escape(story.title)}</h1>{text}</body></html>")

    def translated(self, path: str) -> str:
        """The front page of another language: copies of articles, under the same ids."""
        rows = "".join(
            f'<li><a href="{self.base}{path.rstrip("/")}{self.path(story)}">{escape(story.slug)}</a></li>'
            for story in self.stories[:8]
        )
        return self.shell("<title>News</title>", f'<div id="content"><ul>{rows}</ul></div>')


class BaoCanTho(VDoc):
    """Báo Cần Thơ: the first h1 is the section, the lead is the first paragraph, structured data hold the day only."""

    host = "baocantho.com.vn"
    aliases = ("www.baocantho.com.vn",)
    first_id = 196_000
    paper = "Báo Cần Thơ"
    static = "https://baocantho.com.vn/static/templates/version1/homepage/"
    imprint = "Báo và Phát thanh, Truyền hình Cần Thơ - Giấy phép số 26/GP-BTTTT cấp ngày 20/1/2022"
    languages = (("/news/", "English"), ("/khmer/", "ភាសាខ្មែរ"))
    page = CanThoPage

    def link(self, story: Story) -> str:
        return f"{_UP}{self.path(story)[1:]}" if story.number % 3 == 0 else self.url(story)


class BaoAnGiang(VDoc):
    """Báo An Giang: pictures and base on a host of their own, house tags on every article, sources inside the body."""

    host = "baoangiang.com.vn"
    aliases = ("www.baoangiang.com.vn", "images.baoangiang.com.vn")
    first_id = 367_000
    paper = "Báo An Giang"
    static = "https://images.baoangiang.com.vn/static/templates/version1/homepage/"
    pager = "?p={}&amp;d="
    imprint = "Báo và Phát thanh, Truyền hình An Giang - Giấy phép số 512/GP-BTTTT cấp ngày 12/10/2021"
    page = AnGiangPage

    def column(self, heading: str, cards: str) -> str:
        return f'<div class="breadcrumb"><div class="start">{heading}</div></div><div class="cate-content-list-item"><ul>{cards}</ul></div>'
