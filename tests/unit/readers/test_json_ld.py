"""JSON-LD: what a page says of itself, and no word more."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from rag_assistant.ports import Blob
from rag_assistant.readers import html, json_ld
from rag_assistant.readers.markup import parsed_page
from rag_assistant.schema import Description, Document, Rights

PROSE = "<p>The library stands in Priory Street and is open from Tuesday to Saturday all year.</p>"


def script(value: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def described(*scripts: str) -> Description:
    tree = parsed_page(f"<html><head>{''.join(scripts)}</head><body>{PROSE}</body></html>")
    return json_ld.described(tree)


def page(head: str, lang: str = "") -> Document:
    text = f"<html{lang}><head>{head}</head><body>{PROSE}</body></html>"
    return html.read(Blob(data=text.encode(), name="http://e.org/", declared_type="text/html"))


ARTICLE = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "The mill &amp; the flood",
    "author": [{"@type": "Person", "name": "Ada Ohm"}, {"@type": "Person", "name": "Jo Bell"}],
    "datePublished": "2014-02-12T09:00:00+00:00",
    "dateModified": "2016-01-01",
    "inLanguage": "en-GB",
    "license": "https://creativecommons.org/licenses/by/4.0/",
    "identifier": {"@type": "PropertyValue", "propertyID": "doi", "value": "10.1234/mill.5"},
    "articleBody": "SECRET words that the page does not show.",
    "description": "SECRET too",
    "publisher": {"@type": "Organization", "name": "The Paper"},
}


def test_all_that_is_taken() -> None:
    description = described(script(ARTICLE))
    assert description.title == "The mill & the flood"
    assert description.creator == "Ada Ohm; Jo Bell"
    assert description.date is not None
    assert description.date.text == "2014-02-12"
    assert description.language == "en-GB"
    assert description.rights == Rights(uri="https://creativecommons.org/licenses/by/4.0/")
    assert description.identifiers == {"doi": "10.1234/mill.5"}


def test_a_page_is_described_by_it_and_never_quoted_from_it() -> None:
    document = page(script(ARTICLE))
    assert document.description.title == "The mill & the flood"
    assert document.description.creator == "Ada Ohm; Jo Bell"
    assert document.description.rights == Rights(uri="https://creativecommons.org/licenses/by/4.0/")
    assert "SECRET" not in repr(document)


def test_the_page_itself_comes_first() -> None:
    head = (
        "<title>From the page</title><meta name=author content='Town Clerk'>"
        "<meta name=dc.date content=2001><meta name=citation_doi content=10.9999/page>"
    )
    document = page(head + script(ARTICLE | {"isbn": "9780306406157"}), lang=' lang="cy"')
    description = document.description
    assert (description.title, description.creator) == ("From the page", "Town Clerk")
    assert description.date is not None
    assert (description.date.text, description.language) == ("2001", "cy")
    assert description.identifiers == {"doi": "10.9999/page", "isbn": "9780306406157"}


@pytest.mark.parametrize(
    "value",
    [
        ARTICLE,
        [ARTICLE],
        {"@graph": [{"@type": "WebSite", "name": "The site"}, ARTICLE]},
        {"@type": "WebPage", "name": "The page", "mainEntity": ARTICLE},
        [{"@type": "WebPage", "name": "Page"}, {"@type": "BreadcrumbList", "name": "B"}, ARTICLE],
        ARTICLE | {"@type": ["Thing", "https://schema.org/ScholarlyArticle"]},
        ARTICLE | {"@type": "schema:BlogPosting"},
        ARTICLE | {"@type": "MusicEvent", "headline": None, "name": "The mill & the flood"},
        [ARTICLE, ARTICLE | {"@type": "Article"}],
    ],
)
def test_where_the_work_stands(value: Any) -> None:
    assert described(script(value)).title == "The mill & the flood"


def test_several_works_are_a_list_and_the_page_speaks() -> None:
    other = ARTICLE | {"headline": "Another one"}
    description = described(script([ARTICLE, other, {"@type": "CollectionPage", "name": "All"}]))
    assert (description.title, description.creator) == ("All", "")
    assert described(script([ARTICLE, other])) == Description()


def test_what_the_work_does_not_say_the_page_does() -> None:
    work = {"@type": "Book", "name": "Mills", "isbn": ["978-0-306-40615-7"]}
    description = described(
        script({"@type": "ItemPage", "name": "Page", "datePublished": "2003"}), script(work)
    )
    assert description.title == "Mills"
    assert description.date is not None
    assert description.date.text == "2003"
    assert description.identifiers == {"isbn": "978-0-306-40615-7"}


@pytest.mark.parametrize(
    ("author", "creator"),
    [
        ("Ada Ohm", "Ada Ohm"),
        (["Ada Ohm", "Ada Ohm", "Jo"], "Ada Ohm; Jo"),
        ({"@id": "#ada"}, "Ada by reference"),
        ({"@id": "#nobody"}, ""),
        ("https://example.org/profile/ada", ""),
        ({"name": {"@value": "Ada Ohm", "@language": "en"}}, "Ada Ohm"),
        ({"name": ["Ada Ohm", "A. O."]}, "Ada Ohm"),
        (7, ""),
        ([], ""),
        (None, ""),
    ],
)
def test_authors(author: Any, creator: str) -> None:
    person = {"@type": "Person", "@id": "#ada", "name": "Ada by reference"}
    work = {"@type": "Article", "headline": "T", "author": author}
    assert described(script({"@graph": [person, work]})).creator == creator


@pytest.mark.parametrize(
    ("license", "rights"),
    [
        ("https://rightsstatements.org/vocab/InC/1.0/",
         Rights(uri="https://rightsstatements.org/vocab/InC/1.0/")),
        ({"@type": "CreativeWork", "name": "CC BY", "url": "https://cc.example/by"},
         Rights(uri="https://cc.example/by", label="CC BY")),
        (["https://cc.example/by", "https://cc.example/nc"], Rights(uri="https://cc.example/by")),
        ("All rights reserved", Rights(label="All rights reserved")),
        ({"url": "javascript:alert(1)", "name": "CC"}, Rights(label="CC")),
        ("/licence.html", None),
        ({}, None),
        (True, None),
    ],
)  # fmt: skip
def test_licences(license: Any, rights: Rights | None) -> None:
    assert described(script({"@type": "Article", "license": license})).rights == rights


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("https://doi.org/10.1234/a(b)", {"doi": "10.1234/a(b)"}),
        ("doi:10.1234/x", {"doi": "10.1234/x"}),
        ([{"propertyID": "ISSN", "value": "1234-5678"}, {"propertyID": "shop", "value": "9"}],
         {"issn": "1234-5678"}),
        ({"propertyID": "https://registry.identifiers.org/registry/doi", "value": "10.12345/z"},
         {"doi": "10.12345/z"}),
        ("internal-77", {}),
        ({"propertyID": "doi", "value": "none"}, {}),
    ],
)  # fmt: skip
def test_identifiers(identifier: Any, expected: dict[str, str]) -> None:
    value = {"@type": "Article", "identifier": identifier}
    assert described(script(value)).identifiers == expected


@pytest.mark.parametrize(
    ("dates", "text"),
    [
        ({"datePublished": "12 Feb 2014", "dateModified": "2016"}, "12 Feb 2014"),
        ({"datePublished": "soon", "dateModified": "2016-01-02T00:00"}, "2016-01-02"),
        ({"dateCreated": "1999", "dateModified": "2016"}, "1999"),
    ],
)
def test_dates(dates: dict[str, str], text: str) -> None:
    date = described(script({"@type": "Article", **dates})).date
    assert date is not None
    assert date.text == text


@pytest.mark.parametrize(
    "written",
    [
        "<!-- {} -->",
        "//<![CDATA[\n{}\n//]]>",
        "/*<![CDATA[*/ {} /*]]>*/",
        "\n\n{};",
        "{} trailing words",
    ],
)
def test_wrappings(written: str) -> None:
    value = json.dumps({"@type": "Article", "headline": "Found"})
    tag = '<script type="Application/LD+JSON; charset=utf-8">'
    assert described(f"{tag}{written.replace('{}', value)}</script>").title == "Found"


@pytest.mark.parametrize(
    "broken",
    [
        '{"@type": "Article", "headline": ',
        "",
        "not json",
        "[" * 100_000,
        "7",
        '"words"',
        "null",
        '{"@type": 7, "headline": "x"}',
        '{"@type": ["Article", {}], "headline": {"a": 1}, "author": [[[["x"]]]], "license": [[]]}',
        '{"@type": "Article", "datePublished": {"@value": []}, "identifier": [null, 3, {}]}',
        '{"@type": "Article", "isbn": ' + "9" * 10_000 + "}",
    ],
)
def test_broken_scripts_cost_nothing_else(broken: str) -> None:
    broken = f'<script type="application/ld+json">{broken}</script>'
    assert described(broken, script({"@type": "Book", "name": "Found"})).title in ("Found", "")
    assert "Priory Street" in page(broken).sections[0].text


def test_a_line_end_within_words_is_tolerated() -> None:
    broken = (
        '<script type="application/ld+json">{"@type":"Article","headline":"Two\nlines"}</script>'
    )
    assert described(broken).title == "Two lines"


def test_sizes_are_bounded() -> None:
    deep: Any = ARTICLE
    for _ in range(50):
        deep = {"@graph": [deep]}
    assert described(script(deep)) == Description()
    started = time.monotonic()
    many = [ARTICLE | {"headline": f"Number {n}"} for n in range(20_000)]
    assert described(script(many)) == Description()
    long = described(script({"@type": "Article", "headline": "word " * 10_000}))
    assert len(long.title) <= 500
    assert time.monotonic() - started < 5
