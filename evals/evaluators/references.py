"""Pasted references: how many real ones are matched, and whether any invented one is.

The records are those of ``formats/marc``. ``right`` are references to them, each in another style
and with a small slip (a subtitle left out, initials, a year off by one, a misspelt word), that are
matched with their own record; ``contradicted`` those in conflict with a record. Of the invented
ones (see `evals.pasted`) ``matched`` is the share that is taken for real, and ``unmasked`` that of
those with another work's ISBN which are in conflict. ``split`` is the share of lists, numbered and
wrapped, of which every reference was found where it begins.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence
from pathlib import Path

from evals.measures import Measure, mean
from evals.pasted import Pasted, invented, real
from evals.workbench import Workbench
from rag_assistant import Assistant
from rag_assistant.checking import CheckReport, read
from rag_assistant.checking.comparing import Verdict
from rag_assistant.config import load_settings
from rag_assistant.docstore.layout import to_record
from rag_assistant.docstore.queries import Bounds
from rag_assistant.errors import UsageError
from rag_assistant.schema import Record

NUMBER = 240  # of each kind
SEED = 28
_LISTED = 8
_WIDTH = 72


def evaluate(bench: Workbench) -> dict[str, Measure]:
    """``references.marc.real|invented|lists``."""
    settings = load_settings(data=bench.cache / "references")
    with Assistant(settings, embedder=bench.embedder) as assistant:
        assistant.index([_collection(bench)])
        records = records_of(assistant)
        if not records:
            raise UsageError("There are no records in formats/marc.", "Name the sets by --data.")
        titles = {one: record.title for one, record in records}
        real_ones = real(records, NUMBER, SEED)
        made_up = invented(records, NUMBER, SEED)
        found = {
            f"{at:04d}": (one, assistant.check_references(one.text))
            for at, one in enumerate([*real_ones, *made_up])
        }
    known = {key: pair for key, pair in found.items() if pair[0].of}
    unknown = {key: pair for key, pair in found.items() if not pair[0].of}
    numbered = {
        key: pair for key, pair in unknown.items() if pair[0].kind.startswith("real_number")
    }
    return {
        "references.marc.real.right": mean(
            {key: float(is_right(*pair, titles)) for key, pair in known.items()}
        ),
        "references.marc.real.contradicted": _share(known, "conflict"),
        "references.marc.invented.matched": _share(unknown, "matched"),
        "references.marc.invented.unmasked": _share(numbered, "conflict"),
        "references.marc.lists.split": mean(_split(real_ones)),
    }


def records_of(assistant: Assistant) -> list[tuple[str, Record]]:
    """All records that are held, with their documents' ids, in the order of these."""
    works = assistant.docstore.works
    rows = works.rows(assistant.docstore.documents.ids(), Bounds())
    told = ((one, to_record(rows[one]["details"])) for one in sorted(rows))
    return [(one, record) for one, record in told if record]


def is_right(pasted: Pasted, report: CheckReport, titles: dict[str, str]) -> bool:
    """Whether a reference is matched, alone, with a record that has its own record's title."""
    (first, *others) = report.references
    if others or first.verdict != "matched":
        return False
    ids = [one.comparison.work.id for one in first.found if one.comparison.verdict == "matched"]
    return titles[pasted.of] in [titles.get(one) for one in ids]


def _share(found: dict[str, tuple[Pasted, CheckReport]], verdict: Verdict) -> Measure:
    return mean(
        {
            key: float(any(one.verdict == verdict for one in report.references))
            for key, (_, report) in found.items()
        }
    )


def _split(pasted: Sequence[Pasted]) -> dict[str, float]:
    """Lists of references that stand on one line each, numbered and wrapped as mail is."""
    plain = [one.text for one in pasted if "\n" not in one.text]
    shares = {}
    for at in range(0, len(plain) - _LISTED, _LISTED):
        listed = [one.removeprefix("1. ") for one in plain[at : at + _LISTED]]
        for name, text in (("numbered", _numbered(listed)), ("spaced", _spaced(listed))):
            references, _ = read(text)
            whole = [" ".join(one.text.split()) for one in references]
            wanted = [" ".join(one.split()) for one in listed]
            kept = len(whole) == len(wanted) and all(map(str.endswith, whole, wanted))
            shares[f"{at:04d}-{name}"] = float(kept)
    return shares


def _numbered(texts: Sequence[str]) -> str:
    lines = [line for at, one in enumerate(texts, start=1) for line in _wrapped(f"{at}. {one}")]
    return "\n".join(lines)


def _spaced(texts: Sequence[str]) -> str:
    return "\n\n".join("\n".join(_wrapped(one)) for one in texts)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, break_on_hyphens=False, break_long_words=False)


def _collection(bench: Workbench) -> Path:
    """The records as a collection: what lies in ``formats`` may not be written to."""
    source, folder = bench.data / "formats" / "marc", bench.cache / "references-collection"
    if not source.is_dir():
        raise UsageError(f"There is no folder {source}.", "Name the sets by --data.")
    shutil.copytree(source, folder / "marc", dirs_exist_ok=True)
    (folder / "collection.toml").write_text('id = "marc"\naccess = "public"\n', encoding="utf-8")
    return folder
