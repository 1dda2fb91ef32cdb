"""What a question says of time: whether it asks about a change, about now, or about a date.

Tables of patterns over folded words, in English, German, French, Spanish and Welsh. A question
that only seems to ask about a change costs nothing: where no captured page fits, it is answered
like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag_assistant.answering import vocabulary, words
from rag_assistant.dates import parse_date

FIRST_CAPTURES = 1991
"""The first year of the web: no page stood there before."""
_LAST_YEAR = 2099

_MONTHS: dict[str, int] = {
    name: int(key.removeprefix("month "))
    for table in vocabulary.MONTHS.values()
    for name, key in table.items()
}
_YEAR = r"(?<![\d£$€.,-])(?P<year>(?:19|20)\d\d)(?![\d,.]*\d)"
_DAY = r"(?<!\d)(?P<{name}>[0-3]?\d)(?:st|nd|rd|th|er|\.|º)?"
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})"
_DATE = re.compile(
    r"(?<!\d)(?P<iso>(?:19|20)\d\d-\d\d(?:-\d\d)?)(?!\d)|"
    rf"(?:{_DAY.format(name='day')}\s+(?:of\s+|de\s+|d')?)?\b{_MONTH},?\s+"
    rf"(?:{_DAY.format(name='second_day')},?\s+)?(?:of\s+|de\s+|del\s+)?{_YEAR}|"
    rf"{_YEAR.replace('year', 'bare')}"
)
_WORD_BEFORE = re.compile(r"([\w']+)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Day numbers, both ends within; None is open."""

    first: int | None
    last: int | None

    def overlaps(self, first: int, last: int) -> bool:
        """Whether it has a day in common with these."""
        after = self.first is not None and last < self.first
        before = self.last is not None and first > self.last
        return not (after or before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """What a question says of time.

    Attributes:
        change: It asks when, whether or how something changed.
        since: It asks since when something has been so: a change, too.
        latest: It asks about the last change alone.
        announced: It names what pages announce: hours, prices, the page itself.
        still: It asks whether something still holds.
        past: It asks about what was, without saying when.
        period: The dates that it names, as far as there was a web.
        as_of: The date, ISO, at which it asks what a page said; None without clear wording.
        undated: The question without its dates.
        topic: What it is about: no dates, and no words that only ask.
    """

    change: bool
    since: bool
    latest: bool
    announced: bool
    still: bool
    past: bool
    period: Period | None
    as_of: str | None
    undated: str
    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mention:
    """A date in a question: its ISO form, its days, and its place."""

    iso: str
    first: int
    last: int
    start: int
    end: int
    before: str


def read_times(question: str) -> Times:
    """Read what a question says of time."""
    written = question.split()
    folded = ["".join(words.fold(one).replace("’", "'").split()) for one in written]
    plain = " ".join(folded)
    mentions = list(_mentions(plain))
    kept = [place for place in range(len(written)) if not _dated(folded, place, mentions)]
    since = vocabulary.ASKS_SINCE.search(plain) is not None
    change = since or vocabulary.ASKS_CHANGE.search(plain) is not None
    return Times(
        change=change,
        since=since,
        latest=change and vocabulary.ASKS_LATEST.search(plain) is not None,
        announced=vocabulary.ANNOUNCED.search(plain) is not None,
        still=not mentions and vocabulary.ASKS_STILL.search(plain) is not None,
        past=not mentions and vocabulary.ASKS_PAST.search(plain) is not None,
        period=_period(mentions),
        as_of=None if change else _as_of(plain, mentions),
        undated=" ".join(written[place] for place in kept),
        topic=" ".join(
            written[place]
            for place in kept
            if folded[place].strip("¿?.,:;!'\"“”„«»") not in vocabulary.ASKING
        ),
    )


def _mentions(plain: str) -> Iterator[_Mention]:
    for match in _DATE.finditer(plain):
        iso = match["iso"] or match["bare"] or _iso(match)
        days = parse_date(iso)
        if days is None or not FIRST_CAPTURES <= int(iso[:4]) <= _LAST_YEAR:
            continue
        before = _WORD_BEFORE.search(plain[: match.start()])
        yield _Mention(
            iso=iso,
            first=days.first,
            last=days.last,
            start=match.start(),
            end=match.end(),
            before=before[1] if before else "",
        )


def _dated(folded: Sequence[str], place: int, mentions: Sequence[_Mention]) -> bool:
    """Whether the word at this place is part of a date."""
    start = sum(len(one) + 1 for one in folded[:place])
    end = start + len(folded[place])
    return any(start < one.end and end > one.start for one in mentions)


def _iso(match: re.Match[str]) -> str:
    day = match["day"] or match["second_day"]
    month = f"{match['year']}-{_MONTHS[match['month']]:02d}"
    return f"{month}-{int(day):02d}" if day else month


def _period(mentions: Sequence[_Mention]) -> Period | None:
    """All that is named, or what lies on one side of a single date."""
    if not mentions:
        return None
    first, last = min(one.first for one in mentions), max(one.last for one in mentions)
    period = Period(first=first, last=last)
    if len(mentions) > 1:
        return period
    if mentions[0].before in vocabulary.BEFORE_WORDS:
        return replace(period, first=None)
    if mentions[0].before in vocabulary.AFTER_WORDS:
        return replace(period, last=None)
    return period


def _as_of(plain: str, mentions: Sequence[_Mention]) -> str | None:
    """The one date at which a page is asked what it said."""
    if len(mentions) != 1:
        return None
    (one,) = mentions
    if vocabulary.AS_OF.search(plain[: one.start]):
        return one.iso
    beside = one.before in vocabulary.BEFORE_WORDS | vocabulary.AFTER_WORDS
    names_a_thing = one.before in vocabulary.ARTICLES and len(one.iso) == len("2019")
    if beside or names_a_thing or not vocabulary.SAYS_THEN.search(plain):
        return None
    return one.iso
