"""The assistant behind LlamaIndex's interfaces, for evaluation scripts that are built on them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import RESPONSE_TYPE, Response
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag_assistant.answer import Answer, Citation
from rag_assistant.schema import Hit, Span


class PassageRetriever(BaseRetriever):
    """Hits as nodes: the node's id is the passage's, its offsets are into the section's text."""

    def __init__(self, search: Callable[[str], Sequence[Hit]]) -> None:
        super().__init__()
        self._search = search

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [_node(hit) for hit in self._search(query_bundle.query_str)]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        """In a thread, as evaluations ask many questions at once."""
        return await asyncio.to_thread(self._retrieve, query_bundle)


class CitedQueryEngine(BaseQueryEngine):
    """Answers as responses: source nodes are the citations, the whole answer is in `metadata`."""

    def __init__(self, ask: Callable[[str], Answer]) -> None:
        super().__init__(callback_manager=None)
        self._ask = ask

    def _query(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        answer = self._ask(query_bundle.query_str)
        return Response(
            response=answer.text,
            source_nodes=[_source(citation) for citation in answer.citations],
            metadata={"answer": answer.to_dict()},
        )

    async def _aquery(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        return await asyncio.to_thread(self._query, query_bundle)

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}


def _node(hit: Hit) -> NodeWithScore:
    facts = {key: value for key, value in hit.to_dict().items() if key not in ("text", "score")}
    entry = hit.entry
    return NodeWithScore(
        node=_text_node(entry.passage_id, entry.text, (entry.start, entry.end), facts),
        score=hit.score,
    )


def _source(citation: Citation) -> NodeWithScore:
    names = ("marker", "document_id", "section_id", "title", "locator", "text_sha256")
    facts = {name: getattr(citation, name) for name in names}
    span = (citation.start, citation.end)
    return NodeWithScore(
        node=_text_node(citation.passage_id, citation.quote, span, facts), score=None
    )


def _text_node(passage_id: str, text: str, span: Span, facts: dict[str, Any]) -> TextNode:
    """A node whose facts no model reads and no vector is made of."""
    return TextNode(
        id_=passage_id,
        text=text,
        start_char_idx=span[0],
        end_char_idx=span[1],
        metadata=facts,
        excluded_llm_metadata_keys=list(facts),
        excluded_embed_metadata_keys=list(facts),
    )
