"""CSL-JSON, as Zotero and pandoc read it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rag_assistant.references.items import Item


def csl_json(items: Sequence[Item]) -> str:
    """The items as a JSON array."""
    return json.dumps(list(items), ensure_ascii=False, indent=2) + "\n"
