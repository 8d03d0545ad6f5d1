"""The lines around the body of an unknown page: time, writers, section and tags as common templates print them."""

from __future__ import annotations

import pytest

from archive.model import Article
from tests.pipelines.pages import article_of

_LEAD = "<p><b>Sáng 20/11, đoàn công tác của huyện kiểm tra tiến độ xây dựng cầu qua sông tại xã vùng cao.</b></p>"
_PARAGRAPHS = "".join(
    f"<p>Đoạn {number} kể rằng bà con trong xóm góp công, góp đất cùng chính quyền hoàn thành công trình đúng hẹn.</p>"
    for number in range(5)
)
_TITLE = "Kiểm tra tiến độ xây dựng cầu Nà Phạc"
_COMMENT = (
    '<ol class="comment-list"><li><b class="fn">Nông Văn Sơn</b> <time datetime="2026-11-25T08:00+07:00">25/11</time>'
    '<p>Tin rất bổ ích, mong tòa soạn tiếp tục thông tin.</p></li></ol><a rel="author" href="/a">Lý Thị Mai</a>'
)
_OTHERS = '<h3>Tin khác</h3><ul><li><a href="/x">Một tin khác</a> <a rel="tag" href="/t">Thẻ của tin khác</a></li></ul>'


def _article(before: str = "", behind: str = "", *, head: str = "") -> Article:
    return article_of(
        f"<html><head><title>{_TITLE} - Tin tức Vùng cao</title>{head}</head><body>"
        f"<main><article><h1>{_TITLE}</h1>{before}"
        f"<div class='entry'>{_LEAD}{_PARAGRAPHS}</div>{behind}</article>{_COMMENT}{_OTHERS}</main>"
        f"<footer><address>Powered by <a href='https://p.example/'>Pelican</a></address></footer></body></html>"
    )


@pytest.mark.parametrize(
    "line",
    [
        '<div class="meta">Đăng <time class="published" datetime="2026-11-20T18:05:00+07:00">20/11/2026</time></div>',
        '<abbr class="published" title="2026-11-20T18:05:00+07:00">20/11/2026</abbr>',
        "<p>Xuất bản: 20/11/2026 18:05</p>",
        '<p><time class="updated" datetime="2026-11-21T07:00:00+07:00">21/11/2026</time>'
        '<time class="entry-date published" datetime="2026-11-20T11:05:00Z">20/11/2026</time></p>',
    ],
)
@pytest.mark.parametrize("place", ["before", "behind"])
def test_the_time(line: str, place: str) -> None:
    article = _article(**{place: line})
    assert article.published_at is not None
    assert article.published_at.isoformat()[:16] == "2026-11-20T18:05"
    assert article.published_precision == "minute"
    assert article.published_source == ("visible" if "Xuất bản" in line else "meta")


def test_the_day_printed_before_the_body_outweighs_another_days_markup() -> None:
    changed = '<p>Sửa <time datetime="2026-11-22T09:00:00+07:00">22/11</time></p>'
    article = _article("<p>20/11/2026</p>", changed)
    assert article.published_raw == "20/11/2026"
    assert article.published_precision == "day"


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ('<p class="byline">By <a rel="author" href="/author/a">Hồng Kiên</a></p>', ("Hồng Kiên",)),
        ("<address>By <a href='/a'>Hồng Kiên</a> <a href='/b'>Trung Anh</a></address>", ("Hồng Kiên", "Trung Anh")),
        ("<p>Đăng bởi Hồng Kiên</p>", ("Hồng Kiên",)),
        ('<p class="byline"><a href="/author/ab">Hồng Kiên, Trung Anh</a></p>', ("Hồng Kiên", "Trung Anh")),
        ('<p class="wp-block-post-author__name">Hồng Kiên</p>', ("Hồng Kiên",)),
        ('<div><span class="author">Hồng Kiên</span> <time>3 giờ trước</time></div>', ("Hồng Kiên",)),
        ("<div><i class=author></i><b class=author>Hồng Kiên</b>•<i>20/11/2026 18:05</i></div>", ("Hồng Kiên",)),
        ('<p>By <a rel="author" href="/author/admin">admin</a></p>', ()),
        ('<p>By <a rel="author" href="/author/1">Ban biên tập</a></p>', ()),
        ('<p>By <a rel="author" href="/author/1">Tin Tức Vùng Cao</a></p>', ()),
        ("<p>Hồng Kiên là người dẫn đoàn</p>", ()),
        ("", ()),
    ],
)  # fmt: skip
def test_the_writers(line: str, authors: tuple[str, ...]) -> None:
    site = '<meta property="og:site_name" content="Tin tức Vùng cao">'
    assert _article(behind=line, head=site).authors == authors
    assert _article(before=line, head=site).authors == authors


def test_who_signed_the_text_wrote_it_not_who_posted_it() -> None:
    poster = '<p>By <a rel="author" href="/author/a">Trung Anh</a></p>'
    signed = "<p style='text-align:right'><b>Hồng Kiên</b></p>"
    page = f"<h1>{_TITLE}</h1><div>{_LEAD}{_PARAGRAPHS}{signed}</div>{poster}"
    assert article_of(f"<title>{_TITLE}</title>{page}").authors == ("Hồng Kiên",)


@pytest.mark.parametrize(
    ("line", "section"),
    [
        ('<p><a rel="category tag" href="/c/giao-thong">Giao thông</a></p>', "Giao thông"),
        ('<p>In <a href="/category/giao-thong.html">Giao thông</a>.</p>', "Giao thông"),
        ('<p>Chuyên mục: <a href="/gt/">Giao thông</a></p>', "Giao thông"),
        ('<div class="taxonomy-category"><a rel="tag" href="/gt/">Giao thông</a></div>', "Giao thông"),
        ('<p>Xem <a href="/gt/">Giao thông</a></p>', None),
    ],
)
def test_the_section(line: str, section: str | None) -> None:
    article = _article(behind=line)
    assert (article.section, article.tags) == (section, ())


@pytest.mark.parametrize(
    "line",
    [
        '<p>Tags: <a href="/1">Nà Phạc</a>, <a href="/2">Cầu</a></p>',
        '<p>Từ khóa:</p><p><a href="/1">Nà Phạc</a> <a href="/2">Cầu</a></p>',
        '<p><a rel="tag" href="/1">#Nà Phạc</a> <a rel="tag" href="/2">Cầu</a></p>',
        '<p><a href="/tag/na-phac">Nà Phạc</a><a href="/tag/cau">Cầu</a></p>',
        '<div class="widget-tags"><ul><li><h4><a href="/1.html">Nà Phạc</a></h4></li><li><h4><a href="/2.html">Cầu</a>'
        "</h4></li></ul></div>",
        '<ul class="tags"><li><a class="tag p-category" rel="tag" href="/categories/np/">Nà Phạc</a></li>'
        '<li><a class="tag p-category" rel="tag" href="/categories/c/">Cầu</a></li></ul>',
    ],
)
def test_the_tags(line: str) -> None:
    assert _article(behind=line).tags == ("Nà Phạc", "Cầu")


def test_tags_that_are_only_declared() -> None:
    head = '<meta property="article:tag" content="Nà Phạc"><meta property="article:tag" content="Cầu">'
    assert _article(head=head).tags == ("Nà Phạc", "Cầu")


@pytest.mark.parametrize("home", ["<h1><a href='/'>Tin tức Vùng cao</a></h1>", "<h1>Tin tức Vùng cao</h1>"])
def test_a_site_that_puts_its_own_name_first(home: str) -> None:
    title = f"<title>Tin tức Vùng cao - {_TITLE}</title>"
    page = f"{title}{home}<h2><a href='/bai'>{_TITLE}</a></h2><div>{_LEAD}{_PARAGRAPHS}</div>"
    assert article_of(page).title == _TITLE


def test_the_footer_of_the_article_is_no_text() -> None:
    footer = "<footer><p>Xuất bản: 20/11/2026 18:05</p><p>Chuyên mục: <a href='/gt'>Giao thông</a></p></footer>"
    quote = "<blockquote><p>Chúng tôi mong cây cầu này đã nhiều năm.</p><footer>Cụ Nông Văn Páo</footer></blockquote>"
    page = f"<title>{_TITLE}</title><article><h1>{_TITLE}</h1>{_LEAD}{quote}{_PARAGRAPHS}{footer}</article>"
    article = article_of(page)
    assert article.paragraphs[-1].startswith("Đoạn 4")
    assert "Cụ Nông Văn Páo" in article.paragraphs
    assert article.section == "Giao thông"


def test_boxes_within_the_body_that_are_none_of_it() -> None:
    boxes = (
        '<div class="related-news"><p>Sáng 1/11, huyện bên phối hợp với các sở tổ chức hội nghị.</p></div>',
        '<div id="adsWeb_Bottom"><p>Nội dung được tài trợ, mời quý vị bấm vào đây để xem chi tiết.</p></div>',
    )
    plain, furnished = (
        article_of(f"<title>{_TITLE}</title><h1>{_TITLE}</h1><div>{_LEAD}{_PARAGRAPHS}{inside}</div>")
        for inside in ("", "".join(boxes))
    )
    assert len(plain.paragraphs) == 5
    assert furnished.paragraphs == plain.paragraphs


def test_a_builder_that_names_all_its_boxes_alike_loses_no_text() -> None:
    boxed = _PARAGRAPHS.replace("<p>", "<div class='text ads'><p>").replace("</p>", "</p></div>")
    article = article_of(f"<title>{_TITLE}</title><h1>{_TITLE}</h1><div>{_LEAD}{boxed}</div>")
    assert len(article.paragraphs) == 5


def test_the_section_that_a_heading_of_the_menu_names() -> None:
    menu = "<nav><a href='/gt/'>Giao thông</a><a href='/yt/'>Y tế</a></nav>"
    heads = "<h1><a href='/gt/'>Giao thông</a></h1>", "<h1><a href='/khac/'>Giao thông</a></h1>"
    pages = (f"<title>{_TITLE}</title>{menu}{head}<h1>{_TITLE}</h1><div>{_LEAD}{_PARAGRAPHS}</div>" for head in heads)
    assert [article_of(page).section for page in pages] == ["Giao thông", None]


@pytest.mark.parametrize("place", ["before the title", "behind the title"])
def test_the_caption_of_a_picture_at_the_head(place: str) -> None:
    picture = f'<div><img src="/a.jpg" alt="{_TITLE}"></div>'
    caption = '<div><p class="caption">Cầu nhìn từ trên cao.</p></div>'
    title = f"<h1>{_TITLE}</h1>"
    head = picture + title + caption if place == "before the title" else title + picture + caption
    article = article_of(f"<title>{_TITLE}</title>{head}<main>{_LEAD}{_PARAGRAPHS}</main>")
    assert [image.caption for image in article.images] == ["Cầu nhìn từ trên cao."]


def test_a_heading_that_is_a_link_is_not_the_title_if_the_page_has_it_without() -> None:
    teaser = f"<nav><h1><a href='/bai'>{_TITLE}</a></h1></nav><p>1/1/2026 08:00</p>"
    page = f"<title>{_TITLE}</title>{teaser}<h1>{_TITLE}</h1><p>20/11/2026 18:05</p><div>{_LEAD}{_PARAGRAPHS}</div>"
    assert article_of(page).published_raw == "20/11/2026 18:05"
