from __future__ import annotations

from scrapers.cms.ims import Ims
from scrapers.sources import Section


class BaoThaiBinh(Ims):
    """Báo Thái Bình, newspaper of Thái Bình province until it became part of Hưng Yên on 2025-07-01."""

    name = "baothaibinh"
    domain = "baothaibinh.com.vn"
    desk = "bao-thai-binh"
    province = "Thái Bình"
    province_2025 = "Hưng Yên"
    sources = (Section("/"),)
