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


HERE = SourceFile(collection="town", folder="/disk/town", path="b.warc.gz", there=True)


def printed(done: Receipt, capsys: pytest.CaptureFixture[str]) -> str:
    printing_receipts.receipt(done)
    return " ".join(capsys.readouterr().out.split())


def test_all_that_is_known_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(replace(REMOVED, sources=(*REMOVED.sources, HERE), failures=1), capsys)
    assert text.startswith("https://town.example/: removed.")
    assert "No longer findable here: 1 document, 14 passages (2 captures)." in text
    assert "Taken out of what is recorded of 1 failure." in text
    assert "Still exists in: source file b.warc.gz (of 'town', /disk/town); perhaps" in text
    assert "perhaps backups and saved answers." in text
    assert "Not found any more: source file a.warc.gz (of 'town', /disk/town)." in text
    assert "Was read from 1 more file, not looked for." in text
    assert "Similar text still searchable: 2 items" in text
    assert "d1 · A ␛[31mcopy · other" in text, "a title steers no terminal"
    assert "… 1 more" in text
    assert f"Hidden {AT}: no index finds it any more." in text
    assert f"Erased {AT}" in text
    assert REMOVED.done


def test_what_is_not_done_is_said_with_what_does_it(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(replace(REMOVED, erased=None), capsys)
    assert f"Hidden {AT}" in text
    assert "Not yet erased" in text
    assert "the same command again does the rest; `rag-assistant status` tells how far" in text
    unfollowed = replace(REMOVED, hidden=None, erased=None)
    text = printed(unfollowed, capsys)
    assert "Not yet hidden in every index, though no answer shows it." in text
    assert "stands still" not in text, "nobody knows why"
    assert not unfollowed.done


def test_what_is_hidden_is_still_in_the_data_folder(capsys: pytest.CaptureFixture[str]) -> None:
    hidden = replace(REMOVED, action="hidden", erased=None, similar=(), similar_count=0)
    text = printed(hidden, capsys)
    assert "Still exists in: this data folder, hidden; perhaps backups and saved answers." in text
    assert "Similar text still searchable: none was found" in text
    assert "rased" not in text
    assert hidden.done
    assert printed(replace(hidden, since="2026-11-20T10:00:00+00:00"), capsys).startswith(
        "https://town.example/: already hidden on 2026-11-20. No longer findable here: 1 document"
    )


def test_a_repeated_removal_says_what_is_still_known(capsys: pytest.CaptureFixture[str]) -> None:
    again = replace(REMOVED, since=AT, similar=(), similar_count=None)
    text = printed(again, capsys)
    assert text.startswith("https://town.example/: already removed on 2026-11-24.")
    assert "No longer findable here: 1 document, 14 passages (2 captures)." in text
    assert "Similar text still searchable: not looked for" in text
    bare = Receipt(item="x", action="removed", dry_run=False, at=AT, since=AT)
    text = printed(replace(bare, hidden=AT, erased=AT), capsys)
    assert text.startswith(
        "x: already removed on 2026-11-24. Nothing that is stored is named by it now. Where it"
        f" came from, and what is similar to it, is not known any more. Hidden {AT}"
    )
    for claim in ("0 documents", "Still exists", "none was found"):
        assert claim not in text
    assert "Not yet erased" in printed(bare, capsys)


def test_a_dry_run_claims_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(replace(REMOVED, dry_run=True, hidden=None, erased=None, failures=2), capsys)
    assert "would be removed" in text
    assert "Would no longer be findable here" in text
    assert "Would be taken out of what is recorded of 2 failures." in text
    assert "idden" not in text


def test_what_is_restored_is_told_by_what_was_lifted(capsys: pytest.CaptureFixture[str]) -> None:
    bare = Receipt(item="x", action="restored", dry_run=False, at=AT, since=AT, lifted="removed")
    assert printed(bare, capsys) == (
        "x: allowed again (removed on 2026-11-24). The next `rag-assistant index` of a folder that"
        " still holds it brings it back."
    )
    back = replace(bare, lifted="hidden", documents=1, passages=14, staying=2)
    text = printed(back, capsys)
    assert "Still hidden by another take-down: 2 documents. Shown again: 1 document, 14" in text
    assert "Not yet findable in every index" in text
    assert "brings it back" not in text
    assert printed(replace(back, documents=0), capsys).endswith("another take-down: 2 documents.")
    assert f"Findable again {AT}: every index" in printed(replace(back, followed=AT), capsys)
    assert "Would be shown again, unless another take-down hides it: 1 document" in printed(
        replace(back, dry_run=True), capsys
    )
