"""Office documents and e-books built part by part, with no library that readers use."""

from __future__ import annotations

import io
import zipfile

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DOCX_SPACES = (
    f'xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:v="urn:schemas-microsoft-com:vml"'
)
WORD_STYLES = """
<w:style w:type="paragraph" w:default="1" w:styleId="Standard"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>
<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="House heading"/>
<w:basedOn w:val="berschrift2"/></w:style>
<w:style w:type="character" w:styleId="Secret"><w:name w:val="Secret"/>
<w:rPr><w:vanish/></w:rPr></w:style>
"""
ODT_SPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office", "text": "text", "table": "table", "style": "style", "meta": "meta",
        "draw": "drawing", "fo": "xsl-fo-compatible", "manifest": "manifest",
    }.items()
) + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'  # fmt: skip


def packed(parts: dict[str, str | bytes], stored: str = "mimetype") -> bytes:
    """A zip file of parts in this order; one of them is stored as it is."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as package:
        for name, part in parts.items():
            method = zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED
            package.writestr(name, part, method)
    return data.getvalue()


def paragraph(text: str, style: str = "", properties: str = "") -> str:
    """A paragraph of Word; markup in the text stands as runs."""
    runs = text if text.startswith("<") else run(text)
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{named}{properties}</w:pPr>{runs}</w:p>"


def run(text: str, properties: str = "") -> str:
    """A run of Word."""
    inner = f'<w:t xml:space="preserve">{text}</w:t>'
    return f"<w:r><w:rPr>{properties}</w:rPr>{inner}</w:r>"


def call(kind: str, number: int) -> str:
    """The call of a note."""
    return f'<w:r><w:{kind}Reference w:id="{number}"/></w:r>'


def docx(
    body: str,
    *,
    footnotes: str = "",
    endnotes: str = "",
    styles: str = WORD_STYLES,
    core: str = "",
    parts: dict[str, str | bytes] | None = None,
) -> bytes:
    """A DOCX; ``footnotes`` and ``endnotes`` are w:footnote and w:endnote elements."""
    made: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_RELATIONSHIPS}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f"<w:document {_DOCX_SPACES}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": f"<w:styles {_DOCX_SPACES}>{styles}</w:styles>",
        "word/footnotes.xml": f"<w:footnotes {_DOCX_SPACES}>{footnotes}</w:footnotes>",
        "word/endnotes.xml": f"<w:endnotes {_DOCX_SPACES}>{endnotes}</w:endnotes>",
        "docProps/core.xml": '<cp:coreProperties xmlns:cp="urn:cp" xmlns:dcterms="urn:dcterms"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/">{core}</cp:coreProperties>',
    }
    return packed(made | (parts or {}))


def note(kind: str, number: int, *paragraphs: str) -> str:
    """A footnote or an endnote of Word."""
    return f'<w:{kind} w:id="{number}">{"".join(map(paragraph, paragraphs))}</w:{kind}>'


def odt(
    body: str,
    *,
    automatic: str = "",
    styles: str = "",
    meta: str = "",
    parts: dict[str, str | bytes] | None = None,
) -> bytes:
    """An ODT; ``automatic`` are the styles of its content, ``styles`` what styles.xml holds."""
    made: dict[str, str | bytes] = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": f"<office:document-content {ODT_SPACES}>"
        f"<office:automatic-styles>{automatic}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>",
        "styles.xml": f"<office:document-styles {ODT_SPACES}>{styles}</office:document-styles>",
        "meta.xml": f"<office:document-meta {ODT_SPACES}><office:meta>{meta}</office:meta>"
        "</office:document-meta>",
    }
    return packed(made | (parts or {}))


CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)


def epub(
    chapters: dict[str, str],
    *,
    metadata: str = "<dc:title>The Ferry</dc:title>",
    nav: str = "",
    manifest: str = "",
    spine: str = "",
    toc: str = "",
    parts: dict[str, str | bytes] | None = None,
) -> bytes:
    """An e-book of XHTML chapters.

    ``nav`` is the body of its navigation document, ``toc`` the contents list of EPUB 2, and
    ``manifest`` and ``spine`` are further entries of these.
    """
    items = "".join(
        f'<item id="c{number}" href="{name}" media-type="application/xhtml+xml"/>'
        for number, name in enumerate(chapters)
    )
    listed = '<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
    ncx = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    order = "".join(f'<itemref idref="c{number}"/>' for number in range(len(chapters)))
    made: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:opf="http://www.idpf.org/2007/opf">{metadata}</metadata>'
        f"<manifest>{items}{listed if nav else ''}{ncx if toc else ''}{manifest}</manifest>"
        f'<spine toc="ncx">{order}{spine}</spine></package>',
        **{f"OEBPS/{name}": xhtml(body) for name, body in chapters.items()},
        **({"OEBPS/nav.xhtml": xhtml(nav)} if nav else {}),
        **({"OEBPS/toc.ncx": toc} if toc else {}),
    }
    return packed(made | (parts or {}))


def xhtml(body: str, head: str = "") -> str:
    """A page of an e-book."""
    return (
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'
        f"<head>{head}</head><body>{body}</body></html>"
    )
