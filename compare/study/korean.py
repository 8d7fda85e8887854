"""Korean particles after computed values, whose form depends on the last sound."""

from __future__ import annotations

HANGUL_FIRST, HANGUL_LAST = "가", "힣"
FINALS = 28  # final consonants of a syllable, the first of which is none
RIEUL = 8  # the final consonant ㄹ, after which 으로 becomes 로
# The digits as they are read: 영, 일, 이, 삼, 사, 오, 육, 칠, 팔, 구.
SPOKEN = dict(zip("0123456789", "영일이삼사오육칠팔구", strict=True))
PAIRS = {
    "은": ("은", "는"),
    "이": ("이", "가"),
    "을": ("을", "를"),
    "과": ("과", "와"),
    "으로": ("으로", "로"),
    "이다": ("이다", "다"),
    "입니다": ("입니다", "입니다"),
}


def add_particle(text: str, particle: str) -> str:
    """Return a text with the form of a particle that fits its last sound.

    Args:
        text: a formatted value: a number, a word, or either in brackets.
        particle: its form after a consonant, one of `PAIRS`.
    """
    after_consonant, after_vowel = PAIRS[particle]
    sounds = [SPOKEN.get(each, each) for each in text]
    last = next((each for each in reversed(sounds) if each.isalnum()), "")
    if not HANGUL_FIRST <= last <= HANGUL_LAST:  # a Latin word: both forms
        both = after_consonant != after_vowel
        return f"{text}{f'{after_consonant}({after_vowel})' if both else particle}"
    final = (ord(last) - ord(HANGUL_FIRST)) % FINALS
    takes_vowel_form = not final or (particle == "으로" and final == RIEUL)
    return f"{text}{after_vowel if takes_vowel_form else after_consonant}"
