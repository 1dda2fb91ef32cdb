"""Where a section's words stand, as they are stored: short lists, for there may be thousands."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from rag_assistant.schema import Agent, Page, Place, Record

_PLAIN_PAGE = 4  # of a page, the values that every page has
_PLAIN_PLACE = 2  # likewise


def page_values(page: Page) -> list[Any]:
    """A page as JSON; what it does not say is left out at the end."""
    return _shortened(list(astuple(page)), _PLAIN_PAGE)


def to_page(values: list[Any]) -> Page:
    """A stored page as the schema's type."""
    start, end, index, label, canvas, image, size = _filled(values, _PAGE_DEFAULTS)
    return Page(
        start=start,
        end=end,
        index=index,
        label=label,
        canvas=canvas,
        image=image,
        size=(size[0], size[1]) if size else None,
    )


def place_values(place: Place) -> list[Any]:
    """A place as JSON; what it does not say is left out at the end."""
    return _shortened(list(astuple(place)), _PLAIN_PLACE)


def to_place(values: list[Any]) -> Place:
    """A stored place as the schema's type."""
    start, end, box, confidence, begin, finish, speaker, path = _filled(values, _PLACE_DEFAULTS)
    return Place(
        start=start,
        end=end,
        box=(box[0], box[1], box[2], box[3]) if box else None,
        confidence=confidence,
        begin=begin,
        finish=finish,
        speaker=speaker,
        path=path,
    )


def to_record(values: dict[str, Any] | None) -> Record | None:
    """A stored record as the schema's type."""
    if values is None:
        return None
    told = {name: _frozen(value) for name, value in values.items() if name != "agents"}
    return Record(agents=tuple(Agent(**one) for one in values.get("agents", ())), **told)


_PAGE_DEFAULTS: tuple[Any, ...] = (0, 0, 0, "", "", "", None)
_PLACE_DEFAULTS: tuple[Any, ...] = (0, 0, None, None, None, None, "", "")


def _shortened(values: list[Any], least: int) -> list[Any]:
    while len(values) > least and values[-1] in ("", None):
        values.pop()
    return values


def _filled(values: list[Any], defaults: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*values, *defaults[len(values) :])


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
