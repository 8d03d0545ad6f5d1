from __future__ import annotations

from scrapers.cms.filehex import FileHex
from scrapers.sources import Section


class BaoQuangNgai(FileHex):
    """Báo Quảng Ngãi, newspaper of Quảng Ngãi province."""

    name = "baoquangngai"
    domain = "baoquangngai.vn"
    desk = "bao-quang-ngai"
    province = "Quảng Ngãi"
    # Addresses since about 2024 name no section.
    section_in_path = None
    sources = (
        Section("/chinh-tri"),
        Section("/thoi-su"),
        Section("/kinh-te"),
        Section("/xa-hoi"),
        Section("/du-lich"),
        Section("/doi-song"),
        Section("/van-hoa-nghe-thuat"),
        Section("/the-thao"),
        Section("/khoa-hoc-cong-nghe"),
        Section("/phap-luat"),
        Section("/quoc-te"),
        Section("/phong-su"),
    )
