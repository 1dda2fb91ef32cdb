"""Metadata is strict, and descriptions lie over each other without widening access."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_assistant.dates import day_number
from rag_assistant.errors import FailedError
from rag_assistant.readers.description import (
    confined,
    merge,
    narrowed,
    parse_description,
    read_sidecar,
)
from rag_assistant.schema import Description, Notice, Rights

FULL: dict[str, Any] = {
    "title": "Letters",
    "creator": "Askew, Ruth",
    "date": "1911-09-18",
    "language": "en-GB",
    "kind": "letter",
    "identifiers": {"shelfmark": "MS 12/3"},
    "uri": "https://example.org/ms12",
    "access": "staff",
    "use": "quote",
    "closed_until": "2031-01-01",
    "access_note": "Closed for twenty years.",
    "rights": {"uri": "https://example.org/rights", "label": "In copyright"},
    "notices": [{"type": "care", "text": "Names of the dead.", "community": "Lower Wharf"}],
    "text_origin": "transcript",
}


def test_everything_that_may_be_said() -> None:
    description, notes = parse_description(FULL)
    assert notes == ()
    day = day_number(1911, 9, 18)
    assert description.date is not None
    assert (description.date.first, description.date.last) == (day, day)
    assert description.language == "en"
    assert description.closed_until == day_number(2031, 1, 1)
    assert (description.access, description.use) == ("staff", "quote")
    assert description.rights == Rights(uri="https://example.org/rights", label="In copyright")
    assert description.notices == (
        Notice(type="care", text="Names of the dead.", community="Lower Wharf"),
    )
    assert description.identifiers == {"shelfmark": "MS 12/3"}


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"acess": "staff"}, "acess"),
        ({"Access": "staff"}, "Access"),
        ({"access": "Staff"}, "access"),
        ({"access": True}, "access"),
        ({"access": "private"}, "access"),
        ({"use": "read"}, "use"),
        ({"closed_until": "next year"}, "closed_until"),
        ({"closed_until": "2031"}, "closed_until"),
        ({"closed_until": 2031}, "closed_until"),
        ({"title": 1984}, "title"),
        ({"identifiers": {"isbn": 9780141}}, "identifiers.isbn"),
        ({"identifiers": ["a"]}, "identifiers"),
        ({"rights": {"url": "x"}}, "rights.url"),
        ({"rights": "CC0"}, "rights"),
        ({"notices": [{"type": "care"}]}, "notices.0.text"),
        ({"text_origin": "scan"}, "text_origin"),
        ({"uri": "javascript:alert(1)"}, "uri"),
        ({"rights": {"uri": "data:text/html,x"}}, "rights.uri"),
        ({"language": "English"}, "language"),
        ({"date": ["1911"]}, "date"),
        ({1: "x"}, "1"),
    ],
)
def test_a_wrong_key_or_value_fails_and_is_named(values: dict[Any, Any], named: str) -> None:
    with pytest.raises(FailedError) as failure:
        parse_description(values)
    assert failure.value.reason == "metadata is wrong"
    assert f"'{named}" in failure.value.detail


def test_a_date_that_is_none_is_noted_and_left_out() -> None:
    description, notes = parse_description({"date": "the wet summer"})
    assert description.date is None
    assert notes == ("date not understood: the wet summer",)


@pytest.mark.parametrize(
    ("toml", "words"),
    [("date = 1934", "1934"), ("date = 1934-05-06", "1934-05-06"), ('date = "c. 1890"', "c. 1890")],
)
def test_dates_in_a_sidecar(tmp_path: Path, toml: str, words: str) -> None:
    sidecar = tmp_path / "a.txt.toml"
    sidecar.write_text(toml, encoding="utf-8")
    description, _ = read_sidecar(sidecar)
    assert description.date is not None
    assert description.date.text == words


@pytest.mark.parametrize(
    "content", [b"access = staff", b"\xff\xfe", b'access = "staff"\naccess = "public"']
)
def test_a_broken_sidecar_fails(tmp_path: Path, content: bytes) -> None:
    sidecar = tmp_path / "a.txt.toml"
    sidecar.write_bytes(content)
    with pytest.raises(FailedError, match="metadata is wrong"):
        read_sidecar(sidecar)


def test_what_lies_over_wins() -> None:
    base = Description(title="Found", creator="Someone", identifiers={"a": "1", "b": "2"})
    over = Description(title="Said", language="de", identifiers={"b": "3"})
    merged = merge(base, over)
    assert (merged.title, merged.creator, merged.language) == ("Said", "Someone", "de")
    assert merged.identifiers == {"a": "1", "b": "3"}


_ACCESS = st.sampled_from([None, "public", "staff"])
_USE = st.sampled_from([None, "answer", "quote", "list", "none"])
_RANK = {None: 9, "public": 2, "staff": 1, "answer": 4, "quote": 3, "list": 2, "none": 1}
_CLOSURE = st.one_of(st.none(), st.integers(-1000, 40_000))


@given(_ACCESS, _ACCESS, _USE, _USE, _CLOSURE, _CLOSURE)
def test_merging_never_widens(
    access: Any, over_access: Any, use: Any, over_use: Any, closed: int | None, over: int | None
) -> None:
    merged = merge(
        Description(access=access, use=use, closed_until=closed),
        Description(access=over_access, use=over_use, closed_until=over),
    )
    assert _RANK[merged.access] == min(_RANK[access], _RANK[over_access])
    assert _RANK[merged.use] == min(_RANK[use], _RANK[over_use])
    closures = [day for day in (closed, over) if day is not None]
    assert merged.closed_until == (max(closures) if closures else None)


def test_notices_add_up() -> None:
    one, two = Notice(type="a", text="x"), Notice(type="b", text="y")
    merged = merge(Description(notices=(one,)), Description(notices=(one, two)))
    assert merged.notices == (one, two)


@pytest.mark.parametrize(
    ("base", "over", "access"),
    [
        ({"access_note": "Ask the donor."}, {"use": "quote"}, "staff"),
        ({"access_note": "Ask the donor."}, {"access": "public"}, "public"),
        ({"access_note": "Ask the donor."}, {"closed_until": 9}, None),
        ({"access": "public", "access_note": "Open."}, {"access_note": "Ask first."}, "staff"),
        ({"access": "public", "access_note": "Open."}, {"use": "quote"}, "public"),
    ],
)
def test_words_that_restrict_hold_whatever_is_said_beside_them(
    base: dict[str, Any], over: dict[str, Any], access: str | None
) -> None:
    assert narrowed(Description(**base), Description(**over)).access == access


@pytest.mark.parametrize(
    ("base", "other", "access", "note"),
    [
        ({}, {"access": "public"}, None, ""),
        ({"access": "public"}, {}, "public", ""),
        ({"access": "public"}, {"access": "staff", "access_note": "No"}, "staff", "No"),
        ({"access": "public", "access_note": "Open"}, {"access_note": "Ask"}, None, "Open\nAsk"),
        ({"access_note": "Ask"}, {"access": "public"}, None, "Ask"),
        ({"access_note": "Ask"}, {"use": "quote"}, "staff", "Ask"),
        ({"closed_until": 800_000}, {"access_note": "Ask"}, "staff", "Ask"),
    ],
)
def test_what_another_source_says_never_opens(
    base: dict[str, Any], other: dict[str, Any], access: str | None, note: str
) -> None:
    said = confined(Description(**base), Description(**other))
    assert (said.access, said.access_note) == (access, note)
