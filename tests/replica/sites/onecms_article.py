"""The article page of the OneCMS family, in its document order."""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

from datetime import datetime, timedelta
from html import escape
from typing import TYPE_CHECKING

from tests.replica.sites.layout import typed
from tests.replica.sites.markup import VIETNAM, cut, decimal
from tests.replica.story import Photo, Story

if TYPE_CHECKING:
    from tests.replica.sites.onecms import OneCms


def us_form(moment: datetime) -> str:
    """``moment`` the way .NET prints it in the culture of the United States: 9/11/2021 3:29:47 PM."""
    return f"{moment.month}/{moment.day}/{moment.year} {moment:%I:%M:%S %p}".replace(" 0", " ")


class ArticlePage:
    """One article page: decimal entities in head, menus and alternative texts, plain letters in the body."""

    def __init__(self, site: OneCms, story: Story) -> None:
        self.site = site
        self.story = story
        self.url = site.url(story)
        self.when = story.published.astimezone(VIETNAM)
        # What the page declares has seconds, what it prints has not.
        self.exact = self.when + timedelta(seconds=story.number % 50 + 5)

    def whole(self) -> str:
        """The page."""
        return self.site.shell(self._head(), self._body())

    # --- head ------------------------------------------------------------------------------------------------

    def _head(self) -> str:
        story, title = self.story, decimal(self.story.title)
        about = decimal(cut(story.lead, 190, " "))
        return (
            f'<title>{title}</title>\n<meta name="author" content="{decimal(self.author())}" />\n'
            f'<meta name="keywords" content="{decimal(", ".join(story.tags))}" />\n<meta name="description" content="{about}" />\n'
            f'{self.canonical()}\n<meta property="og:title" content="{title}" />\n<meta property="og:description" content="{about}" />\n'
            f'<meta property="og:image" content="{self.preview()}" />\n<meta property="og:url" itemprop="url" content="{self.url}" />\n'
            f'<meta property="dable:item_id" content="{self.site.native_id(story)}" />{self._dable()}\n'
            f'<meta name="article:section" content="{decimal(story.section)}" />\n'
            f'<meta name="article:published_time" content="{us_form(self.exact)}" />\n'
            f'<meta property="channel:url" content="{self.site.base}/{story.section_slug}">\n'
            f'<meta property="og:site_name" content="{decimal(self.site.paper)}" /><meta property="og:type" content="website" />\n{self.extra_head()}'
        )

    def _dable(self) -> str:
        names = " - ".join(self.story.authors)
        return f'<meta property="dable:author" content="{escape(names)}" />' if names else ""

    def author(self) -> str:
        """What ``meta[name=author]`` says."""
        return self.site.paper

    def canonical(self) -> str:
        """How the page names its canonical address."""
        return f'<link rel="canonical" href="{self.url}" />'

    def preview(self) -> str:
        """The address in og:image."""
        return self.site.image(self.story, 0)

    def extra_head(self) -> str:
        """Scripts and styles of this portal alone."""
        return ""

    # --- body ------------------------------------------------------------------------------------------------

    def _body(self) -> str:
        section = f"{self.site.base}/{self.story.section_slug}"
        return (
            f'<div class="l-main"><div class="c-detail-head"><nav aria-label="breadcrumb"><ol class="breadcrumb">'
            f'<li class="breadcrumb-item"><a href="/">Trang chủ</a></li><li class="breadcrumb-item active" aria-current="page">'
            f'<a href="{section}">{decimal(self.story.section)}</a></li></ol></nav>\n'
            f'<div class="c-share-scroll"><div class="c-font-box"><label>Cỡ chữ</label><span class="plus" title="Tăng cỡ chữ">A</span></div>'
            f'<a class="onecms__popup" href="/print/{self.site.native_id(self.story)}.html" title="In bài viết"></a>{self.languages()}</div></div>\n'
            f'<div class="c-news-detail"><div class="b-maincontent">\n{self.wrapped(typed(self._entry()))}\n</div></div>\n{self._after()}</div>'
        )

    def languages(self) -> str:
        """Links to the translations."""
        return ""

    def wrapped(self, inner: str) -> str:
        """The body's container around ``inner``."""
        return f'<div class="entry entry-no-padding " itemprop="articleBody">\n{inner}\n</div>'

    def _entry(self) -> str:
        parts = [self._header(), *self._text()]
        if self.story.number % 3 == 1:
            parts.insert(4, self._related_inside())
        return "\n".join([*parts, *self.ending(), '<div class="sc-empty-layer"></div>'])

    def _header(self) -> str:
        story = self.story
        category = escape(story.section) if story.number % 2 else ""
        return (
            f"<div class='sc-longform-header sc-longform-header-default-normal block-sc-longform-header'><div class='sc-longform-header-text'>"
            f"<span class='sc-longform-header-cate block-sc-cate-name'>{category}</span>"
            f"<h1 class='sc-longform-header-title block-sc-title'>{escape(story.title)}</h1>\n<div class='sc-longform-header-meta'>"
            f"<span class='sc-longform-header-author block-sc-author'>{escape(self.signature())}</span><span class='sc-text block-sc-text'>•</span>\n"
            f"<span class='sc-longform-header-date block-sc-publish-time'>{self.when:%d/%m/%Y %H:%M}</span></div>\n"
            f"<p class='sc-longform-header-sapo block-sc-sapo'>\n    {escape(story.lead)} \n</p></div><div class='sc-longform-header-media'></div></div>"
        )

    def signature(self) -> str:
        """The author in the header block."""
        return self.story.byline or self.story.source_name or ""

    def _text(self) -> list[str]:
        parts: list[str] = []
        for index, paragraph in enumerate((*self.story.paragraphs, None)):
            parts += [self.photo(photo, order) for order, (at, photo) in enumerate(self.story.photos) if at == index]
            if paragraph is not None:
                parts.append(f"<p>{escape(paragraph)}</p>")
        return parts

    def photo(self, photo: Photo, order: int) -> str:
        """A picture with its caption; every other one is loaded when it is scrolled to."""
        source, alt = self.site.image(self.story, order), decimal(self.story.title)
        address = f'src="{source}"'
        if (self.story.number + order) % 2:
            address = f'class="lazy" src="https://{self.site.cdn}/assets/images/grey.gif" data-src="{source}"'
        return f'<figure><img {address} alt="{alt}"><figcaption>{escape(photo.caption)}</figcaption></figure>'

    def _related_inside(self) -> str:
        rows = "".join(
            f'<li><a href="{self.site.url(other)}">{escape(other.title)}</a></li>'
            for other in self.site.neighbours(self.story, 2)
        )
        return (
            f'<div class="c-news-related"><div class="c-news-related__title">Bài liên quan</div><ul>{rows}</ul></div>'
        )

    def ending(self) -> list[str]:
        """What stands after the text, still in the body's container."""
        return []

    def _after(self) -> str:
        tags = "".join(
            f'<li><h4><a href="{self.site.tag_path(tag)}" title="{decimal(tag)}">{decimal(tag)}</a></h4></li>'
            for tag in self.story.tags
        )
        others = self.site.neighbours(self.story, 7)
        near, next_up = ("".join(self.site.card(other) for other in part) for part in (others[:3], others[3:]))
        return (
            f'<div class="c-box"><div class="c-share-detail"><ul><li><a href="https://www.facebook.com/sharer/sharer.php">Chia sẻ Facebook</a></li>'
            f'<li><a href="https://news.google.com/">Theo dõi trên</a></li></ul></div></div>\n'
            f'<div class="c-box"><div class="c-widget-tags onecms__tags"><ul>{tags}</ul></div></div>\n'
            f'<div class="c-box"><div class="c-box__title__name is-small">Bài liên quan</div><div class="c-template-list"><ul>{near}</ul></div></div>\n'
            f'<div class="c-comments"><div class="c-comment-input"><textarea placeholder="Vui lòng nhập tiếng Việt có dấu"></textarea>'
            f'<button>Gửi bình luận</button><div class="message hidden"><p>Bình luận của bạn đã được gửi và sẽ hiển thị sau khi được duyệt.</p></div></div>'
            f'<div class="c-comment-bar"><div>(0) Bình luận</div><label>Xếp theo:</label><a href="javascript:;">Thời gian</a></div></div>\n'
            f'<div class="c-box"><div class="c-box__title__name">Bài đọc tiếp</div><div class="c-news-topmore"><ul>{next_up}</ul></div></div>'
        )


class NgheAnPage(ArticlePage):
    """Báo Nghệ An's."""

    def author(self) -> str:
        return " - ".join(self.story.authors) or self.site.paper

    def extra_head(self) -> str:
        story = self.story
        tongues = "".join(
            f'<link rel="alternate" hreflang="{tongue}" href="{self.site.base}/{tongue}{self.site.path(story)}" />\n'
            for tongue in self.site.languages
        )
        title = story.title.replace("'", "\\'")
        return (
            f"{tongues}<script type='text/javascript'>\n    gtag('event', 'article_page',{{\n    'articleId': '{self.site.native_id(story)}',\n"
            f"    'articleTitle': '{title}',\n    'articleType': 'detail',\n"
            f"    'articlePublishDate': '{self.exact:%Y-%m-%dT%H:%M:%S}+07:00',\n    'articleFullUrl': '{self.url}',\n    }});\n</script>"
        )

    def languages(self) -> str:
        path = self.site.path(self.story)
        rows = "".join(f'<li><a href="/{tongue}{path}">{tongue.upper()}</a></li>' for tongue in self.site.languages)
        return f'<div class="c-language"><ul>{rows}</ul></div>'

    def wrapped(self, inner: str) -> str:
        return f'<div itemprop="articleBody">\n<article class="entry entry-no-padding large-image">\n{inner}\n</article>\n</div>'

    def photo(self, photo: Photo, order: int) -> str:
        if self.story.number % 3:
            return super().photo(photo, order)
        picture = f'<img src="{self.site.image(self.story, order)}" alt="">'
        return (
            f'<p><table class="full-img"><tbody><tr><td>{picture}</td></tr><tr><td class="image_desc"> {escape(photo.caption)}<br></td></tr>'
            f"</tbody></table></p>"
        )


class DaNangPage(ArticlePage):
    """Báo Đà Nẵng's."""


class HaiPhongPage(ArticlePage):
    """Báo Hải Phòng's: the signature again at the end, captions in plain paragraphs on what came from the CMS before."""

    def canonical(self) -> str:
        return f'<meta name="canonical" content="{self.url}" />'

    def preview(self) -> str:
        name = self.story.photos[0][1].filename if self.story.photos else "default_image.jpg"
        return f"/baohp/thumbs/1200x630/vn/upload/info/image/{name}"

    def extra_head(self) -> str:
        return "<style>\n.entry .sc-longform-header-author.block-sc-author, .entry .sc-text.block-sc-text {\n    display: none;\n}\n</style>"

    def signature(self) -> str:
        return (self.story.byline or "").replace("Tin, ảnh:", "Tin và ảnh:")

    def ending(self) -> list[str]:
        line = self.signature() or (f"Theo {self.story.source_name}" if self.story.source_name else "")
        mark = '<b class="vtranslate-author-translate" style="text-align:right; display:block">'
        return ["<h4></h4>", *([f"{mark}{decimal(line)}</b>"] if line else [])]

    def photo(self, photo: Photo, order: int) -> str:
        if self.story.number % 2:
            return super().photo(photo, order)
        source = f"/baohp/vn/upload/info/image/{photo.filename}" if order % 2 else self.site.image(self.story, order)
        return f'<p><img src="{source}" alt=""></p><p><span><em>{escape(photo.caption)} </em></span></p>'
