"""A local Ollama server: which model to use, and how to speak to it.

Only loopback is spoken to unless ``ollama.allow_remote`` says otherwise, proxies and redirects are
never followed, and models that run in a cloud are refused.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag_assistant.config import DEFAULT_OLLAMA, OllamaSettings
from rag_assistant.errors import ConfigError, ModelMissingError, ModelServerError

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

SUGGESTED_MODEL = "gemma3:4b"
SMALL_MODEL = "gemma3:1b"
CONNECT_SECONDS = 0.4
READ_SECONDS = 5.0
MEMORY_FACTOR = 1.3
"""Memory that a model takes against the size of its file: context and buffers come on top."""
SEED = 1

# Best first. A name may carry a registry and an owner before the last slash.
_FAMILIES = tuple(
    re.compile(rf"(?:^|/){family}", re.IGNORECASE)
    for family in (r"gemma-?4", r"gemma-?3", r"llama-?4", r"llama-?3", r"gemma", r"llama")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """An installed model.

    ``size`` is in bytes, ``trained_context`` in tokens; None where the server's list lacks it.
    """

    name: str
    digest: str
    size: int
    trained_context: int | None = None

    def fits(self, memory: int | None) -> bool:
        """Whether so many bytes of memory hold it; None for memory that nobody knows."""
        return memory is None or self.size * MEMORY_FACTOR <= memory


def connect(settings: OllamaSettings, *, memory: int | None = None) -> Model:
    """Find the configured model, or the best installed Llama or Gemma.

    Where nothing listens this fails within half a second.

    Args:
        settings: Address and model.
        memory: Bytes of memory to fit the model into; None asks the machine.

    Raises:
        ConfigError: The address is not loopback, or the model runs in a cloud.
        ModelServerError: No Ollama answers there.
        ModelMissingError: The model, or any Llama or Gemma, is not installed.
    """
    return choose(settings, tags(checked_url(settings)), memory=memory)


def choose(
    settings: OllamaSettings, listed: Sequence[dict[str, Any]], *, memory: int | None = None
) -> Model:
    """The configured model, or the best of those listed; see `connect`."""
    if settings.model:
        return _configured(settings.model, listed)
    local = [_model(item) for item in listed if not _in_cloud(item) and _completes(item)]
    chosen = _best(local, memory if memory is not None else machine_memory())
    if chosen is None:
        raise ModelMissingError(
            "No Llama or Gemma model is installed in Ollama.",
            f"rag-assistant pull {SUGGESTED_MODEL}",
        )
    return chosen


def context_window(settings: OllamaSettings, model: Model, url: str | None = None) -> int:
    """Tokens that prompt and reply may have: what is set, or what the model was trained on if less.

    A longer window than that would be cut down by the server, which says nothing.

    Raises:
        ModelServerError: No Ollama answers.
        ModelMissingError: The model is there no more.
    """
    known = model.trained_context
    trained = known or _shown_context(url or checked_url(settings), model.name)
    return min(settings.context_window, trained or settings.context_window)


def local(listed: Sequence[dict[str, Any]], name: str) -> Model | None:
    """The model of that name among those listed; None where it runs in a cloud."""
    item = next((item for item in listed if item["name"] == name), None)
    return None if item is None or _in_cloud(item) else _model(item)


def open_llm(
    settings: OllamaSettings,
    model: Model,
    *,
    url: str | None = None,
    window: int | None = None,
    stall: float | None = None,
    on_request: Callable[[Any], None] | None = None,
) -> LLM:
    """The model as LlamaIndex sees it, with the options that make its replies repeatable.

    Args:
        settings: Lengths. ``timeout`` is the wait for the first piece of a reply.
        model: Which one.
        url: The host; None takes the configured one.
        window: What `context_window` found, always sent: another would reload the model. None
            takes the setting.
        stall: Seconds between two pieces; None takes a minute.
        on_request: Told of each `httpx.Request` before it is sent.

    Raises:
        ConfigError: The address is not loopback.
    """
    import httpx
    import ollama

    from rag_assistant.models.ollama_stream import STALL_SECONDS, CheckedOllama, WholePrompts

    url = url or checked_url(settings)
    client = ollama.Client(
        host=url,
        timeout=httpx.Timeout(settings.timeout, connect=CONNECT_SECONDS),
        transport=WholePrompts(
            stall=STALL_SECONDS if stall is None else stall, verify=_encrypted(url)
        ),
        trust_env=False,
        follow_redirects=False,
        event_hooks={"request": [on_request] if on_request else []},
    )
    return CheckedOllama(
        model=model.name,
        base_url=url,
        temperature=0.0,
        context_window=window or settings.context_window,
        request_timeout=settings.timeout,
        thinking=False,
        client=client,
        additional_kwargs={"num_predict": settings.max_answer_tokens, "seed": SEED},
    )


def checked_url(settings: OllamaSettings) -> str:
    """The (first) server's address.

    Raises:
        ConfigError: It is no web address, or not loopback where that is not allowed.
    """
    return _checked(settings.url or DEFAULT_OLLAMA, settings)


def checked_urls(settings: OllamaSettings) -> tuple[str, ...]:
    """All servers' addresses, each once. Raises as `checked_url` does."""
    further = (_checked(url, settings) for url in settings.hosts)
    return tuple(dict.fromkeys((checked_url(settings), *further)))


def _checked(url: str, settings: OllamaSettings) -> str:
    url = url.rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"'{url}' is no address of an Ollama server.", f"Use {DEFAULT_OLLAMA}.")
    if not settings.allow_remote and not is_loopback(parts.hostname):
        raise ConfigError(
            f"Ollama at {parts.hostname} is on another machine: questions would leave this one.",
            "Set allow_remote = true under [ollama] if that is meant.",
        )
    return url


def refuse_cloud(name: str) -> None:
    """Pass the names of local models.

    Raises:
        ConfigError: The name is of one that runs in a cloud.
    """
    if _is_cloud_name(name):
        raise _cloud(name)


def _cloud(name: str) -> ConfigError:
    return ConfigError(
        f"The model '{name}' runs in a cloud: questions would leave this machine.",
        f"Take a local model: rag-assistant pull {SUGGESTED_MODEL}",
    )


def is_loopback(host: str) -> bool:
    """Whether a host is this computer, as far as its name or address alone tells."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _encrypted(url: str) -> bool:
    """Whether certificates matter: reading them takes 50 ms, and most servers have none."""
    return url.startswith("https:")


def tags(url: str, *, seconds: float = READ_SECONDS) -> list[dict[str, Any]]:
    """What is installed there, as the server lists it.

    Raises:
        ModelServerError: No Ollama answers there, or not in so many seconds.
    """
    models = _asked(url, "GET", "/api/tags", seconds=seconds).get("models") or []
    return [item for item in models if isinstance(item, dict) and item.get("name")]


def _shown_context(url: str, name: str) -> int | None:
    shown = _asked(url, "POST", "/api/show", {"model": name})
    info = shown.get("model_info") or {}
    lengths = (value for key, value in info.items() if key.endswith(".context_length"))
    return next((length for length in lengths if isinstance(length, int)), None)


def _asked(
    url: str,
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
    *,
    seconds: float = READ_SECONDS,
) -> dict[str, Any]:
    import httpx

    timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
    try:
        with httpx.Client(timeout=timeout, trust_env=False, verify=_encrypted(url)) as client:
            reply = client.request(method, f"{url}{path}", json=body)
            if body and reply.status_code == httpx.codes.NOT_FOUND:
                raise _not_installed(body["model"])
            reply.raise_for_status()
            found = reply.json()
    except httpx.TransportError as error:
        raise ModelServerError(f"No Ollama server answers at {url}.", "ollama serve") from error
    except (httpx.HTTPStatusError, ValueError) as error:
        raise _foreign(url, str(error)) from error
    if not isinstance(found, dict) or (body is None and "models" not in found):
        raise _foreign(url, "no list of models")
    return found


def _foreign(url: str, why: str) -> ModelServerError:
    return ModelServerError(
        f"What answers at {url} does not speak as Ollama does: {why}.",
        "Check ollama.url in rag.toml.",
    )


def _not_installed(name: str) -> ModelMissingError:
    return ModelMissingError(f"The model '{name}' is not installed.", f"rag-assistant pull {name}")


def _configured(name: str, listed: Sequence[dict[str, Any]]) -> Model:
    wanted = {name, f"{name}:latest"}
    item = next((item for item in listed if item["name"] in wanted), None)
    if item is not None and _in_cloud(item):
        raise _cloud(name)
    refuse_cloud(name)
    if item is None:
        raise _not_installed(name)
    return _model(item)


def _best(models: Sequence[Model], memory: int | None) -> Model | None:
    """The best family first, in it the largest that fits; the smallest of all if none fits."""
    ranked = [(rank, model) for model in models if (rank := _rank(model.name)) is not None]
    if not ranked:
        return None
    fitting = [(rank, model) for rank, model in ranked if model.fits(memory)]
    if not fitting:
        return min((model for _, model in ranked), key=lambda model: model.size)
    return min(fitting, key=lambda pair: (pair[0], -pair[1].size, pair[1].name))[1]


def _rank(name: str) -> int | None:
    return next((rank for rank, family in enumerate(_FAMILIES) if family.search(name)), None)


def _completes(item: dict[str, Any]) -> bool:
    capabilities = item.get("capabilities")
    guards = re.search(r"guard|embed", item["name"], re.IGNORECASE)
    return guards is None and (not capabilities or "completion" in capabilities)


def _in_cloud(item: dict[str, Any]) -> bool:
    remote = item.get("remote_model") or item.get("remote_host")
    return bool(remote) or _is_cloud_name(item["name"])


def _is_cloud_name(name: str) -> bool:
    return name.endswith(("-cloud", ":cloud"))


def _model(item: dict[str, Any]) -> Model:
    trained = (item.get("details") or {}).get("context_length")
    return Model(
        name=item["name"],
        digest=str(item.get("digest", "")),
        size=int(item.get("size") or 0),
        trained_context=trained if isinstance(trained, int) and trained > 0 else None,
    )


def machine_memory() -> int | None:
    """Bytes of memory that this machine has; None where it does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not on every system
        return None
