"""NukeViet as others run it: 4.3 and 4.6 with the default theme, and the theme for mobile devices."""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

from html import escape
from typing import ClassVar

from tests.replica.sites.layout import typed
from tests.replica.sites.nukeviet import Council
from tests.replica.sites.nukeviet_article import ArticlePage


class _Guarded(ArticlePage):
    """An article page that warns those who copy it."""

    def _notice(self) -> str:
        return (
            f'<div class="alert alert-info margin-bottom-lg">\n<strong>Chú ý:</strong> Việc đăng lại bài viết này trên trang thông tin khác mà không ghi rõ '
            f"nguồn {self.site.base} là vi phạm bản quyền\n</div>\n"
        )


class _Page43(_Guarded):
    """4.3: another label before the author, the picture's preview within its figure."""

    author_label = "Tác giả bài viết"

    def _lead_image(self, lead: str) -> str:
        if not self.story.photos or self.story.number % 3 == 0:
            return super()._lead_image(lead)
        photo = self.story.photos[0][1]
        caption = escape(photo.caption)
        return (
            f'<figure class="article left pointer" onclick="modalShowByObj(\'#imgpreview\');"><div id="imgpreview" style="width:150px;">'
            f'<p class="text-center"><img alt="{caption}" src="{self._source(photo)}" alt="{caption}" class="img-thumbnail"/></p>'
            f"<figcaption>{caption}</figcaption></div></figure>\n{lead}"
        )


class _Page46(_Guarded):
    """4.6: the preview in several sizes."""

    def _lead_image(self, lead: str) -> str:
        source = self._source(self.story.photos[0][1]) if self.story.photos else ""
        return super()._lead_image(lead).replace(f'src="{source}"', f'src="{source}" srcset="{source} 800w"')


class _MobilePage(_Guarded):
    """The mobile theme: no classes on title and container, the picture in a link with a dialogue beside it."""

    def _detail(self) -> str:
        story = self.story
        return (
            f'<div class="news_column panel panel-default" itemtype="http://schema.org/NewsArticle" itemscope>\n<div class="panel-body">\n<h1 itemprop="headline">{escape(story.title)}</h1>\n'
            f'{self._hidden()}\n<em class="time">{self._time()}</em>\n<hr />\n{self._lead_image("")}\n<div class="bodytext">\n{typed(self._text())}\n</div>\n{self._signature()}{self._notice()}\n<hr />\n'
            f'<div class="socialicon pull-left"><a href="http://twitter.com/share" class="twitter-share-button">Tweet</a></div>\n<p class="text-right adminlink"> <a rel="nofollow" href="/index.php/print'
            f'{self.site.path(story).removeprefix("/index.php")}">In ra</a> </p>\n<div class="row"><div class="col-md-12">{self._tags()}</div></div></div></div>'
        )

    def _lead_image(self, lead: str) -> str:
        lead = f'<div class="h2" itemprop="description">{escape(self.story.lead)}</div>'
        if not self.story.photos:
            return f'<div id="hometext">\n{lead}\n</div>'
        photo = self.story.photos[0][1]
        caption, source = escape(photo.caption), self._source(photo)
        if self.story.number % 3 == 0:
            return (
                f'<div id="hometext">\n{lead}\n</div>\n<div style="max-width:460px;margin: 10px auto 10px auto">\n<img alt="{caption}" src="{source}" width="460" class="img-thumbnail" />\n'
                f'<p class="imgalt">\n<em>{caption}</em>\n</p>\n</div>'
            )
        return (
            f'<div id="hometext">\n<div class="imghome text-center">\n<a href="#" id="pop" title="{caption}">\n<img id="imageresource" alt="{caption}" src="/assets/news/{self.when:%Y_%m}/{photo.filename}" class="img-thumbnail"/>\n'
            f'</a>\n<div class="modal fade" id="imagemodal" tabindex="-1" role="dialog"><div class="modal-dialog"><div class="modal-content"><div class="modal-header"><button type="button" class="close">&times;</button>'
            f'<h4 class="modal-title" id="myModalLabel">{caption}</h4></div><div class="modal-body"><img src="{source}" id="imagepreview" class="img-thumbnail" ></div></div></div></div>\n'
            f'<em class="show">{caption}</em>\n<hr />\n</div>\n{lead}\n</div>'
        )

    def _signature(self) -> str:
        return super()._signature().replace('<p class="h5 text-right">', '<p class="text-right">')

    def _tags(self) -> str:
        return super()._tags().replace('<div class="news_column">', '<div class="keywords">')

    def _others(self) -> str:
        return super()._others().replace("<h4>", "").replace("</h4>", "").replace('<p class="h3">', "<p>")


class TinhDoan(Council):
    """The province's Youth Union, on 4.3."""

    host = "tinhdoan.caobang.gov.vn"
    aliases = ("www.tinhdoan.caobang.gov.vn",)
    version: ClassVar[str] = "4.3"
    pages: ClassVar[type[ArticlePage]] = _Page43


class BenhVienTinh(Council):
    """The province's hospital, on 4.6."""

    host = "benhvientinh.caobang.gov.vn"
    aliases = ("www.benhvientinh.caobang.gov.vn",)
    version: ClassVar[str] = "4.6"
    pages: ClassVar[type[ArticlePage]] = _Page46


class MobileCouncil(Council):
    """The council's site as a telephone is shown it."""

    pages: ClassVar[type[ArticlePage]] = _MobilePage
