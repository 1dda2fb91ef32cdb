"""Settings: flags, then ``RAG_*``, then rag.toml, then ``OLLAMA_HOST``. Read once, then frozen."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platformdirs import user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from rag_assistant.config.parts import (
    AnswerSettings,
    CheckingSettings,
    EmbeddingSettings,
    HelpSettings,
    IndexingSettings,
    LimitsSettings,
    LlmSettings,
    LogSettings,
    MetricsSettings,
    OllamaSettings,
    QueueSettings,
    RetentionSettings,
    RetrievalSettings,
    UploadSettings,
    WebSettings,
)
from rag_assistant.errors import ConfigError

__all__ = [
    "APP_NAME",
    "CONFIG_FILE",
    "DEFAULT_OLLAMA",
    "AnswerSettings",
    "CheckingSettings",
    "EmbeddingSettings",
    "HelpSettings",
    "IndexingSettings",
    "LimitsSettings",
    "LlmSettings",
    "LogSettings",
    "MetricsSettings",
    "OllamaSettings",
    "RetentionSettings",
    "RetrievalSettings",
    "Settings",
    "UploadSettings",
    "WebSettings",
    "load_settings",
    "ollama_url",
    "resource",
]

APP_NAME = "rag-assistant"
CONFIG_FILE = "rag.toml"
DEFAULT_OLLAMA = "http://127.0.0.1:11434"
OLLAMA_PORT = 11434


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
    uploads: UploadSettings = UploadSettings()
    limits: LimitsSettings = LimitsSettings()
    checking: CheckingSettings = CheckingSettings()
    help: HelpSettings = HelpSettings()
    logs: LogSettings = LogSettings()
    metrics: MetricsSettings = MetricsSettings()
    retention: RetentionSettings = RetentionSettings()

    @property
    def shaping(self) -> str:
        """What decides over what an answer says, as JSON; not where, how soon or at what cost."""
        queue = {*QueueSettings.model_fields, "allow_remote"}
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
    """A file or folder that ships with the product (``prompts``, ``corpora``, ``docs``).

    In a wheel they stand inside the package, in a checkout beside it.
    """
    package = Path(__file__).parent.parent
    for root in (package, package.parent):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise ConfigError(
        f"The installation lacks {'/'.join(parts)}.", "pip install --force-reinstall rag-assistant"
    )
