"""Papers of other provinces: their sections and manners. Their stories happen in the provinces we have lists of."""

from __future__ import annotations

from tests.replica.newsroom.newsrooms import HOUSES, House, Newsroom, read_desks
from tests.replica.newsroom.places import CAO_BANG, HA_GIANG, LANG_SON

_BAO_LAO_CAI = """
    Chính trị | chinh-tri | ky_hop tiep_xuc xay_dung_dang
    Kinh tế | kinh-te | nong_nghiep cua_khau lam_nghiep giao_thong
    Xã hội | xa-hoi | giam_ngheo nong_thon_moi y_te thien_tai
    Văn hóa - Thể thao | van-hoa-the-thao | le_hoi the_thao du_lich
    Quốc phòng - An ninh | quoc-phong-an-ninh | bien_phong phap_luat
    Chuyển đổi số | chuyen-doi-so | chuyen_doi_so giao_duc
"""
_BAO_HA_TINH = """
    Chính trị | chinh-tri | ky_hop tiep_xuc xay_dung_dang
    Kinh tế | kinh-te | nong_nghiep lam_nghiep giao_thong
    Xã hội | xa-hoi | giam_ngheo nong_thon_moi thien_tai
    Văn hóa - Giải trí | van-hoa-giai-tri | le_hoi
    Pháp luật | phap-luat | phap_luat bien_phong
    Thể thao | the-thao | the_thao
    Thế giới | the-gioi | cua_khau
    Về Hà Tĩnh | ve-ha-tinh | du_lich
    Đời sống | doi-song | y_te giao_duc
    Công nghệ | cong-nghe | chuyen_doi_so
    Cộng đồng | cong-dong | nguoi_tot
    Xe | xe | giao_thong
"""
_BAO_GIA_LAI = """
    Thời sự - Sự kiện | thoi-su-su-kien | thien_tai ky_hop
    Chính trị | chinh-tri | tiep_xuc xay_dung_dang
    Kinh tế | kinh-te | nong_nghiep lam_nghiep cua_khau
    Giáo dục | giao-duc | giao_duc
    Sức khỏe | suc-khoe | y_te
    Văn hóa | van-hoa | le_hoi
    Giải trí | giai-tri | le_hoi
    Đời sống | doi-song | giam_ngheo nong_thon_moi
    Thể thao | the-thao | the_thao
    Khoa học - Công nghệ | khoa-hoc-cong-nghe | chuyen_doi_so
    Đô thị | do-thi | giao_thong
    Du lịch | du-lich | du_lich
    Pháp luật | phap-luat | phap_luat bien_phong
    Từ thiện | tu-thien | giam_ngheo
    Bạn đọc | ban-doc | tiep_xuc
    Phóng sự - Ký sự | phong-su-ky-su | nguoi_tot
"""
_BAO_THANH_HOA = """
    Thời sự | thoi-su | ky_hop tiep_xuc xay_dung_dang thien_tai
    Kinh tế | kinh-te | nong_nghiep lam_nghiep giao_thong
    Đời sống xã hội | doi-song-xa-hoi | giam_ngheo nong_thon_moi nguoi_tot
    Giáo dục | giao-duc | giao_duc
    Pháp luật | phap-luat | phap_luat
    Thế giới | the-gioi | cua_khau
    Văn hóa - Giải trí | van-hoa-giai-tri | le_hoi
    Thể thao | the-thao | the_thao
    Quốc phòng - An ninh | quoc-phong-an-ninh | bien_phong
    Khoa học - Công nghệ | khoa-hoc-cong-nghe | chuyen_doi_so
    Y tế - Sức khỏe | y-te-suc-khoe | y_te
    Du lịch | du-lich | du_lich
"""
_BAO_PHU_THO = """
    Phú Thọ 24h | phutho24h | ky_hop thien_tai tiep_xuc
    Xây dựng Đảng | xay-dung-dang | xay_dung_dang
    Kinh tế | kinh-te | nong_nghiep lam_nghiep giao_thong
    Xã hội | xa-hoi | giam_ngheo nong_thon_moi giao_duc y_te
    Văn hóa | van-hoa | le_hoi du_lich the_thao
    Pháp luật | phap-luat | phap_luat
"""
_BAO_YEN_BAI = """
    Chính trị | chinh-tri | ky_hop tiep_xuc xay_dung_dang
    Kinh tế | kinh-te | nong_nghiep lam_nghiep giao_thong
    Xã hội | xa-hoi | giam_ngheo nong_thon_moi giao_duc y_te thien_tai
    Văn hóa | van-hoa | le_hoi du_lich the_thao
    Quốc phòng - An ninh | quoc-phong-an-ninh | bien_phong phap_luat
"""
_BAO_PHU_YEN = """
    Chính trị | chinh-tri | ky_hop tiep_xuc
    Xây dựng Đảng | xay-dung-dang | xay_dung_dang
    Kinh tế | kinh-te | nong_nghiep lam_nghiep giao_thong
    Xã hội | xa-hoi | giam_ngheo nong_thon_moi thien_tai
    Sức khỏe | suc-khoe | y_te
    Giáo dục | giao-duc | giao_duc
    Văn hóa | van-hoa | le_hoi du_lich
    Thể thao | the-thao | the_thao
"""
_BAO_QUANG_NGAI = """
    Chính trị | chinh-tri | ky_hop tiep_xuc xay_dung_dang
    Thời sự | thoi-su | thien_tai
    Kinh tế | kinh-te | nong_nghiep lam_nghiep giao_thong
    Xã hội | xa-hoi | giam_ngheo nong_thon_moi
    Du lịch | du-lich | du_lich
    Đời sống | doi-song | y_te giao_duc
    Văn hóa - Nghệ thuật | van-hoa-nghe-thuat | le_hoi
    Thể thao | the-thao | the_thao
    Khoa học - Công nghệ | khoa-hoc-cong-nghe | chuyen_doi_so
    Pháp luật | phap-luat | phap_luat
    Quốc tế | quoc-te | cua_khau
    Phóng sự | phong-su | nguoi_tot
"""

_NEIGHBOURS = (
    House(*read_desks("baolaocai", "Báo Lào Cai", (LANG_SON,), _BAO_LAO_CAI), separators=("/",), wire=0.1),
    House(*read_desks("baohatinh", "Báo Hà Tĩnh", (CAO_BANG,), _BAO_HA_TINH, "(Baohatinh.vn) - "), separators=("/",)),
    House(*read_desks("baogialai", "Báo Gia Lai", (HA_GIANG,), _BAO_GIA_LAI, "(GLO)- "), separators=("-",), wire=0.1),
    House(*read_desks("baothanhhoa", "Báo Thanh Hóa", (CAO_BANG,), _BAO_THANH_HOA), separators=("-",), year=0.3),
    House(*read_desks("baophutho", "Báo Phú Thọ", (LANG_SON,), _BAO_PHU_THO), byline="works", wire=0.1),
    House(*read_desks("baoyenbai", "Báo Yên Bái", (HA_GIANG,), _BAO_YEN_BAI), separators=("/", "-"), unsigned=0.2),
    House(*read_desks("baohoabinh", "Báo Hòa Bình", (LANG_SON,), _BAO_YEN_BAI, "(HBĐT) - "), wire=0.1),
    House(*read_desks("baothaibinh", "Báo Thái Bình", (LANG_SON,), _BAO_YEN_BAI), dashes=(" – ",), wire=0.1),
    House(*read_desks("baobinhphuoc", "Báo Bình Phước", (CAO_BANG,), _BAO_YEN_BAI, "BPO - "), wire=0.1),
    House(*read_desks("phuyen", "Phú Yên online", (CAO_BANG,), _BAO_PHU_YEN), byline="capitals", wire=0.1),
    House(*read_desks("baoquangngai", "Báo Quảng Ngãi", (HA_GIANG,), _BAO_QUANG_NGAI), byline="works"),
)
NEIGHBOURS: dict[str, Newsroom] = {house.newsroom.portal: house.newsroom for house in _NEIGHBOURS}
ALL_HOUSES: dict[str, House] = HOUSES | {house.newsroom.portal: house for house in _NEIGHBOURS}
