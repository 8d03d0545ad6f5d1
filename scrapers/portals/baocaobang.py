from __future__ import annotations

from scrapers.cms.mediatech import Mediatech
from scrapers.sources import Section


class BaoCaoBang(Mediatech):
    """Báo Cao Bằng, newspaper of Cao Bằng province."""

    name = "baocaobang"
    domain = "baocaobang.vn"
    desk = "bao-cao-bang"
    province = "Cao Bằng"
    sources = (
        Section("/Thoi-su", api_id=57),
        Section("/chinh-tri", api_id=58),
        Section("/kinh-te", api_id=59),
        Section("/The-gioi", api_id=60),
        Section("/xa-hoi", api_id=61),
        Section("/van-hoa", api_id=62),
        Section("/Giao-duc", api_id=63),
        Section("/the-thao", api_id=64),
        Section("/Khoa-hoc-Cong-nghe", api_id=65),
        Section("/Suc-khoe-Doi-song", api_id=66),
        Section("/Quoc-phong-An-ninh", api_id=67),
        Section("/Ky-Phong-su"),
    )
