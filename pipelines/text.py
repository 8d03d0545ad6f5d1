"""Text as the corpus keeps it (NFC, otherwise as printed) and the key by which texts are compared."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from itertools import accumulate

# C0 and C1 controls, soft hyphen, zero-width characters, bidi marks and the byte order mark print nothing.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufffe\uffff]+"
)
_AMPERSANDS = re.compile(r"&(?:(?:amp|#38|#x26);)+", re.IGNORECASE)
_WORD = re.compile(r"\w+(?:[.,/-]\w+)*")
_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]+")
_VIETNAMESE = re.compile("[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")
_JOINER = "\u034f"
_NO_BREAK = "\xa0"
_BLANKS = re.compile(r"\s+")
_FOLD_ROUNDS = 8


def clean(text: str) -> str:
    """One printed line of ``text``: NFC, invisible characters gone, whitespace collapsed as a browser would.

    A run of whitespace becomes one space, or one no-break space where it holds nothing else; none is left
    at the ends.
    """
    visible = _visible(text)
    if _NO_BREAK in visible:
        visible = _BLANKS.sub(lambda run: " " if run.group().strip(_NO_BREAK) else _NO_BREAK, visible).strip()
    else:
        visible = " ".join(visible.split())
    return unicodedata.normalize("NFC", visible)


def _visible(text: str) -> str:
    """``text`` without its invisible characters; only one of them is printable to Python, which is quick to ask."""
    return text if text.isprintable() and _JOINER not in text else _INVISIBLE.sub("", text)


def match_key(text: str) -> str:
    """The key under which two printings of the same words are equal.

    Entities resolved, case folded, combining marks dropped (so that hoà = hòa), đ as d, invisible
    characters gone, whitespace collapsed. Applying it to a key gives the key again.
    """
    for _ in range(_FOLD_ROUNDS):
        folded = _fold(text)
        if folded == text or (folded.isascii() and "&" not in folded):
            return folded
        text = folded
    return text


def _fold(text: str) -> str:
    if "&" in text:
        text = html.unescape(_AMPERSANDS.sub("&", text))
    decomposed = unicodedata.normalize("NFD", _visible(text).casefold())
    if not decomposed.isascii():
        decomposed = _MARKS.sub("", decomposed).replace("đ", "d")
    return " ".join(decomposed.split())


def word_count(text: str) -> int:
    """The number of words (Vietnamese: syllables) in ``text``; "08-NQ/TU" and "4.437" count as one each."""
    return len(_WORD.findall(text))


def has_words(texts: Iterable[str], count: int) -> bool:
    """Whether ``texts`` have ``count`` words together; no more of them is read than that takes."""
    return any(words >= count for words in accumulate(map(word_count, texts), initial=0))


def looks_vietnamese(text: str) -> bool:
    """Whether ``text`` is written in Vietnamese, judged by its share of letters no neighbour language has."""
    return len(_VIETNAMESE.findall(text)) * 25 > len(text)
