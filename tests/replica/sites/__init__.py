"""The replica sites by the name of their newsroom: six that the demo shows, and others by name."""

from __future__ import annotations

from collections.abc import Iterable

from tests.replica.newsroom import NEIGHBOURS, NEWSROOMS, newsroom
from tests.replica.site import Site
from tests.replica.sites.dhcn import BaoPhuTho, BaoThanhHoa
from tests.replica.sites.epi import BaoGiaLai, BaoHaTinh, BaoLaoCai
from tests.replica.sites.fileportal import BaoHaGiang
from tests.replica.sites.generic import TinTucVungCao
from tests.replica.sites.ims import BaoBinhPhuoc, BaoHoaBinh, BaoThaiBinh, BaoYenBai
from tests.replica.sites.mediatech import BaoCaoBang, BaoLangSon
from tests.replica.sites.nukeviet import Council
from tests.replica.sites.nukeviet_others import BenhVienTinh, MobileCouncil, TinhDoan
from tests.replica.sites.onecms import BaoDaNang, BaoHaiPhong, BaoNgheAn
from tests.replica.sites.phuyen import PhuYen
from tests.replica.sites.portal import Portal
from tests.replica.sites.quangngai import BaoQuangNgai
from tests.replica.sites.vdoc import BaoAnGiang, BaoCanTho
from tests.replica.sites.vdoc_others import BaoBinhDuong, BaoCaMau, BaoDongThap
from tests.replica.sites.vnpt import VnptPortal

_FAMILIES: dict[str, type[Portal]] = {
    "baocaobang": BaoCaoBang,
    "baolangson": BaoLangSon,
    "baohagiang": BaoHaGiang,
    "hdnd_caobang": Council,
    "vungcao": TinTucVungCao,
    "baocantho": BaoCanTho,
    "baoangiang": BaoAnGiang,
    "baobinhduong": BaoBinhDuong,
    "baodongthap": BaoDongThap,
    "baocamau": BaoCaMau,
    "baonghean": BaoNgheAn,
    "baodanang": BaoDaNang,
    "baohaiphong": BaoHaiPhong,
}
_OTHERS: dict[str, type[Portal]] = {
    "baolaocai": BaoLaoCai,
    "baohatinh": BaoHaTinh,
    "baogialai": BaoGiaLai,
    "baothanhhoa": BaoThanhHoa,
    "baophutho": BaoPhuTho,
    "baoyenbai": BaoYenBai,
    "baohoabinh": BaoHoaBinh,
    "baothaibinh": BaoThaiBinh,
    "baobinhphuoc": BaoBinhPhuoc,
    "phuyen": PhuYen,
    "baoquangngai": BaoQuangNgai,
}
# Sites that tell the council's kind of stories, each others of them.
_COUNCILS: dict[str, type[Portal]] = {
    "tinhdoan": TinhDoan,
    "benhvientinh": BenhVienTinh,
    "hdnd_mobile": MobileCouncil,
}
_GOVERNMENT = {
    "caobang_gov": ("caobang.gov.vn", "Cổng thông tin điện tử tỉnh Cao Bằng"),
    "baolac": ("baolac.caobang.gov.vn", "Trang thông tin điện tử huyện Bảo Lạc"),
    "nguyenbinh": ("nguyenbinh.caobang.gov.vn", "Trang thông tin điện tử huyện Nguyên Bình"),
}
_DISTRICT_SHARE = 3

PORTALS = ("baocaobang", "baolangson", "baohagiang", "hdnd_caobang", "caobang_gov", "vungcao")
MORE = (
    "baocantho", "baoangiang", "baobinhduong", "baodongthap", "baocamau", "baonghean", "baodanang", "baohaiphong",
)  # fmt: skip
OTHERS = (*_OTHERS, *_COUNCILS)
SITES = (*PORTALS, *MORE, "baolac", "nguyenbinh", *OTHERS)


def build_site(portal: str, count: int = 60, seed: int = 1) -> Portal:
    """The replica of ``portal`` (one of ``SITES``) with ``count`` articles; KeyError for an unknown name."""
    if portal in _GOVERNMENT:
        shift = list(_GOVERNMENT).index(portal)
        stories = newsroom("caobang_gov", count, seed=seed + 100 * shift)
        return VnptPortal(NEWSROOMS["caobang_gov"], stories, *_GOVERNMENT[portal])
    if portal in _OTHERS:
        return _OTHERS[portal](NEIGHBOURS[portal], newsroom(portal, count, seed=seed))
    if portal in _COUNCILS:
        shift = 1 + list(_COUNCILS).index(portal)
        stories = newsroom("hdnd_caobang", count, seed=seed + 100 * shift)
        return _COUNCILS[portal](NEWSROOMS["hdnd_caobang"], stories)
    return _FAMILIES[portal](NEWSROOMS[portal], newsroom(portal, count, seed=seed))


def build_sites(portals: Iterable[str] = PORTALS, count: int = 60, seed: int = 1) -> tuple[Site, ...]:
    """The replicas of ``portals``; ``"caobang_gov"`` brings its two sub-sites with a third of the articles each."""
    sites: list[Site] = []
    for portal in portals:
        sites.append(build_site(portal, count, seed))
        if portal == "caobang_gov":
            few = max(1, count // _DISTRICT_SHARE)
            sites += [build_site(name, few, seed) for name in ("baolac", "nguyenbinh")]
    return tuple(sites)
