"""NukeViet 4.5: hdnd.caobang.gov.vn, the People's Council of Cao Bằng.

Markup, addresses, feeds and robots.txt follow the CMS's default theme and its news module.
"""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

import re
from datetime import UTC, datetime
from html import escape
from typing import ClassVar

from tests.replica.newsroom import Newsroom
from tests.replica.site import HTML, Answer, Request, redirect
from tests.replica.sites.markup import VIETNAM, cut, rss, script, sitemap, sitemap_index, stylesheet
from tests.replica.sites.nukeviet_article import ArticlePage
from tests.replica.sites.portal import XML, Portal
from tests.replica.story import Story

_ROOT = "/index.php"
_STAMP = "1688644221"
_CLASSES = (
    "news_column", "panel", "panel-default", "panel-body", "hometext", "bodytext", "detail-related", "other-news", "counter",
    "third-nav", "breadcrumbs", "section-header", "section-nav", "site-banner", "metismenu", "block_tophits", "pagination",
    "comment-form", "comment-title", "headerSearch", "section-footer-top", "navbar-nav", "dropdown-menu", "nv-block-banners",
)  # fmt: skip
_ABOUT = {
    "gioi-thieu-chung": "Giới thiệu chung",
    "co-cau-to-chuc": "Cơ cấu tổ chức Hội đồng nhân dân tỉnh",
    "thuong-truc-hdnd": "Thường trực Hội đồng nhân dân tỉnh",
}
_SHEETS = ("bootstrap.non-responsive", "style", "style.non-responsive", "news", "custom", "users", "comment", "contact")
_ARTICLE = re.compile(r"/index\.php/([\w-]+)/([\w-]+)-(\d+)\.html")
_VIEW = re.compile(r"/index\.php/(print|savefile)(/[\w-]+/[\w-]+\.html)")


class Council(Portal):
    """The council's site: every page twice, over http and https, with the CMS's own redirects."""

    host = "hdnd.caobang.gov.vn"
    aliases = ("www.hdnd.caobang.gov.vn",)
    scheme = "both"
    page_size = 6
    indent = "  "
    first_id = 3200
    version: ClassVar[str] = "4.5"
    pages: ClassVar[type[ArticlePage]] = ArticlePage
    sitemap_path = "/sitemap.xml"
    disallow = (
        "/admin/", "/cache/", "/data/", "/includes/", "/install/", "/language/", "/logs/", "/modules/", "/robots.php",
        "/sess/", "/tmp/", "/web.config",
    )  # fmt: skip

    def __init__(self, newsroom: Newsroom, stories: tuple[Story, ...]) -> None:
        super().__init__(newsroom, stories)
        self.title = newsroom.site_title

    def native_id(self, story: Story) -> int:
        """The CMS's number of an article."""
        return self.first_id + story.number

    def path(self, story: Story) -> str:
        return f"{_ROOT}/{story.section_slug}/{story.slug}-{self.native_id(story)}.html"

    def section_path(self, slug: str) -> str:
        return f"{_ROOT}/{slug}/"

    def dead_path(self, slug: str) -> str:
        return f"{_ROOT}/{slug}/thong-bao-da-het-hieu-luc-{self.first_id - 11}.html"

    def headers(self, request: Request, answer: Answer) -> tuple[tuple[str, str], ...]:
        if answer.content_type.startswith("image/"):
            return (("Last-Modified", "Thu, 06 Jul 2023 15:40:11 GMT"), ("Cache-Control", "max-age=2592000"))
        return (
            ("X-Powered-By", "PHP/8.1.27"),
            ("Set-Cookie", "nv4_sess=83d8b5qiut927hb0; path=/; HttpOnly; SameSite=Lax"),
            ("Set-Cookie", f"nv4_ctr=MTI3{len(request.target):x}; path=/; HttpOnly; SameSite=Lax"),
            ("Set-Cookie", "nv4_statistic_vi=OTOnuA58MMx; path=/; HttpOnly; SameSite=Lax"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer-when-downgrade, strict-origin-when-cross-origin"),
            ("Cache-Control", "max-age=0, no-cache, no-store, must-revalidate"),
            ("Pragma", "no-cache"),
            ("Expires", "-1"),
        )

    def route(self, request: Request) -> Answer | None:
        path = request.path
        if path in ("/", _ROOT, f"{_ROOT}/"):
            return redirect(f"{_ROOT}/") if path == _ROOT else self._html(self.home())
        special = self._machine(path)
        if special:
            return special
        article = _ARTICLE.fullmatch(path)
        if article:
            return self._article(path, int(article[3]))
        view = _VIEW.fullmatch(path)
        if view:
            story = self.story_at(_ROOT + view[2])
            return self._html(self.pages(self, story).printed()) if story else None
        if path.startswith(f"{_ROOT}/"):
            return self._listing(path.removeprefix(f"{_ROOT}/"))
        return self.common(request)

    def _machine(self, path: str) -> Answer | None:
        """Feeds and sitemaps."""
        if path == "/sitemap.xml":
            return Answer(200, sitemap_index([(f"{self.base}/sitemap-vi.xml", None)]), XML)
        if path == "/sitemap-vi.xml":
            children = [(f"{self.base}/sitemap-vi.{module}.xml", None) for module in ("about", "news")]
            return Answer(200, sitemap_index(children), XML)
        if path == "/sitemap-vi.news.xml":
            rows = [(self.url(story), story.published.astimezone(UTC)) for story in self.stories[:1000]]
            return Answer(200, sitemap(rows), XML)
        if path == "/sitemap-vi.about.xml":
            return Answer(200, sitemap((f"{self.base}{_ROOT}/about/{slug}.html", None) for slug in _ABOUT), XML)
        if path == f"{_ROOT}/rss/":
            return self.feed("", self.stories)
        slug = path.removeprefix(f"{_ROOT}/rss/").rstrip("/")
        if path.startswith(f"{_ROOT}/rss/") and slug in self._by_section:
            return self.feed(slug, tuple(self.in_section(slug)))
        return None

    def _article(self, path: str, number: int) -> Answer | None:
        story = self.story_at(path)
        if story:
            page = self.pages(self, story)
            return self._html(self.shell(page.head(), page.body(), story.section_slug))
        slug = path.rpartition("/")[2].removesuffix(".html")
        if path.startswith(f"{_ROOT}/about/") and slug in _ABOUT:
            return self._html(self.about(slug))
        moved = next((known for known in self.stories if self.native_id(known) == number), None)
        return redirect(self.path(moved)) if moved else None

    def _listing(self, rest: str) -> Answer | None:
        """A section, one of its pages, or a fixed page; a missing slash is a redirect, an unknown section too."""
        slug, _, tail = rest.partition("/")
        if slug == "about" and not tail:
            return redirect(f"{_ROOT}/about/{next(iter(_ABOUT))}.html")
        if slug in ("feeds", "contact", "seek", "users") and tail == "":
            return self._html(self.fixed(slug))
        if slug not in self._by_section:
            return redirect(f"{_ROOT}/")
        if not rest.endswith("/"):
            return redirect(f"{_ROOT}/{rest}/")
        if not tail:
            return self._html(self.section(slug, 1))
        page = re.fullmatch(r"page-(\d+)/", tail)
        if page and 2 <= int(page[1]) <= self.page_count(slug):
            return self._html(self.section(slug, int(page[1])))
        return redirect(f"{_ROOT}/{slug}/")

    def not_found(self, request: Request) -> Answer:
        note = (
            '<div class="nv-infodie text-center"><div class="panel-body"><h2>Thông báo</h2><p>Bài viết bạn yêu cầu không tồn tại '
            f'hoặc đã bị xóa.</p><a href="{_ROOT}/">Trang chủ</a></div></div>'
        )
        return Answer(404, self.shell("<title>Lỗi 404</title>", note, "").encode(), HTML)

    def _html(self, page: str) -> Answer:
        return Answer(200, page.encode(), "text/html; charset=utf-8")

    # --- pages -----------------------------------------------------------------------------------------------

    def shell(self, head: str, column: str, slug: str) -> str:
        """The theme's three columns around ``column``."""
        feeds = "".join(
            f'<link rel="alternate" href="{_ROOT}/rss/{known}/" title="{escape(name)}" type="application/rss+xml">\n'
            for name, known in self.sections
        )
        sheets = "".join(
            f'<link rel="preload" as="style" href="/themes/default/css/{name}.css?t={_STAMP}" type="text/css">\n'
            f'<link rel="StyleSheet" href="/themes/default/css/{name}.css?t={_STAMP}">\n'
            for name in _SHEETS
        )
        return self.written(
            f'<!DOCTYPE html>\n    <html lang="vi" xmlns="http://www.w3.org/1999/xhtml" prefix="og: http://ogp.me/ns#">\n    <head>\n'
            f'{head}\n<meta name="author" content="{escape(self.title)}">\n<meta name="generator" content="NukeViet v{self.version}">\n'
            f'<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n<link rel="alternate" href="{_ROOT}/rss/" '
            f'title="Tin tức" type="application/rss+xml">\n{feeds}{sheets}<style>{stylesheet(self.host, _CLASSES, 13000)}</style>\n'
            f'    </head>\n    <body>\n{self.header(slug)}\n<div class="row">\n    <div class="col-sm-12 col-md-13 col-sm-push-6 col-md-push-5">\n'
            f"{column}\n    </div>\n{self.once(self.right_column)}\n{self.once(self.left_column)}\n</div>\n</div></section></div></div>\n{self.once(self.footer)}\n"
            f"{script(self.host, _CLASSES, 16000)}\n</body>\n</html>\n"
        )

    def header(self, slug: str) -> str:
        """Banner, the site's own h1, menu, breadcrumbs, search."""
        menu = "".join(
            f'<li role="presentation"><a class="dropdown-toggle" href="{_ROOT}/{known}/" role="button" title="{escape(name)}">{escape(name)}</a></li>\n'
            for name, known in self.sections
        )
        about = "".join(
            f'<li><a href="{_ROOT}/about/{page}.html" title="{name}">{name}</a></li>' for page, name in _ABOUT.items()
        )
        crumb = (
            f'<li itemprop="itemListElement" itemscope itemtype="https://schema.org/ListItem"><a href="{_ROOT}/{slug}/" itemprop="item">'
            f'<span class="txt" itemprop="name">{escape(self.section_name(slug))}</span></a></li>'
            if slug
            else ""
        )
        return (
            '<noscript><div class="alert alert-danger">Trình duyệt của bạn đã tắt chức năng hỗ trợ JavaScript.</div></noscript>\n'
            f'<header><div class="site-banner"></div><div class="section-header"><div class="wraper"><div id="header"><div class="logo">'
            f'<a title="{escape(self.title)}" href="{_ROOT}/"><img src="/assets/images/logo.png" alt="{escape(self.title)}"></a>'
            f"<h1>{escape(self.title)}</h1><h2>Dân chủ - Trí tuệ - Trách nhiệm</h2></div></div></div></div></header>\n"
            f'<div class="section-nav"><nav class="second-nav" id="menusite"><ul class="nav navbar-nav"><li><a class="home" title="Trang nhất" '
            f'href="{_ROOT}/"><em class="fa fa-lg fa-home">&nbsp;</em></a></li><li class="dropdown"><a href="{_ROOT}/about/">Giới thiệu</a>'
            f'<ul class="dropdown-menu">{about}</ul></li>{menu}<li><a href="{_ROOT}/contact/">Liên hệ</a></li></ul></nav></div>\n'
            f'<div class="section-body"><div class="wraper"><section><div class="container" id="body"><nav class="third-nav">'
            f'<ul class="temp-breadcrumbs hidden" itemscope itemtype="https://schema.org/BreadcrumbList"><li itemprop="itemListElement" itemscope '
            f'itemtype="https://schema.org/ListItem"><a href="{_ROOT}/" itemprop="item" title="Trang nhất"><span itemprop="name">Trang nhất</span></a></li>'
            f'{crumb}</ul><div class="headerSearch"><input type="text" class="form-control" maxlength="60" placeholder="Tìm kiếm..."></div></nav>'
        )

    def right_column(self) -> str:
        """The most read and the banners."""
        hits = "".join(
            f'<li class="clearfix"><a class="show" href="{self.path(story)}" data-content="{escape(cut(story.lead, 130))}" data-img="" '
            f'data-rel="block_news_tooltip">{escape(story.title)}</a></li>\n'
            for story in self.stories[3:13]
        )
        banners = "".join(
            f'<div class="nv-block-banners"><a rel="nofollow" href="{_ROOT}/banners/click/?id={order}&amp;s=3c53{order}"><img alt="{alt}" '
            f'src="/uploads/banners/{order}.jpg" width="212"></a></div>'
            for order, alt in enumerate(("chuyen muc", "QH", "CSDLVBPL", "lichcongtac", "quochuy"), start=1)
        )
        return (
            f'<div class="col-sm-6 col-md-6 col-sm-push-6 col-md-push-5"><div class="panel panel-primary"><div class="panel-heading">Tin xem nhiều</div>'
            f'<div class="panel-body"><ul class="block_tophits list-none list-items">{hits}</ul></div></div>{banners}</div>'
        )

    def left_column(self) -> str:
        """The section tree and the visit counter, whose labels and numbers have no blank between them."""
        menu = "".join(
            f'<li><a href="{_ROOT}/{slug}/" title="{escape(name)}">{escape(name)}</a></li>'
            for name, slug in self.sections
        )
        counts = (
            ("Đang truy cập", "22"), ("Máy chủ tìm kiếm", "4"), ("Khách viếng thăm", "18"), ("Hôm nay", "5,602"),
            ("Tháng hiện tại", "141,056"), ("Tổng lượt truy cập", "7,235,900"),
        )  # fmt: skip
        rows = "".join(
            f'<li><span><em class="fa fa-bolt fa-lg fa-horizon"></em>{label}</span><span>{number}</span></li>'
            for label, number in counts
        )
        return (
            f'<div class="col-sm-6 col-md-5 col-sm-pull-18 col-md-pull-19"><div class="clearfix panel metismenu"><ul id="menu_3">{menu}</ul></div>'
            f'<div class="panel panel-primary"><div class="panel-heading">Thống kê truy cập</div><div class="panel-body">'
            f'<ul class="counter list-none display-table">{rows}</ul></div></div></div>'
        )

    def footer(self) -> str:
        """The imprint and the session notice."""
        return (
            f'<footer class="section-footer-top" id="footer"><div class="panel-body"><p>TRANG THÔNG TIN ĐIỆN TỬ ĐOÀN ĐẠI BIỂU QUỐC HỘI VÀ HỘI ĐỒNG NHÂN DÂN '
            f"TỈNH CAO BẰNG</p><p>Địa chỉ: Đường Hoàng Văn Thụ, Thành phố Cao Bằng, tỉnh Cao Bằng</p><p>Email: vanphong@{self.host}</p>"
            f'<p>Ghi rõ nguồn {self.host} khi phát hành lại thông tin từ trang này</p><a href="/admin/" rel="nofollow">Quản trị</a> '
            f'<a href="{_ROOT}/feeds/">RSS-feeds</a></div></footer>\n<div id="timeoutsess" class="chromeframe">Bạn đã không sử dụng Site, '
            f'<a onclick="timeoutsesscancel();" href="#">Bấm vào đây để duy trì trạng thái đăng nhập</a>. Thời gian chờ: <span id="secField"> 60 </span> giây</div>'
        )

    def item(self, story: Story, featured: bool) -> str:
        """An article in a list."""
        tag, when = "h2" if featured else "h3", story.published.astimezone(VIETNAM)
        return (
            f'<div class="panel panel-default">\n<div class="panel-body{" featured" if featured else ""}">\n<{tag}>\n'
            f'<a href="{self.path(story)}" title="{escape(story.title)}" >{escape(story.title)}</a>\n</{tag}>\n<div class="text-muted"><ul class="list-unstyled list-inline">'
            f'<li><em class="fa fa-clock-o">&nbsp;</em> {when:%d/%m/%Y %H:%M:%S}</li><li><em class="fa fa-eye">&nbsp;</em> Đã xem: {story.number * 7 % 900}</li>'
            f'<li><em class="fa fa-comment-o">&nbsp;</em> Phản hồi: 0</li></ul></div>\n{escape(story.lead)}\n</div>\n</div>\n'
        )

    def home(self) -> str:
        """The front page: per section the newest, one of them large."""
        blocks = "".join(
            '<div class="news_column">'
            + "".join(self.item(story, at == 0) for at, story in enumerate(self.in_section(slug)[:5]))
            + "</div>"
            for _, slug in self.sections
        )
        return self.shell(f"<title>{escape(self.title)}</title>", blocks, "")

    def section(self, slug: str, page: int) -> str:
        """A listing with its paging."""
        name, last = self.section_name(slug), self.page_count(slug)
        items = "".join(self.item(story, page == 1 and at == 0) for at, story in enumerate(self.listing(slug, page)))
        if page == 1:
            items += f'<div class="panel panel-default"><div class="panel-body"><h3><a href="{self.dead_path(slug)}">Thông báo</a></h3></div></div>'
        links = "".join(
            f'<li class="active"><a href="javascript:void(0)">{number}</a></li>'
            if number == page
            else f'<li><a rel="{"next" if number > page else "prev"}" title="{escape(name)} - Trang {number}" href="{_ROOT}/{slug}/'
            f'{f"page-{number}/" if number > 1 else ""}">{number}</a></li>'
            for number in range(1, last + 1)
        )
        head = f'<title>{escape(name)}</title>\n<link rel="canonical" href="{self.base}{_ROOT}/{slug}/">'
        return self.shell(
            head,
            f'<div class="news_column">{items}</div><div class="text-center"><ul class="pagination">{links}</ul></div>',
            slug,
        )

    def about(self, slug: str) -> str:
        """A page of the about module, which looks like an article and is none."""
        text = f"{_ABOUT[slug]} tỉnh Cao Bằng nhiệm kỳ 2021 - 2026 được đăng tải để cử tri và Nhân dân tiện theo dõi, liên hệ."
        column = f'<div class="page panel panel-default"><div class="panel-body"><h1 class="title margin-bottom-lg">{_ABOUT[slug]}</h1><div id="page-bodyhtml" class="bodytext">{text}</div></div></div>'
        return self.shell(f"<title>{_ABOUT[slug]}</title>", column, "")

    def fixed(self, name: str) -> str:
        """The pages of small modules: feed list, contact, search, members."""
        feeds = "".join(
            f'<li><a rel="nofollow" href="{_ROOT}/rss/{slug}/">{escape(title)}</a></li>'
            for title, slug in self.sections
        )
        return self.shell(
            f"<title>{name}</title>", f'<div class="tree well"><ul>{feeds if name == "feeds" else ""}</ul></div>', ""
        )

    def feed(self, slug: str, stories: tuple[Story, ...]) -> Answer:
        """At most thirty items; their time is GMT with the month where the minute belongs, a fault of the CMS."""
        title = f"Tin tức - {self.section_name(slug)}" if slug else "Tin tức"
        items = [
            (
                story.title,
                self.url(story),
                escape(story.lead),
                _wrong_minute(story.published.astimezone(UTC)),
                f'<guid isPermaLink="false"><![CDATA[news_{self.native_id(story)}]]></guid>\n',
            )
            for story in stories[:30]
        ]
        extra = "<generator><![CDATA[NukeViet v4.0]]></generator>\n"
        return Answer(200, rss(title, f"{self.base}{_ROOT}/{slug}", items, extra), XML)


def _wrong_minute(moment: datetime) -> str:
    return f"{moment:%a}, {moment.day} {moment:%b %Y %H:%m:%S} GMT"
