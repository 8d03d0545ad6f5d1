"""Pages that stand where an article should be, each kind in several dresses, and articles that only speak of them."""

from __future__ import annotations

import pytest

from pipelines.extract import extract
from pipelines.rules import Rules
from scrapers.cms import filehex, generic, mediatech, nukeviet
from tests.pipelines.pages import article_of, page_of

URL = "https://vidu.vn/tin/bai-viet-123456.html"
TITLE = "Nà Phặc mở lại chợ phiên sau ba năm"
LEAD = "Từ tờ mờ sáng, người các bản đã gùi măng, mộc nhĩ và vải lanh xuống chợ phiên đầu tiên sau ba năm vắng."
TEXT = (
    "Chợ họp vào các ngày mồng năm và mồng mười âm lịch, trên bãi đất bằng cạnh suối mà bà con vừa san lại.",
    "Ban quản lý chợ kẻ lại ô bán hàng, làm thêm mái che và hai nhà vệ sinh, nên người bán không phải dựng lều tạm.",
    "Bà Lộc Thị Nhung bán phở chua từ năm mười tám tuổi kể rằng buổi đầu bà hết hàng khi mặt trời chưa qua ngọn đồi.",
)
MENU = "<ul class=menu>" + "".join(f"<li><a href='/muc-{i}'>Mục {i}</a></li>" for i in range(8)) + "</ul>"
DATE = "<p class=time>12/03/2024 09:30</p>"
DATED = '<meta property="article:published_time" content="2024-03-12T09:30:00+07:00">'
HEADLINES = "".join(
    f"<div class=item><h3><a href='/tin/ban-{i}-10{i}.html'>Bản số {i} kéo điện về từng nhà trước Tết</a></h3></div>"
    for i in range(16)
)
SIDEBAR = f"<aside class=sidebar>{HEADLINES}</aside>"


def text(*paragraphs: str) -> str:
    return "".join(f"<p>{line}</p>" for line in paragraphs)


def whole(body: str, title: str = TITLE, head: str = "") -> str:
    return f"<html><head><title>{title}</title>{head}</head><body>{MENU}{body}</body></html>"


REFUSED: dict[str, list[tuple[str, Rules]]] = {
    "soft-404": [
        (whole("<h1>Trang không tồn tại</h1><p>Mời bạn về trang chủ.</p>", "Không tìm thấy"), generic.RULES),
        (
            whole(f"<div class=err><p>Bài viết này không tồn tại hoặc đã bị xóa.</p></div>{SIDEBAR}", "Báo Ví dụ"),
            mediatech.RULES,
        ),
        (whole(f"<h2>404</h2><p>Xin lỗi, nội dung bạn tìm không có ở đây.</p>{SIDEBAR}", "Báo Ví dụ"), filehex.RULES),
        (whole(f"<center>Đường dẫn bạn yêu cầu không hợp lệ.</center>{HEADLINES}", "Ví dụ"), nukeviet.RULES),
        (
            whole(
                f"<h1 class=name>Không tìm thấy bài viết</h1><div id=content-detail><p>Tin đã được gỡ.</p></div>"
                f"{SIDEBAR}"
            ),
            mediatech.RULES,
        ),
        (
            f"<div class=article_content><h1 class=media-heading>Thông báo</h1><div id=content><p>Nội dung không tìm "
            f"thấy.</p></div></div>{SIDEBAR}",
            filehex.RULES,
        ),
        (whole("<h1>Page not found</h1><p>The page you requested does not exist.</p>", "404 Not Found"), generic.RULES),
    ],
    "maintenance": [
        (whole("<h1>Hệ thống đang bảo trì</h1><p>Mời bạn quay lại sau 22 giờ.</p>", "Báo Ví dụ"), generic.RULES),
        ("<html><body><p>Website đang được nâng cấp, xin quý độc giả thông cảm.</p></body></html>", mediatech.RULES),
        ("<title>Under maintenance</title><div><img src=/a.png><h2>Back soon</h2></div>", generic.RULES),
        (
            "<h1 class=name>Thông báo</h1><div id=content-detail><p>Trang web tạm ngừng để bảo trì máy chủ.</p></div>",
            mediatech.RULES,
        ),
    ],
    "challenge": [
        (
            "<title>Just a moment...</title><body><noscript>Enable JavaScript and cookies to continue</noscript>"
            "<p>vidu.vn</p><script>window._cf_chl_opt={}</script></body>",
            generic.RULES,
        ),
        ("<title>vidu.vn</title><h1>Xác minh bạn không phải robot</h1><p>Nhấn vào ô dưới đây.</p>", mediatech.RULES),
        (
            "<title>Attention Required! | Cloudflare</title><h1>Sorry, you have been blocked</h1><p>Ray ID</p>",
            filehex.RULES,
        ),
        (
            "<html><body><p>...</p><script>document.cookie='D1N=3f';window.location.reload(true);</script></body>",
            generic.RULES,
        ),
        ("<h1>Yêu cầu của bạn bị từ chối</h1><p>Mã sự kiện 8812.</p>", generic.RULES),
    ],
    "login": [
        (
            "<title>Đăng nhập</title><form><p>Tên</p><input><p>Mật khẩu</p><input type=password></form>",
            generic.RULES,
        ),
        (whole("<h1>Báo Ví dụ</h1><p>Vui lòng đăng nhập để đọc tiếp bài viết.</p>", "Báo Ví dụ"), mediatech.RULES),
        ("<title>Sign in</title><h2>Please log in</h2><p>E-mail</p>", generic.RULES),
    ],
    "error-page": [
        ("<title>Runtime Error</title><h1>Server Error in '/' Application.</h1><h2>Runtime Error</h2>", generic.RULES),
        ("<h1>Error establishing a database connection</h1>", filehex.RULES),
        ("<html><body><p>Đã có lỗi xảy ra, vui lòng thử lại sau.</p></body></html>", generic.RULES),
    ],
    "script-shell": [
        ("<html><body><div id=app></div><script src=/app.js></script></body></html>", generic.RULES),
        (
            "<html><body><noscript>You need to enable JavaScript.</noscript><script src=/a.js></script></body>",
            mediatech.RULES,
        ),
        ("<title>Ví dụ</title><div id=root><p>Đang tải dữ liệu...</p></div><script src=/a.js></script>", generic.RULES),
    ],
    "listing": [
        (whole(f"<h1>Văn hóa</h1>{HEADLINES}", "Văn hóa"), mediatech.RULES),
        (
            whole("<h1>Kinh tế</h1>" + "".join(f"<h3><a href=/{i}>{LEAD}</a></h3><p>{TEXT[0]}</p>" for i in range(6))),
            generic.RULES,
        ),
    ],
    "search": [
        (whole(f"<h1>Kết quả tìm kiếm: chợ phiên</h1>{HEADLINES}", "Tìm kiếm"), generic.RULES),
        (whole("<h1>Tìm kiếm</h1><p>Không tìm thấy kết quả nào.</p>", "Tìm kiếm"), mediatech.RULES),
        (whole(f"<h1>Tìm kiếm: chợ</h1><div>{text(*TEXT)}</div>", "Tìm kiếm: chợ"), generic.RULES),
    ],
    "tag": [
        (whole(f"<h1>Từ khóa: chợ phiên</h1>{HEADLINES}", "chợ phiên"), generic.RULES),
        (whole(f"<h1>Tag: Nà Phặc</h1><div>{text(LEAD, *TEXT)}</div>", "Tag: Nà Phặc"), filehex.RULES),
        (whole(f"<h2>#chophien</h2><h1>#chophien</h1>{HEADLINES}", "#chophien"), mediatech.RULES),
    ],
    "video": [
        (whole(f"<h1>Video</h1>{HEADLINES}", "Video"), generic.RULES),
        (whole(f"<h1>Truyền hình trực tuyến</h1>{HEADLINES}", "Truyền hình"), mediatech.RULES),
    ],
    "home-page": [
        (whole(HEADLINES, "Báo Ví dụ", '<link rel=canonical href="https://vidu.vn/">'), generic.RULES),
        (
            whole(f"<h1>Báo Ví dụ</h1>{HEADLINES}", "Báo Ví dụ", '<meta property="og:url" content="https://vidu.vn">'),
            mediatech.RULES,
        ),
        (
            whole(
                f"<h1>Báo Ví dụ: tin nhanh miền núi</h1>{HEADLINES}<div>{text(LEAD, *TEXT)}</div>",
                "Báo Ví dụ: tin nhanh miền núi",
                '<link rel=canonical href="/index.php">',
            ),
            filehex.RULES,
        ),
    ],
}


@pytest.mark.parametrize(
    ("reason", "page", "rules"), [(reason, *case) for reason, cases in REFUSED.items() for case in cases]
)
def test_pages_that_are_no_article_say_what_they_are(reason: str, page: str, rules: Rules) -> None:
    extraction = extract(page_of(page, URL), rules)
    assert extraction.article is None, extraction.article
    assert extraction.reason == reason


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/tim-kiem/cho-phien-123456.html", "search"),
        ("/tag/cho-phien-123456.html", "tag"),
        ("/cho-phien-ptag.html", "tag"),
        ("/video/tong-hop-123456.html", "video"),
        ("/van-hoa-123456.html", "listing"),
    ],
)
def test_an_address_names_the_kind_of_listing(path: str, reason: str) -> None:
    page = whole(f"<h1>Chợ phiên</h1>{HEADLINES}", "Chợ phiên")
    assert extract(page_of(page, f"https://vidu.vn{path}"), generic.RULES).reason == reason


SPEAKING_OF = (
    ("Hệ thống cấp nước đang bảo trì, ba xã mất nước", "Hệ thống đang bảo trì nên ba xã mất nước hai ngày liền."),
    ("Trang lừa đảo báo lỗi 404 sau khi thu tiền", "Bấm vào liên kết, bà con chỉ thấy dòng chữ trang không tồn tại."),
    ("Không tìm thấy dấu vết gấu ngựa ở rừng Nà Hẩu", "Đoàn khảo sát đi mười ngày, không tìm thấy dấu chân nào."),
    ("Vui lòng đăng nhập: dịch vụ công bắt đầu từ đâu", "Người dân phải đăng nhập bằng tài khoản định danh."),
    ("Website xã được nâng cấp, thêm tiếng Tày", "Trang tin của xã đang được nâng cấp để đọc được trên điện thoại."),
    ("Tìm kiếm người mất tích trên sông Gâm", "Lực lượng tìm kiếm chia ba mũi, dọc hai bờ và trên thuyền."),
    ("Truy cập bị chặn: trẻ em tránh được trang xấu", "Phần mềm báo truy cập bị từ chối khi trẻ mở trang xấu."),
    ("Video call giúp bà con gặp bác sĩ tuyến tỉnh", "Mỗi tuần hai buổi, trạm xá nối máy với bệnh viện tỉnh."),
)


@pytest.mark.parametrize(("title", "lead"), SPEAKING_OF)
@pytest.mark.parametrize("evidence", ["printed date", "declared date", "long text"])
def test_an_article_that_speaks_of_such_pages_stays_one(title: str, lead: str, evidence: str) -> None:
    if "Tìm kiếm" in title and evidence == "long text":
        evidence = "printed date"  # Undated, "Tìm kiếm …" is what a search page calls itself.
    date, head = DATE * (evidence == "printed date"), DATED * (evidence == "declared date")
    body = text(lead, *(TEXT * 3 if evidence == "long text" else TEXT[:2]))
    line = f"<div class=content-article><div class=date>{date}</div></div>"
    known = f"<h1 class=name>{title}</h1>{line}<div id=content-detail>{body}</div>"
    assert article_of(whole(known, title, head), mediatech.RULES).title == title
    unknown = f"<h1>{title}</h1>{date}<div class=noidung>{body}</div>"
    assert article_of(whole(unknown, title, head)).title == title
    assert article_of(whole(unknown, title, head)).article_type == "text"


def test_a_login_box_beside_an_article_is_no_wall() -> None:
    box = "<div class=modal><h3>Đăng nhập</h3><form><input><input type=password><button>Vào</button></form></div>"
    article = article_of(whole(f"<h1>{TITLE}</h1>{DATE}<div>{text(LEAD, *TEXT)}</div>{box}"))
    assert article.paragraphs == TEXT


CAPTIONS = tuple(f"Góc chợ thứ {i}: bà con chọn vải lanh cho vụ cưới cuối năm." for i in range(5))
FIGURES = "".join(f"<figure><img src=/a{i}.jpg><figcaption>{c}</figcaption></figure>" for i, c in enumerate(CAPTIONS))
IMAGES = "".join(
    f"<p align=center><img src=/a{i}.jpg></p><p align=center><i>{c}</i></p>" for i, c in enumerate(CAPTIONS)
)
TUBE = "<iframe src='https://www.youtube.com/embed/x'></iframe>"


def known(body: str, title: str = TITLE, head: str = "", section: str = "") -> str:
    crumb = (
        f"<div class=breadcrumbs><ol class=breadcrumb><li><a href=/x>{section}</a></li></ol></div>" if section else ""
    )
    return whole(
        f"{crumb}<div class=content-article><h1 class=name>{title}</h1><div class='date font5'>12/03/2024 09:30</div>"
        f"<div id=content-detail>{body}</div></div>",
        title,
        head,
    )


def unknown(body: str, title: str = TITLE, head: str = "", section: str = "") -> str:
    crumb = f"<ul class=breadcrumb><li><a href=/x>{section}</a></li></ul>" if section else ""
    return whole(
        f"{crumb}<div class=tin><h1>{title}</h1>{DATE}<div class=noidung>{body}</div></div>", title, head or DATED
    )


TYPES = {
    "photo": [
        {"body": text(LEAD) + FIGURES},
        {"body": FIGURES},
        {"body": text(LEAD) + IMAGES},
        {"body": text(LEAD, *TEXT) + "<img src=/a.jpg><img src=/b.jpg><img src=/c.jpg>", "section": "Phóng sự ảnh"},
        {"body": text(LEAD, TEXT[0]) + "<img src=/a.jpg><img src=/b.jpg><img src=/c.jpg>", "title": f"[Ảnh] {TITLE}"},
    ],
    "video": [
        {"body": TUBE + text(LEAD)},
        {"body": TUBE},
        {"body": "<div class=video-js><video src=/a.mp4></video></div>" + text(LEAD)},
        {"body": text(LEAD), "head": DATED + '<meta property="og:video" content="https://vidu.vn/a.mp4">'},
        {"body": text(LEAD, *TEXT, *TEXT) + TUBE, "section": "Truyền hình"},
    ],
    "emagazine": [
        {"body": text(LEAD, *TEXT) + FIGURES, "title": f"[E-Magazine] {TITLE}"},
        {"body": text(LEAD, *TEXT) + FIGURES, "section": "Emagazine"},
        {"body": f"<div class='e-magazine'>{text(LEAD, *TEXT)}</div>", "section": "Longform"},
    ],
    "advertorial": [
        {"body": text(LEAD, *TEXT), "section": "Thông tin quảng cáo"},
        {"body": text(LEAD, *TEXT, "(Thông tin quảng cáo)")},
        {"body": text(LEAD, *TEXT) + "<p align=right><b>PR</b></p>"},
        {"body": "<p>Nội dung tài trợ</p>" + text(LEAD, *TEXT)},
    ],
    "text": [
        {"body": text(LEAD, *TEXT)},
        {"body": text(LEAD, *TEXT, *TEXT) + FIGURES[:200]},
        {"body": text(LEAD, *TEXT, *TEXT) + TUBE},
        {"body": text(LEAD, *TEXT, *TEXT, *TEXT) + FIGURES},
        {"body": text(LEAD, *TEXT), "title": "Quảng cáo sai sự thật, một cơ sở bị phạt"},
        {"body": text(LEAD, *TEXT, "Hội Quan hệ công chúng (PR) đã gửi thư cảm ơn bà con các bản.")},
        {"body": f"<div class='sc-longform-header'></div>{text(LEAD, *TEXT)}"},
    ],
}  # fmt: skip


@pytest.mark.parametrize("dress", [known, unknown])
@pytest.mark.parametrize(("kind", "page"), [(kind, page) for kind, pages in TYPES.items() for page in pages])
def test_types_of_articles(kind: str, page: dict[str, str], dress: object) -> None:
    rules = mediatech.RULES if dress is known else generic.RULES
    article = article_of(dress(**page), rules)  # type: ignore[operator]
    assert article.article_type == kind
    assert article.title == page.get("title", TITLE)


def test_a_photo_story_has_its_words_under_the_pictures() -> None:
    article = article_of(known(FIGURES), mediatech.RULES)
    assert (article.text, article.lead, article.markdown) == ("", None, "")
    assert tuple(image.caption for image in article.images) == CAPTIONS
    assert "short-text" in article.quality


@pytest.mark.parametrize("folder", ["emagazine", "e-magazine", "longform"])
def test_the_address_may_name_the_type(folder: str) -> None:
    url = f"https://vidu.vn/{folder}/cho-phien-123456.html"
    assert article_of(unknown(text(LEAD, *TEXT)), url=url).article_type == "emagazine"
