from __future__ import annotations

from scrapers.cms.ims import Ims
from scrapers.sources import Section


class BaoBinhPhuoc(Ims):
    """Báo Bình Phước, newspaper of Bình Phước province until it became part of Đồng Nai on 2025-07-01."""

    name = "baobinhphuoc"
    domain = "baobinhphuoc.com.vn"
    desk = "bao-binh-phuoc"
    province = "Bình Phước"
    province_2025 = "Đồng Nai"
    sources = (Section("/"),)
