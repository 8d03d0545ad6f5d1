"""From bytes to text, once, the same way for a live page and an archived one."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import NamedTuple

from pipelines.legacy import recognise
from pipelines.syllables import is_syllable

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HTTP_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_META_WINDOW = 4096
_KNOWN = ("utf-8", "utf-16", "cp12", "cp874", "iso8859", "gb", "big5", "euc", "shift", "koi8", "tis")
# windows-1258 (unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1258.TXT): a vowel, then its tone mark as a
# byte of its own. Read as Latin-1 such pairs give "aì" or "Ò" inside words, which no language writes often.
_TONED_VOWEL = re.compile(rb"[aeiouyAEIOUY\xe2\xe3\xea\xf4\xf5\xfd\xc2\xc3\xca\xd4\xd5\xdd][\xcc\xd2\xde\xec\xf2]")
_FEWEST_SIGNS = 3
_WIDE_WINDOW = 64
_SAMPLE = 60_000
_TAG = re.compile(r"<(?:script|style)\b.*?</(?:script|style)|<[^>]*>", re.IGNORECASE | re.DOTALL)
_WORD = re.compile(r"(?:[^\W\d_]|[\u0300-\u0323])+")


class Decoded(NamedTuple):
    """The text of a body, and what had to be guessed to get it."""

    text: str
    guesses: tuple[str, ...] = ()


def decode(body: bytes, content_type: str) -> Decoded:
    """The text of ``body``: BOM, then valid UTF-8 whatever the labels say, then HTTP charset, meta, a checked guess.

    Never raises; bytes without a meaning become U+FFFD. A windows-1258 page comes out composed (NFC); one that does
    not say so is noted as ``guessed-windows-1258``.
    """
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            return Decoded(body[len(bom) :].decode(encoding, "replace"))
    if wide := _wide(body):
        return Decoded(body.decode(wide, "replace"))
    if (text := _as_utf8(body)) is not None:
        return Decoded(text)
    declared = _declared(body, content_type)
    if declared == "utf-8" and _mostly_utf8(body):
        return Decoded(body.decode("utf-8", "replace"))
    if declared not in (None, "utf-8", "cp1252", "cp1258"):
        return Decoded(body.decode(declared or "", "replace"))
    if _is_cp1258(body, declared == "cp1258"):
        text = unicodedata.normalize("NFC", body.decode("cp1258", "replace"))
        return Decoded(text, () if declared == "cp1258" else ("guessed-windows-1258",))
    return Decoded(body.decode("cp1252", "replace"))


def _wide(body: bytes) -> str | None:
    """UTF-16 without its mark, known by the zero beside each letter of the markup."""
    head = body[:_WIDE_WINDOW]
    for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if len(head) >= _WIDE_WINDOW and zeros.count(0) * 5 > len(zeros) * 4:
            return encoding
    return None


def _as_utf8(body: bytes) -> str | None:
    """The text of ``body`` if that is UTF-8; a page that was cut short may end within a character."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        cut_off = error.end == len(body) and error.reason == "unexpected end of data"
        return body.decode("utf-8", "replace") if cut_off else None


def _mostly_utf8(body: bytes) -> bool:
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return broken * 4 <= sum(1 for char in text if char > "\x7f")


def _is_cp1258(body: bytes, labelled: bool) -> bool:
    """Whether the page is windows-1258: vowels with tone marks after them, and the words are Vietnamese.

    Text in the ABC fonts has such pairs too, and may even be labelled so.
    """
    sample = body[:_SAMPLE]
    if labelled:
        found = recognise(_TAG.sub(" ", sample.decode("cp1252", "replace")))
        return found is None or found.name == "windows-1258"
    pairs = len(_TONED_VOWEL.findall(body))
    if pairs < _FEWEST_SIGNS or pairs * 8 < sum(byte > 0x7F for byte in body):
        return False
    words = [word for word in _WORD.findall(sample.decode("cp1258", "replace")) if not word.isascii()]
    return sum(map(is_syllable, words)) * 10 >= len(words) * 6


def _declared(body: bytes, content_type: str) -> str | None:
    """The first usable encoding among the HTTP header's and the page's own, by Python's name for it."""
    header = _HTTP_CHARSET.search(content_type)
    meta = _META_CHARSET.search(body, 0, _META_WINDOW)
    labels = (header and header.group(1), meta and meta.group(1).decode("ascii", "ignore"))
    return next((name for label in labels if label and (name := _codec_name(label))), None)


def _codec_name(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    if name in ("iso8859-1", "ascii"):  # as the WHATWG encoding standard reads these labels
        return "cp1252"
    return name if name.startswith(_KNOWN) else None
