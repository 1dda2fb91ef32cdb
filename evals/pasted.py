"""References as people paste them: of real records with small slips, and invented ones.

An invented reference is built as chatbots build them, of plausible parts: a real author with a
title put together of others' words, a real title with another author, a real number with another
work, a subtitle that nobody wrote. All choices are drawn from one seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag_assistant.checking.likeness import misspelt
from rag_assistant.identifiers import isbn10, isbn13
from rag_assistant.schema import Record
from rag_assistant.titles import title_of_text, words_of

_LONG = 7  # letters of a word that may be misspelt
_LEAST = 3  # words of a title, for one of them to be misspelt or exchanged
_PUBLISHERS = ("Oxford University Press", "Routledge", "MIT Press", "Penguin", "O'Reilly")
_PLACES = ("Oxford", "London", "Cambridge, MA", "New York", "Sebastopol")
_SUBTITLES = (
    "A Cultural History",
    "Theory and Practice in the Digital Age",
    "New Perspectives from the Archive",
    "An Introduction for Librarians",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a reference says; ``names`` are (family, given)."""

    title: str
    names: tuple[tuple[str, str], ...]
    year: str
    publisher: str
    place: str
    isbn: str = ""
    doi: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """A reference; ``kind`` says how it was made, ``of`` which record it is of, "" for none."""

    text: str
    kind: str
    of: str = ""


def parts_of(record: Record) -> Parts | None:
    """A record's parts; None where it names no person or has no telling title."""
    people = [one for one in record.agents if one.family]
    if not people or len(words_of(record.title)) < 2:  # noqa: PLR2004
        return None
    isbns = [value for scheme, value in record.identifiers if scheme == "isbn"]
    return Parts(
        title=record.title.rstrip(" ./"),
        names=tuple((one.family, one.given) for one in people[:4]),
        year=next((word for word in words_of(record.issued) if len(word) == 4), "n.d."),  # noqa: PLR2004
        publisher=record.publisher or "the author",
        place=record.publisher_place or "Boston",
        isbn=isbns[0].split()[0] if isbns else "",
    )


# ---------------------------------------------------------------- styles


def _initials(given: str) -> str:
    return " ".join(f"{word[0]}." for word in given.replace("-", " ").split() if word[:1].isalpha())


def _inverted(name: tuple[str, str], *, short: bool = False) -> str:
    family, given = name
    return f"{family}, {_initials(given) if short else given}".rstrip(", ")


def _spoken(name: tuple[str, str]) -> str:
    return f"{name[1]} {name[0]}".strip()


def _chicago(parts: Parts) -> str:
    first, *others = parts.names
    names = [_inverted(first), *map(_spoken, others)]
    told = f"{', '.join(names[:-1])}, and {names[-1]}" if others else names[0]
    isbn = f" ISBN {parts.isbn}." if parts.isbn else ""
    end = "" if told.endswith(".") else "."
    return f"{told}{end} {parts.title}. {parts.place}: {parts.publisher}, {parts.year}.{isbn}"


def _note(parts: Parts) -> str:
    names = " and ".join(map(_spoken, parts.names[:2]))
    return f"{names}, {parts.title} ({parts.place}: {parts.publisher}, {parts.year}), 23–25."


def _mla(parts: Parts) -> str:
    told = _inverted(parts.names[0]) + (", et al." if len(parts.names) > 2 else "")  # noqa: PLR2004
    end = "" if told.endswith(".") else "."
    return f"{told}{end} *{parts.title}*. {parts.publisher}, {parts.year}."


def _apa(parts: Parts) -> str:
    names = [_inverted(one, short=True) for one in parts.names]
    told = f"{', '.join(names[:-1])}, & {names[-1]}" if len(names) > 1 else names[0]
    doi = f" https://doi.org/{parts.doi}" if parts.doi else ""
    return f"{told} ({parts.year}). {parts.title} (2nd ed.). {parts.publisher}.{doi}"


def _harvard(parts: Parts) -> str:
    names = " and ".join(_inverted(one, short=True) for one in parts.names[:2])
    return f"{names} ({parts.year}) {parts.title}. {parts.place}: {parts.publisher}."


def _vancouver(parts: Parts) -> str:
    names = [
        f"{family} {_initials(given).replace('. ', '').rstrip('.')}".strip()
        for family, given in parts.names
    ]
    return f"1. {', '.join(names)}. {parts.title}. {parts.place}: {parts.publisher}; {parts.year}."


def _bibtex(parts: Parts) -> str:
    isbn = f",\n  isbn = {{{parts.isbn}}}" if parts.isbn else ""
    return (
        f"@book{{key{parts.year},\n  author = {{{' and '.join(map(_inverted, parts.names))}}},\n"
        f"  title = {{{parts.title}}},\n  publisher = {{{parts.publisher}}},\n"
        f"  year = {{{parts.year}}}{isbn}\n}}"
    )


def _ris(parts: Parts) -> str:
    lines = ["TY  - BOOK", *(f"AU  - {_inverted(one)}" for one in parts.names)]
    lines += [f"TI  - {parts.title}", f"PB  - {parts.publisher}", f"PY  - {parts.year}"]
    lines += [f"SN  - {parts.isbn}"] if parts.isbn else []
    return "\n".join([*lines, "ER  - "])


def _said(parts: Parts) -> str:
    return f"{parts.title} by {' and '.join(map(_spoken, parts.names[:2]))} ({parts.year})"


def _quoted(parts: Parts) -> str:
    isbn = f", ISBN: {parts.isbn}" if parts.isbn else ""
    return f"{_spoken(parts.names[0])}. “{parts.title}.” {parts.publisher}, {parts.year}{isbn}"


STYLES: tuple[Callable[[Parts], str], ...] = (
    *(_chicago, _note, _mla, _apa, _harvard),
    *(_vancouver, _bibtex, _ris, _said, _quoted),
)


# ---------------------------------------------------------------- slips


def _as_it_is(parts: Parts, _: random.Random) -> Parts:
    return parts


def _subtitle_left_out(parts: Parts, _: random.Random) -> Parts:
    return replace(parts, title=parts.title.split(" : ")[0].split(": ")[0])


def _year_off(parts: Parts, draw: random.Random) -> Parts:
    year = parts.year
    return replace(parts, year=str(int(year) + draw.choice((-1, 1))) if year.isdigit() else year)


def _initials_only(parts: Parts, _: random.Random) -> Parts:
    return replace(parts, names=tuple((one, _initials(given)) for one, given in parts.names))


def _misspelt(parts: Parts, draw: random.Random) -> Parts:
    """Two letters swapped in one long word of a title that has others."""
    words = parts.title.split(" ")
    long = [at for at, word in enumerate(words) if len(word) >= _LONG and word.isalpha()]
    if not long or len(words_of(parts.title)) <= _LEAST:
        return parts
    at = draw.choice(long)
    word = words[at]
    words[at] = word[:3] + word[4] + word[3] + word[5:]
    return replace(parts, title=" ".join(words))


def _capitals(parts: Parts, _: random.Random) -> Parts:
    return replace(parts, title=parts.title.title(), isbn="")


SLIPS = (_as_it_is, _subtitle_left_out, _year_off, _initials_only, _misspelt, _capitals)


def real(records: Sequence[tuple[str, Record]], number: int, seed: int) -> list[Pasted]:
    """References to records, (id, record), each in one of the styles and with one slip."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    told = [(one, parts) for one, record in records if (parts := parts_of(record))]
    draw.shuffle(told)
    found = []
    for at in range(number):
        one, parts = told[at % len(told)]
        slip = SLIPS[(at // len(STYLES) + at) % len(SLIPS)]
        style = STYLES[at % len(STYLES)]
        text = style(slip(parts, draw))
        found.append(Pasted(text=text, kind=f"{style.__name__[1:]}, {slip.__name__[1:]}", of=one))
    return found


# ---------------------------------------------------------------- invented


def _other_words(parts: Parts, others: Sequence[Parts], draw: random.Random) -> Parts:
    """A title put together of the beginnings and ends of two others."""
    one, other = draw.sample(list(others), 2)
    first, second = one.title.split(), other.title.split()
    cut, left = max(1, len(first) // 2), max(1, len(second) // 2)
    return replace(parts, title=" ".join((*first[:cut], *second[-left:])), isbn="")


def _other_author(parts: Parts, others: Sequence[Parts], draw: random.Random) -> Parts:
    families = {family for family, _ in parts.names}
    strangers = [one for one in others if not families & {family for family, _ in one.names}]
    return replace(parts, names=draw.choice(strangers).names, isbn="")


def _real_number(parts: Parts, others: Sequence[Parts], draw: random.Random) -> Parts:
    """A made-up title and an ISBN that is another work's."""
    numbered = [one.isbn for one in others if one.isbn]
    return replace(_other_words(parts, others, draw), isbn=draw.choice(numbered))


def _new_number(parts: Parts, others: Sequence[Parts], draw: random.Random) -> Parts:
    """A made-up title with numbers that could be."""
    thirteen = isbn13("".join(draw.choices("0123456789", k=9)))
    isbn = draw.choice((thirteen, isbn10(thirteen)))
    doi = f"10.{draw.randint(1000, 9999)}/{draw.choice(('s', 'j.'))}{draw.randint(10**6, 10**7)}"
    return replace(_other_words(parts, others, draw), isbn=isbn, doi=doi)


def _another_word(parts: Parts, others: Sequence[Parts], draw: random.Random) -> Parts:
    """The author's own title with one telling word of another."""
    words = parts.title.split()
    at = max(range(len(words)), key=lambda place: len(words[place]))
    known = set(words_of(parts.title))
    new = [word for one in others for word in one.title.split() if len(word) >= _LONG - 2]
    other = [word for word in new if not any(_alike(one, known) for one in words_of(word))]
    words[at] = draw.choice(other)
    return replace(parts, title=" ".join(words), isbn="")


def _alike(word: str, known: set[str]) -> bool:
    return word in known or any(misspelt(word, one) for one in known)


def _new_subtitle(parts: Parts, _: Sequence[Parts], draw: random.Random) -> Parts:
    proper = parts.title.split(" : ")[0].split(": ")[0]
    return replace(parts, title=f"{proper}: {draw.choice(_SUBTITLES)}", isbn="")


INVENTIONS = (
    *(_other_words, _other_author, _real_number),
    *(_new_number, _another_word, _new_subtitle),
)


def invented(records: Sequence[tuple[str, Record]], number: int, seed: int) -> list[Pasted]:
    """References to works that are in no record, of the records' parts."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    told = [parts for _, record in records if (parts := parts_of(record))]
    titles = {title_of_text(one.title).words for one in told}
    found: list[Pasted] = []
    while len(found) < number:
        make = INVENTIONS[len(found) % len(INVENTIONS)]
        parts = make(draw.choice(told), told, draw)
        if make is not _other_author and title_of_text(parts.title).words in titles:
            continue  # by chance it is a real one
        if draw.random() < 0.5:  # noqa: PLR2004
            house = draw.randrange(len(_PUBLISHERS))
            parts = replace(parts, publisher=_PUBLISHERS[house], place=_PLACES[house])
        style = STYLES[(len(found) // len(INVENTIONS) + len(found)) % len(STYLES)]
        text = style(parts)
        if parts.isbn and parts.isbn not in text:
            text += f" ISBN {parts.isbn}"
        found.append(Pasted(text=text, kind=f"{make.__name__[1:]}, {style.__name__[1:]}"))
    return found
