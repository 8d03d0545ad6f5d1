from __future__ import annotations

from scrapers.cms.vdoc import VDoc
from scrapers.sources import Section


class BaoCaMau(VDoc):
    """Báo Cà Mau, newspaper of Cà Mau province."""

    name = "baocamau"
    domain = "baocamau.vn"
    desk = "bao-ca-mau"
    province = "Cà Mau"
    sources = (Section("/"),)
