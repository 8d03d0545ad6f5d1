from __future__ import annotations

from scrapers.cms.epi import Epi
from scrapers.sources import Section


class BaoHaTinh(Epi):
    """Báo Hà Tĩnh, newspaper of Hà Tĩnh province."""

    name = "baohatinh"
    domain = "baohatinh.vn"
    desk = "bao-ha-tinh"
    province = "Hà Tĩnh"
    other_paths = ("/tv/", "/cong-cu/")
    sources = (
        Section("/chinh-tri/"),
        Section("/kinh-te/"),
        Section("/xa-hoi/"),
        Section("/van-hoa-giai-tri/"),
        Section("/phap-luat/"),
        Section("/the-thao/"),
        Section("/the-gioi/"),
        Section("/ve-ha-tinh/"),
        Section("/doi-song/"),
        Section("/cong-nghe/"),
        Section("/cong-dong/"),
        Section("/xe/"),
    )
