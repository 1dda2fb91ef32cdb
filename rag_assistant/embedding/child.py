"""Heavy work in a process of its own: what it loads is gone afterwards, and so is what it breaks.

Converting and measuring need torch and more than a gigabyte; a crash in a library's native code
would end `index`.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from typing import Any

from rag_assistant.errors import EmbeddingModelError

_PATIENCE = 900.0  # seconds; for models far larger than the default
_MAIN = "from rag_assistant.embedding.child import main; main()"


class TransientError(EmbeddingModelError):
    """It may go better another time (a kill, a full disk): nothing is kept of it."""


def in_child(target: str, **request: Any) -> Any:
    """Call ``module:function`` with these arguments in a child; JSON goes in and comes out.

    Raises:
        EmbeddingModelError: The function raised; the message is that of its error.
        TransientError: The child could not be started, was killed, crashed or took too long.
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(  # noqa: S603 - our own module, in our own interpreter
            [sys.executable, "-P", "-c", _MAIN, target],
            input=json.dumps(request),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env=environment,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TransientError(f"it took more than {_PATIENCE:.0f} seconds", "") from error
    except OSError as error:
        raise TransientError(f"it could not be started: {error.strerror or error}", "") from error
    last = (done.stderr.strip().splitlines() or [""])[-1]
    if done.returncode < 0 or last.startswith("KeyboardInterrupt"):
        raise TransientError(f"it broke off (exit {done.returncode})", "")
    if done.returncode:
        raise EmbeddingModelError(last or f"it failed (exit {done.returncode})", "")
    return json.loads(done.stdout)


def main() -> None:
    """The child's side. What libraries print goes to the standard error stream."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    module, _, name = sys.argv[1].partition(":")
    request = json.loads(sys.stdin.buffer.read())
    result = getattr(importlib.import_module(module), name)(**request)
    with answers:
        json.dump(result, answers)
