"""The language of a short text, and what a reader is told of languages."""

from __future__ import annotations

import pytest

from rag_assistant.answer import Sentence
from rag_assistant.answering.language_notices import answered_otherwise, collections_lack
from rag_assistant.answering.languages import (
    commonest,
    lacks,
    language_of,
    reply_language,
    wrong_language,
)
from tests.fakes import make_hit


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Who was Ada Lovelace?"),
        ("en", "When was Der Spiegel founded?"),
        ("en", "Does the library hold Don Quixote?"),
        ("de", "Wer war Max Weber?"),
        ("de", "Was kostete der Eintritt 1934?"),
        ("fr", "Combien coûtait le billet en 1934 ?"),
        ("es", "¿Cuándo abre la biblioteca?"),
        ("it", "Quanto costava il biglietto del traghetto?"),
        ("nl", "Hoeveel kostte de veerboot in 1934?"),
        ("pl", "Ile kosztował bilet na prom w 1934 roku?"),
        ("pt", "Quanto custava o bilhete da balsa?"),
        ("cy", "Faint oedd pris y fferi yn 1934?"),
        ("sv", "När öppnades biblioteket?"),
        ("ru", "Когда открылась библиотека?"),
        ("el", "Πότε άνοιξε η βιβλιοθήκη;"),
        ("ja", "図書館はいつ開きましたか"),
        ("zh", "图书馆什么时候开门"),
    ],
)
def test_a_question_tells_its_language(language: str, text: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1934?",
        "Margaret Holt",
        "Der Spiegel",
        "Vincent van Gogh",
        "Ludwig Mies van der Rohe",
        "Carlos de la Torre",
        "Charles de Gaulle biography",
        "Université de Montréal",
        "Fernando Pessoa Lisboa",
        "ferry timetable 1934",
    ],
)
def test_names_and_a_few_words_tell_none(text: str) -> None:
    assert language_of(text) == "und"


def test_a_language_is_lacking_only_where_both_are_known() -> None:
    assert lacks("de", ["en", "und"])
    assert not lacks("de", ["en", "de"])
    assert not lacks("und", ["en"])
    assert not lacks("de", ["und"])
    assert not lacks("de", [])
    assert not lacks("no", ["nb"])


def test_a_search_is_put_into_the_language_of_most_hits() -> None:
    hits = [make_hit("a", rank=n, language=one) for n, one in enumerate(("cy", "en", "en", "de"))]
    assert commonest(hits, ("cy", "en")) == "en"
    assert commonest([], ("und", "cy", "en")) == "cy"
    assert commonest([], ("und",)) == "und"


def test_a_reply_in_another_language_is_seen_but_quotations_are_not_held_against_it() -> None:
    english = Sentence(
        text="The ferry left at eight in the morning.", citations=(1,), support="supported"
    )
    quoted = Sentence(text=english.text, citations=(1,), support="verbatim")
    german = Sentence(text="Die Fähre fuhr um acht Uhr ab.", citations=(1,), support="unchecked")
    assert wrong_language("de", [english])
    assert not wrong_language("de", [quoted, german])
    assert not wrong_language("de", [quoted])
    assert not wrong_language("und", [english])
    assert reply_language([english, german, german]) == "de"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("de", "Ihre Frage ist auf Deutsch; die durchsuchten Sammlungen sind auf Englisch und W"),
        (
            "fr",
            "Votre question est en français\u00a0; les collections consultées sont en anglais et",
        ),
        ("es", "Su pregunta está en español; las colecciones consultadas están en inglés y galés."),
        ("it", "La Sua domanda è in italiano; le collezioni consultate sono in inglese e gallese."),
        ("nl", "Uw vraag is in het Nederlands; de doorzochte collecties zijn in het Engels en W"),
        ("pl", "Język pytania: polski; język przeszukanych zbiorów: angielski i walijski."),
        ("pt", "A sua pergunta está em português; as coleções pesquisadas estão em inglês e galês"),
        ("sv", "Din fråga är på svenska; de genomsökta samlingarna är på engelska och walesiska."),
        ("ja", "Your question is in Japanese; the collections searched are in English and Welsh."),
    ],
)
def test_the_reader_is_told_in_the_questions_language(asked: str, words: str) -> None:
    assert collections_lack(asked, ["en", "und", "cy"]).startswith(words)


def test_the_reader_is_told_in_welsh() -> None:
    assert collections_lack("cy", ["en", "fr"]).startswith(
        "Iaith eich cwestiwn: Cymraeg; iaith y casgliadau a chwiliwyd: Saesneg, Ffrangeg."
    )


def test_no_notice_claims_that_nothing_exists() -> None:
    told = collections_lack("en", ["ota", "wuu", "zxx", "qqq"])
    assert "are in Ottoman Turkish, Wu Chinese, and qqq." in told
    assert "may therefore miss what exists" in collections_lack("en", ["de"])
    assert answered_otherwise("de", "en") == (
        "Ihre Frage ist auf Deutsch, das Sprachmodell hat aber auf Englisch geantwortet."
    )
    assert answered_otherwise("xx", "en").startswith("Your question is in xx, but")
