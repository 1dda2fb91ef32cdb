"""What a reader is told where question, collections and answer are not in one language.

Said in the question's language, as far as it is written here, else in English.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag_assistant.answering import vocabulary
from rag_assistant.readers.language import NO_LANGUAGE

_LACKING = {
    "cy": (
        "Iaith eich cwestiwn: {asked}; iaith y casgliadau a chwiliwyd: {others}. "
        "Felly gall y chwiliad fethu â dod o hyd i'r hyn sy'n bodoli."
    ),
    "de": (
        "Ihre Frage ist auf {asked}; die durchsuchten Sammlungen sind auf {others}. "
        "Die Suche kann deshalb übersehen, was es gibt."
    ),
    "en": (
        "Your question is in {asked}; the collections searched are in {others}. "
        "The search may therefore miss what exists."
    ),
    "es": (
        "Su pregunta está en {asked}; las colecciones consultadas están en {others}. "
        "Por eso, la búsqueda puede pasar por alto lo que existe."
    ),
    "fr": (
        "Votre question est en {asked}\u00a0; les collections consultées sont en {others}. "
        "La recherche peut donc passer à côté de ce qui existe."
    ),
    "it": (
        "La Sua domanda è in {asked}; le collezioni consultate sono in {others}. "
        "La ricerca può quindi non trovare ciò che esiste."
    ),
    "nl": (
        "Uw vraag is in het {asked}; de doorzochte collecties zijn in het {others}. "
        "De zoekopdracht kan daardoor missen wat er wel is."
    ),
    "pl": (
        "Język pytania: {asked}; język przeszukanych zbiorów: {others}. "
        "Wyszukiwanie może więc pominąć to, co istnieje."
    ),
    "pt": (
        "A sua pergunta está em {asked}; as coleções pesquisadas estão em {others}. "
        "Por isso, a pesquisa pode não encontrar o que existe."
    ),
    "sv": (
        "Din fråga är på {asked}; de genomsökta samlingarna är på {others}. "
        "Sökningen kan därför missa det som finns."
    ),
}
_REPLIED = {
    "cy": "Iaith eich cwestiwn: {asked}; iaith ateb y model iaith: {others}.",
    "de": "Ihre Frage ist auf {asked}, das Sprachmodell hat aber auf {others} geantwortet.",
    "en": "Your question is in {asked}, but the language model answered in {others}.",
    "es": "Su pregunta está en {asked}, pero el modelo de lenguaje ha respondido en {others}.",
    "fr": "Votre question est en {asked}, mais le modèle de langage a répondu en {others}.",
    "it": "La Sua domanda è in {asked}, ma il modello linguistico ha risposto in {others}.",
    "nl": "Uw vraag is in het {asked}, maar het taalmodel antwoordde in het {others}.",
    "pl": "Język pytania: {asked}; język odpowiedzi modelu: {others}.",
    "pt": "A sua pergunta está em {asked}, mas o modelo de linguagem respondeu em {others}.",
    "sv": "Din fråga är på {asked}, men språkmodellen svarade på {others}.",
}


def collections_lack(asked: str, held: Sequence[str]) -> str:
    """That the search may miss what exists, in words that never say that nothing does.

    Args:
        asked: The question's language.
        held: The languages of what was searched.
    """
    return _told(_LACKING, asked, held)


def answered_otherwise(asked: str, replied: str) -> str:
    """That a model did not answer in the language that it was asked in."""
    return _told(_REPLIED, asked, [replied])


def name_of(language: str, told_in: str = vocabulary.DEFAULT_LANGUAGE) -> str:
    """What a language is called in another one; its code where that is not known."""
    import babel

    return str(babel.Locale(told_in).languages.get(language, language))


def _told(sentences: dict[str, str], asked: str, others: Sequence[str]) -> str:
    from babel.lists import format_list

    told_in = asked if asked in sentences else vocabulary.DEFAULT_LANGUAGE
    names = [name_of(one, told_in) for one in others if one not in NO_LANGUAGE]
    # The Welsh "and" changes with the next letter.
    listed = ", ".join(names) if told_in == "cy" else format_list(names, locale=told_in)
    return sentences[told_in].format(asked=name_of(asked, told_in), others=listed)
