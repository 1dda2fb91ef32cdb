"""Connections that ask for nothing end, and one address holds no more of them than it needs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from rag_assistant.web.doors.clients import Network, address_of, counted_as, within


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one connection, and one address, may have.

    Attributes:
        seconds: What the head of a request may take; uvicorn alone waits for it for ever.
        most: Connections of one address; more are closed.
        trusted: Whose connections are not counted: proxies, and houses with many computers.
    """

    seconds: float
    most: int
    trusted: Sequence[Network] = ()


def bounded(bounds: Bounds) -> type[H11Protocol]:
    """HTTP/1.1 as uvicorn speaks it, within bounds."""

    class Bounded(_Bounded):
        _bounds = bounds

    return Bounded


class _Bounded(H11Protocol):
    _bounds: Bounds
    _deadline: asyncio.TimerHandle | None = None
    _counted = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self._is_one_too_many():
            transport.abort()
        else:
            self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _is_one_too_many(self) -> bool:
        address = address_of(self.client[0]) if self.client else None
        if address is None or within(address, self._bounds.trusted):
            return False
        self._counted = counted_as(str(address))
        held: set[Any] = self.connections
        mine = [one for one in held if one._counted == self._counted]
        return len(mine) > self._bounds.most

    def _watch(self) -> None:
        """A slow head does not win time by each byte of it."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._forget()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self._bounds.seconds, self.transport.abort)

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
