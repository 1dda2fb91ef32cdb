"""The desks are made when they are first visited, and by one task alone."""

from __future__ import annotations

import subprocess
import sys


def test_a_server_begins_without_gradio() -> None:
    code = (
        "import sys, rag_assistant.web.server; "
        "print(sorted({'gradio', 'torch', 'chromadb'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
