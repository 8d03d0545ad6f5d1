"""vDoc as baobinhduong.vn, baodongthap.vn and baocamau.vn have it.

Of their themes only title and container are known, of the last not even the title. Time, lead, writers, tags and
captions stand here as they do elsewhere in the family, in elements of names that no rule knows.
"""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

import json
from html import escape
from typing import ClassVar

from tests.replica.sites.layout import typed
from tests.replica.sites.markup import VIETNAM, cut, word_weekday
from tests.replica.sites.vdoc import VDoc
from tests.replica.sites.vdoc_article import ArticlePage
from tests.replica.story import Photo, Story


class _Page(ArticlePage):
    """What the two themes share: pictures, signatures, boxes."""

    signature: ClassVar[str] = '<p style="text-align: right;"><strong>{}</strong></p>'

    def _content(self, *opening: str) -> str:
        """The body after ``opening``; in every fourth a list of other articles stands between the paragraphs."""
        parts = [*opening, *self._text(self.story.paragraphs)]
        if self.story.number % 4 == 0:
            cards = "".join(self.site.card(other) for other in self.site.neighbours(self.story, 2))
            parts.insert(len(parts) - 2, f'<h3 class="catename">Đọc thêm</h3><ul class="related-list">{cards}</ul>')
        return "\n".join([*parts, *self._signature()])

    def _signature(self) -> list[str]:
        """Writers and source, right-aligned, a line each."""
        source = self.story.source_name
        lines = [self.story.byline, f"Theo {source}" if source else None]
        return [self.signature.format(escape(line)) for line in lines if line]

    def _photo(self, photo: Photo, order: int) -> str:
        picture = f'<img alt="{self.title}" title="{self.title}" class="zoomimg" src="{self.site.image(self.story, order)}" />'
        caption = escape(photo.caption)
        if (self.story.number + order) % 3 == 0:
            return (
                f'<table align="center" border="0" cellpadding="1" style="width: 500px;"><tbody><tr><td>{picture}</td></tr>'
                f'<tr><td style="text-align: center;"><em>{caption}</em></td></tr></tbody></table>'
            )
        return f'<p style="text-align: center;">{picture}</p>\n<p style="text-align: center;"><em>{caption}</em></p>'

    def _share(self) -> str:
        return (
            f'<div class="singular-share"><table border="0"><tr><td><b>Chia sẻ bài viết:</b></td><td><iframe src="https://www.facebook.com/plugins/share_button.php"></iframe></td>'
            f'<td><a class="ashare" href="https://www.facebook.com/sharer/sharer.php">Chia sẻ Facebook</a></td><td>{self._print_link()}</td></tr></table></div>'
        )

    def _comments(self, hidden: str = "") -> str:
        return (
            f'<div id="comment"><div class="titletd nobg"><b>BÌNH LUẬN</b></div><form>{hidden}<textarea>Ý kiến của bạn</textarea><button>Gửi ý kiến</button></form></div>\n'
            f'<div style=\'display:none;\'><p class="txt_1">Email (không hiển thị trên trang):</p><p class="txt_1">Vui lòng nhập mã xác nhận vào ô bên dưới.</p></div>'
        )

    def _boxes(self, hidden: str = "") -> str:
        """What follows the body."""
        return (
            f'{self._share()}\n<div class="box-keyword"><b>Từ khóa:</b> {self._tags(self.story.tags)}</div>\n{self._comments(hidden)}\n'
            f"{self._related('Bạn có thể quan tâm', 0, 3)}\n{self._related('Đọc thêm', 3, 6)}"
        )

    def _section_link(self) -> str:
        path = self.site.section_path(self.story.section_slug)
        return f'<a href="{self.site.base}{path}">{escape(self.story.section)}</a>'


class BinhDuongPage(_Page):
    """Báo Bình Dương's: the lead opens the body, structured data hold the day only."""

    def body(self) -> str:
        lead = escape(self.story.lead)
        if self.story.number % 3 == 0:
            lead = f"<strong>{lead}</strong>"
        return (
            f'<div id="content" data=""><div class="breadcrumb"><a href="{self.site.base}/">Trang chủ</a> {self._section_link()}</div>\n'
            f'<div id="contentNews" class="singular">\n{self._head()}\n<div class="singular-content">\n'
            + typed(self._content(f'<p style="text-align: justify;">{lead}</p>'))
            + f"\n</div>\n{self._boxes()}</div></div>"
        )

    def _head(self) -> str:
        """Title and time."""
        return f'<h1 class="title">{self.title}</h1>\n<div class="singular-info"><span>{self.when:%d/%m/%Y - %H:%M}</span></div>'


class DongThapPage(BinhDuongPage):
    """Báo Đồng Tháp's: the same theme with the time above the title, lines set by an older editor."""

    signature = '<p align="right"><b>{}</b></p>'

    def _head(self) -> str:
        return (
            f'<div class="singular-info"><span>Cập nhật: {self.when:%d/%m/%Y - %H:%M}</span></div>\n'
            f'<h1 class="title">\n{self.title}&nbsp;</h1>'
        )


class CaMauPage(_Page):
    """Báo Cà Mau's: the first h1 is the section, every second lead stands before the body."""

    signature = '<p style="text-align:right"><em><strong>{}</strong></em></p>'

    def data(self) -> dict[str, object]:
        return {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": self.story.title,
            "description": cut(self.story.lead, 170),
            "author": {"@type": "Organization", "name": self.site.paper},
            "publisher": {"@type": "Organization", "name": self.site.paper},
            "datePublished": f"{self.when:%Y-%m-%dT%H:%M:%S}+07:00",
        }

    def body(self) -> str:
        lead, within = escape(self.story.lead), self.story.number % 2
        opening = [f'<p style="text-align: justify;">{lead}</p>'] if within else []
        sections = [slug for _, slug in self.site.sections]
        asked = {
            "newsId": self.site.native_id(self.story),
            "newsCate": 11 + sections.index(self.story.section_slug),
            "newsSubcate": 0,
        }
        hidden = f'<input type="hidden" name="dataPostComment" value="{escape(json.dumps(asked))}" />'
        return (
            f'<div class="post-cate"><h1>{self._section_link()}</h1></div>\n<div class="post-detail">\n<h1>{self.title}</h1>\n'
            f'<div class="post-info"><span>{self.when:%d/%m/%Y - %H:%M}</span> {self._print_link()}</div>\n'
            + ("" if within else f'<p class="fw600 justify">{lead}</p>\n')
            + f'<div class="post-content">\n{typed(self._content(*opening))}\n</div>\n{self._boxes(hidden)}</div>'
        )


class _Others(VDoc):
    """A portal whose header prints a clock, the time of the request, beside the languages."""

    has_clock = True
    page_size = 4

    def header(self) -> str:
        now = self.now().astimezone(VIETNAM)
        clock = f'<span id="datenow">{word_weekday(now)}, {now:%d/%m/%Y - %H:%M}</span>'
        return super().header().replace('<span id="datenow"></span>', clock)

    def column(self, heading: str, cards: str) -> str:
        return f'<div class="list-news"><h1>{heading}</h1><ul>{cards}</ul></div>'


class BaoBinhDuong(_Others):
    """Báo Bình Dương: addresses of sections end without a slash."""

    host = "baobinhduong.vn"
    aliases = ("www.baobinhduong.vn",)
    first_id = 338_000
    paper = "Báo Bình Dương"
    static = "https://baobinhduong.vn/static/templates/version1/homepage/"
    imprint = "Báo Bình Dương Online - Giấy phép số 170/GP-BTTTT cấp ngày 7/4/2022"
    hotline = "0274 3822 494"
    page = BinhDuongPage

    def section_path(self, slug: str) -> str:
        return f"/{slug}"


class BaoDongThap(_Others):
    """Báo Đồng Tháp: every third link of a list starts from the base."""

    host = "baodongthap.vn"
    aliases = ("www.baodongthap.vn",)
    first_id = 129_000
    paper = "Báo Đồng Tháp"
    static = "https://baodongthap.vn/static/templates/version1/homepage/"
    imprint = "Báo Đồng Tháp Online - Giấy phép số 302/GP-BTTTT cấp ngày 12/7/2022"
    hotline = "0277 3851 494"
    page = DongThapPage

    def link(self, story: Story) -> str:
        return f"../../../../{self.path(story)[1:]}" if story.number % 3 == 0 else self.url(story)


class BaoCaMau(_Others):
    """Báo Cà Mau; which sections it has is not known, those here are of its kind."""

    host = "baocamau.vn"
    aliases = ("www.baocamau.vn",)
    first_id = 37_000
    paper = "Báo Cà Mau"
    static = "https://baocamau.vn/static/templates/version1/homepage/"
    side = "aside"
    imprint = "Báo và Phát thanh, Truyền hình Cà Mau - Giấy phép số 235/GP-BTTTT cấp ngày 15/5/2022"
    hotline = "0290 3831 205"
    page = CaMauPage
