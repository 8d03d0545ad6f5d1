"""What kind of page it is: which type of article, or what stands where an article should be.

Servers answer 200 to nearly everything. A page is refused only for what it says in a prominent place while it says
little else and names no date of publication: an article about a server's maintenance is an article.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from archive.model import ArticleType
from pipelines.blocks import Block
from pipelines.body import ADVERTISING
from pipelines.container import HEADLINE, SENTENCE, names
from pipelines.dates import parse_printed
from pipelines.html import select
from pipelines.metadata import Metadata
from pipelines.reading import Reading
from pipelines.text import has_words, match_key, word_count

# All phrases are keys of pipelines.text.match_key: lower case, without marks.
_THING = (
    r"(?:trang(?: web)?|bai(?: viet)?|noi dung|duong dan|lien ket|tin(?: bai)?|du lieu|chuyen muc|dia chi|ban tin|url)"
)
_GONE = (
    r"(?:khong(?: con)? ton tai|khong (?:duoc )?tim thay|khong co san|khong kha dung|khong hop le|khong con nua"
    r"|(?:da )?(?:bi|duoc) (?:xoa|go)|da het han)"
)
_MISSING = re.compile(
    rf"\b{_THING}\b.{{0,40}}\b{_GONE}|\bkhong tim thay (?:{_THING}|ket qua|tai nguyen|file)\b"
    rf"|^(?:loi|error|http)?\W*404\b|\b404 not found\b|\b(?:page|file|resource) (?:was )?not found\b|^not found$"
    rf"|^(?:khong tim thay|khong ton tai)$|trang ban (?:dang )?(?:tim|yeu cau)"
    rf"|page (?:you .{{0,30}} )?(?:does not|doesn.t) exist"
)
_CERTAIN = (
    (
        "challenge",
        re.compile(
            r"^just a moment\W*$|^attention required|checking (?:if the site connection|your browser)"
            r"|verify(?:ing)? (?:that )?you are (?:a )?human|enable javascript and cookies|you have been blocked"
            r"|^access denied\W*$|^403 forbidden|^(?:the )?request (?:was |has been )?(?:blocked|rejected)"
        ),
    ),
    (
        "error-page",
        re.compile(
            r"^server error in|^runtime error\W*$|internal server error|^error establishing a database|^bad gateway"
            r"|^fatal error:|service (?:temporarily )?unavailable"
        ),
    ),
)
_LIKELY = (
    (
        "challenge",
        re.compile(
            r"(?:khong phai|ban la) (?:la )?(?:nguoi may|robot|con nguoi)|kiem tra trinh duyet"
            r"|(?:yeu cau|truy cap) .{0,20}bi (?:tu choi|chan)"
        ),
    ),
    (
        "maintenance",
        re.compile(
            r"\b(?:he thong|website|web ?site|trang(?: web| tin)?|cong thong tin|may chu|bao dien tu)\b.{0,60}"
            r"\b(?:bao tri|nang cap|bao duong)\b|^(?:dang )?bao tri\b|\bbao tri he thong\b|under maintenance"
            r"|(?:down|closed) for maintenance|scheduled maintenance"
        ),
    ),
    (
        "login",
        re.compile(
            r"vui long dang nhap|(?:can|phai|hay) dang nhap|^dang nhap\b|dang nhap de (?:tiep tuc|xem|doc)"
            r"|(?:please|you must|you need to) (?:log|sign) ?in"
        ),
    ),
    (
        "error-page",
        re.compile(
            r"(?:xay ra|co) loi (?:trong|khi|xay ra)|^(?:da )?(?:xay ra|co) loi\b|^loi (?:he thong|may chu|ket noi)"
        ),
    ),
)
_SHELL = re.compile(r"dang tai(?: du lieu| trang)?|loading|(?:please |you need to )?enable javascript|javascript")
_MOUNTS = "#app, #root, #__next, #__nuxt, app-root, [data-reactroot], [ng-app], [data-server-rendered]"
_RELOADS = re.compile(
    r"document\.cookie|location\.(?:reload|href|replace)|location\s*=|challenge-platform|_cf_chl|cf-browser"
)
_SHORT_PAGE = 1500
_TINY_PAGE = 600
_SHORT_BODY = 400
_FEW_SENTENCES = 400
_DATE_LINE = 60
_BESIDE_DATE = 20
_SHORT_LINE = 200
_SHELL_TEXT = 200
_MANY_HEADLINES = 12
_HOME_PATHS = frozenset({"", "index.html", "index.htm", "index.php", "index.aspx", "default.aspx", "home", "trang-chu"})

_SEARCH_PATH = re.compile(r"/(?:tim-kiem|search|ket-qua-tim-kiem)(?:[/.?-]|$)|[?&](?:q|s|key|keyword|tukhoa)=", re.I)
_TAG_PATH = re.compile(r"/(?:tags?|tu-khoa|hashtag)(?:[/.?]|$)|-ptag\.html", re.I)
_VIDEO_PATH = re.compile(r"/(?:videos?|truyen-hinh|multimedia|media|podcast|tv)(?:[/.?]|$)", re.I)
_SEARCH_TITLE = re.compile(r"(?:ket qua )?tim kiem\b|search results?\b|tim thay [\d.,]+ ket qua")
_TAG_TITLE = re.compile(r"(?:tu khoa|tags?|hashtag|the)\s*[:#]|#\w")
_VIDEO_TITLE = re.compile(
    r"(?:videos?(?: clip)?|clip|multimedia|media|podcast|truyen hinh(?: truc tuyen)?|phat thanh)$"
)

_EMAGAZINE = frozenset({"emagazine", "e-magazine", "e magazine", "longform", "long form", "megastory", "mega story"})
_PHOTO = frozenset(
    {
        "anh",
        "phong su anh",
        "tin anh",
        "chum anh",
        "bo anh",
        "photo",
        "photos",
        "thu vien anh",
        "anh thoi su",
        "phongsuanh",
    }
)
_VIDEO = frozenset(
    {"video", "videos", "video clip", "clip", "truyen hinh", "phim", "media", "multimedia", "tv", "tin video"}
)
_LABEL = re.compile(
    r"\W*(?P<label>pr|e-?magazine|longform|mega ?story|video|clip|anh|photo|chum anh|phong su anh)\s*(?:[\])]|\s?[:|])"
)
_EMAGAZINE_PATH = re.compile(r"/(?:e-?magazine|longform|mega-?story)(?:[/-])", re.I)
_EMAGAZINE_CLASS = re.compile(r"(?:^|[\s_-])(?:e-?magazine|mega-?story)(?:$|[\s_-])|(?<!sc-)\blongform\b", re.I)
_PLAYER_SOURCE = re.compile(r"youtube|youtu\.be|vimeo|player|embed|video|\.m3u8|\.mp4|dailymotion|tiktok", re.I)
_FEWEST_PHOTOS = 3
_CAPTIONS_RULE = 150
_LONG_BODY = 3000
_FEW_WORDS = 100


def is_dated(metadata: Metadata) -> bool:
    """Whether the page declares when it was published, which no error page does."""
    return any(metadata.published)


def is_shell(root: HtmlElement) -> bool:
    """Whether a page that prints next to nothing waits for a script to fill it."""
    return bool(select(root, _MOUNTS)) or (root.find(".//noscript") is not None and root.find(".//script") is not None)


def obstacle(root: HtmlElement, page: Sequence[Block], title: str) -> str | None:
    """What a page that prints little stands for, ``None`` for any that prints more than such pages do.

    ``challenge``, ``maintenance``, ``login``, ``error-page`` or ``script-shell``; ``page`` are all its paragraphs.
    """
    printed = sum(len(block.text) for block in page)
    if printed > _SHORT_PAGE:
        return None
    prominent = [
        title,
        *(block.text for block in page if block.heading or (printed <= _TINY_PAGE and not block.linked)),
    ]
    keys = [match_key(text) for text in prominent]
    if reason := _first(_CERTAIN, keys):
        return reason
    running = sum(len(block.text) for block in page if not block.linked and len(block.text) >= SENTENCE)
    if (
        running <= _FEW_SENTENCES
        and not any(_is_date(block.text) for block in page)
        and (reason := _first(_LIKELY, keys))
    ):
        return reason
    if printed > _SHELL_TEXT:
        return None
    if any(_RELOADS.search(script.text or "") for script in root.iter("script")):
        return "challenge"
    waits = all(_SHELL.match(match_key(block.text)) for block in page)
    return "script-shell" if waits and root.find(".//script") is not None else None


def _first(phrases: Sequence[tuple[str, re.Pattern[str]]], keys: Sequence[str]) -> str | None:
    return next((reason for reason, phrase in phrases if any(phrase.search(key) for key in keys)), None)


def _is_date(line: str) -> bool:
    """Whether ``line`` prints a date and hardly anything else, as an article's does."""
    if len(line) > _DATE_LINE:
        return False
    found = parse_printed(line)
    return found is not None and len(line) - len(found.raw) <= _BESIDE_DATE


def is_missing(lines: Sequence[str]) -> bool:
    """Whether one of ``lines`` says that the page is not there; long ones say something else."""
    return any(_MISSING.search(match_key(line)) for line in lines if len(line) <= _SHORT_LINE)


def listing_kind(url: str, title: str, metadata: Metadata, page: Sequence[Block]) -> str | None:
    """Which page of links it says it is by address, title or heading: ``search``, ``tag``, ``video``, ``home-page``."""
    keys = [match_key(line) for line in (title, *(b.text for b in page if b.heading and b.element.tag == "h1")) if line]
    for reason, path, phrase in (
        ("search", _SEARCH_PATH, _SEARCH_TITLE),
        ("tag", _TAG_PATH, _TAG_TITLE),
        ("video", _VIDEO_PATH, _VIDEO_TITLE),
    ):
        if path.search(_path(url)) or any(phrase.match(key) for key in keys):
            return reason
    return "home-page" if names_home(url, metadata) else None


def names_home(url: str, metadata: Metadata) -> bool:
    """Whether a page at another address says that it is the home page."""
    declared = metadata.canonical or metadata.meta_first("og:url")
    return (
        bool(declared) and _is_home(declared or "") and not _is_home(url) and metadata.meta.get("og:type") != "article"
    )


def _is_home(url: str) -> bool:
    path = _path(url)
    return path.strip("/").lower() in _HOME_PATHS


def _path(url: str) -> str:
    """Path and query of ``url``, ``/`` when it has none or is no address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def many_headlines(page: Sequence[Block]) -> bool:
    """Whether a page is full of links to other pages."""
    return sum(1 for block in page if block.linked and len(block.text) >= HEADLINE) >= _MANY_HEADLINES


def refusal(reading: Reading, metadata: Metadata) -> str | None:
    """Why what a layout read is no article: the CMS's own template around a message, nothing else and no date."""
    if reading.visible is not None or is_dated(metadata):
        return None
    if sum(len(block.text) for block in reading.body.blocks) > _SHORT_BODY:
        return None
    lines = [reading.title, reading.lead or "", *(block.text for block in reading.body.blocks[:3])]
    if is_missing(lines):
        return "soft-404"
    return _first(_CERTAIN + _LIKELY, [match_key(line) for line in lines if len(line) <= _SHORT_LINE])


def declares_video(metadata: Metadata) -> bool:
    """Whether the page declares a film of its own."""
    kind = metadata.meta.get("og:type") or ""
    return kind.startswith("video") or bool(metadata.meta_first("og:video", "og:video:url"))


def has_player(element: HtmlElement) -> bool:
    """Whether a film is played inside ``element``."""
    if any(True for _ in element.iter("video")) or select(element, ".video-js, [data-video-src], [data-video-id]"):
        return True
    return any(
        _PLAYER_SOURCE.search(frame.get("src") or frame.get("data-src") or "") for frame in element.iter("iframe")
    )


def article_type(url: str, section: str | None, reading: Reading, metadata: Metadata) -> ArticleType:
    """The type of an article by its section, its labels, and what it is made of."""
    label = _LABEL.match(match_key(reading.title))
    said = {match_key(section or ""), (label["label"] if label else "").replace("-", "")}
    body = reading.body
    if body.labels or said & ADVERTISING:
        return "advertorial"
    if said & _EMAGAZINE or _EMAGAZINE_PATH.search(_path(url)) or _is_emagazine(reading.container):
        return "emagazine"
    texts = [block.text for block in body.blocks]
    if sum(map(len, texts)) > _LONG_BODY and not said & _VIDEO:
        return "text"
    if (said & _VIDEO or not has_words(texts, _FEW_WORDS)) and _plays(reading.container, metadata):
        return "video"
    captions = [picture.caption for picture in body.pictures if picture.caption]
    most = min(_CAPTIONS_RULE, sum(map(word_count, captions))) if len(captions) >= _FEWEST_PHOTOS else -1
    if said & _PHOTO and len(body.pictures) >= _FEWEST_PHOTOS:
        most = 2 * _CAPTIONS_RULE
    return "text" if has_words(texts, most + 1) else "photo"


def _is_emagazine(container: HtmlElement | None) -> bool:
    node, steps = container, 0
    while node is not None and steps < 12:
        if _EMAGAZINE_CLASS.search(names(node)):
            return True
        node, steps = node.getparent(), steps + 1
    return False


def _plays(container: HtmlElement | None, metadata: Metadata) -> bool:
    if declares_video(metadata):
        return True
    if container is None:
        return False
    around = container.getparent()
    return has_player(container) or (around is not None and around.tag not in ("body", "html") and has_player(around))
