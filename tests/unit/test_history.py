"""The history of a page: its captures and versions, for those who may see them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rag_assistant.cli.printing_history import history as printed
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.rows import Origin
from rag_assistant.errors import NotFoundError, UsageError
from rag_assistant.history import Change, History, history
from rag_assistant.schema import Audience, Capture, Description, Document, Section

PAGE = "https://town.example/ferry"
TOWN = CollectionConfig(
    id="town", access="public", replay_url="https://replay.example/{timestamp}/{url}"
)
CROWN = CollectionConfig(id="crown", access="public")
VAULT = CollectionConfig(id="vault")
EARLY = "The ferry leaves at 9.15. Dogs are free."
LATE = "The ferry leaves at 9.30. Dogs are free."

See = Callable[..., str]
Miss = Callable[..., None]


@pytest.fixture
def docstore(tmp_path: Path) -> Iterator[Docstore]:
    store = Docstore(tmp_path / "data")
    yield store
    store.close()


def origin_of(year: str, collection: CollectionConfig, uri: str, path: str, status: int) -> Origin:
    capture = Capture(
        uri=uri,
        timestamp=f"{year}0504093000"[:14] if len(year) == 4 else year,
        record_id=f"urn:{year}",
        offset=7,
        payload_digest=f"sha1:{year}",
        status=status,
    )
    return Origin(collection=collection, path=path, record=capture.record_id, capture=capture)


@pytest.fixture
def see(docstore: Docstore) -> See:
    """Store a capture: ``see("2012", "Words.", access="staff")``; its document's id."""

    def store(
        year: str,
        text: str,
        *,
        collection: CollectionConfig = TOWN,
        uri: str = PAGE,
        path: str = "crawl.warc.gz",
        headings: tuple[str, ...] = (),
        **said: Any,
    ) -> str:
        docstore.put_collection(collection)
        description = Description(**{"title": "Ferry", "language": "en", **said})
        section = Section(text=text, headings=headings)
        document = Document(description=description, sections=(section,), format="html")
        origin = origin_of(year, collection, uri, path, 200)
        return docstore.documents.put(origin, document, [[]])[0]

    return store


@pytest.fixture
def miss(docstore: Docstore) -> Miss:
    """Store a capture that gave no page: ``miss("2013", 404)``."""

    def store(
        year: str, status: int, *, collection: CollectionConfig = TOWN, uri: str = PAGE
    ) -> None:
        docstore.put_collection(collection)
        docstore.documents.miss(origin_of(year, collection, uri, "crawl.warc.gz", status))

    return store


def outline(found: History) -> list[tuple[str, int | None, int]]:
    """Year, version and status of each capture."""
    return [(one.timestamp[:4], one.version, one.status) for one in found.captures]


def marked(change: Change) -> list[str]:
    signs = {"same": "=", "removed": "-", "added": "+"}
    return [f"{signs[one['op']]}{one['text']}" for one in change.to_dict()["diff"]]


def silent(docstore: Docstore, *words: str, url: str = PAGE) -> History:
    """What the public is told, which must hold none of the words."""
    found = history(docstore, url, "public")
    told = json.dumps(found.to_dict())
    assert not [word for word in words if word in told]
    return found


# ---------------------------------------------------------------- captures, versions, changes


def test_captures_versions_and_changes(docstore: Docstore, see: See) -> None:
    first = see("2012", EARLY)
    see("2013", EARLY.replace(" ", "\n", 1))
    second = see("2014", LATE)
    found = history(docstore, PAGE, "public")
    assert outline(found) == [("2012", 1, 200), ("2013", 1, 200), ("2014", 2, 200)]
    assert found.to_dict()["captures"][0] == {
        "timestamp": "20120504093000",
        "uri": PAGE,
        "collection": "town",
        "version": 1,
        "status": 200,
        "document_id": first,
        "archive_url": f"https://replay.example/20120504093000/{PAGE}",
        "warc_record_id": "urn:2012",
        "source_file": "crawl.warc.gz",
        "offset": 7,
        "payload_digest": "sha1:2012",
    }
    assert found.to_dict()["versions"][0] == {
        "version": 1,
        "document_id": first,
        "collection": "town",
        "title": "Ferry",
        "language": "en",
        "first_seen": "20120504093000",
        "last_seen": "20130504093000",
        "captures": 2,
        "archive_url": f"https://replay.example/20130504093000/{PAGE}",
        "notices": (),
    }
    assert found.versions[1].document_id == second
    (change,) = found.to_dict()["changes"]
    diff = change.pop("diff")
    assert change == {
        "from": 1,
        "to": 2,
        "last_seen_before": "20130504093000",
        "first_seen_after": "20140504093000",
        "words_removed": 1,
        "words_added": 1,
        "coarse": False,
        "diff_left_out": False,
    }
    assert [one["op"] for one in diff] == ["removed", "added", "same"]
    everything = docstore.library.sections(first) + docstore.library.sections(second)
    texts = {one.id: one.section.text for one in everything}
    for one in diff:
        assert texts[one["section_id"]][one["start"] : one["end"]] == one["text"]


def test_a_page_that_reverts_changes_twice(docstore: Docstore, see: See) -> None:
    for year, text in (("2012", EARLY), ("2013", LATE), ("2014", EARLY)):
        see(year, text)
    found = history(docstore, PAGE, "public")
    assert [one.version for one in found.captures] == [1, 2, 1]
    assert [(one.before, one.after) for one in found.changes] == [(1, 2), (2, 1)]
    assert (found.versions[0].captures, found.versions[0].last_seen[:4]) == (2, "2014")


@pytest.mark.parametrize(
    "url",
    [
        PAGE,
        "http://www.town.example/ferry/",
        "town.example/ferry#times",
        f"  {PAGE}\n",
    ],
)
def test_addresses_are_found_however_they_are_written(
    docstore: Docstore, see: See, url: str
) -> None:
    see("2012", EARLY)
    see("2013", EARLY, uri="http://www.town.example/ferry/")
    assert [one.uri for one in history(docstore, url, "public").captures] == [
        PAGE,
        "http://www.town.example/ferry/",
    ]


def test_the_same_words_in_two_collections_are_one_version(docstore: Docstore, see: See) -> None:
    see("2012", EARLY)
    see("2013", EARLY, collection=CROWN)
    see("2014", LATE, collection=CROWN)
    found = history(docstore, PAGE, "public")
    assert [(one.collection, one.version) for one in found.captures] == [
        ("town", 1),
        ("crown", 1),
        ("crown", 2),
    ]
    assert [one.captures for one in found.versions] == [2, 1]
    assert found.versions[0].archive_url == f"https://replay.example/20120504093000/{PAGE}"
    assert len(found.changes) == 1


def test_a_capture_that_is_stored_twice_is_told_once(docstore: Docstore, see: See) -> None:
    see("2012", EARLY)
    see("2012", EARLY, path="copy.warc.gz")
    see("2013", EARLY)
    found = history(docstore, PAGE, "public")
    assert len(found.captures) == found.versions[0].captures == 2


def test_a_heading_that_changes_is_shown(docstore: Docstore, see: See) -> None:
    see("2012", "Dogs are free.", headings=("Summer 2012",))
    see("2013", "Dogs are free.", headings=("Summer 2013",))
    (change,) = history(docstore, PAGE, "public").changes
    assert marked(change) == ["-Summer 2012", "+Summer 2013", "=Dogs are free."]


def test_captures_that_gave_no_page(docstore: Docstore, see: See, miss: Miss) -> None:
    miss("2012", 301, uri="http://town.example/ferry")
    see("2012", EARLY)
    miss("2013", 404)
    see("2014", EARLY)
    found = history(docstore, PAGE, "public")
    assert outline(found) == [
        ("2012", None, 301),
        ("2012", 1, 200),
        ("2013", None, 404),
        ("2014", 1, 200),
    ]
    gone = found.captures[2]
    assert (gone.document_id, gone.offset, gone.archive_url) == (None, None, "")
    assert (found.versions[0].captures, found.changes) == (2, ())


# ---------------------------------------------------------------- how much is told


def often_changed(see: See, *, years: int = 7) -> None:
    """Versions whose diffs take about as many characters each: two fit into 5,000."""
    for number in range(years):
        see(str(2010 + number), f"The {'ferry ' * 200}sailed {number} times.")


def test_older_changes_come_without_their_diffs_and_say_so(
    docstore: Docstore, see: See, monkeypatch: pytest.MonkeyPatch
) -> None:
    often_changed(see)
    found = history(docstore, PAGE, "public")
    whole = found.to_dict()["changes"]
    assert [one["diff_left_out"] for one in whole] == [False] * 6
    monkeypatch.setattr("rag_assistant.history.DIFFS", 2 * found.changes[0].size + 1)
    told = found.to_dict()["changes"]
    assert [one["diff_left_out"] for one in told] == [True] * 4 + [False] * 2
    assert told[4:] == whole[4:], "the newest are told"
    for short, full in zip(told[:4], whole, strict=False):
        assert short == {**full, "diff": [], "diff_left_out": True}, "the rest stays"
        assert (short["words_removed"], short["words_added"]) == (1, 1)
    assert len(found.to_dict()["versions"]) == 7


def test_the_newest_change_always_comes_with_its_diff(
    docstore: Docstore, see: See, monkeypatch: pytest.MonkeyPatch
) -> None:
    often_changed(see, years=3)
    see("2019", "Hidden words.", use="list")
    found = history(docstore, PAGE, "public")
    monkeypatch.setattr("rag_assistant.history.DIFFS", 1)
    told = found.to_dict()["changes"]
    assert [one["diff_left_out"] for one in told] == [True, False, False]
    assert [bool(one["diff"]) for one in told] == [False, True, False]


def test_the_size_is_about_that_of_the_json(docstore: Docstore, see: See) -> None:
    often_changed(see, years=2)
    see("2018", " ".join(f"Boat {number} sails." for number in range(300)))
    see("2019", " ".join(f"Boat {number} sails." for number in range(1, 301)))
    for change in history(docstore, PAGE, "public").changes:
        written = len(json.dumps(change.to_dict()["diff"]))
        assert 0.6 * written < change.size < 1.5 * written


def test_people_read_that_changes_were_left_out(
    docstore: Docstore,
    see: See,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    see("2008", "Lacewing chest.", use="list")
    often_changed(see, years=4)
    found = history(docstore, PAGE, "public")
    printed(found.to_dict())
    everything = capsys.readouterr().out
    assert "only counted" not in everything
    assert everything.count("their words may not be shown") == 1
    monkeypatch.setattr("rag_assistant.history.DIFFS", 1)
    printed(found.to_dict())
    shorter = capsys.readouterr().out
    (line,) = [one for one in shorter.splitlines() if "only counted" in one]
    assert "2 older changes" in line
    assert "`rag-assistant show ID`" in line
    assert shorter.count("their words may not be shown") == 1
    assert shorter.count("1 word removed, 1 added") == 3


# ---------------------------------------------------------------- what may be told to whom


def test_the_public_learns_nothing_of_what_the_staff_has(
    docstore: Docstore, see: See, miss: Miss
) -> None:
    see("2011", "Zyxomma.", access="staff", title="Zyxomma")
    see("2012", EARLY)
    see("2013", "The ferry sank, says Zyxomma.", collection=VAULT)
    see("2014", LATE)
    see("2015", EARLY, collection=VAULT)
    miss("2016", 404, collection=VAULT)
    found = silent(docstore, "Zyxomma", "vault", "2011", "2013", "2015", "2016")
    assert outline(found) == [("2012", 1, 200), ("2014", 2, 200)]
    assert [one.number for one in found.versions] == [1, 2]
    assert [(one.before, one.after) for one in found.changes] == [(1, 2)]
    assert found.changes[0].last_before[:4] == "2012"
    for_staff = history(docstore, PAGE, "staff")
    assert [one.version for one in for_staff.captures] == [1, 2, 3, 4, 2, None]


@pytest.mark.parametrize("kept", [{"access": "staff"}, {"use": "none"}])
def test_a_collection_that_keeps_captures_back_is_silent_about_gaps(
    docstore: Docstore, see: See, miss: Miss, kept: dict[str, Any]
) -> None:
    see("2012", EARLY, collection=CROWN)
    see("2013", LATE, **kept)
    miss("2014", 404)
    miss("2015", 404, collection=CROWN)
    assert outline(silent(docstore, "2013", "2014")) == [("2012", 1, 200), ("2015", None, 404)]


def test_gaps_alone_are_no_history(docstore: Docstore, see: See, miss: Miss) -> None:
    see("2012", EARLY, uri="https://town.example/other")
    miss("2013", 404)
    with pytest.raises(NotFoundError):
        history(docstore, PAGE, "staff")


@pytest.mark.parametrize("audience", ["staff", "public"])
def test_of_what_may_only_be_listed_there_are_dates_and_no_words(
    docstore: Docstore, see: See, audience: Audience
) -> None:
    see("2012", EARLY)
    see("2013", "Lacewing chest.", use="list")
    see("2014", LATE)
    found = history(docstore, PAGE, audience)
    assert outline(found) == [("2012", 1, 200), ("2013", 2, 200), ("2014", 3, 200)]
    assert [(one.before, one.after, one.blocks) for one in found.changes] == [
        (1, 2, ()),
        (2, 3, ()),
    ]
    told = found.to_dict()
    assert "Lacewing" not in json.dumps(told)
    assert [one["words_removed"] for one in told["changes"]] == [None, None]


def test_a_version_is_read_where_it_may_be_read(docstore: Docstore, see: See) -> None:
    see("2012", EARLY, use="list")
    readable = see("2013", EARLY, collection=CROWN)
    see("2014", LATE)
    found = history(docstore, PAGE, "public")
    assert found.versions[0].document_id == readable
    assert marked(found.changes[0])[0] == "-The ferry leaves at 9.15."


def test_what_may_not_even_be_listed_is_not_there(docstore: Docstore, see: See) -> None:
    see("2012", EARLY)
    see("2013", "Nuthatch.", use="none")
    for audience in ("staff", "public"):
        found = history(docstore, PAGE, audience)
        assert outline(found) == [("2012", 1, 200)]


@pytest.mark.parametrize("act", ["hide", "remove"])
@pytest.mark.parametrize("audience", ["staff", "public"])
def test_nothing_is_told_of_what_was_taken_down(
    docstore: Docstore, see: See, miss: Miss, act: str, audience: Audience
) -> None:
    see("2012", EARLY)
    see("2013", LATE)
    miss("2013", 503)
    miss("2014", 404)
    getattr(docstore.takedown, act)(f"{PAGE}@2013..2013")
    found = history(docstore, PAGE, audience)
    assert outline(found) == [("2012", 1, 200), ("2014", None, 404)]
    assert found.changes == ()


# ---------------------------------------------------------------- what is not there


def test_nothing_found_names_addresses_above(docstore: Docstore, see: See) -> None:
    see("2012", EARLY, uri="https://town.example/")
    see("2013", LATE, uri="https://town.example/ferry/times")
    see("2014", "Zyxomma.", uri="https://town.example/ferry", collection=VAULT)
    asked = "http://town.example/ferry/times/winter?year=2020#top"
    with pytest.raises(NotFoundError) as caught:
        history(docstore, asked, "public")
    assert caught.value.hint == (
        "Captured of that site: https://town.example/ferry/times, https://town.example/."
    )
    assert caught.value.exit_code == 4
    with pytest.raises(NotFoundError) as caught:
        history(docstore, "https://elsewhere.example/ferry", "public")
    assert "rag-assistant search" in caught.value.hint


@pytest.mark.parametrize("url", ["", "  ", "\n"])
def test_an_empty_address(docstore: Docstore, url: str) -> None:
    with pytest.raises(UsageError):
        history(docstore, url, "public")


@pytest.mark.parametrize(
    "url", ["ferry", "http://[::1", "urn:x:y", "\ud800", "http://" + "a/" * 20_000, "?", "/", "#"]
)
def test_odd_addresses_are_merely_not_there(docstore: Docstore, see: See, url: str) -> None:
    see("2012", EARLY)
    with pytest.raises(NotFoundError):
        history(docstore, url, "public")
