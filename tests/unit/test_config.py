"""Wrong settings and collection files are told in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from rag_assistant.collection import load_collection
from rag_assistant.config import LlmSettings, Settings, WebSettings, load_settings
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


@pytest.mark.parametrize(
    ("part", "named"),
    [
        ({"cors_origins": ["*"]}, "cors_origins"),
        ({"cors_origins": ["https://*.library.example"]}, "cors_origins"),
        ({"cors_origins": ["https://library.example/desk"]}, "cors_origins"),
        ({"cors_origins": ["null"]}, "cors_origins"),
        ({"frame_ancestors": ["'none'; script-src *"]}, "frame_ancestors"),
        ({"frame_ancestors": ["https://a.example; script-src *"]}, "frame_ancestors"),
        ({"frame_ancestors": ["https://a.example\n"]}, "frame_ancestors"),
        ({"frame_ancestors": ["library.example"]}, "frame_ancestors"),
        ({"trusted_proxies": ["127.0.0.1/8"]}, "trusted_proxies"),
        ({"trusted_proxies": ["proxy.example"]}, "trusted_proxies"),
        ({"staff_header": "X-User: a"}, "staff_header"),
        ({"staff_header": "X-User"}, "trusted_proxies"),
    ],
)
def test_what_would_open_a_door_by_mistake_is_refused(part: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        Settings(web=part)  # type: ignore[arg-type]


def test_origins_are_kept_as_browsers_write_them() -> None:
    written = ("https://A.example:443", "http://[::1]:7860")
    web = WebSettings(cors_origins=written, frame_ancestors=("https://*.A.example",))
    assert web.cors_origins == ("https://a.example", "http://[::1]:7860")
    assert web.frame_ancestors == ("https://*.a.example",)
