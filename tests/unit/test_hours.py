"""Opening hours: weeks, nights, clocks that are put forward and back, days off."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rag_assistant.collection import CollectionConfig
from rag_assistant.composing import help_of
from rag_assistant.config import HelpSettings, load_settings
from rag_assistant.errors import ConfigError
from rag_assistant.hours import is_open, next_change, parse
from rag_assistant.web.components.opening import opening
from rag_assistant.wording import speaking

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = ("Mon-Fri 09:00-17:00", "Sat 10:00-13:00")
CHAT, TICKET, DESK = (
    "https://library.example.org/chat",
    "https://library.example.org/ticket",
    "https://library.example.org/desk",
)


def berlin(*numbers: int, fold: int = 0) -> datetime:
    return datetime(*numbers, tzinfo=BERLIN, fold=fold)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("moment", "open_now", "change"),
    [
        (berlin(2027, 1, 4, 8, 59), False, berlin(2027, 1, 4, 9)),  # a Monday
        (berlin(2027, 1, 4, 9), True, berlin(2027, 1, 4, 17)),
        (berlin(2027, 1, 4, 16, 59), True, berlin(2027, 1, 4, 17)),
        (berlin(2027, 1, 4, 17), False, berlin(2027, 1, 5, 9)),
        (berlin(2027, 1, 8, 18), False, berlin(2027, 1, 9, 10)),
        (berlin(2027, 1, 9, 13), False, berlin(2027, 1, 11, 9)),
        (datetime(2027, 7, 5, 7, 30, tzinfo=UTC), True, berlin(2027, 7, 5, 17)),  # summer time
        (datetime(2027, 1, 4, 7, 30, tzinfo=UTC), False, berlin(2027, 1, 4, 9)),
    ],
)
def test_a_week(moment: datetime, open_now: bool, change: datetime) -> None:
    hours = parse(WEEK, "Europe/Berlin")
    assert is_open(hours, moment) is open_now
    assert next_change(hours, moment) == change


def test_days_off_are_passed_over() -> None:
    hours = parse(WEEK, "Europe/Berlin", [date(2027, 1, 4), date(2027, 1, 5)])
    assert not is_open(hours, berlin(2027, 1, 4, 12))
    assert next_change(hours, berlin(2027, 1, 4, 12)) == berlin(2027, 1, 6, 9)


def test_a_night_goes_over_into_the_next_day() -> None:
    hours = parse(["Sun 20:00-02:00"], "Europe/Berlin", [date(2027, 1, 10)])
    assert is_open(hours, berlin(2027, 1, 4, 1, 59))  # Sunday's night, on a Monday
    assert next_change(hours, berlin(2027, 1, 3, 23)) == berlin(2027, 1, 4, 2)
    assert not is_open(hours, berlin(2027, 1, 4, 2))
    assert not is_open(hours, berlin(2027, 1, 11, 1))  # the evening before was a day off
    assert next_change(hours, berlin(2027, 1, 4, 2)) == berlin(2027, 1, 17, 20)


def test_clocks_that_are_put_forward_and_back() -> None:
    hours = parse(["Sat 22:00-04:00"], "Europe/Berlin")
    for spring_or_autumn, hours_long in ((27, 5), (30, 7)):
        month = 3 if hours_long == 5 else 10
        start = berlin(2027, month, spring_or_autumn, 22)
        end = next_change(hours, start)
        assert end is not None
        assert (end.hour, end.utcoffset() == start.utcoffset()) == (4, False)
        assert (end.astimezone(UTC) - start.astimezone(UTC)).total_seconds() == hours_long * 3600
    assert is_open(hours, berlin(2027, 10, 31, 2, 30, fold=0))
    assert is_open(hours, berlin(2027, 10, 31, 2, 30, fold=1))


def test_what_touches_is_one() -> None:
    hours = parse(["Mon 09:00-12:00", "Mon 12:00-24:00", "Tue 00:00-01:00"], "UTC")
    assert next_change(hours, datetime(2027, 1, 4, 10, tzinfo=UTC)) == datetime(
        2027, 1, 5, 1, tzinfo=UTC
    )


def test_what_never_changes() -> None:
    always = parse(["Mon-Sun 00:00-24:00"], "America/Santiago")
    moment = datetime(2027, 4, 4, 2, tzinfo=UTC)
    assert is_open(always, moment)
    assert next_change(always, moment) is None
    assert next_change(parse([], "UTC"), moment) is None


def test_from_saturday_to_monday() -> None:
    hours = parse(["Sat-Mon 10:00-11:00"], "UTC")
    assert sorted(span.day for span in hours.spans) == [0, 5, 6]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Monday 9-17", "cannot be read"),
        ("Mon 9:00-17:00", "cannot be read"),
        ("Mod 09:00-17:00", "names no day"),
        ("Mon-Frj 09:00-17:00", "names no day"),
        ("Mon 09:60-17:00", "names no time"),
        ("Mon 09:00-24:01", "names no time"),
        ("Mon 24:00-24:00", "begins at 24:00"),
    ],
)
def test_what_cannot_be_read_is_shown_how(line: str, said: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        parse([line], "UTC")
    assert said in refusal.value.message
    assert line in refusal.value.message
    assert "Mon-Fri 09:00-17:00" in refusal.value.hint


@pytest.mark.parametrize("zone", ["", "Berlin", "../etc", "Europe", "Europe/Berlin\0"])
def test_a_timezone_that_is_none(zone: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        parse(WEEK, zone)
    assert "Europe/Berlin" in refusal.value.hint


def test_hours_come_from_the_settings_and_are_read_at_once(tmp_path: Path) -> None:
    config = tmp_path / "rag.toml"
    config.write_text(
        '[help]\nhours = ["Mon 09:00-17:00"]\ntimezone = "UTC"\nclosed_on = [2027-01-04]\n'
    )
    opened = load_settings(config).help.opening
    assert opened
    assert opened.closed_on == {date(2027, 1, 4)}
    config.write_text('[help]\nhours = ["Mon 09:00-17:00"]\n')
    with pytest.raises(ConfigError) as refusal:
        load_settings(config)
    assert "help.timezone" in refusal.value.message


# ---------------------------------------------------------------- whom to ask, and the words

TOWN = {"town": CollectionConfig(id="town", contact="desk@library.example.org")}
OPEN, CLOSED = berlin(2027, 1, 4, 12), berlin(2027, 1, 4, 20)


def told(moment: datetime, **settings: object) -> tuple[str, str, bool | None] | None:
    found = help_of(HelpSettings.model_validate(settings), TOWN, ["town"], moment)
    return (found.label, found.url, found.open) if found else None


def test_the_chat_while_open_the_ticket_while_closed() -> None:
    week: dict[str, object] = {"hours": WEEK, "timezone": "Europe/Berlin", "chat_url": CHAT}
    both = {**week, "ticket_url": TICKET, "mail": "ask@library.example.org"}
    assert told(OPEN, **both) == ("Chat with a librarian", CHAT, True)
    assert told(OPEN, **both, chat_label="Talk to Ada") == ("Talk to Ada", CHAT, True)
    assert told(CLOSED, **both) == ("Send your question to a librarian", TICKET, False)
    mail = told(CLOSED, **week, mail="ask@library.example.org")
    assert mail == (
        "Write to a librarian: ask@library.example.org",
        "mailto:ask@library.example.org",
        False,
    )
    assert told(CLOSED, **week, label="The desk", url=DESK) == ("The desk", DESK, False)
    contact = "Ask a librarian: desk@library.example.org"
    assert told(CLOSED, **week) == (contact, "mailto:desk@library.example.org", False)


def test_without_hours_the_desk_comes_first() -> None:
    assert told(OPEN, label="The desk", url=DESK, chat_url=CHAT) == ("The desk", DESK, None)
    assert told(OPEN, chat_url=CHAT) == ("Chat with a librarian", CHAT, None)
    assert help_of(HelpSettings(), {"town": CollectionConfig(id="town")}, ["town"], OPEN) is None


@pytest.mark.parametrize(
    ("moment", "words", "german"),
    [
        (berlin(2027, 1, 4, 12), "Open until 17:00", "Geöffnet bis 17:00 Uhr"),
        (berlin(2027, 1, 4, 7), "Opens today 09:00", "Öffnet heute um 09:00 Uhr"),
        (berlin(2027, 1, 9, 14), "Opens Monday 09:00", "Öffnet Montag, 09:00 Uhr"),
        (
            berlin(2027, 1, 11, 20),
            "Opens Thursday, January 21, 2027 09:00",
            "Öffnet Donnerstag, 21. Januar 2027, 09:00 Uhr",
        ),
    ],
)
def test_the_hours_in_words(moment: datetime, words: str, german: str) -> None:
    hours = parse(WEEK, "Europe/Berlin", [date(2027, 1, day) for day in range(12, 21)])
    assert opening(hours, moment) == words
    with speaking("de"):
        assert opening(hours, moment) == german


def test_no_words_where_nothing_changes() -> None:
    assert opening(parse(["Mon-Sun 00:00-24:00"], "UTC"), OPEN) == ""
    assert opening(None, OPEN) == ""
