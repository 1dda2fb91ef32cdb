"""No claim without a test: docs/responsibility.md names some, and they are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rag_assistant.web.pages.responsibility import document, rendered
from rag_assistant.wording import LANGUAGES

REPOSITORY = Path(__file__).parents[2]
DOCUMENT = document("en").read_text(encoding="utf-8")
DUTIES = (*("Privacy", "Consent", "Accuracy", "Labour", "Digital divide", "Bias", "Transparency"),)


def test_each_duty_says_what_is_done_what_is_not_and_what_shows_it() -> None:
    parts = re.split(r"^## ", DOCUMENT, flags=re.MULTILINE)[1:]
    assert tuple(part.partition("\n")[0] for part in parts) == DUTIES
    for part in parts:
        assert "**What it does.**" in part
        assert "**What it does not do.**" in part
        assert len(re.findall(r"`tests/[^`]+`", part)) >= 3


def test_every_test_that_is_named_is_there() -> None:
    for named in re.findall(r"`(tests/[^`]+)`", DOCUMENT):
        path, _, function = named.partition("::")
        text = (REPOSITORY / path).read_text(encoding="utf-8")
        assert re.search(rf"^def {function or 'test_'}", text, re.MULTILINE), named


def shape(text: str) -> list[str]:
    """What is the same in every language: headings, bold leads, rows, tests, in their order."""
    found = re.findall(r"^#+ |^\*\*|^\| |`[^`]+`", text, re.MULTILINE)
    return [one for one in found if not one.startswith("`") or one.startswith("`tests/")]


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_each_language_says_the_same_things_of_the_same_tests(language: str) -> None:
    told = document(language).read_text(encoding="utf-8")
    assert shape(told) == shape(DOCUMENT)
    assert not {line for line in told.splitlines() if len(line.split()) > 2} & {
        line for line in DOCUMENT.splitlines() if len(line.split()) > 2
    }, "a line that nobody has translated"


def test_the_page_is_the_document() -> None:
    title, body = rendered(DOCUMENT)
    assert title == "How this works, and what it answers for"
    assert body.count("<h2>") == len(DUTIES)
    assert body.count("<table>") == len(DUTIES)


def test_html_in_it_is_text() -> None:
    _, body = rendered("# T\n\n<script>x</script> [a](javascript:x)\n")
    assert "<script" not in body
    assert "href" not in body
