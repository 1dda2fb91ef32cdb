"""A reading process: ``python -m rag_assistant.reading.child``, started by `process.Child`.

Whatever bytes do to a parser they do here: they may loop, crash or ask for all memory. It ends with
its parent, whose end closes the pipe that it listens to.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from typing import BinaryIO

from rag_assistant.embedding.tokenizer import ModelTokenizer
from rag_assistant.readers.container import Turns
from rag_assistant.readers.guard import OUT_OF_MEMORY
from rag_assistant.reading.items import items, splitter_of
from rag_assistant.reading.limits import MEMORY_EXIT, Clock, limit_memory
from rag_assistant.reading.messages import Frame, Job, Kind, Setup, packed, read, write

_ALIVE_EVERY = 1.0
_STRETCH = 64 << 20  # so much of a file may take as long as one item


def main() -> None:
    """Read the files that the parent names until it goes away."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a parser prints is no answer
    told: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, told), daemon=True).start()
    setup = Setup.parsed(told.get())
    limit_memory(setup.memory)
    split = splitter_of(ModelTokenizer(setup.tokenizer), setup.limit)
    clock = Clock(setup.seconds)
    write(answers, Frame(Kind.READY))
    while True:
        job = Job.parsed(told.get())
        clock.start()
        for item in items(job.path, job.name, _Share(job, clock, answers), split):
            if item.leaf.reason == OUT_OF_MEMORY:
                os._exit(MEMORY_EXIT)
            clock.stop()  # the parent may let us wait
            write(answers, Frame(Kind.LEAF, item.number, packed(tuple(item))))
            clock.start()
        clock.stop()
        write(answers, Frame(Kind.END))


def _listen(stream: BinaryIO, told: queue.SimpleQueue[bytes]) -> None:
    while frame := read(stream):
        told.put(frame.contents)
    os._exit(0)  # the parent is gone, whatever is being read


class _Share(Turns):
    """The items of a job; each has the time that the clock gives, and so has each long stretch."""

    def __init__(self, job: Job, clock: Clock, answers: BinaryIO) -> None:
        self._job = job
        self._given_up = dict(job.given_up)
        self._clock = clock
        self._answers = answers
        self._heavy = 0
        self._stretch = 0
        self._told_at = time.monotonic()

    def next(self, *, heavy: bool = True) -> bool:
        self.number += 1
        self._heavy += heavy
        self._begin()
        mine = self._heavy % self._job.of == self._job.share
        if not mine or (self.number < self._job.start and self.number not in self._job.held):
            self._say_alive()
            return False
        self.given_up = self._given_up.get(self.number, "")
        write(self._answers, Frame(Kind.AT, self.number))
        self._told_at = time.monotonic()
        return True

    def hold(self) -> None:
        write(self._answers, Frame(Kind.HELD, self.number))

    def worked(self, size: int) -> None:
        self._stretch += size
        if self._stretch > _STRETCH:
            self._begin()
            self._say_alive()

    def _begin(self) -> None:
        self._stretch = 0
        self._clock.start()

    def _say_alive(self) -> None:
        if time.monotonic() - self._told_at > _ALIVE_EVERY:
            write(self._answers, Frame(Kind.ALIVE))
            self._told_at = time.monotonic()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    main()
