from __future__ import annotations

from scrapers.cms.nukeviet import NukeViet
from scrapers.sources import Section


class HdndCaoBang(NukeViet):
    """Đoàn đại biểu Quốc hội và Hội đồng nhân dân tỉnh Cao Bằng, the province's deputies and council."""

    name = "hdnd_caobang"
    domain = "hdnd.caobang.gov.vn"
    desk = "hdnd-cao-bang"
    province = "Cao Bằng"
    kind = "council"
    sources = (Section("/"),)
