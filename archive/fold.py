"""The folded key of a text: what is left when spelling habits and typing debris no longer count."""

from __future__ import annotations

import html
import re
import unicodedata

# Letters that carry no combining mark, and punctuation that one CMS straightens and another curls. Eth stands
# for đ on pages whose windows-1258 bytes were read as Latin-1.
_LETTERS = str.maketrans(
    {
        **dict.fromkeys("đĐðÐ", "d"),
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"),
    }
)
_MARKS = re.compile("[\u0300-\u036f\u1dc0-\u1dff]+")
_SPACE = re.compile(r"\s+")


def fold(text: str) -> str:
    """The key under which two spellings of the same words are equal.

    Entities are decoded once, compatibility forms (NBSP, ligatures, full width) opened, combining marks
    dropped, so that ``hòa`` and ``hoà`` agree, ``đ`` becomes ``d``, quotes and dashes become plain, letters
    lower case; zero-width characters vanish and white space becomes single blanks. ``fold`` of a folded
    text without entities is the text itself. Marks are dropped after NFKD (Unicode annex 15).
    """
    plain = html.unescape(text) if "&" in text else text
    opened = unicodedata.normalize("NFKD", plain.translate(_LETTERS))
    bare = _MARKS.sub("", opened).translate(_LETTERS).lower()
    return _SPACE.sub(" ", bare).strip()
