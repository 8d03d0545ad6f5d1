from __future__ import annotations

from scrapers.cms.vdoc import VDoc
from scrapers.sources import Section


class BaoDongThap(VDoc):
    """Báo Đồng Tháp, newspaper of Đồng Tháp province."""

    name = "baodongthap"
    domain = "baodongthap.vn"
    desk = "bao-dong-thap"
    province = "Đồng Tháp"
    sources = (
        Section("/chinh-tri/"),
        Section("/kinh-te/"),
        Section("/xa-hoi/"),
        Section("/van-hoa-nghe-thuat/"),
        Section("/the-thao/"),
        Section("/giao-duc/"),
        Section("/phap-luat/"),
        Section("/suc-khoe-y-te/"),
        Section("/quoc-te/"),
        Section("/khoa-hoc/"),
    )
