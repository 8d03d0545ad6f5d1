"""What a run's report says of the machine, the software and the settings it ran with."""

from __future__ import annotations

import hashlib
import json
import platform
import resource
import shutil
from contextlib import suppress
from importlib.metadata import version
from multiprocessing import active_children
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from archive.layout import DataFolder

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

_SOFTWARE: Final = ("baotinh", "scrapy", "twisted", "trafilatura", "lxml")
_DECIDING: Final = (
    "ARCHIVE_",
    "AUTOTHROTTLE_",
    "CONCURRENT_",
    "COOKIES_",
    "DEFAULT_REQUEST_HEADERS",
    "DEPTH_",
    "DOWNLOAD",
    "EXTENSIONS",
    "ITEM_PIPELINES",
    "REDIRECT_",
    "RETRY_",
    "SPIDER_MIDDLEWARES",
    "USER_AGENT",
)
# Where things lie and who is told of them, which changes nothing about what is fetched.
_ELSEWHERE: Final = (
    "ARCHIVE_DIR",
    "ARCHIVE_CONNECT_TO",
    "ARCHIVE_PING",
    "ARCHIVE_WEBHOOK",
    "ARCHIVE_MAIL",
    "ARCHIVE_SMTP",
    "ARCHIVE_TELEGRAM",
    "ARCHIVE_METRICS",
    "ARCHIVE_LOG",
    "ARCHIVE_NOTIFY",
    "ARCHIVE_DISK_LEAST",
    "ARCHIVE_CLOCK",
)


def versions() -> dict[str, str]:
    """The versions of the software that decides what a run keeps."""
    return {name: version(name) for name in _SOFTWARE} | {"python": platform.python_version()}


def config_hash(settings: BaseSettings) -> str:
    """A SHA-256, hex, of the settings that decide what a run does: equal for runs that were set alike."""
    deciding = {
        name: value
        for name, value in settings.copy_to_dict().items()
        if name.startswith(_DECIDING) and not name.startswith(_ELSEWHERE)
    }
    return hashlib.sha256(json.dumps(_sorted(deciding), ensure_ascii=False).encode()).hexdigest()


def _sorted(value: Any) -> Any:
    """``value`` in an order and in types that do not depend on the process."""
    if isinstance(value, dict):
        return [[_sorted(key), _sorted(one)] for key, one in sorted(value.items(), key=lambda item: str(item[0]))]
    if isinstance(value, list | tuple):
        return [_sorted(one) for one in value]
    if isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}"
    # Of other objects the type alone: their text may hold an address in memory.
    plain = value is None or isinstance(value, str | int | float)
    return str(value) if plain else type(value).__qualname__


def peak_memory() -> tuple[int, int]:
    """The most bytes that this process has had resident, and the largest of its children, ended or alive."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    children = [resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024]
    for child in active_children():
        with suppress(OSError, ValueError, StopIteration):
            status = Path(f"/proc/{child.pid}/status").read_text()
            line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
            children.append(int(line.split()[1]) * 1024)
    return own, max(children)


def free_bytes(folder: Path) -> int | None:
    """Bytes that are free for us on the disk of ``folder``; ``None`` when that cannot be told."""
    with suppress(OSError):
        return shutil.disk_usage(folder).free
    return None


def hashes(folder: DataFolder, names: list[str]) -> dict[str, str]:
    """The SHA-256, hex, of the WARC files ``names``; one that cannot be read is left out."""
    found = {}
    for name in names:
        with suppress(OSError), (folder.warc / name).open("rb") as file:
            found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
