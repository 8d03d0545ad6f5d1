"""Plots as SVG: bars and lines of a few numbers, coloured by the page's style, small enough to have many of them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from archive.cli.console import plain

Series = Sequence[float | None]

_LEFT: Final = 52
_BOTTOM: Final = 18
_TOP: Final = 8


def words(text: object) -> str:
    """``text`` as a page may show it: escaped, without characters that a reader would be misled by."""
    return escape(plain(text))


def number(value: float) -> str:
    """``value`` as short as it can be read: 1200 as ``1.2k``."""
    for factor, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= factor:
            return f"{value / factor:.3g}{letter}"
    return f"{value:.3g}"


def sparkline(values: Sequence[float], title: str, width: int = 180, height: int = 26) -> str:
    """Bars without axes, one a value, the highest as high as the plot; ``title`` is what a screen reader says."""
    most = max(values, default=0.0)
    step = width / max(len(values), 1)
    # One path for all bars: a hundred of them are a kilobyte.
    path = "".join(
        f"M{place * step:.1f} {height}v-{max(value / most * (height - 1), 1):.1f}h{max(step - 0.4, 0.4):.1f}V{height}"
        for place, value in enumerate(values)
        if value > 0
    )
    return (
        f'<svg class="spark" role="img" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<title>{words(title)}</title><path class="bar" d="{path}"/></svg>'
    )


def lines(
    named: Sequence[tuple[str, Series]],
    ends: tuple[str, str],
    title: str,
    unit: str = "",
    size: tuple[int, int] = (720, 180),
) -> str:
    """Lines over a common time, with a scale from 0 at the left; ``ends`` name the first and the last moment.

    ``named`` are the series with their names, drawn in the classes ``line0``, ``line1``; gaps stay gaps.
    ``unit`` follows the numbers of the scale.
    """
    most = max((value for _, values in named for value in values if value is not None), default=0.0) or 1.0
    width, height = size
    wide, high = width - _LEFT - 8, height - _BOTTOM - _TOP

    def at(place: int, count: int, value: float) -> str:
        return f"{_LEFT + wide * place / max(count - 1, 1):.1f} {_TOP + high * (1 - value / most):.1f}"

    drawn = [
        f'<path class="line{number_}" d="{_path(values, at)}"><title>{words(name)}</title></path>'
        for number_, (name, values) in enumerate(named)
    ]
    scale = []
    for part in (0, 0.5, 1):
        y = _TOP + high * (1 - part)
        said = f"{number(most * part)}{words(unit)}"
        scale.append(f'<path class="grid" d="M{_LEFT} {y:.1f}h{wide}"/>')
        scale.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{said}</text>')
    foot = (
        f'<text x="{_LEFT}" y="{height - 3}">{words(ends[0])}</text>'
        f'<text x="{width - 8}" y="{height - 3}" text-anchor="end">{words(ends[1])}</text>'
    )
    return (
        f'<svg class="plot" role="img" viewBox="0 0 {width} {height}"><title>{words(title)}</title>'
        f"{''.join(scale)}{''.join(drawn)}{foot}</svg>"
    )


def _path(values: Series, at: object) -> str:
    assert callable(at)
    steps, pen = [], "M"
    for place, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        alone = pen == "M" and (place + 1 == len(values) or values[place + 1] is None)
        # A value without neighbours is a dash.
        steps.append(f"{pen}{at(place, len(values), value)}" + ("m-3 0h6" if alone else ""))
        pen = "L"
    return "".join(steps)
