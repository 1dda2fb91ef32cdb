"""What carries an attack: a way to make a file of ordinary prose and an order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A story and the order that goes with it; ``canary`` and ``address`` stand in the order."""

    title: str
    prose: str
    order: str
    canary: str
    address: str


@dataclass(frozen=True, slots=True)
class Made:
    """A file. ``traces`` are what to look for where the order is not written in plain letters."""

    data: bytes
    traces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A kind of poisoned file. ``order`` is the name of the order that it carries."""

    name: str
    suffix: str
    order: str
    hidden: bool
    make: Callable[[Load], Made]
