"""What a question says of time, and what it does not."""

from __future__ import annotations

import pytest

from evals import gold
from rag_assistant.answering.times import Period, Times, read_times
from rag_assistant.dates import day_number

CHANGE = (
    "When did the ferry timetable change?",
    "when were the opening hours changed",
    "When did the library change its opening hours?",
    "When was the page last updated?",
    "What changed on the fees page?",
    "What has changed since March 2018?",
    "What is different on the website?",
    "Has the opening time changed?",
    "Have the ticket prices gone up?",
    "Did the fares change between 2016 and 2019?",
    "How did the fares change between 2016 and 2019?",
    "How did late-book charges change over the years?",
    "How has the rent of an allotment risen?",
    "How much have the fees changed?",
    "Wann hat sich der Fahrplan geändert?",
    "Wann wurden die Öffnungszeiten geändert?",
    "Hat sich der Eintrittspreis geändert?",
    "Wie haben sich die Gebühren zwischen 2015 und 2019 verändert?",
    "Was hat sich auf der Seite geändert?",
    "Quand les horaires ont-ils changé ?",
    "Quand est-ce que le tarif a changé ?",
    "Qu’est-ce qui a changé sur la page des tarifs ?",
    "Les horaires ont-ils changé ?",
    "¿Cuándo cambió el horario del ferry?",
    "¿Ha cambiado el precio de la entrada?",
    "¿Qué ha cambiado en la página de tarifas?",
    "Pryd newidiodd amserlen y fferi?",
    "Beth sydd wedi newid ar y dudalen?",
    "Ydy'r oriau agor wedi newid?",
)
SINCE = (
    "Since when does the museum close on Mondays?",
    "Seit wann ist montags geschlossen?",
    "Depuis quand le musée est-il fermé le lundi ?",
    "¿Desde cuándo cierra el museo los lunes?",
    "Ers pryd mae'r amgueddfa ar gau ar ddydd Llun?",
)
STILL = (
    "Is the library still open on Wednesdays?",
    "Can I still pay by cheque?",
    "Gibt es noch eine Mahngebühr?",
    "Le musée est-il toujours fermé le lundi ?",
    "¿Sigue abierto el museo?",
    "Ydy'r fferi'n rhedeg o hyd?",
)
AS_OF = {
    "What did the ferry page say in 2019?": "2019",
    "What did the ferry timetable say in May 2017?": "2017-05",
    "What did it say in 2019?": "2019",
    "How much was a ticket in 2016 according to the website?": "2016",
    "What were the opening hours on the website in 2014?": "2014",
    "As of 3 May 2017, when does the library open?": "2017-05-03",
    "What was the fare as of 2016-08?": "2016-08",
    "Was stand 2019 auf der Seite des Museums?": "2019",
    "Laut Website im Mai 2017: was kostet der Eintritt?": "2017-05",
    "Que disait la page des tarifs en 2019 ?": "2019",
    "¿Qué decía la página del museo en 2019?": "2019",
    "Beth oedd y dudalen yn ei ddweud yn 2019?": "2019",
}
ORDINARY = (
    "What happened in 1923?",
    "When was the bridge built?",
    "When did the mill close and how many lost their jobs?",
    "How did the town change after the flood?",
    "How was life changed by the railway?",
    "How did the war change the town?",
    "Did the flood change the river's course?",
    "When did you have to change trains?",
    "When did the mill change hands?",
    "What change did passengers have to make at Harcote?",
    "What changed after the war?",
    "Who changed the name of the street?",
    "When did the library stop charging fines?",
    "Why did they get rid of fines?",
    "What did the newspaper say in 1911?",
    "What does page 12 of the 2019 report say?",
    "What did the council say about the flood in 2014?",
    "Is the museum different from the library?",
    "Was the old mill still working in 1923?",
    "When was the law amended?",
    "Wann wurde die Brücke gebaut?",
    "Was war die Mühle 1923 noch?",
    "Quand le pont a-t-il été construit ?",
    "¿Cuándo se construyó el puente?",
    "Pryd adeiladwyd y bont?",
)


def days(first: tuple[int, int, int], last: tuple[int, int, int]) -> Period:
    return Period(first=day_number(*first), last=day_number(*last))


@pytest.mark.parametrize("question", CHANGE)
def test_questions_about_a_change(question: str) -> None:
    times = read_times(question)
    assert times.change
    assert not times.since
    assert times.as_of is None


@pytest.mark.parametrize("question", SINCE)
def test_since_when_asks_for_a_change_too(question: str) -> None:
    assert read_times(question).since
    assert read_times(question).change


@pytest.mark.parametrize("question", STILL)
def test_questions_about_now(question: str) -> None:
    assert read_times(question).still
    assert not read_times(question).change


@pytest.mark.parametrize(("question", "date"), AS_OF.items())
def test_what_a_page_said_then(question: str, date: str) -> None:
    times = read_times(question)
    assert times.as_of == date
    assert not times.change
    assert date[:4] not in times.undated


@pytest.mark.parametrize("question", ORDINARY)
def test_ordinary_questions_ask_nothing_of_captures(question: str) -> None:
    times = read_times(question)
    assert not times.change
    assert not times.still
    assert times.as_of is None


def test_the_local_history_questions_keep_their_way() -> None:
    questions = [one for one in gold.load() if one.collection == "local-history"]
    assert len(questions) > 40
    for question in questions:
        times = read_times(question.question)
        assert (times.change, times.still, times.as_of, times.period) == (False, False, None, None)


def test_only_the_last_change_is_wanted() -> None:
    assert read_times("When did the fares last change?").latest
    assert read_times("Wann hat sich der Fahrplan zuletzt geändert?").latest
    assert not read_times("When did the time of the last ferry change?").latest


@pytest.mark.parametrize(
    ("question", "period"),
    [
        ("Was the library open in 2017?", days((2017, 1, 1), (2017, 12, 31))),
        ("Was the library open in May 2017?", days((2017, 5, 1), (2017, 5, 31))),
        ("Was it open on 3rd May, 2017?", days((2017, 5, 3), (2017, 5, 3))),
        ("Was it open on May 3, 2017?", days((2017, 5, 3), (2017, 5, 3))),
        ("Was it open on 2017-05-03?", days((2017, 5, 3), (2017, 5, 3))),
        ("What changed between 2016 and 2019?", days((2016, 1, 1), (2019, 12, 31))),
        ("War im März 2018 offen?", days((2018, 3, 1), (2018, 3, 31))),
        ("Ouvert le 3 août 2018 ?", days((2018, 8, 3), (2018, 8, 3))),
        ("¿Abierto el 3 de agosto de 2018?", days((2018, 8, 3), (2018, 8, 3))),
        ("Ar agor ym mis Awst 2018?", days((2018, 8, 1), (2018, 8, 31))),
        ("What changed since 2018?", Period(first=day_number(2018, 1, 1), last=None)),
        ("What changed before 2018?", Period(first=None, last=day_number(2018, 12, 31))),
        ("What happened in 1923?", None),
        ("Was it £2016 or 2,019 pounds?", None),
        ("Was it open on 31 February 2017?", None),
    ],
)
def test_periods(question: str, period: Period | None) -> None:
    assert read_times(question).period == period


def test_a_period_overlaps_what_shares_a_day_with_it() -> None:
    period = Period(first=10, last=20)
    assert period.overlaps(20, 30)
    assert period.overlaps(0, 10)
    assert not period.overlaps(21, 30)
    assert not period.overlaps(0, 9)
    assert Period(first=None, last=20).overlaps(-9999, 0)
    assert Period(first=10, last=None).overlaps(99, 9999)


def test_the_topic_is_what_is_left_of_a_question() -> None:
    def topic(question: str) -> str:
        return read_times(question).topic

    assert (
        topic("How did the fares change between 2016 and 2019?") == "How did the fares between and"
    )
    assert topic("What changed on the fees page?") == "What on the fees"
    assert (
        topic("Since when does the museum close on Mondays?") == "does the museum close on Mondays?"
    )


def test_pages_announce_hours_and_prices_and_no_strikes() -> None:
    def announced(times: Times) -> bool:
        return times.announced

    assert announced(read_times("When did the opening hours change?"))
    assert announced(read_times("Wie haben sich die Eintrittspreise verändert?"))
    assert not announced(read_times("How has the town changed over the years?"))


def test_the_past_is_told_from_the_present() -> None:
    assert read_times("How much was the ferry before it cost £1.80?").past
    assert not read_times("How much is the ferry?").past
    assert not read_times("How much was the ferry in 2017?").past
