"""What references are beside the records that are held: never found by one part alone."""

from __future__ import annotations

import json

import pytest

from rag_assistant.checking import Checker
from rag_assistant.checking.report import Checked, CheckReport
from rag_assistant.config import CheckingSettings
from rag_assistant.docstore import Docstore

from .conftest import Add, Check, Shelves

ISBN, OTHER_ISBN = "0-201-61622-X", "978-0-596-00085-1"


@pytest.fixture
def bridge(add: Add) -> str:
    """A book with a subtitle, and others around it."""
    add(
        "The paper mill",
        "Marsh, Bo",
        issued="1902",
        publisher="Senn University Press",
        numbers=[("isbn", OTHER_ISBN)],
    )
    add("Letters from the front", "Lindner, Karl", issued="1915")
    return add(
        "The iron bridge: its building and its builders",
        "Venn, Ada",
        "Quill, Tom",
        issued="1868",
        publisher="Town Press",
        publisher_place="Weir",
        call_number="TG25.W45 V46 1868",
        numbers=[("isbn", f"{ISBN} (pbk.)"), ("oclc", "ocm00049044")],
    )


def only(report: CheckReport) -> Checked:
    (one,) = report.references
    return one


MATCHED = [
    "Venn, A. (1868). The iron bridge: Its building and its builders. Town Press.",
    "Venn, Ada, et al. The Iron Bridge. Weir: Town Press, 1868.",
    "Tom Quill and Ada Venn, The Iron Bridge, 2nd ed. (Weir, 1869).",
    "The Iron Bridge by Ada Venn",
    "Venn A. The iron brigde: its building and its builders. Weir; 1868.",
    f"The iron bridge. ISBN {ISBN}",
    f"ISBN {ISBN}",
    "The iron bridge. Weir, 1868. OCLC 49044",
    "The iron bridge. TG25 .W45 V46 1868",
]


@pytest.mark.parametrize("text", MATCHED)
def test_title_with_author_or_identifier_is_matched(check: Check, bridge: str, text: str) -> None:
    one = only(check(text))
    assert one.verdict == "matched"
    assert one.found[0].comparison.work.id == bridge
    assert one.next == ()


CLOSE = [
    ("Marsh, Bo. The Iron Bridge. Weir, 1868.", "author"),  # the title is another's
    ("Venn, Ada. The Iron Gate: Its Building and Its Builders. Weir, 1868.", "title"),
    ("Venn, Ada. The Iron Bridge: A Cultural History. Weir, 1868.", "title"),
    ("Venn, Bert. The Iron Bridge. Weir, 1868.", "author"),
    ("Marsh, Bo. The paper mill: A study in smoke. Senn, 1902.", "subtitle"),
]


@pytest.mark.parametrize(("text", "differs"), CLOSE)
def test_what_is_alike_is_close_and_says_what_differs(
    check: Check, bridge: str, text: str, differs: str
) -> None:
    one = only(check(text))
    assert one.verdict == "close"
    assert one.summary == f"A similar record, not the same work: {differs} differs."
    assert differs in [each.what for each in one.found[0].comparison.differs]
    assert [link.label for link in one.next] == ["Library search", "WorldCat", "Interlibrary loan"]


NOT_FOUND = [
    "Venn, Ada. The Weir in Winter. Weir, 1868.",  # an author alone
    "Ada Venn",
    "1868",
    "Smith, Paul. Gardens of Senn. London: Verso, 1868.",  # a year alone
    "Smith, Paul. Gardens of Senn. Weir: Town Press, 1999.",  # a publisher alone
    "Venn, Ada. Front paper bridge. 1868.",
    "The mill",
]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_one_part_alone_finds_nothing(check: Check, bridge: str, text: str) -> None:
    one = only(check(text))
    assert one.verdict == "not_found"
    assert one.summary == (
        "Not found among 3 records searched here; real works may be missing from them."
    )
    assert one.found == ()


def test_a_number_of_another_work_is_a_conflict_and_comes_first(check: Check, bridge: str) -> None:
    report = check(
        "Smith, Paul. Gardens of Senn. London: Verso, 1999.\n\n"
        f"Venn, Ada. The Iron Bridge. Weir, 1868. ISBN {OTHER_ISBN}.\n\n"
        f"Smith, Paul. Gardens of Senn. London: Verso, 1999. ISBN 0596000855."
    )
    assert [(one.number, one.verdict) for one in report.references] == [
        (2, "conflict"),
        (3, "conflict"),
        (1, "not_found"),
    ]
    first, second, _ = report.references
    assert first.summary == (
        "The ISBN belongs to another work here. A record of the work that is named is here, too."
    )
    assert [one.comparison.verdict for one in first.found] == ["conflict", "matched"]
    assert second.summary == "The ISBN belongs to another work here."
    assert report.counts == {"conflict": 2, "matched": 0, "close": 0, "not_found": 1}


def test_a_wrong_check_digit_is_a_fact_beside_the_verdict(check: Check, bridge: str) -> None:
    one = only(check("Venn, Ada. The Iron Bridge. Weir, 1868. ISBN 0-201-61622-1."))
    assert one.verdict == "matched"
    assert one.notes == ("The ISBN's check digit is wrong: 0-201-61622-1.",)
    (differs,) = [each for each in one.found[0].comparison.differs if each.what == "ISBN"]
    assert (differs.reference, differs.record) == ("0-201-61622-1", "9780201616224")


def test_a_longer_or_shorter_title_is_another(check: Check, add: Add) -> None:
    add("Python", "Lutz, Mark", issued="2001")
    add("Directory of Weir. Volume 2", "Venn, Ada", issued="1895")
    for text in (
        "Lutz, Mark. Python and Perl. O'Reilly, 2001.",
        "Lutz, Mark. Python, Perl and Ruby. O'Reilly, 2001.",
        "Lutz, Mark. “Python Recipes.” O'Reilly, 2001.",
        "Venn, Ada. Directory of Weir. Volume 1. 1895.",
    ):
        assert only(check(text)).verdict != "matched", text
    assert only(check("Lutz, Mark. Python, O'Reilly, 2001.")).verdict == "matched"
    assert only(check("Lutz, Mark. Python, 3rd edn. 2001.")).verdict == "matched"


def test_what_a_work_stands_in_is_no_conflict(check: Check, add: Add) -> None:
    add("Journal of Weir history", issued="1890", numbers=[("issn", "2049-3630")])
    add("Essays on water", "Marsh, Bo", issued="1999", numbers=[("isbn", OTHER_ISBN)])
    part = "What it is said to be part of is here; whether it stands in it was not looked up."
    article = "Venn, A. (1891). Locks. *J. Weir Hist.*, 3(2), 4–9. ISSN 2049-3630."
    chapter = f"Venn, Ada. “Locks.” In Essays on Water, edited by Bo Marsh. ISBN {OTHER_ISBN}."
    for text in (article, chapter):
        one = only(check(text))
        assert (one.verdict, one.summary) == ("close", part), text
    other = only(check("Venn, A. (1891). Locks. *Nature*, 3(2), 4–9. ISSN 2049-3630."))
    assert other.verdict == "conflict"


def test_a_work_without_an_author_is_known_by_who_issued_it_and_when(
    check: Check, add: Add
) -> None:
    add("Annual report of the library", issued="1909", publisher="Weir Council")
    assert only(check("Annual report of the library. Weir Council, 1909.")).verdict == "matched"
    assert only(check("Annual report of the library. Weir Council, 1912.")).verdict == "close"
    assert only(check("Annual report of the library, 1909")).verdict == "close"


@pytest.mark.parametrize("numbers", [[("isbn", ISBN)], []])
def test_nothing_tells_the_public_of_a_record_of_the_staff(
    check: Check, add: Add, numbers: list[tuple[str, str]]
) -> None:
    add("The paper mill", "Marsh, Bo", issued="1902")
    text = f"Quillfeather, Ada. The donor's secret. Weir, 1871. ISBN {ISBN}."
    before = check(text).to_dict()
    add("The donor's secret", "Quillfeather, Ada", access="staff", issued="1871", numbers=numbers)
    add("A book of silence", "Quillfeather, Ada", use="none", issued="1871", numbers=numbers)
    assert check(text).to_dict() == before
    assert before["searched"] == 1
    staff = check(text, "staff")
    assert only(staff).verdict == "matched"
    assert staff.searched == 2


def test_a_hidden_or_removed_record_is_found_no_more(
    check: Check, bridge: str, docstore: Docstore
) -> None:
    docstore.takedown.hide(bridge, "")
    assert only(check(MATCHED[0])).verdict == "not_found"
    docstore.takedown.restore(bridge)
    docstore.takedown.remove(bridge, "")
    report = check(f"{MATCHED[0]} ISBN {ISBN}")
    assert (only(report).verdict, report.searched) == ("not_found", 2)


def test_without_an_index_equal_titles_are_found_and_the_lack_is_told(
    docstore: Docstore, shelves: Shelves, bridge: str
) -> None:
    shelves.lexical = None
    checker = Checker(docstore, shelves, CheckingSettings())
    assert only(checker.check(MATCHED[1], "public")).verdict == "matched"
    one = only(checker.check("Venn, A. Nothing such. 1868.", "public"))
    assert one.summary.endswith("The index holds 0 % of them so far.")


def test_ways_on_are_made_of_templates(docstore: Docstore, shelves: Shelves, bridge: str) -> None:
    settings = CheckingSettings(
        library_search="https://library.example/search?t={title}&a={author}", worldcat=""
    )
    checker = Checker(docstore, shelves, settings)
    links = only(checker.check("Smith, Paul. Gardens & parks. 1999.", "public")).next
    assert [(link.label, link.url) for link in links] == [
        ("Library search", "https://library.example/search?t=Gardens%20%26%20parks&a=smith"),
        ("WorldCat", ""),
        ("Interlibrary loan", ""),
    ]


def test_the_json_says_all_and_never_that_a_work_does_not_exist(check: Check, bridge: str) -> None:
    report = check("Here are two:\n\n" + "\n\n".join((MATCHED[0], CLOSE[0][0], NOT_FOUND[0])))
    found = json.loads(json.dumps(report.to_dict()))
    assert found["passed_over"] == ["Here are two:"]
    record = found["references"][0]["records"][0]
    assert record["document_id"] == bridge
    assert record["passage_id"]
    assert record["call_number"] == "TG25.W45 V46 1868"
    assert record["catalogue_url"].startswith("https://catalogue.example.org/")
    assert found["references"][0]["read_as"]["authors"] == ["Venn, A"]
    words = json.dumps(found).casefold()
    for one in ("not exist", "fake", "invented", "hallucinat", "fabricat"):
        assert one not in words
