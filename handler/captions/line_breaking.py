"""How well text can be broken between two words: sense before looks."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from handler.types import Word, primary_language

_CLOSING = r"[\"'”’»›)\]】」』]*(?:\s\W*)?$"
_SENTENCE_END = re.compile(r"[.!?…。！？؟।]" + _CLOSING)
_CLAUSE_END = re.compile(r"[,;:–—،؛、，；：]" + _CLOSING)
_ABBREVIATION = re.compile(r"\W*(?:[a-hj-z]|mr|mrs|ms|dr|prof|st|sr|jr|vs|etc|no|[a-z]\.[a-z])\.$", re.IGNORECASE)
_NUMBER = re.compile(r"[^\w\s]*\d[\d.,:/]*(?:st|nd|rd|th|[ºª.])?$", re.IGNORECASE)
_UNIT = re.compile(r"[^\W\d_][\w/²³°]*\W*$|[%°€$£]")
_EDGES = re.compile(r"^\W+|\W+$")

# Little words by what they do: those that join clauses, those that lead a phrase, those that belong to the very next
# word (articles, possessives, auxiliaries), and pronouns that are nothing but subjects, which nobody parts from their
# verb. Where a language has no row, punctuation and pauses alone count.
_JOINING, _LEADING, _BOUND, _SUBJECT = range(4)
_LITTLE: dict[str, tuple[str, str, str, str]] = {
    "en": (
        "and but or nor so yet because although though while if unless until when where which who that than as since",
        "about after against among around at before behind below between by during for from in inside into near of off "
        "on onto out over through to toward towards under up upon with within without",
        "a an the my your his her its our their this these those every each some any no not very you "
        "am is are was were be been being have has had do does did can could will would shall should might must "
        "don't doesn't didn't can't won't it's i'm you're we're they're mr mrs ms dr",
        "i he she we they",
    ),
    "de": (
        "und aber oder denn sondern weil obwohl während wenn falls bis als dass ob wo der die das welche wie",
        "an auf aus bei bis durch für gegen hinter in im ins mit nach neben ohne seit über um unter von vom vor zu zum "
        "zur zwischen am beim",
        "ein eine einen einem einer eines den dem des mein meine dein deine sein seine ihr ihre unser unsere kein "
        "keine nicht sehr sie es ist sind war waren hat haben wird werden kann",
        "ich du er wir",
    ),
    "fr": (
        "et mais ou donc or ni car que qui quand lorsque comme si parce puisque où dont",
        "à au aux avec chez contre dans de depuis derrière des devant du en entre par pour sans sous sur vers",
        "un une le la les mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs ce cet cette ces ne pas très "
        "elle nous vous elles est sont était a ont",
        "je tu il on ils",
    ),
    "es": (
        "y e o u pero sino porque aunque mientras si cuando donde que quien como pues",
        "a al ante bajo con contra de del desde durante en entre hacia hasta para por según sin sobre tras",
        "un una unos unas el la los las mi mis tu tus su sus nuestro nuestra este esta estos estas no muy él ella es "
        "son era está están ha han se lo le",
        "yo tú",
    ),
    "it": (
        "e ed o ma però perché anche mentre se quando dove che chi come",
        "a ad al alla con contro da dal dalla di del della dei in nel nella per su sul sulla tra fra senza",
        "un uno una il lo la i gli le mio mia tuo tua suo sua nostro nostra questo questa non molto lui lei noi è "
        "sono era ha hanno si",
        "io tu",
    ),
    "pt": (
        "e ou mas porque embora enquanto se quando onde que quem como pois",
        "a ao à até com contra de do da dos das desde em no na nos nas entre para pela pelo por sem sob sobre",
        "um uma o os as meu minha teu tua seu sua nosso nossa este esta não muito você ele ela nós é são era está tem "
        "têm",
        "eu tu",
    ),
}


@lru_cache(maxsize=32)
def _little(language: str) -> dict[str, int]:
    kinds = _LITTLE.get(language, ())
    return {word: kind for kind, words in enumerate(kinds) for word in words.split()}


class Phrases:
    """What is known of the phrases of a language (BCP 47; one without a table knows punctuation only)."""

    def __init__(self, language: str) -> None:
        self._little = _little(primary_language(language))

    def cost(self, word: Word, after: Word) -> float:
        """How bad a break between these words is: 0 where a sentence ends, 1 anywhere, 2.2 inside a name.

        A pause that is heard makes it better.
        """
        cost = next(cost for fits, cost in _BREAKS if fits(self, word, after))
        pause = max(0.0, after.start - word.end)
        return cost * (1 - 0.6 * min(1.0, pause / 0.4))

    def kind(self, word: Word) -> int | None:
        return self._little.get(_EDGES.sub("", word.shown).lower().replace("’", "'"))


def ends_sentence(word: Word) -> bool:
    """Whether a sentence ends with this word."""
    return bool(_SENTENCE_END.search(word.shown)) and not _ABBREVIATION.match(word.shown)


def ends_clause(word: Word) -> bool:
    """Whether a part of a sentence ends with this word, by its punctuation."""
    return bool(_CLAUSE_END.search(word.shown))


def _opens_clause(_: Phrases, __: Word, after: Word) -> bool:
    return after.shown[:1] in "([“«„—–"


def _one_name(phrases: Phrases, word: Word, after: Word) -> bool:
    """Two capitalised words, such as a city's or a person's; the first of a sentence is one only by chance."""
    return word.shown[:1].isupper() and after.shown[:1].isupper() and phrases.kind(word) is None


def _one_number(_: Phrases, word: Word, after: Word) -> bool:
    """A number with its unit or what it counts; a month with its day."""
    if _NUMBER.match(word.shown):
        return bool(_UNIT.match(after.shown))
    return word.shown[:1].isupper() and bool(_NUMBER.match(after.shown))


def _day_of_month(_: Phrases, word: Word, after: Word) -> bool:
    return bool(_NUMBER.match(word.shown)) and after.shown.lower() in ("of", "de", "di")


def _leads_to_a_name(phrases: Phrases, word: Word, after: Word) -> bool:
    """A little word before a capitalised one, which is a name unless it is a little word itself, such as "I"."""
    return phrases.kind(word) is not None and after.shown[:1].isupper() and phrases.kind(after) is None


def _leads_on(phrases: Phrases, word: Word, _: Word) -> bool:
    return phrases.kind(word) is not None or bool(_ABBREVIATION.match(word.shown))


# How bad a break between two words is: the first row that fits.
_BREAKS: tuple[tuple[Callable[[Phrases, Word, Word], bool], float], ...] = (
    (lambda _, word, __: ends_sentence(word), 0.0),
    (lambda _, word, __: ends_clause(word), 0.25),
    (_opens_clause, 0.3),
    (_day_of_month, 1.9),
    (_leads_to_a_name, 1.9),
    (lambda phrases, word, _: phrases.kind(word) == _SUBJECT, 1.9),
    (_leads_on, 1.7),
    (_one_name, 2.2),
    (lambda phrases, _, after: phrases.kind(after) == _JOINING, 0.5),
    (lambda phrases, _, after: phrases.kind(after) == _LEADING, 0.65),
    (lambda phrases, _, after: phrases.kind(after) in (_BOUND, _SUBJECT), 0.75),
    (_one_number, 1.6),
    (lambda *_: True, 1.0),
)
