"""What is written is read back equal by others' parsers, however nasty the words are."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl

import bibtexparser
import rispy
from hypothesis import given, settings
from hypothesis import strategies as st

from rag_assistant.references import coins, csl_item
from rag_assistant.references.bibtex import bibtex
from rag_assistant.references.csl_json import csl_json
from rag_assistant.references.issued import date_words, edtf, first_year
from rag_assistant.references.items import ROLES, TYPES, Item, item_key
from rag_assistant.references.ris import ris
from rag_assistant.schema import Agent, Record
from tests.answers import make_capture, make_citation

NASTY = (
    *("and", " and ", ",", "{", "}", "{}", "\\", "\\{", "\n", "\r\n", "\n\nER  - ", "\t", "\x00"),
    *('"', "'", "“", "%", "&", "#", "_", "~", "^", "$", "@", "@book{x,", "=", "<b>", "&amp;", "+"),
    *("😀", "שלום", "مرحبا", "\u202e", "é", "e\u0301", "ß", "Гоголь", "東京", "TY  - JOUR", "\x85"),
    *("\ud800", "https://x.example/?a=b&c=d", "Smith", "The Bridge", "III", "--", "–", " ", "%20"),
)
words = st.lists(st.sampled_from(NASTY) | st.text(max_size=6), max_size=6).map("".join)
agents = st.builds(
    Agent,
    family=words,
    given=words,
    literal=words,
    role=st.sampled_from((*ROLES, "creator", "funder")),
)
dates = (
    st.sampled_from(
        ("", "1934", "1934-05", "1934-05-03", "1934/1936", "1890~", "193X", "-0043", "1934-22")
    )
    | words
)
addresses = st.sampled_from(
    ("", "https://x.example/a?b=%7Bc%7D&d=e_f#g", "http://x.example/~a/ä", "https://x.example/^1")
)
records = st.builds(
    Record,
    type=st.sampled_from((*sorted(TYPES), "", "postcard")),
    agents=st.lists(agents, max_size=4).map(tuple),
    issued=dates,
    pages=words | st.sampled_from(("12-24", "iv–ix", "7")),
    identifiers=st.tuples(
        st.tuples(st.just("isbn"), words),
        st.tuples(st.just("doi"), st.sampled_from(("", "10.1/x", "10.1000/(a)<b>;2-#%_&"))),
        st.tuples(st.just("url"), addresses),
    ),
    series=st.lists(words, max_size=2).map(tuple),
    **dict.fromkeys(
        (
            *("title", "edition", "publisher", "publisher_place", "container_title", "volume"),
            *("issue", "genre", "call_number", "repository", "collection", "box", "folder"),
        ),
        words,
    ),
)
items = st.builds(
    lambda record, title, captured: csl_item(
        make_citation(record=record, title=title, capture=make_capture() if captured else None),
        collection=title,
    ),
    records,
    words,
    st.booleans(),
)
several = st.lists(items, min_size=1, max_size=3).map(
    lambda found: [{**item, "id": f"{item['id']}-{place}"} for place, item in enumerate(found)]
)


often = settings(max_examples=60, deadline=None, report_multiple_bugs=False)


def name_line(name: dict[str, str]) -> str:
    return name.get("literal") or ", ".join(
        name[part] for part in ("family", "given") if part in name
    )


def names_in(item: Item, *roles: str) -> list[str]:
    return [name_line(name) for role in ROLES if role in roles for name in item.get(role, ())]


def parts_in(item: Item) -> list[str]:
    """Those for whose part neither RIS nor BibTeX has a field, each with what it was."""
    return [f"{role}: {one}" for role in _OTHERS for one in names_in(item, role)]


@often
@given(several)
def test_csl_json(found: list[Item]) -> None:
    assert json.loads(csl_json(found)) == found


# ---------------------------------------------------------------- RIS

_RIS = {
    "title": "title",
    "volume": "volume",
    "number": "issue",
    "edition": "edition",
    "publisher": "publisher",
    "place_published": "publisher-place",
    "doi": "DOI",
    "name_of_database": "archive",
    "call_number": "call-number",
    "database_provider": "source",
    "language": "language",
    "type_of_work": "genre",
}
_OTHERS = tuple(role for role in ROLES if role not in ("author", "editor", "translator"))


def ris_date(date: dict[str, Any]) -> str:
    """What a reader of YYYY/MM/DD/other makes of it."""
    year, month, day, other = date["text"].split("/", 3)
    return other or "-".join(part for part in (year, month, day) if part)


@often
@given(several)
def test_ris(found: list[Item]) -> None:
    text = ris(found)
    assert text.count("\r\n") == text.count("\n") == text.count("\r")
    read = rispy.loads(text)
    assert len(read) == len(found)
    for entry, item in zip(read, found, strict=True):
        for key, field in _RIS.items():
            assert entry.get(key, "") == item.get(field, ""), field
        assert entry.get("urls", []) == ([item["URL"]] if "URL" in item else [])
        assert entry.get("authors", []) == names_in(item, "author")
        unknown = entry.get("unknown_tag", {})
        assert unknown.get("ED", []) == names_in(item, "editor")
        assert entry.get("subsidiary_authors", []) == names_in(item, "translator")
        assert not entry.keys() & {"secondary_authors", "tertiary_authors"}
        note = [item[one] for one in ("note",) if one in item]
        assert entry.get("notes", []) == [*note, *parts_in(item)]
        assert unknown.get("AV", []) == [item[one] for one in ("archive_location",) if one in item]
        whole = item.get("container-title") or item.get("archive_collection", "")
        assert entry.get("secondary_title", "") == whole
        pages = [entry[one] for one in ("start_page", "end_page") if one in entry]
        assert re.sub(r"\W", "", "".join(pages)) == re.sub(r"\W", "", item.get("page", ""))
        assert entry["id"] == item_key(item)
        if issued := item.get("issued"):
            assert entry.get("year", "") == first_year(issued)
            assert ris_date({"text": entry["date"]}) == (edtf(issued) or date_words(issued))
        if "accessed" in item:
            assert ris_date({"text": entry["access_date"]}) == edtf(item["accessed"])


def test_ris_of_a_book() -> None:
    record = Record(type="book", title="A & B", pages="12-24", issued="1934-05-03")
    made = ris([csl_item(make_citation(record=record, creator=""))])
    key = made.split("ID  - ")[1].split("\r\n")[0]
    assert made == (
        "TY  - BOOK\r\nTI  - A & B\r\nLA  - en\r\nSP  - 12\r\nEP  - 24\r\nPY  - 1934\r\n"
        f"DA  - 1934/05/03/\r\nID  - {key}\r\nER  - \r\n"
    )


# ---------------------------------------------------------------- BibTeX

_COMMANDS = {
    "textbackslash": "\\",
    "textbraceleft": "{",
    "textbraceright": "}",
    "textasciitilde": "~",
    "textasciicircum": "^",
}
_LATEX = re.compile(r"\\([a-z]+)\{\}|\\([%&#_$])|([{}])|([%&#$~^\\])|(.)", re.DOTALL)
_BIB = {
    "volume": "volume",
    "number": "issue",
    "edition": "edition",
    "pages": "page",
    "address": "publisher-place",
    "isbn": "ISBN",
    "library": "archive",
    "lccn": "call-number",
    "language": "language",
}


def latex_text(latex: str) -> str:
    """Text as LaTeX sets it; a special character that is not escaped is an error."""
    made = ""
    for command, escaped, _, bare, plain in _LATEX.findall(latex):
        assert not bare, latex
        made += _COMMANDS[command] if command else escaped or plain
    return made


def bib_names(value: str) -> list[str]:
    """Names as BibTeX takes them apart: at "and" and commas outside braces."""
    depth, names = 0, [""]
    for part in re.split(r"(\{|\}| and )", value):
        depth += {"{": 1, "}": -1}.get(part, 0)
        if part == " and " and depth == 0:
            names.append("")
        else:
            names[-1] += part
    return [latex_text(name) for name in names if name]


@often
@given(several)
def test_bibtex(found: list[Item]) -> None:
    text = bibtex(found)
    parser = bibtexparser.bparser.BibTexParser(ignore_nonstandard_types=False)
    read = bibtexparser.loads(text, parser).entries
    assert [entry["ID"] for entry in read] == [item_key(item) for item in found]
    for entry, item in zip(read, found, strict=True):
        assert latex_text(entry.get("title", "")) == item.get("title", "")
        assert entry.get("title", "{").startswith("{")  # its capitals stay
        for key, field in _BIB.items():
            assert latex_text(entry.get(key, "")) == item.get(field, ""), field
        assert entry.get("doi", "") == item.get("DOI", "")
        assert entry.get("url", "") == item.get("URL", "")
        inside = entry.get("journal", entry.get("booktitle", ""))
        assert latex_text(inside) == item.get("container-title", "")
        made_by = entry.get("publisher") or entry.get("institution") or entry.get("school", "")
        assert latex_text(made_by) == item.get("publisher", "")
        for role in ("author", "editor", "translator"):
            assert bib_names(entry.get(role, "")) == names_in(item, role)
        kept = (item.get(one, "") for one in ("archive_location", "archive_collection", "note"))
        told = [*filter(None, kept), *parts_in(item)]
        assert latex_text(entry.get("note", "")) == "; ".join(told)
        if issued := item.get("issued"):
            assert entry.get("date", "") == edtf(issued)
            assert issued.get("literal", "") in latex_text(entry["year"])


def test_parts_of_a_name_stay_together_in_bibtex() -> None:
    people = (
        Agent(family="Taylor and Francis", given="Ada"),
        Agent(family="Coe, Jr.", given="Ben"),
        Agent(literal="Marks and Spencer, Ltd."),
    )
    made = bibtex([csl_item(make_citation(record=Record(type="book", agents=people)))])
    assert (
        "author = {{Taylor and Francis}, Ada and {Coe, Jr.}, Ben and {Marks and Spencer, Ltd.}}"
        in (made)
    )


# ---------------------------------------------------------------- COinS


@often
@given(items)
def test_coins(item: Item) -> None:
    made = coins(item)
    assert re.fullmatch(r"[\w.~%&=-]+", made, re.ASCII)
    pairs = parse_qsl(made, strict_parsing=True)
    read = dict(pairs)
    assert read["ctx_ver"] == "Z39.88-2004"
    title = read.get("rft.title") or read.get("rft.atitle") or read.get("rft.btitle")
    assert (title or read.get("rft.jtitle", "")) in (
        item.get("title", ""),
        item.get("container-title", ""),  # where it has no title of its own
    )
    authors = [value for key, value in pairs if key in ("rft.au", "rft.creator")]
    assert authors == names_in(item, "author")
    ids = [value for key, value in pairs if key == "rft_id"]
    assert ids == [
        *([f"info:doi/{item['DOI']}"] if "DOI" in item else []),
        *([item["URL"]] if "URL" in item else []),
    ]
    issued = item.get("issued")
    assert read.get("rft.date", "") == ((edtf(issued) or date_words(issued)) if issued else "")


def test_coins_of_an_article() -> None:
    record = Record(
        type="article-journal",
        title="Who paid?",
        agents=(Agent(family="Venn", given="Ada"),),
        container_title="Bridges & Tolls",
        volume="3",
        pages="12-24",
        issued="1934",
        identifiers=(("issn", "1234-5678"),),
    )
    assert parse_qsl(coins(csl_item(make_citation(record=record)))) == [
        ("ctx_ver", "Z39.88-2004"),
        ("rft_val_fmt", "info:ofi/fmt:kev:mtx:journal"),
        ("rft.genre", "article"),
        ("rft.atitle", "Who paid?"),
        ("rft.jtitle", "Bridges & Tolls"),
        ("rft.aulast", "Venn"),
        ("rft.aufirst", "Ada"),
        ("rft.au", "Venn, Ada"),
        ("rft.date", "1934"),
        ("rft.pages", "12-24"),
        ("rft.volume", "3"),
        ("rft.issn", "1234-5678"),
        ("rft.language", "en"),
    ]


def test_coins_of_a_letter_and_of_a_capture() -> None:
    letter = Record(type="manuscript", title="Letter", collection="Venn Papers")
    read = dict(parse_qsl(coins(csl_item(make_citation(record=letter)))))
    assert (read["rft.type"], read["rft.source"]) == ("manuscript", "Venn Papers")
    web = make_citation(capture=make_capture(), uri="http://ferry.example/")
    read = dict(parse_qsl(coins(csl_item(web))))
    assert read["rft_val_fmt"] == "info:ofi/fmt:kev:mtx:dc"
    assert (read["rft.type"], read["rft.identifier"]) == ("webpage", "http://ferry.example/")


def test_each_part_in_a_work_is_written_as_what_it_was() -> None:
    people = (
        Agent(family="Venn", given="Ada", role="editor"),
        Agent(family="Thomas", given="David", role=""),
        Agent(family="Coe", given="Ann", role="contributor"),
        Agent(family="Bell", given="Jo", role="interviewer"),
    )
    items = [csl_item(make_citation(record=Record(type="book", title="B", agents=people)))]
    lines = ris(items).split("\r\n")
    assert [one for one in lines if one[:2] in ("AU", "A2", "A3", "ED", "N1")] == [
        "AU  - Thomas, David",
        "ED  - Venn, Ada",
        "N1  - contributor: Coe, Ann",
        "N1  - interviewer: Bell, Jo",
    ]
    made = bibtex(items)
    assert "editor = {Venn, Ada}" in made
    assert "note = {contributor: Coe, Ann; interviewer: Bell, Jo}" in made
    assert "editora" not in made
