from __future__ import annotations

from dataclasses import replace

from scrapers.cms.vdoc import RULES, VDoc
from scrapers.sources import Section


class BaoAnGiang(VDoc):
    """Báo An Giang, newspaper of An Giang province."""

    name = "baoangiang"
    domain = "baoangiang.com.vn"
    desk = "bao-an-giang"
    province = "An Giang"
    sources = (
        Section("/an-giang-24-gio/"),
        Section("/chinh-tri-xa-hoi/"),
        Section("/xh-tt/"),
        Section("/kinh-te/"),
        Section("/giao-duc/"),
        Section("/cong-nghe/"),
        Section("/phap-luat/"),
        Section("/quoc-te/"),
        Section("/van-hoa/"),
        Section("/the-thao/"),
        Section("/suc-khoe/"),
        Section("/nhip-song-moi/"),
        Section("/tam-nong/"),
        Section("/du-lich/"),
    )
    rules = replace(RULES, house_tags=("An Giang", "Báo An Giang", "APEC 2027", "Rạch Giá", "Phú Quốc"))
