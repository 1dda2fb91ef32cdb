"""Conditions in words: only what says so in every sentence opens, and a restriction wins."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from rag_assistant.dates import iso_date, parse_date
from rag_assistant.readers.conditions import closes, conditions, of_rights
from rag_assistant.schema import Description, Rights

OPEN = [
    "Open for research.",
    "Open for research use",
    "The collection is open for research use.",
    "This collection is open to all researchers without restriction.",
    "These papers are open to the public.",
    "Available without restrictions.",
    "Unrestricted",
    "Not restricted.",
    "The materials are unrestricted.",
    "No restrictions.",
    "There are no restrictions on access to this collection.",
    "No known restrictions on access",
    "No access restrictions apply.",
    "Access Restrictions: None.",
    "None",
    "Unrestricted online access",
    "Open access",
    "Conditions Governing Access: Open for research.",
    "Open for research. The collection is stored off-site. Advance notice is required.",
    "Frei zugänglich",
    "Keine Zugangsbeschränkungen.",
    "Der Bestand ist uneingeschränkt benutzbar",
    "Communicable sans restriction",
    "Fonds librement consultable",
    "Accès libre.",
    "Acceso libre",
    "Sin restricciones de acceso",
    "Abierto al público",
]
STAFF = [
    "Closed.",
    "closed to researchers",
    "Restricted",
    "The collection is restricted.",
    "Not open",
    "Not open for research.",
    "Staff only",
    "For staff use only.",
    "Restrictions apply",
    "Permission of the donor required.",
    "Written permission from the family of the author is required for access",
    "Available only with permission of the archivist.",
    "No access.",
    "No online access",
    "Open for research. Closed.",
    "Unrestricted. Restrictions apply.",
    "Gesperrt",
    "Nur mit schriftlicher Genehmigung des Archivs",
    "Non communicable",
    "Accès restreint",
    "Acceso restringido",
]
UNTIL = [
    ("Restricted until 1 January 2050.", "2050-01-01"),
    ("Restricted until January 1, 2050", "2050-01-01"),
    ("The papers are sealed until 2050-06-30.", "2050-06-30"),
    ("Closed until 31.12.2049", "2049-12-31"),
    ("Closed through 31 December 2049.", "2050-01-01"),
    ("Restricted until 2018.", "2019-01-01"),
    ("Embargoed until June 2050", "2050-07-01"),
    ("Closed for 75 years from 1990.", "2066-01-01"),
    ("Closed for a period of 75 years from 1 May 1990.", "2065-05-01"),
    ("Not open until 2050", "2051-01-01"),
    ("Open in 2050.", "2051-01-01"),
    ("The collection will be opened to researchers on 3 May 2050.", "2050-05-03"),
    ("Open for research. Closed until 2050-01-01.", "2050-01-01"),
    ("Closed until 2040. Closed until 2050-01-01.", "2050-01-01"),
    (
        "Per the seller's stipulation, these letters are restricted for 10 years (through 2035).",
        "2036-01-01",
    ),
    ("Gesperrt bis 31.12.2049", "2050-01-01"),
    ("Nicht zugänglich bis 1. Mai 2050", "2050-05-02"),
    ("Non communicable avant le 1er janvier 2050", "2050-01-01"),
    ("Cerrado hasta el 31 de diciembre de 2049", "2050-01-01"),
]
UNMAPPED = [
    "1",
    "Livingston's Battalion",
    "Open for research. Boxes 3-5 are restricted.",
    "Open for research; boxes 3-5 are restricted",
    "Open for research\nBoxes 3-5 closed until 2050",
    "Open, but not to everyone",
    "Open for research except box 3.",
    "Unrestricted except for the diaries",
    "The letters are open for research.",
    "Half the collection is open for research.",
    "This part is open for research.",
    "Some materials are unrestricted.",
    "No restrictions on access except for series 2",
    "No restrictions on copying",
    "Open to staff",
    "Open to qualified researchers",
    "Open by appointment",
    "Closed until the death of the donor.",
    "Closed until 2050 and afterwards by permission",
    "Closed until 31 February 2050",
    "Closed until 1/2/2050",
    "Closed for 30 years from the date of creation",
    "Folder 2 is restricted",
    "Nicht frei",
    "Is this open? No",
    "The collection is \u0430ccessible",  # a Cyrillic letter
    "open " * 200,
]


@pytest.mark.parametrize("text", OPEN)
def test_open_in_every_sentence(text: str) -> None:
    assert conditions([text]) == Description(access="public", access_note=text)


@pytest.mark.parametrize("text", STAFF)
def test_restricted_without_end(text: str) -> None:
    assert conditions([text]) == Description(access="staff", access_note=text)


@pytest.mark.parametrize(("text", "day"), UNTIL)
def test_closed_until_a_day(text: str, day: str) -> None:
    said = conditions([text])
    assert said.closed_until is not None
    assert iso_date(said.closed_until) == day
    assert (said.access, said.access_note) == (None, text)


@pytest.mark.parametrize("text", UNMAPPED)
def test_what_no_rule_maps_in_full_says_nothing_but_its_words(text: str) -> None:
    assert conditions([text]) == Description(access_note=text.strip())


def pairs() -> Iterator[tuple[str, str]]:
    yield from product(OPEN, [*STAFF, *(text for text, _ in UNTIL), *UNMAPPED])


def test_no_open_text_opens_what_another_restricts() -> None:
    for good, bad in pairs():
        for texts in ([good, bad], [bad, good], [f"{good.rstrip('.')}. {bad}"]):
            assert conditions(texts).access != "public", texts


def test_a_closure_does_not_end_what_is_not_understood() -> None:
    said = conditions(["Closed until 2020.", "Boxes 3-5 by permission of the donor's heirs only"])
    assert (said.access, said.closed_until) == (None, None)
    assert conditions(["Closed until 2050. Closed."]).access == "staff"


def test_years_count_from_when_a_thing_was_made() -> None:
    text = "Records are closed for a period of 30 years from the date of creation of the record."
    assert conditions([text]) == Description(access_note=text)
    closed = conditions([text], made=parse_date("1994/1996")).closed_until
    assert closed is not None
    assert iso_date(closed) == "2027-01-01"


def test_a_thing_may_be_called_by_its_name() -> None:
    text = "Ernest Hemingway Collection is open for research."
    assert conditions([text]).access is None
    names = ["Ernest Hemingway Collection, 1901, 2014, and undated"]
    assert conditions([text], names=names).access == "public"
    assert conditions(["The Hemingway is open."], names=names).access is None


def test_where_a_thing_is_kept_says_nothing_of_who_may_see_it() -> None:
    text = "The library may require up to 48-hours to retrieve these materials for research use."
    assert conditions([text]).access is None
    assert conditions([f"Open for research. {text}"]).access == "public"


def test_nothing_said() -> None:
    assert conditions([]) == Description()
    assert conditions(["  "], ["\n"]) == Description()


def test_use_conditions_are_rights_and_never_change_access() -> None:
    text = "May not be quoted or published without permission. Closed."
    assert conditions([], [text]) == Description(rights=Rights(label=text))
    said = conditions(["Open for research."], ["See https://rightsstatements.org/vocab/InC/1.0/."])
    assert said.access == "public"
    assert said.rights == Rights(
        uri="https://rightsstatements.org/vocab/InC/1.0/",
        label="See https://rightsstatements.org/vocab/InC/1.0/.",
    )
    licence = "http://creativecommons.org/licenses/by-nc/4.0/"
    both = conditions([], ["In copyright", f"({licence})"]).rights
    assert both == Rights(uri=licence, label=f"In copyright\n({licence})")


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("These images may not be used to train artificial intelligence.", "quote"),
        ("Text and data mining is not permitted.", "list"),
        ("Permission is not required for text mining.", None),
        ("The archive may not be copied. It holds papers on machine learning.", None),
        ("Copies are prohibited.", None),
    ],
)
def test_words_that_forbid_machines(text: str, use: str | None) -> None:
    assert conditions([], [text]).use == use


def test_a_narrowed_use_does_not_make_an_unmapped_text_look_mapped() -> None:
    said = conditions(["Ask first"], ["Machine learning is prohibited."])
    assert (said.access, said.use) == ("staff", "quote")


EMBARGOED = "info:eu-repo/semantics/embargoedAccess"


def test_terms_of_repositories_and_what_the_note_keeps_of_them() -> None:
    assert conditions(["http://purl.org/coar/access_right/c_abf2"]).access == "public"
    for term in ("c_16ec", "c_14cb", "c_f1cf"):
        assert conditions([f"http://purl.org/coar/access_right/{term}"]).access == "staff"
    assert conditions([EMBARGOED]).access == "staff"
    said = conditions([EMBARGOED, "info:eu-repo/date/embargoEnd/2020-01-01"])
    assert said.access is None, "the embargo ends"
    assert said.closed_until is not None
    assert iso_date(said.closed_until) == "2020-01-01"
    assert said.access_note == f"{EMBARGOED}\ninfo:eu-repo/date/embargoEnd/2020-01-01"
    assert conditions([EMBARGOED, "Closed until 2020", "Closed"]).access == "staff"


def test_what_is_restricted_beside_its_words() -> None:
    for text in ("", "Open"):
        assert conditions([text], restricted=True).access == "staff"
    assert conditions(["Closed until 2050."], restricted=True).access is None
    assert conditions(["Ask first"], restricted=True).is_restricted_in_words


@pytest.mark.parametrize("text", [*STAFF, *(text for text, _ in UNTIL)])
def test_every_restriction_closes_but_permission_alone(text: str) -> None:
    assert closes(text) != ("permission" in text.lower() and "access" not in text.lower())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Restricted to staff.", True),
        ("closedAccess", True),
        ("DonorRestricted", True),
        ("CC BY. Letters of the donor are not open", True),
        ("Nicht öffentlich zugänglich", True),
        ("Accès réservé au personnel", True),
        ("Todos los derechos reservados", False),
        ("No known copyright restrictions", False),
        ("This work is not public domain.", False),
        ("Information on copyright is not available", False),
        ("Unrestricted. Not restricted.", False),
        ("openAccess", False),
        ("http://rightsstatements.org/vocab/NoC-CR/1.0/", False),
        ("", False),
    ],
)
def test_words_of_closing(text: str, *, expected: bool) -> None:
    assert closes(text) == expected


def test_statements_of_rights_that_speak_of_access() -> None:
    assert of_rights(["In copyright."]) == Description()
    assert of_rights(["", "Closed to the public"]).access == "staff"
    assert of_rights(["CC0"], ["Ask first"]).is_restricted_in_words
    assert of_rights(["Restricted to members"]).access_note == "Restricted to members"
