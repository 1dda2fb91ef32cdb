"""Wrong settings and collection files are told in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag_assistant.collection import load_collection
from rag_assistant.config import LlmSettings, load_settings
from rag_assistant.errors import ConfigError


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ('root = "x"', "'root': unknown key"),
        ('include = ["/abs/*"]', "'/abs/*' is no pattern"),
        ('include = [""]', "'' is no pattern"),
        ('exclude = ["**foo"]', "'**foo' is no pattern"),
        ('colour = "red"', "'colour': unknown key"),
    ],
)
def test_wrong_collection_file(tmp_path: Path, line: str, part: str) -> None:
    (tmp_path / "collection.toml").write_text(f'id = "town"\n{line}')
    with pytest.raises(ConfigError) as refusal:
        load_collection(tmp_path)
    assert part in refusal.value.message
    assert refusal.value.hint


def test_patterns_that_are_some(tmp_path: Path) -> None:
    (tmp_path / "collection.toml").write_text('exclude = ["**", "a/**/b*", "./drafts/"]')
    assert load_collection(tmp_path, "town").exclude == ("**", "a/**/b*", "./drafts/")


@pytest.mark.parametrize(
    ("name", "value"), [("RAG_OLLAMA", "http://x"), ("RAG_WEB__ALLOWED_HOSTS", "desk")]
)
def test_a_nested_setting_that_is_not_json(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as refusal:
        load_settings()
    assert "RAG_OLLAMA__URL=" in refusal.value.hint


def test_another_model_server_is_only_configuration(tmp_path: Path) -> None:
    (tmp_path / "rag.toml").write_text(
        '[ollama]\nhosts = ["http://127.0.0.1:11435"]\nparallel = 3\n'
        '[llm]\nclass_name = "some.Model"\n[llm.arguments]\nmodel = "tiny"\ntop_k = 1\n'
    )
    settings = load_settings(tmp_path / "rag.toml")
    assert settings.llm.arguments == {"model": "tiny", "top_k": 1}
    assert settings.most_asked == 32 + 1
    without = settings.model_copy(update={"llm": LlmSettings()})
    assert without.most_asked == 32 + 3 * 2
