from __future__ import annotations

import re
from typing import Any

from archive.errors import UsageError
from archive.model import PortalFacts
from scrapers.cms.vnpt import VnptPortal
from scrapers.sources import Section


class CaoBangGov(VnptPortal):
    """Cổng thông tin điện tử tỉnh Cao Bằng; ``-a site=baolac`` crawls a district's sub-site instead."""

    name = "caobang_gov"
    domain = "caobang.gov.vn"
    desk = "ubnd-cao-bang"
    province = "Cao Bằng"
    sources = (Section("/"),)
    site = ""

    def take_options(self, arguments: dict[str, Any]) -> None:
        """Take ``site``, the first label of a sub-site's host; raises ``UsageError`` if it is none."""
        self.site = str(arguments.pop("site", "")).strip().lower()
        if self.site:
            if not re.fullmatch(r"[a-z0-9-]{1,40}", self.site):
                raise UsageError(f"site={self.site}: not the first part of a host name; write -a site=baolac")
            self.domain = f"{self.site}.{type(self).domain}"

    @classmethod
    def usage(cls) -> str:
        """The arguments this portal takes, in a line."""
        return f"{super().usage()}, site"

    @property
    def portal(self) -> str:
        """The portal's name, with the sub-site's behind it."""
        return f"{self.name}_{self.site}" if self.site else self.name

    @classmethod
    def arguments_for(cls, portal: str) -> dict[str, str] | None:
        """``caobang_gov_baolac`` is the sub-site ``baolac``."""
        site = portal.removeprefix(f"{cls.name}_")
        return {"site": site} if site != portal and site else None

    @classmethod
    def facts_of(cls, portal: str) -> PortalFacts:
        """Facts of the province's portal or of a district's: a district is a publishing desk of its own."""
        site = portal.removeprefix(cls.name).lstrip("_")
        return PortalFacts(portal, f"ubnd-{site}-cao-bang" if site else cls.desk, cls.province, cls.province, cls.kind)
