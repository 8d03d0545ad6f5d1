"""Who wrote it and where it came from: bylines, agencies and source lines of Vietnamese papers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pipelines.text import clean, match_key

_WRITER_LABEL = (
    r"(?:tin|bài|tin bài|bài viết|phóng sự|ghi chép)(?:\s*(?:,|và|-|–|&|/)?\s*(?:bài|ảnh|hình|clip|video))*"
    r"|tác giả(?: bài viết)?|người viết|thực hiện|nhóm (?:phóng viên|pv)|phóng viên|pv|ctv|biên soạn|theo dõi"
)
_PHOTO_LABEL = (
    r"(?:ảnh|hình)(?:\s+(?:minh họa|minh hoạ|tư liệu|bìa|trong bài))?|video|clip|đồ họa|đồ hoạ|nguồn ảnh|ảnh và video"
)
_SOURCE_LABEL = r"nguồn(?: tin| bài| bài viết| tin bài)?"
_LABEL = re.compile(
    rf"(?<!\w)(?:(?P<photo>{_PHOTO_LABEL})|(?P<source>{_SOURCE_LABEL})|(?P<writer>{_WRITER_LABEL}))\s*[:：]\s*",
    re.IGNORECASE,
)
_THEO = re.compile(r"\(?\s*theo\s*:?\s+", re.IGNORECASE)
_PARENTHESES = re.compile(r"\s*[(\[]\s*([^()\[\]]{1,80}?)\s*[)\]]\s*\.?$")
_DOMAIN = re.compile(r"(?:https?://)?(?:[a-z0-9-]+\.)+[a-z]{2,6}(?:/\S*)?", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s+[-–—+]\s+|\s*[,;/&|]\s*|\s+và\s+|(?<=[^\W\d_])[-–](?=[A-ZĐ]{2,6}$)")
_OUTLET = re.compile(
    r"(?:báo|đài|tạp chí|cổng|trang|bản tin|kênh|thông tấn xã|chuyên trang|ban biên tập|trung tâm)\b"
    r"|(?:ttxvn|ttx|vov|vtv|vietnam\s*\+|vietnamplus|vietnamnet|vnexpress|vgp|qđnd|sggp|bbc|afp|reuters)(?!\w)",
    re.IGNORECASE,
)
_WIRE = re.compile(r"ttxvn|ttx|vov|vtv|vietnam\+|vietnamplus|vgp", re.IGNORECASE)
_ABBREVIATION = re.compile(r"[A-ZĐ]{2,6}")
_INITIALS = re.compile(r"(?:[A-ZĐ]\.\s?){1,3}[A-ZĐ]?\.?")
_TITLES = re.compile(
    r"(?:ThS|TS|PGS|GS|BS|BSCKI|BSCKII|LS|KS|NSƯT|NSND|Nhà báo|Nhà văn|Luật sư|Bác sĩ)\.?\s", re.IGNORECASE
)
_ROLE = re.compile(r"\s+(?:(?:lược )?(?:ghi|dịch|thuật)|thực hiện|biên soạn|tổng hợp|sưu tầm)\s*\.?$")
_OPENING_WIRE = re.compile(r"\(?(?P<wire>TTXVN|TTX|VOV|VTV|VGP|Vietnam\+)\)?\s*[-–—]\s*")
_OPENING_AGENCY = re.compile(
    r"(?:\((?P<bracketed>[A-ZĐ]{2,8}\+?|Vietnam\+|[\w-]+(?:\.[a-z]{2,4}){1,2})\)\s*[-–—]?"
    r"|(?P<bare>[A-ZĐ]{2,8}\+?|Vietnam\+)\s*[-–—])\s*[\"“]?(?P<word>\w+)"
)
_NO_AGENCY = frozenset(
    {"t/h", "t.h", "th", "tong hop", "suu tam", "ctv", "pv", "ghi", "thuc hien", "dich", "bien soan"}
)
_NOBODY = frozenset(
    {"pv", "p.v", "btv", "ctv", "bbt", "admin", "administrator", "internet", "tong hop", "pv tong hop", "nhom pv"}
    | {"phong vien", "nhom phong vien", "bien tap vien", "ban bien tap", "suu tam", "dang cap nhat", "khuyet danh"}
    | {"t.h", "t/h"}
)
_LONGEST_NAME = 40
_LONGEST_LINE = 120


@dataclass(frozen=True, slots=True)
class Source:
    """Whom a republished item comes from; ``raw`` is the line as printed, ``url`` a domain or address in it."""

    name: str | None
    url: str | None
    raw: str


@dataclass(frozen=True, slots=True)
class Byline:
    """What a signature says: bare author names, the agency in or after them ("BCB"), and a source if it names one."""

    authors: tuple[str, ...] = ()
    agency: str | None = None
    source: Source | None = None


def parse_byline(raw: str, nobodies: tuple[str, ...] = ()) -> Byline:
    """Read a signature line.

    ``nobodies`` are placeholders and the paper's own names, which are no authors. A label for photographs
    ("Ảnh: TTXVN") credits a picture and gives no author.
    """
    line = clean(raw)[: _LONGEST_LINE * 2]
    theo = _THEO.match(line)
    if theo:
        value = line[theo.end() :].rstrip(" .")
        return _read_source(value.removesuffix(")") if line.startswith("(") else value, line, nobodies)
    labels = list(_LABEL.finditer(line))
    if not labels or labels[0].start() > 0:
        end = labels[0].start() if labels else len(line)
        byline = _read_names(line[:end].strip(" -–,;"), line, nobodies)
    else:
        byline = Byline()
    ends = [label.start() for label in labels[1:]] + [len(line)]
    for label, end in zip(labels, ends, strict=False):
        value = line[label.end() : end].strip(" -–,;")
        if label["writer"]:
            byline = _merge(byline, _read_names(value, line, nobodies))
        elif label["source"]:
            byline = _merge(byline, _read_source(value, line, nobodies))
    return byline


def _merge(first: Byline, second: Byline) -> Byline:
    authors = tuple(dict.fromkeys(first.authors + second.authors))
    return Byline(authors, first.agency or second.agency, first.source or second.source)


def _read_source(value: str, line: str, nobodies: tuple[str, ...]) -> Byline:
    """The names, outlet and address in what follows "Nguồn:" or "Theo"."""
    url = None
    bracket = _PARENTHESES.search(value)
    if bracket and _DOMAIN.fullmatch(bracket.group(1)):
        url, value = bracket.group(1), value[: bracket.start()]
    elif bracket and _OUTLET.match(bracket.group(1)):
        value = f"{value[: bracket.start()]} - {bracket.group(1)}"
    elif _DOMAIN.fullmatch(value.rstrip("/. ")):
        url = value.rstrip(". ")
        return Byline((), None, Source(url.split("://")[-1].split("/")[0], url, line))
    parts = [part.strip(" .") for part in _SEPARATOR.split(value) if part.strip(" .")]
    if len(parts) > 1 and not url:
        outlets = [bool(_OUTLET.match(part)) for part in parts]
        if all(outlets) or not any((outlets[0], outlets[-1])):
            parts = [value]
        elif not outlets[-1]:
            parts = parts[::-1]
    name = parts[-1] if parts else None
    authors = tuple(part for part in parts[:-1] if _is_author(part, nobodies))
    return Byline(authors, None, Source(name, url, line) if name or url else None)


def _read_names(value: str, line: str, nobodies: tuple[str, ...]) -> Byline:
    """The names in ``value`` and the agency in brackets or after a dash or slash."""
    agency: str | None = None
    theo: re.Match[str] | None = None
    bracket = _PARENTHESES.search(value)
    if bracket:
        inner, value = bracket.group(1), value[: bracket.start()]
        theo = _THEO.match(inner)
        inner = inner[theo.end() :] if theo else inner
        agency = inner if match_key(inner) not in _NO_AGENCY else None
    value = _ROLE.sub("", value)
    names: list[str] = []
    for part in _SEPARATOR.split(value):
        candidate = part.strip(" .,") if not _INITIALS.fullmatch(part.strip()) else part.strip()
        if _OUTLET.match(candidate) or (names and _ABBREVIATION.fullmatch(candidate)):
            agency = agency or candidate
        elif _is_author(candidate, nobodies):
            names.append(candidate)
    foreign = agency is not None and match_key(agency) not in keys_of(nobodies)
    if agency and foreign and (theo or _WIRE.fullmatch(agency) or "/" in value or _DOMAIN.fullmatch(agency)):
        source = Source(agency, agency if _DOMAIN.fullmatch(agency) else None, line)
    else:
        source = None
    return Byline(tuple(dict.fromkeys(names)), agency, source)


@lru_cache(maxsize=256)
def keys_of(names: tuple[str, ...]) -> frozenset[str]:
    """The keys of ``names``; a portal's are asked for with every article."""
    return frozenset(map(match_key, names))


def _is_author(name: str, nobodies: tuple[str, ...]) -> bool:
    key = match_key(name)
    if not key or key in _NOBODY or _OUTLET.match(name) or key in keys_of(nobodies):
        return False
    return looks_like_name(name)


def looks_like_name(text: str) -> bool:
    """Whether ``text`` can be a person's name or pen name: up to seven words, each with a capital, no digits."""
    if len(text) > _LONGEST_NAME or any(char.isdigit() for char in text):
        return False
    words = _TITLES.sub("", text).split()
    return 0 < len(words) <= 7 and all(
        (word[:1].isupper() and word.strip(".").replace("'", "").replace("’", "").isalpha())
        or _INITIALS.fullmatch(word)
        for word in words
    )


def is_labelled(text: str) -> bool:
    """Whether ``text`` is a line that opens with a byline, photo or source label ("Tin, ảnh: …", "Nguồn: …")."""
    if len(text) > _LONGEST_LINE:
        return False
    label = _LABEL.match(text)
    if label is None:
        return False
    value = text[label.end() :]
    return bool(value) and (bool(label["source"]) or (value[:1].isupper() and not _has_sentence(value)))


def is_photo_credit(text: str) -> bool:
    """Whether ``text`` is nothing but the credit of a picture ("Ảnh: TTXVN")."""
    label = _LABEL.match(text)
    return label is not None and bool(label["photo"]) and len(text) <= _LONGEST_LINE


def is_attribution(text: str) -> bool:
    """Whether ``text`` is a line like "Theo TTXVN" or "(Theo Vietnamnet)" and nothing more."""
    theo = _THEO.match(text)
    if theo is None or len(text) > _LONGEST_LINE // 2:
        return False
    value = text[theo.end() :].rstrip(") .")
    return bool(_OUTLET.match(value) or _DOMAIN.fullmatch(value) or all(_capital(part) for part in value.split()))


def is_signature(text: str) -> bool:
    """Whether ``text`` is names and nothing else ("Hồng Nguyễn", "Chí Linh-BBL", "Thanh Loan (TTXVN)")."""
    if len(text) > _LONGEST_LINE // 2:
        return False
    bare = _ROLE.sub("", _PARENTHESES.sub("", text))
    parts = [part.strip() for part in _SEPARATOR.split(bare)]
    return bool(parts) and all(
        part and (looks_like_name(part) or _OUTLET.match(part)) and len(part.split()) <= 6 for part in parts
    )


def opening_wire(lead: str) -> Source | None:
    """The news agency that a lead names before its first word ("TTXVN - Sáng 12/3, …"): whose text it is."""
    match = _OPENING_WIRE.match(lead)
    return Source(match["wire"], None, match.group().strip()) if match else None


def opening_agency(text: str) -> str | None:
    """The agency or paper that ``text`` names before its first word ("BHG - Chiều 25.2", "(CTO) - Sáng 3-6")."""
    match = _OPENING_AGENCY.match(text)
    # "HĐND - UBND tỉnh", "COVID-19": a sentence begins with a capital that small letters follow.
    if match is None or not match["word"][0].isupper() or (match["word"].isupper() and len(match["word"]) > 1):
        return None
    return match["bracketed"] or match["bare"]


def _capital(word: str) -> bool:
    return word[:1].isupper() or not word[:1].isalpha()


def _has_sentence(value: str) -> bool:
    words = value.split()
    lower = sum(1 for word in words if word[:1].islower())
    return lower > len(words) // 2
