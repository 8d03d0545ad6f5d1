"""From a container's blocks to an article's body: captions to their pictures, signatures out, furniture gone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipelines.blocks import Block, Picture
from pipelines.bylines import is_attribution, is_labelled, is_photo_credit, is_signature
from pipelines.text import match_key

_CONSTANT_ALTS = frozenset({"anh tin bai"})
_CAPTION_LIMIT = 400
_FURNITURE_LIMIT = 160
_PLAIN_CAPTION_LIMIT = 250
_SIGNATURE_ZONE = 4
_LABEL_ZONE = 3
_NAME_LIMIT = 60
_SHORTEST_RELATED = 30
_LONGEST_PREFIX = 20
_CREDIT = re.compile(
    r"(?:^|[\s(.,;–-])(?:Ảnh(?: minh họa| minh hoạ| tư liệu)?|Nguồn ảnh|Hình)\s*:\s*"
    r"(?P<credit>[^:()]{2,60}?)\s*[).]?\s*$"
)
_COMMENT_HEADINGS = frozenset(
    match_key(line)
    for line in (
        "Ý kiến của bạn", "Ý kiến bạn đọc", "Bình luận", "Gửi bình luận", "Viết bình luận", "Gửi ý kiến",
    )
)  # fmt: skip
_LIST_HEADINGS = frozenset(
    match_key(line)
    for line in (
        "Tin liên quan", "Bài liên quan", "Tin bài liên quan", "Cùng chuyên mục", "Tin cùng chuyên mục", "Tin khác",
        "Các tin khác", "Những tin mới hơn", "Những tin cũ hơn", "Theo dòng sự kiện", "Bài đọc tiếp", "Đọc thêm",
        "Tin mới hơn", "Tin cũ hơn", "Bạn có thể quan tâm", "Tin mới", "Tin đọc nhiều", "Xem thêm", "Tin nổi bật",
        "Tin cùng chủ đề", "Bài viết liên quan", "Có thể bạn quan tâm", "Tin đã đưa", "Các bài viết khác",
    )
)  # fmt: skip
ADVERTISING = frozenset(
    {"pr", "bai pr", "quang cao", "thong tin quang cao", "bai quang cao", "bai viet quang cao", "noi dung quang cao"}
    | {"noi dung tai tro", "noi dung duoc tai tro", "bai viet tai tro", "bai viet duoc tai tro", "thong tin tai tro"}
    | {"thong tin quang ba", "quang ba", "advertorial", "sponsored", "sponsored content", "brandcontent"}
)
"""Words by which papers mark what was paid for, as keys."""
_FURNITURE = re.compile(
    r"anh tin bai|y kien ?\(\s*\d*\s*\)|tong so diem cua bai viet la: ?\d.*|click de danh gia bai viet"
    r"|xep hang: ?\d.*phieu bau|chia se(?: bai viet)?|tu khoa ?:?|tags ?:?|in bai viet|ban in|quay lai|ve trang truoc"
    r"|thong ke truy cap|(?:dang truy cap|hom nay|trong tuan|trong thang|thang hien tai|tong luot truy cap"
    r"|may chu tim kiem|khach vieng tham)\s*:?\s*[\d., ]+|ban da khong su dung site,.*|dang nhap"
    r"|theo doi .{2,40} tren google news|luot xem ?: ?[\d.,]+|gui email|dang tai du lieu"
)


@dataclass(slots=True)
class Body:
    """A body while it is being cleared: what is left of the text, the pictures, and the lines that signed it.

    ``labels`` are the keys of lines at its edges that say it was paid for.
    """

    blocks: list[Block] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)


def clear_body(items: Sequence[Block | Picture], title: str) -> Body:
    """The body in ``items``: captions paired, comment forms, related lists and counters cut, signatures set apart."""
    body = Body(pictures=[item for item in items if isinstance(item, Picture)])
    body.blocks = _cut_furniture(_pair_captions(items, match_key(title)))
    body.labels = _take_labels(body.blocks)
    body.signatures = _take_signatures(body.blocks)
    return body


def _take_labels(blocks: list[Block]) -> set[str]:
    """Take lines like "Nội dung tài trợ" or "(PR)" off the edges of ``blocks``; give their keys."""
    edges = [*blocks[:_LABEL_ZONE], *blocks[-_LABEL_ZONE:]]
    labels = {id(block): key for block in edges if (key := _short_key(block.text).strip(" ()[].:*-")) in ADVERTISING}
    if labels:
        blocks[:] = [block for block in blocks if id(block) not in labels]
    return set(labels.values())


def _pair_captions(items: Sequence[Block | Picture], title_key: str) -> list[Block]:
    """The blocks that are no captions; the others are given to the picture they follow."""
    kept: list[Block] = []
    picture: Picture | None = None
    for item in items:
        if isinstance(item, Picture):
            picture = item
        elif picture is not None and picture.caption is None and _is_caption(item, picture, title_key):
            picture.caption = item.text
        elif picture is not None and picture.caption is not None and _repeats(item, picture.caption):
            continue
        elif _short_key(item.text) not in _CONSTANT_ALTS:
            picture = None
            kept.append(item)
    return kept


def _is_caption(block: Block, picture: Picture, title_key: str) -> bool:
    if len(block.text) > _CAPTION_LIMIT or block.heading or block.linked or block.align == "right":
        return False
    if block.role == "caption" or block.italic or is_photo_credit(block.text):
        return not is_labelled(block.text) or is_photo_credit(block.text)
    alt = match_key(picture.alt)
    if alt and alt == match_key(block.text):
        return True
    if len(block.text) > _PLAIN_CAPTION_LIMIT or block.bold or block.role or is_labelled(block.text):
        return False
    return block.align == "center" or (bool(alt) and (alt in _CONSTANT_ALTS or alt == title_key))


def _repeats(block: Block, caption: str) -> bool:
    styled = block.role == "caption" or block.italic or block.align == "center"
    return styled and match_key(block.text) == match_key(caption)


def _cut_furniture(blocks: list[Block]) -> list[Block]:
    kept: list[Block] = []
    in_list = False
    for position, block in enumerate(blocks):
        key = _short_key(block.text).rstrip(" :")
        if key in _COMMENT_HEADINGS and _letters(blocks[position:]) <= _letters(kept):
            break
        if key in _LIST_HEADINGS:
            in_list = True
        elif (in_list and (block.linked or block.element.tag == "li")) or (key and _FURNITURE.fullmatch(key)):
            continue
        else:
            in_list = False
            kept.append(block)
    return kept


def _letters(blocks: list[Block]) -> int:
    return sum(len(block.text) for block in blocks)


def _short_key(text: str) -> str:
    """The key of a line short enough to be furniture, else ``""``: long paragraphs are spared the folding."""
    return match_key(text) if len(text) <= _FURNITURE_LIMIT else ""


def _take_signatures(blocks: list[Block]) -> list[str]:
    """Take byline and source lines off the end of ``blocks``; at least one block stays."""
    taken: list[str] = []
    for position in range(len(blocks) - 1, max(0, len(blocks) - 1 - _SIGNATURE_ZONE), -1):
        block = blocks[position]
        if not _is_signature(block, last=not taken and position == len(blocks) - 1):
            break
        taken.insert(0, block.text)
        del blocks[position]
    return taken


def _is_signature(block: Block, last: bool) -> bool:
    text = block.text
    if is_labelled(text) or is_attribution(text):
        return True
    if len(text) > _NAME_LIMIT or block.heading or any(element.tag == "li" for element in block.path):
        return False
    set_apart = block.align == "right" or block.role == "signature"
    if set_apart and not text.endswith((".", ":", ";", "!", "?")):
        return True
    # One word at the end ("Hết.") may be a pen name only where it is set like one.
    return is_signature(text) and (set_apart or block.bold or block.italic or (last and not text.strip(".").isalpha()))


def credit_in(caption: str | None) -> str | None:
    """The photographer or agency a caption names ("… Ảnh: TTXVN"), or ``None``."""
    match = _CREDIT.search(caption) if caption else None
    return match["credit"] if match else None


def related(first: str, second: str) -> bool:
    """Whether two texts are the same lead: equal, one cut short with an ellipsis, or one without its agency prefix."""
    one, two = sorted((_bare_key(first), _bare_key(second)), key=len)
    if not one:
        return False
    if one == two:
        return True
    cut = min((first, second), key=len).rstrip().endswith(("…", "..."))
    if len(one) < _SHORTEST_RELATED:
        return False
    if cut and 0 <= two.find(one) <= _LONGEST_PREFIX:
        return True
    return two.endswith(one) and len(two) - len(one) <= _LONGEST_PREFIX


def _bare_key(text: str) -> str:
    return match_key(text).rstrip("….").strip()
