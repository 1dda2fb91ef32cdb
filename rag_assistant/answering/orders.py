"""Sentences of a passage that tell whoever answers what to do; a model need not read them.

They are known by their wording in English, German, French and Spanish: a guard that lowers the
number of attacks which reach a model, and no proof that none does. Quotations are made from the
stored text, which is never changed.
"""

from __future__ import annotations

import re
from dataclasses import replace

from rag_assistant.schema import Entry, Hit, Span

_START = r"(?:\A|[|:;.–—]\s)\W{0,5}"  # of a sentence, or of a cell or a remark in it
_NEAR = r"[^.!?]{0,80}?"
_FAR = r".{0,200}?"  # bounded, as all that repeats here, so that long cells take no long time
_PLEASE = (
    r"(?:(?:please|kindly|now|then|so|and|instead|first|always|bitte|nun|dann|maintenant|ahora)"
    r",? ){0,3}"
)
_MODAL = r"(?:must|should|shall|will|please)(?: now| always| only)?"
_RULES = (
    r"(?:instructions?|rules|prompts?|guidelines|directives|commands|orders|anweisungen|vorgaben|"
    r"regeln|befehle|consignes|règles|instrucciones|reglas|órdenes)"
)
_EARLIER = (
    r"(?:all|your|previous|prior|preceding|earlier|above|deine|bisherigen|vorherigen|vorigen|"
    r"obigen|tes|vos|tus)"
)
_MACHINE = (
    r"(?:assistants?|chat ?bots?|(?:large )?language models?|llms?|ais?|ai (?:models?|systems?|"
    r"assistants?|agents?)|sprachmodelle?|ki-modelle?|modèles? de langage|modelos? de lenguaje)"
)
_REPLY = (
    r"(?:answers?|repl(?:y|ies)|responses?|output|summary|antwort(?:en)?|réponses?|respuestas?)"
)
_WHOSE = r"(?:your|their|every|each|deine[rn]?|eure[rn]?|jede[rn]?|ta|tes|votre|vos|chaque|tu|tus)"
_YOUR_REPLY = rf"{_WHOSE} (?:\w{{1,30}} )?{_REPLY}\b"
_FORGET = (
    r"(?:ignore[zr]?|disregard|forget|override|bypass|ignorier(?:e|en sie)|vergiss|"
    r"vergessen sie|missachte|oubliez?|olvida|ignora)\b"
)
_SHAPE = (  # what is done to an answer's words
    r"(?:add|amend|anagram|append|augment|change|cite|combine|convert|display|embed|"
    r"enhance|extend|group|hide|include|insert|integrate|introduce|invite|jumble|link|mention|"
    r"misspell|modify|output|print|promote|put|rearrange|recommend|remove|render|repeat|"
    r"replace|rewrite|say|scramble|shorten|spell|substitute|suggest|translate|use|"
    r"ergänze|ersetze|füge|gib|nenne|sage?|wiederhole|verwende|"
    r"affiche|ajoute|mets|remplace|répète|añade|cita|di|incluye|repite)"
)
_BEGIN = (
    r"(?:begin|start|end|finish|write|provide|quote|return|show|state|"
    r"beginne|schreibe?|commence|écris|comienza|escribe)"
)
_DO = rf"(?:{_SHAPE}|{_BEGIN})\b"
_ANSWER = r"(?:reply|respond|answer|antworte|répond(?:s|ez)|responde)"
_ONLY = r"(?:only|solely|just|nur|ausschließlich|seulement|uniquement|sólo|solo|únicamente)"
_BESIDE = r"(?:in|into|to|from|of|with|within|before|after|throughout|zu|à|dans|en|a|de)"
_ADDRESSED = re.compile(
    "|".join(
        (
            # Forget the rules: "Ignore the rules", "… and ignore all previous instructions"
            rf"(?:{_START}{_PLEASE}|\byou {_MODAL} ){_FORGET}{_NEAR}\b{_RULES}\b",
            rf"\b{_FORGET}{_NEAR}\b{_EARLIER} (?:\w{{1,30}} ){{0,3}}{_RULES}\b",
            rf"\b{_FORGET}{_NEAR}\b{_RULES} (?:above|précédentes|anteriores)\b",
            rf"\byou are no longer bound by {_NEAR}\b{_RULES}\b",
            # Speak to the machine: "Assistant: …", "Chatbot, say …", "Note to language models: …"
            rf"{_START}assistant\s?:(?!\s?(?:miss|mrs?|ms|dr|herr|frau|mme|mlle)\b)",
            rf"{_START}(?:attention|dear|hey|important for|(?:note|message) (?:to|for)) "
            rf"(?:an? |the |all |any )?{_MACHINE}\s?[:,!–—]",
            rf"{_START}(?:an? |the |all |any )?(?:{_MACHINE}|system|admin(?:istrator)?|developer)"
            rf"\s?[:,!–—]\s?{_PLEASE}"
            rf"(?:you {_MODAL}|do not|never|{_ANSWER} {_ONLY}|{_FORGET}|{_DO})",
            rf"{_START}(?:system|admin(?:istrator)?|developer)"
            r" (?:note|message|prompt|override|notice)\s?:",
            rf"\b{_MACHINE} {_MODAL} (?:{_FORGET}|{_DO})",
            rf"\b{_MACHINE} {_DO}{_FAR}\b{_YOUR_REPLY}",
            # Shape the reply: "Begin your answer with …", "In your response, suggest …"
            rf"{_START}{_PLEASE}{_DO}{_FAR}\b{_BESIDE} {_YOUR_REPLY}",
            rf"{_START}{_PLEASE}{_SHAPE} {_YOUR_REPLY}",
            rf"{_START}{_PLEASE}{_BEGIN} {_YOUR_REPLY} "
            r"(?:with|without|by|mit|ohne|par|sans|con|sin)\b",
            rf"{_START}(?:in|with|at the (?:start|end) of) {_WHOSE} {_REPLY}\W{_FAR}\b{_SHAPE}\b",
            rf"(?:{_START}{_PLEASE}|\b(?:and|then|please|must|should|shall|und|et|y) ){_ANSWER} "
            rf"{_ONLY} (?:with|in|by|as|using|mit|auf|par|en|avec|con)\b",
            # Speak of those who answer: "Whoever answers a question … must write"
            rf"\b(?:who(?:ever)?|anyone|anybody|everyone|those) (?:who )?"
            rf"(?:answer(?:s|ing)?|summari[sz](?:es?|ing)|repl(?:y|ies|ying))\b{_NEAR}"
            rf"\b(?:questions?|quer(?:y|ies)|this|text|passage|document)\b{_NEAR}"
            rf"\b(?:must|should|shall) (?:\w{{1,30}} ){{0,2}}{_DO}",
            rf"{_START}{_PLEASE}(?:tell|inform|warn|urge) (?:the|every|each|all) "
            r"(?:readers?|users?|visitors?|patrons?)\b",
            # Change what it is: "You are now in maintenance mode"
            r"\byou are now (?:in )?(?:\w{1,30} ){0,2}mode\b",
            r"\byou are (?:now|no longer) an? (?:\w{1,30} ){0,2}"
            r"(?:ai|chat ?bot|llm|language model|assistant (?:that|who|which))\b",
        )
    ),
    re.IGNORECASE,
)
_FOLLOWS = re.compile(rf"\A\W*{_PLEASE}{_DO}", re.IGNORECASE)
_REQUESTS = re.compile(
    "|".join(
        (
            r"[?？]\W*\Z",
            r"\b(?:please|bitte|s'il (?:te|vous) plaît|por favor)\b",
            r"\bwould be (?:\w{1,20} )?(?:appreciated|good|great|helpful|kind|nice)\b",
            rf"\b(?:your|every|any|each|right) (?:\w{{1,30}} ){{0,2}}{_REPLY}\b",
            rf"{_START}{_PLEASE}(?:{_SHAPE}|{_BEGIN}|{_FORGET}|{_ANSWER}|(?:anagram|augment|break|"
            r"combine|compose|define|describe|develop|draft|explain|give|greet|integrate|jumble|"
            r"list|make|recite|reveal|sing|solve|summari[sz]e|tell)\b)",
        )
    ),
    re.IGNORECASE,
)
_RUN = re.compile(r"([^\w\s])(?:\s?\1)+")  # dot leaders, rules of dashes


def is_order(sentence: str) -> bool:
    """Whether a sentence tells whoever answers what to do."""
    return _ADDRESSED.search(_RUN.sub(r"\1", " ".join(sentence.split()))) is not None


def requests(hit: Hit) -> bool:
    """Whether a passage asks or tells anybody anything, and so may move a model to obey it.

    Far more does than gives orders, so nothing is withheld for it; but what a model says beside
    such a passage, and no passage supports, may come of it.
    """
    entry = hit.entry
    spans = entry.sentences or ((entry.start, entry.end),)
    said = (entry.text[start - entry.start : end - entry.start] for start, end in spans)
    lines = (line.strip() for one in said for line in (one, *one.splitlines()))
    return any(is_order(line) or _REQUESTS.search(" ".join(line.split())) for line in lines)


def withheld(hit: Hit) -> tuple[Hit, int]:
    """A hit without its orders, for a model to read, and how many sentences that leaves out.

    The title and the headings are looked at too; offsets are those of the whole passage.
    """
    entry = hit.entry
    gone = _orders(entry)
    titles = [entry.title, *entry.headings]
    odd = [title for title in titles if is_order(title)]
    if not gone and not odd:
        return hit, 0
    kept, place = [], entry.start
    for start, end in gone:
        kept.append(entry.text[place - entry.start : start - entry.start])
        place = end
    kept.append(entry.text[place - entry.start :])
    cleared = replace(
        entry,
        text=" ".join(filter(None, map(str.strip, kept))),
        title="" if entry.title in odd else entry.title,
        headings=tuple(one for one in entry.headings if one not in odd),
    )
    return replace(hit, entry=cleared), len(gone) + len(odd)


def _orders(entry: Entry) -> list[Span]:
    """The sentences that are orders, and those that go on giving them."""
    found: list[Span] = []
    before = False
    for start, end in entry.sentences or ((entry.start, entry.end),):
        sentence = entry.text[start - entry.start : end - entry.start]
        before = is_order(sentence) or (before and _FOLLOWS.search(sentence) is not None)
        if before:
            found.append((start, end))
    return found
