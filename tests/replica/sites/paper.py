"""What newspaper sites of several families have in common: front page, sections, feeds, print view, furniture."""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

from datetime import datetime
from html import escape
from typing import ClassVar

from tests.replica.site import HTML, Answer, Request
from tests.replica.sites.markup import VIETNAM, cut, rfc822, rss, script, sprite, stylesheet
from tests.replica.sites.portal import XML, Portal
from tests.replica.story import Story


class Paper(Portal):
    """A newspaper; a family gives ``path``, ``head`` and ``detail`` and, where it differs, cards, menus, feeds.

    ``notes`` are pages that hold no article, by path; ``classes`` the style names its stylesheet is made of.
    """

    page_size = 8
    disallow: ClassVar[tuple[str, ...]] = ("/search", "/print/", "/api/")
    paper: ClassVar[str] = ""
    classes: ClassVar[tuple[str, ...]] = ()
    notes: ClassVar[dict[str, str]] = {"/lien-he": "Liên hệ tòa soạn", "/quang-cao": "Bảng giá quảng cáo"}
    pager: ClassVar[str] = "page"

    # --- what a family says ----------------------------------------------------------------------------------

    def native_id(self, story: Story) -> int | str:
        """The CMS's number of an article."""
        raise NotImplementedError

    def image(self, story: Story, order: int) -> str:
        """The address of a story's picture."""
        raise NotImplementedError

    def head(self, story: Story) -> str:
        """Meta elements and structured data of an article page."""
        raise NotImplementedError

    def detail(self, story: Story) -> str:
        """Title, time, lead and body of an article page."""
        raise NotImplementedError

    def feed_path(self, slug: str) -> str:
        """The path of a section's feed."""
        return f"/rss/{slug}.xml"

    def note_path(self) -> str:
        """Where robots.txt forbids to go and every page links to."""
        return "/search?q="

    # --- routes ----------------------------------------------------------------------------------------------

    def section_path(self, slug: str) -> str:
        return f"/{slug}/"

    def route(self, request: Request) -> Answer | None:
        path = request.path
        story = self.story_at(path)
        if story:
            return self.html(self.shell(escape(story.title), self.head(story), self.page(story)))
        if path == "/":
            return self.html(self.home())
        for _, slug in self.sections:
            if path == self.section_path(slug):
                return self.section(slug, request.query.get(self.pager, "1"))
            if path == self.feed_path(slug):
                return self.feed(slug)
        if path in self.notes:
            return self.html(self.shell(self.notes[path], "", f"<main><p>{self.notes[path]} - {self.paper}</p></main>"))
        if path.startswith("/print/"):
            return self.printed(path.removeprefix("/print/"))
        return self.common(request)

    def html(self, page: str) -> Answer:
        """A page as an answer."""
        return Answer(200, page.encode(), HTML)

    def not_found(self, request: Request) -> Answer:
        newest = "".join(self.card(story) for story in self.stories[:3])
        body = f'<main><div class="error-page"><h2>404</h2><p>Không tìm thấy trang</p></div><div class="list">{newest}</div></main>'
        return Answer(404, self.shell("404", "", body).encode(), HTML)

    # --- pages -----------------------------------------------------------------------------------------------

    def shell(self, title: str, head: str, body: str) -> str:
        """The page around ``body``."""
        return self.written(
            f'<!DOCTYPE html>\n<html lang="vi">\n<head>\n<meta charset="utf-8">\n<title>{title} - {self.paper}</title>\n{head}\n'
            f"<style>{stylesheet(self.host, self.classes, 20000)}</style>\n</head>\n<body>\n{sprite(self.host, 8000)}\n"
            f"{self.once(self.header)}\n{body}\n{self.once(self.footer)}\n{script(self.host, self.classes, 14000)}\n</body>\n</html>\n"
        )

    def header(self) -> str:
        """Logo and menu."""
        notes = "".join(f'<li><a href="{path}">{name}</a></li>' for path, name in self.notes.items())
        return (
            f'<header class="site-header"><div class="logo"><a href="/"><img src="/assets/logo.png" alt="{escape(self.paper)}"></a></div>'
            f'<form action="/search"><input name="q" placeholder="Tìm kiếm"></form>\n<nav class="main-menu"><ul>{self.menu()}{notes}</ul></nav></header>'
        )

    def menu(self) -> str:
        """The sections, each with its newest."""
        return "".join(
            f'<li class="menu-item"><a href="{self.section_path(slug)}">{escape(name)}</a><ul>'
            + "".join(
                f'<li><a href="{self.href(story)}">{escape(story.title)}</a></li>'
                for story in self.in_section(slug)[:2]
            )
            + "</ul></li>\n"
            for name, slug in self.sections
        )

    def footer(self) -> str:
        """The imprint."""
        return (
            f'<footer class="site-footer"><p>{self.paper}</p><p>Giấy phép số 301/GP-BTTTT cấp ngày 12/7/2022</p>'
            f'<p>Ghi rõ nguồn {self.host} khi phát hành lại thông tin từ trang này</p><a href="{self.note_path()}">Tìm kiếm nâng cao</a></footer>'
        )

    def href(self, story: Story) -> str:
        """An article's address as pages link to it."""
        return self.path(story)

    def card(self, story: Story) -> str:
        """An article in a list."""
        when = story.published.astimezone(VIETNAM)
        return (
            f'<article class="story"><a class="story__thumb" href="{self.href(story)}"><img data-src="{self.image(story, 0)}" src="/assets/blank.gif" alt="{escape(story.title)}"></a>'
            f'<h3 class="story__heading"><a href="{self.path(story)}" title="{escape(story.title)}">{escape(story.title)}</a></h3>'
            f'<time class="story__time">{when:%d/%m/%Y %H:%M}</time><div class="story__summary">{escape(cut(story.lead, 140))}</div></article>\n'
        )

    def home(self) -> str:
        """The front page: the newest, then a block a section."""
        blocks = "".join(
            f'<section class="zone"><h2><a href="{self.section_path(slug)}">{escape(name)}</a></h2>{"".join(self.card(story) for story in self.in_section(slug)[:3])}</section>'
            for name, slug in self.sections
        )
        return self.shell(
            "Trang chủ", "", f"<main>{''.join(self.card(story) for story in self.stories[:5])}{blocks}</main>"
        )

    def section(self, slug: str, page: str) -> Answer | None:
        """A listing; pages past the end are 404."""
        number, last, name = int(page) if page.isdigit() else 0, self.page_count(slug), self.section_name(slug)
        if not 1 <= number <= last:
            return None
        cards = "".join(self.card(story) for story in self.listing(slug, number))
        if number == 1:
            cards += f'<h3 class="story__heading"><a href="{self.dead_path(slug)}">Bài viết đã gỡ</a></h3>'
        body = f'<main>{self.breadcrumb(name, slug)}<h1 class="zone__heading">{escape(name)}</h1><div class="list">{cards}</div>{self.paging(slug, number, last)}</main>'
        return self.html(self.shell(escape(name), "", body))

    def paging(self, slug: str, number: int, last: int) -> str:
        """The links to the other pages of a section."""
        pages = "".join(
            f'<a href="{self.section_path(slug)}?{self.pager}={other}">{other}</a> ' for other in range(1, last + 1)
        )
        return f'<div class="pagination">{pages}</div>'

    def breadcrumb(self, name: str, slug: str) -> str:
        """Where the reader is."""
        return f'<ul class="breadcrumb"><li><a href="/">Trang chủ</a></li><li><a href="{self.section_path(slug)}">{escape(name)}</a></li></ul>'

    def feed(self, slug: str) -> Answer:
        """A section's newest twenty."""
        items = [
            (story.title, self.url(story), cut(story.lead, 180), rfc822(story.published), "")
            for story in self.in_section(slug)[:20]
        ]
        return Answer(
            200, rss(f"{self.section_name(slug)} - {self.paper}", self.base + self.section_path(slug), items), XML
        )

    def printed(self, number: str) -> Answer | None:
        """The print view."""
        story = next((known for known in self.stories if str(self.native_id(known)) == number), None)
        if story is None:
            return None
        text = "".join(f"<p>{escape(part)}</p>" for part in (story.lead, *story.paragraphs))
        return self.html(f"<html><body><h1>{escape(story.title)}</h1>{text}</body></html>")

    def page(self, story: Story) -> str:
        """The article and what stands around it."""
        return f"<main>{self.breadcrumb(story.section, story.section_slug)}\n{self.detail(story)}\n{self.furniture(story)}</main>"

    def furniture(self, story: Story) -> str:
        """Tags, sharing, comments and other articles, after the body."""
        related = "".join(self.card(other) for other in self.neighbours(story, 5))
        return (
            f'{self.tags(story)}<div class="share"><a href="https://www.facebook.com/sharer.php">Chia sẻ</a> <a href="/print/{self.native_id(story)}" rel="nofollow">In bài viết</a></div>\n'
            f'<div class="comment-box"><h3>Bình luận</h3><form><textarea placeholder="Ý kiến của bạn"></textarea><button>Gửi bình luận</button></form></div>\n'
            f'<div class="related-list"><h3>Tin cùng chuyên mục</h3>{related}</div>'
        )

    def tags(self, story: Story) -> str:
        """The tag box."""
        links = "".join(f'<a href="/search?tag={escape(tag)}" rel="tag">{escape(tag)}</a> ' for tag in story.tags)
        return f'<div class="tags"><span>Từ khóa:</span> {links}</div>'

    # --- bodies ----------------------------------------------------------------------------------------------

    def blocks(self, story: Story, first: tuple[str, ...] = ()) -> list[str]:
        """``first`` and the body's paragraphs and pictures in order, each dressed by ``paragraph`` and ``photo``."""
        parts = list(first)
        for index, text in enumerate((*story.paragraphs, None)):
            parts += [self.photo(story, order) for order, (at, _) in enumerate(story.photos) if at == index]
            if text is not None:
                parts.append(self.paragraph(story, text))
        return parts

    def paragraph(self, story: Story, text: str) -> str:
        """A paragraph of the body."""
        return f"<p>{escape(text)}</p>"

    def photo(self, story: Story, order: int) -> str:
        """A picture with its caption."""
        caption = escape(story.photos[order][1].caption)
        return f'<figure class="picture"><img src="{self.image(story, order)}" alt="{caption}"><figcaption>{caption}</figcaption></figure>'

    def signature(self, story: Story, style: str = "text-align: right;") -> list[str]:
        """Byline and source as lines at the body's end."""
        source = f"Theo {story.source_name}" if story.source_name else None
        lines = [line for line in dict.fromkeys((story.byline, source)) if line]
        return [f'<p style="{style}"><strong>{escape(line)}</strong></p>' for line in lines]

    def local(self, story: Story) -> datetime:
        """When the story was published, on the clocks of Vietnam."""
        return story.published.astimezone(VIETNAM)
