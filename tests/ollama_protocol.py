"""What an Ollama server says: models, counts, lines and errors, as recordings of 0.32.15 show.

Tokens are counted roughly: a word up to twelve letters, each figure, each character of a script
without spaces, each sign, and a space at the end are one each. A message adds eight (with the
words of an unknown role two more), the opening of the reply seven. That gives what the recorded
servers counted for plain words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Request = dict[str, Any]
Line = dict[str, Any]

VERSION = "0.32.15"
CREATED = "2026-11-23T17:55:57.508018982Z"
DEFAULT_CONTEXT = 4096
NO_TOKENS = 15
"""Of a prompt without words: one message and the opening of the reply."""

BUSY = "server busy, please try again.  maximum pending requests exceeded"
KILLED = "an error was encountered while running the model: unexpected EOF"
NO_SHIFT = (
    "the prompt is longer than the context length currently available to the model; shorten the "
    "prompt, adjust the context length in settings, or use a model with a longer context length"
)
OLD_TOO_LONG = "the input length exceeds the context length"
NO_MANIFEST = "pull model manifest: file does not exist"
DISK_FULL = "write /models/blobs/sha256-5ab4f592f93e-partial: no space left on device"

_MESSAGE, _OPENING, _UNKNOWN_ROLE = 8, 7, 2
_ROLES = ("system", "user", "assistant", "tool")
_LEVELS = ("high", "medium", "low", "max")
_TOKEN = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]|\d|[^\W\d_]{1,12}|[^\w\s]|_|\s+\Z")
_NAME = re.compile(r"[\w.:/-]+")
_DURATION = re.compile(r"-?(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+|0")
_OPTIONS = {
    "integer": ("num_ctx", "num_predict", "seed", "top_k", "num_keep", "num_thread"),
    "float32": ("temperature", "top_p", "min_p", "repeat_penalty"),
}
_PASSAGE = re.compile(r"<passage (\d+)>.*?\nText:\n(.*?)\n</passage \1>", re.DOTALL)


class RefusedError(Exception):
    """A request that gets an error; ``by_runner`` where the model's own process says so."""

    def __init__(self, status: int, text: str, *, by_runner: bool = False) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.by_runner = by_runner


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledModel:
    """A model as ``/api/tags`` lists it; ``remote`` names the cloud model that it stands for.

    ``context_length`` is what it was trained on; ``listed_length`` False leaves it to
    ``/api/show``, as servers before 0.30 did.
    """

    name: str
    size: int = 3_000_000_000
    digest: str = "5ab4f592f93e6fc9bf933584638a367b9599ae99e357976a08891c6cbfd30529"
    family: str = "gemma3"
    capabilities: tuple[str, ...] = ("completion",)
    remote: str = ""
    context_length: int = 131072
    listed_length: bool = True

    def details(self) -> dict[str, Any]:
        return {
            "parent_model": "",
            "format": "gguf",
            "family": self.family,
            "families": [self.family],
            "parameter_size": "4.3B",
            "quantization_level": "Q4_K_M",
        }

    def listed(self) -> dict[str, Any]:
        lengths = {"context_length": self.context_length, "embedding_length": 64}
        item: dict[str, Any] = {
            "name": self.name,
            "model": self.name,
            "modified_at": CREATED,
            "size": self.size,
            "digest": self.digest,
            "details": self.details() | (lengths if self.listed_length else {}),
            "capabilities": list(self.capabilities),
        }
        if self.remote:
            item |= {"remote_model": self.remote, "remote_host": "https://ollama.com:443"}
        return item

    def shown(self) -> dict[str, Any]:
        weights = ("attn_k", "attn_norm", "attn_output", "attn_q", "attn_v", "ffn_down", "ffn_up")
        return {
            "modelfile": f"# FROM {self.name}\n\nFROM /models/example.gguf\n",
            "parameters": 'stop                           "<|user|>"',
            "template": "{{- range .Messages }}<|{{ .Role }}|>\n{{ .Content }}\n{{ end }}",
            "details": self.details(),
            "model_info": {
                "general.architecture": self.family,
                "general.file_type": 0,
                "general.parameter_count": 4178240,
                f"{self.family}.block_count": 4,
                f"{self.family}.context_length": self.context_length,
            },
            "tensors": [
                {"name": f"blk.{block}.{weight}.weight", "type": "F32", "shape": [64, 64]}
                for block in range(6)
                for weight in weights
            ],
            "capabilities": list(self.capabilities),
            "modified_at": CREATED,
        }

    def loaded(self, window: int) -> dict[str, Any]:
        return {
            "name": self.name,
            "model": self.name,
            "size": self.size,
            "digest": self.digest,
            "details": self.details(),
            "expires_at": CREATED,
            "size_vram": 0,
            "context_length": window,
        }


def count_tokens(text: str) -> int:
    return len(_TOKEN.findall(text))


def count_prompt(messages: Sequence[dict[str, Any]]) -> int:
    roles = sum(_UNKNOWN_ROLE for one in messages if one["role"] not in _ROLES)
    words = sum(_MESSAGE + count_tokens(one["content"]) for one in messages)
    return _OPENING + roles + words


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What the model gets to see of a request: its messages, counted, and its window."""

    request: Request
    tokens: int
    window: int


def read_prompt(request: Request, model: InstalledModel, *, old: bool, ignores: bool) -> Read:
    """Cut a prompt to the window, or refuse it.

    System messages and the last one stay, the oldest others go first. Where that is not enough
    the last is cut in its middle; half a window and three are counted then, a whole one in 0.24.0.

    Args:
        request: What was asked.
        model: Its trained length clamps ``num_ctx``.
        old: As 0.24.0 does.
        ignores: Knows neither ``truncate`` nor ``shift``.
    """
    window = min(int(request.get("options", {}).get("num_ctx", DEFAULT_CONTEXT)) or 4, _most(model))
    messages = list(request["messages"])
    tokens = count_prompt(messages)
    if tokens > window and not ignores:
        if request.get("truncate") is False:
            raise RefusedError(400, _too_long(tokens, window, old=old), by_runner=True)
        if request.get("shift") is False:
            raise RefusedError(400, NO_SHIFT, by_runner=True)
    while count_prompt(messages) > window and (droppable := _droppable(messages)):
        messages.remove(droppable[0])
    tokens = count_prompt(messages)
    if tokens > window:
        seen = window if old else window // 2 + 3
        content = messages[-1]["content"]
        messages[-1] = {**messages[-1], "content": content[-len(content) * seen // tokens :]}
        tokens = seen
    return Read(request=request | {"messages": messages}, tokens=tokens, window=window)


def _droppable(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in messages[:-1] if one["role"] != "system"]


def _most(model: InstalledModel) -> int:
    return model.context_length


def _too_long(tokens: int, window: int, *, old: bool) -> str:
    if old:
        return OLD_TOO_LONG
    message = (
        f"request ({tokens} tokens) exceeds the available context size ({window} tokens), "
        "try increasing it"
    )
    return (
        f'{{"error":{{"code":400,"message":"{message}","type":"exceed_context_size_error",'
        f'"n_prompt_tokens":{tokens},"n_ctx":{window}}}}}'
    )


def check(request: Request, model: InstalledModel | None) -> None:
    """Refuse what a server refuses before it loads anything."""
    name = request.get("model", "")
    if not name:
        raise RefusedError(400, "model is required")
    if not isinstance(request.get("messages", []), list):
        text = "json: cannot unmarshal string into Go struct field ChatRequest.messages of type "
        raise RefusedError(400, text + "[]api.Message")
    if not _NAME.fullmatch(name):
        raise RefusedError(400, "invalid model name")
    alive = request.get("keep_alive")
    if isinstance(alive, str) and not _DURATION.fullmatch(alive):
        raise RefusedError(400, f'time: invalid duration "{alive}"')
    think = request.get("think")
    if isinstance(think, str) and think not in _LEVELS:
        levels = ", ".join(f'"{level}"' for level in _LEVELS)
        text = f'invalid think value: "{think}" (must be {levels}, true, or false)'
        raise RefusedError(400, text)
    if model is None:
        raise RefusedError(404, f"model '{name}' not found")
    if think and "thinking" not in model.capabilities:
        raise RefusedError(400, f'"{name}" does not support thinking')
    if request.get("tools") and "tools" not in model.capabilities:
        raise RefusedError(400, f"registry.ollama.ai/library/{model.name} does not support tools")
    _check_options(request.get("options") or {})


def check_loaded(request: Request) -> None:
    """Refuse what only the model's own process finds out."""
    form = request.get("format")
    if form and form != "json" and not isinstance(form, dict):
        given = f'\\"{form}\\"' if isinstance(form, str) else str(form)
        expected = 'expected "json" or a valid JSON Schema object'
        raise RefusedError(500, f'invalid format: "{given}"; {expected}', by_runner=True)
    if any(one.get("images") for one in request["messages"]):
        message = "Multimodal data provided, but model does not support multimodal requests."
        text = f'{{"error":{{"code":400,"message":"{message}","type":"invalid_request_error"}}}}'
        raise RefusedError(400, text, by_runner=True)


def _check_options(options: dict[str, Any]) -> None:
    for kind, names in _OPTIONS.items():
        for name in names:
            if isinstance(options.get(name, 0), str):
                raise RefusedError(500, f'option "{name}" must be of type {kind}')


def needs_memory(model: InstalledModel) -> RefusedError:
    needed = f"{model.size * 1.3 / 2**30:.1f} GiB"
    text = f"model requires more system memory ({needed}) than is available (1.2 GiB)"
    return RefusedError(500, text)


def piece(model: str, content: str, *, thinking: bool = False) -> Line:
    """One line of a reply in the making."""
    words = {"content": "", "thinking": content} if thinking else {"content": content}
    return {
        "model": model,
        "created_at": CREATED,
        "message": {"role": "assistant", **words},
        "done": False,
    }


def end(line: Line, *, reason: str, prompt: int, written: int, cold: bool = False) -> Line:
    """The last line of a reply, or the only one of a whole reply: counts and nanoseconds."""
    load = 1_300_137_581 if cold else 1_920_169
    return line | {
        "done": True,
        "done_reason": reason,
        "total_duration": load + 100_000 * (prompt + 10 * written),
        "load_duration": load,
        "prompt_eval_count": prompt,
        "prompt_eval_duration": 100_000 * prompt,
        "eval_count": written,
        "eval_duration": 1_000_000 * written,
    }


def pull_lines(model: InstalledModel, *, held: int, steps: int = 4) -> Iterator[Line]:
    """The progress of a download, from the ``held`` bytes on; of each layer as it comes."""
    yield {"status": "pulling manifest"}
    layer = {"status": f"pulling {model.digest[:12]}", "digest": f"sha256:{model.digest}"}
    for step in range(steps + 1):
        done = held + (model.size - held) * step // steps
        known = {"completed": done} if done else {}
        yield {**layer, "total": model.size, **known}
    yield {"status": "verifying sha256 digest"}
    yield {"status": "writing manifest"}
    yield {"status": "success"}


def first_sentences(request: Request) -> str:
    """Answer as an obedient model would: the first sentence of each passage, with its number."""
    passages = _PASSAGE.findall(request["messages"][-1]["content"])
    firsts = [(number, re.split(r"(?<=[.!?])\s", text.strip())[0]) for number, text in passages]
    return " ".join(f"{sentence} [{number}]" for number, sentence in firsts[:2]) or "NO_ANSWER"
