"""A page's own style sheets, as far as they can hide text, written into its style attributes.

Only ``<style>`` elements are followed; a linked sheet is not part of the page's file. Selectors
are resiliparse's. Rules that no screen is sure to follow, under conditions or for states such as
``:target``, hide nothing; where they show what others hide, that is written beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

MAY = "--may-"
"""Begins the name of a property that a rule may set, if its condition or its state holds."""
CUT = "--not-all-followed"
"""The property of a page's root that says that its sheets were too much to write out."""

_NOT_RULES = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_BRACE = re.compile(r"[{}]")
_CONDITION = re.compile(
    r"@(?:media\s*(?:(?:only\s+)?(?:all|screen))?|layer\b[^{};]*)\s*", re.IGNORECASE
)
_ON_SCREENS = re.compile(
    r"@(?:(?:media|supports|container|scope)\b(?!\s*(?:only\s+)?print\s*$)|layer\b)", re.IGNORECASE
)
_SHOWING = re.compile(
    r"display\s*:(?!\s*none)|visibility\s*:(?!\s*(?:hidden|collapse))|font(?:-size)?\s*:(?!\s*0)",
    re.IGNORECASE,
)
_STATES = re.compile(r"(?P<before>[^\s>+~,]?)(?::[\w-]+(?:\((?:[^()]++|\([^()]*+\))*+\))?)+")
_NO_ELEMENT = re.compile(r"::|:(?:before|after|first-line|first-letter)\b", re.IGNORECASE)
_SELECTOR = re.compile(r"(?:[^,()]++|\((?:[^()]++|\([^()]*+\))*+\)|[()])++")
_TELLING = re.compile(
    r"(?:display|visibility|font|text-indent|position|left|top|color|background|opacity|clip|"
    r"height|width|overflow|transform)\b",
    re.IGNORECASE,
)
_IMPORTANT = re.compile(r"!\s*important", re.IGNORECASE)
_ID, _CLASS, _TAG = (re.compile(p) for p in (r"#[\w-]", r"[.\[][\w-]", r"(?:^|[\s>+~])[A-Za-z]"))

_MOST_CHARACTERS = 400_000
_MOST_RULES = 2000
_MOST_WRITTEN = 2_000_000  # characters, over all elements of a page
_LONGEST_SELECTOR = 200
_DEEPEST = 4

_Order = tuple[bool, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """One selector; ``sure`` unless it is followed under a condition or in a state only."""

    selector: str
    declarations: str
    sure: bool


def written_into_attributes(page: Any) -> None:
    """Put what the sheets say of an element before what its own ``style`` says, which wins.

    Args:
        page: A resiliparse ``HTMLTree``, which is changed.
    """
    document = page.document
    if document is None:
        return
    said: dict[Any, list[tuple[_Order, str]]] = {}
    room = _MOST_WRITTEN
    for rule in _page_rules(document):
        order = _order(rule)
        elements = _matching(document, rule.selector)
        fitting = elements[: room // len(rule.declarations)]
        room -= len(fitting) * len(rule.declarations)
        for element in fitting:
            said.setdefault(element, []).append((order, rule.declarations))
        if len(fitting) < len(elements):
            said.setdefault(document.query_selector("html"), []).append((order, f"{CUT}:1"))
            break
    for element, rules in said.items():
        rules.sort(key=lambda rule: rule[0])
        own = element.getattr("style") or ""
        weak = [words for order, words in rules if not order[0]]
        strong = [words for order, words in rules if order[0]]
        element.setattr("style", ";".join([*weak, own, *strong]))


def _page_rules(document: Any) -> Iterator[_Rule]:
    """The rules of all sheets, those that hold on every screen first."""
    sheets = [
        (style.text, f"@media {style.getattr('media') or ''}")
        for style in document.query_selector_all("style")[:]
    ]
    always = [text for text, media in sheets if _CONDITION.fullmatch(media)]
    at_times = [
        text
        for text, media in sheets
        if not _CONDITION.fullmatch(media) and _ON_SCREENS.match(media)
    ]
    rules = list(_rules(_bare("\n".join(always)), sure=True))
    unsure = list(_rules(_bare("\n".join(at_times)), sure=False))
    yield from islice(_selected([rule for rule in rules if rule[2]], sure=True), _MOST_RULES)
    yield from islice(_selected([*rules, *unsure], sure=False), _MOST_RULES)


def _bare(sheet: str) -> str:
    return _NOT_RULES.sub(" ", sheet[:_MOST_CHARACTERS])


def _selected(rules: list[tuple[str, str, bool]], *, sure: bool) -> Iterator[_Rule]:
    """Each selector with its declarations; important ones come by themselves.

    Args:
        rules: Selectors, body, and whether it is followed on every screen.
        sure: Whether to give what is surely followed, or what shows elements if it is.
    """
    for selectors, body, always in rules:
        told = [one.strip() for one in body.split(";") if _TELLING.match(one.strip())]
        for selector in map(str.strip, _SELECTOR.findall(selectors)):
            if (always and ":" not in selector) is not sure or _NO_ELEMENT.search(selector):
                continue
            words = told if sure else [MAY + one for one in told if _SHOWING.match(one)]
            for important in (False, True):
                half = [one for one in words if bool(_IMPORTANT.search(one)) is important]
                if half:
                    yield _Rule(
                        selector=selector if sure else _STATES.sub(_without_states, selector),
                        declarations=";".join(half),
                        sure=sure,
                    )


def _without_states(states: re.Match[str]) -> str:
    return states["before"] or "*"


def _rules(sheet: str, depth: int = 0, *, sure: bool) -> Iterator[tuple[str, str, bool]]:
    """Selectors, the body of each rule, and whether it holds on every screen."""
    for prelude, body in _blocks(sheet):
        if not prelude.startswith("@"):
            yield prelude, body, sure
        elif depth < _DEEPEST and _ON_SCREENS.match(prelude):
            always = sure and bool(_CONDITION.fullmatch(prelude))
            yield from _rules(body, depth + 1, sure=always)


def _blocks(sheet: str) -> Iterator[tuple[str, str]]:
    """What stands before each pair of outer braces, and between them."""
    start = level = opened = 0
    for brace in _BRACE.finditer(sheet):
        if brace[0] == "{":
            level += 1
            opened = brace.end() if level == 1 else opened
        elif level:
            level -= 1
            if not level:
                prelude = sheet[start : opened - 1].rpartition(";")[2].strip()
                yield prelude, sheet[opened : brace.start()]
                start = brace.end()
        else:
            start = brace.end()


def _order(rule: _Rule) -> _Order:
    """The cascade's: importance, then specificity; of equals the later one wins.

    What may be comes last, as states and the sheet's later part mostly outweigh what they amend.
    """
    important = bool(_IMPORTANT.search(rule.declarations))
    if not rule.sure:
        return important, _MOST_CHARACTERS, 0, 0
    ids, classes, tags = (len(kind.findall(rule.selector)) for kind in (_ID, _CLASS, _TAG))
    return important, ids, classes, tags


def _matching(document: Any, selector: str) -> list[Any]:
    """The elements; none for what is no selector."""
    if not selector or len(selector) > _LONGEST_SELECTOR:
        return []
    from resiliparse.parse.html import CSSParserException

    try:
        # A slice asks once; iterating would ask again for each element.
        return list(document.query_selector_all(selector)[:])
    except CSSParserException:
        return []
