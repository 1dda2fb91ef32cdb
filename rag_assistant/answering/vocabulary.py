"""The small words of a few languages, folded as `words.fold` folds. Tables only."""

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

# Of English alone: the others write them in digits ("19. Jahrhundert").
ORDINALS = _numbered(
    1,
    "",
    """
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
    fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first
    """,
)

# What follows a number and multiplies it, as a power of ten.
SCALES = {
    "en": {"k": 3, "thousand": 3, "million": 6, "bn": 9, "billion": 9, "trillion": 12},
    "de": {"tausend": 3, "million": 6, "millionen": 6, "milliarde": 9, "milliarden": 9},
    "fr": {"mille": 3, "million": 6, "millions": 6, "milliard": 9, "milliards": 9},
    "es": {"mil": 3, "millon": 6, "millones": 6},
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
        "cy": """
            ionawr chwefror mawrth ebrill mai mehefin gorffennaf awst medi hydref tachwedd
            rhagfyr
        """,
    }.items()
}

# Longest first; one is taken off. Both sides of a comparison lose the same endings, so this need
# not be grammar: "libraries" and "library" have only to meet.
ENDINGS = _words(
    """
    ations ation ments ment ingly ungen ities ings ing ung ity ies ied ern ers ed es en er em ly
    ys os as s e n y a o
    """
)

# Of "European", "British", "Chinese", "Stoicism": what is left is compared with the country.
PEOPLE_ENDINGS = _words("isms ism ists ist ians ian eans ean ans an ish ese ics ic")

# They open a sentence before a name and are no part of it, folded as all words here.
OPENING_WORDS = {
    language: frozenset(_words(text))
    for language, text in {
        "en": """
            according additionally after again already although among another because before
            besides both consequently currently despite due during each either every finally first
            following furthermore hence here however indeed instead just later like meanwhile
            moreover nevertheless next no nonetheless not note notably now often once only overall
            per perhaps secondly similarly since sometimes soon specifically still subsequently
            though thus today together too unlike unless until usually via what whereas whether
            within without yes yet
        """,
        "de": "",
        "fr": """
            actuellement ainsi alors apres aujourd'hui aussi avant bien cependant certains chaque
            depuis durant enfin ensuite finalement malgre parmi pendant plusieurs puis selon
            toutefois
        """,
        "es": """
            actualmente ademas ahora algunos antes asi aunque cada despues durante entonces
            finalmente luego mientras pese segun sin tras varios
        """,
    }.items()
}

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

# Questions about time, in folded words. A change is asked about where the verb ends the clause or
# is followed by a time or a place: "when did it change trains" and "how did the town change after
# the flood" tell of the world, and no archive of pages holds the answer in its dates.
_CHANGED = r"chang(?:e|ed|ing)"
_CLAUSE_ENDS = (
    r"(?=\s*(?:$|[?.!,;]|(?:on|at|since|between|over|from|to|again|recently|lately|much|"
    r"at all|ever)\b|(?:in|by|before|until) (?:\w+ )?\d|in (?:the )?(?:last|past|recent)\b))"
)
_ELSEWHERE = (
    r"(?!\s+(?:(?:his|her|its|their|the)\s+)?(?:hands|trains?|bus(?:es)?|sides|clothes|course|"
    r"places|names?|minds?|into|religion)\b)"
)
_PRICE = r"(?:prices?|fares?|fees?|charges?|fines?|costs?|rates?|rents?|admission|tickets?|tolls?)"
_MOVED = r"(?:go up|gone up|went up|go down|gone down|went down|rise|risen|increased?)"
ASKS_CHANGE = re.compile(
    "|".join(
        (
            # English
            rf"^when (?:did|do|does|was|were|is|are|has|have|had)\b.*\b{_CHANGED}\b{_ELSEWHERE}",
            r"^when (?:was|were|is|are|has|have|had)\b.*\b(?:page|site|website)\b.*\bupdated\b",
            rf"^(?:when did|how (?:much )?(?:has|have|did)|has|have|did)\b.*\b{_PRICE}\b.*"
            rf"\b{_MOVED}\b",
            r"^what(?:'s| is| was| has| have| had| were)? (?:been )?(?:changed|different)\b"
            r"(?! (?:after|during|because|when|under|about the)\b)",
            r"^what (?:are|were) the changes (?:on|in|to|at|between|since)\b",
            rf"^(?:has|have|had|did|do|does|was|were)\b.*\b{_CHANGED}\b{_ELSEWHERE}{_CLAUSE_ENDS}",
            rf"\bhow (?:much )?(?:did|do|does|has|have|had|were|was)\b.*\b{_CHANGED}\b"
            rf"{_ELSEWHERE}{_CLAUSE_ENDS}",
            # German
            r"^(?:wann|wie|was|hat|haben|ab wann)\b.*\b(?:geandert|verandert)\b(?! wurden? von)",
            r"^(?:wann|wie)\b.*\b(?:anderten?|veranderten?)\b.*\bsich\b",
            r"^wann\b.*\b(?:seite|website|webseite)\b.*\baktualisiert\b",
            # French
            r"^(?:quand|comment|est-ce que)\b.*\b(?:change(?:r|nt|s)?|ont evolue|a evolue)\b",
            r"\b(?:ont|a)(?:-t)?-(?:ils?|elles?)\b.*\b(?:change|augmente|evolue)\b",
            r"^qu'est[- ]ce qui (?:a|avait) change\b",
            # Spanish
            r"^¿?\s*(?:cuando|como|que)\b.*\b(?:cambio|cambiaron|cambiado|cambiaba)\b(?! de\b)",
            r"^¿?\s*(?:ha|han)\b.*\bcambiado\b(?! de\b)",
            # Welsh
            r"^(?:pryd|sut|beth|a)\b.*\b(?:newidiodd|newidiwyd|newidiwn|wedi newid|mae .* newid)\b",
            r"^(?:ydy|ydi|yw|oes|ydyn)\b.*\bwedi newid\b",
        )
    )
)
ASKS_SINCE = re.compile(
    r"^¿?\s*(?:since when|since what (?:date|year|month|day)|seit wann|ab wann|"
    r"depuis quand|depuis quelle (?:date|annee)|desde cuando|desde que (?:fecha|ano)|ers pryd)\b"
)
# What pages announce: a question that names it asks about the page, and not about the world.
ANNOUNCED = re.compile(
    r"\b(?:(?:web ?)?pages?|web ?sites?|sites?|timetables?|times?|hours|opening|closing|prices?|"
    r"fares?|fees?|charges?|fines?|costs?|rates?|rents?|admission|tickets?|rules|address|programmes?|"
    r"(?:web)?seiten?|website|fahrplan|fahrzeiten|(?:offnungs)?zeiten|\w*preise?s?|\w*gebuhr(?:en)?|"
    r"eintritt\w*|regeln|horaires?|heures|tarifs?|prix|frais|entree|reglement|"
    r"horarios?|precios?|tarifas?|entrada|paginas?|reglas|"
    r"h?amserlen|oriau|prisiau|pris|[td]udalen|g?wefan)\b"
)
ASKS_LATEST = re.compile(
    r"\b(?:last (?:time|chang\w+|updated?)|latest change|most recent(?:ly| change)|zuletzt|"
    r"(?:das )?letzte mal|derniere fois|ultima vez|diwethaf)\b"
)
ASKS_STILL = re.compile(
    r"^(?:is|are|am|do|does|can|may|has|have|will)\b.*\b(?:still|nowadays|currently|any ?more|"
    r"these days)\b|"
    r"^(?:ist|sind|hat|haben|kann|gibt|gilt|gelten|kostet|darf|wird)\b.*\b(?:noch|derzeit|aktuell)\b|"
    r"^(?:est|sont|a|ont|peut|y a|est-ce que|le|la|les|l')\b.*\b(?:toujours|encore|actuellement)\b|"
    r"^¿?\s*(?:(?:todavia|aun|sigue|siguen)\b|(?:esta|estan|es|son|hay|se|tiene|cuesta)\b.*"
    r"\b(?:todavia|aun|actualmente)\b)|"
    r"^(?:ydy|ydi|yw|oes|a|ydyn)\b.*\bo hyd\b"
)

ASKS_PAST = re.compile(
    r"\b(?:was|were|did|had|used to|before|formerly|previous(?:ly)?|originally|once|"
    r"war(?:en)?|wurden?|hatten?|fruher|vorher|zuvor|damals|"
    r"etai(?:t|ent)|avai(?:t|ent)|fut|furent|avant|autrefois|"
    r"era|eran|estaban?|fue|fueron|habia|antes|solian?|"
    r"r?oedd|bu|cyn)\b"
)

# What a page said at a time: "as of", or a page with a verb of saying, or "on the website".
AS_OF = re.compile(r"\b(?:as of|as at|stand(?: vom)?|a la date du|a fecha de)(?: the)?\s+$")
PAGE = (
    r"(?:web ?pages?|web ?sites?|home ?pages?|pages?|sites?|timetables?|price lists?|notices?|"
    r"(?:internet|web)?seiten?|fahrplan|preisliste|horaires?|paginas?|(?:sitio )?web|horarios?|"
    r"[td]udalen|wefan|gwefan|h?amserlen)"
)
SAYING = (
    r"(?:say|says|said|saying|state|states|stated|read|show|showed|shown|list|listed|announced?|"
    r"stand|steht|sagte|sagt|zeigte|disait|dit|indiquait|annoncait|affichait|"
    r"decia|dijo|dice|indicaba|anunciaba|mostraba|dywedodd|ddweud|dweud|ddywedodd)"
)
ON_A_PAGE = (
    r"(?:according to|on|from|laut|gemass|nach|auf|selon|d'apres|sur|segun|en|yn ol|ar)\s+"
    r"(?:(?:the|its|their|der|die|des|dem|den|seiner|ihrer|le|la|les|sa|son|el|su|y|yr|ei)\s+)?"
)
SAYS_THEN = re.compile(
    rf"\b{PAGE}\b(?! \d).*\b{SAYING}\b|\b{SAYING}\b.*\b{PAGE}\b(?! \d)|"
    rf"^what (?:did|does) (?:it|they) {SAYING}\b|"
    rf"\b{ON_A_PAGE}(?:[\w'’-]+\s+){{0,3}}?{PAGE}\b(?! \d)"
)
ARTICLES = frozenset(_words("the der die das des dem den le la les el los las y yr"))
BEFORE_WORDS = frozenset(_words("before until till vor bis avant jusqu'en antes hasta cyn tan"))
AFTER_WORDS = frozenset(_words("after since from seit nach ab depuis apres desde despues ers wedi"))

# Left out where a question's own subject is wanted: they ask, and name nothing.
ASKING = frozenset(
    _words(
        """
            change changes changed changing update updated different difference since when
            latest page pages website websites site webpage anything something again ever over
            years year still say said recently lately according much gone went rise
            risen increase increased
            wann seit geandert verandert anderten sich seite webseite website zuletzt ab
            aktualisiert noch jahre jahren laut
            quand depuis changer change ont-ils page evolue site dernierement toujours encore selon
            cuando desde cambio cambiaron cambiado cambiar pagina sitio ultima todavia segun
            pryd newidiodd newidiwyd newid wedi ers tudalen dudalen gwefan wefan hyd
        """
    )
)

# What peoples and groups are called changes, and a source seldom uses the reader's word for them.
PEOPLES = frozenset(
    _words(
        """
            aboriginal black blacks coloured colored dalit native natives gay gypsy gypsies hispanic
            indian indians indigenous inuit eskimo jew jews jewish latino latina lgbt lesbian metis
            muslim muslims negro negroes oriental queer roma romani romany sami sinti lapp lapps
            trans traveller travellers african-american afro-american
        """
    )
)

# What a name or an event is read by, folded, for asking back which one is meant.
HONORIFICS = frozenset(
    _words(
        """
            mr mrs ms miss messrs dr doctor sir lady lord dame rev revd reverend canon father sister
            brother colonel col captain capt major sergeant sgt corporal lance-corporal private
            lieutenant lt general admiral constable superintendent councillor councillors cllr
            alderman aldermen mayor professor prof madam herr herrn frau fraulein doktor meister
            burgermeister m mm mme mlle monsieur madame mademoiselle docteur maitre abbe senor
            senora senorita don dona sr sra srta
        """
    )
)
WOMEN = frozenset(
    _words(
        "mrs ms miss lady dame sister madam frau fraulein mme mlle madame mademoiselle senora "
        "senorita dona sra srta"
    )
)
WIVES = frozenset(_words("mrs frau mme madame senora sra"))
"""A given name after them may be the husband's."""
MEN = frozenset(_words("mr sir lord herr herrn m monsieur senor sr don"))
GENERATIONS = {
    **dict.fromkeys(
        (
            "the elder",
            "senior",
            "Sr",
            "Senior",
            "der Ältere",
            "d. Ä",
            "l'aîné",
            "l’aîné",
            "el Viejo",
        ),
        "elder",
    ),
    **dict.fromkeys(
        ("the younger", "junior", "Jr", "Junior", "der Jüngere", "d. J", "le jeune", "el Joven"),
        "younger",
    ),
}
SALUTATIONS = frozenset(
    _words("dear liebe lieber cher chere querido querida old young late messrs familie family")
)
COMMON_NAMES = frozenset(
    _words(
        "public free town borough parish county city local district municipal community village "
        "royal national st saint the our great"
    )
)
"""They tell no bridge and no school from another."""
EVENTS = frozenset(
    _words(
        """
            flood fire strike lockout election by-election riot riots storm gale blizzard drought
            explosion accident epidemic outbreak famine earthquake siege battle war
            hochwasser flut uberschwemmung brand feuer streik wahl unwetter sturm explosion ungluck
            epidemie erdbeben belagerung schlacht krieg
            inondation crue incendie greve election emeute tempete accident epidemie seisme
            siege bataille guerre
            inundacion riada incendio huelga eleccion motin tormenta explosion accidente epidemia
            terremoto asedio batalla guerra
        """
    )
)
NOUN_FIRST = frozenset({"fr", "es"})
OF = {"en": "of", "de": "von", "fr": "de", "es": "de"}
