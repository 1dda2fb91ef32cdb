"""Questions in Spanish and German to an English library.

Is the paragraph found, and does the product answer where it can and keep silent where the article
is not there? The questions are XQuAD's translations, so what answers them is known.
``silent_without_article`` is the share of rightful silences when the article is taken out of the
hits; it stands beside ``answered``, the share that passes when it is there.

Is a question's language told, and never taken for another? And what does the support check make of
the translated paragraphs' sentences beside the English ones? Each is true of its own paragraph: it
is ``kept`` where it is not refused. What has a digit is ``refused_elsewhere`` at a paragraph that
says something else, the next one.
"""

from __future__ import annotations

from collections.abc import Sequence

from evals import sets
from evals.evaluators.abstention import SPARE, without_article
from evals.halves import held_out
from evals.libraries import Library
from evals.measures import Measure, mean
from evals.metrics.retrieval import NDCG_10, RECALL_10, scores
from evals.sets import Query, Text
from evals.workbench import Workbench
from rag_assistant.answering import answerable
from rag_assistant.answering.abstention import HITS
from rag_assistant.answering.comparing import Source
from rag_assistant.answering.languages import language_of
from rag_assistant.answering.support import check
from rag_assistant.splitting import sentences

LANGUAGES = ("es", "de")
LIBRARY = "xquad-en"
EACH = 2
"""Every second question is asked: some five of them belong to one paragraph."""


def evaluate(bench: Workbench) -> dict[str, Measure]:
    """``languages.xquad-<language>-en.…``, and of questions alone ``….xquad-<language>.…``."""
    texts = sets.retrieval(bench.data, LIBRARY).texts
    library = bench.library(LIBRARY, lambda: texts)
    measured: dict[str, Measure] = {}
    for language in LANGUAGES:
        queries = bench.of(sets.retrieval(bench.data, f"xquad-{language}").queries)[::EACH]
        for what, values in across(library, queries).items():
            measured[f"languages.xquad-{language}-en.{what}"] = mean(values)
        translated = sets.retrieval(bench.data, f"xquad-{language}").texts
        reported = [one for one in translated if bench.everything or held_out(_article(one))]
        for what, values in checked(reported, texts, language).items():
            measured[f"languages.xquad-{language}-en.{what}"] = mean(values)
    for language in ("en", *LANGUAGES):
        queries = bench.of(sets.retrieval(bench.data, f"xquad-{language}").queries)
        for what, values in told(queries, language).items():
            measured[f"languages.xquad-{language}.{what}"] = mean(values)
    return measured


def told(queries: Sequence[Query], language: str) -> dict[str, dict[str, float]]:
    """Whether the questions' language is told, or mistaken for another, by measure and query."""
    found = {query.id: language_of(query.text) for query in queries}
    return {
        "told": {one: float(tongue == language) for one, tongue in found.items()},
        "mistaken": {one: float(tongue not in (language, "und")) for one, tongue in found.items()},
    }


def checked(
    translated: Sequence[Text], originals: Sequence[Text], language: str
) -> dict[str, dict[str, float]]:
    """Values by measure and sentence; a paragraph has one id in both languages."""
    sources = {one.id: Source(text=one.text, language="en") for one in originals}
    kept: dict[str, float] = {}
    refused: dict[str, float] = {}
    for number, paragraph in enumerate(translated):
        following = translated[(number + 1) % len(translated)]
        for start, end in sentences(paragraph.text):
            sentence, key = paragraph.text[start:end], f"{paragraph.id}:{start}"
            finding, _ = check(sentence, [sources[paragraph.id]], asked=language)
            kept[key] = float(finding != "unsupported")
            if any(map(str.isdigit, sentence)):
                finding, _ = check(sentence, [sources[following.id]], asked=language)
                refused[key] = float(finding == "unsupported")
    return {"kept": kept, "refused_elsewhere": refused}


def _article(text: Text) -> str:
    return text.id.partition("-")[0]


def across(library: Library, queries: Sequence[Query]) -> dict[str, dict[str, float]]:
    """Values by measure and query."""
    ranked: dict[str, list[str]] = {}
    answered: dict[str, float] = {}
    silent: dict[str, float] = {}
    embedder = library.assistant.engine.embedder
    for query in queries:
        hits = library.search(query.text, HITS + SPARE)
        ranked[query.id] = library.ranked(hits)
        answered[query.id] = float(answerable(query.text, hits[:HITS], None, embedder)[0])
        others = without_article(library, hits, query)[:HITS]
        silent[query.id] = float(not answerable(query.text, others, None, embedder)[0])
    found = scores({query.id: query.relevant for query in queries}, ranked, (NDCG_10, RECALL_10))
    return {
        **{f"fused.{name}": values for name, values in found.items()},
        "answered": answered,
        "silent_without_article": silent,
    }
