"""The second theme of the family that keeps its pictures under /file/<tenant>: phuyen.baodaklak.vn."""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

import hashlib
import json
from html import escape

from tests.replica.site import Answer, Request
from tests.replica.sites.layout import typed
from tests.replica.sites.markup import cut
from tests.replica.sites.paper import Paper
from tests.replica.story import Story

_TENANT = "ff8080818bb03877018bb2dc71b615ba"
_FROZEN_DATE = "Thứ 2, 21/10/2024"
_SPACE = '<!--?xml:namespace prefix = o ns = "urn:schemas-microsoft-com:office:office" /-->'
_FONT = "LINE-HEIGHT: 115%; FONT-FAMILY: Arial; FONT-SIZE: 10pt"
_CLASSES = (
    "horizontal-post-box", "post-box-block", "box-block-image", "box-block-info", "info-time", "info-name", "detail-main-title",
    "group-image", "group-caption", "group-time", "content-reply", "reply", "content-fully", "content-detail", "after-author",
    "tags-box", "section-post-detail-comment", "section-post-detail-related", "other-contact", "header-home", "navbar-nav",
    "widget-title-no-line", "breadcrumb", "caption", "td-post-content", "MsoNormal", "list-news",
)  # fmt: skip


class PhuYen(Paper):
    """Phú Yên online: nested documents, Word debris, a contact box in the first h1, sections that scripts continue."""

    host = "phuyen.baodaklak.vn"
    aliases = ("www.phuyen.baodaklak.vn",)
    paper = "Phú Yên online"
    classes = _CLASSES
    indent = "  "
    disallow = ("/tim-kiem", "/print/")

    def native_id(self, story: Story) -> str:
        return hashlib.sha1(f"phuyen:{story.number}".encode()).hexdigest()[:7]

    def path(self, story: Story) -> str:
        return f"/{story.section_slug}/{self.local(story):%Y%m}/{story.slug}-{self.native_id(story)}/"

    def dead_path(self, slug: str) -> str:
        return f"/{slug}/202002/bai-viet-khong-con-ton-tai-0dead{len(slug):02x}/"

    def feed_path(self, slug: str) -> str:
        return f"/{slug}/index.rss"

    def note_path(self) -> str:
        return "/tim-kiem/?key="

    def image(self, story: Story, order: int) -> str:
        if order >= len(story.photos):
            return "/file/default.jpg"
        when = self.local(story)
        if story.number % 5 == 0:
            return f"/Upload/Images/{when.year}/thang%20{when.month}/{when.day}/{story.photos[order][1].filename}"
        name, _, kind = story.photos[order][1].filename.rpartition(".")
        slash = "//" if story.number % 3 == 0 else "/"
        return f"/file{slash}{_TENANT}/{when:%m%Y}/{name}_{when:%Y%m%d%H%M%S}.{kind}"

    def route(self, request: Request) -> Answer | None:
        return self.more(request) if request.path == "/service/api/article/list" else super().route(request)

    def cate_id(self, slug: str) -> str:
        """What the CMS calls a section."""
        return hashlib.md5(slug.encode(), usedforsecurity=False).hexdigest().upper()

    def more(self, request: Request) -> Answer | None:
        """The listing behind a section's button, wrapped in a call where one is named."""
        query = request.query
        slug = next((known for _, known in self.sections if self.cate_id(known) == query.get("saArticleCateId")), None)
        if slug is None or query.get("scUnitMapId") != _TENANT or not query.get("first", "").isdigit():
            return None
        first, size = int(query["first"]), int(query.get("pageSize", "8"))
        rows = [
            {
                "pageUrl": self.path(story),
                "title": f"{story.title}   ",
                "lead": cut(story.lead, 120),
                "publishDate": f"{self.local(story):%d/%m/%Y %H:%M}",
                "avatar": self.image(story, 0),
                "objectType": "article",
            }
            for story in self.in_section(slug)[first : first + size]
        ]
        text = json.dumps({"response": rows})
        call = query.get("jsonCallback")
        return Answer(200, (f"{call}({text});" if call else text).encode(), "application/javascript;charset=UTF-8")

    def header(self) -> str:
        return (
            f'<header class="header" id="header"><div class="header-home hidden-md hidden-sm"><div class="today"><p class="text uppercase">{_FROZEN_DATE}</p></div>'
            f'<div class="weather"><span class="text">Phú Yên, 32ºC</span></div><nav class="navbar"><ul class="navbar-nav">{self.menu()}</ul></nav></div></header>\n'
            f'<aside class="aside"><form class="form" action="/tim-kiem/"><label class="label">Tìm kiếm</label><input name="key" placeholder="Nhập từ khoá..."></form>'
            f'<div class="other-contact"><div class="contact-title"><h1 class="title">Báo Phú Yên Online</h1></div><div class="contact-text"><p class="text"><strong>Cơ quan chủ quản:</strong> '
            f'Tỉnh ủy Phú Yên</p><p class="text"><strong>Giấy phép hoạt động báo chí:</strong> Số 681/GP-BTTTT do Bộ TT-TT cấp ngày 21/10/2021</p></div></div></aside>'
        )

    def card(self, story: Story) -> str:
        return (
            f'<div class="horizontal-post-box"><div class="post-box-block"><div class="box-block-image"><figure class="figure"><a class="url" href="{self.path(story)}" title="{escape(story.title)}">'
            f'<img class="img lazy" data-src="{self.image(story, 0)}" src="{self.image(story, 0)}" alt="{escape(story.title)}   "></a></figure></div><div class="box-block-info">'
            f'<div class="info-time"><time class="time">{self.local(story):%H:%M, %d/%m/%Y}</time></div><div class="info-name"><h3 class="name"><a href="{self.path(story)}">{escape(story.title)}'
            f'          </a></h3></div><div class="info-description"><p class="description">{escape(cut(story.lead, 150))}</p></div></div></div></div>\n'
        )

    def paging(self, slug: str, number: int, last: int) -> str:
        return f'{self.facts(slug)}<div class="detail-related-button"><button type="button" id="loadmore" data-start="{self.page_size}">Xem thêm</button></div>'

    def facts(self, slug: str, extra: str = "") -> str:
        """The box that tells scripts where they are."""
        return (
            f'<div id="page_info" style="display: none">\n<div id="site_id">{_TENANT}</div>\n<div id="parent_site_id">ff8080815e5b41fb015e5b817a510004</div>\n'
            f'<div id="cate_id">{self.cate_id(slug)}</div>\n<div id="cate_url">/{slug}/</div>\n{extra}</div>'
        )

    def head(self, story: Story) -> str:
        retired = f"https://baophuyen.vn/95/{60000 + story.number}/{story.slug}/"
        image = f"http://baophuyen.vn/{self.image(story, 0)}?width=600&amp;height=-&amp;type=resize"
        about = escape(cut(story.lead, 160))
        return (
            f'<meta property="og:locale" content="vn_Vi"><meta property="og:title" content="{escape(story.title)}"/><meta property="og:type" content="article" />\n'
            f'<meta property="og:site_name" content=" Phú Yên online" /><meta property="og:url" content="{retired}" />\n'
            f'<meta name="description" content="{about}"/><meta property="og:description" content="{about}"/><meta property="og:image" content="/file{image}" />'
        )

    def page(self, story: Story) -> str:
        facts = f'<div id="article_title">{escape(story.title)}</div>\n<div id="article_id">29664BC9E1107A8CE0630100007F{story.number:04X}</div>\n'
        return f'{self.facts(story.section_slug, facts)}<main class="main"> <html>\n <head></head>\n <body>\n{self.detail(story)}\n </body>\n</html> {self.furniture(story)}</main>'

    def detail(self, story: Story) -> str:
        links = "".join(f'<a class="tag" href="/tim-kiem/?key={escape(tag)}">{escape(tag)}</a> ' for tag in story.tags)
        names = " - ".join(story.authors) if story.number % 4 == 0 else ""
        return (
            f'<section class="section section-wrapper-post-detail"><div class="wrapper-post-detail-header"><nav class="group-category"><ol class="breadcrumb"><li class="breadcrumb-item">'
            f' <a class="link" href="/">Trang chủ</a> </li><li class="breadcrumb-item active"> <a class="link" href="/{story.section_slug}/">{escape(story.section)}</a> </li></ol></nav>\n'
            f'<div class="group-time"> <time class="time">{self.local(story):%H:%M, %d/%m/%Y}</time> </div></div>\n<div class="wrapper-post-detail-main"><div class="detail-main-title">{self.top(story)}</div>\n'
            f'<div class="detail-main-content"><div class="row"><div class="col-xl-3"><div class="content-reply"> <p class="reply"> {escape(story.lead)} </p> </div></div>\n'
            f'<div class="col-xl-6"><div class="content-fully"><div id="content" class="content-detail cate_{self.cate_id(story.section_slug)}"> <div class="td-post-content tagdiv-type">\n'
            f"{typed(self.body(story))}\n</div></div></div></div>\n"
            f'<div class="col-12 hidden-xxl"><div class="after-author"> <p class="author"> {escape(names) or "Bút danh"} </p> </div></div></div></div></div>\n'
            f'<div class="tags-box"> <h3 class="txt">Từ khóa:</h3> <div class="tags"> {links}</div> </div></section>'
        )

    def top(self, story: Story) -> str:
        """The title, on a third of the articles that have a picture over it with its caption below."""
        title = f'<h1 class="title">{escape(story.title)}  </h1>'
        if not self.on_top(story):
            return f'{title}<div class="group-caption"> <p class="caption"></p> </div>'
        return (
            f'<div class="group-image large-image"> <div class="image-background"> <img class="image" src="{self.image(story, 0)}" alt="{escape(story.title)}"> </div>\n'
            f'<div class="title-background"> {title} </div></div>\n<div class="group-caption"> <p class="caption">{escape(story.photos[0][1].caption)}</p> </div>'
        )

    def on_top(self, story: Story) -> bool:
        """Whether the first picture stands over the title."""
        return bool(story.photos) and story.number % 3 == 1

    def body(self, story: Story) -> str:
        """What the editor pasted; every other article repeats its lead in bold."""
        first = (self.paragraph(story, story.lead, bold=True),) if story.number % 2 else ()
        parts = self.blocks(story, first)
        if not (story.number % 4 == 0 and story.authors):
            parts += self.signature(story)
        elif story.source_name:
            parts += [f'<p style="TEXT-ALIGN: right" align="right"><b>Theo {escape(story.source_name)}</b></p>']
        return "\n".join(parts)

    def paragraph(self, story: Story, text: str, *, bold: bool = False) -> str:
        inner = f'<span style="{_FONT}">{escape(text)}\n{_SPACE if bold else ""}<o:p></o:p></span>'
        inner = f'<b style="mso-bidi-font-weight: normal">{inner}</b>' if bold else inner
        return f'<P style="TEXT-ALIGN: justify; MARGIN: 0in 0in 10pt" class="MsoNormal">{inner}</P>'

    def photo(self, story: Story, order: int) -> str:
        if order == 0 and self.on_top(story):
            return ""
        caption = escape(story.photos[order][1].caption)
        words = f'<font color="#0000ff" face="Arial" size="2">{caption}</font>'
        if story.number % 2:
            words = f' <p style="TEXT-ALIGN: justify" class="MsoNormal"><span style="FONT-FAMILY: Tahoma; COLOR: blue">{caption}\n<o:p></o:p></span></p>'
        return (
            f'<table style="WIDTH: 22.23%; HEIGHT: 43px" border="0" cellspacing="1" cellpadding="1" align="center"> \n<tbody> \n<tr> \n<td>'
            f'<img border="0" alt="{story.photos[order][1].filename}" align="center" src="{self.image(story, order)}" width="360" height="228"></td>\n</tr> \n<tr> \n<td>{words}</td>\n</tr>\n</tbody>\n</table>'
        )

    def signature(self, story: Story, style: str = "TEXT-ALIGN: right; MARGIN: 0in 0in 10pt") -> list[str]:
        source = f"Theo {story.source_name}" if story.source_name else None
        lines = [line for line in dict.fromkeys((story.byline, source)) if line]
        return [
            f'<P style="{style}" class="MsoNormal" align="right"><b style="mso-bidi-font-weight: normal"><span style="{_FONT}">{escape(line)}\n<o:p></o:p></span></b></P>'
            for line in lines
        ]

    def furniture(self, story: Story) -> str:
        cards = "".join(self.card(other) for other in self.neighbours(story, 6))
        return (
            '<section class="section section-post-detail-comment"><form class="form form-comment"><div class="form-title"><h2 class="title">Ý kiến của bạn</h2></div>'
            '<label class="label">Nội dung</label><textarea></textarea><label class="label">Họ và tên</label><input type="text"><label class="label">Email</label><input type="email">'
            '<button type="button">Gửi bình luận</button></form></section>\n<section class="section section-post-detail-related"><div class="widget-title-no-line"><h1 class="text">'
            f'<a href="#" title="Tin liên quan">Tin liên quan</a></h1></div>{cards}<a href="/print/{self.native_id(story)}" rel="nofollow">In bài</a></section>'
        )
