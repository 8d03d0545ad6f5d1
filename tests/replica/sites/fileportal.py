"""The family that keeps its pictures under /file/<tenant>: baohagiang.vn."""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

import hashlib
from html import escape

from tests.replica.site import Answer, Request, redirect
from tests.replica.sites.layout import typed
from tests.replica.sites.markup import VIETNAM, cut, rfc822, rss, script, sprite, stylesheet
from tests.replica.sites.portal import XML, Portal
from tests.replica.story import Photo, Story

_HTML = "text/html;charset=UTF-8"
_TENANT = "4028eaa4679b32c401679c0c74382a7e"
_FROZEN_DATE = "Thứ 2, 21/10/2024"
_PAPER = "Báo Hà Giang"
_CLASSES = (
    "horizontal-post-box", "media-heading", "title5", "article_content", "content", "date", "after-author", "tags-box",
    "section-post-detail-comment", "section-post-detail-related", "group-time", "image_desc", "contact-box", "header-date",
    "main-menu", "breadcrumb", "widget-ads", "list-news", "maincatetitle", "footer-info", "pagination", "social", "bd02",
)  # fmt: skip
_PAGES = {"lien-he": "Liên hệ tòa soạn", "doc-bao-in": "Đọc báo in", "truyen-hinh": "Truyền hình", "podcast": "Podcast"}


class BaoHaGiang(Portal):
    """Báo Hà Giang: nested documents, Word debris, a contact box in the first h1, the lead within the body."""

    host = "baohagiang.vn"
    aliases = ("www.baohagiang.vn",)
    brotli = True
    lower_case_headers = True
    page_size = 8
    disallow = ("/tim-kiem", "/service/", "/su-kien/", "/print/", "/*?mobile=")

    def native_id(self, story: Story) -> str:
        """Seven hexadecimal digits, on some articles none of them a letter."""
        if story.number % 10 == 7:
            return f"{2_880_000 + story.number:07d}"
        return hashlib.sha1(f"baohagiang:{story.number}".encode()).hexdigest()[:7]

    def path(self, story: Story) -> str:
        return f"/{story.section_slug}/{story.published:%Y%m}/{story.slug}-{self.native_id(story)}/"

    def section_path(self, slug: str) -> str:
        return f"/{slug}/"

    def dead_path(self, slug: str) -> str:
        return f"/{slug}/202002/bai-viet-khong-con-ton-tai-0dead{len(slug):02x}/"

    def headers(self, request: Request, answer: Answer) -> tuple[tuple[str, str], ...]:
        if answer.content_type.startswith("image/"):
            return (("Expires", "Thu, 31 Dec 2037 23:55:55 GMT"), ("Cache-Control", "max-age=315360000"))
        return (
            ("X-Powered-By", "JSP/2.3"),
            ("Set-Cookie", "mobile=0; Path=/"),
            ("Cache-Control", "public"),
            ("Cache-Control", "max-age=60"),
        )

    def route(self, request: Request) -> Answer | None:
        path = request.path
        if path == "/":
            return self._html(self.home())
        parts = path.strip("/").split("/")
        known = parts[0] in self._by_section or parts[0] in _PAGES
        if known and not path.endswith("/") and "." not in parts[-1]:
            return redirect(f"{self.base}{path}/", answered_by=self.server)
        story = self.story_at(path)
        if story:
            return self._html(self.article(story))
        if parts[0] == "print" and len(parts) == 2:
            return self.printed(parts[1])
        if parts[0] in _PAGES and len(parts) == 1:
            return self._html(
                self.shell(_PAGES[parts[0]], "", f"<main><p>{_PAGES[parts[0]]} - Điện thoại: 0219 3866 508</p></main>")
            )
        if parts[0] in self._by_section and len(parts) == 1:
            return self.section(parts[0], request.query.get("paged", "1"))
        if parts[0] in self._by_section and parts[1:] == ["index.rss"]:
            return self.feed(parts[0])
        return self.common(request)

    def not_found(self, request: Request) -> Answer:
        cards = "".join(self.card(story) for story in self.stories[:3])
        body = f'<main><div class="error-404"><h2>Trang không tồn tại</h2></div><div class="list-news">{cards}</div></main>'
        return Answer(404, self.shell("Không tìm thấy trang", "", body).encode(), _HTML)

    def _html(self, page: str) -> Answer:
        body = page.encode()
        mark = hashlib.md5(body, usedforsecurity=False).hexdigest()
        # Half of the pages carry a tag, as where one of two machines behind the balancer is set up to.
        tag = (("ETag", f'W/"{mark[:12]}"'),) if int(mark[0], 16) % 2 else ()
        return Answer(200, body, _HTML, tag)

    # --- pages -----------------------------------------------------------------------------------------------

    def shell(self, title: str, head: str, body: str) -> str:
        """The page around ``body``; its first h1 is the contact box."""
        pages = "".join(f'<li><a href="/{slug}/">{name}</a></li>' for slug, name in _PAGES.items())
        return self.written(
            f'<!DOCTYPE html>\n<html lang="vi">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)} - Hà Giang online</title>\n{head}'
            f"<style>{stylesheet(self.host, _CLASSES, 20000)}</style>\n</head>\n<body>\n{sprite(self.host, 8000)}\n"
            f'<header><div class="contact-box"><h1>Báo Hà Giang Online</h1><p>Hotline: 0219 3866 508</p></div>'
            f'<div class="header-date">{_FROZEN_DATE}</div><form action="/tim-kiem"><input name="q" placeholder="Tìm kiếm"></form>'
            f'<nav class="main-menu"><ul>{self.once(self.menu)}{pages}</ul></nav></header>\n{body}\n'
            f'<footer class="footer-info"><p>{_PAPER} - Cơ quan của Đảng bộ tỉnh Hà Giang</p><p>Giấy phép số 215/GP-BTTTT cấp ngày '
            f'20/5/2021</p><p>Tổng biên tập: Lục Minh Tuấn</p><a href="/tim-kiem?q=">Tìm kiếm nâng cao</a></footer>\n'
            f"{script(self.host, _CLASSES, 13000)}\n</body>\n</html>\n"
        )

    def menu(self) -> str:
        """The sections with their newest."""
        return "".join(
            f'<li class="menu-item"><a href="/{slug}/" title="{escape(name)}">{escape(name)}</a><ul class="sub">'
            + "".join(
                f'<li><a href="{self.path(story)}"><img data-src="{self.image(story, 0)}" alt="">{escape(story.title)}</a></li>'
                for story in self.in_section(slug)[:4]
            )
            + "</ul></li>\n"
            for name, slug in self.sections
        )

    def image(self, story: Story, index: int) -> str:
        """The path of a story's picture, with the time of its upload in the name."""
        if index >= len(story.photos):
            return f"/file/{_TENANT}/theme/no-image.jpg"
        name, _, kind = story.photos[index][1].filename.rpartition(".")
        when = story.published.astimezone(VIETNAM)
        return f"/file/{_TENANT}/{when:%m%Y}/{name}_{when:%Y%m%d%H%M%S}.{kind}"

    def card(self, story: Story) -> str:
        """An article in a list; titles end in blanks."""
        when = story.published.astimezone(VIETNAM)
        return (
            f'<article class="horizontal-post-box"><a class="thumb" href="{self.path(story)}"><img data-src="{self.image(story, 0)}" '
            f'src="/theme/blank.gif" alt="{escape(story.title)}"></a><h3 class="name"><a class="title2" href="{self.path(story)}">'
            f'{escape(story.title)}  </a></h3><time class="time">{when:%H:%M, %d/%m/%Y}</time>'
            f'<p class="description">{escape(cut(self.bare_lead(story), 150))}</p></article>\n'
        )

    def bare_lead(self, story: Story) -> str:
        """The lead without the desk's prefix."""
        return story.lead.removeprefix(self.newsroom.prefix)

    def home(self) -> str:
        """The front page."""
        blocks = "".join(
            f'<section class="list-news"><a class="maincatetitle" href="/{slug}/">{escape(name)}</a>'
            f"{''.join(self.card(story) for story in self.in_section(slug)[:4])}</section>"
            for name, slug in self.sections
        )
        newest = "".join(self.card(story) for story in self.stories[:5])
        return self.shell(_PAPER, "", f'<main><div class="hot">{newest}</div>{blocks}</main>')

    def section(self, slug: str, page: str) -> Answer | None:
        """A listing; pages past the end are 404."""
        number, last, name = int(page) if page.isdigit() else 0, self.page_count(slug), self.section_name(slug)
        if not 1 <= number <= last:
            return None
        cards = "".join(self.card(story) for story in self.listing(slug, number))
        if number == 1:
            cards += f'<h3 class="name"><a class="title2" href="{self.dead_path(slug)}">Bài viết đã gỡ</a></h3>'
        links = "".join(f'<a class="page" href="/{slug}/?paged={other}">{other}</a>' for other in range(1, last + 1))
        body = (
            f'<main><ol class="breadcrumb"><li><a href="/">Trang chủ</a></li><li><a href="/{slug}/">{escape(name)}</a></li></ol>'
            f'<h2 class="cate">{escape(name)}</h2><div class="list-news">{cards}</div><div class="pagination">{links}</div>'
            f'<a href="/su-kien/?topicId=12">Sự kiện</a></main>'
        )
        feed = f'<link rel="alternate" type="application/rss+xml" href="/{slug}/index.rss">'
        return self._html(self.shell(name, feed, body))

    def feed(self, slug: str) -> Answer:
        """A section's newest twenty."""
        items = [
            (story.title, self.url(story), cut(self.bare_lead(story), 180), rfc822(story.published), "")
            for story in self.in_section(slug)[:20]
        ]
        return Answer(200, rss(f"{self.section_name(slug)} - {_PAPER}", f"{self.base}/{slug}/", items), XML)

    def printed(self, number: str) -> Answer | None:
        """The print view."""
        story = next((known for known in self.stories if self.native_id(known) == number), None)
        if story is None:
            return None
        text = "".join(f"<p>{escape(part)}</p>" for part in (story.lead, *story.paragraphs))
        return self._html(f"<html><body><h1>{escape(story.title)}</h1>{text}</body></html>")

    def article(self, story: Story) -> str:
        """The article page."""
        return self.shell(story.title, self._head(story), f"<main>{self._detail(story)}{self._furniture(story)}</main>")

    def _head(self, story: Story) -> str:
        when = story.published.astimezone(VIETNAM)
        retired = (
            f"http://{self.host}/channel/{story.number % 9 + 10}/{when:%Y%m}/{story.slug}-{700000 + story.number}/"
        )
        address = retired if story.number % 4 == 0 else self.url(story)
        image = self.image(story, 0)
        image = f"/filehttp://{self.host}{image}" if story.number % 6 == 0 else image
        return (
            f'<meta property="og:type" content="article"><meta property="og:title" content="{escape(story.title)}">\n'
            f'<meta property="og:description" content="{escape(cut(self.bare_lead(story), 140))}">\n'
            f'<meta property="og:url" content="{address}"><meta property="og:image" content="{image}">\n'
            f'<meta name="keywords" content="{escape(", ".join(story.tags))}"><meta property="og:locale" content="en_US">\n'
        )

    def _detail(self, story: Story) -> str:
        when, slug = story.published.astimezone(VIETNAM), story.section_slug
        fields = {"site_id": "29", "parent_site_id": "0", "cate_id": f"{len(slug)}c", "cate_url": f"/{slug}/"}
        fields |= {"article_id": self.native_id(story), "article_title": story.title}
        inputs = "".join(f'<input type="hidden" id="{key}" value="{escape(value)}">' for key, value in fields.items())
        separate = f'<div class="desc">{escape(story.lead)}</div>' if story.number % 7 == 0 else ""
        return (
            f'<ol class="breadcrumb"><li><a href="/">Trang chủ</a></li><li><a href="/{slug}/">{escape(story.section)}</a></li></ol>\n'
            f'<div id="page_info">{inputs}</div>\n<div class="article_content"><h1 class="media-heading title5">{escape(story.title)} </h1>\n'
            f'<div class="date">{when:%H:%M, %d/%m/%Y}</div>\n<ul class="social"><li><a href="/print/{self.native_id(story)}" rel="nofollow">'
            f'In bài</a></li><li>Chia sẻ</li></ul>\n{separate}<div class="content" id="content">\n<html>\n<head></head>\n<body>\n'
            f"{typed(self._text(story))}\n</body>\n</html>\n</div></div>\n"
        )

    def _text(self, story: Story) -> str:
        parts: list[str] = []
        for index, paragraph in enumerate((story.lead, *story.paragraphs)):
            parts += [self._photo(story, order) for order, (at, _) in enumerate(story.photos) if at == index - 1]
            parts.append(_paragraph(story, paragraph))
        end = len(story.paragraphs)
        parts += [self._photo(story, order) for order, (at, _) in enumerate(story.photos) if at >= end]
        if story.byline:
            parts.append(f'<p style="TEXT-ALIGN: right"><strong>{escape(story.byline)}</strong></p>')
        source = f"Theo {story.source_name}"
        if story.source_name and story.byline != source:
            parts.append(f'<p style="TEXT-ALIGN: right"><em>{escape(source)}</em></p>')
        return "\n".join(parts)

    def _photo(self, story: Story, order: int) -> str:
        photo: Photo = story.photos[order][1]
        spare = '<tr><td class="image_desc">&nbsp;</td></tr>' if (story.number + order) % 4 == 0 else ""
        return (
            f'<table class="image center" width="600" align="center">\n<tbody><tr><td><img src="{self.image(story, order)}" '
            f'alt="{escape(photo.caption)}" width="600"></td></tr>\n<tr><td class="image_desc">{escape(photo.caption)}</td></tr>{spare}</tbody></table>'
        )

    def _furniture(self, story: Story) -> str:
        tags = "".join(f'<a href="/tim-kiem?q={escape(tag)}">{escape(tag)}</a> ' for tag in story.tags)
        cards = "".join(self.card(other) for other in self.neighbours(story, 6))
        return (
            f'<div class="after-author"><p class="author">Bút danh</p></div><div class="tags-box"><h3 class="txt">Từ khóa:</h3>{tags}</div>\n'
            f'<section class="section-post-detail-comment"><h2 class="title">Ý kiến của bạn</h2><form><label>Nội dung</label><textarea></textarea>'
            f"<label>Họ và tên</label><input><label>Email</label><input><button>Gửi bình luận</button></form></section>\n"
            f'<section class="section-post-detail-related related"><h1 class="title">Tin liên quan</h1>{cards}</section>'
        )


def _paragraph(story: Story, text: str) -> str:
    """A paragraph as the editor pasted it: every third article comes from Word."""
    if story.number % 3:
        return f'<p style="text-align: justify;">{escape(text)}</p>'
    return (
        '<P class="MsoNoSpacing" style="TEXT-ALIGN: justify; MARGIN: 0cm 0cm 6pt">'
        '<!--?xml:namespace prefix = o ns = "urn:schemas-microsoft-com:office:office" /-->'
        f'<SPAN style="FONT-SIZE: 14pt">{escape(text)}</SPAN><o:p></o:p></P>'
    )
