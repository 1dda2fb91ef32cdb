"""Languages: tags and detection."""

from __future__ import annotations

import time

import pytest

from rag_assistant.ports import Blob
from rag_assistant.readers import read_blob
from rag_assistant.readers.language import (
    LEAST_PROBABILITY,
    detect_language,
    languages_of,
    normalise_language,
    parted,
    tell,
)
from rag_assistant.splitting import sentences


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en-GB", "en"), ("EN", "en"), ("de_AT", "de"), ("ger", "de"), ("fra", "fr"),
        ("zh-Hant-TW", "zh"), ("gsw", "gsw"), ("und", ""), ("x-klingon", ""), ("", ""),
        ("English", ""), ("mao", "mi"),
    ],
)  # fmt: skip
def test_tags_become_primary_languages(tag: str, language: str) -> None:
    assert normalise_language(tag) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The library is open on Tuesdays and Thursdays from ten in the morning.", "en"),
        ("Die Bücherei hat dienstags und donnerstags ab zehn Uhr geöffnet.", "de"),
        ("La bibliothèque est ouverte le mardi et le jeudi dès dix heures.", "fr"),
        ("Open", "und"),
        ("12 34 56 " * 100, "und"),
    ],
)
def test_detection(text: str, language: str) -> None:
    assert detect_language([text]) == language


def test_a_foreign_title_page_does_not_decide_for_a_long_document() -> None:
    latin = "Liber primus de rebus gestis et de moribus civium nostrorum. " * 15
    english = "The minutes of the meeting were read and signed by the chairman. " * 900
    assert detect_language([latin, english]) == "en"


ENGLISH = "The minutes of the meeting were read and signed by the chairman of the council. "
GERMAN = "Die Mitglieder des Gemeinderates haben den Bericht über die Brücke angenommen. "
SPANISH = "Los miembros del consejo aprobaron el informe sobre el puente de hierro del río. "


def test_one_language_has_it_all() -> None:
    assert languages_of([ENGLISH * 20], "en") == (("en", 1.0),)
    assert languages_of(["12 34 56 " * 100], "und") == ()


def test_a_mixed_text_has_its_languages_by_their_shares() -> None:
    texts = [ENGLISH * 30, GERMAN * 12, SPANISH * 6]
    found = languages_of(texts, "en")
    assert [language for language, _ in found] == ["en", "de", "es"]
    sizes = [len(text) / sum(map(len, texts)) for text in texts]
    assert [share for _, share in found] == pytest.approx(sizes, abs=0.03)


def test_the_largest_language_names_a_document_that_does_not_say() -> None:
    document = read_blob(Blob(data=f"{ENGLISH * 5}\n\n{GERMAN * 20}".encode(), name="a.txt"))
    assert document.description.language == "de"
    assert [language for language, _ in document.description.languages] == ["de", "en"]


def test_what_a_document_says_of_itself_names_it() -> None:
    page = f'<html lang="en"><body><p>{GERMAN * 20}</p></body></html>'
    description = read_blob(Blob(data=page.encode(), name="a.html")).description
    assert (description.language, description.languages) == ("en", (("de", 1.0),))


def test_a_list_of_figures_is_no_other_language() -> None:
    figures = "".join(f"StPO {number} ({number * 3})\n" for number in range(9, 200))
    assert languages_of([GERMAN * 20, figures], "de") == (("de", 1.0),)


def test_a_language_that_no_detector_knows_is_believed() -> None:
    words = "Ko te reo Maori te reo tuatahi o Aotearoa, he taonga tuku iho no nga tupuna. "
    assert languages_of([words * 20], "mi") == (("mi", 1.0),)
    mixed = languages_of([words * 20, ENGLISH * 20], "mi")
    assert {language for language, _ in mixed} == {"mi", "en"}
    assert tell(words, ("mi", "en"))[0] == "mi"


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        (ENGLISH, "en"),
        (GERMAN, "de"),
        (SPANISH, "und"),  # none of the text's
        ("Ja.", "und"),  # too short to be told
        ("1868, 1902.", "und"),
    ],
)
def test_a_sentence_has_a_language_or_is_undetermined(sentence: str, language: str) -> None:
    found, probability = tell(sentence, ("en", "de"))
    assert found == language
    assert language == "und" or probability >= LEAST_PROBABILITY


def test_runs_of_one_language_cover_a_stretch() -> None:
    text = f"{ENGLISH}Nein. {GERMAN}{GERMAN}{ENGLISH}"
    runs = list(parted(text, (0, len(text)), ("en", "de"), sentences))
    assert [language for _, language in runs] == ["en", "de", "en"]
    told = [text[start:end] for (start, end), _ in runs]
    assert told == [f"{ENGLISH}Nein.", f"{GERMAN}{GERMAN}".strip(), ENGLISH.strip()]
    assert list(parted(text, (4, 90), ("en",), sentences)) == [((4, 90), None)]


def test_another_language_is_looked_for_in_bounded_time() -> None:
    noise = "".join(f"zq{number} xkrv wlmt{number} qqp " for number in range(60_000))
    begun = time.perf_counter()
    languages_of([noise], "en")
    assert time.perf_counter() - begun < 5
