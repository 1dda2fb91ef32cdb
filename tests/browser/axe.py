"""axe-core in a page: what it finds wrong for people with disabilities."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.devtools import Page

SCRIPT = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa")
BEST = "best-practice"
# What hangs on colours alone; all else is as it was when they change.
COLOURS = ("color-contrast", "link-in-text-block")
_ASKED = """axe.run(document, {
    runOnly: %s,
    resultTypes: ['violations'],
    rules: %s,
}).then(({violations}) => violations.map(({id, help, tags, nodes}) => ({
    id, help, tags,
    nodes: nodes.map(({target, html, any, all, none}) => ({
        target: target.flat(9).join(' >>> '), html,
        why: [...any, ...all, ...none].map((one) => one.message).join('; '),
    })),
})))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule that an element breaks.

    Attributes:
        rule: axe's name of the rule.
        target: A CSS selector of the element.
        why: What axe says of it.
        html: The element as it stands, cut where it is long.
        required: Whether WCAG 2.2 AA asks for it; the others are best practice.
    """

    rule: str
    target: str
    why: str
    html: str
    required: bool

    def __repr__(self) -> str:
        kind = "WCAG" if self.required else BEST
        return f"\n  {self.rule} ({kind}) at {self.target}\n    {self.why}\n    {self.html}"


class Axe:
    """Called with a page, it tells all violations of WCAG 2.0 to 2.2, A and AA, and best practice.

    Args:
        script: The text of axe.min.js. It is evaluated, for our pages let no script element in.
    """

    def __init__(self, script: str) -> None:
        self._script = script

    def __call__(self, page: Page) -> list[Violation]:
        """One entry an element and rule."""
        return self._run(page, [*WCAG, BEST], {"target-size": {"enabled": True}})

    def colours(self, page: Page) -> list[Violation]:
        """The same, of the rules that hang on colours alone: for a page in another theme."""
        return self._run(page, list(COLOURS), {})

    def _run(self, page: Page, only: list[str], rules: dict[str, Any]) -> list[Violation]:
        if not page.js("'axe' in window"):
            page.js(f"void (() => {{ {self._script} }})()")
        asked = _ASKED % (json.dumps(only), json.dumps(rules))
        return [one for found in page.js(asked) for one in _violations(found)]


def _violations(found: dict[str, Any]) -> Iterator[Violation]:
    for node in found["nodes"]:
        yield Violation(
            rule=found["id"],
            target=node["target"],
            why=re.sub(r"\s+", " ", node["why"]),
            html=re.sub(r"\s+", " ", node["html"])[:300],
            required=bool(set(WCAG) & set(found["tags"])),
        )
