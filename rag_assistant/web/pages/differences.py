"""What changed between two versions of a page, to be read with eyes or ears, in colour or without.

Pure: data in, markup out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag_assistant.diffing import Block, Unit, pairs, words
from rag_assistant.history import Change, Version
from rag_assistant.web.components.days import timed
from rag_assistant.web.components.markup import Html, join, lang_of, tag, woven
from rag_assistant.wording import message, say, say_n, spoken

_FEW_CHANGES = 10
_SHORT = 400  # characters of unchanged text that stand open
_FOLDED = 300_000  # characters of unchanged text that one page holds folded
_SENTENCE = re.compile(r"[.!?…。！？]\W*\Z")
_SIDES = {
    "removed": message("Removed"),
    "added": message("Added"),
    "before": message("Before"),
    "after": message("After"),
}
_Row = tuple[list[Unit], list[Unit], bool]  # before, after, and whether they are one, reworded


class Differences:
    """Shows the changes of one page; keeps count of how much unchanged text it has held."""

    def __init__(self, versions: Sequence[Version], changes: Sequence[Change]) -> None:
        self._languages = {one.number: one.language for one in versions}
        self._changes = changes
        self._left = _FOLDED

    def shown(self, arrived: int | None) -> Html:
        """All changes in order, folded where they are many.

        ``arrived`` is the version that a reader came from; the last change of it has the anchor
        ``next``.
        """
        leaving = [place for place, one in enumerate(self._changes) if one.before == arrived]
        return join(
            *(
                self._change(place + 1, change, is_next=place in leaving[-1:])
                for place, change in enumerate(self._changes)
            )
        )

    def _change(self, number: int, change: Change, *, is_next: bool) -> Html:
        between = woven(
            say("Changed between {day} and {later}"),
            day=timed(change.last_before),
            later=timed(change.first_after),
        )
        here = tag("span", id="next") if is_next else Html("")
        numbers = {"before": str(change.before), "after": str(change.after)}
        told = say("Version {before}, then version {after}", **numbers)
        body = join(tag("p", told, class_="facts"), self._blocks(change))
        if len(self._changes) <= _FEW_CHANGES:
            content = join(tag("h3", here, between), body)
        else:
            summary = tag("summary", tag("h3", between))
            content = join(here, tag("details", summary, body))
        return tag("section", content, id=f"change-{number}", class_="change")

    def _blocks(self, change: Change) -> Html:
        before, after = (lang_of(self._languages[one]) for one in (change.before, change.after))
        if not any(block.changed for block in change.blocks):
            return tag("p", say("What changed cannot be shown here."), class_="empty")
        parts = [
            _changed(block, before, after) if block.changed else self._unchanged(block.after, after)
            for block in change.blocks
        ]
        return tag("div", *parts, class_="differences")

    def _unchanged(self, units: Sequence[Unit], lang: str | None) -> Html:
        said = text_of(units)
        shown = tag("p", said, lang=lang, dir="auto", class_="same")
        if len(said) <= _SHORT:
            return shown
        told = say_n("{n} sentence without changes", "{n} sentences without changes", len(units))
        self._left -= len(said)
        if self._left < 0:
            return tag("p", told, class_="facts")
        return tag("details", tag("summary", told), shown)


def text_of(units: Sequence[Unit]) -> str:
    """The words of units in a row: sentences run on, headings and lines stand by themselves."""
    parts: list[str] = []
    for place, unit in enumerate(units):
        if place:
            parts.append(" " if _runs_on(units[place - 1], unit) else "\n")
        parts.append(unit.text)
    return "".join(parts)


def _runs_on(before: Unit, unit: Unit) -> bool:
    """Whether a unit stands in one paragraph with the one before it."""
    heading = before.end == 0 or unit.end == 0
    beside = before.section_id == unit.section_id and unit.start - before.end <= 1
    return beside and not heading and bool(_SENTENCE.search(before.text))


def _rows(block: Block) -> Iterator[_Row]:
    """Each sentence with its new wording; those in between that have none, put together."""
    before, after = iter(block.before), iter(block.after)
    went: list[Unit] = []
    came: list[Unit] = []
    for old, new in pairs([one.text for one in block.before], [one.text for one in block.after]):
        if old and new:
            yield went, came, False
            yield [next(before)], [next(after)], True
            went, came = [], []
        elif old:
            went.append(next(before))
        else:
            came.append(next(after))
    yield went, came, False


def _changed(block: Block, before: str | None, after: str | None) -> Html:
    """The sentences before beside those after; what only went or came is marked as a whole."""
    rows: list[Html] = []
    if block.coarse:
        note = say("Too much changed here to compare sentence by sentence.")
        rows.append(tag("p", note, class_="facts"))
    for went, came, paired in _rows(block):
        old, new = text_of(went), text_of(came)
        if paired:
            sides = _reworded(old, new, before, after)
        else:
            sides = [_side("removed", [_marked("del", old)], before)] if old else []
            sides += [_side("added", [_marked("ins", new)], after)] if new else []
        if sides:
            rows.append(tag("div", *sides, class_="pair two" if len(sides) > 1 else "pair"))
    return tag("div", *rows)


def _reworded(old: str, new: str, before: str | None, after: str | None) -> list[Html]:
    """A sentence and its new wording, with the words that differ marked."""
    compared = words(old, new)
    gone = [_word(one.op, one.text) for one in compared if one.op != "added"]
    come = [_word(one.op, one.text) for one in compared if one.op != "removed"]
    return [_side("before", gone, before), _side("after", come, after)]


def _side(name: str, content: Sequence[Html], lang: str | None) -> Html:
    return tag(
        "div",
        tag("p", say(_SIDES[name]), class_="label"),
        tag("p", *content, lang=lang, dir="auto", class_="words"),
        class_=name,
    )


def _word(op: str, text: str) -> Html:
    if op == "same":
        return join(text)
    return _marked("del" if op == "removed" else "ins", text)


def _marked(name: str, text: str) -> Html:
    said = say("removed:") if name == "del" else say("added:")
    heard = tag("span", f"{said} ", class_="visually-hidden", lang=spoken(), dir="ltr")
    return tag(name, heard, text)
