"""Chance that falls the same way on every Python and every platform."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Random draws from a text seed.

    Only ``random.Random(str).random()`` is used: its sequence is promised to stay, that of ``choice``,
    ``shuffle`` and ``sample`` is not.
    """

    __slots__ = ("_next",)

    def __init__(self, seed: str) -> None:
        self._next = random.Random(seed).random

    def chance(self, probability: float) -> bool:
        """True with ``probability`` (0 to 1)."""
        return self._next() < probability

    def number(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self._next() * (high - low + 1))

    def pick(self, options: Sequence[T]) -> T:
        """One of ``options``."""
        return options[int(self._next() * len(options))]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """All ``options`` in a new order."""
        cards = list(options)
        for i in range(len(cards) - 1, 0, -1):
            j = int(self._next() * (i + 1))
            cards[i], cards[j] = cards[j], cards[i]
        return cards

    def sample(self, options: Sequence[T], size: int) -> list[T]:
        """``size`` different ones of ``options`` (all of them, if there are fewer)."""
        return self.shuffled(options)[:size]
