"""The smallest words of some languages, by which even a short text tells its own. Tables only.

Folded as `words.fold` folds. A word may stand in several languages: it then tells for each of them.
"""

from __future__ import annotations

from rag_assistant.answering import vocabulary


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION_WORDS = {
    **vocabulary.STOP_WORDS,
    **{
        language: _words(text)
        for language, text in {
            "ca": """
                a al als amb aquest aquesta aquests com d de del dels des el els em en entre era
                eren es esta estan fer fins fou ha han hi i l la les li mes no o on per pel pels
                pero perque qual quals quan quant quants que qui quin quina quines quins s
                sense ser seu seva si sobre son tambe te un una uns va van
            """,
            "cy": """
                a ac am ar at beth ble bu chan dan dros ei eich ein eu faint fod fu fydd gan gyda
                hon hwn hynny i mae maen mewn na nac nad neu nid o oedd oedden oeddent oes pa pam
                pan pryd pwy rhwng roedd roeddent sawl sut sy sydd trwy un wedi wnaeth wrth y ydy
                yn yng yr yw
            """,
            "da": """
                af alle at blev da de dem den denne der deres det dette efter eller en end er et
                fik for fra ham han har havde hun hvad hvem hvilke hvilken hvilket hvor hvordan
                hvorfor hvornar i ikke jeg kan med mellem men nar og om op pa sig sin som til ud
                under var ved vi
            """,
            "it": """
                a ad agli ai al alla alle allo anche che chi ci come con cosa cui da dai dal dalla
                dalle dei del della delle dello di do dove e ed era erano fra fu furono gli ha
                hanno i il in io l la le lo loro ma nei nel nella nelle nello non o per perche
                piu qual quale quali quando quanta quante quanti quanto questa questo se si sono
                sua su sul sulla sulle suo tra un una uno venne
            """,
            "nl": """
                aan al als bij dat de der deze die dit door een en er ervan had hadden heb heeft
                hebben het hij hoe hoeveel hun ik in is kan kunnen maar met mijn na naar niet
                nog of om ook onder op over te tegen ten tot tussen uit van veel voor waar
                waarom wanneer waren was wat welk welke werd werden wie wij worden wordt zich zij
                zijn zou
            """,
            "no": """
                alle at av ble da de dem den denne der deres det dette eller en er et etter fikk
                for fra ham han har hadde hun hva hvem hvilke hvilken hvilket hvor hvordan
                hvorfor i ikke jeg kan med mellom men nar og om opp pa seg sin som til under ut var
                ved vi
            """,
            "pl": """
                a ale bez byl byla byli bylo byly ci co czy dla do gdy gdzie go i ich ile im
                jak jaka jaki jakie jakim jako jego jej jest juz kiedy kim kto ktora ktore ktorego
                ktorej ktory ktorych ma miedzy na nad nie o od oraz po pod podczas przed przez przy
                roku sa sie skad ta tak te tego tej ten to tych tym u w we z za ze zostal zostala
            """,
            "pt": """
                a ao aos as as ate com como da das de depois do dos e ela ele eles em entre era eram
                essa esse esta estava este eu foi foram ha isso ja la mais mas na nas nao no nos
                num numa o onde os ou para pela pelas pelo pelos por porque qual quais quando quanta
                quantas quanto quantos que quem se sem ser seu seus sob sobre sua suas tambem tem um
                uma umas uns
            """,
            "sv": """
                alla av blev de dem den denna dess det detta efter eller en ett fick for fran
                ha hade han har hon hur i inte jag kan man med mellan men nar och om pa sig sin som
                till under ut vad var vem vi vid vilka vilken vilket
            """,
        }.items()
    },
}

# Between two parts of a name they are a part of it.
PARTICLES = _words(
    """
    af al ap da de del dei della den der des di do dos du e el ibn la las le les los of the van
    vom von y zu zum zur
    """
)
