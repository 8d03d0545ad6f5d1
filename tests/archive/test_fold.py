import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.fold import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hòa", "hoà"),
        ("Đà Nẵng", "da nang"),
        ("khóa ủy thúy", "khoá uỷ thuý"),
        ("N&ocirc;ng Văn V&acirc;n", "Nông Văn Vân"),
        ("&#240;ường", "đường"),
        ("Cao\u00a0Bằng", "Cao Bằng"),
        ("thư\u200b viện\ufeff", "thư viện"),
        ("Ho\u0300a An", "Hòa An"),
        ("“Về nguồn” – ngày hội", '"Về nguồn" - ngày hội'),
        ("một\n\n  hai", "một hai"),
    ],
)
def test_spellings_of_the_same_words_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("ma", "mo"), ("4.437", "4,437"), ("Hà Giang", "Hà Nam")])
def test_other_words_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text(st.characters(exclude_characters="&")))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
