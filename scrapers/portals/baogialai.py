from __future__ import annotations

from scrapers.cms.epi import Epi
from scrapers.sources import Section


class BaoGiaLai(Epi):
    """Báo Gia Lai, newspaper of Gia Lai province."""

    name = "baogialai"
    domain = "baogialai.com.vn"
    desk = "bao-gia-lai"
    province = "Gia Lai"
    sources = (
        Section("/thoi-su-su-kien/"),
        Section("/chinh-tri/"),
        Section("/kinh-te/"),
        Section("/giao-duc/"),
        Section("/suc-khoe/"),
        Section("/van-hoa/"),
        Section("/giai-tri/"),
        Section("/doi-song/"),
        Section("/the-thao/"),
        Section("/khoa-hoc-cong-nghe/"),
        Section("/do-thi/"),
        Section("/du-lich/"),
        Section("/phap-luat/"),
        Section("/tu-thien/"),
        Section("/ban-doc/"),
        Section("/phong-su-ky-su/"),
    )
