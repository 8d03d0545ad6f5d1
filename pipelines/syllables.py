"""Whether a word can be a Vietnamese syllable: the proof by which text in a foreign encoding is recognised."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Longest first: "ngh" before "ng" before "n".
_ONSETS = (
    "ngh", "ng", "nh", "gh", "gi", "kh", "ch", "th", "tr", "ph", "qu", "b", "c", "d", "đ", "g", "h", "k", "l", "m", "n",
    "p", "r", "s", "t", "v", "x", "",
)  # fmt: skip
_ALL_RHYMES = (
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo ep et "
    "ê êch êm ên ênh êp êt êu i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu "
    "o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oen oeo oet oi oc om on ong ooc "
    "oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt "
    "u ua uân uâng uât uây uc uê uêch uên uênh uêt ui um un ung uôc uôi uôm uôn uông uôt uơ up ut uy uya uyên uyêt "
    "uych uynh uyt uyu uyp ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu y yêm yên yêng yêt yêu"
)
_RHYMES = frozenset(_ALL_RHYMES.split())
# After "qu" the u is part of the onset, and y stands for i.
_AFTER_QU = _RHYMES | {"y", "ynh", "yt", "ych", "yên", "yêt"}
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_STOPS = ("c", "ch", "p", "t")
_STOPPED_TONES = frozenset({"\u0301", "\u0323"})


@lru_cache(maxsize=4096)
def is_syllable(word: str) -> bool:
    """Whether ``word`` obeys the spelling of Vietnamese: onset, rhyme, one tone at most; any case, old or new style."""
    letters = unicodedata.normalize("NFD", word.lower())
    tones = [char for char in letters if char in _TONES]
    if len(tones) > 1:
        return False
    plain = unicodedata.normalize("NFC", "".join(char for char in letters if char not in _TONES))
    stopped = plain.endswith(_STOPS) and plain not in _STOPS
    if stopped and not _STOPPED_TONES.intersection(tones):
        return False
    if plain in ("gi", "gin") or plain.startswith("giê"):
        return True
    return any(
        plain.startswith(onset) and plain[len(onset) :] in (_AFTER_QU if onset == "qu" else _RHYMES)
        for onset in _ONSETS
    )
