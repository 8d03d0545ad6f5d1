"""Text in the encodings before Unicode, and UTF-8 that was encoded twice: recognised when sure, and put right.

The ABC fonts (TCVN3) and the VNI fonts draw Vietnamese letters in the places of Western ones, so that their text
arrives as "Hµ Néi" or "Haø Noäi" in a page that is otherwise right; a windows-1258 text read as Western is "HaÌ Nôòi".
Whole pages and single paragraphs of that kind exist. A paragraph is put right when nearly all its words become
Vietnamese syllables and were none before, which no correct text of any language does.
Tables: TCVN 5712:1993's third set as the ABC fonts have it; VNI for Windows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from pipelines.blocks import BLOCK_TAGS
from pipelines.syllables import is_syllable

_TCVN3 = str.maketrans(
    "¸µ¶·¹¨¾»¼½Æ©ÊÇÈÉËÐÌÎÏÑªÕÒÓÔÖãßáâä«èåæçé¬íêëìîóïñòô\xadøõö÷ùÝ×ØÜÞýúûüþ®¡¢£¤¥¦§",
    "áàảãạăắằẳẵặâấầẩẫậéèẻẽẹêếềểễệóòỏõọôốồổỗộơớờởỡợúùủũụưứừửữựíìỉĩịýỳỷỹỵđĂÂÊÔƠƯĐ",
)
_TCVN3_NEVER = re.compile("[ÀÁÂÃÄÅÍÙÚÛðàÿ]")
_TONES = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_ROUND = {"â": "", "á": "\u0301", "à": "\u0300", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_BREVE = {"ê": "", "é": "\u0301", "è": "\u0300", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}


def _vni_table() -> dict[str, str]:
    pairs = {base + mark: base + tone for base in "aeouy" for mark, tone in _TONES.items()}
    pairs |= {base + mark: f"{base}\u0302{tone}" for base in "aeo" for mark, tone in _ROUND.items()}
    pairs |= {f"a{mark}": f"a\u0306{tone}" for mark, tone in _BREVE.items()}
    pairs |= {shape + mark: f"{base}\u031b{tone}" for shape, base in ("ôo", "öu") for mark, tone in _TONES.items()}
    pairs |= {"ô": "o\u031b", "ö": "u\u031b", "ñ": "đ", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
    table = {source: unicodedata.normalize("NFC", target) for source, target in pairs.items()}
    capital = {source.upper(): target.upper() for source, target in table.items()}
    mixed = {source[0].upper() + source[1:]: target.upper() for source, target in table.items() if len(source) == 2}
    return table | mixed | capital


_VNI = _vni_table()
_VNI_LETTERS = re.compile("|".join(sorted(_VNI, key=len, reverse=True)))
_VNI_NEVER = re.compile("[çßþðýÿÇÞÐÝ]")
# Letters that only correct Vietnamese has; text that holds one is in no encoding of old.
_CORRECT = re.compile("[ăĂđĐĩĨũŨơƠưƯ\u1ea0-\u1ef9\u0300-\u036f]")
_LETTERS = re.compile("[A-Za-z\xa1-\xff]+")
_WORD = re.compile("[\xa1-\xff]*[A-Za-z][A-Za-z\xa1-\xff]*")
_FEWEST_WORDS = 4
_FEWEST_WRONG = 3
_MOST_WORDS = 400

_LEADS = "[\xc2-\xdf]{c}|[\xe0-\xef]{c}{{2}}|[\xf0-\xf4]{c}{{3}}"
_BYTES = {bytes([code]).decode("cp1252", "ignore") or chr(code): code for code in range(0x80, 0xC0)}
_BYTES |= {chr(code): code for code in range(0x80, 0xF5)}
_FOLLOWING = "[" + re.escape("".join(char for char, code in _BYTES.items() if code < 0xC0)) + "]"
_TWICE = re.compile(f"(?:{_LEADS.format(c=_FOLLOWING)})+")
# "á»" and "Ã»" may be a letter before a closing guillemet, "Ã" one before a hard blank; these are nothing else.
_SURELY_TWICE = re.compile("Ã[\xa1-\xaa\xac-\xba\xbc-\xbf]|Ä[\x80-\xbf‘©]|Æ[\xa0-\xb0]|áº|á»[\xa0-\xbf€-™]\\w")
# What such text always has somewhere, as characters and as entities; single characters are found fastest.
_SUSPECT = "¸µ¹¶øñûïöþðÐºÄÆ"
_SUSPECT_ENTITY = re.compile(
    "&(?:micro|cedil|sup1|para|oslash|ntilde|ucirc|iuml|ouml|Auml|AElig|thorn|eth|ETH|#1(?:81|84)|#208|#24[018]"
    "|#x[fFdD]0);"
)
_ETH = str.maketrans("ðÐ", "đĐ")
_FEWEST_LETTERS = 3
_FEWEST_SIGNS = 2
_UNPRINTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DATA = "application/ld+json"
_PRINTED_ATTRIBUTES = ("content", "alt", "title")


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding of old: what its text becomes, and the letters that never occur in it."""

    name: str
    convert: Callable[[str], str]
    never: re.Pattern[str]


def _from_tcvn3(text: str) -> str:
    """ABC fonts have capitals with tones only in fonts of capitals: the case is that of the word's other letters."""

    def one(match: re.Match[str]) -> str:
        word = match.group()
        plain = [char for char in word if char.isascii()]
        shouted = len(plain) > 1 and all(char.isupper() for char in plain)
        return word.translate(_TCVN3).upper() if shouted else word.translate(_TCVN3)

    return _LETTERS.sub(one, text)


def _from_vni(text: str) -> str:
    return _VNI_LETTERS.sub(lambda match: _VNI[match.group()], text)


def _from_cp1258(text: str) -> str:
    try:
        return unicodedata.normalize("NFC", text.encode("cp1252").decode("cp1258"))
    except UnicodeError:
        return text


ENCODINGS = (
    Encoding("tcvn3", _from_tcvn3, _TCVN3_NEVER),
    Encoding("vni", _from_vni, _VNI_NEVER),
    Encoding("windows-1258", _from_cp1258, re.compile("[¸µ¶¹]")),
)


def recognise(text: str) -> Encoding | None:
    """The encoding of old that the paragraph ``text`` is in, or ``None`` unless that is sure."""
    if text.isascii() or _CORRECT.search(text):
        return None
    words = _WORD.findall(text)[:_MOST_WORDS]
    odd = [word for word in words if not word.isascii()]
    wrong = {word for word in odd if not is_syllable(word)}
    if len(odd) < _FEWEST_WORDS or len(wrong) < _FEWEST_WRONG or 3 * sum(word in wrong for word in odd) < len(odd):
        return None
    if len({char for word in wrong for char in word if not char.isascii()}) < _FEWEST_WRONG:
        return None
    plain = [word for word in words if word.isascii() and not word.isupper()]
    foreign = sum(1 for word in plain if not is_syllable(word))
    best, most = None, 0
    for encoding in ENCODINGS:
        if not encoding.never.search(text):
            right = sum(1 for word in odd if is_syllable(encoding.convert(word)))
            enough = 10 * right >= 9 * len(odd) and 5 * (len(odd) - right + foreign) <= len(odd) + len(plain)
            if enough and right > most:
                best, most = encoding, right
    return best


def undo_twice(text: str, sure: bool = False) -> str:
    """``text`` with UTF-8 that was read as Western and encoded again put right, where that is beyond doubt.

    ``sure`` says that the page is known to have it. Each run must be UTF-8 to the last byte.
    """
    if not sure and len(_SURELY_TWICE.findall(text)) < _FEWEST_SIGNS:
        return text
    return _TWICE.sub(_decode_run, text)


def _decode_run(match: re.Match[str]) -> str:
    run = match.group()
    try:
        return bytes(_BYTES[char] for char in run).decode("utf-8")
    except UnicodeDecodeError:
        return run


def is_suspect(text: str) -> bool:
    """Whether a page's source holds signs of old or doubled encodings; a cheap question before the dear one."""
    if any(sign in text for sign in _SUSPECT) or ("»" in text and "á»" in text):
        return True
    return _SUSPECT_ENTITY.search(text) is not None


def repair_tree(root: HtmlElement) -> tuple[str, ...]:
    """Put right what of the page's text is in an encoding of old; name what was put right (``repaired-tcvn3`` …).

    Paragraphs are judged one by one. A line too short to be sure of follows the page's other paragraphs,
    if all its words do.
    """
    units = list(_units(root))
    found = {id(unit): encoding for unit in units if (encoding := recognise(unit.text))}
    known = {encoding.name: encoding for encoding in found.values()}
    doubled = sum(len(_SURELY_TWICE.findall(unit.text)) for unit in units if not unit.text.isascii()) >= _FEWEST_SIGNS
    eths = _stand_for_d([unit for unit in units if id(unit) not in found])
    repaired: set[str] = set()
    for unit in units:
        if unit.text.isascii():
            continue
        encoding = found.get(id(unit)) or _follower(unit.text, known)
        if encoding is not None:
            unit.change(encoding.convert)
            repaired.add(f"repaired-{encoding.name}")
        elif doubled and unit.change(lambda text: undo_twice(text, sure=_SURELY_TWICE.search(text) is not None)):
            repaired.add("repaired-utf8")
        elif eths and unit.change(lambda text: text.translate(_ETH)):
            repaired.add("repaired-eth")
    return tuple(sorted(repaired))


def _stand_for_d(units: Sequence[_Unit]) -> bool:
    """Whether an eth on the page is a đ (byte 0xF0 of windows-1258 read as Western): the page is Vietnamese.

    Icelandic has thorns beside its eths, and none of the Vietnamese letters.
    """
    correct = sum(len(_CORRECT.findall(unit.text)) for unit in units)
    return correct >= _FEWEST_LETTERS and not any("þ" in unit.text or "Þ" in unit.text for unit in units)


def _follower(text: str, known: dict[str, Encoding]) -> Encoding | None:
    """The encoding of the page's paragraphs that a short line is in: each odd word becomes a syllable, one was none."""
    if not known or _CORRECT.search(text):
        return None
    odd = [word for word in _WORD.findall(text)[:_MOST_WORDS] if not word.isascii()]
    if not odd or all(is_syllable(word) for word in odd):
        return None
    fitting = (encoding for encoding in known.values() if all(is_syllable(encoding.convert(word)) for word in odd))
    return next(fitting, None)


@dataclass(slots=True)
class _Unit:
    """A paragraph: the places its text stands in, each an element with ``"text"``, ``"tail"`` or an attribute."""

    places: list[tuple[HtmlElement, str]]
    text: str = ""

    def read(self) -> _Unit:
        self.text = "".join(map(_get, self.places))
        return self

    def change(self, convert: Callable[[str], str]) -> bool:
        """Convert each piece of the text; whether anything changed."""
        changed = False
        for place in self.places:
            before = _get(place)
            after = convert(before)
            if after != before:
                _set(place, after)
                changed = True
        return changed


def _get(place: tuple[HtmlElement, str]) -> str:
    element, name = place
    return (element.text if name == "text" else element.tail if name == "tail" else element.get(name)) or ""


def _set(place: tuple[HtmlElement, str], value: str) -> None:
    element, name = place
    value = _UNPRINTED.sub("", value)  # The parser lets through what the tree does not take back.
    if name in ("text", "tail"):
        setattr(element, name, value)
    else:
        element.set(name, value)


def _units(root: HtmlElement) -> Iterator[_Unit]:
    """The paragraphs of the page, and the attributes that are printed or read."""
    around: dict[HtmlElement, HtmlElement] = {}
    units: dict[HtmlElement, _Unit] = {}
    attributes: list[_Unit] = []
    for node in root.iter():
        parent = node.getparent()
        outer = around.get(parent, root) if parent is not None else root
        block = node if node.tag in BLOCK_TAGS or node.tag in ("title", "script") else outer
        around[node] = block
        if node.text and _is_read(node):
            units.setdefault(block, _Unit([])).places.append((node, "text"))
        if node.tail and node is not root:
            units.setdefault(outer, _Unit([])).places.append((node, "tail"))
        if isinstance(node.tag, str) and node.attrib:
            attributes += [_Unit([(node, name)]) for name in _PRINTED_ATTRIBUTES if node.get(name)]
    for unit in (*units.values(), *attributes):
        yield unit.read()


def _is_read(node: HtmlElement) -> bool:
    """Whether the text of ``node`` is printed, or read as a declaration."""
    if node.tag == "script":
        return (node.get("type") or "").strip().lower() == _DATA
    return isinstance(node.tag, str) and node.tag != "style"
