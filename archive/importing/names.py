"""Names of imported WARC files: what the rows say about their origin can be told from the file alone.

A file is named after the first date in it, its old name and its SHA-256:
``import-<date>-00000-<old name>-<12 hex digits>.warc.gz``, or ``import.<portal>-…`` where the portal was named. So
the same bytes always get the same name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PREFIX = "import"
_NAME = re.compile(
    rf"{PREFIX}(?:\.(?P<portal>.+?))?-\d{{17}}-\d{{5}}-(?P<stem>.+?)(?:\.p\d+)?-(?P<token>[0-9a-f]{{12}})\.warc\.gz"
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an imported file came from: its old name without suffixes, its token, and the portal if one was named."""

    stem: str
    token: str
    portal: str | None = None

    @property
    def run_id(self) -> str:
        """``import-`` and twelve hex digits of the file's SHA-256."""
        return run_of(self.token)


def run_of(token: str) -> str:
    """The run that imports the file with ``token``: importing it twice is the same run."""
    return f"{PREFIX}-{token}"


def origin_of(name: str) -> Origin | None:
    """The origin that the WARC file name ``name`` tells of, or ``None`` for a file of our own crawls."""
    match = _NAME.fullmatch(name)
    return Origin(match["stem"], match["token"], match["portal"]) if match else None
