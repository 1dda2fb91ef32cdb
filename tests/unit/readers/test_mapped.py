"""Tables and JSON by a mapping: strict keys, one document a record, nothing lost silently."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag_assistant.collection import load_collection
from rag_assistant.docstore import Docstore
from rag_assistant.errors import ConfigError
from rag_assistant.indexer import Indexer
from rag_assistant.ports import Leaf
from rag_assistant.readers import read_file
from rag_assistant.report import Report
from rag_assistant.schema import Agent, Rights
from tests.fakes import FakeTokenizer

MAPPING = """
id = "town"
[[mapping]]
files = "export/*.csv"
id = "No"
title = "Title"
text = ["Abstract", "Note"]
creator = "Author"
date = "Year"
language = "Lang"
uri = "Link"
type = "Kind"
subjects = "Topics"
identifiers = { isbn = "ISBN13", local = "No" }
rights = "Rights"
access = "Access"

[[mapping]]
files = "**/*.json"
records = "result.items"
id = "id"
title = "title.main"
text = "body"
creator = "people.name"
described_by = "source"

[[mapping]]
files = "lines.jsonl"
text = "body"
"""
CSV = "\n".join(
    [
        "No,Title,Abstract,Note,Author,Year,Lang,Link,Kind,Topics,ISBN13,Rights,Access",
        '7,The wall,How it was mended.,Illustrated.,"Bell, Jo; Town Council",1902,eng,'
        "https://e.example/7,Text,walls; rivers,9783161484100,CC0,public",
        "8,The room,Opened to women.,,,c. 1903,,ftp://x,,,,,Closed until the donor dies.",
        "9,Nothing,,,,,,,,,,,",
    ]
)


def town(folder: Path, config: str = MAPPING) -> Path:
    (folder / "export").mkdir(parents=True)
    (folder / "collection.toml").write_text(config, encoding="utf-8")
    return folder


def read(folder: Path, name: str, content: str) -> list[Leaf]:
    (folder / name).write_text(content, encoding="utf-8")
    return list(read_file(folder / name, name))


def test_a_table_field_by_field(tmp_path: Path) -> None:
    first, second, third = read(town(tmp_path / "town"), "export/a.csv", CSV)
    assert first.record == "7"
    assert first.document is not None
    said, (section,) = first.document.description, first.document.sections
    assert section.text == "How it was mended.\n\nIllustrated."
    assert (said.title, said.creator) == ("The wall", "Bell, Jo; Town Council")
    assert (said.language, said.kind, said.described_by) == ("en", "catalogue record", "cataloguer")
    assert (said.access, said.access_note) == ("public", "")
    assert said.rights == Rights(label="CC0")
    assert said.identifiers == {"isbn": "9783161484100", "local": "7"}
    assert said.uri == "https://e.example/7"
    assert said.record is not None
    assert said.record.agents == (Agent(family="Bell", given="Jo"), Agent(literal="Town Council"))
    assert said.record.subjects == ("walls", "rivers")
    assert (said.record.type, said.record.issued) == ("document", "1902")
    assert second.document is not None
    assert second.document.description.access_note == "Closed until the donor dies."
    assert second.document.description.access != "public"
    assert second.document.description.uri == ""
    assert second.document.notes == ("no address on the web: ftp://x",)
    assert (third.record, third.outcome, third.reason) == ("9", "skipped", "no text")


def test_a_column_that_is_not_there_fails_the_file(tmp_path: Path) -> None:
    (leaf,) = read(town(tmp_path / "town"), "export/a.csv", "No,Title\n1,A\n")
    assert (leaf.outcome, leaf.reason) == ("failed", "column missing")
    assert "Abstract" in leaf.detail


def test_json_with_paths_and_lists(tmp_path: Path) -> None:
    found = {
        "result": {
            "items": [
                {
                    "id": 3,
                    "title": {"main": "The bridge"},
                    "body": ["It fell.", 1904, True, None],
                    "people": [{"name": "Bell, Jo"}, {"name": "Ada"}],
                },
                "no record",
                {"id": 3, "body": "Again."},
            ]
        }
    }
    first, second, third = read(town(tmp_path / "town"), "a.json", json.dumps(found))
    assert first.document is not None
    assert first.document.sections[0].text == "It fell.; 1904; true"
    said = first.document.description
    assert (said.title, said.creator, said.kind) == ("The bridge", "Bell, Jo; Ada", "text")
    assert said.described_by == "source"
    assert (second.record, second.reason) == ("record 2", "damaged JSON")
    assert third.record == "3 (record 3)"


def test_json_without_the_list_or_without_sense(tmp_path: Path) -> None:
    folder = town(tmp_path / "town")
    reasons = {}
    for name, content in {"a": '{"result": 1}', "b": "{", "c": "[" * 100_000}.items():
        (leaf,) = read(folder, f"{name}.json", content)
        reasons[name] = leaf.reason
    assert reasons == {"a": "no records", "b": "damaged JSON", "c": "damaged JSON"}


def test_json_lines_lose_only_the_line_that_is_none(tmp_path: Path) -> None:
    lines = '\ufeff{"body": "One."}\n\n{"body": \n{"body": "Three."}\n[1]\n'
    found = read(town(tmp_path / "town"), "lines.jsonl", lines)
    assert [(leaf.record, leaf.outcome) for leaf in found] == [
        ("record 1", "read"),
        ("record 3", "failed"),
        ("record 4", "read"),
        ("record 5", "failed"),
    ]


def test_without_a_mapping_all_is_as_it_was(tmp_path: Path) -> None:
    folder = town(tmp_path / "town", 'id = "town"\n')
    (table,) = read(folder, "a.csv", "Name,Words\nA,B\n")
    assert table.document is not None
    assert table.document.format == "text"
    (data,) = read(folder, "a.json", "{}")
    assert (data.outcome, data.reason) == ("skipped", "JSON data")
    assert "[[mapping]]" in data.detail


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ('files = "*.csv"', "text"),
        ('files = "*.csv"\ntext = []', "text"),
        ('files = "*.csv"\ntext = "a"\nabstract = "b"', "abstract"),
        ('files = "/a.csv"\ntext = "a"', "files"),
        ('files = "*.csv"\ntext = "a"\ndescribed_by = "me"', "described_by"),
    ],
)
def test_a_wrong_mapping_is_an_error(tmp_path: Path, lines: str, named: str) -> None:
    folder = town(tmp_path / "town", f'id = "town"\n[[mapping]]\n{lines}\n')
    with pytest.raises(ConfigError, match=named):
        load_collection(folder)
    (leaf,) = read(folder, "a.csv", "a\n1\n")
    assert (leaf.outcome, leaf.reason) == ("failed", "collection.toml is wrong")


def index(docstore: Docstore, folder: Path) -> Report:
    indexer = Indexer(
        docstore, tokenizer=FakeTokenizer(), limit=200, splitter="1", on_event=lambda event: None
    )
    return indexer.run([folder], None, dry_run=False)


def test_another_mapping_reads_the_files_again(tmp_path: Path) -> None:
    folder = town(tmp_path / "town")
    (folder / "export/a.csv").write_text(CSV, encoding="utf-8")
    docstore = Docstore(tmp_path / "data")
    assert index(docstore, folder).documents["added"] == 2
    assert index(docstore, folder).documents["unchanged"] == 2
    (folder / "collection.toml").write_text(
        MAPPING.replace('["Abstract", "Note"]', '["Title", "Abstract"]'), encoding="utf-8"
    )
    report = index(docstore, folder)
    docstore.close()
    assert report.documents["changed"] == 2
    assert report.documents["added"] == 1, "the row with nothing but a title has words now"


def test_rights_that_restrict_hold_beside_an_open_access(tmp_path: Path) -> None:
    table = CSV.splitlines()[0] + "\n1,A,Text.,,,,,,,,,Closed until 2050,public\n"
    (leaf,) = read(town(tmp_path / "town"), "export/a.csv", table)
    assert leaf.document is not None
    assert leaf.document.description.closed_until is not None
    assert leaf.document.description.rights == Rights(label="Closed until 2050")
