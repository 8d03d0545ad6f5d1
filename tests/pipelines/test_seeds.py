"""Raw texts of five real pages, dressed again as their CMS prints them: furniture goes, the body stays whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape

import pytest

from archive.model import Article
from pipelines.rules import Rules
from pipelines.text import clean
from scrapers.cms import filehex, generic, mediatech, nukeviet, vnpt
from tests.pipelines.pages import article_of, shared

_SEEDS = (
    "000_bd0295ce97734484",
    "001_720f15283b4e25e6",
    "002_db72d5cb95da490a",
    "003_3f62865002eaf136",
    "004_0012d60502104db0",
)
_ALT = "anh tin bai"
_COUNTERS = (
    "Thống kê truy cập",
    "Đang truy cập: 16",
    "Hôm nay: 731",
    "Trong tuần: 6 824",
    "Tổng lượt truy cập: 603531",
)


@dataclass
class Seed:
    """A seed's lines by what they are; ``parts`` is the body in order, captions marked by ``True``."""

    title: str
    lead: str
    parts: list[tuple[str, bool]] = field(default_factory=list)
    ending: str = ""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        return tuple(text for text, is_caption in self.parts if not is_caption)

    @property
    def captions(self) -> list[str]:
        return [text for text, is_caption in self.parts if is_caption]


def _lines(number: int) -> list[str]:
    text = shared(f"seeds/{_SEEDS[number]}.txt").read_text(encoding="utf-8")
    return [line for raw in text.split("\n") if (line := clean(raw))]


def _html(parts: list[tuple[str, bool]], picture: Callable[[str], str]) -> str:
    """The body as the CMS prints it; ``picture`` dresses a caption, ``NUMBER`` in it becomes the picture's own."""
    numbered = ((text, caption, str(number)) for number, (text, caption) in enumerate(parts))
    return "\n".join(
        picture(text).replace("NUMBER", number) if caption else f'<p style="text-align: justify;">{escape(text)}</p>'
        for text, caption, number in numbered
    )


def _vnpt() -> tuple[Seed, str, Rules]:
    lines = _lines(0)
    lines = lines[next(i for i, line in enumerate(lines) if line == "Đăng nhập") + 1 :]
    seed = Seed(lines[0], lines[1], ending=lines[-1])
    body = lines[2:-1]
    seed.parts = [(line, body[i - 1] == _ALT) for i, line in enumerate(body) if line != _ALT]
    picture = f'<p style="text-align:center"><img alt="{_ALT}" src="/anhbai/NUMBER.jpg"></p><p>{{}}</p>'
    counters = "".join(f"<li>{line}</li>" for line in _COUNTERS)
    page = (
        f'<body><form id="aspnetForm"><div class="LeftColumn"><div class="BoxHeader">Tin tức</div>'
        f'<ul>{counters}</ul><a href="/Login.aspx">Đăng nhập</a></div>'
        f'<div class="ArticleDetail"><h1 class="ArticleHeader">{escape(seed.title)}</h1>'
        f'<div class="PostDate">12/05/2023 14:20</div>'
        f'<div class="ArticleSummary">{escape(seed.lead)}</div><div class="ArticleContent">'
        f"{_html(seed.parts, lambda text: picture.format(escape(text)))}<p>{escape(seed.ending)}</p></div></div>"
        f"</form></body>"
    )
    return seed, page, vnpt.RULES


def _generic() -> tuple[Seed, str, Rules]:
    lines = _lines(1)
    title, date = lines[0], lines[1]
    ending, heading = lines[-2], lines[-1]
    seed = Seed(title, lines[2], ending=ending)
    body = lines[3:-2]
    seed.parts = [(line, body[i - 1] == title) for i, line in enumerate(body) if line != title]
    picture = f'<p><img src="/anh/NUMBER.jpg" alt="{escape(title)}"></p><p>{{}}</p>'
    page = (
        f'<head><title>{escape(title)}</title></head><body><div class="top">Thứ 7, 21/11/2026 10:00 (GMT+7)</div>'
        f'<div class="detail"><h1>{escape(title)}</h1>'
        f'<span class="time">{date}</span><div class="noi-dung">'
        f"<p>{escape(seed.lead)}</p>{_html(seed.parts, lambda text: picture.format(escape(text)))}"
        f'<p style="text-align: right;"><strong>{ending}</strong></p><h3>{heading}</h3><form><textarea></textarea>'
        f"<button>Gửi</button></form></div></div></body>"
    )
    return seed, page, generic.RULES


def _file_portal() -> tuple[Seed, str, Rules]:
    lines = _lines(2)
    lead = re.sub(r"^date \d{4}-\d{2} ", "", lines[0])
    seed = Seed("Lãnh đạo tỉnh làm việc với huyện Bắc Quang", lead, ending=lines[-1])
    seed.parts = [(line, len(line) < 150) for line in lines[1:-1]]
    table = (
        '<table class="image center" width="600"><tbody><tr><td>'
        '<img src="/file/4028/022021/aNUMBER_20210225183000.jpg" alt="{0}"></td></tr>'
        '<tr><td class="image_desc">{0}</td></tr></tbody></table>'
    )
    page = (
        f"<head><title>{seed.title}</title></head><body><header><h1>Báo Hà Giang Online</h1></header>"
        f'<div class="article_content">'
        f'<h1 class="media-heading title5">{seed.title}</h1><div class="date">18:45, 25/02/2021</div>'
        f'<div class="content" id="content"><html><head></head><body>'
        f"<p>{escape(lead)}</p>{_html(seed.parts, lambda text: table.format(escape(text)))}<p>"
        f"<strong>{seed.ending}</strong></p></body></html></div></div>"
        f'<section class="section-post-detail-comment"><h2 class="title">Ý kiến của bạn</h2></section></body>'
    )
    return seed, page, filehex.RULES


def _council() -> tuple[Seed, str, Rules]:
    lines = _lines(3)
    stop = next(i for i, line in enumerate(lines) if line.startswith("Tác giả:"))
    caption = lines[3]
    assert caption == lines[4]
    seed = Seed(lines[0], lines[2], [(caption, True), *((line, False) for line in lines[5:stop])], lines[stop])
    furniture = [line for line in lines[stop + 1 :] if not line.startswith("•")]
    counters = "".join(f"<li>{line}</li>" for line in lines if line.startswith("•"))
    label, _, author = seed.ending.partition(": ")
    page = (
        f'<body><div class="news_column panel"><h1 class="title" itemprop="headline">{escape(seed.title)}</h1>'
        f'<span class="h5">{lines[1]}</span>'
        f'<figure class="article left pointer"><img src="/uploads/news/2023_07/a.jpg">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
        f'<div id="imgpreview" style="display:none"><img src="/uploads/news/2023_07/a.jpg">'
        f"<figcaption>{escape(caption)}</figcaption></div>"
        f'<div class="hometext m-bottom" itemprop="description">{escape(seed.lead)}</div>'
        f'<div id="news-bodyhtml" class="bodytext">{_html(seed.parts[1:], escape)}</div><p class="h5 text-right">'
        f"<strong>{label}: </strong>{author}</p>"
        f'{"".join(f"<p>{escape(line)}</p>" for line in furniture)}<ul class="counter">{counters}</ul></div></body>'
    )
    return seed, page, nukeviet.RULES


def _mediatech() -> tuple[Seed, str, Rules]:
    lines = _lines(4)
    seed = Seed(lines[0], lines[1], ending=lines[-1])
    seed.parts = [(line, not re.search(r"[.…:]$", line)) for line in lines[2:-1]]
    picture = (
        '<div class="wp-caption"><img src="https://media.vidu.vn/upload/image/202108/medium/NUMBER.jpg">'
        '<p class="wp-caption-text">{}</p></div>'
    )
    page = (
        f'<!DOCTYPE html><html lang="vi"></html><head><title>{escape(seed.title)}</title></head><body>'
        f'<div class="title-time">Thứ 7, 21/11/2026 10:00 (GMT +7)</div>'
        f'<div class="content-article"><h1 class="name font1">{escape(seed.title)}</h1>'
        f'<div class="date font5">Thứ 6, 20/08/2021 | 08:15:00 [GMT +7]</div>'
        f'<div id="content-detail">'
        f"<h2>{escape(seed.lead)}</h2>{_html(seed.parts, lambda text: picture.format(escape(text)))}"
        f'<p>{{{{title}}}}</p></div></div><section class="box-comments"><h3>{seed.ending}</h3></section></body>'
        f"</html>"
    )
    return seed, page, mediatech.RULES


_FURNITURE = (
    "Tin tức", "Thống kê truy cập", "Đang truy cập", "Đăng nhập", _ALT, "Ý kiến", "Click để đánh giá", "Những tin",
    "Tổng số điểm của bài viết", "Bạn đã không sử dụng Site", "Tác giả:", "Tin, ảnh:", "Nguồn: ", "(GMT", "{{",
    "lichcongtac",
)  # fmt: skip


@pytest.mark.parametrize(
    ("dress", "authors", "source", "minute"),
    [
        (_vnpt, ("Diệu Hoa",), ("Báo Cao Bằng", "baocaobang.vn"), "2023-05-12T14:20"),
        (_generic, ("Hồng Nguyễn",), (None, None), "2021-06-10T10:06"),
        (_file_portal, ("Duy Tuấn",), (None, None), "2021-02-25T18:45"),
        (_council, ("Thanh Loan",), (None, None), "2023-07-06T22:37"),
        (_mediatech, (), (None, None), "2021-08-20T08:15"),
    ],
)
def test_the_page_around_a_seed(
    dress: Callable[[], tuple[Seed, str, Rules]],
    authors: tuple[str, ...],
    source: tuple[str | None, str | None],
    minute: str,
) -> None:
    seed, page, rules = dress()
    article: Article = article_of(page, rules)
    assert article.title == seed.title
    assert article.lead == seed.lead
    assert article.paragraphs == seed.paragraphs
    assert [image.caption for image in article.images] == seed.captions
    assert article.authors == authors
    assert (article.source_name, article.source_url) == source
    assert article.published_at is not None
    assert article.published_at.isoformat()[:16] == minute
    lines = article.text.split("\n\n")
    assert [line for line in lines for furniture in _FURNITURE if line.startswith(furniture)] == []
