"""Sentences with blanks: ``{slot}``, ``{slot:12-90}`` and ``[one|another|]``, which may nest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from tests.replica.newsroom.dice import Dice

BREAK = " // "
_TOKEN = re.compile(r"([\[\]|]|\{[^{}]+\})")
_SENTENCE_START = re.compile(r"(^(?:- )?|// (?:- )?|[.?!]”? |: “)([^\W\d_])")


class Filler(Protocol):
    """What a template asks for its blanks."""

    dice: Dice

    def begin(self) -> None:
        """A template begins."""
        ...

    def fill(self, name: str, low: int, high: int) -> str:
        """The text for blank ``name``; ``low`` and ``high`` are 0 where the blank has no range."""
        ...


@dataclass(frozen=True, slots=True)
class Slot:
    """A blank and its range."""

    name: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Wordings of which one is taken."""

    options: tuple[tuple[Node, ...], ...]


Node = str | Slot | Choice


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A compiled paragraph; compared by identity, so that its uses can be counted.

    ``size`` is about how many syllables and ``paragraphs`` how many paragraphs it will have. ``angles`` are letters:
    a lead has one, and what has some goes only with a lead whose letter is among them. ``personal`` templates speak
    of a resident of their own story.
    """

    nodes: tuple[Node, ...]
    size: int
    angles: str
    personal: bool
    paragraphs: int

    def render(self, filler: Filler) -> str:
        """The paragraph with its blanks filled, sentences beginning with a capital."""
        filler.begin()
        out: list[str] = []
        _write(self.nodes, filler, out)
        return _SENTENCE_START.sub(_capital, "".join(out))


def compile_template(source: str) -> Template:
    """Compile ``source``; ValueError on an unbalanced bracket."""
    angles, colon, text = source.partition(": ")
    if not colon or not set(angles) <= set("abcdef"):
        angles, text = "", source
    options, closed = _parse(iter(_TOKEN.split(text)))
    if closed or len(options) != 1:
        raise ValueError(f"unbalanced brackets: {source}")
    return Template(
        options[0], _size(options[0]), angles, "{nguoi" in source or "{cutri" in source, source.count(BREAK) + 1
    )


def _parse(tokens: Iterator[str]) -> tuple[tuple[tuple[Node, ...], ...], bool]:
    """Read up to the closing bracket or the end; the options read, and whether a bracket closed them."""
    options: list[tuple[Node, ...]] = []
    nodes: list[Node] = []
    for token in tokens:
        if token == "[":
            inner, closed = _parse(tokens)
            if not closed:
                raise ValueError("a bracket is not closed")
            nodes.append(Choice(inner))
        elif token == "|":
            options.append(tuple(nodes))
            nodes = []
        elif token == "]":
            return (*options, tuple(nodes)), True
        elif token.startswith("{"):
            nodes.append(_slot(token[1:-1]))
        elif token:
            nodes.append(token)
    return (*options, tuple(nodes)), False


def _slot(text: str) -> Slot:
    name, _, bounds = text.partition(":")
    low, _, high = bounds.partition("-")
    return Slot(name, int(low or 0), int(high or 0))


def _size(nodes: tuple[Node, ...]) -> int:
    size = 0
    for node in nodes:
        if isinstance(node, str):
            size += len(node.split())
        elif isinstance(node, Slot):
            size += 2
        else:
            size += sum(map(_size, node.options)) // len(node.options)
    return size


def _write(nodes: tuple[Node, ...], filler: Filler, out: list[str]) -> None:
    for node in nodes:
        if isinstance(node, str):
            out.append(node)
        elif isinstance(node, Slot):
            out.append(filler.fill(node.name, node.low, node.high))
        else:
            _write(filler.dice.pick(node.options), filler, out)


def _capital(match: re.Match[str]) -> str:
    return match[1] + match[2].upper()
