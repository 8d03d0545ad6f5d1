from __future__ import annotations

from scrapers.cms.onecms import OneCms
from scrapers.sources import NewsSitemap, Section


class BaoDaNang(OneCms):
    """Báo Đà Nẵng, newspaper of Đà Nẵng city; since the merger of 2025 on the CMS of Báo Quảng Nam."""

    name = "baodanang"
    domain = "baodanang.vn"
    desk = "bao-da-nang"
    province = "Đà Nẵng"
    sources = (
        NewsSitemap("/sitemap-news.xml"),
        Section("/chinh-tri"),
        Section("/xa-hoi"),
        Section("/kinh-te"),
        Section("/nong-nghiep-nong-thon"),
        Section("/quoc-phong-an-ninh"),
        Section("/the-gioi"),
        Section("/the-thao"),
        Section("/van-hoa-van-nghe"),
        Section("/doi-song"),
        Section("/du-lich"),
        Section("/khoa-hoc-cong-nghe"),
        Section("/su-kien-binh-luan"),
        Section("/co-hoi-dau-tu"),
        Section("/theo-buoc-chan-nguoi-quang"),
        Section("/toa-soan-ban-doc"),
    )
