"""The worked example of CONTRIBUTING.md is what it says: one module and one row."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from rag_assistant.ports import Blob
from rag_assistant.readers import read_blob
from rag_assistant.readers.formats import FORMATS, Format

GUIDE = (Path(__file__).parents[3] / "CONTRIBUTING.md").read_text(encoding="utf-8")
TREE = b"""0 HEAD
1 GEDC
2 VERS 5.5.1
0 @I1@ INDI
1 NAME Mathilde /Delvaux/
1 BIRT
2 DATE 6 MAY 1851
2 PLAC Carn Edge
1 OCCU Schoolteacher
0 @F1@ FAM
1 NOTE Nobody in particular
0 TRLR
"""


def _code(path: str) -> str:
    found = re.search(rf"<!-- {re.escape(path)} -->\n```python\n(.*?)```", GUIDE, re.DOTALL)
    assert found
    return found[1]


def test_the_worked_example_works(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_blob(Blob(data=TREE, name="a.ged")).format == "text"  # before there is a row
    module = ModuleType("rag_assistant.readers.gedcom")
    exec(_code("rag_assistant/readers/gedcom.py"), module.__dict__)  # noqa: S102 - our own text
    row = eval(f"{{{_code('rag_assistant/readers/formats.py')}}}", {"Format": Format, "re": re})  # noqa: S307
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for name, one in row.items():
        monkeypatch.setitem(FORMATS, name, one)

    document = read_blob(Blob(data=TREE, name="a.ged"))
    assert (document.format, document.description.kind) == ("gedcom", "family tree")
    (person,) = document.sections
    assert person.headings == ("Mathilde Delvaux",)
    assert person.text.split("\n") == [
        "Mathilde Delvaux",
        "Born, 6 MAY 1851.",
        "Born, Carn Edge.",
        "Occupation: Schoolteacher.",
    ]
