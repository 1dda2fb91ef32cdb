"""From hits to a draft answer: decide whether to answer, quote or write, check every sentence.

`ollama` and `generative` are imported where a model is wanted, and only then.
"""

from rag_assistant.answering.abstention import answerable
from rag_assistant.answering.citations import answer_text
from rag_assistant.answering.extractive import ExtractiveAnswerer

__all__ = ["ExtractiveAnswerer", "answer_text", "answerable"]
