"""A language model by configuration alone: a class of LlamaIndex's and its arguments."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from rag_assistant.config import Settings
from rag_assistant.errors import AnswererError, ConfigError
from rag_assistant.models.llamaindex import LlamaIndexModel
from rag_assistant.models.ollama import is_loopback
from rag_assistant.models.queued import Line

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_TAKES_LIMIT = "llama_index.llms.openai."
_PACKAGED = re.compile(r"llama_index\.([a-z0-9_]+)\.([a-z0-9_]+)")


class ConfiguredModel:
    """The model that ``llm.class_name`` makes, at its one server.

    Raises:
        ConfigError: There is no such class, its arguments are wrong, or it would speak to
            another machine.
    """

    def __init__(self, settings: Settings) -> None:
        llm = _made(settings)
        self.host = next(_addresses(_values(llm, settings)), None) or "this computer"
        self.model = LlamaIndexModel(
            llm,
            name=settings.llm.name or llm.metadata.model_name,
            context_window=settings.llm.context_window or llm.metadata.context_window,
            limit=_taken_limit(llm),
        )

    def usable(self) -> Sequence[str]:
        """Its server, whose failures are told when it is spoken to."""
        return (self.host,)

    def open(self, host: str) -> Line:
        """The model. Its connection is its own: it ends with the next piece that comes."""
        return Line(model=self.model, cut=lambda: None)

    def failed(self, host: str, error: AnswererError) -> None:
        """It has no other server."""


def _made(settings: Settings) -> LLM:
    configured = settings.llm
    _check_addresses(_addresses(configured.arguments.values()), settings)
    kind = _class_of(configured.class_name or "")
    bounded = {"max_tokens": settings.ollama.max_answer_tokens, "temperature": 0.0}
    known = {name: value for name, value in bounded.items() if name in kind.model_fields}
    try:
        llm = kind(**{**known, **configured.arguments})
    except Exception as error:
        raise ConfigError(
            f"{configured.class_name} cannot be made with llm.arguments: {error}.",
            "See its documentation for the arguments that it takes.",
        ) from error
    found = list(_addresses(_values(llm, settings)))
    if not found and not configured.allow_remote:
        raise ConfigError(
            f"{configured.class_name} was given no address: where questions go is not known.",
            "Name a server on this computer in llm.arguments, or set allow_remote = true "
            "under [llm].",
        )
    _check_addresses(found, settings)
    return llm


def _taken_limit(llm: Any) -> int | None:
    """The reply's limit, to be told with each call; None where it must stay in the model.

    OpenAI's class, and what is made of it, takes one with a call, but puts its own before it.
    Others may hand on what they do not know, and fail by it.
    """
    if not any(kind.__module__.startswith(_TAKES_LIMIT) for kind in type(llm).__mro__):
        return None
    limit: int | None = llm.max_tokens
    llm.max_tokens = None
    return limit


def _class_of(name: str) -> type[LLM]:
    from llama_index.core.llms import LLM

    module, _, attribute = name.rpartition(".")
    if not module or not all(part.isidentifier() for part in name.split(".")):
        raise ConfigError(
            f"llm.class_name '{name}' is no class.",
            'Write it in full: "llama_index.llms.openai_like.OpenAILike"',
        )
    try:
        found = getattr(importlib.import_module(module), attribute, None)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"llm.class_name '{name}': there is no module {error.name}.",
            f"pip install {_package(error.name if error.name else module)}",
        ) from error
    if not (isinstance(found, type) and issubclass(found, LLM)):
        raise ConfigError(
            f"llm.class_name '{name}' is no language model of LlamaIndex's.",
            "It must be a class derived from llama_index.core.llms.LLM.",
        )
    return found


def _package(module: str) -> str:
    """What brings a module: LlamaIndex's packages are called after their modules."""
    packaged = _PACKAGED.match(module)
    name = f"llama-index-{packaged[1]}-{packaged[2]}" if packaged else module.partition(".")[0]
    return name.replace("_", "-")


# ---------------------------------------------------------------- addresses


def _values(llm: LLM, settings: Settings) -> list[Any]:
    """What the model was given, and the defaults that its class adds."""
    return [*settings.llm.arguments.values(), *vars(llm).values()]


def _addresses(values: Iterable[Any]) -> Iterator[str]:
    """Every text that is an address, however deep it stands."""
    for value in values:
        if isinstance(value, str) and _ADDRESS.match(value):
            yield value
        elif isinstance(value, Mapping):
            yield from _addresses(value.values())
        elif isinstance(value, list | tuple):
            yield from _addresses(value)


def _check_addresses(addresses: Iterable[str], settings: Settings) -> None:
    """Refuse other machines, and a proxy that would stand between.

    Raises:
        ConfigError: An address is not loopback, or the environment names a proxy for it.
    """
    from urllib.request import getproxies, proxy_bypass

    if settings.llm.allow_remote:
        return
    proxies = getproxies()
    for parts in map(_split, addresses):
        host = parts.hostname or ""
        if not is_loopback(host):
            raise ConfigError(
                f"The model server at {host} is on another machine: questions would leave this "
                "one.",
                "Set allow_remote = true under [llm] if that is meant.",
            )
        if (parts.scheme in proxies or "all" in proxies) and not proxy_bypass(host):
            raise ConfigError(
                f"The environment names a proxy, which may be asked even for {host}.",
                f"export NO_PROXY={host}",
            )


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError as error:
        raise ConfigError(f"'{address}' is no address.", "Correct it under [llm].") from error
