from __future__ import annotations

from scrapers.cms.ims import Ims
from scrapers.sources import Section


class BaoYenBai(Ims):
    """Báo Yên Bái, newspaper of Yên Bái province until it became part of Lào Cai on 2025-07-01."""

    name = "baoyenbai"
    domain = "baoyenbai.com.vn"
    desk = "bao-yen-bai"
    province = "Yên Bái"
    province_2025 = "Lào Cai"
    sources = (Section("/"),)
