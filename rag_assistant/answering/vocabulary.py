"""The small words of four languages, folded as `words.fold` folds. Tables only."""

from __future__ import annotations

import re

DEFAULT_LANGUAGE = "en"
LOWER_CASE_MONTHS = frozenset({"fr", "es"})


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _numbered(first: int, prefix: str, text: str) -> dict[str, str]:
    return {word: f"{prefix}{number}" for number, word in enumerate(_words(text), start=first)}


STOP_WORDS = {
    language: frozenset(_words(text))
    for language, text in {
        "en": """
            a about all also an and any are as at be been being but by called can could did do
            does for from gave give had has have he her hers him his how i if in into is it its
            itself many may me might more most much must my name of on one or other our over
            shall she should so some such tell than that the their them then there these they
            this those through to under up upon us very was we were what when where which while
            who whom whose why will with would you your
        """,
        "de": """
            aber alle als also am an auch auf aus bei bis da damit dann das dass dem den der des
            die dies diese diesem diesen dieser dieses doch du durch ein eine einem einen einer
            eines er es fur haben hat hatte hatten ihm ihn ihr ihre ihrem ihren im in ist ja
            kann man mehr mit nach noch nur ob oder sehr sein seine seinem seinen sich sie sind
            so uber um und uns unter viel viele vom von vor wann war waren warum was welche
            welchem welchen welcher welches wem wen wenn wer werden wie wieviel wird wo woher
            wurde wurden zu zum zur zwischen
        """,
        "fr": """
            a au aux avec car ce ces cet cette combien comme comment d dans de des dont du elle
            elles en entre est et etaient etait ete eu il ils j je l la le les leur leurs
            lorsque lui m mais me meme mon nos notre nous on ont ou par peut plus pour pourquoi
            qu quand que quel quelle quelles quels qui quoi s sa se sera ses si son sont sous
            sur t tous tout tres un une vous y
        """,
        "es": """
            a al algo como con cual cuales cuando cuanto cuantos de del desde donde el ella
            ellas ellos en entre era eran es esa ese eso esta estan este esto fue fueron ha
            habia habian han hasta hay la las le les lo los mas me mi muy nos o para pero por
            porque que quien quienes se segun ser si sobre son su sus tambien tan tiene un una
            uno unos y ya
        """,
    }.items()
}

NEGATIONS = frozenset(
    _words(
        """
            not no never none neither nor nobody nothing cannot without nicht kein keine keinem
            keinen keiner keines nie niemals niemand nichts weder ohne ne pas jamais aucun
            aucune rien sans nunca ningun ninguna ninguno nada nadie tampoco sin
        """
    )
)

# Two to twelve: "one", "ein" and "un" are articles as well.
NUMBER_WORDS = {
    language: _numbered(2, "", text)
    for language, text in {
        "en": "two three four five six seven eight nine ten eleven twelve",
        "de": "zwei drei vier funf sechs sieben acht neun zehn elf zwolf",
        "fr": "deux trois quatre cinq six sept huit neuf dix onze douze",
        "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce",
    }.items()
}

MONTHS = {
    language: _numbered(1, "month ", text)
    for language, text in {
        "en": """
            january february march april may june july august september october november
            december
        """,
        "de": """
            januar februar marz april mai juni juli august september oktober november dezember
        """,
        "fr": """
            janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
        """,
        "es": """
            enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre
            diciembre
        """,
    }.items()
}

# Longest first; one is taken off. Both sides of a comparison lose the same endings, so this need
# not be grammar: "libraries" and "library" have only to meet.
ENDINGS = _words(
    """
    ations ation ments ment ingly ungen ities ings ing ung ity ies ied ern ers ed es en er em ly
    os as s e n y a o
    """
)

# Written with a stop that ends no sentence; the second set only where a figure follows.
ABBREVIATIONS = frozenset(
    _words(
        """
        dr mr mrs ms prof st c ca cf e.g i.e vs jr sr rev hon gen col capt lt sgt ed eds hrsg z.b
        d.h u.a bzw mme mlle sra srta
        """
    )
)
BEFORE_NUMBERS = frozenset(
    _words(
        """
        no nos nr vol vols pp fol ff fig figs bd str núm pág jan feb mar apr jun jul aug sep sept
        oct okt nov dec dez
        """
    )
)

# What a question asks for, in folded words of the four languages.
ASKS_FIGURE = re.compile(
    r"\b(?:how (?:many|much|high|long|old|far|tall|deep|often)|(?:what|which) (?:year|date|day)s?|"
    r"when|price|cost|at what|wann|wie ?viele?|wie (?:hoch|lange|alt|weit)|kostet|"
    r"quand|combien|quelle annee|cuando|cuant[oa]s?|que ano)\b"
)
ASKS_NAME = re.compile(r"\b(?:who|whom|whose|wer|wem|wen|wessen|qui|quien(?:es)?)\b")
