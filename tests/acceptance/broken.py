"""Faults in our own code, for tests: where a listing was read, and where an answer is archived."""

from __future__ import annotations

from typing import Any

from scrapy.exceptions import NotConfigured

from archive.model import Exchange
from archive.records import Payload, Revisit
from archive.warc import WarcWriter


class Broken:
    """Raises for every response but robots.txt."""

    def process_spider_output(self, response: Any, result: Any) -> Any:
        """Fail as a bug would."""
        raise RuntimeError(f"no idea what to do with {response.url}")

    async def process_spider_output_async(self, response: Any, result: Any) -> Any:
        """Fail as a bug would."""
        raise RuntimeError(f"no idea what to do with {response.url}")
        yield


class BrokenArchive:
    """Fails in the middle of an exchange, for each address with ``tin-tuc`` in it."""

    @classmethod
    def from_crawler(cls, crawler: Any) -> None:
        """Take the place of what the run has; Scrapy takes this for a middleware that is not wanted."""
        plan = WarcWriter._plan

        def failing(self: WarcWriter, exchange: Exchange, payload: Payload) -> Revisit | None:
            if "tin-tuc" in exchange.url:
                raise KeyError(exchange.url)
            return plan(self, exchange, payload)

        WarcWriter._plan = failing  # type: ignore[method-assign]
        raise NotConfigured
