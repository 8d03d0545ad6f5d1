from __future__ import annotations

from scrapers.cms.epi import Epi
from scrapers.sources import Section


class BaoLaoCai(Epi):
    """Báo Lào Cai, newspaper of Lào Cai province."""

    name = "baolaocai"
    domain = "baolaocai.vn"
    desk = "bao-lao-cai"
    province = "Lào Cai"
    sources = (Section("/"),)
