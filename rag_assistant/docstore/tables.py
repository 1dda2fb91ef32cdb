"""The tables. Their history is in `migrations`; this is how they stand after the last one."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

collections = Table(
    "collections",
    metadata,
    Column("id", Text, primary_key=True),
    Column("config", JSON, nullable=False),
    Column("root", Text, nullable=False),
    Column("updated", Text, nullable=False),
)

files = Table(  # a row means: read to its end
    "files",
    metadata,
    Column("collection", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("mtime_ns", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("config_sha256", Text, nullable=False),
    Column("counts", JSON, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("collection", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("record", Text),
    Column("captured", Integer, nullable=False),  # 1: lives as long as it has captures
    Column("digest", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("creator", Text, nullable=False),
    Column("date_from", Integer),
    Column("date_to", Integer),
    Column("date_text", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("identifiers", JSON, nullable=False),
    Column("uri", Text, nullable=False),
    Column("own_access", Text, nullable=False),  # without `closed_until`, which passes by itself
    Column("access", Text, nullable=False),
    Column("use", Text, nullable=False),
    Column("closed_until", Integer),
    Column("access_note", Text, nullable=False),
    Column("rights_uri", Text, nullable=False),
    Column("rights_label", Text, nullable=False),
    Column("notices", JSON, nullable=False),
    Column("text_origin", Text, nullable=False),
    Column("text_quality", Float),
    Column("described_by", Text, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("pages_without_text", Integer, nullable=False),
    Column("notes", JSON, nullable=False),
    Column("hidden", Integer, nullable=False),
    Column("indexed_at", Text, nullable=False),
    Column("address", Text, nullable=False, server_default=""),  # of `uri`; captures have their own
    Column("details", JSON(none_as_null=True)),  # a `schema.Record`
    Column("languages", JSON, nullable=False, server_default="[]"),  # (code, share) of the text
    Index("documents_by_path", "collection", "path"),
    Index("documents_by_uri", "uri"),
    Index("documents_by_address", "address"),
)

sections = Table(
    "sections",
    metadata,
    Column("id", Text, primary_key=True),
    Column("document_id", Text, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("headings", JSON, nullable=False),
    Column("pages", JSON, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("places", JSON, nullable=False, server_default="[]"),
    Index("sections_by_document", "document_id"),
)

identifiers = Table(  # by which a document's work can be looked up: see `works`
    "identifiers",
    metadata,
    Column("scheme", Text, primary_key=True),
    Column("value", Text, primary_key=True),  # of `identifiers.identifier_key`
    Column("document_id", Text, ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Index("identifiers_by_document", "document_id"),
    sqlite_with_rowid=False,
)

titles = Table(
    "titles",
    metadata,
    Column("key", Text, primary_key=True),  # of `titles.title_keys`
    Column("document_id", Text, ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Index("titles_by_document", "document_id"),
    sqlite_with_rowid=False,
)

names = Table(  # of persons and places, by which documents are found: see `named`
    "names",
    metadata,
    Column("facet", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("document_id", Text, ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Index("names_by_document", "document_id"),
    sqlite_with_rowid=False,
)

passages = Table(
    "passages",
    metadata,
    Column("id", Text, primary_key=True),
    Column("document_id", Text, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("section_id", Text, ForeignKey("sections.id", ondelete="CASCADE"), nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("sentences", JSON, nullable=False),
    Column("text_hash", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False, server_default=text("x''")),
    Column("language", Text),  # None: its document's
    Index("passages_by_document", "document_id"),
    Index("passages_by_section", "section_id"),
    Index("passages_by_text", "text_hash"),
)

captures = Table(
    "captures",
    metadata,
    Column("collection", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("record", Text, primary_key=True),
    Column("document_id", Text, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("uri", Text, nullable=False),
    Column("timestamp", Text, nullable=False),
    Column("offset", Integer, nullable=False),
    Column("payload_digest", Text, nullable=False),
    Column("hidden", Integer, nullable=False),
    Column("address", Text, nullable=False, server_default=""),  # of `addresses.address_key`
    Column("site", BigInteger, nullable=False, server_default="0"),  # of `furniture.site_number`
    Column("member", Text, nullable=False, server_default=""),
    Column(
        "title", Text, nullable=False, server_default=""
    ),  # of `schema.title_of`; "" of a revisit
    Index("captures_by_document", "document_id", "timestamp"),
    Index("captures_by_uri", "uri", "timestamp"),
    Index("captures_by_address", "address", "timestamp"),
    Index("captures_by_site", "site", "address"),
    Index("captures_by_digest", "payload_digest"),
)

misses = Table(  # captures of an address that gave no page then: errors and redirects
    "misses",
    metadata,
    Column("collection", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("record", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("uri", Text, nullable=False),
    Column("timestamp", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Index("misses_by_address", "address", "timestamp"),
)

revisits = Table(  # records that repeat another capture: those with a document are captures too
    "revisits",
    metadata,
    Column("collection", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("record", Text, primary_key=True),
    Column("uri", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("timestamp", Text, nullable=False),
    Column("offset", Integer, nullable=False),
    Column("payload_digest", Text, nullable=False),
    Column("member", Text, nullable=False),
    Column("refers_to", Text, nullable=False),  # the address of the capture that it repeats
    Column("refers_at", Text, nullable=False),  # its timestamp; both are "" where not said
    Column("refers_place", BigInteger),  # of `revisits.place_number`
    Column("staff", Integer, nullable=False),  # 1: only a document for the staff will do
    Column("outcome", Text),  # None: yet to be settled; "": it has a document; else why not
)

set_aside = Table(  # why a capture gave no document, so that its revisits can say so too
    "set_aside",
    metadata,
    Column("collection", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("record", Text, primary_key=True),
    Column("place", BigInteger, nullable=False),  # of `revisits.place_number`
    Column("payload_digest", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("set_aside_by_place", "place"),
    Index("set_aside_by_digest", "payload_digest"),
)

lines = Table(  # which lines stand in which captured page: see `furniture`
    "lines",
    metadata,
    Column("site", BigInteger, primary_key=True),
    Column("line", BigInteger, primary_key=True),
    Column("document_id", Text, ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Index("lines_by_document", "document_id"),
    sqlite_with_rowid=False,
)

furniture = Table(  # lines that repeat across what an audience can read of a site
    "furniture",
    metadata,
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    Column("audience", Text, primary_key=True),  # its documents pass the line over, but `home`
    Column("site", BigInteger, nullable=False),
    Column("home", Text, nullable=False),
    Index("furniture_by_site", "site"),
)

unsettled = Table(  # sites whose furniture is to be found anew
    "unsettled",
    metadata,
    Column("site", BigInteger, primary_key=True, autoincrement=False),
)

resplits = Table(  # documents whose passages are to be made anew
    "resplits",
    metadata,
    Column("document_id", Text, ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
)

failures = Table(
    "failures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("record", Text),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index("failures_by_path", "collection", "path"),
)

REMOVES = text("changes.removed <> '[]'")
"""The condition on `changes` that entries go; SQLite uses the index only where it says the same."""

changes = Table(
    "changes",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("document_id", Text, nullable=False),
    Column("removed", JSON, nullable=False),
    Index("changes_that_remove", "seq", sqlite_where=text("removed <> '[]'")),
    sqlite_autoincrement=True,
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", Text, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("generation", Text, nullable=False),
    # The last change when the generation was begun; -1: another is asked for in its place.
    Column("begun", Integer, nullable=False, server_default="0"),
)

taken = Table(  # changes beyond its cursor that an index has taken, in an order of its own
    "taken",
    metadata,
    Column("name", Text, primary_key=True),
    Column("generation", Text, primary_key=True),
    Column("seq", Integer, primary_key=True),
    sqlite_with_rowid=False,
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("item", Text, primary_key=True),
    Column("also", Text, nullable=False),  # a page's id under the other access, else ""
    Column("action", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Text, nullable=False),  # since when; doing it again changes nothing
    # What a removal touched (`receipts.Facts`), for as long as it is not erased; then since when.
    Column("facts", JSON(none_as_null=True)),
    Column("erased", Text),
)

marks = Table(  # by which a removed item is known again, whatever it is called then
    "marks",
    metadata,
    Column("item", Text, ForeignKey("tombstones.item", ondelete="CASCADE"), primary_key=True),
    Column("kind", Text, primary_key=True),  # document, payload, text or address
    Column("value", Text, primary_key=True),
    Index("marks_by_value", "value", "kind"),
    sqlite_with_rowid=False,
)

gone = Table(  # ids of what was removed, so that an old link can say so
    "gone",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", Text, nullable=False),
    Column("access", Text, nullable=False, server_default="staff"),  # who knew that it was there
)

vector_metadata = MetaData()

vectors = Table(
    "vectors",
    vector_metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("text_hash", Text, primary_key=True),
    Column("vector", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
