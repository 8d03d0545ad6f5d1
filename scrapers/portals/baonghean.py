from __future__ import annotations

from scrapers.cms.onecms import OneCms
from scrapers.sources import Rss, Section


class BaoNgheAn(OneCms):
    """Báo Nghệ An, newspaper of Nghệ An province."""

    name = "baonghean"
    domain = "baonghean.vn"
    desk = "bao-nghe-an"
    province = "Nghệ An"
    sources = (
        Rss("/rss/thoi-su"),
        Rss("/rss/kinh-te"),
        Section("/thoi-su"),
        Section("/kinh-te"),
        Section("/xa-hoi"),
        Section("/the-thao"),
        Section("/suc-khoe"),
        Section("/phap-luat"),
        Section("/quoc-te"),
        Section("/xay-dung-dang"),
        Section("/giao-duc"),
        Section("/giai-tri"),
        Section("/ket-noi-doanh-nghiep"),
        Section("/lao-dong"),
    )
