"""``python -m evals``."""

from __future__ import annotations

import sys

from evals.command import main

if __name__ == "__main__":  # the cost evaluator's process imports this file once more
    sys.exit(main())
