"""Which machine harvests which portals: by host, so that politeness never needs two machines to agree."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from archive.errors import UsageError
from scrapers.preflight import Task

_FORM = re.compile(r"(\d{1,4})/(\d{1,4})")


@dataclass(frozen=True, slots=True)
class Shard:
    """The hosts of the ``index``-th of ``count`` machines, counted from 1."""

    index: int = 1
    count: int = 1

    @property
    def suffix(self) -> str:
        """What tells files of this shard from those of others: ``-2of4``, or nothing where there is one machine."""
        return f"-{self.index}of{self.count}" if self.count > 1 else ""

    def holds(self, host: str) -> bool:
        """Whether ``host`` is one of this shard's; of several shards with the same count exactly one holds it."""
        digest = hashlib.sha256(host.lower().removeprefix("www.").encode()).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.index - 1

    def of(self, tasks: list[Task]) -> list[Task]:
        """Those of ``tasks`` whose host this shard holds."""
        return [(cls, arguments) for cls, arguments in tasks if self.holds(cls(**arguments).domain)]


def parse_shard(text: str | None) -> Shard:
    """The shard that ``text`` means, ``2/4``; raises ``UsageError`` when it means none."""
    if text is None:
        return Shard()
    form = _FORM.fullmatch(text.strip())
    index, count = (int(form[1]), int(form[2])) if form else (0, 0)
    if not 1 <= index <= count:
        raise UsageError(f"--shard {text}: write --shard 2/4 on the second of four machines")
    return Shard(index, count)
