from __future__ import annotations

from scrapers.cms.dhcn import Dhcn
from scrapers.sources import Rss, Section


class BaoThanhHoa(Dhcn):
    """Báo Thanh Hóa, newspaper of Thanh Hóa province."""

    name = "baothanhhoa"
    domain = "baothanhhoa.vn"
    desk = "bao-thanh-hoa"
    province = "Thanh Hóa"
    sources = (
        Section("/thoi-su"),
        Section("/kinh-te"),
        Section("/doi-song-xa-hoi"),
        Section("/giao-duc"),
        Section("/phap-luat"),
        Section("/the-gioi"),
        Section("/van-hoa-giai-tri"),
        Section("/the-thao"),
        Section("/quoc-phong-an-ninh"),
        Section("/khoa-hoc-cong-nghe"),
        Section("/y-te-suc-khoe"),
        Section("/du-lich"),
        Rss("/rss/thoi-su.xml"),
        Rss("/rss/phap-luat.xml"),
        Rss("/rss/kinh-te.xml"),
    )
