"""Which backend a data folder uses: measured once, kept, changed only by command.

The fingerprint of vectors never names the backend: only those are taken whose vectors agree with
torch's, so that one folder's vectors may come from several.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast

from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import backends, probing
from rag_assistant.embedding.backends import REFERENCE, Backend
from rag_assistant.embedding.child import TransientError
from rag_assistant.embedding.model import ModelFiles
from rag_assistant.embedding.probing import Figures, Measured
from rag_assistant.errors import EmbeddingModelError

_NOTE = "embedding backend"
_FAITHFUL = 0.995  # least cosine to torch's vector of any text
_AGAIN = (
    "Mend that and run again: rag-assistant index FOLDER; "
    "or do without it: rag-assistant repair --backend torch"
)

_Look: TypeAlias = Callable[[tuple[Backend], ModelFiles, EmbeddingSettings, Path | None], Measured]


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


def in_use(
    settings: EmbeddingSettings,
    files: ModelFiles,
    notes: Notes | None,
    cache: Path | None = None,
) -> Choice | None:
    """What the settings name, else what the folder keeps; None before anything is chosen.

    Nothing is measured or converted: what cannot be used here, or is not known to be faithful
    with what is installed now, gives way to torch, and says so.
    """
    return _standing(_wished(settings, notes), settings, files, cache, probing.known)


def confirmed(
    settings: EmbeddingSettings,
    files: ModelFiles,
    notes: Notes,
    cache: Path | None = None,
    *,
    again: bool = False,
) -> Choice | None:
    """The same, but what is not known yet is measured, and converted where that is missing.

    Free where nothing has changed. ``again``: convert and measure whatever is known.
    """
    look = partial(probing.measured, again=again)
    return _standing(_wished(settings, notes), settings, files, cache, look)


def _wished(settings: EmbeddingSettings, notes: Notes | None) -> Choice | None:
    if settings.backend != "auto":
        return Choice(backend=settings.backend, reason="named in the configuration")
    kept = notes.note(_NOTE) if notes else None
    return Choice.from_json(kept) if kept is not None else None


def _standing(
    wished: Choice | None,
    settings: EmbeddingSettings,
    files: ModelFiles,
    cache: Path | None,
    look: _Look,
) -> Choice | None:
    """What is wished for if it may be used, else torch."""
    if wished is None or wished.backend == REFERENCE:
        return wished
    name = wished.backend
    why, hint = backends.hindrance(name), ""
    if why:
        hint = backends.remedy(why)
    else:
        try:
            why, hint = _verdict(name, look((name,), files, settings, cache))
        except EmbeddingModelError as error:
            why, hint = error.message.rstrip("."), error.hint
    if not why:
        return wished
    by = "this folder keeps" if settings.backend == "auto" else "the configuration names"
    return Choice(backend=REFERENCE, reason=f"{by} {name}, which cannot be used: {why}", hint=hint)


def choose(
    settings: EmbeddingSettings,
    files: ModelFiles,
    *,
    cache: Path | None = None,
    again: bool = False,
) -> Choice:
    """The quickest backend that is faithful, and why not the others; torch where there is none.

    Args:
        settings: Length limit, prefixes and threads.
        files: The model.
        cache: Where measurements and converted models are kept; None takes the person's folder.
        again: Measure although the result is known from another data folder.

    Raises:
        EmbeddingModelError: The model does not even work in torch.
        TransientError: Measuring came to no end, or one of them may do better another time.
    """
    found = probing.measured(backends.candidates(), files, settings, cache, again=again)
    if found.broken:
        told = "; ".join(f"{name} cannot be measured: {why}" for name, why in found.broken.items())
        raise TransientError(f"{told}.", _AGAIN)
    refused = [f"{name}: {why}" for name, why in found.failed.items()]
    if why := backends.hindrance("openvino"):
        refused.append(f"openvino: {why}")
    refused += [why for name, one in found.figures.items() if (why := _refusal(name, one))]
    fit = [name for name, one in found.figures.items() if not _refusal(name, one)]
    best = max(fit, key=lambda name: found.figures[name].speed, default=REFERENCE)
    praise = [_praise(found.figures[best])] if fit else []
    return Choice(backend=best, reason="; ".join([*praise, *refused]), figures=found.figures)


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
        TransientError: Measuring came to no end.
    """
    if name == REFERENCE:
        return Choice(backend=name, reason="named")
    if why := backends.hindrance(name):
        raise EmbeddingModelError(f"{name} cannot be used: {why}.", backends.remedy(why))
    found = probing.measured((name,), files, settings, cache, again=again)
    why, hint = _verdict(name, found)
    if why:
        raise EmbeddingModelError(f"{name} cannot be used with {files.name}: {why}.", hint)
    praise = _praise(found.figures[name])
    return Choice(backend=name, reason=f"named; {praise}", figures=found.figures)


def _verdict(name: Backend, found: Measured) -> tuple[str, str]:
    """Why a backend must not be used, and what helps; both empty where it may."""
    if name in found.failed:
        return found.failed[name], backends.INSTEAD
    if name in found.broken:
        return found.broken[name], _AGAIN
    if name not in found.figures:
        return "it has to be measured here first", "rag-assistant index FOLDER"
    why = _unfaithful(found.figures[name])
    return why, backends.INSTEAD if why else ""


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
    if why := _unfaithful(figures):
        return f"{name} refused: {why}"
    return "" if figures.speed > 1 else f"{name}: {figures.speed:.2f} times as fast as torch"


def _unfaithful(figures: Figures) -> str:
    """Empty where it is faithful; a cosine that is no number is not."""
    if figures.cosine >= _FAITHFUL:
        return ""
    return f"its cosine {figures.cosine:.4f} is below {_FAITHFUL}"
