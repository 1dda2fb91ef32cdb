"""Whom to ask and when, in words. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from rag_assistant.answer import Help
from rag_assistant.hours import Hours, is_open, next_change
from rag_assistant.web.components.markup import Html, join, link, tag
from rag_assistant.wording import say, spoken

_WEEK = timedelta(days=6)


def opening(hours: Hours | None, moment: datetime) -> str:
    """Until when it is open, or when it opens; "" where there is nothing to tell."""
    change = next_change(hours, moment) if hours else None
    if hours is None or change is None:
        return ""
    clock, day = change.strftime("%H:%M"), change.date()
    here = moment.astimezone(hours.zone).date()
    if is_open(hours, moment):
        if day - here <= timedelta(days=1):
            return say("Open until {time}", time=clock)
        return say("Open until {day} {time}", day=_named(change, here), time=clock)
    if day == here:
        return say("Opens today {time}", time=clock)
    return say("Opens {day} {time}", day=_named(change, here), time=clock)


def _named(change: datetime, here: date) -> str:
    """A day of the coming week by its name, any other with its date."""
    import babel.dates

    near = change.date() - _WEEK <= here
    form = "EEEE" if near else "full"
    return babel.dates.format_date(change.date(), form, locale=spoken())


def person(reached: Help | None, hours: str = "") -> Html:
    """Where a person can be asked, and when; nothing where nobody can."""
    if reached is None:
        return Html("")
    way = link(reached.url, reached.label) if reached.url else join(reached.label)
    when = join(" ", tag("span", hours, class_="hours")) if hours else ""
    return tag("p", say("Rather ask a person:"), " ", way, when, class_="person")
