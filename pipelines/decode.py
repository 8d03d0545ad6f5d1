"""From bytes to text, once, the same way for a live page and an archived one."""

from __future__ import annotations

import codecs
import re
import unicodedata

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HTTP_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_META_WINDOW = 4096
_KNOWN = ("utf-8", "utf-16", "cp12", "cp874", "iso8859", "gb", "big5", "euc", "shift", "koi8", "tis")
# windows-1258 (unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1258.TXT): a vowel, then its tone mark as a
# byte of its own. Read as Latin-1 such pairs give "aì" or "Ò" inside words, which no language writes often.
_TONED_VOWEL = re.compile(rb"[aeiouyAEIOUY\xe2\xe3\xea\xf4\xf5\xfd\xc2\xc3\xca\xd4\xd5\xdd][\xcc\xd2\xde\xec\xf2]")
_FEWEST_SIGNS = 3
_ETH_FORMS = {"ð": "đ", "&#240;": "đ", "&#xf0;": "đ", "&#xF0;": "đ", "&eth;": "đ"}
_ETH_FORMS |= {"Ð": "Đ", "&#208;": "Đ", "&#xd0;": "Đ", "&#xD0;": "Đ", "&ETH;": "Đ"}
_VIETNAMESE_ONLY = re.compile("[ơưƠƯ\u1ea0-\u1ef9]")


def decode(body: bytes, content_type: str) -> str:
    """The text of ``body``: BOM, then valid UTF-8 whatever the labels say, then HTTP charset, meta, a checked guess.

    Never raises; bytes without a meaning become U+FFFD. A windows-1258 page comes out composed (NFC), and
    an eth that stands for đ (byte 0xF0 read as Latin-1 by some CMS) is put right.
    """
    text = _decode(body, content_type)
    return _repair_eth(text)


def _decode(body: bytes, content_type: str) -> str:
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(encoding, "replace")
    if _is_utf8(body):
        return body.decode("utf-8", "replace")
    encoding = _declared(body, content_type) or "cp1252"
    if encoding == "utf-8" and _mostly_utf8(body):
        return body.decode("utf-8", "replace")
    if encoding in ("utf-8", "cp1252", "cp1258"):
        encoding = "cp1258" if encoding == "cp1258" or _is_cp1258(body) else "cp1252"
    text = body.decode(encoding, "replace")
    return unicodedata.normalize("NFC", text) if encoding == "cp1258" else text


def _is_utf8(body: bytes) -> bool:
    """Whether ``body`` is UTF-8, a character cut off at the very end allowed (a page that was cut short)."""
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(body)
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(body: bytes) -> bool:
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return broken * 4 <= sum(1 for char in text if char > "\x7f")


def _is_cp1258(body: bytes) -> bool:
    pairs = len(_TONED_VOWEL.findall(body))
    high = sum(byte > 0x7F for byte in body)
    return pairs >= _FEWEST_SIGNS and pairs * 8 >= high


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


def _repair_eth(text: str) -> str:
    present = [form for form in _ETH_FORMS if form in text]
    icelandic = "þ" in text or "Þ" in text
    if not present or icelandic or len(_VIETNAMESE_ONLY.findall(text)) < _FEWEST_SIGNS:
        return text
    for form in present:
        text = text.replace(form, _ETH_FORMS[form])
    return text
