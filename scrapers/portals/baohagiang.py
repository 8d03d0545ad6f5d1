from __future__ import annotations

from scrapers.cms.filehex import FileHex
from scrapers.sources import Section


class BaoHaGiang(FileHex):
    """Báo Hà Giang, newspaper of Hà Giang province until it became part of Tuyên Quang on 2025-07-01."""

    name = "baohagiang"
    domain = "baohagiang.vn"
    desk = "bao-ha-giang"
    province = "Hà Giang"
    province_2025 = "Tuyên Quang"
    sources = (Section("/"), Section("/thong-tin-quang-ba/"))
