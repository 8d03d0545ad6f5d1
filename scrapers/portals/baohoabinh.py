from __future__ import annotations

from scrapers.cms.ims import Ims
from scrapers.sources import Section


class BaoHoaBinh(Ims):
    """Báo Hòa Bình, newspaper of Hòa Bình province until it became part of Phú Thọ on 2025-07-01."""

    name = "baohoabinh"
    domain = "baohoabinh.com.vn"
    desk = "bao-hoa-binh"
    province = "Hòa Bình"
    province_2025 = "Phú Thọ"
    sources = (Section("/"),)
