"""``python -m rag_assistant``."""

import sys

from rag_assistant.cli import main

if __name__ == "__main__":
    sys.exit(main())
