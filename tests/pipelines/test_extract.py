"""The parts of an article, markup by markup, and the reasons why a page is none."""

from __future__ import annotations

import pickle

import pytest

from archive.model import Image
from pipelines.extract import extract, native_id
from pipelines.rules import Layout, Rules
from scrapers.cms import filehex, generic, mediatech, nukeviet, onecms, vdoc, vnpt
from tests.pipelines.pages import RULES, article_of, page_of

TITLE = "Xóm Khuổi Khon giữ nghề nhuộm chàm"
LEAD = "Giữa mùa chàm, sân nhà nào ở xóm Khuổi Khon cũng phơi những tấm vải còn thơm mùi lá."
FIRST = "Bà con ngâm lá trong thùng gỗ bảy ngày, vớt bã, đánh với nước vôi cho đến khi bọt chuyển màu tím sẫm."
SECOND = "Mỗi tấm vải phải nhuộm hơn hai mươi lần, phơi đủ nắng thì màu mới bền qua nhiều năm giặt giũ."
THIRD = "Từ khi có tổ hợp tác, vải chàm được bán cho khách du lịch và các cửa hàng dưới thành phố."
CAPTION = "Bà Hoàng Thị Sao phơi vải chàm trước hiên nhà."
SIMPLE = Rules(
    "simple/1",
    r"-(?P<id>\d+)\.html$",
    (Layout("only", ("#body",), title=("h1",), published=(".time",), drop=(".drop",)),),
    lead_in_body=True,
)


def simple(body: str, head: str = "") -> str:
    """A page of the simple family around ``body``."""
    return (
        f"<html><head>{head}</head><body><h1>{TITLE}</h1><p class=time>12/03/2024 09:30</p>"
        f"<div id=body>{body}</div></body></html>"
    )


def paragraphs(*texts: str) -> str:
    """``texts`` as plain paragraphs."""
    return "".join(f"<p>{text}</p>" for text in texts)


def test_paragraphs_come_from_any_markup_in_document_order() -> None:
    article = article_of(
        simple(
            f"<p>{LEAD}</p><div>{FIRST}<br><br>{SECOND}</div><ul><li>Vải <b>thổ cẩm</b></li><li>Khăn</li></ul>"
            f"<blockquote>{THIRD}</blockquote><h3>Đầu ra ổn định</h3>Chữ đứng ngoài thẻ<p>Hết bài.</p>"
        ),
        SIMPLE,
    )
    assert article.lead == LEAD
    assert article.paragraphs == (
        FIRST, SECOND, "Vải thổ cẩm", "Khăn", THIRD, "Đầu ra ổn định", "Chữ đứng ngoài thẻ", "Hết bài.",
    )  # fmt: skip


def test_a_line_break_inside_a_sentence_is_a_blank() -> None:
    article = article_of(simple(f"<p>{LEAD}</p><p>Mỗi tấm vải phải nhuộm<br>nhiều lần.<br>Phơi đủ nắng.</p>"), SIMPLE)
    assert article.paragraphs == ("Mỗi tấm vải phải nhuộm nhiều lần.", "Phơi đủ nắng.")


def test_rows_of_figures_are_readable() -> None:
    table = "<table><tr><th>Xã</th><th>Số hộ</th></tr><tr><td>Kim Cúc</td><td>42</td></tr></table>"
    assert article_of(simple(f"<p>{LEAD}</p>{table}"), SIMPLE).paragraphs == ("Xã | Số hộ", "Kim Cúc | 42")


def test_a_table_for_layout_is_walked_through() -> None:
    table = f"<table><tr><td><p>{FIRST}</p><p>{SECOND}</p></td></tr></table>"
    assert article_of(simple(f"<p>{LEAD}</p>{table}"), SIMPLE).paragraphs == (FIRST, SECOND)


@pytest.mark.parametrize(
    "furniture",
    [
        "<script>var a = 1;</script>",
        "<style>p { color: red }</style>",
        "<ins class=adsbygoogle>Quảng cáo</ins>",
        "<p>{{title}}</p>",
        "<!-- ghi chú của tòa soạn -->",
        "<p style='display: none'>ẩn</p>",
        "<p hidden>ẩn</p>",
        "<div class='hidden'>ẩn</div>",
        "<div class=drop>Đọc thêm</div>",
        "<h3>Tin liên quan</h3><ul><li><a href=/a>Bài khác về nghề dệt của bà con</a></li></ul>",
        "<p>Những tin cũ hơn</p><p><a href=/b>Bài cũ</a></p>",
        "<p>Tổng số điểm của bài viết là: 0 trong 0 đánh giá</p><p>Click để đánh giá bài viết</p>",
        "<p>Ý kiến ()</p>",
        "<p>\xa0</p><p>\u200b</p>",
        "<form><label>Họ tên</label><input><textarea>Nội dung</textarea><button>Gửi</button></form>",
    ],
)
def test_furniture_is_no_text(furniture: str) -> None:
    article = article_of(simple(f"<p>{LEAD}</p><p>{FIRST}</p>{furniture}<p>{SECOND}</p>"), SIMPLE)
    assert article.paragraphs == (FIRST, SECOND)


@pytest.mark.parametrize("heading", ["Ý kiến của bạn", "Ý kiến bạn đọc", "Bình luận"])
def test_a_comment_form_ends_the_body(heading: str) -> None:
    article = article_of(
        simple(f"{paragraphs(LEAD, FIRST)}<h3>{heading}</h3><p>Bài hay quá, cảm ơn tác giả!</p>"), SIMPLE
    )
    assert article.paragraphs == (FIRST,)


def test_a_heading_in_the_middle_of_a_long_text_ends_nothing() -> None:
    article = article_of(simple(paragraphs(LEAD, FIRST, "Bình luận", SECOND, THIRD)), SIMPLE)
    assert article.paragraphs == (FIRST, "Bình luận", SECOND, THIRD)


@pytest.mark.parametrize(
    "markup",
    [
        "<figure><img src=/a.jpg><figcaption>{}</figcaption></figure>",
        "<div class=wp-caption><img src=/a.jpg><p class=wp-caption-text>{}</p></div>",
        "<table><tr><td><img src=/a.jpg></td></tr><tr><td class=image_desc>{}</td></tr></table>",
        "<table><tr><td><img src=/a.jpg></td></tr><tr><td><font>{}</font></td></tr></table>",
        "<table><tr><td><img src=/a.jpg></td></tr><tr><td>{}</td></tr><tr><td>&nbsp;</td></tr></table>",
        "<p><img src=/a.jpg></p><p style='text-align: center'><em>{}</em></p>",
        "<p><img src=/a.jpg></p><p align=center>{}</p>",
        "<p><img src=/a.jpg alt='anh tin bai'></p><p>{}</p>",
        f"<p><img src=/a.jpg alt='{TITLE}'></p><p>{{}}</p>",
        "<p><img src=/a.jpg></p><p><em>{0}</em></p><p><em>{0}</em></p>",
        "<p><img src=grey.gif data-src=/a.jpg><br><i>{}</i></p>",
    ],
)
def test_captions_belong_to_their_picture(markup: str) -> None:
    article = article_of(simple(f"{paragraphs(LEAD, FIRST)}{markup.format(CAPTION)}{paragraphs(SECOND)}"), SIMPLE)
    assert article.images == (Image("https://vidu.vn/a.jpg", CAPTION),)
    assert article.paragraphs == (FIRST, SECOND)


def test_a_paragraph_after_a_picture_is_no_caption() -> None:
    article = article_of(simple(f"<p>{LEAD}</p><p><img src=/a.jpg alt='san phoi'></p><p>{FIRST}</p>"), SIMPLE)
    assert article.images == (Image("https://vidu.vn/a.jpg"),)
    assert article.paragraphs == (FIRST,)


def test_a_body_paragraph_that_repeats_a_caption_stays() -> None:
    figure = f"<figure><img src=/a.jpg><figcaption>{CAPTION}</figcaption></figure>"
    article = article_of(simple(f"<p>{LEAD}</p><p>{CAPTION}</p>{figure}<p>{FIRST}</p>"), SIMPLE)
    assert article.paragraphs == (CAPTION, FIRST)


def test_credits_are_read_from_captions() -> None:
    figure = "<figure><img src=/a.jpg><figcaption>Phơi vải chàm. Ảnh: TTXVN</figcaption></figure>"
    article = article_of(simple(f"{paragraphs(LEAD, FIRST)}{figure}"), SIMPLE)
    assert article.images == (Image("https://vidu.vn/a.jpg", "Phơi vải chàm. Ảnh: TTXVN", "TTXVN"),)
    assert article.authors == ()


@pytest.mark.parametrize(
    ("line", "authors", "source"),
    [
        ("<p><b>Tin, ảnh: Duy Tuấn</b></p>", ("Duy Tuấn",), None),
        ("<p style='text-align: right'>Hồng Hạnh</p>", ("Hồng Hạnh",), None),
        ("<p>Hồng Hạnh</p>", ("Hồng Hạnh",), None),
        ("<p align=right><b>MAI QUẾ - P.Y</b></p>", ("MAI QUẾ", "P.Y"), None),
        ("<p align=right>Hồng Hạnh</p><p align=right>Theo Báo Tin tức</p>", ("Hồng Hạnh",), "Báo Tin tức"),
        ("<p>Nguồn: Diệu Hương - Báo Cao Bằng (baocaobang.vn)</p>", ("Diệu Hương",), "Báo Cao Bằng"),
        ("<p align=right>Bút danh</p>", (), None),
        ("<p>Ảnh: TTXVN</p>", (), None),
    ],
)
def test_signatures_leave_the_text(line: str, authors: tuple[str, ...], source: str | None) -> None:
    article = article_of(simple(f"{paragraphs(LEAD, FIRST, SECOND)}{line}"), SIMPLE)
    assert article.paragraphs == (FIRST, SECOND)
    assert (article.authors, article.source_name) == (authors, source)


def test_the_last_sentence_is_no_signature() -> None:
    article = article_of(
        simple(
            paragraphs(LEAD, FIRST, "Nguồn gốc của nghề: chưa ai nhớ rõ, chỉ biết bà truyền cho mẹ, mẹ truyền cho con.")
        ),
        SIMPLE,
    )
    assert article.paragraphs[-1].startswith("Nguồn gốc")
    assert article.source_name is None


@pytest.mark.parametrize(
    "body",
    [
        f"<p><strong>{LEAD}</strong></p>{paragraphs(FIRST)}",
        f"<div class=sapo>{LEAD[:50]}…</div><p class=sapo>{LEAD}</p>{paragraphs(FIRST)}",
        f"<div class=sapo>{LEAD}</div>{paragraphs(LEAD, FIRST)}",
        f"<h2>{LEAD}</h2>{paragraphs(FIRST)}",
        f"<p>{LEAD}</p><p>{FIRST}</p>",
    ],
)
def test_the_lead_is_parted_from_the_body_however_it_is_marked(body: str) -> None:
    page = (
        f'<html></html><div class=content-article><h1 class="name font1">{TITLE}</h1>'
        f'<div class="date font5">Thứ 4, 01/12/2021 | 11:51:09 [GMT +7]</div>'
        f"<div id=content-detail>{body}<h2>Đầu ra</h2>{paragraphs(SECOND, THIRD)}<div class=pseudonym>Bút "
        f"danh</div></div></div>"
    )
    article = article_of(page, mediatech.RULES)
    assert article.lead == LEAD
    assert article.paragraphs == (FIRST, "Đầu ra", SECOND, THIRD)
    assert (article.authors, article.byline_raw) == ((), None)
    assert article.published_at is not None
    assert article.published_at.isoformat() == "2021-12-01T11:51:09+07:00"


def test_an_agency_prefix_stays_in_the_lead() -> None:
    article = article_of(simple(f"<p><b>BLS</b> – {LEAD}</p>{paragraphs(FIRST)}"), SIMPLE)
    assert article.lead == f"BLS – {LEAD}"
    assert "agency-prefix" in article.quality
    assert "agency-prefix" not in article_of(simple(f"<p><b>{LEAD}</b></p>{paragraphs(FIRST)}"), SIMPLE).quality
    body = (
        f"<div class=article_content><h1 class=media-heading>{TITLE}</h1><div class=desc>{LEAD}</div>"
        f"<div id=content><p>BHG - {LEAD}</p>{paragraphs(FIRST)}</div></div>"
    )
    assert article_of(body, filehex.RULES).lead == f"BHG - {LEAD}"
    assert article_of(body, filehex.RULES).paragraphs == (FIRST,)


def test_the_second_layout_of_the_file_portals() -> None:
    picture = (
        "<table><tbody><tr><td><img src=/file/a.jpg></td></tr>"
        "<tr><td><font>Ảnh minh họa: Internet</font></td></tr></tbody></table>"
    )
    page = (
        f"<html><head><title>{TITLE} - Phú Yên online</title></head><body><h1>Báo Phú Yên Online</h1>"
        f"<div class=date>Thứ 2, 21/10/2024</div><main>"
        f"<html><head></head><body><div class=group-time><time class=time>13:00, 31/03/2014</time></div>"
        f"<div class=detail-main-title><h1 class=title>{TITLE}  </h1></div>"
        f"<div class=content-reply><p class=reply>{LEAD}</p></div><div class=content-fully>"
        f"<div id=content class=content-detail><div class=td-post-content>"
        f"<P class=MsoNoSpacing style='TEXT-ALIGN: justify'>{FIRST}<o:p></o:p></P>{picture}<p>{SECOND}</p>"
        f"<p style='TEXT-ALIGN: right'>BS ĐOÀN VĂN HẢI</p></div></div></div>"
        f"<div class=after-author><p class=author>Bút danh</p></div><section><h2 class=title>Ý kiến của bạn</h2>"
        f"</section><h1>Tin liên quan</h1></body></html></main></body></html>"
    )
    article = article_of(page, filehex.RULES, "https://phuyen.baodaklak.vn/suc-khoe/201403/giu-nghe-3f71fbf/")
    assert (article.title, article.lead, article.paragraphs) == (TITLE, LEAD, (FIRST, SECOND))
    assert article.authors == ("BS ĐOÀN VĂN HẢI",)
    assert article.images == (Image("https://phuyen.baodaklak.vn/file/a.jpg", "Ảnh minh họa: Internet", "Internet"),)
    assert article.published_at is not None
    assert article.published_at.isoformat() == "2014-03-31T13:00:00+07:00"
    assert article.native_id == "3f71fbf"
    assert article.rungs["layout"] == "v2"


def test_a_body_the_walk_cannot_see_is_restored() -> None:
    hidden = f"<div style='display:none'>{paragraphs(*(f'{FIRST} Lần thứ {i}.' for i in range(8)))}</div>"
    article = article_of(simple(f"<p>{LEAD}</p>{hidden}"), SIMPLE)
    assert "restored-paragraphs" in article.quality
    assert article.rungs["text"] == "walk+trafilatura"
    assert f"{FIRST} Lần thứ 7." in article.paragraphs


def test_a_layout_that_no_longer_fits_is_noticed() -> None:
    article = article_of(
        f"<h1>{TITLE}</h1><div class=moi>{paragraphs(LEAD, FIRST, SECOND, THIRD)}</div>", mediatech.RULES
    )
    assert article.paragraphs == (FIRST, SECOND, THIRD)
    assert "no-layout" in article.quality


def test_declarations_fill_what_the_page_does_not_print() -> None:
    head = (
        '<link rel=canonical href="/tin/goc-1.html"><meta property="article:section" content="Văn hóa">'
        '<meta property="article:modified_time" content="2024-03-12T10:00:00+07:00">'
    )
    article = article_of(simple(paragraphs(LEAD, FIRST), head), SIMPLE)
    assert article.canonical_url == "https://vidu.vn/tin/goc-1.html"
    assert article.section == "Văn hóa"
    assert article.modified_at is not None
    assert article.modified_at.isoformat() == "2024-03-12T10:00:00+07:00"
    assert article.native_id == "123456"
    assert article.language == "vi"
    assert article.text == FIRST


def test_a_canonical_address_in_a_meta_element() -> None:
    head = '<meta name="canonical" content="https://vidu.vn/tin/goc-1.html">'
    assert article_of(simple(paragraphs(LEAD, FIRST), head), SIMPLE).canonical_url == "https://vidu.vn/tin/goc-1.html"


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (page_of("<p>mất</p>", status=404), "status-404"),
        (page_of("", status=301), "status-301"),
        (page_of(" \n"), "empty-body"),
        (page_of("<html><body></body></html>"), "no-text"),
        (page_of("%PDF-1.4 ..."), "not-html"),
        (page_of('<?xml version="1.0"?><rss><channel><title>Tin</title></channel></rss>'), "not-html"),
        (page_of(f"<h1 class=name>{TITLE}</h1><div id=content-detail></div>"), "no-text"),
        (page_of(f"<div id=content-detail>{paragraphs(LEAD, FIRST)}</div>"), "no-title"),
        (page_of(f"<h1>{TITLE}</h1><p>Tin vắn.</p>"), "no-container"),
        (page_of("<h1>Trang không tồn tại</h1><p>Mời bạn quay lại trang chủ.</p>"), "soft-404"),
        (page_of(f"<h1>Văn hóa</h1><div>{f'<h3><a href=/a>{LEAD}</a></h3><p>{FIRST}</p>' * 6}</div>"), "listing"),
    ],
)  # fmt: skip
def test_reasons(page: object, reason: str) -> None:
    extraction = extract(page, mediatech.RULES)  # type: ignore[arg-type]
    assert (extraction.article, extraction.reason) == (None, reason)
    assert (extraction.rule_id, extraction.extractor, extraction.extractor_version) == ("mediatech/1", "baotinh", "3")


@pytest.mark.parametrize(
    ("rules", "url", "number"),
    [
        (mediatech.RULES, "https://baocaobang.vn/Huong-vi-pho-chua-Cao-Bang-38371.html", "38371"),
        (mediatech.RULES, "https://baocaobang.vn/Thoi-su", None),
        (mediatech.RULES, "https://baocaobang.vn/print/news/3161421", None),
        (filehex.RULES, "https://baohagiang.vn/thong-tin-quang-ba/202211/cong-vien-cc21d4d/", "cc21d4d"),
        (filehex.RULES, "https://baodaklak.vn/van-hoa-xa-hoi/phap-luat/202603/bill-gia-2887253/", "2887253"),
        (filehex.RULES, "https://baohagiang.vn/kinh-te/?paged=2", None),
        (nukeviet.RULES, "http://hdnd.caobang.gov.vn/index.php/tin-tuc-su-kien/hoi-nghi-100.html", "100"),
        (nukeviet.RULES, "http://hdnd.caobang.gov.vn/index.php/about/gioi-thieu-ve-nukeviet-4.html", None),
        (nukeviet.RULES, "http://hdnd.caobang.gov.vn/index.php/print/tin-tuc-su-kien/hoi-nghi-100.html", None),
        (nukeviet.RULES, "http://hdnd.caobang.gov.vn/index.php/tin-tuc-su-kien/page-2/", None),
        (vnpt.RULES, "https://caobang.gov.vn/tin-tuc-su-kien/hoi-nghi-964060", "964060"),
        (vnpt.RULES, "https://caobang.gov.vn/Default.aspx?sname=x&sid=4&pageid=27641", None),
        (vnpt.RULES, "https://caobang.gov.vn/tin-tuc-su-kien?page=2", None),
        (vdoc.RULES, "https://baoangiang.com.vn/-podcast-truyen-ngan-long-tu-ai--a498028.html", "498028"),
        (vdoc.RULES, "https://baocantho.com.vn/print/top-10-rau-cu-a56315.html", None),
        (vdoc.RULES, "https://baocantho.com.vn/news/top-10-vegetables-a56315.html", None),
        (vdoc.RULES, "https://baocantho.com.vn/tim-kiem/đồng bằng-a1.html", None),
        (vdoc.RULES, "https://baocantho.com.vn/su-kien/bien-dao.214.html", None),
        (vdoc.RULES, "https://baocantho.com.vn/thoi-su/?p=2", None),
        (onecms.RULES, "https://baonghean.vn/benh-vien-da-khoa-thanh-pho-vinh-10230827.html", "10230827"),
        (onecms.RULES, "https://baonghean.vn/en/benh-vien-da-khoa-thanh-pho-vinh-10230827.html", None),
        (onecms.RULES, "https://baonghean.vn/chuyen-doi-so-quoc-gia-event10423.html", None),
        (onecms.RULES, "https://baodanang.vn/bao-hiem-y-te-ptag.html", None),
        (onecms.RULES, "https://baodanang.vn/print/3318952.html", None),
        (generic.RULES, "https://tintucvungcao.vn/kinh-te/bai-viet-40012.html", "40012"),
        (generic.RULES, "http://[", None),
    ],
)
def test_article_addresses(rules: Rules, url: str, number: str | None) -> None:
    assert native_id(url, rules) == number


def test_rules_travel_to_worker_processes() -> None:
    for rules in RULES.values():
        assert pickle.loads(pickle.dumps(rules)) == rules
