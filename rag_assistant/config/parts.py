"""The parts of the settings, one a table of rag.toml. Unknown keys are errors."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    model_validator,
)

from rag_assistant.hours import Hours, parse

_ADDRESS = r"^(https?://\S+)?$"
_WARNED_SECONDS = 30.0  # before an idle page is cleared


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


class QueueSettings(_Part):
    """What a model server is asked at once: ``parallel`` replies a host.

    Of the questions beyond them ``waiting`` may wait, each for ``patience`` seconds.
    """

    parallel: int = Field(default=1, ge=1, le=256)
    waiting: int = Field(default=32, ge=0, le=1024)
    patience: float = Field(default=300.0, gt=0)


class OllamaSettings(QueueSettings):
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


class LlmSettings(QueueSettings):
    """Another model server than Ollama: any class of LlamaIndex's, made with ``arguments``.

    ``name`` None takes its model's; ``context_window`` None takes what the class says. Every
    address among the arguments must be loopback without ``allow_remote``.
    """

    class_name: str | None = None
    arguments: dict[str, Any] = Field(default_factory=dict)
    name: str | None = None
    context_window: int | None = Field(default=None, ge=1024)
    allow_remote: bool = False


def _as_browsers_write(origin: str) -> str:
    """In lower case, without the scheme's own port."""
    origin = origin.lower()
    usual = {"http": ":80", "https": ":443"}[origin.partition("://")[0]]
    return origin.removesuffix(usual)


_HOST = r"([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:]+\])(:\d+)?"
_Origin = Annotated[str, Field(pattern=rf"^https?://{_HOST}$"), AfterValidator(_as_browsers_write)]
_Origins = Annotated[
    str, Field(pattern=rf"^https?://(\*\.)?{_HOST}$"), AfterValidator(_as_browsers_write)
]


class WebSettings(_Part):
    """The pages. ``allowed_hosts`` are host names beside loopback that may stand in ``Host``.

    ``title`` is the service's name, "" one of ours in the language of each page.

    On a ``public_computer`` pages are cleared after ``idle_minutes`` without a key or a click.

    What ``trusted_proxies`` (networks) tell of a request's client, host and scheme is believed,
    and whom they name in ``staff_header`` is staff, if among ``staff_users`` where these are
    given. Pages of ``frame_ancestors`` may frame the patrons' page; scripts of ``cors_origins``
    may use the API, as the public.
    """

    title: str = ""
    allowed_hosts: tuple[str, ...] = ()
    max_question_length: int = Field(default=2000, ge=1)
    public_computer: bool = False
    idle_minutes: float = Field(default=5.0, gt=0)
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    staff_header: str = Field(default="", pattern=r"^[A-Za-z0-9-]*$")
    staff_users: tuple[str, ...] = ()
    frame_ancestors: tuple[_Origins, ...] = ()
    cors_origins: tuple[_Origin, ...] = ()

    @property
    def warned_seconds(self) -> float:
        """How long before an idle page is cleared its person is warned."""
        return min(_WARNED_SECONDS, self.idle_minutes * 30)

    @model_validator(mode="after")
    def _told_by_somebody(self) -> WebSettings:
        if self.staff_header and not self.trusted_proxies:
            raise ValueError("staff_header needs trusted_proxies, who alone may send it")
        return self


class LimitsSettings(_Part):
    """How much is let in. ``questions_per_minute`` is for each client, an IPv6 one by its /64.

    Clients of ``trusted_networks``, and the staff, may ask as much as they like. Beside the
    questions that may be before a model ``waiting`` more may be worked on or wait; each may take
    ``seconds``, the body of a request ``body_bytes`` and ``body_seconds``; so long may its head.
    """

    questions_per_minute: int = Field(default=30, ge=1)
    trusted_networks: tuple[IPvAnyNetwork, ...] = ()
    waiting: int = Field(default=100, ge=1)
    seconds: float = Field(default=600.0, gt=0)
    body_bytes: int = Field(default=1 << 20, ge=1024)
    body_seconds: float = Field(default=30.0, gt=0)


class CheckingSettings(_Part):
    """Where people may look for a reference that was not found here; "" names no address.

    ``{title}``, ``{author}`` and ``{query}`` (both) are filled in. A link is opened by a click
    alone: the program asks none of these.
    """

    library_search: str = Field(default="", pattern=_ADDRESS)
    worldcat: str = Field(default="https://search.worldcat.org/search?q={query}", pattern=_ADDRESS)
    interlibrary_loan: str = Field(default="", pattern=_ADDRESS)


class HelpSettings(_Part):
    """Where people can be asked: shown with every answer.

    The chat is offered in opening hours, ticket or mail outside of them, and ``label`` and ``url``
    where none of these fits. ``hours`` are in the time of ``timezone``. ``catalogue_search`` is an
    address with ``{query}``, offered where nothing was found and opened by a click alone.
    """

    label: str = ""
    url: str = ""
    timezone: str = ""
    hours: tuple[str, ...] = ()
    closed_on: tuple[date, ...] = ()
    chat_label: str = ""
    chat_url: str = Field(default="", pattern=_ADDRESS)
    ticket_url: str = Field(default="", pattern=_ADDRESS)
    mail: str = Field(default="", pattern=r"^([\w.+-]+@[\w.-]+)?$")
    catalogue_search: str = Field(default="", pattern=_ADDRESS)

    @model_validator(mode="after")
    def _readable(self) -> Self:
        _ = self.opening
        return self

    @property
    def opening(self) -> Hours | None:
        """The opening hours; None where none are told.

        Raises:
            ConfigError: They cannot be read, or do not say where they hold.
        """
        return parse(self.hours, self.timezone, self.closed_on) if self.hours else None


class UploadSettings(_Part):
    """Files that the staff may send, each of at most ``max_mb``, to be kept and indexed here.

    A collection of them holds at most ``max_files``.
    """

    enabled: bool = False
    max_mb: int = Field(default=100, ge=1, le=512)
    max_files: int = Field(default=1000, ge=1)


class LogSettings(_Part):
    """What ``serve`` writes to standard error: no question, no address, no text of a source.

    Of requests it tells at "info"; ``form`` "auto" is JSON where nobody watches a terminal.
    """

    level: Literal["debug", "info", "warning", "error"] = "info"
    form: Literal["auto", "json", "plain"] = "auto"


class MetricsSettings(_Part):
    """Figures for Prometheus, at 127.0.0.1 alone; ``port`` None gives none."""

    port: int | None = Field(default=None, ge=1, le=65535)


class RetentionSettings(_Part):
    """For how many ``days`` the server keeps questions and their answers; 0 keeps none."""

    days: int = Field(default=0, ge=0, le=3650)
