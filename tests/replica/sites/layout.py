"""How templates lay out the pages they write: a block to a line, indented by its depth."""

from __future__ import annotations

import re

_BLANKS = " \t\r\n\f"
_OPEN, _CLOSE = "<\x02", "\x03>"
_ATTRIBUTES = r"""(?=[\s/>])[^>"']*+(?:(?:"[^"]*+"|'[^']*+')[^>"']*+)*+>"""
_BLOCKS = (
    "address|article|aside|blockquote|caption|center|colgroup|dd|dialog|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|"
    "header|legend|li|main|nav|ol|optgroup|option|p|section|table|tbody|td|tfoot|th|thead|tr|ul"
)


def _whole(names: str, group: str) -> str:
    """What follows the ``<`` of elements called ``names`` up to their end, whatever they hold."""
    return rf"(?P<{group}>{names})(?=[\s/>])(?:[^<]++|<(?!/(?P={group})))*+(?:</(?P={group})\s*>|\Z)"


_TOKEN = re.compile(
    # First what stands in a line of text and may hold tags and blanks of its own, then what is never shown.
    rf"<(?:(?P<piece>\x02[^\x03]*+{_CLOSE}|!--.*?(?:-->|\Z)|!\[CDATA\[.*?(?:\]\]>|\Z)"
    rf"|{_whole('textarea|pre|svg|iframe', 'of')})"
    rf'|(?P<hidden>{_whole("script|style|title", "raw")}|(?:meta|link|base|input type="hidden"){_ATTRIBUTES})'
    rf"|(?P<frame>/?(?:html|head|body){_ATTRIBUTES})"
    rf"|(?P<start>{_BLOCKS}){_ATTRIBUTES}|/(?P<end>{_BLOCKS})\s*>)",
    re.DOTALL,
)
_PHRASES = frozenset(("caption", "dt", "figcaption", "h1", "h2", "h3", "h4", "h5", "h6", "legend", "option", "p", "th"))
_REPEATED = frozenset(("article", "li", "tr"))


def typed(markup: str) -> str:
    """``markup`` marked as what an editor typed: ``laid_out`` leaves it as it is and takes the marks away."""
    return f"{_OPEN}{markup}{_CLOSE}"


def laid_out(page: str, unit: str = "    ", newline: str = "\n") -> str:
    """``page`` with each block on a line of its own, indented by a ``unit`` for each block around it.

    Blanks are put, and replaced, only beside the tags of blocks, where browsers show none: lines of text with their
    inline elements, scripts, styles, comments and what is ``typed`` stay as they are. A block that holds one line
    keeps it between its tags when it is a phrase or begins with text. Tags are known by their lower case names.
    """
    lines = _Lines(unit, newline)
    at = 0
    for token in _TOKEN.finditer(page):
        kind = token.lastgroup
        if kind == "piece":
            continue
        tag, before = token[0], page[at : token.start()]
        if kind == "start":
            lines.start(before.strip(_BLANKS), tag, token[kind])
        elif kind == "end":
            lines.end(before, tag, token[kind])
        elif kind == "frame":
            lines.keep(before + tag)
        elif before.strip(_BLANKS):
            continue
        else:
            lines.line(tag)
        at = token.end()
    lines.keep(page[at:])
    return "".join(lines.parts).replace(_OPEN, "").replace(_CLOSE, "")


class _Lines:
    """The lines of a page so far; ``started`` and ``ended`` name the block whose tag the last of them ends with."""

    def __init__(self, unit: str, newline: str) -> None:
        self.parts: list[str] = []
        self.unit = unit
        self.margin = newline + unit
        self.outer: list[str] = []
        self.started = self.ended = ""

    def keep(self, text: str) -> None:
        """``text`` as it stands."""
        self.parts.append(text)
        self.started = self.ended = ""

    def line(self, text: str) -> None:
        """A line with ``text``."""
        self.keep(self.margin + text)

    def start(self, text: str, tag: str, name: str) -> None:
        """``text``, and the start tag of a block."""
        if text:
            self.line(text)
        elif self.ended == name and name in _REPEATED:
            # Here the directive of a loop stood, which ended one item and began the next.
            self.line("")
        self.parts.append(self.margin + tag)
        self.outer.append(self.margin)
        self.margin += self.unit
        self.started = name

    def end(self, before: str, tag: str, name: str) -> None:
        """The end tag of a block and what stands before it."""
        text = before.strip(_BLANKS)
        inner = self.margin
        self.margin = self.outer.pop() if self.outer else inner
        if self.started == name and (text[:1] != "<" or name in _PHRASES):
            self.parts.append(before + tag)
        else:
            self.parts.append(f"{inner}{text}{self.margin}{tag}" if text else self.margin + tag)
        self.started, self.ended = "", name
