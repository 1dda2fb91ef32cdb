"""What a source says of itself, in front matter or in a sidecar ``<file name>.toml``.

Strict on purpose: a misspelt ``access`` must never make a document public, so an unknown key or
a wrong value fails the whole document.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from rag_assistant.dates import day_number, parse_date
from rag_assistant.errors import FailedError
from rag_assistant.readers.charset import clean_text
from rag_assistant.readers.language import normalise_language
from rag_assistant.schema import Access, Description, Notice, Rights, TextOrigin, Use

WRONG = "metadata is wrong"
_LONGEST_SIDECAR = 1 << 20

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)
_EXECUTABLE = ("javascript:", "vbscript:", "data:")
_NARROWEST_FIRST: tuple[Use, ...] = ("none", "list", "quote", "answer")


def _checked_uri(uri: str) -> str:
    if uri and (not _SCHEME.fullmatch(uri) or uri.lower().startswith(_EXECUTABLE)):
        raise ValueError("must be a URI, such as https://example.org/item")
    return uri


def _checked_language(tag: str) -> str:
    language = normalise_language(tag)
    if tag and not language:
        raise ValueError('must be a language code, such as "en"')
    return language


def _iso_day(value: object) -> object:
    if isinstance(value, str):
        return datetime.date.fromisoformat(value)
    return value.date() if isinstance(value, datetime.datetime) else value


def _date_words(value: object) -> object:
    """A date as words: YAML and TOML turn "1934" and "1934-05-06" into numbers and dates."""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


_Text = Annotated[str, AfterValidator(clean_text)]
_Uri = Annotated[str, AfterValidator(clean_text), AfterValidator(_checked_uri)]
_Language = Annotated[str, AfterValidator(_checked_language)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Rights(_Part):
    uri: _Uri = ""
    label: _Text = ""


class _Notice(_Part):
    type: _Text
    text: _Text
    language: _Language = ""
    community: _Text = ""
    uri: _Uri = ""


class _Metadata(_Part):
    title: _Text = ""
    creator: _Text = ""
    date: Annotated[str, BeforeValidator(_date_words)] = ""
    language: _Language = ""
    kind: _Text = ""
    identifiers: dict[_Text, _Text] = Field(default_factory=dict)
    uri: _Uri = ""
    access: Access | None = None
    use: Use | None = None
    closed_until: Annotated[datetime.date | None, BeforeValidator(_iso_day)] = None
    access_note: _Text = ""
    rights: _Rights | None = None
    notices: list[_Notice] = Field(default_factory=list)
    text_origin: TextOrigin | None = None


def parse_description(values: Mapping[str, Any]) -> tuple[Description, tuple[str, ...]]:
    """Check metadata.

    Returns:
        The description, and notes on what was left out of it: a date that is none.

    Raises:
        FailedError: A key is unknown or a value is wrong; the detail names it.
    """
    try:
        metadata = _Metadata.model_validate(dict(values))
    except ValidationError as error:
        raise FailedError(WRONG, _first_fault(error)) from error
    when = parse_date(clean_text(metadata.date))
    notes = (f"date not understood: {metadata.date}",) if metadata.date.strip() and not when else ()
    closed = metadata.closed_until
    description = Description(
        title=metadata.title.strip(),
        creator=metadata.creator.strip(),
        date=when,
        language=metadata.language,
        kind=metadata.kind,
        identifiers=metadata.identifiers,
        uri=metadata.uri,
        access=metadata.access,
        use=metadata.use,
        closed_until=day_number(closed.year, closed.month, closed.day) if closed else None,
        access_note=metadata.access_note,
        rights=Rights(**metadata.rights.model_dump()) if metadata.rights else None,
        notices=tuple(Notice(**notice.model_dump()) for notice in metadata.notices),
        text_origin=metadata.text_origin,
    )
    return description, notes


def read_sidecar(sidecar: Path) -> tuple[Description, tuple[str, ...]]:
    """What a sidecar says of its file, with notes as `parse_description` gives them.

    Raises:
        FailedError: The sidecar cannot be read, or says something wrong.
    """
    try:
        if sidecar.stat().st_size > _LONGEST_SIDECAR:
            raise FailedError(WRONG, f"{sidecar.name}: it is longer than {_LONGEST_SIDECAR} bytes")
        values = tomllib.loads(sidecar.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise FailedError(WRONG, f"{sidecar.name}: {error}") from error
    return parse_description(values)


def merge(base: Description, over: Description) -> Description:
    """Lay one description over another: what ``over`` says wins.

    Access, use and closure are the exception: the narrower of the two holds. Notices add up.
    """
    merged = narrowed(base, over)
    said = {
        name: getattr(over, name) or getattr(base, name)
        for name in ("title", "creator", "date", "language", "kind", "uri", "text_origin")
    }
    return replace(merged, identifiers={**base.identifiers, **over.identifiers}, **said)


def narrowed(base: Description, over: Description) -> Description:
    """Lay only access, use, closure, rights and notices over a description.

    A restriction in words that no rule maps stays one, whatever else is said beside it, unless
    ``over``, which is a person's, decides on access itself.
    """
    decided = over.access is not None or over.closed_until is not None
    held = over.is_restricted_in_words or (base.is_restricted_in_words and not decided)
    closed = held or "staff" in (base.access, over.access)
    closures = [day for day in (base.closed_until, over.closed_until) if day is not None]
    uses = {base.use, over.use}
    return replace(
        base,
        access="staff" if closed else over.access or base.access,
        use=next((use for use in _NARROWEST_FIRST if use in uses), None),
        closed_until=max(closures, default=None),
        access_note=over.access_note or base.access_note,
        rights=over.rights or base.rights,
        notices=base.notices + tuple(n for n in over.notices if n not in base.notices),
    )


def confined(base: Description, other: Description) -> Description:
    """A description where another source speaks of the same thing, or of a part of it.

    None of the two outranks the other: what restricts holds, and what ``other`` opens does not
    count, as the rest need not be open. Rights stay those of ``base``.
    """
    in_words = base.is_restricted_in_words or other.is_restricted_in_words
    both = narrowed(
        replace(base, access_note=""), replace(other, access=None, access_note="", rights=None)
    )
    access = None if in_words else base.access
    if "staff" in (base.access, other.access) or (
        in_words and (both.use or both.closed_until is not None)  # beside which no words count
    ):
        access = "staff"
    notes = "\n".join(dict.fromkeys(filter(None, (base.access_note, other.access_note))))
    return replace(both, access=access, access_note=notes)


def _first_fault(error: ValidationError) -> str:
    fault = error.errors()[0]
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"unknown key '{key}'"
    return f"'{key}': {fault['msg']}"
