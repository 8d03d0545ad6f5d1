"""The detail page of NukeViet's news module, default theme."""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

from datetime import datetime, timedelta
from html import escape
from typing import TYPE_CHECKING

from tests.replica.sites.layout import typed
from tests.replica.sites.markup import VIETNAM, cut, word_weekday
from tests.replica.story import Photo, Story

if TYPE_CHECKING:
    from tests.replica.sites.nukeviet import Council

_STARS = ("rất kém", "kém", "đạt", "tốt", "rất tốt")


class ArticlePage:
    """One article page; two in three articles were edited later, which the hidden dates show and the visible one does not."""

    author_label = "Tác giả"

    def __init__(self, site: Council, story: Story) -> None:
        self.site = site
        self.story = story
        self.when = story.published.astimezone(VIETNAM)
        self.edited = self.when + timedelta(minutes=story.number % 3 * (61 + story.number))
        self.author = story.byline or ", ".join(story.authors)

    def head(self) -> str:
        """Title and meta; the times are written with the zone where the T belongs."""
        story, about, title = self.story, _attribute(cut(self.story.lead, 170)), _attribute(self.story.title)
        address = self.site.url(story)
        return (
            f'<title>{title}</title>\n<meta name="description" content="{about}">\n'
            f'<meta name="keywords" content="{escape(", ".join(story.tags))}">\n<meta property="og:title" content="{escape(story.title)}">\n'
            f'<meta property="og:type" content="article">\n<meta property="og:description" content="{about}">\n'
            f'<meta property="og:site_name" content="{escape(self.site.title)}">\n<meta property="og:url" content="{address}">\n'
            f'<meta property="article:published_time" content="{_broken(self.when)}">\n<meta property="article:modified_time" content="{_broken(self.edited)}">\n'
            f'<meta property="article:section" content="{escape(story.section)}">\n<link rel="canonical" href="{address}">'
        )

    def body(self) -> str:
        """The middle column."""
        return "\n".join((self._detail(), self._rating(), self._comments(), self._others()))

    def printed(self) -> str:
        """The print and save views."""
        text = "".join(f"<p>{escape(part)}</p>" for part in self.story.paragraphs)
        return (
            f'<!DOCTYPE html><html><head><meta name="robots" content="noindex, nofollow"><title>{escape(self.story.title)}</title></head><body>'
            f'<div id="print"><h1>{escape(self.story.title)}</h1><div class="hometext">{escape(self.story.lead)}</div><div class="bodytext">{text}</div>'
            f"</div></body></html>"
        )

    def _detail(self) -> str:
        story, path = self.story, self.site.path(self.story)
        view = path.removeprefix("/index.php")
        lead = f'<div class="hometext m-bottom" itemprop="description">{escape(story.lead)}</div>'
        return (
            f'<div class="news_column panel panel-default" itemtype="http://schema.org/NewsArticle" itemscope>\n<div class="panel-body">\n'
            f'<h1 class="title margin-bottom-lg" itemprop="headline">{escape(story.title)}</h1>\n{self._hidden()}\n<div class="row margin-bottom-lg">'
            f'<div class="col-md-12"><span class="h5">{self._time()}</span></div>\n<div class="col-md-12">'
            f'<ul class="list-inline text-right"><li><a class="dimgray" title="Giới thiệu bài viết cho bạn bè" href="/index.php/sendmail{view}">'
            f'<em class="fa fa-envelope fa-lg">&nbsp;</em></a></li><li><a class="dimgray" rel="nofollow" title="In ra" href="/index.php/print{view}">'
            f'<em class="fa fa-print fa-lg">&nbsp;</em></a></li><li><a class="dimgray" rel="nofollow" title="Lưu bài viết này" href="/index.php/savefile{view}">'
            f'<em class="fa fa-save fa-lg">&nbsp;</em></a></li></ul></div></div>\n<div class="clearfix">\n{self._lead_image(lead)}</div>\n'
            f'<div id="news-bodyhtml" class="bodytext margin-bottom-lg">\n{typed(self._text())}\n</div>\n{self._signature()}{self._notice()}\n{self._tags()}</div>\n</div>'
        )

    def _time(self) -> str:
        return f"{word_weekday(self.when)} - {self.when:%d/%m/%Y %H:%M}"

    def _hidden(self) -> str:
        stamp = self.edited.isoformat(timespec="seconds")
        logo = f"{self.site.base}/assets/images/logo.png"
        return (
            f'<div class="hidden hide d-none" itemprop="author" itemtype="http://schema.org/Person" itemscope><span itemprop="name">'
            f"{escape(self.author or self.site.title)}</span></div>\n"
            f'<span class="hidden hide d-none" itemprop="datePublished">{stamp}</span>\n<span class="hidden hide d-none" itemprop="dateModified">{stamp}</span>\n'
            f'<span class="hidden hide d-none" itemprop="mainEntityOfPage">{self.site.url(self.story)}</span>\n'
            f'<span class="hidden hide d-none" itemprop="image">/themes/default/images/no_image.gif</span>\n'
            f'<div class="hidden hide d-none" itemprop="publisher" itemtype="http://schema.org/Organization" itemscope><span itemprop="name">'
            f'{escape(self.site.title)}</span><span itemprop="logo"><span itemprop="url">{logo}</span></span></div>'
        )

    def _source(self, photo: Photo) -> str:
        return f"/uploads/news/{self.when:%Y_%m}/{photo.filename}"

    def _lead_image(self, lead: str) -> str:
        """The lead, with the first photo at its left (its caption comes twice) or centred below."""
        if not self.story.photos:
            return lead
        photo = self.story.photos[0][1]
        caption, source = escape(photo.caption), self._source(photo)
        if self.story.number % 3 == 0:
            return (
                f'{lead}\n<figure class="article center"><img alt="{caption}" src="{source}" width="460" class="img-thumbnail"/>'
                f"<figcaption>{caption}</figcaption></figure>"
            )
        return (
            f'<figure class="article left pointer" onclick="modalShowByObj(\'#imgpreview\');"><div style="width:150px;">'
            f'<p class="text-center"><img alt="{caption}" src="/assets/news/{self.when:%Y_%m}/{photo.filename}" class="img-thumbnail"/></p>'
            f'<figcaption>{caption}</figcaption></div></figure>\n<div id="imgpreview" style="display:none">'
            f'<p class="text-center"><img alt="{caption}" src="{source}" class="img-thumbnail"/></p><figcaption>{caption}</figcaption></div>\n{lead}'
        )

    def _text(self) -> str:
        parts: list[str] = []
        for index, paragraph in enumerate((*self.story.paragraphs, None)):
            for at, photo in self.story.photos[1:]:
                if at == index:
                    caption = escape(photo.caption)
                    parts.append(
                        f'<div style="text-align:center"><img alt="{caption}" height="400" src="{self._source(photo)}" width="600" /></div>'
                        f'<p style="text-align: center;"><em>{caption}</em></p>'
                    )
            if paragraph is not None:
                parts.append(f'<p style="text-align: justify;">{escape(paragraph)}</p>')
        return "\n".join(parts)

    def _signature(self) -> str:
        lines = [(f"{self.author_label}: ", self.author), ("Nguồn tin: ", self.story.source_name)]
        rows = "".join(
            f'<p class="h5 text-right">\n<strong>{label}</strong>{escape(value)}\n</p>\n'
            for label, value in lines
            if value
        )
        return f'<div class="margin-bottom-lg">\n{rows}</div>' if rows else ""

    def _notice(self) -> str:
        """The warning that a site may have printed under its articles."""
        return ""

    def _tags(self) -> str:
        if not self.story.tags:
            return ""
        links = ", ".join(
            f'<a title="{escape(tag)}" href="/index.php/tag/{tag.replace(" ", "-")}/">{escape(tag)}</a>'
            for tag in self.story.tags
        )
        return f'<div class="news_column"><em class="fa fa-tags">&nbsp;</em><strong>Tags: </strong>{links}</div>'

    def _rating(self) -> str:
        count = self.story.number % 3
        stars = "".join(
            f'<input class="hover-star required" type="radio" value="{value}" title="Bài viết {word}"/>'
            for value, word in enumerate(_STARS, start=1)
        )
        rank = f'<div class="clearfix">Xếp hạng: 5 - {count} phiếu bầu</div>' if count else ""
        return (
            f'<div class="news_column panel panel-default"><div class="panel-body"><form id="form3B" action=""><div class="h5 clearfix">'
            f'<p id="stringrating">Tổng số điểm của bài viết là: {count * 5} trong {count} đánh giá</p>{rank}<div style="padding: 5px;">{stars}'
            f'<span id="hover-test" style="margin: 0 0 0 20px;">Click để đánh giá bài viết</span></div></div></form></div></div>'
        )

    def _comments(self) -> str:
        number = self.site.native_id(self.story)
        return (
            f'<div class="news_column panel panel-default"><div class="panel-body"><div id="idcomment" class="nv-fullbg" data-module="news" data-id="{number}">'
            f'<p class="comment-title"><em class="fa fa-comments">&nbsp;</em> Ý kiến bạn đọc</p><select class="form-control">'
            f'<option value="0" selected="selected">Sắp xếp theo bình luận mới</option><option value="1">Sắp xếp theo bình luận cũ</option></select>'
            f'<div id="showcomment" class="margin-bottom-lg"></div><div id="formcomment" class="comment-form"><form method="post" action="/index.php/comment/post/">'
            f'<input type="text" name="name" placeholder="Tên của bạn" /><input type="email" name="email" placeholder="Email" /><textarea name="content"></textarea>'
            f'<label class="hidden-xs">Mã an toàn</label><input type="submit" value="Gửi bình luận" class="btn btn-primary" /></form></div></div></div></div>'
        )

    def _others(self) -> str:
        siblings = self.site.in_section(self.story.section_slug)
        at = siblings.index(self.story)
        lists = [("Những tin mới hơn", siblings[max(0, at - 5) : at]), ("Những tin cũ hơn", siblings[at + 1 : at + 11])]
        if self.story.number % 5 == 2:
            lists.insert(0, ("Theo dòng sự kiện", self.site.neighbours(self.story, 3)))
        return (
            '<div class="news_column panel panel-default"><div class="panel-body other-news">'
            + "".join(self._list(title, stories) for title, stories in lists if stories)
            + "</div></div>"
        )

    def _list(self, title: str, stories: list[Story]) -> str:
        rows = "".join(
            f'<li><em class="fa fa-angle-right">&nbsp;</em><h4><a href="{self.site.path(story)}" data-placement="bottom" data-content="{_attribute(cut(story.lead, 150))}" '
            f'data-img="" data-rel="tooltip" title="{escape(story.title)}">{escape(story.title)}</a></h4>\n<em>({story.published.astimezone(VIETNAM):%d/%m/%Y})</em></li>\n'
            for story in stories
        )
        return f'<p class="h3"><strong>{title}</strong></p><div class="clearfix"><ul class="detail-related related list-none list-items">{rows}</ul></div>\n'


def _broken(moment: datetime) -> str:
    """The CMS writes the zone's name where ISO 8601 wants a T."""
    return f"{moment:%Y-%m-%d}+07{moment:%H:%M:%S}"


def _attribute(text: str) -> str:
    """Text as the CMS escapes it in meta and title: brackets, slashes and colons as entities."""
    escaped = escape(text)
    for char, entity in (("(", "&#40;"), (")", "&#41;"), ("/", "&#x002F;"), (":", "&#x3A;"), ("%", "&#x25;")):
        escaped = escaped.replace(char, entity)
    return escaped
