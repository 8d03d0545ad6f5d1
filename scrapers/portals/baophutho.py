from __future__ import annotations

from scrapers.cms.dhcn import Dhcn
from scrapers.sources import Section


class BaoPhuTho(Dhcn):
    """Báo Phú Thọ, newspaper of Phú Thọ province."""

    name = "baophutho"
    domain = "baophutho.vn"
    desk = "bao-phu-tho"
    province = "Phú Thọ"
    sources = (Section("/"), Section("/phutho24h"))
