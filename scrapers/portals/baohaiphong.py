from __future__ import annotations

from scrapers.cms.onecms import OneCms
from scrapers.sources import Section


class BaoHaiPhong(OneCms):
    """Báo Hải Phòng, newspaper of Hải Phòng city; since the merger of 2025 on the CMS of Báo Hải Dương."""

    name = "baohaiphong"
    domain = "baohaiphong.vn"
    desk = "bao-hai-phong"
    province = "Hải Phòng"
    sources = (
        Section("/chinh-tri"),
        Section("/kinh-te"),
        Section("/xa-hoi"),
        Section("/goc-nhin"),
        Section("/khoa-hoc-giao-duc"),
        Section("/phap-luat"),
        Section("/bat-dong-san"),
        Section("/van-hoa-giai-tri"),
        Section("/van-nghe"),
        Section("/quoc-te"),
        Section("/the-thao"),
        Section("/doi-song"),
        Section("/dat-va-nguoi-xu-dong"),
        Section("/ban-doc"),
        Section("/du-lich"),
    )
