"""Which backend a data folder uses: measured once, kept, changed only by command.

The fingerprint of vectors never names the backend: only those are taken whose vectors agree with
torch's, so that one folder's vectors may come from several.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import backends, probing
from rag_assistant.embedding.backends import REFERENCE, Backend
from rag_assistant.embedding.model import ModelFiles
from rag_assistant.embedding.probing import Figures
from rag_assistant.errors import EmbeddingModelError

_NOTE = "embedding backend"
_FAITHFUL = 0.995  # least cosine to torch's vector of any text


class Notes(Protocol):
    """Small facts about a data folder; the docstore keeps them."""

    def note(self, key: str) -> str | None: ...

    def set_note(self, key: str, value: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A backend and why: the sentence that people read, and the figures behind it.

    ``hint`` is the command that helps where the backend is not what was wished for.
    """

    backend: Backend
    reason: str
    figures: Mapping[Backend, Figures] = field(default_factory=dict)
    hint: str = ""

    def to_json(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Choice:
        """What `to_json` gave."""
        values: dict[str, Any] = json.loads(text)
        figures = {name: Figures(**one) for name, one in values.pop("figures").items()}
        return cls(figures=figures, **values)


def in_use(settings: EmbeddingSettings, notes: Notes | None) -> Choice | None:
    """What the settings name, else what the folder keeps; None before anything is chosen.

    A kept backend that this computer cannot run any more gives way to torch, and says so.
    """
    if settings.backend != "auto":
        return Choice(backend=settings.backend, reason="named in the configuration")
    kept = notes.note(_NOTE) if notes else None
    if kept is None:
        return None
    choice = Choice.from_json(kept)
    hindrance = backends.hindrance(choice.backend)
    if not hindrance:
        return choice
    return Choice(
        backend=REFERENCE,
        reason=f"this folder keeps {choice.backend}, but {hindrance}",
        hint=backends.remedy(choice.backend),
    )


def choose(
    settings: EmbeddingSettings,
    files: ModelFiles,
    *,
    cache: Path | None = None,
    again: bool = False,
) -> Choice:
    """The quickest backend that is faithful; torch, with the reasons, where there is none.

    Args:
        settings: Length limit, prefixes and threads.
        files: The model.
        cache: Where measurements and converted models are kept; None takes the person's folder.
        again: Measure although the result is known from another data folder.

    Raises:
        EmbeddingModelError: The model does not even work in torch.
        ChildBrokeOffError: Measuring came to no end.
    """
    wanted = backends.candidates()
    figures, failed = probing.measured(wanted, files, settings, cache, again=again)
    refused = [f"{name}: {why}" for name, why in failed.items()]
    if why := backends.hindrance("openvino"):
        refused.append(f"openvino: {why}")
    refused += [why for name, one in figures.items() if (why := _refusal(name, one))]
    fit = [name for name, one in figures.items() if not _refusal(name, one)]
    best = max(fit, key=lambda name: figures[name].speed, default=REFERENCE)
    reason = "; ".join([_praise(figures[best])] if fit else refused)
    return Choice(backend=best, reason=reason, figures=figures)


def confirm(
    name: Backend,
    settings: EmbeddingSettings,
    files: ModelFiles,
    *,
    cache: Path | None = None,
    again: bool = False,
) -> Choice:
    """The backend that a person named, slow or not, if its vectors agree with torch's.

    Raises:
        EmbeddingModelError: It cannot be used here, or its vectors differ.
        ChildBrokeOffError: Measuring came to no end.
    """
    if name == REFERENCE:
        return Choice(backend=name, reason="named")
    if why := backends.hindrance(name):
        raise EmbeddingModelError(f"{name} cannot be used: {why}.", backends.remedy(name))
    figures, failed = probing.measured((name,), files, settings, cache, again=again)
    why = failed.get(name) or _unfaithful(figures[name])
    if why:
        raise EmbeddingModelError(
            f"{name} cannot be used with {files.name}: {why}.",
            'Set embedding.backend to "auto", or run: rag-assistant repair --backend auto',
        )
    return Choice(backend=name, reason=f"named; {_praise(figures[name])}", figures=figures)


def keep(notes: Notes, choice: Choice) -> None:
    """Make it this data folder's backend."""
    notes.set_note(_NOTE, choice.to_json())


def choose_anew(name: str, settings: EmbeddingSettings, files: ModelFiles, notes: Notes) -> Choice:
    """Measure again, whatever is known, and keep the named backend or, for "auto", the best.

    Raises:
        EmbeddingModelError: The named one cannot be used, or measuring came to no end.
    """
    if name == "auto":
        choice = choose(settings, files, again=True)
    else:
        choice = confirm(cast(Backend, name), settings, files, again=True)
    keep(notes, choice)
    return choice


def _praise(figures: Figures) -> str:
    return f"{figures.speed:.1f} times as fast as torch, cosine {figures.cosine:.4f}"


def _refusal(name: Backend, figures: Figures) -> str:
    why = _unfaithful(figures)
    if not why and figures.speed <= 1:
        why = f"{figures.speed:.2f} times as fast as torch"
    return f"{name}: {why}" if why else ""


def _unfaithful(figures: Figures) -> str:
    """Empty where it is faithful; a cosine that is no number is not."""
    if figures.cosine >= _FAITHFUL:
        return ""
    return f"cosine {figures.cosine:.4f} < {_FAITHFUL}"
