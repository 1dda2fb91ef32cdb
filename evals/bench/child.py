"""Runs one command of the product in this process, which then tells what it took.

``python -m evals.bench.child TOLD.json ARGUMENT…``
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main() -> int:
    """Run the command; its exit code."""
    from rag_assistant.cli import main as command

    told, *arguments = sys.argv[1:]
    code = command(arguments)
    times = os.times()
    torch = "torch" in sys.modules  # before anything here could import it
    from evals.bench.measuring import peak_memory

    facts = {
        "cpu": times.user + times.system,
        "children": times.children_user + times.children_system,
        "peak": peak_memory(),
        "torch": torch,
    }
    Path(told).write_text(json.dumps(facts), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
