"""What is said of a page's captures: when it changed, what it said, that it stayed the same.

Timestamps are 14 digits, UTC.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag_assistant.dates import told_day
from rag_assistant.wording import say


def changed_between(before: str, after: str, *, again: bool) -> str:
    """Between which captures a page changed; ``again``: as it had before."""
    earlier, later = moments(before, after)
    if again:
        return say(
            "It changed again between {earlier} and {later}, the dates of the captures before "
            "and after.",
            earlier=earlier,
            later=later,
        )
    return say(
        "It changed between {earlier} and {later}, the dates of the captures before and after.",
        earlier=earlier,
        later=later,
    )


def said_before(day: str) -> str:
    """Stands before the words that a page lost."""
    return say("On {day} the page said:", day=day)


def said_after(day: str, *, instead: bool) -> str:
    """Stands before the words that a page gained, ``instead`` of others or beside the rest."""
    if instead:
        return say("On {day} it said:", day=day)
    return say("On {day} the page said, as it had not before:", day=day)


def said_no_longer(day: str) -> str:
    """Stands where a page lost words and gained none."""
    return say("On {day} it no longer said so.", day=day)


def captured_once(title: str, timestamp: str) -> tuple[str, str]:
    """That one capture tells of no change, and the reason in a few words."""
    day = told_day(timestamp)
    text = say(
        "“{title}” was captured once, on {day}: whether it changed cannot be told.",
        title=title,
        day=day,
    )
    return text, say("the page was captured once, on {day}", day=day)


def stayed_the_same(title: str, timestamps: Sequence[str], *, whole: bool) -> tuple[str, str]:
    """That no capture differs, as a ``whole`` or in what was asked, and the reason."""
    years = "–".join(dict.fromkeys(timestamps[end][:4] for end in (0, -1)))
    number = len(timestamps)
    if whole:
        text = say(
            "No change was found: “{title}” was the same in all {number} captures, {years}.",
            title=title,
            number=number,
            years=years,
        )
        reason = say(
            "the page was the same in all {number} captures, {years}", number=number, years=years
        )
        return text, reason
    text = say(
        "No change was found: “{title}” said the same of this in all {number} captures, {years}.",
        title=title,
        number=number,
        years=years,
    )
    reason = say(
        "the page said the same of this in all {number} captures, {years}",
        number=number,
        years=years,
    )
    return text, reason


def moments(before: str, after: str) -> tuple[str, str]:
    """The days of the captures before and after, with their hours where it is one day."""
    if before[:8] != after[:8]:
        return told_day(before), told_day(after)
    return (
        say("{day}, {hour} UTC,", day=told_day(before), hour=_hour(before)),
        say("{day}, {hour} UTC", day=told_day(after), hour=_hour(after)),
    )


def _hour(timestamp: str) -> str:
    return f"{timestamp[8:10]}:{timestamp[10:12]}"
