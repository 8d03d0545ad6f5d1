from __future__ import annotations

from scrapers.cms.vdoc import VDoc
from scrapers.sources import Section


class BaoBinhDuong(VDoc):
    """Báo Bình Dương, newspaper of Bình Dương province until it became part of TP. Hồ Chí Minh on 2025-07-01."""

    name = "baobinhduong"
    domain = "baobinhduong.vn"
    desk = "bao-binh-duong"
    province = "Bình Dương"
    province_2025 = "TP. Hồ Chí Minh"
    sources = (
        Section("/chinh-tri"),
        Section("/kinh-te"),
        Section("/xa-hoi"),
        Section("/the-thao"),
        Section("/giao-duc"),
        Section("/phap-luat"),
        Section("/y-te"),
        Section("/nhip-song-so"),
        Section("/phan-tich"),
        Section("/ban-doc"),
        Section("/du-lich"),
        Section("/quoc-te"),
    )
