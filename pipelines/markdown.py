"""An article's body with its structure, as Markdown (CommonMark, tables as GitHub has them).

Kept: subheads, numbered and plain lists with their nesting, quotations, tables, links to http and https, and bold or
italic where a whole paragraph is set so (many editors make their subheads that way). Everything else is text,
escaped so that a parser gives back the paragraphs of the plain body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from pipelines.blocks import Block

Path = tuple[HtmlElement, ...]
Resolve = Callable[[str | None], str | None]

_INLINE = re.compile(r"[\\`*_\[\]<~]|&(?=#?\w{1,40};)")
_OPENING = re.compile(r"[-+=#>]|(?P<number>\d{1,9})(?P<dot>[.)])(?=\s|$)")
_ENTITY = re.compile(r"&(?=#?\w{1,40};)")
_UNSAFE = re.compile(r"[\s<>()\\|\x00-\x1f\x7f]")
_BULLETS = "-*"
_DOTS = ".)"
_WIDEST_SPAN = 50
_WIDEST_TABLE = 200
_LONGEST_LONE_CELL = 240
_HIGHEST_NUMBER = 999_999_999


@dataclass(slots=True)
class _Piece:
    """Something between blank lines: its lines, and the list items and quotations it stands in."""

    lines: list[str]
    path: Path


def to_markdown(blocks: Sequence[Block], resolve: Resolve) -> str:
    """``blocks`` (a cleared body) as Markdown; ``resolve`` makes a link absolute or gives ``None`` for no link.

    An element around the whole body is no structure and leaves no mark.
    """
    paths = [_containers(block) for block in blocks]
    outer = len(_common(paths))
    pieces = _pieces(blocks, [path[outer:] for path in paths], resolve)
    return _Writer().write(pieces)


def _containers(block: Block) -> Path:
    return tuple(element for element in block.path if element.tag != "tr")


def _common(paths: Sequence[Path]) -> Path:
    shared = paths[0] if paths else ()
    for path in paths:
        shared = shared[: _agreeing(shared, path)]
    return shared


def _agreeing(first: Path, second: Path) -> int:
    """How many elements two paths share from the outside."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one is not other:
            break
        count += 1
    return count


def _pieces(blocks: Sequence[Block], paths: Sequence[Path], resolve: Resolve) -> Iterator[_Piece]:
    at = 0
    while at < len(blocks):
        end = _table_end(blocks, at)
        lines = _table(blocks[at:end]) if end > at else [_line(blocks[at], resolve)]
        yield _Piece(lines, paths[at])
        at = max(end, at + 1)


# Paragraphs


def _line(block: Block, resolve: Resolve) -> str:
    text = _inline(block, resolve)
    if block.heading:
        # A closing sequence of number signs would be taken for decoration.
        return f"{'#' * int(str(block.element.tag)[1])} {re.sub(r'#+$', lambda run: _escaped(run.group()), text)}"
    stars = "*" * (2 * block.bold + block.italic)
    if stars:
        return f"{stars}{text}{stars}"
    return _OPENING.sub(_escape_opening, text, count=1) if _OPENING.match(text) else text


def _escaped(signs: str) -> str:
    return "".join(f"\\{sign}" for sign in signs)


def _escape_opening(match: re.Match[str]) -> str:
    return f"{match['number']}\\{match['dot']}" if match["number"] else f"\\{match.group()}"


def _inline(block: Block, resolve: Resolve) -> str:
    """The text of ``block``, escaped, with its links."""
    written: list[str] = []
    at = 0
    for first, last, element in block.links:
        address = resolve(element.get("href"))
        if address is None or first < at:
            continue
        before = _escape(block.text[at:first])
        # "!" before a link would make it an image.
        written.append(before[:-1] + "\\!" if before.endswith("!") else before)
        written.append(f"[{_escape(block.text[first:last])}]({_address(address)})")
        at = last
    written.append(_escape(block.text[at:]))
    return "".join(written)


def _escape(text: str) -> str:
    return _INLINE.sub(r"\\\g<0>", text)


def _address(url: str) -> str:
    escaped = _UNSAFE.sub(lambda sign: "".join(f"%{byte:02X}" for byte in sign.group().encode()), url)
    return _ENTITY.sub("%26", escaped)


# Tables


def _table_of(row: HtmlElement) -> HtmlElement | None:
    return next(row.iterancestors("table"), None)


def _row_of(block: Block) -> HtmlElement | None:
    """The table row that ``block`` is, or stands in with nothing but cells between."""
    if block.cells:
        return block.element
    return block.path[-1] if block.path and block.path[-1].tag == "tr" else None


def _table_end(blocks: Sequence[Block], start: int) -> int:
    """Where the table that begins with the row ``blocks[start]`` ends; ``start`` where none begins.

    A row with text in one cell alone ("I. Các xã vùng cao") is read as a paragraph; between the rows of a
    table it is a row of it.
    """
    if not blocks[start].cells:
        return start
    table = _table_of(blocks[start].element)
    end = start + 1
    while end < len(blocks):
        block = blocks[end]
        row = _row_of(block)
        if row is None or _table_of(row) is not table:
            break
        beside = blocks[end + 1] if end + 1 < len(blocks) else None
        lone = len(block.text) <= _LONGEST_LONE_CELL and (beside is None or _row_of(beside) is not row)
        if not block.cells and not (lone and not block.heading):
            break
        end += 1
    return end


def _table(rows: Sequence[Block]) -> list[str]:
    """The lines of a table, its first row as the head; merged cells have their text in the first place."""
    grid: list[list[str]] = []
    covered: dict[int, int] = {}
    for block in rows:
        line: list[str] = []
        under = {column: left - 1 for column, left in covered.items() if left > 1}
        for cell, text in _cells(block):
            while covered.get(len(line)):
                line.append("")
            first = len(line)
            line += [text] + [""] * (_span(cell, "colspan") - 1 if first < _WIDEST_TABLE else 0)
            down = _span(cell, "rowspan") - 1
            under |= dict.fromkeys(range(first, len(line)), down) if down > 0 else {}
        grid.append(line)
        covered = under
    width = max(map(len, grid))
    lines = [_row([*line, *[""] * (width - len(line))]) for line in grid]
    return [lines[0], _row(["---"] * width), *lines[1:]]


def _cells(block: Block) -> list[tuple[HtmlElement, str]]:
    row = _row_of(block)
    cells = [cell for cell in row if cell.tag in ("td", "th")] if row is not None else []
    if block.cells:
        return list(zip(cells, block.cells, strict=True))
    own = {block.element, *block.element.iterancestors("td", "th")}
    return [(cell, block.text if cell in own else "") for cell in cells]


def _span(cell: HtmlElement, name: str) -> int:
    value = (cell.get(name) or "").strip()
    return min(max(int(value), 1), _WIDEST_SPAN) if value.isascii() and value.isdigit() and len(value) < 5 else 1


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_escape(cell).replace("|", "\\|") for cell in cells) + " |"


# Lists and quotations


@dataclass(slots=True)
class _Writer:
    """Puts pieces under each other, each with the marks of the lists and quotations it stands in."""

    out: list[str] = field(default_factory=list)
    path: Path = ()
    indents: list[str] = field(default_factory=list)
    single: bool = False
    marks: dict[HtmlElement, str] = field(default_factory=dict)
    numbers: dict[HtmlElement, dict[HtmlElement, int]] = field(default_factory=dict)

    def write(self, pieces: Iterator[_Piece]) -> str:
        for piece in pieces:
            self._add(piece)
        return "\n".join(self.out)

    def _add(self, piece: _Piece) -> None:
        shared = _agreeing(self.path, piece.path)
        opened = piece.path[shared:]
        if self.out and not (self.single and self._is_next_item(piece.path, shared)):
            self.out.append("".join(self.indents[:shared]).rstrip())
        first, indents = "".join(self.indents[:shared]), self.indents[:shared]
        for depth, element in enumerate(opened, shared):
            mark = "> " if element.tag == "blockquote" else self._mark(element, depth)
            first += mark
            indents.append(mark if element.tag == "blockquote" else " " * len(mark))
        rest = "".join(indents)
        self.out += [first + piece.lines[0], *(rest + line for line in piece.lines[1:])]
        self.single = bool(opened) and len(piece.lines) == 1
        self.path, self.indents = piece.path, indents

    def _is_next_item(self, path: Path, shared: int) -> bool:
        """Whether ``path`` is the item after the one just written: the two may stand without a blank line."""
        if not len(path) == len(self.path) == shared + 1 or path[-1].tag != "li" or self.path[-1].tag != "li":
            return False
        return path[-1].getparent() is self.path[-1].getparent()

    def _mark(self, item: HtmlElement, depth: int) -> str:
        around = item.getparent()
        if around is None or around.tag != "ol":
            return f"{self._sign(around, depth, _BULLETS)} "
        number = min(_first_number(around) + self._position(around, item), _HIGHEST_NUMBER)
        return f"{number}{self._sign(around, depth, _DOTS)} "

    def _sign(self, around: HtmlElement | None, depth: int, signs: str) -> str:
        """The sign of a list: another one where the list before it at this place would run on into it."""
        if around is None:
            return signs[0]
        if around not in self.marks:
            before = self.path[depth].getparent() if depth < len(self.path) else None
            self.marks[around] = signs[1] if before is not None and self.marks.get(before) == signs[0] else signs[0]
        return self.marks[around]

    def _position(self, around: HtmlElement, item: HtmlElement) -> int:
        if around not in self.numbers:
            self.numbers[around] = {one: number for number, one in enumerate(around.iterchildren("li"))}
        return self.numbers[around][item]


def _first_number(around: HtmlElement) -> int:
    value = (around.get("start") or "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 9 else 1
