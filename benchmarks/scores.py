"""How well a reader did on a page, measure by measure, each from 0 to 1."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from benchmarks.readers import Found
from benchmarks.samples import Truth
from pipelines.dates import VIETNAM
from pipelines.text import clean, match_key

MEASURES = {
    "body": "word F1 of lead and paragraphs",
    "whole": "share of the paragraphs that are there",
    "clean": "share of the lines that are the article's",
    "title": "exact",
    "lead": "exact in a field of its own, or at the head of the text",
    "minute": "publication time to the minute, with its zone",
    "day": "publication day in Vietnam",
    "authors": "exact, in order",
    "source": "name of the source, or that there is none",
    "section": "exact",
    "tags": "exact, in any order",
    "captions": "all of them, in order",
}
_WORD = re.compile(r"\w+")
_SHINGLE = 3
_HALF = 0.5


def score(found: Found, truth: Truth, fields: frozenset[str]) -> dict[str, float]:
    """The measures of ``found`` among ``fields``; what the truth does not know is left out."""
    lines = [line for line in found.lines if match_key(line) != match_key(truth.title)]
    paragraphs = [truth.lead, *truth.paragraphs] if truth.lead else list(truth.paragraphs)
    values: dict[str, float | bool] = {
        "body": _f1(_words(" ".join(lines)), _words(" ".join(paragraphs))),
        "whole": _share_kept(truth.paragraphs, lines),
        "clean": _share_own(lines, truth),
        "title": clean(found.title or "") == truth.title,
        "authors": found.authors == truth.authors,
        "source": found.source == truth.source,
        "minute": _minute(found.published) == _minute(truth.published),
        "day": _minute(found.published)[:10] == _minute(truth.published)[:10],
    }
    if truth.lead:
        values["lead"] = _has_lead(found, lines, truth.lead)
    if truth.section is not None:
        values["section"] = found.section == truth.section
    if truth.tags is not None:
        values["tags"] = sorted(found.tags) == sorted(truth.tags)
    if truth.captions is not None:
        values["captions"] = found.captions == truth.captions
    return {name: float(values[name]) for name in MEASURES if name in values and name in fields}


def means(scores: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The mean of every measure over the pages that have it."""
    pages = list(scores)
    return {
        name: sum(values) / len(values)
        for name in MEASURES
        if (values := [page[name] for page in pages if name in page])
    }


def foreign_lines(lines: Iterable[str], truth: Truth) -> list[str]:
    """The lines that are not the article's: neither title, text, caption nor signature, but the page's furniture."""
    parts = (truth.title, truth.lead, *truth.paragraphs, *(truth.captions or ()), *truth.authors, truth.source or "")
    own = _shingles(parts)
    return [line for line in lines if _share(_shingles([line]), own) < _HALF]


def _share_own(lines: list[str], truth: Truth) -> float:
    return 1 - len(foreign_lines(lines, truth)) / len(lines) if lines else 0.0


def _share_kept(paragraphs: tuple[str, ...], lines: list[str]) -> float:
    printed = _shingles([" ".join(lines)])
    kept = sum(_share(_shingles([paragraph]), printed) >= _HALF for paragraph in paragraphs)
    return kept / len(paragraphs) if paragraphs else 1.0


def _shingles(texts: Iterable[str]) -> set[tuple[str, ...]]:
    """The runs of three words in each of ``texts``; a shorter text is one run."""
    found: set[tuple[str, ...]] = set()
    for text in texts:
        words = _words(text)
        found.update(tuple(words[at : at + _SHINGLE]) for at in range(max(1, len(words) - _SHINGLE + 1)))
    return found


def _share(part: set[tuple[str, ...]], whole: set[tuple[str, ...]]) -> float:
    return len(part & whole) / len(part)


def _words(text: str) -> list[str]:
    return _WORD.findall(clean(text).casefold())


def _f1(found: list[str], wanted: list[str]) -> float:
    """The harmonic mean of precision and recall of words, counted as often as they come."""
    shared = sum((Counter(found) & Counter(wanted)).values())
    return 2 * shared / (len(found) + len(wanted)) if found or wanted else 1.0


def _has_lead(found: Found, lines: list[str], lead: str) -> bool:
    return clean(found.lead or "") == lead or match_key(" ".join(lines[:3])).startswith(match_key(lead))


def _minute(moment: datetime | None) -> str:
    return moment.astimezone(VIETNAM).isoformat()[:16] if moment else ""
