"""The floors of our own two readers: figures they reached once and never fall below again.

``floors.json`` holds the sample they were measured on, a floor per reader, site and measure, and every floor that was
lowered, with the reason. Floors go up by ``raise_floors``; down only by ``lower_floors``, which writes down why.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import floor
from pathlib import Path
from typing import Any

from archive.files import write_whole
from benchmarks.readers import OURS

PATH = Path(__file__).with_name("floors.json")
_SCALE = 10_000

Figures = dict[str, dict[str, dict[str, float]]]
"""A figure per reader, site and measure."""


@dataclass(slots=True)
class Floors:
    """The floors, the sample they hold for (articles a site, seed), and what was lowered."""

    articles: int
    seed: int
    figures: Figures = field(default_factory=dict)
    lowered: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def load(cls, path: Path = PATH) -> Floors:
        """The floors in ``path``."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def save(self, path: Path = PATH) -> None:
        """Write the floors, sorted, so that a change shows line by line."""
        data = {name: getattr(self, name) for name in self.__slots__}
        write_whole(path, [(json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()])

    def failures(self, figures: Figures) -> list[str]:
        """A line for every figure below its floor, and for every site that has none yet."""
        return [
            f"{reader}, {site}: {measure} is {value:.4f}, "
            + (f"the floor {known:.4f}" if known is not None else "and has no floor yet: --raise writes it")
            for reader, site, measure, value in _each(figures)
            if (known := self.floor(reader, site, measure)) is None or _rounded(value) < known
        ]

    def floor(self, reader: str, site: str, measure: str) -> float | None:
        """The floor of a measure, ``None`` if it has none."""
        return self.figures.get(reader, {}).get(site, {}).get(measure)

    def raise_floors(self, figures: Figures) -> int:
        """Take over every figure that is better than its floor or has none; how many."""
        better = [
            (reader, site, measure, _rounded(value))
            for reader, site, measure, value in _each(figures)
            if (known := self.floor(reader, site, measure)) is None or _rounded(value) > known
        ]
        for reader, site, measure, value in better:
            self.figures.setdefault(reader, {}).setdefault(site, {})[measure] = value
        return len(better)

    def lower_floors(self, figures: Figures, measure: str, reason: str) -> int:
        """Let the floors of ``measure`` down to where ``figures`` fell below them, for ``reason``; how many."""
        count = 0
        for reader, site, name, value in _each(figures):
            known = self.floor(reader, site, name)
            if name == measure and known is not None and _rounded(value) < known:
                self.figures[reader][site][name] = _rounded(value)
                fall = {"reader": reader, "site": site, "measure": name, "from": known, "to": _rounded(value)}
                self.lowered.append({**fall, "reason": reason})
                count += 1
        return count


def _each(figures: Figures) -> Iterator[tuple[str, str, str, float]]:
    for reader in OURS:
        for site, measures in figures.get(reader, {}).items():
            for measure, value in measures.items():
                yield reader, site, measure, value


def _rounded(value: float) -> float:
    """``value`` cut to the digits a floor has, so that a figure never falls below its own floor."""
    return floor(value * _SCALE + 1e-6) / _SCALE
