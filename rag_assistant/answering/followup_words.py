"""What makes a question lean on the ones before it, in a few languages. Tables only.

Unlike the tables of `vocabulary` these are held against text as it stands: a German "Sie" is the
reader, and only "sie" points back.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that stand for something said before.
POINTING = {
    "en": re.compile(
        r"\b(?:it(?!(?: is| was)?(?: not)? (?:possible|true|necessary|allowed|legal|safe|hard|"
        r"difficult|easy|better|worth|take)\b)|"
        r"its|itself|they|them|themselves|theirs?|he|him|himself|his|she|hers?|herself|"
        r"this(?! (?:year|month|week|library|archive|collection|town|county)\b)|that|these|those|"
        r"ones?(?! of\b)|such(?! as\b)|same|others?|another|else|former|latter|"
        r"(?<!is )(?<!are )(?<!was )(?<!were )there(?! (?:is|are|was|were|an?|any)\b))\b",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"\b(?:er|ihn|ihm|sein(?:e[mnrs]?)?|deren|dessen|dort|damals|diese[mnrs]?|jene[mnrs]?"
        r"|da(?:bei|durch|für|gegen|mit|nach|r(?:an|auf|aus|in|über|um|unter)|von|vor|zu)"
        r"|(?<!gibt )(?<!gab )(?<!geht )es|(?-i:sie|ihr(?:e[mnrs]?)?)|solche[mnrs]?"
        r"|andere[mnrs]?)\b",
        re.IGNORECASE,
    ),
    "fr": re.compile(
        r"\b(?:(?<!y a-t-)ils?(?! y a)|elles?|lui|leurs?|son|sa|ses|(?<!est-)ce(?! qu)|cet|cettes?|"
        r"ces|cela|ça|celui|celles?|ceux|autres?)\b",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\b(?:él|ell[ao]s?|sus?|suy[ao]s?|est[eo]s?|estas|es[aeo]s?|aquel\w*|allí|ahí|"
        r"otr[ao]s?)\b",
        re.IGNORECASE,
    ),
}

# After a word of its own it begins a clause ("a mill that burnt") and points to that word.
RELATIVE = frozenset({"that"})

# They turn what was asked before to something else.
TURNING = {
    language: re.compile(rf"^\W*(?:{text})\b", re.IGNORECASE)
    for language, text in {
        "en": r"(?:and |but |so |yes,? |no,? |ok(?:ay)?,? )?(?:(?:what|how) about|i mean|i meant)|"
        r"(?:what|who|where) else|for example|any other",
        "de": r"(?:und )?(?:was|wie) ist (?:es )?mit|(?:und )?wie (?:sieht|steht) es mit|"
        r"(?:was|wer|wo) noch|zum beispiel|ich meine",
        "fr": r"(?:et )?qu['’]en est-il|et pour|quoi d['’]autre|par exemple|je veux dire",
        "es": r"¿?(?:y )?(?:qué|que) (?:tal|hay de|pasa con|más)|por ejemplo|quiero decir",
    }.items()
}

# They go on from what was said.
OPENING = {
    language: re.compile(rf"^\W*(?:{text})\b", re.IGNORECASE)
    for language, text in {
        "en": r"and|but|or|so|then|also|yes|no|only|even",
        "de": r"und|aber|oder|auch|also|dann|ja|nein",
        "fr": r"et|mais|ou|aussi|alors|donc|oui|non",
        "es": r"y|e|pero|o|también|entonces|sí",
    }.items()
}

# They ask what a thing is, which nobody asks of what is being talked about.
DEFINING = re.compile(
    r"^\W*(?:what(?:'s|’s| is| are| was| were) an? |was (?:ist|sind|war) eine? |"
    r"qu['’]est-ce qu['’]une? |(?:qué|que) (?:es|era) una? )",
    re.IGNORECASE,
)

# They ask for a name.
WHO = re.compile(
    r"^\W*(?:(?:and|but|by|und|von|et|par|y|por) )?"
    r"(?:who|whom|whose|wer|wem|wen|wessen|qui|qui[eé]n(?:es)?)\b",
    re.IGNORECASE,
)

# They give the name of whom they ask about.
WHO_IS = re.compile(
    r"^\W*(?:who(?:['’]s| is| was| are| were)|wer (?:ist|war|sind|waren)|qui (?:est|était|sont)|"
    r"(?:quién|quien) (?:es|era|fue)) (?:(?:the|der|die|le|la|les|el) )?(?-i:[A-ZÀ-Þ])",
    re.IGNORECASE,
)

# What is asked for, and no part of what is asked about.
HOW = re.compile(
    r"^\W*(?:how|wie) (?:long|often|far|old|high|tall|big|large|lange|oft|weit|alt|hoch|groß)\b",
    re.IGNORECASE,
)

# Said to be kind, or to begin; folded as all words of `vocabulary` are. They are no subject.
COURTESIES = _words(
    """
    ok okay thank thanks fine great good nice cool please sure sorry hello hi hey bye wow oh yes no
    welcome really interesting perfect excellent helpful understood help want wanted need know like
    mean meant am talking explain happen happened happens information interested
    danke gut schon bitte hallo ja nein super toll interessant verstanden
    merci bien bonjour oui non parfait super interessant compris plait
    gracias bien bueno hola si perfecto vale interesante entendido favor
    """
)

# What binds a year to a question: it goes with the year.
BEFORE_YEARS = (
    r"(?:in|of|from|since|before|after|until|by|during|around|about|to|between|and|"
    r"im jahre?|im|um|seit|vor|nach|bis|von|en|de|depuis|avant|après|jusqu'en|vers|"
    r"desde|antes de|después de|hasta|entre|the year|the)"
)

# Times that take the place of the year before.
TIMES = re.compile(
    r"\b(?:now|today|nowadays|currently|these days|heute|jetzt|derzeit|maintenant|aujourd'hui|"
    r"actuellement|ahora|hoy|actualmente|1\d{3}s?|20\d\ds?)\b",
    re.IGNORECASE,
)
