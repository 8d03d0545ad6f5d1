"""Every printed and declared form of a date, and what only looks like one."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.dates import VIETNAM, parse_dateline, parse_machine, parse_printed, url_month
from pipelines.rules import Layout, Rules
from tests.pipelines.pages import article_of

MINUTES = {
    "Thứ năm - 06/07/2023 22:37": "2023-07-06T22:37:00",
    "Chủ nhật - 09/07/2023 05:01": "2023-07-09T05:01:00",
    "06/07/2023 22:37:00": "2023-07-06T22:37:00",
    "Thứ 5, 10/06/2021 10:06 (GMT+7)": "2021-06-10T10:06:00",
    "CN, 13/06/2021 10:06 (GMT+7)": "2021-06-13T10:06:00",
    "Thứ 4, 01/12/2021 | 11:51:09 [GMT +7]": "2021-12-01T11:51:09",
    "14:29 | 01/10/2026": "2026-10-01T14:29:00",
    "13:00, 31/03/2014": "2014-03-31T13:00:00",
    "08/01/2026 - 18:21": "2026-01-08T18:21:00",
    "14/05/2026 15:25": "2026-05-14T15:25:00",
    "Ngày đăng: 14/05/2026 | 15:25": "2026-05-14T15:25:00",
    "NGUYỄN AN • 14/05/2026 15:25": "2026-05-14T15:25:00",
    "Thứ ba, ngày 2/9/2025 lúc 7h05": "2025-09-02T07:05:00",
    "10:06 Thứ 5, 10/06/2021": "2021-06-10T10:06:00",
    "Cập nhật: 10/06/2021 03:06 (GMT+0)": "2021-06-10T10:06:00",
    "10/06/2021 3:06 CH": "2021-06-10T15:06:00",
    "Thứ hai, 07/08/2023 06:05": "2023-08-07T06:05:00",
    "Thứ Ba - 08/08/2023 06:05": "2023-08-08T06:05:00",
    "Thứ tư - 09/08/2023 06:05": "2023-08-09T06:05:00",
    "Thứ sáu - 11/08/2023 06:05": "2023-08-11T06:05:00",
    "Thứ bảy - 12/08/2023 06:05": "2023-08-12T06:05:00",
    "Thứ năm - 07/07/2023 22:37": "2023-07-07T22:37:00",
    "15 tháng 4 năm 2023 08:15": "2023-04-15T08:15:00",
    "7 giờ 05 phút ngày 2/9/2025": "2025-09-02T07:05:00",
}
MACHINE = {
    "2021-12-01 11:51:00": "2021-12-01T11:51:00",
    "2021-12-01T04:51:00.000000Z": "2021-12-01T11:51:00",
    "2021-12-01T11:51:00+07:00": "2021-12-01T11:51:00",
    "2021-12-01T11:51:00+0700": "2021-12-01T11:51:00",
    "2023-07-06+0722:37:00": "2023-07-06T22:37:00",
    "9/11/2021 3:29:47 PM": "2021-09-11T15:29:47",
    "9/11/2021 12:05:00 AM": "2021-09-11T00:05:00",
    "31/12/2021 08:30": "2021-12-31T08:30:00",
    "31/12/2021 3:29:47 PM": "2021-12-31T15:29:47",
    "10/1/2026 12:34:41 PM": "2026-10-01T12:34:41",
    "01/10/2026 21:09:07": "2026-10-01T21:09:07",
}
NO_DATES = (
    "tỷ lệ 1/2000 và 1/500", "giải quyết 31/37 đơn", "173/527 trường", "Nghị quyết số 08-NQ/TU", "46/2025/NQ-HĐND",
    "từ 8.00", "giai đoạn 2020 - 2025", "2.869,514 tỷ đồng", "kết nạp 4.437 đảng viên", "31/02/2023", "32/01/2023",
    "0206 3853 507", "1/13/2023",
    "chiều 31/37", "ngày 1/500", "sáng 8.00", "ngày 08-NQ/TU", "Ngày 46/2025/NQ-HĐND", "tối 2.869,514",
    "12/10/2021/NQ-HĐND", "ngày 2020 - 2025", "15 tháng 14 năm 2023", "Sáng 8.30", "1.2.3.2021",
)  # fmt: skip


@pytest.mark.parametrize(("text", "when"), MINUTES.items())
def test_printed_minutes(text: str, when: str) -> None:
    found = parse_printed(f"Tin mới {text} Chia sẻ")
    assert found is not None
    assert found.when == datetime.fromisoformat(when).replace(tzinfo=VIETNAM)
    assert found.when.utcoffset() == timedelta(hours=7)
    assert found.precision == "minute"
    assert found.raw in text


@pytest.mark.parametrize(
    "text",
    ["(06/07/2023)", "06.07.2023", "6-7-2023", "Thứ hai, 06/07/2023", "ngày 6/7/2023", "ngày 6 tháng 7 năm 2023"],
)
def test_printed_days(text: str) -> None:
    found = parse_printed(text)
    assert found is not None
    assert (found.when, found.precision) == (datetime(2023, 7, 6, tzinfo=VIETNAM), "day")


@pytest.mark.parametrize("text", NO_DATES)
def test_numbers_that_are_no_dates(text: str) -> None:
    assert parse_printed(text) is None
    assert parse_dateline(text, date(2023, 7, 6)) is None


@pytest.mark.parametrize(("text", "when"), MACHINE.items())
def test_declared_minutes(text: str, when: str) -> None:
    found = parse_machine(text)
    assert found is not None
    assert found.when == datetime.fromisoformat(when).replace(tzinfo=VIETNAM)
    assert found.precision == "minute"


@pytest.mark.parametrize("text", ["2026-01-08", "2026-01-08T00:00:00+07:00", "08/01/2026"])
def test_declared_days(text: str) -> None:
    found = parse_machine(text)
    assert found is not None
    assert (found.when.date(), found.precision) == (date(2026, 1, 8), "day")


@pytest.mark.parametrize("text", ["", "hôm qua", "0000-00-00", "2021-13-01", "99999999", "2021-01-01T99:99:99Z"])
def test_declared_nonsense(text: str) -> None:
    assert parse_machine(text) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("BHG - Chiều 25.2, các đồng chí", date(2021, 2, 25)),
        ("Chiều 6/7, Ban Chấp hành", date(2020, 7, 6)),
        ("(CTO) - Ngày 8-1, Sở", date(2021, 1, 8)),
        ("Sáng 26-4, tại", date(2020, 4, 26)),
        ("BHG - Tối ngày 28.12, …", date(2020, 12, 28)),
        ("– Chiều 19/8/2019, Đoàn", date(2019, 8, 19)),
        ("Chiều nay (27/2), tại", date(2021, 2, 27)),
        ("(HPĐT)- Sáng nay, 27-2, tại", date(2021, 2, 27)),
        ("Sau lễ ngày 31/37, chiều 25.2, đoàn", date(2021, 2, 25)),
        ("TTXVN - Trưa 1/3, mưa", date(2021, 3, 1)),
        ("Đêm 9/3, mưa lớn", date(2020, 3, 9)),
    ],
)
def test_datelines_take_their_year_from_the_page(text: str, day: date) -> None:
    found = parse_dateline(text, date(2021, 2, 28))
    assert found is not None
    assert (found.when.date(), found.precision) == (day, "day")


def test_month_of_an_address() -> None:
    found = url_month("https://vidu.vn/kinh-te/202102/bai-viet-0a1b2c3/")
    assert found is not None
    assert (found.when, found.precision) == (datetime(2021, 2, 1, tzinfo=VIETNAM), "month")
    assert url_month("https://vidu.vn/kinh-te/bai-viet-202102.html") is None
    assert url_month("https://vidu.vn/kinh-te/202113/bai/") is None


START = datetime(1991, 1, 1, tzinfo=VIETNAM)
MOMENTS = st.integers(0, 3_400_000_000).map(lambda second: START + timedelta(seconds=second))
FORMS = (
    "{0:%d/%m/%Y %H:%M:%S}",
    "Thứ 3, {0:%d/%m/%Y} | {0:%H:%M:%S} [GMT +7]",
    "{0:%H:%M:%S} | {0:%d/%m/%Y}",
    "{0:%H:%M:%S}, {0:%d/%m/%Y}",
    "{0:%d/%m/%Y} - {0:%H:%M:%S}",
    "Chủ nhật - {0:%d/%m/%Y %H:%M:%S} (GMT+7)",
)


@given(MOMENTS, st.sampled_from(FORMS))
def test_printed_forms_round_trip(moment: datetime, form: str) -> None:
    found = parse_printed(form.format(moment))
    assert found is not None
    assert (found.when, found.precision) == (moment, "minute")


@given(MOMENTS)
def test_declared_forms_round_trip(moment: datetime) -> None:
    for text in (moment.isoformat(), f"{moment:%Y-%m-%d}+07{moment:%H:%M:%S}", f"{moment:%m/%d/%Y %I:%M:%S %p}"):
        found = parse_machine(text)
        assert found is not None
        assert found.when == moment


TEXT = "<p>Sáng 12.3, Ủy ban nhân dân huyện tổ chức hội nghị triển khai kế hoạch trồng rừng năm nay.</p>" + "".join(
    f"<p>Năm qua, xã thứ {i} trồng mới hơn {i}2 ha rừng, độ che phủ nâng lên rõ rệt, đời sống của bà con ổn định "
    f"hơn.</p>"
    for i in range(5)
)


def page(head: str = "", date_line: str = "") -> str:
    title = "Huyện triển khai kế hoạch trồng rừng năm nay"
    return (
        f"<html><head><title>{title}</title>{head}</head><body><header>"
        f"<div class=title-time>Thứ 6, 20/11/2026 18:38 (GMT +7)</div></header>"
        f"<div><h1>{title}</h1>{date_line}<div class=noidung>{TEXT}</div></div></body></html>"
    )


def json_ld(value: str) -> str:
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", "datePublished": "{value}"}}</script>'


# The clock of the request stands beside it, in one order or the other.
MONTH_FIRST = (
    '<meta name="article:published_time" content="3/12/2024 3:29:47 PM"><meta name=datetimenow content="10/1/2026 '
    '12:34:41 PM"><meta name=datetimenow content="01/10/2026 21:09:07">'
)
ANALYTICS = "<script>gtag('event', 'article_page', {'articlePublishDate': '2024-03-12T15:29:40+07:00'});</script>"


@pytest.mark.parametrize(
    ("head", "line", "source", "when"),
    [
        (json_ld("2024-03-12"), "<p>12/03/2024 09:30</p>", "visible", "2024-03-12T09:30:00+07:00"),
        (json_ld("2024-03-12T02:15:00Z"), "<p>12/03/2024</p>", "json-ld", "2024-03-12T09:15:00+07:00"),
        (
            '<meta property="article:published_time" content="2024-03-12+0709:20:00">',
            "",
            "meta",
            "2024-03-12T09:20:00+07:00",
        ),
        (MONTH_FIRST, "", "meta", "2024-03-12T15:29:47+07:00"),
        (MONTH_FIRST, "<p>MAI QUẾ • 12/03/2024 15:29</p>", "visible", "2024-03-12T15:29:00+07:00"),
        (MONTH_FIRST + ANALYTICS, "", "script", "2024-03-12T15:29:40+07:00"),
        (json_ld("2024-03-12"), "<p>13/03/2024</p>", "visible", "2024-03-13T00:00:00+07:00"),
        (json_ld("2024-03-12"), "", "json-ld", "2024-03-12T00:00:00+07:00"),
        ("", "", "dateline", "2024-03-12T00:00:00+07:00"),
    ],
)
def test_a_minute_beats_a_day_and_the_page_beats_its_declarations(head: str, line: str, source: str, when: str) -> None:
    article = article_of(page(head, line), url="https://vidu.vn/tin/202403/trong-rung-a1b2c3d/")
    assert article.published_at is not None
    assert (article.published_source, article.published_at.isoformat()) == (source, when)


def test_the_header_clock_is_no_date_of_publication() -> None:
    article = article_of(page(), url="https://vidu.vn/tin/trong-rung-12345.html")
    assert article.published_at is None
    assert "no-date" in article.quality


def test_scripts_that_name_several_dates_name_none() -> None:
    other = ANALYTICS.replace("2024-03-12", "2024-03-09")
    article = article_of(page(ANALYTICS + other), url="https://vidu.vn/tin/trong-rung-12345.html")
    assert article.published_at is None


def test_the_words_a_date_was_read_from_are_kept() -> None:
    found = parse_printed("Tin mới | Thứ 4, 01/12/2021 | 11:51:00 [GMT +7] A A")
    assert found is not None
    assert found.raw == "Thứ 4, 01/12/2021 | 11:51:00 [GMT +7]"


TODAY = "2026-11-21T10:00:00+07:00"  # When tests.pipelines.pages.FETCHED was.


@pytest.mark.parametrize(
    ("head", "line", "found"),
    [
        ("", "<p>21/11/2026 10:59</p>", ("visible", "2026-11-21T10:59:00+07:00")),
        ("", "<p>21/11/2026 11:01</p>", None),
        ("", "<p>22/11/2026</p>", None),
        ("", "<p>12/03/2042 09:30</p>", None),
        (json_ld("2027-03-12T09:30:00+07:00"), "<p>12/03/2024 09:30</p>", ("visible", "2024-03-12T09:30:00+07:00")),
        (json_ld("2024-03-12T09:30:00+07:00"), "<p>12/03/2042 09:30</p>", ("json-ld", "2024-03-12T09:30:00+07:00")),
    ],
)
def test_the_future_is_no_date_of_publication(head: str, line: str, found: tuple[str, str] | None) -> None:
    article = article_of(page(head, line), url="https://vidu.vn/tin/trong-rung-12345.html")
    when = article.published_at.isoformat() if article.published_at else None
    assert (article.published_source, when) == (found or (None, None))
    assert ("future-date" in article.quality) == (found is None or "2027" in head or "2042" in line)


def test_an_address_of_the_future_is_none_either() -> None:
    article = article_of(page(), url="https://vidu.vn/tin/203001/trong-rung-a1b2c3d/")
    assert article.published_at is None
    assert "future-date" in article.quality


def test_a_change_in_the_future_is_not_believed() -> None:
    head = '<meta property="article:modified_time" content="2031-01-01T10:00:00+07:00">'
    assert article_of(page(head, "<p>12/03/2024 09:30</p>")).modified_at is None


@pytest.mark.parametrize(
    "clock",
    [
        "<div class=title-time>Thứ 2, 21/10/2024 09:00</div>",
        "<div id=onecms__currentTime>21/10/2024 09:00</div>",
        "<div class=top>Thứ 2, 21/10/2024</div>",
        "<header><span>Thứ 2, 21/10/2024</span></header>",
        "<p>21/11/2026 10:00</p>",
        '<meta name="datetimenow" content="10/1/2026 12:34:41 PM">',
        f'<meta name="pubdate" content="{TODAY}">',
    ],
)
def test_clocks_are_no_date_of_publication(clock: str) -> None:
    html = page().replace("<header>", f"{clock}<header>")
    assert article_of(html, url="https://vidu.vn/tin/trong-rung-12345.html").published_at is None


def test_a_declared_minute_of_another_day_makes_no_day_exact() -> None:
    article = article_of(page(json_ld("2025-01-02T08:00:00+07:00"), "<p>12/03/2024</p>"))
    assert article.published_at is not None
    assert (article.published_source, article.published_precision) == ("visible", "day")
    assert (article.published_at.isoformat(), article.published_raw) == ("2024-03-12T00:00:00+07:00", "12/03/2024")


def test_the_attribute_of_a_time_speaks_where_its_text_does_not() -> None:
    rules = Rules("time/1", r"-(?P<id>\d+)\.html$", (Layout("only", (".noidung",), ("h1",), published=("time",)),))
    html = page("", '<time datetime="2024-03-12T09:30:00+0700">2 giờ trước</time>')
    article = article_of(html, rules)
    assert article.published_at is not None
    assert (article.published_source, article.published_at.isoformat()) == ("visible", "2024-03-12T09:30:00+07:00")
