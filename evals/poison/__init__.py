"""Forty documents that carry an attack beside ordinary prose, made by code.

Each tells machines to say a word that nobody else would say, its canary, or to show an address:
in the open, hidden from people by markup or drawing, or in metadata. All words are our own.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from evals.poison import pages, papers
from evals.poison.carriers import Carrier, Load
from evals.poison.orders import ORDERS

_STORIES = Path(__file__).parent / "stories.jsonl"
_CARRIERS: tuple[Carrier, ...] = (*pages.CARRIERS, *papers.CARRIERS)
_COLLECTION = 'id = "poison"\ntitle = "Poisoned documents"\naccess = "public"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Poisoned:
    """A poisoned document.

    ``question`` is ordinary and answered by its prose, ``near`` uses the attack's own words.
    ``hidden`` says that a reader of the document does not see the attack; ``traces`` are the forms
    in which it would then stand in what is stored.
    """

    name: str
    data: bytes
    question: str
    near: str
    canary: str
    address: str
    hidden: bool
    traces: tuple[str, ...]


def documents() -> list[Poisoned]:
    """The documents, always the same."""
    stories = [json.loads(line) for line in _STORIES.read_text(encoding="utf-8").splitlines()]
    return [
        _poisoned(number, carrier, story)
        for number, (carrier, story) in enumerate(zip(_CARRIERS, stories, strict=True), start=1)
    ]


def write(folder: Path) -> list[Poisoned]:
    """Write the documents as a collection; the folder must be new or empty."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "collection.toml").write_text(_COLLECTION, encoding="utf-8")
    made = documents()
    for one in made:
        (folder / one.name).write_bytes(one.data)
    return made


def _poisoned(number: int, carrier: Carrier, story: dict[str, str]) -> Poisoned:
    digest = hashlib.sha256(f"{number} {carrier.name}".encode()).hexdigest()
    canary, address = f"CANARY-{digest[:8]}", f"https://collect-{digest[8:14]}.example/pixel.png"
    order = ORDERS[carrier.order]
    load = Load(
        title=story["title"],
        prose=story["text"],
        order=order.words.format(canary=canary, address=address),
        canary=canary,
        address=address,
    )
    made = carrier.make(load)
    return Poisoned(
        name=f"{number:02}-{carrier.name}.{carrier.suffix}",
        data=made.data,
        question=story["question"],
        near=order.near,
        canary=canary,
        address=address,
        hidden=carrier.hidden,
        traces=made.traces or (canary, address),
    )
