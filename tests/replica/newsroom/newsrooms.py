"""The sites: what they are called, their sections, and how each desk writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tests.replica.newsroom.lowlands import (
    AN_GIANG,
    BINH_DUONG,
    CA_MAU,
    CAN_THO,
    DA_NANG,
    DONG_THAP,
    HAI_PHONG,
    NGHE_AN,
)
from tests.replica.newsroom.places import CAO_BANG, HA_GIANG, LANG_SON, Province

Byline = Literal["bare", "capitals", "works", "agency"]


@dataclass(frozen=True, slots=True)
class Newsroom:
    """What a site's template prints around the stories.

    ``sections`` are pairs of printed name and path without slashes, case as in the address ("Thoi-su");
    ``prefix`` opens every lead of the desk's own stories ("BHG - "), empty where the desk has none.
    """

    portal: str
    site_title: str
    sections: tuple[tuple[str, str], ...]
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class House:
    """How a desk writes.

    ``beats`` are the topics per section path. ``separators`` stand between day and month, ``dashes`` around an
    aside; ``year`` is the share of datelines with the year; ``byline`` is how reporters sign. ``republished`` is the
    share of items from ``origin`` (name, domain or ``None``), ``wire`` the share taken unsigned from ``agency``,
    ``unsigned`` the share of own items by nobody.
    """

    newsroom: Newsroom
    provinces: tuple[Province, ...]
    beats: dict[str, tuple[str, ...]]
    separators: tuple[str, ...] = ("/",)
    dashes: tuple[str, ...] = (" - ",)
    year: float = 0.0
    byline: Byline = "bare"
    origin: tuple[str, str | None] | None = None
    republished: float = 0.0
    wire: float = 0.05
    agency: str = "TTXVN"
    unsigned: float = 0.05
    place_in_title: bool = False


def read_desks(
    portal: str, site_title: str, provinces: tuple[Province, ...], desks: str, prefix: str = ""
) -> tuple[Newsroom, tuple[Province, ...], dict[str, tuple[str, ...]]]:
    """Read ``desks``: a line per section, "name | path | topics"."""
    rows = [[cell.strip() for cell in line.split(" | ")] for line in desks.strip().splitlines()]
    sections = tuple((name, path) for name, path, _ in rows)
    beats = {path: tuple(topics.split()) for _, path, topics in rows}
    return Newsroom(portal, site_title, sections, prefix), provinces, beats


_BAO_CAO_BANG = """
    Thời sự | Thoi-su | thien_tai giao_thong nong_thon_moi
    Chính trị | chinh-tri | ky_hop tiep_xuc xay_dung_dang
    Kinh tế | kinh-te | nong_nghiep cua_khau lam_nghiep giao_thong
    Xã hội | xa-hoi | giam_ngheo nong_thon_moi nguoi_tot
    Văn hóa | van-hoa | le_hoi du_lich
    Thể thao | the-thao | the_thao
    Khoa học - Công nghệ | Khoa-hoc-Cong-nghe | chuyen_doi_so
    Quốc phòng - An ninh | Quoc-phong-An-ninh | bien_phong phap_luat
    Sức khỏe - Đời sống | Suc-khoe-Doi-song | y_te
    Giáo dục | Giao-duc | giao_duc
    Thế giới | The-gioi | cua_khau
    Ký - Phóng sự | Ky-Phong-su | nguoi_tot du_lich
"""
_BAO_LANG_SON = """
    Chính trị | chinh-tri | ky_hop tiep_xuc xay_dung_dang
    Kinh tế | kinh-te | cua_khau giao_thong nong_thon_moi
    Xã hội | xa-hoi | giam_ngheo thien_tai y_te nguoi_tot bien_phong
    Pháp luật | phap-luat | phap_luat
    Giáo dục | giao-duc | giao_duc
    Văn hóa | van-hoa | le_hoi
    Thể thao | the-thao | the_thao
    Du lịch | du-lich | du_lich
    Nông nghiệp | nong-nghiep | nong_nghiep lam_nghiep
    Công nghệ | cong-nghe | chuyen_doi_so
    Giải trí | giai-tri | le_hoi the_thao
    Quốc tế | quoc-te | cua_khau
    Khoa học - Tin học | khoa-hoc-tin-hoc | chuyen_doi_so
    Tiêu điểm | tieu-diem | nong_thon_moi giao_thong
"""
_BAO_HA_GIANG = """
    Chính trị | chinh-tri | ky_hop tiep_xuc xay_dung_dang
    Kinh tế | kinh-te | nong_nghiep cua_khau lam_nghiep giao_thong
    Xã hội | xa-hoi | giam_ngheo y_te thien_tai giao_duc nguoi_tot
    Văn hóa | van-hoa | le_hoi the_thao
    Du lịch | du-lich | du_lich
    Quốc phòng - An ninh | quoc-phong-an-ninh | bien_phong phap_luat
    Nông thôn mới | nong-thon-moi | nong_thon_moi
    Chuyển đổi số | chuyen-doi-so | chuyen_doi_so
    Thông tin quảng bá | thong-tin-quang-ba | du_lich
"""
_HDND_CAO_BANG = """
    Tin tức - Sự kiện | tin-tuc-su-kien | thuong_truc xay_dung_dang
    Kỳ họp HĐND | ky-hop-hdnd | ky_hop
    Giám sát - Khảo sát | giam-sat-khao-sat | giam_sat
    Tiếp xúc cử tri | tiep-xuc-cu-tri | tiep_xuc
    Đoàn đại biểu Quốc hội | doan-dai-bieu-quoc-hoi | dai_bieu tiep_xuc
    Hoạt động của Thường trực HĐND | hoat-dong-thuong-truc | thuong_truc giam_sat
"""
_CAO_BANG_GOV = """
    Tin tức - Sự kiện | tin-tuc-su-kien | thien_tai ky_hop xay_dung_dang giao_thong
    Chỉ đạo điều hành | chi-dao-dieu-hanh | thuong_truc giam_sat nong_thon_moi
    Kinh tế - Xã hội | kinh-te-xa-hoi | nong_nghiep lam_nghiep cua_khau giam_ngheo giao_duc y_te
    Văn hóa - Du lịch | van-hoa-du-lich | le_hoi du_lich the_thao
    Quốc phòng - An ninh | quoc-phong-an-ninh | bien_phong phap_luat
    Chuyển đổi số | chuyen-doi-so | chuyen_doi_so
"""
_VUNG_CAO = """
    Thời sự | thoi-su | ky_hop thien_tai xay_dung_dang
    Kinh tế | kinh-te | nong_nghiep lam_nghiep cua_khau giao_thong
    Đời sống | doi-song | giam_ngheo nong_thon_moi nguoi_tot
    Văn hóa - Du lịch | van-hoa-du-lich | le_hoi du_lich the_thao
    Giáo dục - Y tế | giao-duc-y-te | giao_duc y_te chuyen_doi_so
    An ninh biên giới | an-ninh-bien-gioi | bien_phong phap_luat
"""
_BAO_CAN_THO = """
    Thời sự | thoi-su | thien_tai giao_thong nong_thon_moi
    Chính trị | chinh-tri | ky_hop tiep_xuc xay_dung_dang
    Kinh tế | kinh-te | nong_nghiep cua_khau giao_thong
    Xã hội - Pháp luật | xa-hoi-phap-luat | giam_ngheo phap_luat nguoi_tot
    Quốc phòng - An ninh | quoc-phong-an-ninh | bien_phong phap_luat
    Thế giới | the-gioi | cua_khau
    Giáo dục | giao-duc | giao_duc
    Y tế | y-te | y_te
    Khoa học & Công nghệ | cong-nghe | chuyen_doi_so
    Chuyển đổi số | chuyen-doi-so | chuyen_doi_so
    Văn hóa - Giải trí | van-hoa-giai-tri | le_hoi
    Thể thao | the-thao | the_thao
    Du lịch | du-lich | du_lich
"""
_BAO_AN_GIANG = """
    An Giang 24 giờ | an-giang-24-gio | thien_tai giao_thong nong_thon_moi
    Chính trị - Xã hội | chinh-tri-xa-hoi | ky_hop tiep_xuc xay_dung_dang
    Xã hội - Từ thiện | xh-tt | giam_ngheo nguoi_tot
    Kinh tế | kinh-te | cua_khau giao_thong
    Giáo dục | giao-duc | giao_duc
    Công nghệ | cong-nghe | chuyen_doi_so
    Pháp luật | phap-luat | phap_luat bien_phong
    Quốc tế | quoc-te | cua_khau
    Văn hóa | van-hoa | le_hoi
    Thể thao | the-thao | the_thao
    Sức khỏe | suc-khoe | y_te
    Nhịp sống mới | nhip-song-moi | chuyen_doi_so
    Tam nông | tam-nong | nong_nghiep nong_thon_moi
    Du lịch | du-lich | du_lich
"""
_BAO_BINH_DUONG = """
    Chính trị | chinh-tri | ky_hop tiep_xuc xay_dung_dang
    Kinh tế | kinh-te | nong_nghiep giao_thong
    Xã hội | xa-hoi | giam_ngheo nguoi_tot nong_thon_moi
    Thể thao | the-thao | the_thao
    Giáo dục | giao-duc | giao_duc
    Pháp luật | phap-luat | phap_luat
    Y tế | y-te | y_te
    Nhịp sống số | nhip-song-so | chuyen_doi_so
    Phân tích | phan-tich | giao_thong thien_tai
    Bạn đọc | ban-doc | tiep_xuc
    Du lịch | du-lich | du_lich le_hoi
    Quốc tế | quoc-te | cua_khau
"""
_BAO_DONG_THAP = """
    Chính trị | chinh-tri | ky_hop tiep_xuc xay_dung_dang
    Kinh tế | kinh-te | nong_nghiep giao_thong cua_khau
    Xã hội | xa-hoi | giam_ngheo nong_thon_moi thien_tai nguoi_tot
    Văn hóa - Nghệ thuật | van-hoa-nghe-thuat | le_hoi du_lich
    Thể thao | the-thao | the_thao
    Giáo dục | giao-duc | giao_duc
    Pháp luật | phap-luat | phap_luat bien_phong
    Sức khỏe - Y tế | suc-khoe-y-te | y_te
    Quốc tế | quoc-te | cua_khau
    Khoa học | khoa-hoc | chuyen_doi_so
"""
_BAO_CA_MAU = """
    Chính trị | chinh-tri | ky_hop tiep_xuc xay_dung_dang
    Kinh tế | kinh-te | nong_nghiep lam_nghiep giao_thong
    Xã hội | xa-hoi | giam_ngheo nong_thon_moi thien_tai nguoi_tot
    Văn hóa - Văn nghệ | van-hoa-van-nghe | le_hoi
    Thể thao | the-thao | the_thao
    Giáo dục | giao-duc | giao_duc
    Pháp luật | phap-luat | phap_luat
    Y tế | y-te | y_te
    Biển đảo | bien-dao | bien_phong
    Chuyển đổi số | chuyen-doi-so | chuyen_doi_so
    Du lịch | du-lich | du_lich
"""
_BAO_NGHE_AN = """
    Thời sự | thoi-su | thien_tai ky_hop giao_thong
    Kinh tế | kinh-te | nong_nghiep lam_nghiep cua_khau
    Xã hội | xa-hoi | giam_ngheo nguoi_tot nong_thon_moi
    Thể thao | the-thao | the_thao
    Sức khỏe | suc-khoe | y_te
    Pháp luật | phap-luat | phap_luat bien_phong
    Quốc tế | quoc-te | cua_khau
    Xây dựng Đảng | xay-dung-dang | xay_dung_dang
    Giáo dục | giao-duc | giao_duc
    Giải trí | giai-tri | le_hoi du_lich
    Kết nối doanh nghiệp | ket-noi-doanh-nghiep | chuyen_doi_so
    Lao động | lao-dong | giam_ngheo
"""
_BAO_DA_NANG = """
    Chính trị | chinh-tri | ky_hop xay_dung_dang
    Xã hội | xa-hoi | giam_ngheo nguoi_tot y_te
    Kinh tế | kinh-te | cua_khau giao_thong
    Nông nghiệp - Nông thôn | nong-nghiep-nong-thon | nong_nghiep nong_thon_moi
    Quốc phòng - An ninh | quoc-phong-an-ninh | bien_phong phap_luat
    Thế giới | the-gioi | cua_khau
    Thể thao | the-thao | the_thao
    Văn hóa - Văn nghệ | van-hoa-van-nghe | le_hoi
    Đời sống | doi-song | giao_duc y_te
    Du lịch | du-lich | du_lich
    Khoa học - Công nghệ | khoa-hoc-cong-nghe | chuyen_doi_so
    Sự kiện - Bình luận | su-kien-binh-luan | thien_tai
    Cơ hội đầu tư | co-hoi-dau-tu | giao_thong
    Theo bước chân người Quảng | theo-buoc-chan-nguoi-quang | nguoi_tot
    Tòa soạn - Bạn đọc | toa-soan-ban-doc | tiep_xuc
"""
_BAO_HAI_PHONG = """
    Chính trị | chinh-tri | ky_hop xay_dung_dang
    Kinh tế | kinh-te | cua_khau nong_nghiep giao_thong
    Xã hội | xa-hoi | giam_ngheo y_te nong_thon_moi
    Góc nhìn | goc-nhin | thien_tai
    Khoa học - Giáo dục | khoa-hoc-giao-duc | giao_duc chuyen_doi_so
    Pháp luật | phap-luat | phap_luat
    Bất động sản | bat-dong-san | giao_thong
    Văn hóa - Giải trí | van-hoa-giai-tri | le_hoi
    Văn nghệ | van-nghe | le_hoi
    Quốc tế | quoc-te | cua_khau
    Thể thao | the-thao | the_thao
    Đời sống | doi-song | nguoi_tot
    Đất và người xứ Đông | dat-va-nguoi-xu-dong | nguoi_tot
    Bạn đọc | ban-doc | tiep_xuc
    Du lịch | du-lich | du_lich
"""

_PAPER = "Báo Cao Bằng"
HOUSES: dict[str, House] = {
    house.newsroom.portal: house
    for house in (
        House(*read_desks("baocaobang", _PAPER, (CAO_BANG,), _BAO_CAO_BANG), separators=("/", "/", "-"), wire=0.07),
        House(
            *read_desks("baolangson", "Báo Lạng Sơn", (LANG_SON,), _BAO_LANG_SON, "LSO – "),
            dashes=(" – ",),
            year=0.5,
            byline="capitals",
        ),
        House(
            *read_desks("baohagiang", "Báo Hà Giang", (HA_GIANG,), _BAO_HA_GIANG, "BHG - "),
            separators=(".",),
            dashes=(" - ", " – "),
            byline="works",
        ),
        House(
            *read_desks("hdnd_caobang", "Đoàn ĐBQH và HĐND tỉnh Cao Bằng", (CAO_BANG,), _HDND_CAO_BANG),
            byline="agency",
            origin=(_PAPER, None),
            republished=0.6,
            wire=0.0,
        ),
        House(
            *read_desks("caobang_gov", "Cổng thông tin điện tử tỉnh Cao Bằng", (CAO_BANG,), _CAO_BANG_GOV),
            origin=(_PAPER, "baocaobang.vn"),
            republished=0.7,
            wire=0.03,
            unsigned=0.4,
        ),
        House(
            *read_desks("vungcao", "Tin tức Vùng cao", (CAO_BANG, LANG_SON, HA_GIANG), _VUNG_CAO),
            separators=("/", "-"),
            wire=0.1,
            place_in_title=True,
        ),
        House(
            *read_desks("baocantho", "Báo Cần Thơ", (CAN_THO,), _BAO_CAN_THO, "(CTO) - "),
            separators=("-",),
            byline="works",
            origin=("Tuổi Trẻ", None),
            republished=0.15,
            wire=0.1,
        ),
        House(*read_desks("baoangiang", "Báo An Giang", (AN_GIANG,), _BAO_AN_GIANG), wire=0.3, agency="Vietnamnet"),
        House(
            *read_desks("baobinhduong", "Báo Bình Dương", (BINH_DUONG,), _BAO_BINH_DUONG, "(BDO) - "),
            separators=("-",),
            byline="capitals",
            wire=0.15,
        ),
        House(
            *read_desks("baodongthap", "Báo Đồng Tháp", (DONG_THAP,), _BAO_DONG_THAP, "ĐTO - "),
            separators=("/", "-"),
            dashes=(" - ", " – "),
            wire=0.1,
        ),
        House(
            *read_desks("baocamau", "Báo Cà Mau", (CA_MAU,), _BAO_CA_MAU, "(CMO) "),
            byline="works",
            origin=("Tuổi Trẻ", None),
            republished=0.1,
            wire=0.1,
        ),
        House(
            *read_desks("baonghean", "Báo Nghệ An", (NGHE_AN,), _BAO_NGHE_AN, "(Baonghean.vn) - "),
            dashes=(" - ", " – "),
        ),
        House(
            *read_desks("baodanang", "Báo Đà Nẵng", (DA_NANG,), _BAO_DA_NANG, "ĐNO - "), byline="capitals", unsigned=0.1
        ),
        House(
            *read_desks("baohaiphong", "Báo Hải Phòng", (HAI_PHONG,), _BAO_HAI_PHONG, "(HPĐT)- "),
            separators=("-",),
            byline="works",
            wire=0.1,
        ),
    )
}
NEWSROOMS: dict[str, Newsroom] = {portal: house.newsroom for portal, house in HOUSES.items()}
