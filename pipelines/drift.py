"""Drift: what a run's pages gave, field by field, held against what the same portal gave before.

A portal that changes its layout goes on answering 200; what changes is how often each field is found, by which rung,
and how long the text is. Shares are compared by Fisher's exact test, one-sided.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from archive.model import Article, Extraction

# A share must fall by so much, and so clearly, that a portal's ordinary days do not raise an alarm.
_FALL: Final = 0.25
_CHANCE: Final = 1e-5
# A median is taken of so many articles at least, and held against so many earlier ones.
_ARTICLES: Final = 8
_RUNS: Final = 3
_EXAMPLES: Final = 3
_SAME_LENGTH: Final = 100
_SAME_URLS: Final = 3


def _without(flag: str) -> Callable[[Article], bool]:
    return lambda article: flag not in article.quality


_FILLED: Final[dict[str, Callable[[Article], bool]]] = {
    "lead": lambda article: article.lead is not None,
    "authors": lambda article: bool(article.authors),
    "source": lambda article: article.source_name is not None,
    "section": lambda article: article.section is not None,
    "tags": lambda article: bool(article.tags),
    "images": lambda article: bool(article.images),
    "captions": lambda article: any(image.caption for image in article.images),
    "minute of publication": lambda article: article.published_precision == "minute",
    "visible date": lambda article: article.published_source == "visible",
    **{f"text without {flag}": _without(flag) for flag in ("mojibake", "restored-paragraphs", "short-text")},
}


@dataclass(slots=True)
class LayoutProfile:
    """What the articles of one layout gave: how many, how many with each field, which rung answered, medians.

    ``lengths`` are those of the texts in characters, ``shares`` the container's part of the page's text, 0 to 1.
    """

    articles: int = 0
    filled: Counter[str] = field(default_factory=Counter)
    rungs: Counter[str] = field(default_factory=Counter)
    lengths: list[int] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The profile as it stands in a run's report; medians are ``None`` without a value."""
        return {
            "articles": self.articles,
            "filled": dict(sorted(self.filled.items())),
            "rungs": dict(sorted(self.rungs.items())),
            "median_length": median(self.lengths) if self.lengths else None,
            "median_share": round(median(self.shares), 4) if self.shares else None,
        }


class Profile:
    """What the pages at article addresses gave in one run, by layout, with some addresses for every gap."""

    def __init__(self) -> None:
        self.pages = 0
        self.layouts: defaultdict[str, LayoutProfile] = defaultdict(LayoutProfile)
        self._examples: defaultdict[str, list[str]] = defaultdict(list)
        # The first address of each text; of texts met again, all addresses.
        self._texts: dict[int, str] = {}
        self._shared: defaultdict[int, set[str]] = defaultdict(set)

    def add(self, url: str, extraction: Extraction) -> None:
        """Count the page at ``url``."""
        self.pages += 1
        article = extraction.article
        if article is None:
            self._example("article", url)
            return
        layout = self.layouts[article.rungs.get("layout", "")]
        layout.articles += 1
        text = article.text
        layout.lengths.append(len(text))
        if article.container_share is not None:
            layout.shares.append(article.container_share)
        for name, is_filled in _FILLED.items():
            if is_filled(article):
                layout.filled[name] += 1
            else:
                self._example(name, url)
        for name, rung in article.rungs.items():
            layout.rungs[f"{name}: {rung}"] += 1
            self._example(f"{name}: {rung}", url)
        if len(text) >= _SAME_LENGTH:
            first = self._texts.setdefault(hash(text), url)
            if first != url:
                self._shared[hash(text)] |= {first, url}

    def _example(self, key: str, url: str) -> None:
        if len(self._examples[key]) < _EXAMPLES:
            self._examples[key].append(url)

    def having(self, key: str) -> list[str]:
        """Some addresses of pages where the rung ``key`` answered."""
        return self._examples.get(key, [])

    def lacking(self, key: str) -> list[str]:
        """Some addresses of pages without the field ``key``; of a rung, pages where another rung answered."""
        name, colon, _ = key.partition(": ")
        if not colon:
            return self._examples.get(key, [])
        others = (urls for other, urls in self._examples.items() if other != key and other.startswith(f"{name}: "))
        return [url for urls in others for url in urls][:_EXAMPLES]

    def same_texts(self) -> list[list[str]]:
        """Addresses that gave one and the same text, most first; one text on two addresses is everyday."""
        shared = [sorted(urls) for urls in self._shared.values() if len(urls) >= _SAME_URLS]
        return sorted(shared, key=len, reverse=True)

    def as_json(self) -> dict[str, Any]:
        """The profile as it stands in a run's report."""
        layouts = {name: layout.as_json() for name, layout in sorted(self.layouts.items())}
        return {"pages": self.pages, "layouts": layouts, "same_text": sum(map(len, self.same_texts()))}


@dataclass(frozen=True, slots=True)
class Drift:
    """A change against a portal's own past: of which field, how it was and is, in words, and some addresses."""

    field: str
    was: str
    now: str
    examples: tuple[str, ...]

    def sentence(self) -> str:
        """The drift in a line."""
        return f"{self.field}: {self.was} before, {self.now} now" + (
            f"; e.g. {', '.join(self.examples)}" if self.examples else ""
        )


def find_drift(now: Profile, past: list[dict[str, Any]]) -> list[Drift]:
    """What changed from the runs ``past`` (profiles as JSON) to ``now``; the gravest first, nothing without a past."""
    if not past or not now.pages:
        return []
    ours, before = _counts([now.as_json()]), _counts(past)
    found = {drift.field: drift for drift in _fallen(now, ours, before)}
    for name, layout in now.layouts.items():
        alone, earlier = _of_layout([now.as_json()], name), _of_layout(past, name)
        for drift in _fallen(now, _counts(alone), _counts(earlier)):
            found.setdefault(drift.field, drift)
        for drift in _medians(now, name, layout, [one["layouts"][name] for one in earlier]):
            found.setdefault(drift.field, drift)
    return sorted(found.values(), key=lambda drift: _RANK.get(drift.field.partition(":")[0], 2)) + _same_text(now, past)


_RANK: Final = {"article": 0, "layout": 1}
Counts = tuple[Counter[str], Counter[str]]


def _of_layout(profiles: Iterable[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    mine = (one["layouts"].get(name) for one in profiles)
    return [{"pages": 0, "layouts": {name: layout}} for layout in mine if layout]


def _counts(profiles: Iterable[dict[str, Any]]) -> Counts:
    """How often each field was there, and of how many."""
    there: Counter[str] = Counter()
    of: Counter[str] = Counter()
    for profile in profiles:
        layouts = profile["layouts"].values()
        articles = sum(layout["articles"] for layout in layouts)
        if profile["pages"]:
            there["article"] += articles
            of["article"] += profile["pages"]
        for layout in layouts:
            there.update(layout["filled"])
            there.update(layout["rungs"])
        for name in _FILLED:
            of[name] += articles
        of["rungs"] += articles
    return there, of


def _fallen(now: Profile, ours: Counts, before: Counts) -> Iterator[Drift]:
    for name, had in before[0].items():
        total = before[1][name if name in before[1] else "rungs"]
        pages = ours[1][name if name in before[1] else "rungs"]
        has = ours[0][name]
        if pages and total and had / total - has / pages >= _FALL and _chance(has, pages, had, total) < _CHANCE:
            yield Drift(name, f"{had} of {total}", f"{has} of {pages}", tuple(now.lacking(name)))


def _chance(has: int, pages: int, had: int, total: int) -> float:
    """The probability of ``has`` or fewer among ``pages``, were they drawn from one urn with ``had`` of ``total``."""
    successes, everything = has + had, pages + total
    least = max(0, pages - (everything - successes))
    whole = _log_choose(everything, pages)
    return sum(
        math.exp(_log_choose(successes, k) + _log_choose(everything - successes, pages - k) - whole)
        for k in range(least, has + 1)
    )


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _medians(now: Profile, name: str, layout: LayoutProfile, past: list[dict[str, Any]]) -> Iterator[Drift]:
    """Median text length and container share of ``layout`` that left the range of earlier runs twofold."""
    earlier = [one for one in past if one["articles"] >= _ARTICLES]
    if layout.articles < _ARTICLES or len(earlier) < _RUNS:
        return
    said = layout.as_json()
    examples = tuple(now.having(f"layout: {name}"))
    for key, words in (
        ("median_length", "length in characters"),
        ("median_share", "container's share of the page"),
    ):
        values = [one[key] for one in earlier if one.get(key)]
        value = said[key]
        if len(values) >= _RUNS and value is not None and not min(values) / 2 <= value <= max(values) * 2:
            yield Drift(f"median {words} ({name})", f"{min(values):g} to {max(values):g}", f"{value:g}", examples)


def _same_text(now: Profile, past: list[dict[str, Any]]) -> list[Drift]:
    shared = now.same_texts()
    count = sum(map(len, shared))
    most = max(one.get("same_text", 0) / max(one["pages"], 1) for one in past)
    if not shared or count / now.pages <= 2 * most:
        return []
    return [Drift("same text on several addresses", f"at most {most:.0%} of pages", f"{count}", tuple(shared[0][:3]))]
