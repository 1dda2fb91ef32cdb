"""Generators that block, carried on in threads while the server does other things."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Mapping
from typing import Any, Generic, TypeVar

from anyio import CancelScope, CapacityLimiter, to_thread
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

T = TypeVar("T")
_END: Any = object()


class Driven(AsyncIterator[T], Generic[T]):
    """A generator as an asynchronous iterator, for one request.

    Each step is taken in a thread, and never left while it runs: a request that is cancelled waits
    for the step's end. So `close` always finds the generator at rest.
    """

    def __init__(self, steps: Generator[T]) -> None:
        self._steps = steps
        self._first: list[Any] = []

    async def begin(self, limiter: CapacityLimiter) -> None:
        """Take the first step now; where that fails, or is cancelled, the work has ended.

        Args:
            limiter: How many first steps are taken at once.

        Raises:
            Exception: Whatever the step raises.
        """
        try:
            step = await to_thread.run_sync(next, self._steps, _END, limiter=limiter)
        except BaseException:
            await self.close()
            raise
        self._first.append(step)

    async def __anext__(self) -> T:
        if self._first:
            step = self._first.pop()
        else:
            step = await to_thread.run_sync(next, self._steps, _END)
        if step is _END:
            raise StopAsyncIteration
        found: T = step
        return found

    async def close(self) -> None:
        """End the work, also where the request itself was cancelled."""
        with CancelScope(shield=True):
            await to_thread.run_sync(self._steps.close)


class DrivenResponse(StreamingResponse):
    """Streams what a generator gives, and closes it when the client has it all or has gone.

    Left to itself a stream that nobody reads is closed when Python collects it.
    """

    def __init__(
        self,
        lines: Driven[str] | Driven[bytes],
        *,
        media_type: str | None = None,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(lines, status_code, headers, media_type)
        self._lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._lines.close()
