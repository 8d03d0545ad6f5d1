"""Finding the extractor: the archive imports no crawler, an installed one announces itself."""

from __future__ import annotations

from importlib.metadata import entry_points

from archive.errors import UsageError
from archive.model import Extractor

GROUP = "baotinh.extractor"


def load_extractor() -> Extractor:
    """The extractor announced as entry point ``default`` of the group ``baotinh.extractor``.

    Raises ``UsageError`` when none is installed or it cannot be imported.
    """
    points = entry_points(group=GROUP, name="default")
    if not points:
        raise UsageError(f"no extractor is installed (entry point {GROUP}: default). Run `pip install -e .` here.")
    point = next(iter(points))
    try:
        extractor: Extractor = point.load()
    except (ImportError, AttributeError) as error:
        raise UsageError(f"the extractor {point.value} cannot be loaded: {error}") from error
    return extractor
