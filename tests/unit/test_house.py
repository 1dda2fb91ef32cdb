"""The house keeps its shape: sizes, names, documents that agree with the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import rag_assistant
from rag_assistant.cli.parser import build_parser
from rag_assistant.config import Settings

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
MODULES = sorted(
    path for folder in ("rag_assistant", "evals") for path in (REPOSITORY / folder).rglob("*.py")
)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_no_module_is_longer_than_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_public_names_are_sorted_and_there() -> None:
    assert sorted(rag_assistant.__all__) == rag_assistant.__all__
    for name in rag_assistant.__all__:
        assert getattr(rag_assistant, name)


def test_every_command_is_in_the_readme() -> None:
    (commands,) = [
        action.choices for action in build_parser()._actions if isinstance(action.choices, dict)
    ]
    for command in commands:
        assert f"`{command}" in README, command


def test_every_setting_is_in_the_readme() -> None:
    for part, field in Settings.model_fields.items():
        inner = getattr(field.annotation, "model_fields", {})
        assert part in README
        for name in inner:
            assert re.search(rf"\b{name}\b", README), f"{part}.{name}"


def test_every_format_is_in_the_readme() -> None:
    from rag_assistant.readers import FORMATS

    for name in FORMATS:
        assert name.lower() in README.lower(), name


def test_changelog_knows_this_version() -> None:
    changelog = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{rag_assistant.__version__}]" in changelog


def test_only_their_owners_import_the_heavy_libraries() -> None:
    owners = {
        "sqlalchemy": "docstore/",
        "chromadb": "indexes/vectors.py",
        "tantivy": "indexes/lexical",  # the index, and its analysis
        "sentence_transformers": "embedding/",
        "openvino": "embedding/openvino_model.py",  # kept silent there
        "nncf": "embedding/openvino_model.py",
        "gradio": "web/desk/",
    }
    for path in (REPOSITORY / "rag_assistant").rglob("*.py"):
        name = path.relative_to(REPOSITORY / "rag_assistant").as_posix()
        text = path.read_text(encoding="utf-8")
        for library, owner in owners.items():
            if re.search(rf"^\s*(?:import|from) {library}\b", text, re.MULTILINE):
                assert name.startswith(owner), f"{name} imports {library}"
