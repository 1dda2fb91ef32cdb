"""How the languages of documents are measured."""

from __future__ import annotations

from evals.evaluators.languages import documents

ENGLISH = "The minutes of the meeting were read and signed by the chairman of the council."
GERMAN = "Die Mitglieder des Gemeinderates haben den Bericht über die Brücke angenommen."


def test_a_document_of_two_languages_is_told_from_one_of_one() -> None:
    found = documents(
        {
            "en": {f"a-{number}": " ".join([ENGLISH] * 3) for number in range(4)},
            "de": {f"a-{number}": " ".join([GERMAN] * 3) for number in range(4)},
        }
    )
    assert found["alone"] == {"a:en": 0.0, "a:de": 0.0}
    assert found["mixed.found"] == {"a:de-en:": 1.0}
    assert found["mixed.share_error"]["a:de-en:"] < 0.01
    assert set(found["mixed.told"].values()) == {1.0}
    assert len(found["mixed.told"]) == 12


def test_what_is_not_told_counts_against_it() -> None:
    wrong = {f"a-{number}": GERMAN for number in range(2)}
    found = documents({"en": wrong, "de": wrong})
    assert found["mixed.found"] == {"a:de-en:": 0.0}
    assert sum(found["mixed.told"].values()) == sum(found["mixed.mistaken"].values()) == 1.0
