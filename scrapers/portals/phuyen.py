from __future__ import annotations

from scrapers.cms.filehex import FileHex
from scrapers.sources import Section


class PhuYen(FileHex):
    """Phú Yên online, newspaper of Phú Yên province until it became part of Đắk Lắk on 2025-07-01."""

    name = "phuyen"
    domain = "phuyen.baodaklak.vn"
    desk = "bao-phu-yen"
    province = "Phú Yên"
    province_2025 = "Đắk Lắk"
    sources = (Section("/"), Section("/suc-khoe/"))
