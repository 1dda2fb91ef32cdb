"""Questions about time, asked of an archive in which the same pages were captured often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import jsonschema
import pytest

from rag_assistant import Assistant, rerunning
from rag_assistant.answer import Answer, Citation, Sentence
from rag_assistant.answer_schema import answer_schema
from rag_assistant.asking import Question
from rag_assistant.cli.source import LocalSource
from rag_assistant.config import Settings, load_settings
from rag_assistant.errors import NotFoundError
from rag_assistant.ports import Token
from rag_assistant.retrieval import Retrieved
from rag_assistant.schema import Audience, Filters
from tests.archives import ArchiveBuilder
from tests.integration.conftest import write_collection

pytestmark = pytest.mark.integration

HARBOUR = "http://www.harbour.example/"
FERRY, BATHS, MUSEUM, SCHOOL, LIGHT = (
    f"{HARBOUR}{name}.html" for name in ("ferry", "baths", "museum", "school", "light")
)
BOAT = "The Heron carries forty passengers and crosses the bay to Gull Island on every day."
DOGS = "Dogs travel free on the open deck, and bicycles are carried where there is room for them."
LAST_BOAT = {
    "first": "The last boat of the day leaves Gull Island for the mainland at half past five.",
    "second": "The last boat of the day leaves Gull Island for the mainland at seven o'clock.",
    "staff": "The last boat of the day leaves Gull Island for the mainland at midnight.",
}
SINGLE = {
    "first": "A single ticket costs £3.00 for adults and £1.50 for children.",
    "second": "A single ticket costs £4.20 for adults and £2.10 for children.",
    "staff": "A single ticket costs £9.99 for adults and £5.55 for children.",
}
SWIM = {
    2016: "The swimming baths are open from Tuesday to Sunday, and a swim costs £2.20.",
    2018: "The swimming baths are open from Tuesday to Sunday, and a swim costs £2.80.",
    2021: "The swimming baths are closed on Sundays, and a swim costs £3.50.",
}
POOL = (
    "The pool is twenty-five metres long and was filled from the sea until the heating was put in."
)
CURATOR = "The museum of fishing keeps nine hundred nets, and admission to it costs two pounds."
HISTORY = "The village school was built in 1862 by the fishermen themselves, who gave the stone."
LAMP = "The lighthouse on Gull Island is lit at dusk, and its keeper shows visitors the lamp."


def page(title: str, *paragraphs: str) -> bytes:
    body = "".join(f"<p>{one}</p>" for one in paragraphs)
    return (
        f"<html lang='en'><head><title>{title}</title></head>"
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    ).encode()


def ferry(version: str) -> bytes:
    return page("Ferry timetable", BOAT, LAST_BOAT[version], SINGLE[version], DOGS)


def baths(version: int) -> bytes:
    return page("Swimming baths", POOL, SWIM[version])


def light() -> bytes:
    """A page that states its own date."""
    dated = b"<head><meta name='date' content='2009-04-01'>"
    return page("The lighthouse", LAMP).replace(b"<head>", dated)


def write_archive(path: Path, captures: Sequence[tuple[str, str, bytes]]) -> None:
    archive = ArchiveBuilder()
    for uri, date, body in captures:
        archive.response(body, uri=uri, WARC_Date=f"{date}T10:00:00Z")
    archive.save(path)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A public archive, and one for the staff with a later version of the same ferry page."""
    folder = tmp_path_factory.mktemp("time")
    replay = "https://replay.example/{timestamp}/{url}"
    public = write_collection(folder / "harbour", {}, access="public", replay_url=replay)
    write_archive(
        public / "crawl.warc.gz",
        [
            (FERRY, "2016-05-02", ferry("first")),
            (FERRY, "2017-06-10", ferry("first")),
            (FERRY, "2018-09-09", ferry("first")),
            (FERRY, "2019-05-04", ferry("second")),
            (FERRY, "2020-08-15", ferry("second")),
            (BATHS, "2016-05-02", baths(2016)),
            (BATHS, "2018-09-09", baths(2018)),
            (BATHS, "2021-03-01", baths(2021)),
            (MUSEUM, "2016-05-02", page("Museum admission", CURATOR)),
            (MUSEUM, "2017-06-10", page("Museum admission", CURATOR)),
            (MUSEUM, "2018-09-09", page("Museum admission", CURATOR)),
            (LIGHT, "2010-05-02", light()),
            (LIGHT, "2012-09-09", light()),
            (SCHOOL, "2018-09-09", page("The village school", HISTORY)),
        ],
    )
    staff = write_collection(folder / "office", {}, access="staff")
    write_archive(staff / "later.warc.gz", [(FERRY, "2022-01-20", ferry("staff"))])
    found = load_settings(data=folder / "data")
    with Assistant(found) as assistant:
        assistant.index([public, staff])
    return found


@pytest.fixture(scope="module")
def archive(settings: Settings) -> Iterator[Assistant]:
    with Assistant(settings) as assistant:
        yield assistant


def ask(
    archive: Assistant,
    question: str,
    *,
    audience: Audience = "public",
    answerer: str = "extractive",
    **filters: str,
) -> Answer:
    answer = archive.ask(question, audience=audience, answerer=answerer, filters=Filters(**filters))
    jsonschema.validate(answer.to_dict(), answer_schema())
    for citation in answer.citations:
        text = archive.show(citation.section_id)["text"]
        assert text[citation.start : citation.end] == citation.quote
    return answer


def cited(answer: Answer, sentence: Sentence) -> list[Citation]:
    return [one for one in answer.citations if one.marker in sentence.citations]


def verbatim(answer: Answer) -> list[str]:
    return [one.text for one in answer.sentences if one.support == "verbatim"]


def quoted(answer: Answer, text: str) -> Citation:
    """The citation of the one sentence with these words, which must stand in its quote."""
    (sentence,) = [one for one in answer.sentences if one.text == text]
    assert sentence.support == "verbatim"
    (citation,) = cited(answer, sentence)
    assert text in " ".join(citation.quote.split())
    return citation


def seen(citation: Citation) -> tuple[str, str, str]:
    assert citation.capture is not None
    stamps = (
        citation.capture.first_seen,
        citation.capture.timestamp,
        citation.capture.last_seen,
    )
    return tuple(stamp[:8] for stamp in stamps)  # type: ignore[return-value]


def test_when_a_timetable_changed_is_told_from_both_versions(archive: Assistant) -> None:
    answer = ask(archive, "When did the ferry timetable change?")
    assert (answer.status, answer.run.answerer, answer.reason) == ("answered", "history", None)
    assert (answer.text_origin, answer.ai_generated) == ("quoted", False)
    composed = answer.sentences[0]
    assert composed.text == (
        "It changed between 9 September 2018 and 4 May 2019, "
        "the dates of the captures before and after."
    )
    assert (composed.support, composed.reason) == ("supported", "from the dates of the captures")
    assert {seen(one)[1] for one in cited(answer, composed)} == {"20180909", "20190504"}
    before, after = (quoted(answer, LAST_BOAT[version]) for version in ("first", "second"))
    assert seen(before) == ("20160502", "20180909", "20180909")
    assert seen(after) == ("20190504", "20190504", "20200815")
    assert before.archive_url == f"https://replay.example/20180909100000/{FERRY}"
    quoted(answer, SINGLE["first"])
    quoted(answer, SINGLE["second"])
    assert BOAT not in answer.text


def test_the_stream_of_it_ends_with_the_same_answer(archive: Assistant) -> None:
    events = list(
        archive.stream(Question(text="When did the ferry timetable change?", audience="public"))
    )
    assert isinstance(events[0], Retrieved)
    answer = events[-1]
    assert isinstance(answer, Answer)
    assert [one for one in events if isinstance(one, Sentence)] == list(answer.sentences)
    tokens = "".join(one.text for one in events if isinstance(one, Token))
    assert tokens.strip() == answer.text


def test_no_model_is_needed_where_one_is_asked_for_and_missing(archive: Assistant) -> None:
    answer = ask(archive, "When did the ferry timetable change?", answerer="ollama")
    assert answer.status == "answered"
    assert answer.run.model is None


def test_only_the_matter_that_is_asked_about_is_told(archive: Assistant) -> None:
    answer = ask(archive, "Has the price of a single ferry ticket changed?")
    assert verbatim(answer) == [SINGLE["first"], SINGLE["second"]]


def test_several_changes_are_told_in_their_order(archive: Assistant) -> None:
    answer = ask(archive, "How did the price of a swim at the baths change?")
    composed = [one.text for one in answer.sentences if one.support == "supported"]
    assert [text.partition(", ")[0] for text in composed] == [
        "It changed between 2 May 2016 and 9 September 2018",
        "On 2 May 2016 the page said:",
        "On 9 September 2018 it said:",
        "It changed again between 9 September 2018 and 1 March 2021",
        "On 9 September 2018 the page said:",
        "On 1 March 2021 it said:",
    ]
    assert verbatim(answer) == [SWIM[2016], SWIM[2018], SWIM[2018], SWIM[2021]]


def test_years_in_the_question_bound_the_changes(archive: Assistant) -> None:
    answer = ask(archive, "How did the price of a swim change between 2019 and 2021?")
    assert verbatim(answer) == [SWIM[2018], SWIM[2021]]
    answer = ask(archive, "When did the price of a swim change in 2017?")
    assert verbatim(answer) == [SWIM[2016], SWIM[2018]]


def test_since_when_is_the_change_that_brought_it(archive: Assistant) -> None:
    answer = ask(archive, "Since when are the swimming baths closed on Sundays?")
    assert answer.sentences[0].text.startswith("It changed between 9 September 2018 and 1 March")
    assert seen(quoted(answer, SWIM[2021]))[1] == "20210301"


def test_what_is_no_longer_so_is_told_with_the_change(archive: Assistant) -> None:
    answer = ask(archive, "Is the last boat from Gull Island still at half past five?")
    assert "It changed between 9 September 2018 and 4 May 2019" in answer.text
    quoted(answer, LAST_BOAT["second"])


def test_what_is_still_so_is_answered_from_the_newest_version(archive: Assistant) -> None:
    answer = ask(archive, "Do dogs still travel free on the ferry?")
    assert answer.run.answerer == "extractive"
    assert seen(quoted(answer, DOGS))[0] == "20190504"


def test_a_page_that_never_changed_is_said_to_be_the_same(archive: Assistant) -> None:
    answer = ask(archive, "When did the museum admission page change?")
    assert (answer.status, answer.run.answerer) == ("no_answer", "history")
    assert answer.reason == "the page was the same in all 3 captures, 2016–2018"
    assert answer.text == (
        "No change was found: “Museum admission” was the same in all 3 captures, 2016–2018."
    )
    answer = ask(archive, "Did the ferry fares for dogs change?")
    assert answer.reason == "the page said the same of this in all 5 captures, 2016–2020"


def test_a_matter_that_did_not_change_in_the_years_asked_about(archive: Assistant) -> None:
    answer = ask(archive, "Did the ferry timetable change in 2017?")
    assert answer.status == "no_answer"
    assert answer.reason == "the page was the same in all 3 captures, 2016–2018"


def test_a_page_that_was_captured_once_tells_of_no_change(archive: Assistant) -> None:
    answer = ask(archive, "When did the village school page change?")
    assert answer.status == "no_answer"
    assert answer.reason == "the page was captured once, on 9 September 2018"


@pytest.mark.parametrize(
    "question",
    [
        "How did the village school change after the war?",
        "Who built the village school?",
        "When was the village school built?",
    ],
)
def test_questions_about_history_go_their_usual_way(archive: Assistant, question: str) -> None:
    answer = ask(archive, question)
    assert answer.run.answerer == "extractive"
    assert "It changed" not in answer.text


def test_what_the_audience_may_not_see_is_no_change(archive: Assistant) -> None:
    answer = ask(archive, "When did the ferry timetable change?")
    assert LAST_BOAT["staff"] not in answer.text
    assert "2022" not in str(answer.to_dict())
    answer = ask(archive, "When did the ferry timetable change?", audience="staff")
    assert answer.sentences[-1].text in (LAST_BOAT["staff"], SINGLE["staff"])
    assert "It changed again between 15 August 2020 and 20 January 2022" in answer.text


def test_bounds_hold(archive: Assistant) -> None:
    question = "When did the ferry timetable change?"
    answer = ask(archive, question, audience="staff", as_of="2021")
    assert "2022" not in answer.text
    answer = ask(archive, question, as_of="2018-12-31")
    assert answer.status == "no_answer"
    assert answer.reason == "the page was the same in all 3 captures, 2016–2018"
    assert LAST_BOAT["second"] not in str(answer.to_dict())


def test_what_a_page_said_then_is_answered_as_of_then(archive: Assistant) -> None:
    answer = ask(archive, "What did the ferry page say in 2017 about the last boat?")
    assert answer.filters.as_of == "2017"
    assert seen(quoted(answer, LAST_BOAT["first"])) == ("20160502", "20170610", "20180909")
    assert LAST_BOAT["second"] not in answer.text


def test_the_askers_own_date_goes_before_that_of_the_question(archive: Assistant) -> None:
    answer = ask(archive, "What did the ferry page say in 2017 about the last boat?", as_of="2020")
    assert answer.filters.as_of == "2020"


def test_before_the_first_capture_a_page_said_nothing(archive: Assistant) -> None:
    answer = ask(archive, "What did the ferry page say in 2008 about the last boat?")
    assert answer.status == "no_answer"
    assert answer.filters.as_of is None


def test_a_year_prefers_what_stood_there_then(archive: Assistant) -> None:
    answer = ask(archive, "How much was a swim at the swimming baths in 2017?")
    assert quoted(answer, SWIM[2016]).capture
    assert SWIM[2021] not in answer.text
    answer = ask(archive, "How much was a swim at the swimming baths in 2019?")
    assert quoted(answer, SWIM[2018]).capture
    assert SWIM[2021] not in answer.text


def test_a_page_answers_for_the_years_in_which_it_was_seen(archive: Assistant) -> None:
    question = "Did the keeper of the lighthouse show visitors the lamp in {year}?"
    assert quoted(ask(archive, question.format(year=2011)), LAMP).date == "2009-04-01"
    assert ask(archive, question.format(year=2014)).status == "no_answer"


def test_without_a_time_the_newest_version_answers_and_the_rest_is_found(
    archive: Assistant,
) -> None:
    answer = ask(archive, "How much is a swim at the swimming baths?")
    assert quoted(answer, SWIM[2021]).capture
    assert SWIM[2016] not in answer.text
    assert SWIM[2018] not in answer.text
    found = archive.search("How much is a swim at the swimming baths?", audience="public").hits
    texts = " ".join(
        archive.docstore.library.entries([one], archive._retriever.bounds(Filters(), "public"))[
            one
        ].text
        for hit in found
        for one in (hit.entry.passage_id, *hit.beneath)
    )
    assert all(text in texts for text in SWIM.values())


def test_the_history_of_a_page_by_its_address(archive: Assistant, tmp_path: Path) -> None:
    found = archive.history(FERRY, audience="public")
    assert [len(found[name]) for name in ("captures", "versions", "changes")] == [5, 2, 1]
    assert len(archive.history("https://harbour.example/ferry.html")["versions"]) == 3
    with pytest.raises(NotFoundError):
        archive.history("http://www.harbour.example/nowhere")
    with (
        Assistant(load_settings(data=tmp_path / "empty")) as empty,
        pytest.raises(NotFoundError, match="Nothing has been indexed"),
    ):
        empty.history(FERRY)


NETS = "What did the museum page say in 2017 about nets?"


def test_a_question_as_of_a_date_is_answered_the_same_again(archive: Assistant) -> None:
    record = ask(archive, NETS).to_dict()
    assert record["status"] == "answered"
    assert record["filters"]["as_of"] == "2017"
    again = LocalSource(archive).ask(rerunning.body_of(record), record["audience"])
    found = rerunning.compare(record, again)
    assert (found.same_passages, found.same_answer, found.reasons) == (True, True, ())


@pytest.mark.parametrize("bound", ["2017", "2017-12", "2017-12-31"])
def test_who_says_the_year_and_sets_it_asks_the_same(archive: Assistant, bound: str) -> None:
    said, both = ask(archive, NETS), ask(archive, NETS, as_of=bound)
    assert both.status == "answered"
    assert both.sentences == said.sentences
    assert both.filters.as_of == bound


def test_another_bound_than_the_year_that_is_said_holds(archive: Assistant) -> None:
    answer = ask(archive, NETS, as_of="2016-06-30")
    assert answer.filters.as_of == "2016-06-30"
    assert [seen(one)[1] for one in answer.citations] in ([], ["20160502"])
