"""Names of people and bodies in references, and whether two may be one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag_assistant.checking.likeness import misspelt
from rag_assistant.titles import words_of

_PARTICLES = frozenset(
    (
        "de",
        "da",
        "di",
        "do",
        "du",
        "del",
        "della",
        "dos",
        "das",
        "la",
        "le",
        "van",
        "von",
        "der",
        "den",
        "ter",
        "ten",
        "zu",
        "zum",
        "af",
        "av",
        "al",
        "el",
        "bin",
        "ibn",
        "y",
        "e",
        "st",
        "saint",
        "mac",
    )
)
_ROLE = re.compile(
    r"\((?:eds?|hrsg|trans|dir|comp|ill|red|coords?)\.?\)|\bet\s+al\b\.?|\band\s+others\b|"
    r"\bu\.\s?a\.|(?:,\s*|\b)(?:eds?|hrsg|trans|comp|editors?|translators?)\b\.?(?=\s*(?:,|;|&|and\b|$))|"
    r"^\s*(?:edited\s+by|by|written\s+by|from|compiled\s+by|translated\s+by|author:?)\s+",
    re.IGNORECASE,
)
_YEARS = re.compile(r"[,(\s]*\b\d{3,4}\??\s*-?\s*(?:\d{3,4}\??)?\)?|\(fl\..*?\)")
_SUFFIX = re.compile(r",?\s+(?:Jr|Sr|II|III|IV|Ph\.?\s?D|M\.?D|Esq)\b\.?", re.IGNORECASE)
_AND = re.compile(r"\s*;\s*|\s*,?\s*&\s*|\s*,?\s+(?:and|und|et|with|y|e)\s+(?=[^\W\d_])|\s*\|\s*")
_INITIALS = re.compile(r"(?:[^\W\d_](?:\.[\s-]?|[\s-]|$)){1,5}|[^\W\d_a-z]{2,3}")
_NO_NAME = re.compile(r"[\d:()\[\]“”\"«»]")
_CAPITALS = re.compile(r"[^\W\d_a-z]{1,3}")
_DOTTED = re.compile(r"\b([^\W\d_])\.(?=[^\W\d_])")
_MOST_WORDS = 5
_BODY_WORDS = 10
_LONGEST = 600  # characters of a list of names
_MOST = 60  # names
_SHORT = 3  # letters of a name that another may begin with


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name: ``family`` and ``given`` words, folded. A body has all its words in ``family``.

    Where a name stands as people say it ("Ada Venn") the last words are taken for the family's.
    """

    text: str
    family: tuple[str, ...]
    given: tuple[str, ...] = ()

    @property
    def words(self) -> frozenset[str]:
        """All of them."""
        return frozenset((*self.family, *self.given))


def names_in(text: str) -> tuple[Name, ...]:
    """The names in a list of names, in any order of family and given name."""
    text = _YEARS.sub("", _SUFFIX.sub("", text[:_LONGEST]))
    text = " ".join(_ROLE.sub(" ", text).split())
    found: list[Name] = []
    for chunk in _AND.split(text):
        pieces = [piece.strip(" .:/") for piece in chunk.split(",")]
        pieces = [piece for piece in pieces if words_of(piece)]
        pair = len(pieces) == 2 and bool(found) and "," in found[0].text  # noqa: PLR2004
        found += _assembled(pieces, first=pair or not found)
    return tuple(found[:_MOST])


def looks_like_names(text: str) -> bool:
    """Whether a text may well be nothing but names of people."""
    plain = " ".join(_ROLE.sub(" ", _SUFFIX.sub("", text)).split()).strip(" .,:;")
    if not plain or len(plain) > _LONGEST or _NO_NAME.search(plain):
        return False
    pieces = [piece for chunk in _AND.split(plain) for piece in chunk.split(",")]
    initials = [piece for piece in pieces if _INITIALS.fullmatch(piece.strip())]
    return len(initials) < len(pieces) and all(
        _is_namely(piece) for piece in pieces if piece.strip(" .")
    )


def body(text: str) -> Name:
    """The name of an institution."""
    return Name(text=text.strip(" .,"), family=words_of(text))


def agree(said: Name, known: Name) -> bool:
    """Whether a name in a reference may be the one in a record.

    Families must be the same but for one misspelt letter. Given names may be shortened to their
    initials, or left out; those of another person contradict.
    """
    if not said.family or not known.family:
        return False
    if not known.given:  # a body, or a family name alone
        return _same_body(said, known)
    if not _held(known.family, [*said.family, *said.given]) and not (
        len(said.family) < len(known.family) and _held(said.family, known.family)
    ):
        return False
    family = [*known.family]
    rest = [word for word in (*said.given, *said.family) if not _held([word], family)]
    rest = [word for word in rest if word not in _PARTICLES]
    return not rest or any(_given(one, other) for one in rest for other in known.given)


def _same_body(said: Name, known: Name) -> bool:
    """Most of the words of the longer name, all of the shorter; a name alone as itself."""
    few, many = sorted((said.words, known.words), key=len)
    if len(known.family) == 1 and len(said.words) > 1:
        return _held(known.family, said.family)
    return few <= many and 2 * len(few) >= len(many)


def _held(wanted: Sequence[str], words: Sequence[str]) -> bool:
    return all(any(one == word or misspelt(one, word) for word in words) for one in wanted)


def _given(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if len(short) == 1 or len(short) >= _SHORT:
        return long.startswith(short) or misspelt(one, other)
    return one == other


def _assembled(pieces: list[str], *, first: bool) -> Iterator[Name]:
    """Names of pieces between commas: "Venn", "Ada" are one, "Ada Venn", "Bo Marsh" are two."""
    alone = len(pieces) > 2 and all(len(piece.split()) == 1 for piece in pieces)  # noqa: PLR2004
    at = 0
    while at < len(pieces):
        piece, after = pieces[at], pieces[at + 1] if at + 1 < len(pieces) else ""
        inverted = _INITIALS.fullmatch(after) or (
            first and at == 0 and not alone and _may_be_family(piece)
        )
        if after and inverted and not _INITIALS.fullmatch(piece):
            yield Name(text=f"{piece}, {after}", family=words_of(piece), given=_given_words(after))
            at += 2
        else:
            yield _as_said(piece)
            at += 1


def _may_be_family(piece: str) -> bool:
    words = [word for word in piece.split() if word.casefold() not in _PARTICLES]
    return len(words) <= 2 and not any(_CAPITALS.fullmatch(word) for word in words[1:])  # noqa: PLR2004


def _as_said(piece: str) -> Name:
    """A name in its spoken order, or with bare initials behind it ("Venn AB")."""
    words = _DOTTED.sub(r"\1. ", piece).split()
    if len(words) > 1 and _CAPITALS.fullmatch(words[-1]):
        family = words_of(" ".join(words[:-1]))
        return Name(text=piece, family=family, given=tuple(words[-1].casefold()))
    if len(words) > _MOST_WORDS:
        return body(piece)
    cut = len(words) - 1
    while cut > 1 and words[cut - 1].casefold() in _PARTICLES:
        cut -= 1
    family, given = words_of(" ".join(words[cut:])), _given_words(" ".join(words[:cut]))
    return Name(text=piece, family=family, given=given)


def _given_words(text: str) -> tuple[str, ...]:
    spaced = _DOTTED.sub(r"\1. ", text)
    return tuple(
        letter
        for word in spaced.replace("-", " ").split()
        for letter in (word.casefold() if _CAPITALS.fullmatch(word) else words_of(word))
    )


def _is_namely(piece: str) -> bool:
    words = piece.strip(" .").split()
    if not words or len(words) > _MOST_WORDS:
        return False
    for word in words:
        plain = word.strip(".'’-()")
        if plain and not plain[0].isupper() and plain.casefold() not in _PARTICLES:
            return False
    return True
