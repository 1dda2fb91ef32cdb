"""Works as catalogues describe them, each in four formats that carry the same facts."""

from __future__ import annotations

from io import BytesIO

import pymarc
from pymarc import Field, Indicators, Subfield

BOOK_MODS = b"""<mods xmlns="http://www.loc.gov/mods/v3" version="3.7">
  <titleInfo>
    <nonSort>The</nonSort><title>harbour at Brest</title>
    <subTitle>a history in maps</subTitle>
  </titleInfo>
  <titleInfo type="alternative"><title>Brest and its harbour</title></titleInfo>
  <name type="personal" usage="primary">
    <namePart>Le Goff, Ana\xc3\xafs</namePart><namePart type="date">1901-1977</namePart>
    <role><roleTerm type="text" authority="marcrelator">author</roleTerm></role>
  </name>
  <name type="personal">
    <namePart type="family">Kervella</namePart><namePart type="given">Yann</namePart>
    <role><roleTerm type="code" authority="marcrelator">ill</roleTerm></role>
  </name>
  <name type="corporate">
    <namePart>Soci\xc3\xa9t\xc3\xa9 d'histoire</namePart><namePart>Section maritime</namePart>
    <role><roleTerm type="code" authority="marcrelator">edt</roleTerm></role>
  </name>
  <name type="corporate">
    <namePart>City Library</namePart>
    <role><roleTerm type="text">owner</roleTerm></role>
  </name>
  <typeOfResource>text</typeOfResource>
  <genre authority="gmgpc">History books</genre>
  <originInfo>
    <place><placeTerm type="code" authority="marccountry">fr</placeTerm></place>
    <place><placeTerm type="text">Brest</placeTerm></place>
    <publisher>Editions du Port</publisher>
    <dateIssued>c1934</dateIssued><dateIssued encoding="marc">1934</dateIssued>
    <edition>2nd ed.</edition><issuance>monographic</issuance>
  </originInfo>
  <originInfo eventType="digitization">
    <place><placeTerm type="text">Paris</placeTerm></place><publisher>Scan SA</publisher>
    <dateCaptured encoding="w3cdtf">2019</dateCaptured><edition>Electronic ed.</edition>
  </originInfo>
  <language><languageTerm type="code" authority="iso639-2b">fre</languageTerm></language>
  <language><languageTerm type="code" authority="iso639-2b">bre</languageTerm></language>
  <physicalDescription><extent>xii, 310 p. : maps ; 22 cm</extent></physicalDescription>
  <abstract>How the harbour grew.</abstract>
  <subject authority="lcsh">
    <topic>Harbors</topic><geographic>France</geographic><topic>History</topic>
  </subject>
  <subject><geographic>Brest (France)</geographic></subject>
  <subject authority="lcsh">
    <name type="personal">
      <namePart>Vauban, S\xc3\xa9bastien</namePart><namePart type="date">1633-1707</namePart>
    </name>
  </subject>
  <classification authority="lcc">DC801.B83 L44 1934</classification>
  <identifier type="isbn">0-15-678733-0</identifier>
  <identifier type="doi">10.5555/brest.1934</identifier>
  <identifier type="isbn" invalid="yes">9999999999</identifier>
  <identifier type="oclc">1234567</identifier>
  <identifier type="local">(OCoLC)ocm01234567</identifier>
  <location><url usage="primary display">https://library.example.org/brest</url></location>
  <accessCondition type="restriction on access">Open for research.</accessCondition>
  <accessCondition type="use and reproduction">In copyright.</accessCondition>
  <recordInfo><recordIdentifier source="XXX">brest-1</recordIdentifier></recordInfo>
</mods>"""

BOOK_DC = b"""<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:marcrel="http://id.loc.gov/vocabulary/relators/">
  <dc:title>The harbour at Brest : a history in maps</dc:title>
  <dc:creator>Le Goff, Ana\xc3\xafs, 1901-1977</dc:creator>
  <marcrel:ill>Kervella, Yann</marcrel:ill>
  <marcrel:edt>Soci\xc3\xa9t\xc3\xa9 d'histoire. Section maritime</marcrel:edt>
  <marcrel:own>City Library</marcrel:own>
  <dc:publisher>Brest : Editions du Port</dc:publisher>
  <dcterms:issued>1934</dcterms:issued>
  <dc:type>Text</dc:type>
  <dc:type>Book</dc:type>
  <dc:type>History books</dc:type>
  <dc:language>fre</dc:language>
  <dc:language>Breton</dc:language>
  <dcterms:extent>xii, 310 p. : maps ; 22 cm</dcterms:extent>
  <dcterms:abstract>How the harbour grew.</dcterms:abstract>
  <dc:subject>Harbors--France--History</dc:subject>
  <dc:subject>Brest (France)</dc:subject>
  <dc:subject>Vauban, S\xc3\xa9bastien, 1633-1707</dc:subject>
  <dc:subject xsi:type="dcterms:LCC">DC801.B83 L44 1934</dc:subject>
  <dc:identifier>ISBN 0-15-678733-0</dc:identifier>
  <dc:identifier>doi:10.5555/brest.1934</dc:identifier>
  <dc:identifier>(OCoLC)ocm01234567</dc:identifier>
  <dc:identifier>https://library.example.org/brest</dc:identifier>
  <dcterms:accessRights>Open for research.</dcterms:accessRights>
  <dc:rights>In copyright.</dc:rights>
</metadata>"""

ARTICLE_MODS = b"""<mods xmlns="http://www.loc.gov/mods/v3">
  <titleInfo><title>Tides</title></titleInfo>
  <name type="personal" usage="primary"><namePart>Ker, Ida</namePart></name>
  <typeOfResource>text</typeOfResource>
  <originInfo><dateIssued>Mar. 1934</dateIssued></originInfo>
  <relatedItem type="host">
    <titleInfo><title>Annals of the sea</title></titleInfo>
    <originInfo><issuance>serial</issuance></originInfo>
    <part>
      <detail type="volume"><number>12</number></detail>
      <detail type="issue"><number>3</number></detail>
      <extent unit="pages"><start>45</start><end>67</end></extent>
    </part>
  </relatedItem>
</mods>"""

ARTICLE_DC = b"""<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">
  <dc:title>Tides</dc:title>
  <dc:creator>Ker, Ida</dc:creator>
  <dc:type>info:eu-repo/semantics/article</dc:type>
  <dc:date>1934-03</dc:date>
  <dcterms:isPartOf>Annals of the sea</dcterms:isPartOf>
  <dcterms:bibliographicCitation>
    Annals of the sea, vol. 12, no. 3 (1934), pp. 45-67
  </dcterms:bibliographicCitation>
</oai_dc:dc>"""


def book_marc() -> pymarc.Record:
    record = pymarc.Record(leader="00000cam a2200000 a 4500")
    record.add_field(
        Field(tag="001", data="brest-1"),
        Field(tag="008", data="340101s1934    fr            000 0 fre d"),
        _field("020", "  ", a="0-15-678733-0 (pbk.)"),
        _field("020", "  ", z="9999999999"),
        _field("024", "7 ", a="10.5555/brest.1934", b="", _2="doi"),
        _field("035", "  ", a="(OCoLC)ocm01234567"),
        _field("041", "0 ", a="frebre"),
        _field("050", " 4", a="DC801.B83", b="L44 1934"),
        _field("100", "1 ", a="Le Goff, Ana\u00efs,", d="1901-1977,", e="author."),
        _field("245", "14", a="The harbour at Brest :", b="a history in maps /", c="A. Le Goff."),
        _field("246", "3 ", a="Brest and its harbour"),
        _field("250", "  ", a="2nd ed."),
        _field("264", " 4", c="\u00a91933"),
        _field("264", " 1", a="Brest :", b="Editions du Port,", c="c1934."),
        _field("300", "  ", a="xii, 310 p. :", b="maps ;", c="22 cm."),
        _field("506", "  ", a="Open for research."),
        _field("520", "  ", a="How the harbour grew."),
        _field("540", "  ", a="In copyright."),
        _field("541", "0 ", a="Bought for 12 francs."),
        _field("650", " 0", a="Harbors", z="France", x="History."),
        _field("651", " 0", a="Brest (France)"),
        _field("600", "10", a="Vauban, S\u00e9bastien,", d="1633-1707."),
        _field("655", " 7", a="History books.", _2="gmgpc"),
        _field("700", "1 ", a="Kervella, Yann,", e="illustrator."),
        _field("700", "1 ", a="Hugo, Victor,", d="1802-1885.", t="Les mis\u00e9rables."),
        _field("710", "2 ", a="Soci\u00e9t\u00e9 d'histoire.", b="Section maritime.", _4="edt"),
        _field("710", "2 ", a="City Library,", e="owner."),
        _field("856", "40", u="https://library.example.org/brest"),
        _field("999", "  ", a="staff remark"),
    )
    return record


def article_marc() -> pymarc.Record:
    record = pymarc.Record(leader="00000cab a2200000 a 4500")
    record.add_field(
        Field(tag="008", data="340101e193403  fr            000 0 eng d"),
        _field("100", "1 ", a="Ker, Ida."),
        _field("245", "10", a="Tides /", c="Ida Ker."),
        _field("773", "0 ", t="Annals of the sea.", g="Vol. 12, no. 3 (Mar. 1934), p. 45-67"),
    )
    return record


def as_marc(record: pymarc.Record) -> bytes:
    return bytes(record.as_marc())


def as_marcxml(record: pymarc.Record) -> bytes:
    return bytes(pymarc.record_to_xml(record, namespace=True))


def as_marcjson(record: pymarc.Record) -> bytes:
    return str(record.as_json()).encode()


def many(records: list[pymarc.Record]) -> bytes:
    buffer = BytesIO()
    for record in records:
        buffer.write(record.as_marc())
    return buffer.getvalue()


def _field(tag: str, indicators: str, **values: str) -> Field:
    subfields = [Subfield(code=code.lstrip("_"), value=words) for code, words in values.items()]
    return Field(tag=tag, indicators=Indicators(*indicators), subfields=subfields)
