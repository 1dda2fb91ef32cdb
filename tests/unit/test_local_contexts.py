"""Labels and notices of communities, as the Local Contexts Hub gives them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag_assistant.collection import load_collection
from rag_assistant.errors import ConfigError
from rag_assistant.local_contexts import label_type, read_project
from rag_assistant.schema import Notice

LABEL = {
    "name": "BC Provenance (BC P)",
    "label_type": "provenance",
    "language_tag": "en",
    "label_text": "We have the right to be\n named.",
    "svg_url": "https://example.org/label.svg",
    "community": {"name": "Riverfolk"},
    "translations": [
        {"translated_name": "", "translated_text": "Nous sommes nommés.", "language_tag": "fr"}
    ],
}
PROJECT = {"project_page": "https://example.org/p/1", "tk_labels": [], "bc_labels": [LABEL]}


def project(folder: Path, values: Any, name: str = "local-contexts.json") -> Path:
    path = folder / name
    path.write_text(values if isinstance(values, str) else json.dumps(values))
    return path


def test_a_label_gives_a_notice_for_each_of_its_languages(tmp_path: Path) -> None:
    found = read_project(project(tmp_path, PROJECT))
    said = {"community": "Riverfolk", "uri": "https://example.org/p/1"}
    name = "BC Provenance (BC P)"
    assert found.types == {"provenance"}
    assert found.notices == (
        Notice(type=name, text="We have the right to be named.", language="en", **said),
        Notice(type=name, text="Nous sommes nommés.", language="fr", **said),
    )


@pytest.mark.parametrize(
    "values",
    ["{", "[]", "{}", {"tk_labels": {}}, {"notice": ["TK"]}, {"tk_labels": [{"label_text": "x"}]}],
)
def test_what_is_no_project_is_never_passed_over(tmp_path: Path, values: Any) -> None:
    path = project(tmp_path, values)
    with pytest.raises(ConfigError, match="local-contexts"):
        read_project(path)
    (tmp_path / "collection.toml").write_text('id = "c"')
    with pytest.raises(ConfigError):
        load_collection(tmp_path)


def test_labels_are_guidance_until_the_institution_maps_them(tmp_path: Path) -> None:
    project(tmp_path, PROJECT)
    (tmp_path / "collection.toml").write_text('id = "c"\nuse = "quote"')
    config = load_collection(tmp_path)
    assert (config.use, len(config.notice_list)) == ("quote", 2)
    for said, use in (("none", "none"), ("answer", "quote")):
        (tmp_path / "collection.toml").write_text(
            f'id = "c"\nuse = "quote"\n[protocols]\nprovenance = "{said}"'
        )
        assert load_collection(tmp_path).use == use


def test_a_project_that_is_named_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "collection.toml").write_text('id = "c"\nlocal_contexts = "labels.json"')
    with pytest.raises(ConfigError, match=r"labels\.json"):
        load_collection(tmp_path)
    project(tmp_path, PROJECT, "labels.json")
    assert len(load_collection(tmp_path).notice_list) == 2


@pytest.mark.parametrize("name", ["../labels.json", "a/labels.json", "labels.txt", ""])
def test_a_project_lies_at_the_top_of_its_collection(tmp_path: Path, name: str) -> None:
    (tmp_path / "collection.toml").write_text(f'id = "c"\nlocal_contexts = "{name}"')
    with pytest.raises(ConfigError, match="local_contexts"):
        load_collection(tmp_path)


def test_an_unknown_use_of_a_protocol_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "collection.toml").write_text('id = "c"\n[protocols]\nattribution = "hide"')
    with pytest.raises(ConfigError, match="protocols"):
        load_collection(tmp_path)


@pytest.mark.parametrize("written", ["secret_sacred", "secret-sacred", "TK Secret / Sacred"])
def test_a_label_is_known_however_its_type_is_written(written: str) -> None:
    assert label_type(written) == "secret_sacred"
