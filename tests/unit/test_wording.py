"""Words in several languages."""

from __future__ import annotations

import ast
import re
import threading
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from rag_assistant import wording
from rag_assistant.dates import told_day
from rag_assistant.wording import (
    asked_for,
    decimal,
    in_language,
    negotiated,
    number,
    say,
    say_n,
    speaking,
    spoken,
)


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small catalogue in place of ours."""
    (tmp_path / "de.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        'msgid "Sources of {title}"\nmsgstr "Quellen von {title}"\n\n'
        'msgid "{n} source"\nmsgid_plural "{n} sources"\n'
        'msgstr[0] "{n} Quelle"\nmsgstr[1] "{n} Quellen"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(wording, "LOCALES", tmp_path)
    monkeypatch.setattr(wording, "_catalogue", wording._catalogue.__wrapped__)


@pytest.mark.usefixtures("german")
def test_words_are_said_in_the_language_of_the_block() -> None:
    assert say("Sources of {title}", title="{x}") == "Sources of {x}"
    with speaking("de"):
        assert say("Sources of {title}", title="A & B") == "Quellen von A & B"
        assert say_n("{n} source", "{n} sources", 1) == "1 Quelle"
        assert say_n("{n} source", "{n} sources", 12000) == "12.000 Quellen"
        assert say("Nobody translated this") == "Nobody translated this"
    assert say_n("{n} source", "{n} sources", 12000) == "12,000 sources"


def test_an_unknown_language_is_english() -> None:
    with speaking("tlh"):
        assert spoken() == "en"
        assert number(1234567) == "1,234,567"


def test_a_generator_keeps_its_language_in_every_thread() -> None:
    def steps() -> Generator[str]:
        for _ in range(3):
            yield spoken()

    driven = in_language("fr", steps())
    heard: list[str] = []
    for _ in range(3):
        thread = threading.Thread(target=lambda: heard.append(next(driven)))
        thread.start()
        thread.join()
    assert heard == ["fr", "fr", "fr"]
    assert spoken() == "en"


def test_closing_closes_the_steps() -> None:
    closed: list[str] = []

    def steps() -> Generator[int]:
        try:
            yield 1
            yield 2
        finally:
            closed.append(spoken())

    driven = in_language("es", steps())
    assert next(driven) == 1
    driven.close()
    assert closed == ["es"]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("it,fr;q=0.3,es;q=0.7", "es"),
        ("en;q=0.1,de;q=0", "en"),
        ("de;q=zero", "en"),
        ("*", "en"),
        ("", "en"),
    ],
)
def test_the_browser_says_what_is_read(accepted: str, language: str) -> None:
    assert negotiated(accepted) == language


def test_figures_and_days_are_written_as_the_language_does() -> None:
    assert (decimal(1234.5, 1), decimal(12.4, 0)) == ("1234.5", "12")
    assert told_day("20190503120000") == "3 May 2019"
    with speaking("de"):
        assert (decimal(1234.5, 1), decimal(0.1, 2)) == ("1.234,5", "0,10")
        assert told_day("20190503120000") == "3. Mai 2019"
    with speaking("es"):
        assert told_day("20190503120000") == "3 de mayo de 2019"


_MADE = {"tag": 1, "link": 1, "hidden": 0, "join": 0}  # which argument is the first that is read
_READ = {"title", "aria_label", "alt", "label", "info", "placeholder"}
_WEB = Path(wording.__file__).parent / "web"


def _unsaid(source: str) -> Iterator[str]:
    """English words that reach a page as they stand, and not through `say`."""
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call):
            continue
        name = ast.unparse(call.func)
        if name not in _MADE and not name.startswith("gr."):
            continue
        shown = call.args[_MADE.get(name, 0) :]
        shown += [one.value for one in call.keywords if one.arg in _READ]
        for one in shown:
            sides = [one.body, one.orelse] if isinstance(one, ast.IfExp) else [one]
            yield from (text for side in sides for text in _literals(side) if _WORDS.search(text))


def _literals(node: ast.expr) -> Iterator[str]:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


_WORDS = re.compile(r"[A-Z][a-z]|[A-Za-z]{2,} |[A-Za-z] [A-Za-z]")


@pytest.mark.parametrize("path", sorted(_WEB.rglob("*.py")), ids=lambda path: path.stem)
def test_what_people_read_on_pages_is_said(path: Path) -> None:
    assert not list(_unsaid(path.read_text(encoding="utf-8")))


def test_words_that_are_not_said_are_found() -> None:
    found = _unsaid('tag("p", "Not here")\ngr.Button("Ask")\nhidden(f"in {n} captures")\n')
    assert list(found) == ["Not here", "Ask", "in "]
    assert not list(_unsaid('tag("p", say("Not here"), class_="plain wide")'))


@pytest.mark.parametrize("path", sorted(_WEB.parent.rglob("*.py")), ids=lambda path: path.stem)
def test_every_key_is_a_literal_that_is_extracted(path: Path) -> None:
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("say", "say_n", "say_in"):
            assert not any(isinstance(one, ast.JoinedStr | ast.BinOp) for one in call.args[:1])


def test_a_language_that_was_named_comes_before_the_browsers() -> None:
    assert asked_for("fr", "de") == "fr"
    assert asked_for("", "de-AT, en;q=0.5") == "de"
    assert asked_for("tlh", "") == "en"
