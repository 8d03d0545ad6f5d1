"""Has the portal changed, or have our rules? A run's pages beside those of its earlier runs and of the archive."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, Final

from archive.corpus import is_empty, reading_corpus
from archive.members import read_member
from pipelines.drift import Drift, Profile, find_drift
from pipelines.run import CrawlRun
from pipelines.workers import extract_block

# Runs that a portal's past is made of, and pages of the archive that today's rules are tried on.
_RUNS: Final = 30
_PAGES: Final = 20
_LINES: Final = 6
_EARLIER: Final = """
SELECT url, fetch_time, warc_filename, warc_record_offset, warc_record_length FROM captures_files
WHERE portal = ? AND outcome = 'article' AND record_type = 'response' AND fidelity = 'wire' AND run_id <> ?
ORDER BY fetch_time DESC LIMIT ?
"""


def drift_of(run: CrawlRun, reports: Iterable[dict[str, Any]]) -> list[str]:
    """What changed against the portal's own past, a sentence each, and whose change it is; empty when nothing did.

    ``reports`` are those of the portal's earlier runs, oldest first. Raises ``DamagedFile`` or ``StorageError`` when
    the archive cannot be read.
    """
    past = list(deque(filter(None, (report.get("profile") for report in reports)), maxlen=_RUNS))
    drifts = find_drift(run.profile, past)
    if not drifts:
        return []
    lines = [drift.sentence() for drift in drifts[:_LINES]]
    if len(drifts) > _LINES:
        lines.append(f"and {len(drifts) - _LINES} more fields")
    return [*lines, _whose(run, drifts, past)]


def _whose(run: CrawlRun, drifts: list[Drift], past: list[dict[str, Any]]) -> str:
    """What the archive's earlier pages give under today's rules."""
    earlier = _earlier_pages(run)
    if not earlier.pages:
        return "the archive has no earlier page to try today's rules on"
    still = {drift.field for drift in find_drift(earlier, past)}
    broken = [drift.field for drift in drifts if drift.field in still]
    read = sum(layout.articles for layout in earlier.layouts.values())
    layouts = ", ".join(f"{name}: {layout.articles}" for name, layout in sorted(earlier.layouts.items()))
    tried = f"today's rules read {read} of the archive's last {earlier.pages} earlier pages ({layouts})"
    if broken:
        return f"{tried}, and there, too, {', '.join(broken)} fell: our rules changed, not the portal"
    return f"{tried}: it is the portal's pages that changed"


def _earlier_pages(run: CrawlRun) -> Profile:
    """The profile of the newest article pages of earlier runs, read again by today's rules.

    Raises ``DamagedFile`` or ``StorageError`` when table or record cannot be read.
    """
    profile = Profile()
    if is_empty(run.folder, "captures"):
        return profile
    with reading_corpus(run.folder) as database:
        rows = database.execute(_EARLIER, [run.facts.name, run.run_id, _PAGES]).fetchall()
    for url, fetched, name, offset, length in rows:
        record = read_member(run.folder.warc / name, offset, length)
        profile.add(url, extract_block(run.rules, url, record.block, fetched))
    return profile
