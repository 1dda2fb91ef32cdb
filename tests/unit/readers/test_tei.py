"""Editions in TEI: what the source says, where it says it, and what the header says of it."""

from __future__ import annotations

import pytest

from rag_assistant.errors import FailedError, SkippedError
from rag_assistant.ports import Blob
from rag_assistant.readers import read_blob, tei
from rag_assistant.readers.sniff import sniff
from rag_assistant.schema import Agent, Document, Page, Place, Record, Rights, Section

HEADER = """<teiHeader><fileDesc>
<titleStmt><title type="main">Letters of Ada Bell</title><title type="sub">1887–1890</title>
<author><persName><surname>Bell</surname>, <forename>Ada</forename></persName></author>
<author>The Ferry Company</author><editor>Roe, Jane</editor>
<editor role="translator">Max Muster</editor></titleStmt>
<publicationStmt><publisher>Town Library</publisher><date when="2010">2010</date>
<idno type="DOI">https://doi.org/10.1234/abc</idno><idno type="shelf">e-1</idno>
<availability><licence target="https://creativecommons.org/licenses/by/4.0/">CC BY</licence>
</availability></publicationStmt>
<sourceDesc><msDesc><msIdentifier><settlement>Ollerbridge</settlement>
<repository>Town Archive</repository><collection>Bell papers</collection><idno>MS 12</idno>
</msIdentifier><history><origin><origDate notBefore="1887" notAfter="1890"/></origin></history>
</msDesc></sourceDesc></fileDesc>
<profileDesc><langUsage><language ident="la" usage="10"/><language ident="en" usage="90"/>
</langUsage><textClass><keywords><term>Ferries</term></keywords></textClass></profileDesc>
</teiHeader>"""


def edition(body: str, *, header: str = "", front: str = "", back: str = "", more: str = "") -> str:
    return (
        '<?xml version="1.0"?><?xml-model href="tei_all.rng"?>'
        f'<TEI xmlns="http://www.tei-c.org/ns/1.0">{header}{more}'
        f"<text>{front}<body>{body}</body>{back}</text></TEI>"
    )


def read(body: str, **parts: str) -> Document:
    return tei.read(Blob(data=edition(body, **parts).encode(), name="a.xml"))


def text_of(body: str) -> str:
    return "\n\n".join(section.text for section in read(body).sections)


def whole(text: str, path: str) -> tuple[Place, ...]:
    return (Place(start=0, end=len(text), path=path),)


def test_the_header() -> None:
    document = read("<p>Dear Sir,</p>", header=HEADER)
    said = document.description
    assert (said.title, said.creator) == (
        "Letters of Ada Bell: 1887–1890",
        "Bell, Ada; The Ferry Company",
    )
    assert (said.kind, said.text_origin, said.described_by) == ("edition", "transcript", "source")
    assert said.language == "en"
    assert said.date is not None
    assert said.date.text == "1887/1890"
    assert said.rights == Rights(uri="https://creativecommons.org/licenses/by/4.0/", label="CC BY")
    assert said.identifiers == {"doi": "10.1234/abc", "local": "e-1"}
    assert said.record == Record(
        type="manuscript",
        title="Letters of Ada Bell: 1887–1890",
        agents=(
            Agent(family="Bell", given="Ada"),
            Agent(literal="The Ferry Company"),
            Agent(family="Roe", given="Jane", role="editor"),
            Agent(literal="Max Muster", role="translator"),
        ),
        issued="1887/1890",
        languages=("en", "la"),
        subjects=("Ferries",),
        identifiers=(("doi", "10.1234/abc"), ("local", "e-1")),
        repository="Town Archive, Ollerbridge",
        collection="Bell papers",
        call_number="MS 12",
    )
    assert document.sections == (Section(text="Dear Sir,", places=whole("Dear Sir,", "text/body")),)


def test_a_printed_source_and_a_born_digital_edition() -> None:
    printed = HEADER.replace(
        HEADER[HEADER.index("<msDesc>") : HEADER.index("</msDesc>") + 9],
        "<biblStruct><monogr><imprint><publisher>Caslon</publisher><pubPlace>London</pubPlace>"
        '<date when="1888"/></imprint></monogr></biblStruct>',
    )
    record = read("<p>A</p>", header=printed).description.record
    assert record is not None
    assert (record.type, record.publisher, record.publisher_place, record.issued) == (
        "book", "Caslon", "London", "1888",
    )  # fmt: skip
    digital = (
        printed.replace("biblStruct", "p")
        .replace("imprint", "p")
        .replace('<date when="1888"/>', "")
    )
    record = read("<p>A</p>", header=digital).description.record
    assert record is not None
    assert (record.publisher, record.issued) == ("Town Library", "2010")


@pytest.mark.parametrize(
    ("availability", "note", "use"),
    [
        ('status="restricted"><p>Ask the archivist.</p>', "Ask the archivist.", None),
        ('status="restricted"><licence>CC BY</licence>', "", None),
        ("><p>Machine learning is not permitted.</p>", "", "quote"),
        ("><p>Closed until 2050.</p>", "Closed until 2050.", None),
        ('status="restricted"><p>Open access.</p>', "Open access.", None),
        ('status="restricted">', "", None),
    ],
)
def test_availability_narrows_and_never_widens(
    availability: str, note: str, use: str | None
) -> None:
    statement = f"<availability {availability}</availability>".replace(" >", ">")
    header = (
        "<teiHeader><fileDesc><titleStmt><title>A</title></titleStmt><publicationStmt>"
        f"{statement}</publicationStmt></fileDesc></teiHeader>"
    )
    said = read("<p>A</p>", header=header).description
    licensed = "licence" in availability
    assert (said.access_note, said.use) == (note, use)
    assert said.access == ("staff" if "restricted" in availability and not licensed else None)
    assert (said.closed_until is not None) == ("until" in note)
    assert (said.rights is not None) == ("<" in availability)


def test_what_restricts_one_text_of_a_corpus_restricts_it() -> None:
    statement = "<publicationStmt><availability status='restricted'/></publicationStmt>"
    inner = f"<TEI><teiHeader><fileDesc>{statement}</fileDesc></teiHeader></TEI>"
    assert read("<p>A</p>", more=inner).description.access == "staff"
    source = f"<sourceDesc><biblFull>{statement}</biblFull></sourceDesc>"
    header = f"<teiHeader><fileDesc>{source}</fileDesc></teiHeader>"
    assert read("<p>A</p>", header=header).description.access is None


def test_divisions_pages_and_notes() -> None:
    document = read(
        '<pb n="iv" facs="#f1"/><div type="part">'
        '<head>Part <lb/>One<note n="a">Of two.</note></head>'
        '<div type="letter" n="12"><p>It ran<note place="foot" n="1)"><p>Till 1890.</p></note>'
        ' to the weir,<pb n="v" facs="https://e.org/5.jpg"/> and back.</p></div>'
        "<div><head>Reply</head><p>Yes.</p></div></div>",
        front="<front><titlePage><docTitle><titlePart>Letters</titlePart></docTitle></titlePage>"
        "</front>",
        more='<facsimile><surface xml:id="f1"><graphic url="https://e.org/4.jpg"/></surface>'
        "</facsimile>",
    )
    body = "It ran[1] to the weir, and back."
    four = {"index": 0, "label": "iv", "image": "https://e.org/4.jpg"}
    five = {"index": 1, "label": "v", "image": "https://e.org/5.jpg"}
    assert document.sections == (
        Section(text="Letters", places=whole("Letters", "text/front")),
        Section(
            headings=("Part One", "letter 12"),
            text=f"{body}\n\na. Of two.\n\n1. Till 1890.",
            pages=(
                Page(start=0, end=22, **four),  # type: ignore[arg-type]
                Page(start=22, end=32, **five),  # type: ignore[arg-type]
                Page(start=34, end=44, **four),  # type: ignore[arg-type]
                Page(start=46, end=59, **four),  # type: ignore[arg-type]
            ),
            places=(
                Place(start=0, end=32, path="text/body/div[1]/div[1]"),
                Place(start=34, end=44, path="note a"),
                Place(start=46, end=59, path="note 1"),
            ),
        ),
        Section(
            headings=("Part One", "Reply"),
            text="Yes.",
            pages=(Page(start=0, end=4, **five),),  # type: ignore[arg-type]
            places=whole("Yes.", "text/body/div[1]/div[2]"),
        ),
    )
    assert document.pages == 2


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<choice><abbr>Mr.</abbr><expan>Mister</expan></choice>", "Mr."),
        ("<choice>\n<corr>the</corr>\n<sic>teh</sic>\n</choice>", "teh"),
        ("a <choice><reg>public</reg><orig>publick</orig></choice> way", "a publick way"),
        ("<choice><unclear>hot</unclear><unclear>hat</unclear></choice>", "hot"),
        ("<expan>Mis<ex>te</ex>r</expan> <reg>Roe</reg>", "Mister Roe"),
        ("it is <subst>\n<del>shut</del>\n<add>open</add>\n</subst>", "it is open"),
        ("<restore><del>kept</del></restore>", "kept"),
        ("a <gap reason='illegible'/> b", "a […] b"),
        ("the <app><lem>king</lem><rdg>queen</rdg></app>", "the king"),
        ("the <app><rdg>king</rdg><rdg>queen</rdg></app>", "the king"),
        ("the <fw>12</fw>king", "the king"),
        ("book<lb break='no'/>seller", "bookseller"),
        ("book-\n<lb break='no'/>\n seller", "bookseller"),
        ("book-<pb break='no' n='2'/>\n<lb/>seller", "bookseller"),
        ("Buch⸗<lb/>haus", "Buchhaus"),
        ("book-<lb/>seller", "book-\nseller"),
        ("one<lb/>two", "one two"),
        ("Ca&#xE9; &#x2014; x", "Caé — x"),
    ],
)
def test_the_words_of_the_source(markup: str, text: str) -> None:
    assert text_of(f"<p>{markup}</p>") == text


def test_what_is_left_out_is_counted() -> None:
    document = read(
        "<p>a <del>b</del> <fw>c</fw> <app><lem>d</lem><rdg>e</rdg></app></p>"
        "<figure><figDesc>A boat.</figDesc></figure>"
    )
    assert set(document.notes) == {
        "deletions in the source were left out: 1",
        "running heads and catchwords were left out: 1",
        "variant readings were left out: 1",
        "descriptions of figures were left out: 1",
    }


def test_verse_speeches_lists_and_tables() -> None:
    assert text_of(
        "<lg><lg><l>One</l><l>Two</l></lg><lg><l>Three</l></lg></lg>"
        "<sp><speaker>HAMLET</speaker><l>To be</l>\n<l>or <stage>aside</stage> not</l></sp>"
        "<list><head>Of boats</head><item>Punt</item><item><p>Skiff</p></item></list>"
        "<list><label>1887</label><item>Opened</item></list>"
        "<table><row><cell>a</cell><cell><p>b</p></cell></row></table>"
        "<closer><salute>Yours,</salute><signed>A. B.</signed></closer>"
    ) == (
        "One\nTwo\n\nThree\n\nHAMLET\n\nTo be\nor aside not\n\nOf boats\n\nPunt\nSkiff\n"
        "1887\nOpened\na | b\n\nYours,\n\nA. B."
    )


def test_notes_that_are_gathered_stay_where_they_are() -> None:
    document = read(
        "<p>Text<ref target='#n1'>1</ref></p>",
        back="<back><div type='notes'><head>Notes</head><note xml:id='n1' n='1'>Said.</note>"
        "<note>More.</note></div></back>",
    )
    assert document.sections[1] == Section(
        headings=("Notes",),
        text="1. Said.\n\n2. More.",
        places=whole("1. Said.\n\n2. More.", "text/back/div[1]"),
    )


def test_a_page_that_turns_in_a_note_turns_after_it() -> None:
    (section,) = read("<p><pb n='1'/>One<note n='1'>Long <pb n='2'/>note.</note> two.</p>").sections
    assert section.text == "One[1] two.\n\n1. Long note."
    assert [(p.label, section.text[p.start : p.end]) for p in section.pages] == [
        ("1", "One[1]"),
        ("2", " two."),
        ("1", "1. Long note."),
    ]


def test_a_corpus_and_a_group_of_texts() -> None:
    inner = "<text><body><p>{}</p></body></text>"
    corpus = (
        '<teiCorpus xmlns="http://www.tei-c.org/ns/1.0"><teiHeader/>'
        f"<TEI>{inner.format('A')}</TEI>"
        f"<TEI><text><group>{inner.format('B')}{inner.format('C')}</group></text></TEI></teiCorpus>"
    )
    document = read_blob(Blob(data=corpus.encode(), name="a.xml"))
    assert [(s.text, s.places[0].path) for s in document.sections] == [
        ("A", "TEI[1]/text/body"),
        ("B", "TEI[2]/text/group/text[1]/body"),
        ("C", "TEI[2]/text/group/text[2]/body"),
    ]


def test_p4_with_its_entities() -> None:
    old = (
        b'<!DOCTYPE TEI.2 SYSTEM "http://example.org/tei.dtd" [<!ENTITY own SYSTEM "/etc/passwd">]>'
        b'<TEI.2><teiHeader/><text lang="fr"><body><div1><head>Un</head>'
        b"<p>caf&eacute; &own;noir</p></div1></body></text></TEI.2>"
    )
    assert sniff(Blob(data=old, name="a.xml")) == "tei"
    document = read_blob(Blob(data=old, name="a.xml"))
    assert document.sections == (
        Section(headings=("Un",), text="café noir", places=whole("café noir", "text/body/div1[1]")),
    )
    assert document.description.language == "fr"
    assert document.notes == ("entities that were not looked up: own",)


def test_languages_of_divisions_are_noted() -> None:
    document = read("<div xml:lang='la'><p>Salve.</p></div><div xml:lang='en'><p>Hail.</p></div>")
    assert document.notes == ("its divisions are in en, la",)


def test_what_gives_no_text() -> None:
    with pytest.raises(SkippedError, match="no text"):
        read_blob(Blob(data=edition("", header=HEADER).encode(), name="a.xml"))
    with pytest.raises(FailedError, match="damaged XML"):
        read_blob(Blob(data=edition("<p>").encode(), name="a.xml"))
    deep = "<div>" * 230 + "<p>Deep.</p>" + "</div>" * 230
    assert read_blob(Blob(data=edition(deep).encode(), name="a.xml")).sections[0].text == "Deep."
    with pytest.raises(FailedError, match="damaged XML"):
        read_blob(Blob(data=edition("<div>" * 9000 + "</div>" * 9000).encode(), name="a.xml"))


def test_signs_that_a_file_forges_mean_nothing() -> None:
    forged = "\ufdd01\ufdd1"
    (section,) = read(f"<p>{forged}A<pb n='2'/>B{forged}</p>").sections
    assert section.text.count("B") == 1
    assert [page.label for page in section.pages] == ["2"]
