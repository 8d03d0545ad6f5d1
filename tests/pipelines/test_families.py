"""What single families do that no generated page shows: by hand, in their markup."""

# ruff: noqa: E501 - markup keeps the lines it is printed in
from __future__ import annotations

from datetime import datetime

import pytest

from pipelines.dates import VIETNAM
from pipelines.extract import extract
from scrapers.cms import dhcn, epi, filehex, nukeviet, vdoc
from tests.pipelines.pages import article_of, page_of

FIRST = "Tại buổi tư vấn, các bác sĩ khám cho 214 người cao tuổi ở ba thôn, trong đó 37 người được cấp thuốc miễn phí."
SECOND = "Trung tâm Y tế khuyên người dân giữ nhà ở thông thoáng, hạn chế dùng hóa chất tẩy rửa trong phòng kín."
LEAD = "Ngày 15/5, Trung tâm Y tế huyện tổ chức khám bệnh lưu động, tư vấn về chất độc hại trong nhà ở cho người dân."
AT = datetime(2011, 5, 15, 10, 30, tzinfo=VIETNAM)


def _word(text: str, more: str = "") -> str:
    return (
        f'<p style="TEXT-ALIGN: justify; MARGIN: 0in 0in 10pt" class="MsoNormal"{more}><b style="mso-bidi-font-weight: '
        f'normal"><span style="FONT-FAMILY: Arial">{text}\n<!--?xml:namespace prefix = o ns = "urn:x" /--><o:p></o:p>'
        f"</span></b></p>"
    )


def _v2(body: str, author: str = "Bút danh") -> str:
    return (
        '<html><body><div id="page_info" style="display: none"><div id="article_title">Khám bệnh</div></div>'
        '<header class="header"><p class="text">Thứ 2, 21/10/2024</p></header><aside><h1 class="title">Báo Phú Yên Online</h1>'
        "<p>Giấy phép hoạt động báo chí: Số 681 cấp ngày 21/10/2021</p></aside><main><html><head></head><body>"
        '<div class="wrapper-post-detail-header"><div class="group-time"> <time class="time">10:30, 15/05/2011</time> </div></div>'
        '<div class="detail-main-title"><h1 class="title">Khám bệnh lưu động cho người cao tuổi  </h1><p class="caption"></p></div>'
        f'<div class="content-reply"><p class="reply"> {LEAD} </p></div><div class="content-fully"><div id="content">'
        f'<div class="td-post-content">{body}</div></div></div><div class="after-author"> <p class="author"> {author} </p>'
        '</div><div class="tags-box"><h3 class="txt">Từ khóa:</h3></div></body></html>'
        '<section><form><h2 class="title">Ý kiến của bạn</h2></form></section><h1 class="text">Tin liên quan</h1></main></body></html>'
    )


def test_the_second_theme_with_what_word_left() -> None:
    picture = (
        '<table border="0" align="center"><tbody><tr><td><img alt="kham-110515.jpg" src="/Upload/Images/kham.jpg"></td></tr>'
        '<tr><td><font color="#0000ff">Khám cho người cao tuổi. Ảnh minh họa: Internet</font></td></tr></tbody></table>'
    )
    body = _word(LEAD) + picture + f"<p>{FIRST}</p><p>{SECOND}</p>" + _word("BS ĐOÀN VĂN HẢI", ' align="right"')
    article = article_of(_v2(body), filehex.RULES, "https://phuyen.baodaklak.vn/suc-khoe/201105/kham-benh-3f71fbf/")
    assert article.title == "Khám bệnh lưu động cho người cao tuổi"
    assert (article.lead, article.paragraphs) == (LEAD, (FIRST, SECOND))
    assert article.published_at == AT
    assert [(image.caption, image.credit) for image in article.images] == [
        ("Khám cho người cao tuổi. Ảnh minh họa: Internet", "Internet")
    ]
    assert article.authors == ("BS ĐOÀN VĂN HẢI",)
    assert article.tags == ()


def test_the_second_theme_with_a_source_and_nobody_for_author() -> None:
    body = f"<p>{FIRST}</p><p>{SECOND}</p>" + _word("Theo DTO", ' align="right"')
    article = article_of(_v2(body), filehex.RULES, "https://phuyen.baodaklak.vn/suc-khoe/201105/kham-benh-3f71fbf/")
    assert (article.authors, article.source_name, article.byline_raw) == ((), "DTO", None)
    assert article.paragraphs == (FIRST, SECOND)


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ('<time datetime="2011-05-15T10:30:00+0700">15 năm trước</time>', AT),
        ('<time datetime="2011-05-15">10:30 15/05/2011</time>', AT),
        ('<time datetime="2011-05-15T03:30:00Z">15/05/2011</time>', AT),
    ],
)
def test_the_time_that_an_element_shows_or_else_holds(time: str, expected: datetime) -> None:
    article = article_of(
        f'<h1 class="article__title">Khám bệnh lưu động</h1><div class="article__meta">{time}</div>'
        f'<div class="article__body cms-body"><p>{FIRST}</p><p>{SECOND}</p></div>',
        epi.RULES,
        "https://baolaocai.vn/kham-benh-luu-dong-post1234.html",
    )
    assert (article.published_at, article.published_precision) == (expected, "minute")


def test_an_encrypted_body_is_not_replaced_by_what_stands_beside_it() -> None:
    html = (
        f'<h1 class="pTitle">Khám bệnh lưu động</h1><p class="pHead">{LEAD}</p><div id="dcontent"><script>dec("9f3a…")'
        f'</script></div><div class="sidebar"><p>{FIRST}</p><p>{SECOND}</p></div>'
    )
    article = article_of(html, dhcn.RULES, "https://baophutho.vn/kham-benh-luu-dong-245476.htm")
    assert (article.lead, article.paragraphs) == (LEAD, ())
    assert "short-text" in article.quality
    without_lead = html.replace(f'<p class="pHead">{LEAD}</p>', "")
    assert extract(page_of(without_lead, "https://baophutho.vn/a-245476.htm"), dhcn.RULES).reason == "no-text"


def test_a_dialogue_that_waits_for_a_click_shows_no_picture() -> None:
    article = article_of(
        '<div class="news_column"><h1 itemprop="headline">Khám bệnh lưu động</h1><em class="time">Chủ nhật - 15/05/2011 10:30'
        '</em><div id="hometext"><div class="imghome"><img id="imageresource" src="/assets/a.jpg"><div class="modal fade">'
        '<img id="imagepreview" src="/uploads/a.jpg"></div><em class="show">Buổi khám bệnh</em></div>'
        f'<div class="h2" itemprop="description">{LEAD}</div></div><div class="bodytext"><p>{FIRST}</p><p>{SECOND}</p></div>'
        '<p class="text-right"><strong>Tác giả bài viết: </strong>Thanh Loan</p><p class="text-right adminlink">Sửa</p></div>',
        nukeviet.RULES,
        "https://hdnd.caobang.gov.vn/index.php/tin-tuc/kham-benh-3189.html",
    )
    assert [(image.url.rpartition("/")[2], image.caption) for image in article.images] == [("a.jpg", "Buổi khám bệnh")]
    assert (article.lead, article.authors, article.published_at) == (LEAD, ("Thanh Loan",), AT)


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("/kinh-te/bien-kinh-te-bien/202308/truy-xuat-nguon-goc-3bc1af9/", "3bc1af9"),
        ("/channel/2024/202110/nuoi-tom-3085503/", "channel/2024/202110/nuoi-tom-3085503"),
        ("/nuoi-tom-tren-cat-3085503.htm", "3085503.htm"),
        ("/kinh-te/202308/nuoi-tom-3085503/", "3085503"),
        ("/phong-su-facade/", None),
        ("/kinh-te/bien-kinh-te-bien/", None),
    ],
)
def test_ids_of_three_generations_never_meet(path: str, number: str | None) -> None:
    match = filehex.RULES.match(f"https://baoquangngai.vn{path}")
    assert (match["id"] if match else None) == number


VDOC = "https://baocamau.vn/kham-benh-luu-dong-cho-nguoi-cao-tuoi-a12345.html"
_CLOCK = '<body><div class="top"><span id="datenow">Thứ bảy, 21/11/2026 - 09:40</span></div>'
_RELATED = '<ul class="related-list"><li class="related-item"><a href="/x-a1.html"><h3>Một tin khác của tòa soạn</h3></a></li></ul>'
_BEHIND = (
    '<table><tr><td>Chia sẻ bài viết</td></tr></table><p><b>Từ khóa:</b> <a href="/tim-kiem/y tế.html">y tế</a> '
    f'<a href="/tim-kiem/ấp Bà Điều.html">ấp Bà Điều</a></p><h3>Đọc thêm</h3>{_RELATED}'
)


@pytest.mark.parametrize("theme", ["singular", "post"])
@pytest.mark.parametrize("above", [True, False])
@pytest.mark.parametrize("outside", [True, False])
def test_a_theme_of_which_only_the_body_is_known(theme: str, above: bool, outside: bool) -> None:
    title, time = '<h1 class="title">Khám bệnh lưu động cho người cao tuổi</h1>', "<div>15/05/2011 - 10:30</div>"
    lead = f"<p>{LEAD}</p>"
    content = (
        f"{'' if outside else lead}<p>{FIRST}</p><h3>Đọc thêm</h3>{_RELATED}<p>{SECOND}</p>"
        f'<p style="text-align: right;"><strong>Tin, ảnh: Duy Tuấn</strong></p><h3>Bạn có thể quan tâm</h3>{_RELATED}'
    )
    body = {
        "singular": f'<div class="singular-content">{content}</div>',
        "post": f'<div class="post-content">{content}</div>',
    }[theme]
    article = article_of(
        f'<meta property="og:title" content="Khám bệnh lưu động cho người cao tuổi"><meta name="description" content="{LEAD[:60]}...">'
        f'{_CLOCK}<div id="contentNews">{time if above else ""}{title}{"" if above else time}{lead if outside else ""}{body}{_BEHIND}</div>',
        vdoc.RULES,
        VDOC,
    )
    assert article.rungs["layout"] == f"{theme}-content"
    assert (article.title, article.lead) == ("Khám bệnh lưu động cho người cao tuổi", LEAD)
    assert article.paragraphs == (FIRST, SECOND)
    assert (article.published_at, article.published_source) == (AT, "visible")
    assert (article.authors, article.tags) == (("Duy Tuấn",), ("y tế", "ấp Bà Điều"))


@pytest.mark.parametrize("line", ["<p>15/05/2011 - 10:30</p>", "<p>10:30, 15/05/2011</p><p>Khám bệnh lưu động</p>"])
def test_a_time_printed_within_such_a_body_is_none_of_it(line: str) -> None:
    article = article_of(
        f'<title>Khám bệnh lưu động - Báo Cà Mau Online</title><h1>Khám bệnh lưu động</h1><div class="post-content">{line}'
        f"<p>{LEAD}</p><p>{FIRST}</p><p>{SECOND}</p></div><p>Theo TTXVN</p>",
        vdoc.RULES,
        VDOC,
    )
    assert (article.published_at, article.lead, article.paragraphs) == (AT, LEAD, (FIRST, SECOND))
    assert article.source_name == "TTXVN"


def test_the_clock_beside_a_title_is_no_time_of_publication() -> None:
    article = article_of(
        f'<div><div id="datenow">Thứ bảy, 21/11/2026 - 09:00</div><h1>Khám bệnh lưu động</h1><div class="post-content"><p>{LEAD}</p>'
        f"<p>{FIRST}</p><p>{SECOND}</p></div></div>",
        vdoc.RULES,
        VDOC,
    )
    assert (article.published_at, article.title) == (None, "Khám bệnh lưu động")
