"""Who wrote it, and where it came from."""

from __future__ import annotations

import pytest

from pipelines.bylines import (
    is_attribution,
    is_labelled,
    is_photo_credit,
    is_signature,
    opening_agency,
    opening_wire,
    parse_byline,
)

OURS = ("Bút danh", "Báo Cao Bằng")


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("Tin, ảnh: Duy Tuấn", ("Duy Tuấn",)),
        ("Bài, ảnh: Hồng Hạnh - Việt Hà", ("Hồng Hạnh", "Việt Hà")),
        ("Bài và ảnh: Hoàng Anh", ("Hoàng Anh",)),
        ("Tin: Mai Quế; ảnh: Duy Tuấn", ("Mai Quế",)),
        ("Tác giả: Thanh Loan (BCB)", ("Thanh Loan",)),
        ("Tác giả: Duy Tuấn - Ảnh: Thanh Loan", ("Duy Tuấn",)),
        ("Thanh Loan, Diệu Hương", ("Thanh Loan", "Diệu Hương")),
        ("Nông Sơn và Bảo Yến", ("Nông Sơn", "Bảo Yến")),
        ("MAI QUẾ", ("MAI QUẾ",)),
        ("BS ĐOÀN VĂN HẢI", ("BS ĐOÀN VĂN HẢI",)),
        ("Tin, ảnh: P.Y", ("P.Y",)),
        ("Tin và ảnh: Nam Giang", ("Nam Giang",)),
        ("Chí Linh-BBL", ("Chí Linh",)),
        ("Tạ Nguyên/Báo Tin tức", ("Tạ Nguyên",)),
        ("Bút danh", ()),
        ("Báo Cao Bằng", ()),
        ("longantv", ()),
        ("PV", ()),
        ("Nhóm PV", ()),
        ("Tin và ảnh: Lê An", ("Lê An",)),
        ("Thực hiện: Lê An - Hà My", ("Lê An", "Hà My")),
        ("Lê An ghi", ("Lê An",)),
        ("Lê An thực hiện", ("Lê An",)),
        ("Minh Anh (t/h)", ("Minh Anh",)),
        ("Bài và ảnh: H'Linh Niê", ("H'Linh Niê",)),
        ("PV/Vietnam+", ()),
        ("TTXVN", ()),
        ("T.H", ()),
        ("Tác giả:", ()),
        ("Nguồn tin:", ()),
        ("Ảnh: TTXVN", ()),
        ("Ảnh minh họa: Internet", ()),
        ("", ()),
    ],
)
def test_authors(line: str, authors: tuple[str, ...]) -> None:
    assert parse_byline(line, OURS).authors == authors


@pytest.mark.parametrize(
    ("line", "authors", "name", "url"),
    [
        ("Nguồn: Diệu Hương - Báo Cao Bằng (baocaobang.vn)", ("Diệu Hương",), "Báo Cao Bằng", "baocaobang.vn"),
        (
            "Nguồn: Minh Quế, Mai Linh - Báo Lạng Sơn (baolangson.vn)",
            ("Minh Quế", "Mai Linh"),
            "Báo Lạng Sơn",
            "baolangson.vn",
        ),
        ("Nguồn tin: Báo Cao Bằng", (), "Báo Cao Bằng", None),
        ("Nguồn: baocaobang.vn", (), "baocaobang.vn", "baocaobang.vn"),
        ("Theo TTXVN", (), "TTXVN", None),
        ("Theo: VnExpress.net", (), "VnExpress.net", "VnExpress.net"),
        ("Theo Thanh Loan (Vietnamnet)", ("Thanh Loan",), "Vietnamnet", None),
        ("(Theo Thanh Loan/TTXVN)", ("Thanh Loan",), "TTXVN", None),
        ("Nguồn tin: TTXVN/Vietnam+", (), "TTXVN/Vietnam+", None),
        ("PV/Vietnam+", (), "Vietnam+", None),
        ("TTXVN", (), "TTXVN", None),
        ("Nguồn: https://baocaobang.vn/tin-1.html", (), "baocaobang.vn", "https://baocaobang.vn/tin-1.html"),
        ("(Theo Vietnamnet)", (), "Vietnamnet", None),
        ("Theo Tạ Nguyên/Báo Tin tức", ("Tạ Nguyên",), "Báo Tin tức", None),
        ("Hương Giang (TTXVN)", ("Hương Giang",), "TTXVN", None),
        ("SONG NHI (Theo Medical News Today)", ("SONG NHI",), "Medical News Today", None),
        ("Tạ Nguyên/Báo Tin tức", ("Tạ Nguyên",), "Báo Tin tức", None),
    ],
)
def test_sources(line: str, authors: tuple[str, ...], name: str, url: str | None) -> None:
    byline = parse_byline(line, OURS)
    assert byline.authors == authors
    assert byline.source is not None
    assert (byline.source.name, byline.source.url, byline.source.raw) == (name, url, line)


def test_the_agency_after_a_name_is_kept_apart() -> None:
    assert parse_byline("Tác giả: Thanh Loan (BCB)").agency == "BCB"
    assert parse_byline("Tác giả: Thanh Loan (BCB)").source is None
    assert parse_byline("Chí Linh-BBL").agency == "BBL"
    assert parse_byline("Minh Anh (tổng hợp)").agency is None


@pytest.mark.parametrize(
    ("lead", "wire"),
    [
        ("TTXVN - Sáng 12/3, tại Hà Nội, hội nghị khai mạc.", "TTXVN"),
        ("(TTXVN) – Chiều 12/3, đoàn đã đến thăm bản.", "TTXVN"),
        ("Vietnam+ - Theo kế hoạch, cầu thông xe vào tháng tới.", "Vietnam+"),
        ("BHG - Chiều 25.2, các đồng chí đã đến dự.", None),
        ("(CTO) - Ngày 8-1, Sở đã tổ chức.", None),
        ("(Baonghean.vn) - Sáng 26-4, mưa lớn.", None),
        ("TTXVN khu vực miền núi tổ chức lớp tập huấn.", None),
    ],
)
def test_the_wire_that_opens_a_lead(lead: str, wire: str | None) -> None:
    source = opening_wire(lead)
    assert (source.name if source else None) == wire
    assert source is None or lead.startswith(source.raw)


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("BHG - Chiều 25.2, đoàn công tác", "BHG"),
        ("BLS – Ngày 3/6, huyện Bắc Sơn", "BLS"),
        ("ĐNO - Ở xã vùng cao", "ĐNO"),
        ("(CTO) - Sáng 20-11, tại cảng", "CTO"),
        ("(HPĐT)- “Một cửa” đi vào nền nếp", "HPĐT"),
        ("(Baonghean.vn) - Sáng ngày 19/11", "Baonghean.vn"),
        ("(TTXVN) Tối 3/6", "TTXVN"),
        ("HĐND - UBND tỉnh họp", None),
        ("COVID-19 trở lại", None),
        ("UBND tỉnh ban hành kế hoạch", None),
        ("Cao Bằng - Sáng 3/6", None),
        ("(Ảnh) - Sáng 3/6", None),
        ("BHG - ", None),
        ("", None),
    ],
)
def test_the_agency_that_opens_a_text(text: str, agency: str | None) -> None:
    assert opening_agency(text) == agency


@pytest.mark.parametrize(
    "line", ["Tin, ảnh: Duy Tuấn", "Nguồn: Báo Cao Bằng", "Ảnh: TTXVN", "Tác giả: Thanh Loan (BCB)"]
)
def test_labelled_lines(line: str) -> None:
    assert is_labelled(line)


@pytest.mark.parametrize(
    "line",
    [
        "Nguồn vốn: được bố trí từ ngân sách tỉnh và các chương trình mục tiêu quốc gia trong hai năm tới.",
        "Bài học: phải bắt đầu từ việc nhỏ, gần dân và làm đến nơi đến chốn.",
        "Theo đó, mỗi hộ được vay 50 triệu đồng.",
        "Kết luận hội nghị",
        "Sáng 12/3, đoàn đã đến thăm",
    ],
)
def test_running_text_signs_nothing(line: str) -> None:
    assert not is_labelled(line)
    assert not is_attribution(line)
    assert not is_signature(line)


def test_attributions_and_credits() -> None:
    assert is_attribution("Theo Báo Cao Bằng")
    assert is_photo_credit("Ảnh: TTXVN")
    assert not is_photo_credit("Tin, ảnh: Duy Tuấn")
