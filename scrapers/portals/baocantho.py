from __future__ import annotations

from scrapers.cms.vdoc import VDoc
from scrapers.sources import Rss, Section


class BaoCanTho(VDoc):
    """Báo Cần Thơ, newspaper of Cần Thơ city."""

    name = "baocantho"
    domain = "baocantho.com.vn"
    desk = "bao-can-tho"
    province = "Cần Thơ"
    sources = (
        Rss("/rss/cate/thoi-su/"),
        Section("/thoi-su/"),
        Section("/chinh-tri/"),
        Section("/kinh-te/"),
        Section("/xa-hoi-phap-luat/"),
        Section("/quoc-phong-an-ninh/"),
        Section("/the-gioi/"),
        Section("/giao-duc/"),
        Section("/y-te/"),
        Section("/cong-nghe/"),
        Section("/chuyen-doi-so/"),
        Section("/van-hoa-giai-tri/"),
        Section("/the-thao/"),
        Section("/du-lich/"),
    )
