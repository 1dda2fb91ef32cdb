"""What people read, in their own language: gettext catalogues, English as written in the code.

The language belongs to what is being done, not to the process: `speaking` sets it for a block,
`in_language` for a generator, whichever threads carry its steps on. Without either it is English.
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Generator, Iterator, Sequence
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

LANGUAGES = {"en": "English", "de": "Deutsch", "es": "Español", "fr": "Français"}
"""The languages of the interface, each by its own name."""

ENGLISH = "en"
LOCALES = Path(__file__).parent / "locale"
_spoken = contextvars.ContextVar("spoken", default=ENGLISH)


def message(words: str) -> str:
    """Marks words for the catalogues that are said later, by `say`."""
    return words


def say(words: str, /, **values: object) -> str:
    """Words in the language that is spoken now, ``{names}`` filled in.

    Args:
        words: In English, as they stand in the code; a literal, or marked by `message`.
        **values: What the names stand for; whole numbers are written as the language does.
    """
    translated = _catalogue(spoken()).gettext(words)
    return _filled(translated, values)


def say_n(one: str, many: str, n: int, /, **values: object) -> str:
    """Words about a number of things, in the plural that the language has for it; ``{n}`` is it."""
    translated = _catalogue(spoken()).ngettext(one, many, n)
    return _filled(translated, {"n": n, **values})


def say_in(context: str, words: str, /, **values: object) -> str:
    """Words that mean more than one thing in English, told apart by their context."""
    translated = _catalogue(spoken()).pgettext(context, words)
    return _filled(translated, values)


def number(value: int) -> str:
    """A whole number with the separators of the language that is spoken now."""
    if spoken() == ENGLISH:
        return f"{value:,}"
    import babel.numbers

    return babel.numbers.format_decimal(value, locale=spoken())


def decimal(value: float, places: int) -> str:
    """A number with so many decimal places, as the language that is spoken now writes it."""
    if spoken() == ENGLISH:
        return f"{value:.{places}f}"
    import babel.numbers

    pattern = f"#,##0.{'0' * places}" if places else "#,##0"
    return babel.numbers.format_decimal(value, format=pattern, locale=spoken())


def spoken() -> str:
    """The language that is spoken now, one of `LANGUAGES`."""
    return _spoken.get()


@contextlib.contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language in this block; one that is not written is English."""
    token = _spoken.set(language if language in LANGUAGES else ENGLISH)
    try:
        yield
    finally:
        _spoken.reset(token)


def in_language(language: str, steps: Generator[T]) -> Generator[T]:
    """The same steps, each taken while that language is spoken."""
    context = contextvars.copy_context()
    context.run(_spoken.set, language if language in LANGUAGES else ENGLISH)
    end = object()
    try:
        while (step := context.run(next, steps, end)) is not end:
            yield step  # type: ignore[misc]
    finally:
        context.run(steps.close)


def asked_for(named: str, accepted: str) -> str:
    """The language that was named, if it is one of `LANGUAGES`, else as `negotiated`."""
    return named if named in LANGUAGES else negotiated(accepted)


def listed(parts: Sequence[str]) -> str:
    """Words in a row, the last two joined by "and"."""
    if len(parts) < 2:  # noqa: PLR2004
        return "".join(parts)
    return say("{parts} and {last}", parts=", ".join(parts[:-1]), last=parts[-1])


def negotiated(accepted: str, default: str = ENGLISH) -> str:
    """The best of `LANGUAGES` for an ``Accept-Language`` header (RFC 9110, 12.5.4)."""
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted.split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            quality = 0.0
        ranked.append((-quality, place, tag.strip().partition("-")[0].casefold()))
    wanted = (tag for quality, _, tag in sorted(ranked) if quality < 0)
    return next((tag for tag in wanted if tag in LANGUAGES), default)


def _filled(words: str, values: dict[str, object]) -> str:
    if not values:
        return words
    told = {
        name: number(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in values.items()
    }
    return words.format(**told)


@cache
def _catalogue(language: str) -> NullTranslations:
    """A language's catalogue, compiled as it is first needed; English says what is written."""
    if language == ENGLISH:
        return NullTranslations()
    from babel.messages import mofile, pofile

    with (LOCALES / f"{language}.po").open("rb") as source:
        catalogue = pofile.read_po(source, locale=language)
    compiled = BytesIO()
    mofile.write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
