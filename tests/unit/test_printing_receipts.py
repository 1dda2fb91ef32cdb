"""A receipt in words: it claims what is known, and names what finishes the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag_assistant.cli import printing_receipts
from rag_assistant.docstore.receipts import Receipt, SimilarItem, SourceFile

AT = "2026-11-24T10:00:00+00:00"
REMOVED = Receipt(
    item="https://town.example/",
    action="removed",
    dry_run=False,
    at=AT,
    documents=1,
    passages=14,
    captures=2,
    staying=0,
    sources=(SourceFile(collection="town", folder="/disk/town", path="a.warc.gz", there=False),),
    source_count=3,
    similar=(SimilarItem(document_id="d1", collection="other", title="A \x1b[31mcopy", uri=""),),
    similar_count=2,
    hidden=AT,
    erased=AT,
)


def printed(done: Receipt, capsys: pytest.CaptureFixture[str]) -> str:
    printing_receipts.receipt(done)
    return " ".join(capsys.readouterr().out.split())


def test_all_that_is_known_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(REMOVED, capsys)
    assert text.startswith("https://town.example/: removed.")
    assert "No longer findable here: 1 document, 14 passages (2 captures)." in text
    assert "a.warc.gz (of 'town', /disk/town, not found there now), 2 more files;" in text
    assert "perhaps backups and saved answers." in text
    assert "Similar text still searchable: 2 items" in text
    assert "d1 · A ␛[31mcopy · other" in text, "a title steers no terminal"
    assert "… 1 more" in text
    assert f"Hidden {AT}" in text
    assert f"Erased {AT}" in text
    assert REMOVED.done


def test_what_is_not_done_is_said_with_what_does_it(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(replace(REMOVED, erased=None), capsys)
    assert f"Hidden {AT}" in text
    assert "Not yet erased" in text
    assert "rag-assistant repair" in text
    unfollowed = replace(REMOVED, hidden=None, erased=None)
    assert "Not yet hidden in every index" in printed(unfollowed, capsys)
    assert not unfollowed.done
    hidden = replace(REMOVED, action="hidden", erased=None)
    assert "rased" not in printed(hidden, capsys)
    assert hidden.done


def test_a_dry_run_claims_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(replace(REMOVED, dry_run=True, hidden=None, erased=None), capsys)
    assert "would be removed" in text
    assert "Would no longer be findable here" in text
    assert "idden" not in text
    restored = replace(REMOVED, action="restored", similar_count=0)
    assert "comes back with the next `rag-assistant index`" in printed(restored, capsys)
