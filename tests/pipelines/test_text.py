"""Text as kept, and the key for comparing."""

from __future__ import annotations

import pytest

from pipelines.text import clean, looks_vietnamese, match_key, word_count


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("  Xã\n  Hồng   Trị ", "Xã Hồng Trị"),
        ("huyện\xa0Bảo Lạc", "huyện\xa0Bảo Lạc"),
        ("huyện \xa0 Bảo Lạc\xa0", "huyện Bảo Lạc"),
        ("kho\u00adai \u200bsắn\ufeff", "khoai sắn"),
        ("Ho\u0300a An", "Hòa An"),
        ("Hoà An", "Hoà An"),
        ("a\x00b\x96c", "abc"),
    ],
)
def test_clean(raw: str, kept: str) -> None:
    assert clean(raw) == kept
    assert clean(kept) == kept


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hòa An", "Hoà An"),
        ("khóa XV", "khoá XV"),
        ("ủy ban", "uỷ ban"),
        ("Đà Nẵng", "da nang"),
        ("N&ocirc;ng Văn V&acirc;n", "Nông Văn Vân"),
        ("Bảo&nbsp;Lạc", "Bảo Lạc"),
        ("&amp;amp;lt;", "<"),
        ("XÃ\u200b HỒNG  TRỊ", "xã hồng trị"),
    ],
)
def test_match_key_unifies_what_readers_do_not_tell_apart(one: str, other: str) -> None:
    assert match_key(one) == match_key(other)


def test_match_key_tells_words_apart() -> None:
    assert match_key("Nghị quyết 08") != match_key("Nghị quyết 80")


def test_word_count() -> None:
    assert word_count("Nghị quyết số 08-NQ/TU đạt 4.437 đảng viên, 99,84%.") == 9
    assert word_count("") == 0


def test_language() -> None:
    assert looks_vietnamese("Hội đồng nhân dân tỉnh khai mạc kỳ họp thứ mười.")
    assert not looks_vietnamese("The provincial council opened its tenth session.")
    assert not looks_vietnamese("")
