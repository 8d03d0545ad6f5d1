"""The OneCMS family: baonghean.vn, baodanang.vn and baohaiphong.vn."""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import ClassVar

from tests.replica.newsroom.generator import slugify
from tests.replica.site import HTML, Answer, Request
from tests.replica.sites.markup import (
    VIETNAM,
    cut,
    decimal,
    news_sitemap,
    rfc822,
    rss,
    script,
    sprite,
    stylesheet,
)
from tests.replica.sites.onecms_article import ArticlePage, DaNangPage, HaiPhongPage, NgheAnPage, us_form
from tests.replica.sites.portal import XML, Portal
from tests.replica.story import Story

_CLASSES = (
    "c-header", "c-header-inner", "c-menu", "c-mega-menu", "c-search", "c-sologan", "c-logo", "b-grid", "b-grid__title",
    "b-grid__img", "b-grid__desc", "b-grid__row", "c-box", "c-box__title", "c-box__content", "l-content", "l-main",
    "c-template-list", "c-widget-tags", "c-share-detail", "c-comments", "c-comment-input", "sc-longform-header",
    "sc-longform-header-meta", "sc-text", "entry", "c-news-detail", "b-maincontent", "c-font-box", "c-news-related",
)  # fmt: skip
_MORE = re.compile(r"/api/getMoreArticle/channel_empty_(\d+)_(\d+)_0")
_FIRST_CHANNEL = 51


class OneCms(Portal):
    """A portal of the family.

    ``cdn`` serves its pictures; ``us_clock`` says whether ``datetimenow`` puts the month first; ``languages``
    are the folders of its machine translations.
    """

    has_clock = True
    page_size = 3
    disallow = ("/search/", "/print/", "/*?preview=", "/account/")
    separator = "\r\n"
    indent = "\t"
    server = "Microsoft-IIS/10.0"
    first_id: ClassVar[int] = 0
    cdn: ClassVar[str] = ""
    paper: ClassVar[str] = ""
    imprint: ClassVar[str] = ""
    us_clock: ClassVar[bool] = True
    languages: ClassVar[tuple[str, ...]] = ()
    page: ClassVar[type[ArticlePage]] = ArticlePage

    def native_id(self, story: Story) -> int:
        """The CMS's number of an article."""
        return self.first_id + story.number

    def path(self, story: Story) -> str:
        return f"/{story.slug}-{self.native_id(story)}.html"

    def section_path(self, slug: str) -> str:
        return f"/{slug}"

    def dead_path(self, slug: str) -> str:
        return f"/bai-viet-da-go-{slug}-{self.first_id - 5}.html"

    def channel(self, slug: str) -> int:
        """The number the paging endpoint knows a section by."""
        return _FIRST_CHANNEL + 3 * [known for _, known in self.sections].index(slug)

    def headers(self, request: Request, answer: Answer) -> tuple[tuple[str, str], ...]:
        if answer.content_type == "image/jpeg":
            return (("Cache-Control", "max-age=31536000"), ("X-Cache", "HIT"))
        return (
            ("Cache-Control", "public, max-age=60"),
            ("Vary", "Accept-Encoding"),
            ("X-AspNet-Version", "4.0.30319"),
            ("X-Powered-By", "ASP.NET"),
            ("X-Frame-Options", "SAMEORIGIN"),
        )

    def route(self, request: Request) -> Answer | None:
        path = request.path
        if path == "/":
            return self._html(self.home())
        story = self.story_at(path)
        if story:
            return self._html(self.page(self, story).whole())
        slug = path.removeprefix("/")
        if slug in self._by_section:
            return self._html(self.section(slug))
        more = _MORE.fullmatch(path)
        if more:
            return self.more(int(more.group(1)), int(more.group(2)))
        if path.startswith("/print/"):
            return self.printed(path.removeprefix("/print/").removesuffix(".html"))
        if re.fullmatch(r"/[^/]+-(?:event\d+|ptag)\.html", path):
            return self._html(self.collection(path))
        tongue, _, rest = slug.partition("/")
        story = self.story_at(f"/{rest}") if tongue in self.languages else None
        if story:
            return self._html(self.page(self, story).whole())
        return self.extra(path) or self.common(request)

    def extra(self, path: str) -> Answer | None:
        """What this portal alone answers: its feeds or sitemaps."""
        return None

    def not_found(self, request: Request) -> Answer:
        cards = "".join(self.card(story) for story in self.stories[:3])
        body = f'<div class="c-404"><h2>404</h2><p>Trang không tồn tại hoặc đã bị xóa.</p><ul>{cards}</ul></div>'
        return Answer(404, self.shell("<title>404</title>", body).encode(), HTML)

    def _html(self, page: str) -> Answer:
        return Answer(200, page.encode(), HTML)

    # --- pages -----------------------------------------------------------------------------------------------

    def clock(self) -> str:
        """``datetimenow``: the moment of the request, in the culture this portal's server is set to."""
        now = self.now().astimezone(VIETNAM)
        return us_form(now) if self.us_clock else f"{now:%d/%m/%Y %H:%M:%S}"

    def shell(self, head: str, body: str) -> str:
        """The page around ``body``."""
        stamp = f"{self.now().astimezone(VIETNAM):%Y%m%d%H%M}"
        return self.written(
            f'<!DOCTYPE html>\n<html xmlns="https://www.w3.org/1999/xhtml" lang="vi">\n<head>\n'
            f'<meta name="MobileOptimized" content="device-width" />\n<meta http-equiv="Content-Type" content="text/html;charset=UTF-8">\n'
            f'{head}\n<meta property="og:locale" itemprop="inLanguage" content="vi_VN" />\n<meta property="datetimenow" content="{self.clock()}" />\n'
            f'<link href="https://{self.cdn}/assets/css/custom.css?t={stamp}" rel="stylesheet" />\n'
            f"<style>{stylesheet(self.host, _CLASSES, 17000)}</style>\n</head>\n<body>\n{sprite(self.host, 7000)}\n{self.once(self.header)}\n"
            f'<div class="c-container-wrapper"><div class="l-content"><div class="container">\n{body}\n</div></div></div>\n'
            f"{self.once(self.footer)}\n{script(self.host, _CLASSES, 14000)}\n</body>\n</html>\n"
        )

    def header(self) -> str:
        """Search, an empty clock that a script fills, and the menu."""
        menu = "".join(
            f'<li><a href="{self.base}/{slug}">{decimal(name)}</a><div class="c-dropdown-menu"><ul>'
            + "".join(
                f'<li><a href="{self.url(story)}">{decimal(story.title)}</a></li>'
                for story in self.in_section(slug)[:2]
            )
            + "</ul></div></li>\n"
            for name, slug in self.sections
        )
        return (
            f'<div class="l-nav"><div class="c-header"><div class="c-header-inner"><div class="c-search"><input placeholder="Tìm kiếm">'
            f'<a href="/search/">Tìm kiếm nâng cao</a></div><div class="c-sologan onecms__currentTime"><p></p></div>'
            f'<div class="c-logo"><a href="/"><img src="https://{self.cdn}/assets/images/logo.png" alt="logo"></a></div></div></div>\n'
            f'<div class="c-menu"><ul>{menu}<li><a href="/video">Video</a></li><li><a href="/emagazine">E-magazine</a></li>'
            f'<li><a href="/chuyen-doi-so-quoc-gia-event1042.html">Chuyển đổi số quốc gia</a></li></ul></div></div>'
        )

    def footer(self) -> str:
        """Imprint."""
        menu = "".join(f'<li><a href="{self.base}/{slug}">{decimal(name)}</a></li>' for name, slug in self.sections)
        return f'<div class="l-footer"><ul>{menu}</ul><p>{self.imprint}</p><p>Phát triển bởi ONECMS</p></div>'

    def image(self, story: Story, order: int) -> str:
        """The address of a story's picture."""
        if order >= len(story.photos):
            return f"https://{self.cdn}/assets/images/default_image.png"
        return f"https://{self.cdn}/{story.published:%Y/%m/%d}/{story.photos[order][1].filename}"

    def card(self, story: Story) -> str:
        """An article in a list; its picture comes when it is scrolled to."""
        title, url = decimal(story.title), self.url(story)
        return (
            f'<li pid="{self.native_id(story)}"><div class="b-grid"><div class="b-grid__img"><a href="{url}"><img class="lazy" '
            f'data-src="{self.image(story, 0)}" src="https://{self.cdn}/assets/images/grey.gif" alt="{title}" title="{title}" /></a></div>'
            f'<div class="b-grid__content"><div class="b-grid__row"><h3 class="b-grid__title"><a href="{url}">{title}</a></h3>'
            f'<span class="b-grid__time">{story.published.astimezone(VIETNAM):%d/%m/%Y %H:%M}</span></div>'
            f'<div class="b-grid__row b-grid__desc"><a href="{url}">{decimal(cut(story.lead, 150))}</a></div></div></div></li>\n'
        )

    def home(self) -> str:
        """The front page."""
        blocks = "".join(
            f'<div class="c-box"><div class="c-box__title"><a href="{self.base}/{slug}">{decimal(name)}</a></div>'
            f'<div class="c-template-list"><ul>{"".join(self.card(story) for story in self.in_section(slug)[:4])}</ul></div></div>'
            for name, slug in self.sections
        )
        newest = "".join(self.card(story) for story in self.stories[:5])
        return self.shell(
            f"<title>{decimal(self.paper)}</title>", f'<div class="c-highlight"><ul>{newest}</ul></div>{blocks}'
        )

    def section(self, slug: str) -> str:
        """A section with its first articles; scripts fetch the rest, from the last one's id on."""
        name, channel = decimal(self.section_name(slug)), self.channel(slug)
        cards = "".join(self.card(story) for story in self.listing(slug, 1))
        dead = f'<li><h3 class="b-grid__title"><a href="{self.dead_path(slug)}">Bài đã gỡ</a></h3></li>'
        aside = "".join(self.card(story) for story in self.stories[4:8])
        body = (
            f'<div class="l-main"><ol class="breadcrumb"><li><a href="/">Trang chủ</a></li></ol><h1 class="c-category__title">{name}</h1>'
            f'<div class="c-template-list"><ul>{dead}</ul><ul class="onecms__loading">{cards}</ul>'
            f'<div class="c-more onecms__loadmore"><a href="javascript:;">Xem thêm</a></div></div></div>\n'
            f'<div class="l-sidebar"><div class="c-box__title">Mới nhất</div><ul>{aside}</ul>'
            f'<div class="fadeout onecms_load_view" data-action="api/getarticlebychannel/{channel}"></div></div>\n'
            f"<script>\nWebControl.loadmore_params = function () {{\n    return {{ type: 'channel', keyword: '', "
            f"publisherId: $('.onecms__loading li:last').attr('pid'), channelId: {channel}, eventId: 0, view: 'normal' }};\n}};\n</script>"
        )
        return self.shell(f"<title>{name}</title>", body)

    def more(self, last: int, channel: int) -> Answer | None:
        """The paging endpoint: the articles of a section that come after the one numbered ``last``."""
        slug = next((known for _, known in self.sections if self.channel(known) == channel), None)
        if slug is None:
            return None
        older = [story for story in self.in_section(slug) if self.native_id(story) < last][: self.page_size]
        rows = [
            {
                "PublisherId": self.native_id(story),
                "Title": story.title,
                "Headlines": cut(story.lead, 150),
                "LinktoMe2": self.url(story),
                "Thumbnail_Small": self.image(story, 0),
                "Time_ddMMyyyyHHmm": f"{story.published.astimezone(VIETNAM):%d/%m/%Y %H:%M}",
                "CommentCount": 0,
            }
            for story in older
        ]
        return Answer(200, json.dumps(rows, ensure_ascii=False).encode(), "application/json; charset=utf-8")

    def collection(self, path: str) -> str:
        """A topic's or a tag's page: a list of articles."""
        cards = "".join(self.card(story) for story in self.stories[:6])
        return self.shell(
            f"<title>{path[1:-5]}</title>", f'<h1>{path[1:-5]}</h1><ul class="onecms__loading">{cards}</ul>'
        )

    def printed(self, number: str) -> Answer | None:
        """The print view of an article."""
        story = next((known for known in self.stories if str(self.native_id(known)) == number), None)
        if story is None:
            return None
        text = "".join(f"<p>{decimal(part)}</p>" for part in (story.lead, *story.paragraphs))
        return self._html(f"<html><body><h1>{decimal(story.title)}</h1>{text}</body></html>")

    def tag_path(self, tag: str) -> str:
        """The path of a tag's page."""
        return f"/{slugify(tag)}-ptag.html"


class BaoNgheAn(OneCms):
    """Báo Nghệ An: a feed a section, machine translations under the same ids, the author in ``meta[name=author]``."""

    host = "baonghean.vn"
    aliases = ("www.baonghean.vn", "bna.1cdn.vn")
    first_id = 10_230_000
    cdn = "bna.1cdn.vn"
    paper = "Báo Nghệ An"
    imprint = "Báo và Phát thanh, Truyền hình Nghệ An - Giấy phép số 61/GP-BTTTT"
    us_clock = False
    languages = ("en", "fr", "ru", "cn")
    page = NgheAnPage

    def extra(self, path: str) -> Answer | None:
        slug = path.removeprefix("/rss/")
        if path == slug or slug not in self._by_section:
            return None
        items = [
            (story.title, self.url(story), cut(story.lead, 200), rfc822(story.published), "")
            for story in self.in_section(slug)[:20]
        ]
        return Answer(200, rss(self.section_name(slug), f"{self.base}/{slug}", items), XML)


class BaoDaNang(OneCms):
    """Báo Đà Nẵng: no feeds but a news sitemap, whose titles are CDATA that was escaped."""

    host = "baodanang.vn"
    aliases = ("www.baodanang.vn", "bqn.1cdn.vn")
    first_id = 3_318_000
    cdn = "bqn.1cdn.vn"
    paper = "Báo Đà Nẵng"
    imprint = "Báo và phát thanh, truyền hình Đà Nẵng - Giấy phép số 119/GP-BVHTTDL"
    sitemap_path = "/sitemap-news.xml"
    page = DaNangPage

    def extra(self, path: str) -> Answer | None:
        if path != self.sitemap_path:
            return None
        newest = self.stories[0].published if self.stories else self.now()
        fresh = [story for story in self.stories if story.published > newest - timedelta(days=2)]
        rows = [(self.url(story), f"<![CDATA[{story.title}]]>", story.published) for story in fresh]
        return Answer(200, news_sitemap(self.paper, rows), XML)


class BaoHaiPhong(OneCms):
    """Báo Hải Phòng: the canonical address in a ``<meta>``, a relative og:image, the author hidden by a style."""

    host = "baohaiphong.vn"
    aliases = ("www.baohaiphong.vn", "bhd.1cdn.vn")
    first_id = 472_000
    cdn = "bhd.1cdn.vn"
    paper = "Báo Hải Phòng"
    imprint = "Báo và phát thanh, truyền hình Hải Phòng - Giấy phép số 207/GP-BVHTTDL"
    page = HaiPhongPage
