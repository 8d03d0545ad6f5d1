from __future__ import annotations

from scrapers.cms.generic import GenericSite


class Generic(GenericSite):
    """Any site: ``scrapy crawl generic -a url=https://example.vn/``."""

    name = "generic"
