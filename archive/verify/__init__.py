"""Proving the archive: WARC files whole, every row true to its record, every article page accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archive.verify.files import verify_files
from archive.verify.report import Finding, Report

if TYPE_CHECKING:
    from archive.verify.whole import Scope, verify

__all__ = ["Finding", "Report", "Scope", "verify", "verify_files"]


def __getattr__(name: str) -> Any:
    """The parts that need the tables, whose libraries take longer to load than a WARC file takes to check."""
    if name not in ("Scope", "verify"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from archive.verify import whole

    return getattr(whole, name)
