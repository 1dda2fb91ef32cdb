"""Questions in Spanish and German to an English library.

Is the paragraph found, and does the product answer where it can and keep silent where the article
is not there? The questions are XQuAD's translations, so what answers them is known.
``silent_without_article`` is the share of rightful silences when the article is taken out of the
hits; it stands beside ``answered``, the share that passes when it is there.

Is a question's language told, and never taken for another? And what does the support check make of
the translated paragraphs' sentences beside the English ones? Each is true of its own paragraph: it
is ``kept`` where it is not refused. What has a digit is ``refused_elsewhere`` at a paragraph that
says something else, the next one.

And are the languages of documents told? ``mixed`` documents are made of paragraphs of one article,
each in one of two languages: ``told``, ``mistaken`` and ``undetermined`` are shares of their
sentences, ``found`` of the documents whose languages are exactly those found; ``share_error`` is
half the sum of the differences between true and found shares. ``alone`` are articles in one
language: the share that is taken for a mixed one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

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
from rag_assistant.readers.language import detect_language, languages_of, tell
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
    paragraphs = {
        language: {
            one.id: one.text
            for one in sets.retrieval(bench.data, f"xquad-{language}").texts
            if bench.everything or held_out(_article(one))
        }
        for language in ("en", *LANGUAGES)
    }
    for what, values in documents(paragraphs).items():
        measured[f"languages.documents.{what}"] = mean(values)
    return measured


def documents(paragraphs: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, float]]:
    """Values by measure and document or sentence, of paragraphs by language and id."""
    values: dict[str, dict[str, float]] = {}
    articles: dict[str, list[str]] = {}
    for one in paragraphs["en"]:
        articles.setdefault(one.partition("-")[0], []).append(one)
    for article, ids in articles.items():
        for language, texts in paragraphs.items():
            whole = [texts[one] for one in ids]
            found = languages_of(whole, detect_language(whole))
            values.setdefault("alone", {})[f"{article}:{language}"] = float(len(found) > 1)
        for pair in combinations(sorted(paragraphs), 2):
            spoken = [pair[number % 2] for number in range(len(ids))]
            said = [paragraphs[of][one] for of, one in zip(spoken, ids, strict=True)]
            for what, found_values in _mixed(said, spoken).items():
                named = {f"{article}:{'-'.join(pair)}:{key}": v for key, v in found_values.items()}
                values.setdefault(f"mixed.{what}", {}).update(named)
    return values


def _mixed(said: Sequence[str], spoken: Sequence[str]) -> dict[str, dict[str, float]]:
    """Values by measure and item of one document: its paragraphs, each in its language."""
    sizes: Counter[str] = Counter()
    for text, language in zip(said, spoken, strict=True):
        sizes[language] += len(text)
    true = {language: size / sizes.total() for language, size in sizes.items()}
    found = dict(languages_of(said, detect_language(said)))
    wrong = sum(abs(true.get(one, 0) - found.get(one, 0)) for one in {*true, *found}) / 2
    values = {
        "found": {"": float(true.keys() == found.keys())},
        "share_error": {"": wrong},
        "told": {},
        "mistaken": {},
        "undetermined": {},
    }
    for number, (text, language) in enumerate(zip(said, spoken, strict=True)):
        for start, end in sentences(text):
            named, _ = tell(text[start:end], tuple(found))
            key = f"{number}:{start}"
            values["told"][key] = float(named == language)
            values["undetermined"][key] = float(named == "und")
            values["mistaken"][key] = float(named not in (language, "und"))
    return values


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
