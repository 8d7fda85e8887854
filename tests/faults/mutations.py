"""Damage bytes in the ways in which files are damaged, from a seeded generator."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

TOKEN = re.compile(rb"[A-Za-z0-9_.+-]+")
EDITS = (1, 1, 1, 2, 4)  # one of these numbers of edits
LARGE_FIELD = 2**20

# Texts that readers often handle wrongly, in place of a word or between two bytes.
NUMBERS = (
    *(b"0", b"-0.0", b"-1", b"1.5", b"1e3", b"1e400", b"-1e400", b"1e-400"),
    *(b"9223372036854775807", b"9223372036854775808", b"-9223372036854775809"),
    *(b"18446744073709551616", b"9" * 400, b"4294967296", b"0x10", b"1_000"),
    *(b"nan", b"NaN", b"inf", b"-inf", b"Infinity", b"1e999", b"0.1e", b"--1", b"1,5"),
)
WORDS = (
    *(b"", b" ", b"null", b"None", b"true", b"True", b"{}", b"[]", b'""', b"excellent"),
    *(b"agrees", b"float64", b"cpu", b"..", b"../../../x", b"/", b"a" * 300),
    *("é".encode(), "\u2028".encode(), b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbb\xbf"),
    *(b"\x00", b"\x1b[2J", b"\x07", b"\\ud800", b"\\u0000", b"%s", b"{0}", b"<b>"),
)
SIGNS = (
    *(b",", b'"', b'""', b"\n", b"\r", b"\r\n", b"\n\n", b"\t", b"'", b";", b"\\"),
    *(b"{", b"}", b"[", b"]", b":", b"=", b"#", b"'''", b'"""', b"[[", b"]]"),
)
TEXTS = (*NUMBERS, *WORDS, *SIGNS)


def mutate(content: bytes, *, others: tuple[bytes, ...], random: Random) -> bytes:
    """Return the content with one to four random edits.

    Args:
        content: a valid example.
        others: other valid examples, to take parts from.
        random: the generator.
    """
    edits = (
        *(flip_bits, replace_token, replace_token, replace_token, insert_text),
        *(cut_end, delete_part, repeat_part, swap_parts),
    )
    for _ in range(random.choice(EDITS)):
        if random.random() < 0.1:
            content = splice(content, random.choice(others), random)
        else:
            content = random.choice(edits)(content, random)
    return content


def flip_bits(content: bytes, random: Random) -> bytes:
    """Flip a few bits."""
    if not content:
        return content
    changed = bytearray(content)
    for _ in range(random.randint(1, 4)):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def replace_token(content: bytes, random: Random) -> bytes:
    """Replace a word or number by another text, or by another word of the content."""
    found = list(TOKEN.finditer(content, *part_of(content, random, length=4000)))
    if not found:
        return insert_text(content, random)
    token = random.choice(found)
    new = random.choice(TEXTS) if random.random() < 0.8 else random.choice(found)[0]
    return content[: token.start()] + new + content[token.end() :]


def insert_text(content: bytes, random: Random) -> bytes:
    """Insert a text; one in a thousand is very long, or very deeply nested."""
    place = random.randint(0, len(content))
    new = random.choice(TEXTS)
    if random.random() < 0.001:
        new = random.choice((b"x" * LARGE_FIELD, b"[" * 100_000, b'{"a":' * 100_000))
    return content[:place] + new + content[place:]


def cut_end(content: bytes, random: Random) -> bytes:
    """Cut the content off."""
    return content[: random.randint(0, len(content))]


def delete_part(content: bytes, random: Random) -> bytes:
    """Delete a part."""
    start, end = part_of(content, random, length=40)
    return content[:start] + content[end:]


def repeat_part(content: bytes, random: Random) -> bytes:
    """Repeat a part, a few times."""
    start, end = part_of(content, random, length=200)
    return content[:end] + content[start:end] * random.randint(1, 3) + content[end:]


def swap_parts(content: bytes, random: Random) -> bytes:
    """Move the end of a part in front of its start."""
    start, end = part_of(content, random, length=100)
    middle = random.randint(start, end)
    return content[:start] + content[middle:end] + content[start:middle] + content[end:]


def splice(content: bytes, other: bytes, random: Random) -> bytes:
    """Put a part of another example into the content."""
    start, end = part_of(other, random, length=400)
    place = random.randint(0, len(content))
    return content[:place] + other[start:end] + content[place:]


def part_of(content: bytes, random: Random, *, length: int) -> tuple[int, int]:
    """Return start and end of a random part of at most this length."""
    start = random.randint(0, len(content))
    return start, min(len(content), start + random.randint(1, length))
