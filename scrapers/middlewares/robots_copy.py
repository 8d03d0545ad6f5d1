"""The last readable robots.txt of each origin, on disk: what is honoured while the server cannot be asked."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from archive.files import write_whole
from archive.layout import DataFolder


@dataclass(frozen=True)
class Copy:
    """A robots.txt as it was answered: when (aware), with which status, body and headers about the use of texts."""

    fetched: datetime
    status: int
    body: bytes
    headers: list[tuple[str, str]]


def keep_copy(folder: DataFolder, origin: str, copy: Copy) -> None:
    """Keep ``copy`` for the runs to come; raises ``StorageError``."""
    said = {
        "origin": origin,
        "fetched": copy.fetched.isoformat(),
        "status": copy.status,
        "headers": copy.headers,
        "body": b64encode(copy.body).decode(),
    }
    write_whole(_path(folder, origin), [json.dumps(said).encode()])


def read_copy(folder: DataFolder, origin: str) -> Copy | None:
    """The copy for ``origin``; ``None`` if there is none that can be read: the server is asked before it is needed."""
    try:
        said = json.loads(_path(folder, origin).read_bytes())
        same = said["origin"] == origin
        fetched = datetime.fromisoformat(said["fetched"])
        headers = [(str(name), str(value)) for name, value in said["headers"]]
        copy = Copy(fetched, int(said["status"]), b64decode(said["body"], validate=True), headers)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return copy if same and fetched.tzinfo else None


def _path(folder: DataFolder, origin: str) -> Path:
    return folder.state / "robots" / f"{quote(origin, safe='')[:200]}.json"
