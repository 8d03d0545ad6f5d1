from __future__ import annotations

from scrapers.cms.mediatech import Mediatech
from scrapers.sources import Section


class BaoLangSon(Mediatech):
    """Báo Lạng Sơn, newspaper of Lạng Sơn province."""

    name = "baolangson"
    domain = "baolangson.vn"
    desk = "bao-lang-son"
    province = "Lạng Sơn"
    sources = (
        Section("/chinh-tri"),
        Section("/kinh-te"),
        Section("/xa-hoi"),
        Section("/phap-luat"),
        Section("/giao-duc"),
        Section("/van-hoa"),
        Section("/the-thao"),
        Section("/giai-tri"),
        Section("/du-lich"),
        Section("/quoc-te"),
        Section("/nong-nghiep"),
        Section("/cong-nghe"),
        Section("/khoa-hoc-tin-hoc"),
        Section("/tieu-diem"),
    )
