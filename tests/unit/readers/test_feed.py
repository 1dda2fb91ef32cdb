"""Feeds: each entry a section, in whatever shape the feed was published."""

from __future__ import annotations

import time
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag_assistant.errors import SkippedError
from rag_assistant.ports import Blob
from rag_assistant.readers import feed
from rag_assistant.schema import Document, Section

NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
)


def read(text: str | bytes, charset: str = "") -> Document:
    data = text if isinstance(text, bytes) else text.encode()
    return feed.read(Blob(data=data, name="http://example.org/feed", declared_charset=charset))


def rss(*items: str, head: str = "<title>News</title>") -> str:
    inner = "".join(f"<item>{item}</item>" for item in items)
    return (
        '<?xml version="1.0"?>'
        f'<rss version="2.0" {NAMESPACES}><channel>{head}{inner}</channel></rss>'
    )


def only_text(item: str) -> str:
    (section,) = read(rss(item)).sections
    return section.text


def test_rss_2() -> None:
    document = read(
        rss(
            "<title>New hours</title><link>http://e.org/1</link><author>jo@e.org (Jo Bell)</author>"
            "<description>From May the library opens at nine.</description>"
            "<pubDate>Tue, 29 Apr 2008 23:01:02 +0000</pubDate>",
            "<title>Closed</title><description>On Friday.</description>"
            "<pubDate>Fri, 02 May 2008 08:00:00 GMT</pubDate>",
            head="<title>Library news</title><description>All that is new.</description>"
            "<language>en-gb</language><managingEditor>desk@e.org (The Desk)</managingEditor>"
            "<image><title>Logo</title></image>",
        )
    )
    assert document.sections == (
        Section(text="All that is new."),
        Section(
            headings=("New hours",),
            text="Tue, 29 Apr 2008 23:01:02 +0000 · Jo Bell\n\nFrom May the library opens at nine.",
        ),
        Section(headings=("Closed",), text="Fri, 02 May 2008 08:00:00 GMT\n\nOn Friday."),
    )
    description = document.description
    assert (document.format, description.kind) == ("feed", "feed")
    assert (description.title, description.creator) == ("Library news", "The Desk")
    assert description.language == "en-gb"
    assert description.date is not None
    assert description.date.text == "2008-04-29/2008-05-02"
    assert description.date.last - description.date.first == 3
    assert document.notes == ()


def test_atom() -> None:
    document = read(
        """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de">
        <title type="html">Neues &amp;amp; Altes</title><subtitle>Aus dem Archiv</subtitle>
        <author><name>Stadtarchiv</name><email>a@e.org</email></author>
        <entry><title>Ein Fund</title><published>2019-03-04T10:00:00Z</published>
          <updated>2020-01-01T00:00:00Z</updated><author><name>Ada Ohm</name></author>
          <summary>Kurz.</summary>
          <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Der <b>Brief</b>
          lag im Keller.</p><p style="display:none">SECRET</p><script/><p>Er ist alt.</p></div>
          </content></entry>
        <entry><title>Bild</title><content type="image/png">QUJD</content></entry>
        <entry><title type="text">a &lt; b</title><content type="html">&lt;p&gt;Mehr&lt;script&gt;
          SECRET&lt;/script&gt;&lt;/p&gt;</content></entry></feed>"""
    )
    assert document.sections == (
        Section(text="Aus dem Archiv"),
        Section(
            headings=("Ein Fund",),
            text="2019-03-04T10:00:00Z · Ada Ohm\n\nDer Brief lag im Keller.\n\nEr ist alt.",
        ),
        Section(text="Bild"),
        Section(headings=("a < b",), text="Mehr"),
    )
    description = document.description
    assert (description.title, description.creator) == ("Neues & Altes", "Stadtarchiv")
    assert description.language == "de"
    assert description.date is not None
    assert description.date.text == "2019-03-04"


def test_rss_1_in_rdf() -> None:
    document = read(
        f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
        xmlns="http://purl.org/rss/1.0/" {NAMESPACES}>
        <channel rdf:about="http://e.org/"><title>Catalogue</title>
        <description>What came in.</description><dc:language>fr</dc:language>
        <items><rdf:Seq><rdf:li rdf:resource="http://e.org/1"/></rdf:Seq></items></channel>
        <item rdf:about="http://e.org/1"><title>Un livre</title><dc:creator>Zoé Roy</dc:creator>
        <dc:date>2005-06</dc:date><description>Court.</description>
        <content:encoded><![CDATA[<p>Un livre &eacute;crit par AT&T.</p>]]></content:encoded>
        </item></rdf:RDF>"""
    )
    about, item = document.sections
    assert about.text == "What came in."
    assert item == Section(
        headings=("Un livre",), text="2005-06 · Zoé Roy\n\nUn livre écrit par AT&T."
    )
    description = document.description
    assert (description.title, description.creator) == ("Catalogue", "Zoé Roy")
    assert description.language == "fr"


def test_rss_091_with_its_doctype_and_entities_of_html() -> None:
    document = read(
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
        '"http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel>'
        "<title>Caf&eacute; &ndash; AT&T</title><item><title>R&D</title>"
        "<description>Br&ouml;t&lt;chen&copy;</description></item></channel></rss>"
    )
    assert document.description.title == "Café – AT&T"
    assert document.sections == (Section(headings=("R&D",), text="Bröt<chen©"),)


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("<description>&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.</description>", "One.\n\nTwo."),
        ("<description>Fish &amp;amp; chips</description>", "Fish & chips"),
        ("<description>Fish &amp; chips</description>", "Fish & chips"),
        ("<description>if 3 &lt; 4 then</description>", "if 3 < 4 then"),
        ("<description><![CDATA[<ul><li>One<li>Two</ul>]]></description>", "One\nTwo"),
        ("<description>Un<b>escaped</b> page</description>", "Unescaped page"),
        ("<title>Only a headline</title><pubDate>2 May 2008</pubDate>",
         "Only a headline\n\n2 May 2008"),
        ("<title>T</title><description> </description><media:title>Other</media:title>", "T"),
        ("<media:description>Other</media:description><description>Own</description>", "Own"),
        ("<author>jo@example.org</author><description>Words</description>", "Words"),
        ("<description>Odd <a:b:c>names</a:b:c> of tags</description>", "Odd names of tags"),
        ("<description>Words</description><item><description>Inner</description></item>", "Words"),
    ],
)  # fmt: skip
def test_shapes_of_an_entry(item: str, text: str) -> None:
    assert only_text(item) == text


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1251", "shift_jis", "utf-16"])
def test_charsets(charset: str) -> None:
    words = {"windows-1251": "Библиотека", "shift_jis": "図書館のお知らせ"}.get(charset, "Café")
    text = rss(f"<description>{words}</description>").replace(
        '<?xml version="1.0"?>', f'<?xml version="1.0" encoding="{charset}"?>'
    )
    assert read(text.encode(charset)).sections[0].text == words


def test_the_charset_of_the_header_wins() -> None:
    text = rss("<description>Библиотека</description>")
    assert read(text.encode("koi8-r"), charset="koi8-r").sections[0].text == "Библиотека"


def test_a_feed_that_is_not_well_formed_says_so() -> None:
    text = rss("<title>One</title><description>Kept.</description>")
    document = read(text.replace("</item>", "") + "<")
    assert document.sections[0] == Section(headings=("One",), text="Kept.")
    assert document.notes == ("not well-formed: what could be read was taken",)


def test_a_prefix_that_is_not_declared() -> None:
    document = read(
        "<rss><channel><item><dc:creator>Jo</dc:creator><content:encoded>All of it."
        "</content:encoded></item></channel></rss>"
    )
    assert document.sections[0].text == "Jo\n\nAll of it."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no markup at all",
        "<rss>",
        rss(),
        rss(head="<title>T</title><description>Words of the feed alone.</description>"),
        rss("<link>http://e.org/</link>", "<description>1 2 3</description>"),
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><a>Words</a></rdf:RDF>',
    ],
)
def test_a_feed_without_entries_is_skipped(text: str) -> None:
    with pytest.raises(SkippedError, match="no text"):
        read(text)


def bomb(use: str, *, parameter: str = "") -> str:
    entities = ['<!ENTITY AMP "ha"><!ENTITY l0 "ha ha ha ha ha ha">']
    entities += [f'<!ENTITY {parameter} l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)]
    return f"<!DOCTYPE rss [{''.join(entities)}]>" + rss(use)


@pytest.mark.parametrize(
    "text",
    [
        bomb("<title>T</title><description>before &l9; after</description>"),
        bomb('<title>T</title><description type="&l9;">before after</description>'),
        bomb("<title>T</title><description>before &AMP; after</description>"),
        bomb("<title>T</title><description>before after</description>", parameter="%"),
    ],
)
def test_entities_do_not_grow(text: str) -> None:
    started = time.monotonic()
    tracemalloc.start()
    (section,) = read(text.replace('<?xml version="1.0"?>', "")).sections
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert section.text.startswith("before ")
    assert section.text.endswith(" after")
    assert "ha" not in section.text
    assert len(section.text) < 30
    assert time.monotonic() - started < 5
    assert peak < 5_000_000


def test_no_file_of_the_machine_gets_in() -> None:
    text = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + rss(
        "<description>a &x; b</description>"
    ).replace('<?xml version="1.0"?>', "")
    assert read(text).sections[0].text == "a &x; b"


SEED = rss(
    "<title>T</title><pubDate>Tue, 29 Apr 2008 23:01:02 +0000</pubDate><author>a@b (C)</author>"
    '<content type="xhtml"><x:div xmlns:x="http://www.w3.org/1999/xhtml"><p>Words</p></x:div>'
    "</content><description><![CDATA[<p>Fish & chips</p>]]></description>"
).encode()
EDIT = st.tuples(st.integers(0, len(SEED)), st.integers(0, 30), st.binary(max_size=9))


@settings(max_examples=200, deadline=5000)
@given(st.lists(EDIT, min_size=1, max_size=8))
def test_mutated_feeds_are_read_or_skipped(edits: list[tuple[int, int, bytes]]) -> None:
    content = SEED
    for position, removed, added in edits:
        content = content[:position] + added + content[position + removed :]
    with suppress(SkippedError):
        assert read(content).sections


@pytest.mark.parametrize(
    "text",
    [
        "<rss><channel>" + "<item><title>T" * 20_000,
        "<rss>" + "<![CDATA[" * 200_000,
        "<rss><channel><item><title>" + "&a" * 200_000,
        "<rss><channel><item><description>" + "&lt;b" * 50_000,
        "<rss><channel>" + "<item><title>T</title></item>" * 5_000 + "</channel></rss>",
    ],
)
def test_hostile_repetition_ends_soon(text: str) -> None:
    started = time.monotonic()
    with suppress(SkippedError):
        read(text)
    assert time.monotonic() - started < 5
