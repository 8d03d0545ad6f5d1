"""Bytes to text."""

from __future__ import annotations

import codecs
import unicodedata

import pytest

from pipelines.decode import decode as decode_bytes

SENTENCE = "Đồng bào các dân tộc xã Hồng Trị phấn khởi đón nhận điện lưới quốc gia, đường mới mở tới từng xóm."


def decode(body: bytes, content_type: str) -> str:
    """The text alone."""
    return decode_bytes(body, content_type).text


def windows_1258(text: str) -> bytes:
    """``text`` as a Vietnamese Windows of the nineties wrote it: base letter, then its tone mark."""
    out = b""
    for char in unicodedata.normalize("NFC", text):
        try:
            out += char.encode("cp1258")
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", char)
            tones = "".join(part for part in parts if part in "\u0300\u0301\u0303\u0309\u0323")
            shape = unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones))
            out += shape.encode("cp1258") + tones.encode("cp1258")
    return out


@pytest.mark.parametrize(
    "label", ["", "text/html", "text/html; charset=utf-8", "text/html; charset=iso-8859-1", "x; charset=klingon"]
)
def test_valid_utf8_is_utf8_whatever_the_label(label: str) -> None:
    assert decode(SENTENCE.encode(), label) == SENTENCE


@pytest.mark.parametrize("head", [b"", b'<meta charset="windows-1258">', b'<meta charset="iso-8859-1">'])
@pytest.mark.parametrize("label", ["", "text/html; charset=ISO-8859-1", "text/html; charset=utf-8"])
def test_windows_1258_is_recognised_and_composed(label: str, head: bytes) -> None:
    text = decode(head + windows_1258(SENTENCE), label)
    assert text.endswith(SENTENCE)
    assert unicodedata.is_normalized("NFC", text)


def test_byte_order_marks_win() -> None:
    assert decode(codecs.BOM_UTF8 + SENTENCE.encode(), "text/html; charset=cp1252") == SENTENCE
    assert decode(codecs.BOM_UTF16_LE + SENTENCE.encode("utf-16-le"), "") == SENTENCE


def test_western_text_stays_western() -> None:
    assert (
        decode("Café crème à la carte, naïve façade – déjà vu".encode("cp1252"), "")
        == "Café crème à la carte, naïve façade – déjà vu"
    )


def test_a_page_cut_inside_a_character_keeps_the_rest() -> None:
    assert decode(SENTENCE.encode() + "ộ".encode()[:2], "").startswith(SENTENCE)


def test_a_few_broken_bytes_do_not_change_the_encoding() -> None:
    text = decode(SENTENCE.encode() + b"\xff " + SENTENCE.encode(), "text/html; charset=utf-8")
    assert text == f"{SENTENCE}\ufffd {SENTENCE}"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_text_is_known_without_its_mark(encoding: str) -> None:
    page = f"<!DOCTYPE html><html lang=vi><head><title>T</title></head><body><p>{SENTENCE}</p></body></html>"
    assert decode(page.encode(encoding), "text/html") == page


@pytest.mark.parametrize(
    ("label", "guesses"),
    [("", ("guessed-windows-1258",)), ("x; charset=utf-8", ("guessed-windows-1258",)), ("x; charset=windows-1258", ())],
)
def test_a_guess_is_noted(label: str, guesses: tuple[str, ...]) -> None:
    assert decode_bytes(windows_1258(SENTENCE), label).guesses == guesses
    assert decode_bytes(SENTENCE.encode(), label).guesses == ()
