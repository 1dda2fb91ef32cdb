"""Notes beside an answer, in whole sentences; its cost as the server counted it."""

from __future__ import annotations

import pytest

from rag_assistant import noting
from rag_assistant.ports import Draft, Usage


def draft(*, dropped: int = 0, trimmed: tuple[str, ...] = (), usage: Usage | None = None) -> Draft:
    return Draft(
        sentences=(), quotes=(), written=True, dropped=dropped, trimmed=trimmed, usage=usage
    )


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (1, "1 sentence was left out because no cited source supports it."),
        (2, "2 sentences were left out because no cited source supports them."),
    ],
)
def test_what_was_left_out_is_told(number: int, told: str) -> None:
    assert [one.text for one in noting.of_draft(draft(dropped=number))] == [told]


def test_what_the_model_did_not_see_is_told() -> None:
    (note,) = noting.of_draft(draft(trimmed=("2 earlier turns left out", "1 passage left out")))
    assert note.text == "Not everything was used: 2 earlier turns left out; 1 passage left out."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(7.6, "8 seconds"), (43, "40 seconds"), (118, "120 seconds"), (200, "3 minutes")],
)
def test_an_offer_says_how_long_it_takes(seconds: float, words: str) -> None:
    told = f"A written answer needs about {words} on this computer. Write it?"
    assert noting.offer(seconds) == told


def test_energy_is_seconds_times_power() -> None:
    used = Usage(prompt_tokens=900, answer_tokens=80, prompt_seconds=18.0, answer_seconds=18.0)
    cost = noting.cost_of(draft(usage=used), 50)
    assert cost is not None
    assert (cost.prompt_tokens, cost.answer_tokens, cost.seconds) == (900, 80, 36.0)
    assert cost.energy_wh == 0.5


def test_no_counts_no_cost() -> None:
    assert noting.cost_of(draft(), 50) is None
