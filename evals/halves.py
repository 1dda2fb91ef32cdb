"""One cut through every set: what may be fitted on, and what only reports.

Everything that is fitted (weights, thresholds, coefficients) sees the first half alone; every
figure that stands beside a target is taken on the second. The cut is a hash of a key that keeps
together what belongs together (an article, not its questions), so it never moves.
"""

from __future__ import annotations

import hashlib


def held_out(key: str) -> bool:
    """Whether what the key names is in the half that nothing was fitted on."""
    return hashlib.sha256(key.encode()).digest()[0] % 2 == 1
