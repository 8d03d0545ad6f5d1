"""Encodings before Unicode and doubled UTF-8: put right when sure, and nothing correct touched."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.extract import extract
from pipelines.html import parse_html
from pipelines.legacy import ENCODINGS, is_suspect, recognise, repair_tree, undo_twice
from pipelines.syllables import is_syllable
from scrapers.cms import generic, mediatech
from tests.pipelines.pages import article_of, page_of
from tests.pipelines.test_decode import windows_1258

TITLE = "Đường mới về bản vùng cao Nà Hẩu"
LEAD = "Sáng 12/3, xã Nà Hẩu thông xe tuyến đường bê tông dài bốn cây số nối ba bản vùng cao."
TEXT = (
    "Trước đây mùa mưa, xe máy không qua được dốc Cổng Trời, học sinh phải ở lại trường cả tuần lễ liền.",
    "Bà con hiến hơn hai nghìn mét vuông đất ruộng, góp hàng trăm ngày công để mở nền đường và làm rãnh thoát nước.",
    "Theo kế hoạch, quý tới xã sẽ làm tiếp đoạn còn lại, lắp đèn chiếu sáng bằng điện mặt trời ở những khúc cua gấp.",
)  # fmt: skip

_TCVN3 = dict(
    zip(
        "áàảãạăắằẳẵặâấầẩẫậéèẻẽẹêếềểễệóòỏõọôốồổỗộơớờởỡợúùủũụưứừửữựíìỉĩịýỳỷỹỵđĂÂÊÔƠƯĐ",
        "¸µ¶·¹¨¾»¼½Æ©ÊÇÈÉËÐÌÎÏÑªÕÒÓÔÖãßáâä«èåæçé¬íêëìîóïñòô\xadøõö÷ùÝ×ØÜÞýúûüþ®¡¢£¤¥¦§",
        strict=True,
    )
)
_MARKS = {
    "": dict(zip("\u0301\u0300\u0309\u0303\u0323", "ùøûõï", strict=True)),
    "\u0302": {"": "â", **dict(zip("\u0301\u0300\u0309\u0303\u0323", "áàåãä", strict=True))},
    "\u0306": {"": "ê", **dict(zip("\u0301\u0300\u0309\u0303\u0323", "éèúüë", strict=True))},
}
_WHOLE = {"đ": "ñ", "Đ": "Ñ", "í": "í", "ì": "ì", "ỉ": "æ", "ĩ": "ó", "ị": "ò", "ỵ": "î", "ơ": "ô", "ư": "ö"}


def tcvn3(text: str) -> str:
    """``text`` as the ABC fonts want it; a capital with a tone has its small letter, drawn large by the font."""
    return "".join(_TCVN3.get(char) or _TCVN3.get(char.lower(), char) for char in text)


def vni(text: str) -> str:
    """``text`` as the VNI fonts want it."""
    return "".join(_vni(char) for char in text)


def _vni(char: str) -> str:
    small = char.lower()
    if small in _WHOLE:
        return _WHOLE[small].upper() if char.isupper() else _WHOLE[small]
    parts = unicodedata.normalize("NFD", small)
    if len(parts) == 1:
        return char
    base, marks = parts[0], parts[1:]
    tone = "".join(mark for mark in marks if mark not in "\u0302\u0306\u031b")
    shape = marks.replace(tone, "") if tone else marks
    if shape == "\u031b":
        written = _WHOLE[unicodedata.normalize("NFC", base + shape)] + _MARKS[""][tone]
    else:
        written = base + _MARKS[shape][tone]
    return written.upper() if char.isupper() else written


def western(text: str) -> str:
    """``text`` in windows-1258, read as Western."""
    return windows_1258(text).decode("cp1252")


def twice(text: str) -> str:
    """``text`` in UTF-8, read as Western."""
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode())


OLD = {"repaired-tcvn3": tcvn3, "repaired-vni": vni, "repaired-windows-1258": western, "repaired-utf8": twice}
CASES = pytest.mark.parametrize(("flag", "encode"), OLD.items(), ids=OLD)


def test_well_known_lines() -> None:
    tables = {encoding.name: encoding.convert for encoding in ENCODINGS}
    motto = "Cộng hòa xã hội chủ nghĩa Việt Nam. Độc lập - Tự do - Hạnh phúc"
    assert tables["tcvn3"]("Céng hßa x· héi chñ nghÜa ViÖt Nam. §éc lËp - Tù do - H¹nh phóc") == motto
    assert tables["vni"]("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam. Ñoäc laäp - Töï do - Haïnh phuùc") == motto
    assert tables["tcvn3"]("HéI NGHÞ TØNH lÇn thø s¸u") == "HỘI NGHỊ TỈNH lần thứ sáu"


@CASES
def test_a_whole_page_in_utf8(flag: str, encode: object) -> None:
    assert callable(encode)
    html = f"<title>{TITLE}</title><h1>{TITLE}</h1><p>12/03/2004 09:30</p><div><p>{LEAD}</p>" + "".join(
        f"<p>{line}</p>" for line in TEXT
    )
    caption = "Bà con xã Nà Hẩu dọn đất đá trên tuyến đường mới mở."
    figure = f"<figure><img src=/a.jpg><figcaption>{caption}</figcaption></figure></div>"
    article = article_of(encode(html + figure))
    assert (article.title, article.lead, article.paragraphs) == (TITLE, LEAD, TEXT)
    assert article.images[0].caption == caption
    assert flag in article.quality
    assert "mojibake" not in article.quality
    assert article.language == "vi"


@pytest.mark.parametrize(
    "label", ["", "text/html; charset=iso-8859-1", "text/html; charset=utf-8", "text/html; charset=windows-1258"]
)
@pytest.mark.parametrize("flag", ["repaired-tcvn3", "repaired-vni"])
def test_a_whole_page_in_single_bytes(flag: str, label: str) -> None:
    html = f"<h1>{TITLE}</h1><p>12/03/2004 09:30</p><div><p>{LEAD}</p>" + "".join(f"<p>{line}</p>" for line in TEXT)
    page = page_of(OLD[flag](html).encode("latin-1"))
    article = extract(type(page)(page.url, 200, label, page.body, page.fetched), generic.RULES).article
    assert article is not None
    assert (article.title, article.lead, article.paragraphs) == (TITLE, LEAD, TEXT)
    assert flag in article.quality


@CASES
@pytest.mark.parametrize("entities", [False, True])
def test_one_paragraph_in_a_page_that_is_otherwise_right(flag: str, encode: object, entities: bool) -> None:
    assert callable(encode)
    odd = encode(TEXT[1])
    odd = f"<b>{odd[:40]}</b>{odd[40:]}"
    if entities:
        odd = "".join(f"&#{ord(char)};" if ord(char) > 0x7F else char for char in odd)
    body = f"<p>{LEAD}</p><p>{TEXT[0]}</p><p>{odd}</p><p>{TEXT[2]}</p>"
    if entities:
        body += "<p>&micro;</p>" if flag != "repaired-utf8" else "<p>Ä</p>"
    article = article_of(
        f"<div class=content-article><h1 class=name>{TITLE}</h1><div class=date>12/03/2004 09:30</div></div>"
        f"<div id=content-detail>{body}</div>",
        mediatech.RULES,
    )
    assert article.paragraphs[:3] == TEXT
    assert [name for name in article.quality if name.startswith("repaired")] == [flag]


@CASES
def test_short_lines_follow_the_others(flag: str, encode: object) -> None:
    assert callable(encode)
    root = parse_html(
        f"<h3>{encode('Đầu ra')}</h3><p>{encode(TEXT[0])}</p><p>{encode(TEXT[1])}</p><p>{encode('Hà Nội')}</p>"
    )
    assert repair_tree(root) == (flag,)
    assert "".join(root.itertext()) == f"Đầu ra{TEXT[0]}{TEXT[1]}Hà Nội"


WORDS = {
    "vi": (
        "xã bản đường trường người được không những huyện tỉnh ở và là có bà cô bò hai đã cá lá nhà mía lúa núi gió đá "
        "thì mà ta lại về quê tôi cũ ông nghĩa chợ phở sông hộ kể bé mẹ bí thư Đảng ủy Hà Nội Tò Mò"
    ),
    # All letters of these are Western ones too: nothing tells at a glance that they are right.
    "vi, western letters": (
        "bà và là có cô bò hai cá lá nhà mía lúa núi thì mà ta quê tôi ông bé bí già hè mùa áo xanh gà trâu lên xe sân "
        "hát múa tre làng ao sen hoa mai nàng cô giáo sách khéo tay bên khe"
    ),
    "fr": (
        "été né thé blé café dès très où là déjà élève forêt île naïve cœur façade à côté même père mère français pré "
        "trêve bénéfice Noël hôtel sûr mûr goût château âme évêché régie dîner"
    ),
    "en": "the village road was opened café naïve after years façade of work in mountains résumé and school fiancé",
    "de": "für über Straße größer schön Mädchen Grüße Tür Öl Äpfel hören Bär müde Fluß Schüler Gemüse Kälte Höhe",
    "es": "señor niño año mañana corazón él está aquí montaña España cigüeña también jamón país según allá",
    "nordic": "på gå så må nå vi bo år små grønn dør frø være rød gå låter fjäll över är gör smörgås hær þú það nótt",
    "tày-nùng": (
        "pây nưa slao bản lườn mẻ pú noọng fja fạ tằng khẩu nặm lầu slì lượn mé pá pjạ khảu rườn đây vằn héng hết hăn "
        "slon xáu lẹo tẻo cần nghé vài slắt cuổi"
    ),
    "mông": (
        "Hmôngz nênhs puôx têx cangv tsôngx zôs hâuk lênhx txir muôl tâuk đâu jông zangv gâux nhaos luv ndux pêz pangx "
        "shuôk kruôs môngl cxuô"
    ),
}  # fmt: skip
SENTENCES = st.sampled_from(sorted(WORDS)).flatmap(
    lambda language: st.lists(
        st.tuples(
            st.sampled_from(WORDS[language].split()), st.sampled_from(["", "", "", ",", ".", "!", " «", "»", "…", "”"])
        ),
        min_size=1,
        max_size=40,
    ).map(lambda words: " ".join(word + sign for word, sign in words))
)


@settings(max_examples=3000, deadline=None)
@example("xã» xã»", str.upper)
@example("xã\xa0kim loan, xã\xa0tân an", str.upper)
@given(SENTENCES, st.sampled_from([str, str.upper, str.title]))
def test_no_correct_text_is_touched(text: str, case: object) -> None:
    assert callable(case)
    printed = unicodedata.normalize("NFC", case(text))
    assert recognise(printed) is None
    assert undo_twice(printed) == printed


@settings(max_examples=300, deadline=None)
@given(st.lists(SENTENCES, min_size=1, max_size=6))
def test_no_correct_page_is_touched(lines: list[str]) -> None:
    root = parse_html("".join(f"<p>{line}</p>" for line in lines))
    before = "".join(root.itertext())
    assert repair_tree(root) == ()
    assert "".join(root.itertext()) == before


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_repaired_or_left(text: str) -> None:
    recognise(text)
    undo_twice(text, sure=True).encode("utf-8", "surrogatepass")


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(set(" ".join((LEAD, *TEXT)).split()))), min_size=14, max_size=40),
    st.sampled_from(["tcvn3", "vni", "windows-1258"]),
)
@example([*["Bà"] * 11, "Cổng", "Hẩu", "Trước", "bản", "kế", "để"], "windows-1258")
def test_old_text_of_some_length_comes_back(words: list[str], name: str) -> None:
    text = " ".join(words)
    encode = {"tcvn3": tcvn3, "vni": vni, "windows-1258": western}[name]
    found = recognise(encode(text))
    if found is not None:  # By chance a text may have too few words that show it to be sure.
        assert found.name == name
        assert found.convert(encode(text)).lower() == text.lower()
    else:
        # What has no letter of ASCII is not taken for a word.
        words = re.findall("[\xa1-\xff]*[A-Za-z][A-Za-z\xa1-\xff]*", encode(text))
        odd = [word for word in words if not word.isascii()]
        wrong = [word for word in odd if not is_syllable(word)]
        assert len(set(wrong)) < 6 or 3 * len(wrong) < len(odd)


@pytest.mark.parametrize("eth", ["ð", "&#240;", "&#xF0;", "&eth;"])
def test_an_eth_that_stands_for_d_with_stroke_is_put_right(eth: str) -> None:
    article = article_of(
        f"<h1>{TITLE}</h1><p>12/03/2004 09:30</p><div><p>{LEAD}</p>"
        + "".join(f"<p>{line.replace('đ', eth)}</p>" for line in TEXT)
    )
    assert article.paragraphs == TEXT
    assert "repaired-eth" in article.quality


def test_icelandic_keeps_its_eth() -> None:
    text = "Það er gott veður í dag og þau fara út að ganga með hundinn sinn."
    root = parse_html(f"<p>{text}</p><p>Góðan daginn, sagði hún.</p>")
    assert repair_tree(root) == ()
    assert root.findtext(".//p") == text


def test_a_page_without_signs_is_not_walked() -> None:
    assert not is_suspect("".join((TITLE, LEAD, *TEXT)))
    assert not is_suspect("XÃ HỘI » Văn hóa © 2024 Báo Ví dụ®")
    for encode in OLD.values():
        assert is_suspect(encode(TEXT[1]))


@pytest.mark.parametrize(
    ("word", "right"),
    [
        ("nghiêng", True), ("quyết", True), ("gìn", True), ("giếng", True), ("khuỷu", True), ("hoà", True),
        ("hòa", True), ("Đắk", False), ("các", True), ("cac", False), ("cờc", False), ("strong", False),
        ("ộtộ", False), ("xóó", False), ("ươm", True), ("uống", True), ("yêu", True), ("thuở", True), ("b", False),
    ],
)  # fmt: skip
def test_syllables(word: str, right: bool) -> None:
    assert is_syllable(word) is right
