"""Settings: flags, then ``RAG_*``, then rag.toml, then ``OLLAMA_HOST``. Read once, then frozen."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from rag_assistant.errors import ConfigError

APP_NAME = "rag-assistant"
CONFIG_FILE = "rag.toml"
DEFAULT_OLLAMA = "http://127.0.0.1:11434"
OLLAMA_PORT = 11434


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EmbeddingSettings(_Part):
    """The embedding model. ``model`` is a folder, or a name for the model hub.

    Where ``model`` is None the packaged offline model is used if its hash matches, else the hub.
    """

    model: str | None = None
    query_prefix: str = ""
    passage_prefix: str = ""
    max_tokens: int | None = Field(default=None, ge=16)
    backend: Literal[
        "auto", "torch", "torch-bf16", "openvino", "openvino-bf16", "openvino-int8"
    ] = "auto"
    batch_size: int = Field(default=32, ge=1)
    threads: int | None = Field(default=None, ge=1)


class IndexingSettings(_Part):
    """Reading files. Readers run in ``workers`` processes of their own; None takes one a core.

    One file or record may cost ``seconds`` and ``memory_mb``; 0 workers read in this process,
    without limits, which is for looking into a fault. Where more than ``removal_limit`` of a
    collection's documents would go because their files are gone, they stay until `--yes`.
    """

    workers: int | None = Field(default=None, ge=0, le=64)
    seconds: float = Field(default=20.0, gt=0)
    memory_mb: int = Field(default=512, ge=256)
    removal_limit: float = Field(default=0.2, ge=0, le=1)


class RetrievalSettings(_Part):
    """Hybrid search. ``vector_weight`` is by language of the passage, "*" for all others.

    Its defaults were fitted for all-MiniLM-L6-v2 on the first halves of the evaluation sets ("*"
    on German and Spanish) by ``python -m evals.fitting.fusion``. Another model wants others.
    """

    vector_weight: dict[str, float] = Field(default_factory=lambda: {"en": 0.8, "*": 0.35})
    candidates: int = Field(default=100, ge=1)


class AnswerSettings(_Part):
    """How answers are made.

    ``retrieved`` passages are looked at, of which the best ``passages`` may be used. ``policy``
    is for staff: the public never reads a sentence that no source supports. Where writing takes
    longer than ``patience`` seconds on this computer, "auto" quotes and offers to write.
    """

    answerer: Literal["auto", "extractive", "ollama"] = "auto"
    retrieved: int = Field(default=10, ge=1, le=50)
    passages: int = Field(default=6, ge=1, le=20)
    max_sentences: int = Field(default=3, ge=1, le=10)
    policy: Literal["mark", "drop"] = "mark"
    patience: float = Field(default=30.0, gt=0)


class _QueueSettings(_Part):
    """What a model server is asked at once: ``parallel`` replies a host.

    Of the questions beyond them ``waiting`` may wait, each for ``patience`` seconds.
    """

    parallel: int = Field(default=1, ge=1, le=256)
    waiting: int = Field(default=32, ge=0, le=1024)
    patience: float = Field(default=300.0, gt=0)


class OllamaSettings(_QueueSettings):
    """The local model server. ``model`` None takes the best Llama or Gemma installed.

    ``hosts`` are further servers, to share the work with. ``timeout`` is in seconds and covers
    load and prompt, since headers arrive only with the first token. Another host than loopback
    needs ``allow_remote``. ``watts`` is what the computer draws while a model works, for the
    estimate of energy.
    """

    url: str | None = None
    hosts: tuple[str, ...] = ()
    model: str | None = None
    context_window: int = Field(default=8192, ge=1024)
    max_answer_tokens: int = Field(default=512, ge=16)
    timeout: float = Field(default=300.0, gt=0)
    allow_remote: bool = False
    watts: float = Field(default=45.0, ge=0)


class LlmSettings(_QueueSettings):
    """Another model server than Ollama: any class of LlamaIndex's, made with ``arguments``.

    ``name`` None takes its model's; ``context_window`` None takes what the class says. Every
    address among the arguments must be loopback without ``allow_remote``.
    """

    class_name: str | None = None
    arguments: dict[str, Any] = Field(default_factory=dict)
    name: str | None = None
    context_window: int | None = Field(default=None, ge=1024)
    allow_remote: bool = False


class WebSettings(_Part):
    """The pages. ``allowed_hosts`` are host names beside loopback that may stand in ``Host``.

    On a ``public_computer`` the desk is cleared after ``idle_minutes`` without a key or a click.
    """

    title: str = "Ask the collections"
    allowed_hosts: tuple[str, ...] = ()
    max_question_length: int = Field(default=2000, ge=1)
    public_computer: bool = False
    idle_minutes: float = Field(default=5.0, gt=0)


class CheckingSettings(_Part):
    """Where people may look for a reference that was not found here; "" names no address.

    ``{title}``, ``{author}`` and ``{query}`` (both) are filled in. A link is opened by a click
    alone: the program asks none of these.
    """

    library_search: str = Field(default="", pattern=r"^(https?://\S+)?$")
    worldcat: str = Field(
        default="https://search.worldcat.org/search?q={query}", pattern=r"^(https?://\S+)?$"
    )
    interlibrary_loan: str = Field(default="", pattern=r"^(https?://\S+)?$")


class HelpSettings(_Part):
    """Where people can be asked: shown with every answer."""

    label: str = ""
    url: str = ""


class Settings(BaseSettings):
    """All settings; unknown keys are an error."""

    model_config = SettingsConfigDict(
        env_prefix="RAG_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    data: Path = Field(default_factory=lambda: user_data_path(APP_NAME, appauthor=False))
    embedding: EmbeddingSettings = EmbeddingSettings()
    indexing: IndexingSettings = IndexingSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    answer: AnswerSettings = AnswerSettings()
    ollama: OllamaSettings = OllamaSettings()
    llm: LlmSettings = LlmSettings()
    web: WebSettings = WebSettings()
    checking: CheckingSettings = CheckingSettings()
    help: HelpSettings = HelpSettings()

    @property
    def shaping(self) -> str:
        """What decides over what an answer says, as JSON; not where, how soon or at what cost."""
        queue = {*_QueueSettings.model_fields, "allow_remote"}
        return self.model_dump_json(
            include={"embedding", "retrieval", "answer", "ollama", "llm"},
            exclude={
                "answer": {"patience"},
                "ollama": {*queue, "url", "hosts", "timeout", "watts"},
                "llm": queue,
            },
        )

    @property
    def most_asked(self) -> int:
        """Questions that may be before the model at once, waiting or being written."""
        if self.llm.class_name:
            return self.llm.waiting + self.llm.parallel
        return self.ollama.waiting + self.ollama.parallel * (1 + len(self.ollama.hosts))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before file: the file's values arrive as init values."""
        return env_settings, init_settings


def load_settings(config: Path | None = None, data: Path | None = None) -> Settings:
    """Read the settings.

    Args:
        config: Configuration file; None takes ``rag.toml`` in the working folder, if there.
        data: Data folder from the command line, before all else.

    Raises:
        ConfigError: The file is missing, is not TOML, or a key or value is wrong.
    """
    values = _read_file(config)
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise ConfigError(*_first_fault(error)) from error
    except SettingsError as error:  # a part or a list that is not JSON
        raise ConfigError(
            f"RAG_* in the environment: {error}.",
            "Nested settings are written RAG_OLLAMA__URL=…; lists are JSON.",
        ) from error
    if data is not None:
        settings = settings.model_copy(update={"data": data})
    return settings.model_copy(
        update={
            "data": settings.data.expanduser().absolute(),
            "ollama": settings.ollama.model_copy(
                update={"url": ollama_url(settings.ollama.url, os.environ)}
            ),
        }
    )


def ollama_url(configured: str | None, environment: Mapping[str, str]) -> str:
    """Ollama's address: the configured one, else ``OLLAMA_HOST``, else loopback.

    ``OLLAMA_HOST`` is what the server listens on, so 0.0.0.0 means loopback to a client.
    """
    if configured:
        return configured.rstrip("/")
    host = environment.get("OLLAMA_HOST", "").strip()
    if not host:
        return DEFAULT_OLLAMA
    scheme, separator, rest = host.partition("://")
    if not separator:
        scheme, rest = "http", host
    rest = rest.rstrip("/")
    name, colon, port = rest.rpartition(":")
    if not colon or not port.isdigit():
        name, port = rest, str(OLLAMA_PORT)
    if name in ("0.0.0.0", "[::]", ""):  # noqa: S104 - read, never bound
        name = "127.0.0.1"
    return f"{scheme}://{name}:{port}"


def _read_file(config: Path | None) -> dict[str, Any]:
    path = config or Path(CONFIG_FILE)
    if config is None and not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(
            f"There is no configuration file {path}.", "Check the path after --config."
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.", f"Correct {path}.") from error


def _first_fault(error: ValidationError) -> tuple[str, str]:
    fault = error.errors()[0]
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"Unknown setting '{key}'.", "Remove it, or see the settings in the README."
    return f"Setting '{key}': {fault['msg']}.", "See the settings in the README."


def resource(*parts: str) -> Path:
    """A file or folder that ships with the product (``prompts``, ``corpora``).

    In a wheel they stand inside the package, in a checkout beside it.
    """
    package = Path(__file__).parent
    for root in (package, package.parent):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise ConfigError(
        f"The installation lacks {'/'.join(parts)}.", "pip install --force-reinstall rag-assistant"
    )
