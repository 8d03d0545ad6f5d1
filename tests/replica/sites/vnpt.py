"""VNPT Portal, an ASP.NET product: caobang.gov.vn and its district sub-sites."""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

import base64
import random
import re
from functools import cached_property
from html import escape

from tests.replica.newsroom import Newsroom
from tests.replica.site import Answer, Request, redirect
from tests.replica.sites.layout import typed
from tests.replica.sites.markup import VIETNAM, cut, decimal, script, sprite, stylesheet
from tests.replica.sites.portal import Portal
from tests.replica.story import Photo, Story

_HTML = "text/html; charset=utf-8"
_CLASSES = (
    "ArticleHeader", "PostDate", "ArticleSummary", "ArticleContent", "ArticleList", "ArticleInMenu", "Title", "HotnewsItem",
    "LeftColumn", "MenuTop", "Banner", "VisitCounter", "LoginBox", "FooterInfo", "PagerList", "RelatedNews", "ToolBar",
)  # fmt: skip
_ARTICLE = re.compile(r"/([\w-]+)/[\w-]+-(\d+)")


class VnptPortal(Portal):
    """A site of the installation; ``name`` is its name in the product, ``dated`` whether the date has a label."""

    server = "Microsoft-IIS/10.0"
    page_size = 10
    disallow = ("/Login.aspx", "/admin/", "/Print.aspx", "/Search.aspx", "/App_Data/")
    separator = newline = "\r\n"
    indent = " " * 8

    def __init__(self, newsroom: Newsroom, stories: tuple[Story, ...], host: str, title: str) -> None:
        self.host = host
        self.name = host.partition(".")[0]
        self.is_main = host == "caobang.gov.vn"
        self.aliases = (f"www.{host}", "storage-vnportal.vnpt.vn") if self.is_main else (f"www.{host}",)
        self.title = title
        super().__init__(newsroom, stories)

    def native_id(self, story: Story) -> int:
        """The product's number of an article."""
        return (964_000 if self.is_main else 310_000) + story.number

    def path(self, story: Story) -> str:
        return f"/{story.section_slug}/{story.slug}-{self.native_id(story)}"

    def section_path(self, slug: str) -> str:
        return f"/{slug}"

    def page_id(self, slug: str) -> int:
        """The number ``Default.aspx`` knows a section by."""
        return 27_640 + [known for _, known in self.sections].index(slug)

    def dead_path(self, slug: str) -> str:
        return f"/{slug}/noi-dung-da-duoc-go-bo-{963_400 + len(slug)}"

    def headers(self, request: Request, answer: Answer) -> tuple[tuple[str, str], ...]:
        if answer.content_type.startswith("image/"):
            return (("Last-Modified", "Tue, 11 Jul 2023 02:10:00 GMT"),)
        return (
            ("Cache-Control", "private"),
            ("X-AspNet-Version", "4.0.30319"),
            ("Set-Cookie", f"ASP.NET_SessionId=l{len(request.target):02d}qfz2vkx5; path=/; HttpOnly; SameSite=Lax"),
            ("X-Powered-By", "ASP.NET"),
        )

    def route(self, request: Request) -> Answer | None:
        path = request.path
        if path == "/":
            return self._html(self.home())
        if path == "/Default.aspx":
            return self._default(request)
        if path == "/Print.aspx":
            story = next(
                (known for known in self.stories if str(self.native_id(known)) == request.query.get("id")), None
            )
            return self._html(self.written(f"<html><body>{self.detail(story)}</body></html>")) if story else None
        story = self.story_at(path)
        if story:
            return self._html(self.article(story))
        slug = path.strip("/")
        if slug in self._by_section:
            return self._section(slug, request.query.get("page", "1"))
        match = _ARTICLE.fullmatch(path)
        moved = match and next((known for known in self.stories if str(self.native_id(known)) == match[2]), None)
        return redirect(self.path(moved), answered_by=self.server) if moved else self.common(request)

    def _default(self, request: Request) -> Answer | None:
        """The product's own addresses of front page and sections."""
        page = request.query.get("pageid")
        if page is None:
            return self._html(self.home())
        slug = next((known for _, known in self.sections if str(self.page_id(known)) == page), None)
        return self._section(slug, request.query.get("page", "1")) if slug else None

    def _section(self, slug: str, page: str) -> Answer | None:
        number = int(page) if page.isdigit() else 0
        if not 1 <= number <= self.page_count(slug):
            return None
        return self._html(self.section(slug, number))

    def not_found(self, request: Request) -> Answer:
        return Answer(
            404,
            self.shell("Kh&#244;ng t&#236;m thấy", '<div class="Error">Nội dung không tồn tại.</div>').encode(),
            _HTML,
        )

    def _html(self, page: str) -> Answer:
        return Answer(200, page.encode(), _HTML)

    # --- pages -----------------------------------------------------------------------------------------------

    @cached_property
    def view_state(self) -> str:
        """The server state every page of the product carries along."""
        return base64.b64encode(random.Random(self.host).randbytes(15_000)).decode()

    def shell(self, title: str, body: str, head: str = "") -> str:
        """The page, all of it within one form; ``title`` is already encoded."""
        return self.written(
            f'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\r\n'
            f'<html xmlns="http://www.w3.org/1999/xhtml">\r\n<head id="Head"><title>\r\n\t{title}\r\n</title>\r\n'
            f'<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />{head}\r\n'
            f"<style>{stylesheet(self.host, _CLASSES, 12000)}</style></head>\r\n<body>\r\n{sprite(self.host, 4000)}\r\n"
            f'<form method="post" action="./Default.aspx?sname={self.name}" id="Form"><input type="hidden" name="__VIEWSTATE" id="__VIEWSTATE" '
            f'value="{self.view_state}" /><input type="hidden" name="__VIEWSTATEGENERATOR" value="CA0B0334" />\r\n'
            f'{self.once(self.top)}\r\n{self.once(self.left)}\r\n<div class="MainColumn">\r\n{body}\r\n</div>\r\n{self.once(self.bottom)}\r\n</form>\r\n'
            f"{script(self.host, _CLASSES, 10_000)}\r\n</body>\r\n</html>\r\n"
        )

    def top(self) -> str:
        """Banner and menu."""
        menu = "".join(
            f'<li><a href="/{slug}" title="{decimal(name)}">{decimal(name)}</a><ul><li><a href="/Default.aspx?sname={self.name}&amp;sid=4&amp;'
            f'pageid={self.page_id(slug)}">{decimal("Tất cả tin " + name)}</a></li></ul></li>\r\n'
            for name, slug in self.sections
        )
        districts = "".join(
            f'<li><a href="https://{name}.caobang.gov.vn/" target="_blank">{decimal(title)}</a></li>'
            for name, title in (("baolac", "Huyện Bảo Lạc"), ("nguyenbinh", "Huyện Nguyên Bình"))
        )
        return (
            f'<div class="Banner"><a href="/Default.aspx?sname={self.name}">{decimal(self.title)}</a></div><ul class="MenuTop"><li><a href="/">'
            f"Trang ch&#7911;</a></li>{menu}<li>&#272;ơn vị<ul>{districts}</ul></li></ul>"
        )

    def left(self) -> str:
        """What stands before the article: headings, the counter, the login."""
        newest = "".join(
            f'<li><a href="{self.path(story)}" title="{decimal(story.title)}">{decimal(story.title)}</a><p>{escape(cut(story.lead, 110))}</p></li>\r\n'
            for story in self.stories[5:15]
        )
        return (
            f'<div class="LeftColumn"><div class="BoxHeader">Tin tức</div><ul class="ArticleInMenu">{newest}</ul>\r\n'
            f'<div class="BoxHeader">Thống kê truy cập</div><ul class="VisitCounter"><li>Đang truy cập: 16</li><li>Hôm nay: 731</li>'
            f'<li>Trong tuần: 6 824</li><li>Tổng lượt truy cập: 603531</li></ul>\r\n<div class="LoginBox"><a href="/Login.aspx">Đăng nhập</a></div></div>'
        )

    def bottom(self) -> str:
        """The imprint."""
        return (
            f'<div class="FooterInfo"><p>{decimal(self.title)}</p><p>Chịu trách nhiệm chính: Văn phòng Ủy ban nhân dân</p>'
            f'<p>Email: vanphong@{self.host}</p><a href="/Search.aspx">Tìm kiếm</a></div>'
        )

    def home(self) -> str:
        """The front page: hot items with the title in an attribute, then each section's newest."""
        hot = "".join(
            f'<div class="HotnewsItem"><a href="{self.path(story).removeprefix("/")}" type="{decimal(story.title)}"><img src="{self._relative(story)}" alt="anh tin bai" /></a></div>'
            for story in self.stories[:6]
        )
        blocks = "".join(
            f'<div class="BoxHeader"><a href="/{slug}">{decimal(name)}</a></div><div class="ArticleInMenu">'
            + "".join(
                f'<div class="Title"><a href="{self.path(story)}">{escape(story.title)}</a></div>'
                for story in self.in_section(slug)[:4]
            )
            + "</div>\r\n"
            for name, slug in self.sections
        )
        return self.shell(decimal(self.title), f'<div class="Hotnews">{hot}</div>{blocks}')

    def section(self, slug: str, page: int) -> str:
        """A listing with its pager."""
        items = "".join(
            f'<li><a href="{self.path(story)}">{escape(story.title)}</a> <span class="Date">({story.published.astimezone(VIETNAM):%d/%m/%Y})</span>'
            f'<div class="Summary">{escape(cut(story.lead, 220))}</div></li>\r\n'
            for story in self.listing(slug, page)
        )
        if page == 1:
            items += f'<li><a href="{self.dead_path(slug)}">Nội dung đã gỡ bỏ</a></li>'
        pager = "".join(
            f'<a href="/{slug}?page={number}">{number}</a> ' for number in range(1, self.page_count(slug) + 1)
        )
        body = f'<div class="BoxHeader">{escape(self.section_name(slug))}</div><ul class="ArticleList">{items}</ul><div class="PagerList">{pager}</div>'
        return self.shell(decimal(self.section_name(slug)), body)

    def article(self, story: Story) -> str:
        """The article page."""
        related = "".join(
            f'<li><a href="{self.path(other)}">{escape(other.title)}</a></li>' for other in self.neighbours(story, 8)
        )
        tools = f'<div class="ToolBar"><a href="/Print.aspx?id={self.native_id(story)}" rel="nofollow">Bản in</a> <a href="#">Gửi email</a></div>'
        head = f'<meta name="description" content="{decimal(cut(story.lead, 150))}" /><meta property="og:locale" content="en_US" />'
        body = f'{self.detail(story)}{tools}<div class="RelatedNews"><div class="BoxHeader">Tin liên quan</div><ul>{related}</ul></div>'
        return self.shell(decimal(story.title), body, head)

    def detail(self, story: Story) -> str:
        """Title, date, lead, body."""
        when = story.published.astimezone(VIETNAM)
        date = f"{when:%d/%m/%Y %H:%M}" if self.is_main else f"Ngày đăng: {when:%d/%m/%Y | %H:%M}"
        return (
            f'<div class="ArticleDetail"><h1 class="ArticleHeader">{escape(story.title)}</h1>\r\n<div class="PostDate">{date}</div>\r\n'
            f'<div class="ArticleSummary">{escape(story.lead)}</div>\r\n<div class="ArticleContent">\r\n{typed(self._text(story))}\r\n</div></div>'
        )

    def _text(self, story: Story) -> str:
        parts: list[str] = []
        for index, paragraph in enumerate((*story.paragraphs, None)):
            parts += [self._photo(story, photo) for at, photo in story.photos if at == index]
            if paragraph is not None:
                parts.append(f'<p style="text-align:justify">{escape(paragraph)}</p>')
        signature = self.signature(story)
        if signature:
            parts.append(f'<p style="text-align:right"><em>{escape(signature)}</em></p>')
        return "\r\n".join(parts)

    def signature(self, story: Story) -> str:
        """The last line: the source of what others wrote, or the author."""
        author = ", ".join(story.authors)
        if story.source_name:
            place = f"{story.source_name} ({story.source_url})" if story.source_url else story.source_name
            return f"Nguồn: {author} - {place}" if author else f"Nguồn: {place}"
        return f"Tác giả: {author}" if author else ""

    def _relative(self, story: Story) -> str:
        return f"SiteFolders/{self.name}/anhbai/{story.photos[0][1].filename if story.photos else 'no-image.jpg'}"

    def _photo(self, story: Story, photo: Photo) -> str:
        source = (
            f"https://storage-vnportal.vnpt.vn/cbg-{self.name}/6024/anhbai/{self.native_id(story)}/{photo.filename}"
        )
        return (
            f'<p style="text-align:center"><img alt="anh tin bai" src="{source}" style="width:600px" /></p>\r\n'
            f'<p style="text-align:center">{escape(photo.caption)}</p>'
        )
