"""One thing changed in a sentence, always the same one."""

from __future__ import annotations

import pytest

from evals.corruption import digit, name, negation


def test_one_digit_becomes_another() -> None:
    sentence = "It opened in 1893 with 1,200 books."
    changed = digit(sentence)
    assert changed is not None
    assert changed == digit(sentence)
    differing = [(old, new) for old, new in zip(sentence, changed, strict=True) if old != new]
    assert len(differing) == 1
    assert all(character.isdigit() for character in differing[0])


def test_one_name_becomes_another_of_the_corpus() -> None:
    change = name(["The clock of Ada stopped.", "He met Karl in June."])
    assert change("The keys of Margaret were lost.") in {
        f"The keys of {other} were lost." for other in ("Ada", "Karl", "June")
    }
    assert name(["The clock of Ada stopped."])("The clock of Ada stopped.") is None


@pytest.mark.parametrize(
    ("sentence", "changed"),
    [
        ("It was open.", "It was not open."),
        ("It was not open.", "It was open."),
        ("They didn't come.", "They did come."),
        ("They cannot come.", "They can come."),
        ("She never came.", "She came."),
    ],
)
def test_a_not_is_put_in_or_taken_out(sentence: str, changed: str) -> None:
    assert negation(sentence) == changed


def test_what_is_not_there_cannot_be_changed() -> None:
    plain = "Clocks stopped early."
    assert [digit(plain), name(["of Ada"])(plain), negation(plain)] == [None, None, None]
