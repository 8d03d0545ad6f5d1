"""The article page of the vDoc family, in its document order."""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from tests.replica.sites.layout import typed
from tests.replica.sites.markup import VIETNAM, cut
from tests.replica.story import Photo, Story

if TYPE_CHECKING:
    from tests.replica.sites.vdoc import VDoc

HOUSE_TAGS = ("An Giang", "Báo An Giang", "APEC 2027", "Rạch Giá", "Phú Quốc", "An Giang", "Báo An Giang")
"""What baoangiang.com.vn adds to the tags of every article, repetitions and all."""


class ArticlePage:
    """One article page; a portal's own gives ``body`` and ``_photo``."""

    def __init__(self, site: VDoc, story: Story) -> None:
        self.site = site
        self.story = story
        self.when = story.published.astimezone(VIETNAM)
        self.title = escape(story.title)
        self.about = escape(cut(story.lead, 170))

    def whole(self) -> str:
        """The page."""
        url = self.site.url(self.story)
        head = (
            f'<title>{self.title} - {escape(self.site.paper)} Online</title>\n<meta name="Description" content="{self.about}" />\n'
            f'<link rel="canonical" href="{url}" /><meta property="og:type" content="{self.kind()}" />'
            f'<meta property="og:url" content="{url}" /><meta property="og:title" content="{self.title}" />'
            f'<meta property="og:description" content="{self.about}" />\n'
            f'<script type="application/ld+json">{json.dumps(self.data(), ensure_ascii=False)}</script>'
        )
        return self.site.shell(head, self.body())

    def kind(self) -> str:
        """What Open Graph is told the page is."""
        return "article"

    def data(self) -> dict[str, object]:
        """The structured data, which some themes have their own of."""
        return {
            "@context": "https://schema.org/",
            "@type": "NewsArticle",
            "name": self.story.title,
            "datePublished": f"{self.when:%Y-%m-%d}",
            "description": cut(self.story.lead, 170),
        }

    def body(self) -> str:
        """Everything between header and footer."""
        raise NotImplementedError

    def _text(self, paragraphs: Iterable[str]) -> list[str]:
        parts: list[str] = []
        for index, paragraph in enumerate((*paragraphs, None)):
            parts += [self._photo(photo, order) for order, (at, photo) in enumerate(self.story.photos) if at == index]
            if paragraph is not None:
                parts.append(f'<p style="text-align: justify;">{escape(paragraph)}</p>')
        return parts

    def _photo(self, photo: Photo, order: int) -> str:
        raise NotImplementedError

    def _print_link(self) -> str:
        view = f"{self.site.base}/print{self.site.path(self.story)}"
        return f'<a href="{view}" onclick="printPopup(this.href);return false;" title="Print" rel="nofollow"><span class="icoprint"></span></a>'

    def _tags(self, tags: Iterable[str]) -> str:
        return "".join(
            f'<a class="tag_item" title="{escape(tag)}" href="{self.site.base}/tim-kiem/{escape(tag)}.html">{escape(tag)}</a>'
            for tag in tags
        )

    def _related(self, heading: str, start: int, count: int) -> str:
        cards = "".join(self.site.card(other) for other in self.site.neighbours(self.story, start + count)[start:])
        return (
            f'<div class="col-xs-12 detail-related"><div class="related-title"><div class="catename"><span class="cate-title">'
            f'<a class="cate1" href="javascript:void(0);">{heading}</a></span></div></div><ul class="related-list">{cards}</ul></div>'
        )


class CanThoPage(ArticlePage):
    """Báo Cần Thơ's."""

    def body(self) -> str:
        section = f"{self.site.base}/{self.story.section_slug}/"
        tags = self._tags(self.story.tags)
        return (
            f'<div id="content" data=""><div id="colcate1"><div class="titlecate"><h1>\n<a href="{section}">{escape(self.story.section)}</a></h1></div>\n'
            f'<div id="clear" class="sharemxh detail-fb-like-share"><span class="pubdate 128">{self.when:%d/%m/%Y - %H:%M}</span>'
            f'<a class="ashare btn-facebook" href="https://www.facebook.com/sharer/sharer.php">Chia sẻ Facebook</a>{self._print_link()}</div>\n'
            f'<h1 class="margintopbot10 fw700">{self.title}</h1>\n<div id="clear"></div>\n<div id="newscontents">\n'
            f'<div class="content-fck slider-jsgallery 171">\n{typed(self._content())}</div>\n</div>\n'
            f'<div id="linkshare" data="248"><div class="sharelike"><table border="0"><tr><td><b class="fs13">Chia sẻ bài viết</b></td>'
            f'<td class="detail-fb-like-share"><a class="ashare">Chia sẻ Facebook</a></td></tr></table></div></div>\n'
            f'<div class="block_tag"><b>Từ khóa</b> {tags}</div>\n'
            f'<div id="comment"><div class="titletd nobg"><a class="active fs13" href="javascript:void(0);"><b>BÌNH LUẬN</b></a></div>'
            f'<form><textarea id="txtinfocomment">Ý kiến của bạn</textarea><button>Gửi ý kiến</button></form></div>\n'
            f'<div id="fcbcomment" style=\'display:none;\'><div class="lbcomment"><p class="txt_1">Email (không hiển thị trên trang):</p>'
            f'<p class="txt_1">Vui lòng nhập mã xác nhận vào ô bên dưới.</p></div></div>\n{self._related("Đọc thêm", 0, 6)}</div></div>'
        )

    def _content(self) -> str:
        lead = escape(self.story.lead)
        if self.story.number % 4 == 1:
            lead = lead.replace("(CTO)", "<strong>(CTO)</strong>", 1)
        parts = [f'<p style="text-align: justify;">{lead}</p>', *self._text(self.story.paragraphs)]
        parts.insert(2, '<div class="AMN_res_baocantho.com.vn_mid"></div>')
        return "\n".join([*parts, *self._signature()])

    def _signature(self) -> list[str]:
        """What stands right-aligned at the end; an author and the source share a line, or an element broken in two."""
        story = self.story
        names, source = " - ".join(story.authors), f"Theo {story.source_name}"
        if not story.source_name:
            lines = [story.byline] if story.byline else []
        elif not names:
            lines = [source if story.number % 2 else f"({source})"]
        else:
            lines = [f"{names} ({source})"] if story.number % 2 else [f"{names}<br>\n({source})<br>\n"]
        return [f'<p style="text-align: right;"><strong>{line}</strong></p>' for line in lines]

    def _photo(self, photo: Photo, order: int) -> str:
        picture = (
            f'<img title="{self.title}" data-socail-link="{self.site.url(self.story)}" class="zoomimg" alt="" '
            f'src="{self.site.image(self.story, order)}">'
        )
        caption = escape(photo.caption)
        if self.story.number % 5 == 0:
            return (
                f'<table width="2" align="right" border="0"><tbody><tr><td>{picture}</td></tr><tr><td><span style="color: blue;">'
                f'<p dir="ltr" align="right">{caption}</p></span></td></tr></tbody></table>'
            )
        return f'<p style="text-align: center;">{picture}</p>\n<p style="text-align: center;"><em>{caption}</em></p>'


class AnGiangPage(ArticlePage):
    """Báo An Giang's."""

    def kind(self) -> str:
        return "blog"

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
        section = f"{self.site.base}/{self.story.section_slug}/"
        tags = self._tags((*self.story.tags, *HOUSE_TAGS))
        return (
            f'<div class="breadcrumb"><div class="start"><a href="{section}">{escape(self.story.section)}</a></div></div>\n'
            f'<div class="col-xs-12 detail-title"><h1>{self.title}</h1></div>\n'
            f'<div class="detail-date-share"><div class="pubdate">{self.when:%d/%m/%Y - %H:%M}</div>{self._share()}</div>\n'
            f'<div class="col-xs-12 detail-desc" data="news_headline_show=1"><div class="content-fck"><div class="content-fck-font-size">'
            f'<p class="fontd fw600 justify">{escape(self.story.lead)}</p></div></div></div>\n'
            f'<div class="pub-fontsize" style="display:none;"><span>A</span><span>A</span></div>\n'
            f'<div class="col-xs-12" id="newscontents">\n<div class="content-fck slider-jsgallery"><div class="content-fck-font-size" data="computer">\n'
            f"{typed(self._content())}\n</div></div>\n</div>\n"
            f'<div class="col-xs-12 detail-sharelike" id="postcomment"><div class="boxpayk hidden-xs" style="display:none;">'
            f"<p>Mọi phản ánh, ý kiến, tin, bài và hình ảnh cộng tác của độc giả có thể gửi đến Báo An Giang theo địa chỉ:</p>"
            f"<p>Hotline: <b>02963.89.8888</b></p></div>{self._share()}</div>\n"
            f'<div class="col-xs-12 detail-tag 575"><span><strong>Từ khóa</strong></span>{tags}</div>\n'
            f"{self._related('Bạn có thể quan tâm', 0, 3)}\n<p>&nbsp;</p>\n{self._related('Đọc thêm', 3, 6)}"
        )

    def _share(self) -> str:
        return (
            f'<div class="pubshare"><table border="0"><tr><td>&nbsp;&nbsp;<strong>Chia sẻ bài viết:</strong></td>'
            f'<td><iframe src="https://www.facebook.com/plugins/share_button.php"></iframe></td><td>{self._print_link()}</td></tr></table></div>'
        )

    def _content(self) -> str:
        story = self.story
        parts = self._text(story.paragraphs)
        if story.byline:
            parts.append(f'<p class="author">{escape(story.byline)}</p>')
        if story.source_name:
            parts.append(f'<p class="author ignore">Theo {escape(story.source_name)}</p>')
        return "\n\n".join(parts)

    def _photo(self, photo: Photo, order: int) -> str:
        picture = f'<img alt="{self.title}" src="{self.site.image(self.story, order)}" width="750" />'
        return f'<p style="text-align:center">{picture}</p>\n\n<p style="text-align:center"><em>{escape(photo.caption)}</em></p>'
