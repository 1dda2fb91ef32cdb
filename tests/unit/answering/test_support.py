"""The support check: what it finds, and what it says is missing."""

from __future__ import annotations

import pytest

from rag_assistant.answering.comparing import Source
from rag_assistant.answering.support import (
    best_span,
    check,
    embedded,
    features,
    find_verbatim,
    score,
)
from tests.fakes import FakeEmbedder, make_hit

PASSAGE = (
    "The reading room opened in June 1893 with 1,200 books. Margaret Holt paid for the clock. "
    "The committee did not admit children before the war."
)
SOURCE = [Source(text=PASSAGE, language="en")]


@pytest.mark.parametrize(
    "sentence",
    [
        "Margaret Holt paid for the clock.",
        "Margaret Holt\n paid for  the clock",
        "with 1,200 books",
    ],
)
def test_words_of_the_source_are_verbatim(sentence: str) -> None:
    assert check(sentence, SOURCE) == ("verbatim", None)


@pytest.mark.parametrize(
    "sentence",
    [
        "The room for reading opened in June 1893.",
        "When it opened, the reading room had 1200 books.",
        "The clock was paid for by Margaret Holt.",
        "Before the war children were not admitted by the committee.",
    ],
)
def test_what_the_source_says_in_other_words_is_supported(sentence: str) -> None:
    assert check(sentence, SOURCE) == ("supported", None)


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("The reading room opened in 1934.", "the figure 1934 is not in the cited source"),
        ("The reading room opened in May 1893.", "the figure May is not in the cited source"),
        ("Twelve books were in the room.", "the figure Twelve is not in the cited source"),
        ("The clock was paid for by Ada Marsh.", "the name Ada is not in the cited source"),
        ("Later the roof was mended with slate.", "the cited source says too little of this"),
        (
            "Before the war the committee admitted children.",
            "the source says this with 'not'",
        ),
        (
            "Margaret Holt never paid for the clock.",
            "the source says this without 'not'",
        ),
    ],
)
def test_what_the_source_lacks_is_named(sentence: str, reason: str) -> None:
    assert check(sentence, SOURCE) == ("unsupported", reason)


def test_without_a_source_nothing_is_supported() -> None:
    assert check("Margaret Holt paid for the clock.", []) == ("unsupported", "no source is cited")
    assert score("Margaret Holt paid for the clock.", []) == 0.0


def test_several_sources_support_together() -> None:
    both = [Source(text="Ada Marsh wrote the catalogue."), Source(text="It has 300 pages.")]
    assert check("The catalogue which Ada Marsh wrote has 300 pages.", both)[0] == "supported"


def test_other_languages_have_their_own_small_words() -> None:
    german = [Source(text="Die Bibliothek wurde im März 1893 eröffnet.", language="de")]
    assert check("Eröffnet wurde die Bibliothek im März 1893.", german)[0] == "supported"
    refused = check("Die Bibliothek wurde im März 1893 nicht eröffnet.", german)
    assert refused == ("unsupported", "the source says this without 'not'")
    month = [Source(text="Elle fut fondée en 1893-06.", language="fr")]
    assert check("Elle fut fondée en juin 1893.", month)[0] == "supported"


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        # Said of somebody else: beside "clock" the source has another name.
        (
            "Long ago a certain Ada Marsh paid for a clock.",
            "the name Ada is not in the cited source",
        ),
        # The figure stands in the source, but far from what is said.
        (
            "The new wing was built of brick in 1893.",
            "the source says this without the figure 1893",
        ),
        # One "not" of two was lost.
        (
            "The wing was never painted, and it was heated.",
            "the source says this with 'not'",
        ),
    ],
)
def test_a_place_that_says_nearly_the_same_otherwise_contradicts(
    sentence: str, reason: str
) -> None:
    longer = (
        f"{PASSAGE} Margaret Holt paid for a clock. The roof leaked. "
        "The new wing was built of brick. The wing was never painted, and it was not heated."
    )
    assert check(sentence, [Source(text=longer, language="en")]) == ("unsupported", reason)


@pytest.mark.parametrize(
    "frame",
    ["According to the passages, ", "One source says that ", "Other sources also state ", "Also, "],
)
def test_that_a_source_says_it_says_nothing(frame: str) -> None:
    assert check(f"{frame}Margaret Holt paid for clocks.", SOURCE)[0] == "supported"
    assert check(f"{frame}Margaret Holt paid for the roof in 1712.", SOURCE)[0] == "unsupported"


def test_what_one_sentence_says_is_supported_whatever_surrounds_it() -> None:
    apart = "Rain fell on slates. " * 30 + PASSAGE
    said = "For the clock paid Margaret Holt."
    assert check(said, [Source(text=apart, language="en")], FakeEmbedder()) == ("supported", None)


def test_a_name_of_several_words_is_held_whole() -> None:
    source = [Source(text="Every spring Barbara Feldon came by the ferry from Aberdeen.")]
    told = "Barbara Gulliver acted as an agent in a serial about Aberdeen."
    assert check(told, source) == ("unsupported", "the name Gulliver is not in the cited source")


def test_a_not_in_what_is_left_out_refuses_nothing() -> None:
    source = [
        Source(text="Players who are not drafted are free to sign with any team they choose.")
    ]
    assert check("Players are free to sign with any team.", source) == ("supported", None)
    assert check("Players who are drafted are free to sign with any team.", source) == (
        "unsupported",
        "the source says this with 'not'",
    )


def test_a_question_states_nothing() -> None:
    assert check("Who paid for the clock of Margaret Holt?", SOURCE) == (
        "unsupported",
        "a question states nothing",
    )


def test_a_missing_name_alone_does_not_speak_against_a_sentence() -> None:
    told = "Margaret Holt paid for the clock, and the committee admitted no children in Lutton."
    assert check(told, SOURCE) == ("supported", None)


def test_the_number_of_an_item_in_a_list_is_no_figure() -> None:
    assert check("7. The clock was paid for by Margaret Holt.", SOURCE)[0] == "supported"
    german = [Source(text="Margarete stiftete die große Uhr.", language="de")]
    dated = check("12. Mai: Margarete stiftete die Uhr.", german)
    assert dated == ("unsupported", "the figure 12 is not in the cited source")


def test_a_people_is_held_by_its_country() -> None:
    source = [Source(text="The reading room kept maps of Europe and of Italy.", language="en")]
    assert features("Maps of European and Italian towns were kept.", source).names == 1.0
    assert features("Maps of Asian towns and of Peru were kept.", source).names == 0.0


def test_vectors_count_for_english_and_each_source_is_embedded_once() -> None:
    embedder = FakeEmbedder()
    source = embedded(SOURCE[0], embedder)
    for sentence in ("Holt gave the clock.", "The war came.", "Children stayed out."):
        assert features(sentence, [source], embedder).similarity is not None
    assert embedder.embedded.count(PASSAGE) == 1
    german = Source(text="Die Uhr stiftete Margarete.", language="de")
    assert embedded(german, embedder).vector is None
    assert features("Margarete stiftete die Uhr.", [german], embedder).similarity is None
    assert features("Holt gave the clock.", SOURCE).similarity is None


def test_likeness_in_meaning_raises_the_score() -> None:
    embedder = FakeEmbedder()
    near = "Margaret Holt paid for the clock when the reading room opened."
    far = "Margaret Holt left, and nobody heard of the woman afterwards."
    assert score(near, SOURCE, embedder) > score(far, SOURCE, embedder)


def test_one_or_two_words_are_never_verbatim() -> None:
    assert find_verbatim("the clock", PASSAGE) is None
    assert find_verbatim("room opened in Jun", PASSAGE) is None


def test_the_score_orders_sentences() -> None:
    told = score("The clock was paid for by Margaret Holt.", SOURCE)
    half = score("The clock was made in Vienna by Karl Weiss.", SOURCE)
    assert told > half > score("Rain fell on Lisbon.", SOURCE)


@pytest.mark.parametrize(
    ("sentence", "quoted"),
    [
        ("paid for the clock", "Margaret Holt paid for the clock."),
        ("The clock was paid for by Margaret Holt.", "Margaret Holt paid for the clock."),
        (
            "The reading room opened in 1893, and Margaret Holt paid for its clock.",
            "The reading room opened in June 1893 with 1,200 books. "
            "Margaret Holt paid for the clock.",
        ),
    ],
)
def test_the_best_span_is_whole_sentences_of_the_passage(sentence: str, quoted: str) -> None:
    entry = make_hit(PASSAGE, start=500).entry
    start, end = best_span(sentence, entry)
    assert PASSAGE[start - 500 : end - 500] == quoted


def test_a_passage_without_sentences_is_quoted_whole() -> None:
    entry = make_hit("no stop here", start=7, sentences=()).entry
    assert best_span("anything else", entry) == (7, 19)


FERRY = Source(
    text="The ferry ran from June 1934, as in the nineteenth century. It left at 4.30 p.m. and "
    "carried 10,000 people for two shillings and 5 million marks. It closed in the 1950s.",
    language="en",
)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("de", "Die Fähre fuhr ab Juni 1934 wie schon im 19. Jahrhundert."),
        ("de", "Die Fähre legte um 16:30 Uhr ab und kostete zwei Schilling."),
        ("de", "Sie legte um 16.30 Uhr ab und beförderte 10.000 Menschen für 5 Mio. Mark."),
        ("fr", "Le bac a transporté 10 000 personnes pour deux shillings."),
        ("es", "El servicio terminó en los años 50 y no volvió."),
        ("nl", "De veerboot was er niet voor de kinderen van de stad."),
        ("und", "Die Fähre fuhr ab Juni 1934 wie schon im 19. Jahrhundert."),
        ("de", "Sie fuhr am Abend."),
    ],
)
def test_another_language_than_the_sources_is_unchecked(asked: str, sentence: str) -> None:
    assert check(sentence, [FERRY], asked=asked) == (
        "unchecked",
        "the source is in another language",
    )


@pytest.mark.parametrize(
    ("asked", "sentence", "figure"),
    [
        ("de", "Die Fähre fuhr ab Juni 1935 wie schon im 19. Jahrhundert.", "1935"),
        ("de", "Die Fähre fuhr seit dem Mai 1934 auf dieser Strecke.", "Mai"),
        ("de", "Die Fähre kostete damals drei Schilling für alle.", "drei"),
        ("nl", "De veerboot van 1936 was er niet voor de kinderen.", "1936"),
        ("fr", "Le bac a transporté 12 000 personnes pour deux shillings.", "12\u00a0000"),
    ],
)
def test_figures_speak_against_a_sentence_in_any_language(
    asked: str, sentence: str, figure: str
) -> None:
    assert check(sentence, [FERRY], asked=asked) == (
        "unsupported",
        f"the figure {figure} is not in the cited source",
    )


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("en", "Die Fähre war den Kindern der Stadt verboten."),  # not what was asked in
        ("fr", "Die Fähre war den Kindern der Stadt verboten."),
        ("de", "The ferry was forbidden to the children of the town."),  # as the source is
        ("de", "HACKED-CANARY"),  # nothing tells its language
    ],
)
def test_only_the_language_that_was_asked_in_is_excused(asked: str, sentence: str) -> None:
    assert check(sentence, [FERRY], asked=asked)[0] == "unsupported"


def test_what_words_can_compare_is_compared() -> None:
    german = Source(text="Die Fähre fuhr am Abend nach Harlow.", language="de")
    sentence = "Am Abend fuhr die Fähre nach Harlow."
    assert check(sentence, [german], asked="de")[0] == "supported"
    assert check(sentence, [FERRY, german], asked="de")[0] == "supported"
    wrong = "Die Fähre war den Kindern der Stadt verboten."
    assert check(wrong, [german], asked="de")[0] == "unsupported"
    assert check(wrong, [FERRY, german], asked="de")[0] == "unchecked"
    assert check("Die Fähre fuhr nie am Abend nach Harlow.", [FERRY, german], asked="de") == (
        "unsupported",
        "the source says this without 'not'",
    )
    quoted = [Source(text="Ferry to Harlow", language="de")]
    assert check("Ferry to Harlow", quoted, asked="en")[0] == "verbatim"


def test_without_a_source_no_language_is_excused() -> None:
    assert check("Die Fähre fuhr am Abend.", [], asked="de") == (
        "unsupported",
        "no source is cited",
    )
