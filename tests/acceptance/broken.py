"""A fault in our own code, for tests: a spider middleware that raises where a listing was read."""

from __future__ import annotations

from typing import Any


class Broken:
    """Raises for every response but robots.txt."""

    def process_spider_output(self, response: Any, result: Any) -> Any:
        """Fail as a bug would."""
        raise RuntimeError(f"no idea what to do with {response.url}")

    async def process_spider_output_async(self, response: Any, result: Any) -> Any:
        """Fail as a bug would."""
        raise RuntimeError(f"no idea what to do with {response.url}")
        yield
