"""Pronounce English words in the phones of the acoustic model (ARPAbet without stress).

The dictionary comes first, for a whole word and then for its parts; then espeak-ng if it is installed, then
letter-to-sound rules.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from handler.engines import espeak_library
from handler.errors import ConfigError, EngineError

Phones = tuple[str, ...]
Lookup = Callable[[str], str | None]  # a dictionary: a word in lower case → its phones, separated by spaces, or None

log = logging.getLogger(__name__)

_MAX_INITIALISM_CHARS = 5  # unknown words in capitals are spelled out up to this length ("GPU")
_MIN_COMPOUND_PART_CHARS = 3
_MAX_COMPOUND_CHARS = 60  # two words of the dictionary have no more
_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "`": "'", "\u2010": "-", "\u2011": "-"})
_ASCII = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "th", "þ": "th", "ı": "i"})

_STRETCHED, _STRETCHED_END = re.compile(r"(.)\1{2,}"), re.compile(r"([aiou])\1{2,}$")
_ONE_LETTER = re.compile(r"(.)\1*")
# What people write as it is said, and neither the dictionary has nor rules pronounce.
_COLLOQUIAL = dict(
    row.split("=")
    for row in """
useta=Y UW S T AH|imma=AY M AH|i'ma=AY M AH|d'you=D Y UW|cmon=K AH M AA N|g'day=G AH D EY|i'd've=AY D AH V
umm=AH M|uhh=AH|erm=ER M|ahh=AA|ohh=OW|aww=AO|ehh=EH|mmm=M|mmhmm=M HH M|mmhm=M HH M|mhmm=M HH M|psst=P S T
pst=P S T|tsk=T S K|pfft=F T|brr=B R|shhh=SH|grr=G R|hmph=HH AH M F|zzz=Z
""".replace("\n", "|").split("|")
    if row
)
_CLITICS: dict[str, Phones] = {
    "n't": ("AH", "N", "T"), "'ll": ("AH", "L"), "'re": ("ER",), "'ve": ("AH", "V"), "'m": ("AH", "M"),
}  # fmt: skip
_SIBILANTS = frozenset({"S", "Z", "SH", "ZH", "CH", "JH"})
_VOICELESS = frozenset({"P", "T", "K", "F", "TH"})


@dataclass(frozen=True)
class Part:
    """A word, or a piece of one, for the aligner; ``phones`` is None if the dictionary has it."""

    key: str
    phones: Phones | None = None


def parts_of(words: Sequence[str], lookup: Lookup, language: str = "en") -> list[list[Part]]:
    """Split each word into parts of at least one phone; a word without a Latin letter has none."""

    def known(piece: str) -> str | None:
        return lookup(piece) or _COLLOQUIAL.get(piece)

    split = [_split(word, known) for word in words]
    unknown = sorted({piece for pieces in split for piece in pieces if not lookup(piece)})
    phones = dict(zip(unknown, _pronounce(unknown, known, language), strict=True))
    return [[Part(piece, phones.get(piece)) for piece in pieces] for pieces in split]


def _split(word: str, lookup: Lookup) -> list[str]:
    """Cut a word into pieces, as few as the dictionary allows."""
    latin = unicodedata.normalize("NFKD", word.translate(_QUOTES))
    capitals = re.sub(r"[^A-Za-z]", "", latin)
    pieces: list[str] = []
    for run in re.findall(r"[a-z'\-]+", "".join(c for c in latin.lower().translate(_ASCII) if c.isascii())):
        pieces += [run] if lookup(run) else _pieces(run.strip("-'"), lookup)
    if len(pieces) == 1 and not lookup(pieces[0]) and _spelled_out(capitals):
        return list(capitals.lower())
    return pieces


def _pieces(run: str, lookup: Lookup) -> list[str]:
    if not run or lookup(run):
        return [run] if run else []
    if "-" in run:
        return [piece for part in run.split("-") for piece in _pieces(part.strip("'"), lookup)]
    bare = run.replace("'", "")
    forms = [bare]
    if not _ONE_LETTER.fullmatch(bare):  # "www" is no stretched "w"
        # "gooood" is "good" and "freeee" is "free", but "sooo" is "so".
        forms += [_STRETCHED.sub(r"\1\1", _STRETCHED_END.sub(r"\1", bare)), _STRETCHED.sub(r"\1", bare)]
    return [next((form for form in forms if lookup(form)), run)]


def _spelled_out(capitals: str) -> bool:
    pronounceable = re.search("[aeiouyAEIOUY]", capitals)
    return 1 < len(capitals) <= _MAX_INITIALISM_CHARS and (capitals.isupper() or not pronounceable)


def _pronounce(pieces: Sequence[str], lookup: Lookup, language: str) -> list[Phones]:
    stems = [(piece, "") if lookup(piece) else _stem(piece) for piece in pieces]
    unknown = [stem for stem, _ in stems if not lookup(stem)]
    espeak = dict(zip(unknown, from_espeak(unknown, language) or [()] * len(unknown), strict=True))
    phones = []
    for stem, clitic in stems:
        known = lookup(stem)
        whole = tuple(known.split()) if known else espeak[stem] or _compound(stem, lookup) or from_letters(stem)
        phones.append(whole + _clitic_phones(clitic, whole))
    return phones


def _stem(piece: str) -> tuple[str, str]:
    """``nguyen's`` → ``nguyen``, ``'s``."""
    clitic = next((end for end in (*_CLITICS, "'s", "'d", "s'") if piece.endswith(end) and piece != end), "")
    return piece.removesuffix(clitic).replace("'", ""), clitic


def _clitic_phones(clitic: str, stem: Phones) -> Phones:
    if clitic in _CLITICS or not clitic:
        return _CLITICS.get(clitic, ())
    if clitic == "'d":
        return ("IH", "D") if stem[-1] in {"T", "D"} else ("D",)
    if stem[-1] in _SIBILANTS:
        return ("IH", "Z")
    return ("S",) if stem[-1] in _VOICELESS else ("Z",)


def _compound(stem: str, lookup: Lookup) -> Phones:
    """The phones of two dictionary words written as one (``runpod``), else empty."""
    if len(stem) > _MAX_COMPOUND_CHARS:
        return ()
    for at in range(len(stem) - _MIN_COMPOUND_PART_CHARS, _MIN_COMPOUND_PART_CHARS - 1, -1):
        first, second = lookup(stem[:at]), lookup(stem[at:])
        if first and second:
            return tuple(first.split()) + tuple(second.split())
    return ()


def from_espeak(words: Sequence[str], language: str = "en") -> list[Phones] | None:
    """The phones of each word by espeak-ng, empty where it says nothing; None if espeak is missing or fails."""
    if not words:
        return []
    if espeak_library.available() is not None:
        return None
    try:
        spoken = espeak_library.phonemes(words, language)
    except (ConfigError, EngineError, ValueError) as error:
        log.warning("espeak failed, letter-to-sound rules are used instead: %s", error)
        return None
    return [tuple(phone for symbol in symbols for phone in _arpabet(symbol)) for symbols in spoken]


def _arpabet(symbol: str) -> list[str]:
    """Convert a symbol of espeak's IPA, such as ``aɪɚ``: the longest known piece first; unknown ones are dropped."""
    phones: list[str] = []
    while symbol:
        size = next((n for n in range(min(len(symbol), _MAX_IPA_CHARS), 0, -1) if symbol[:n] in _IPA), 0)
        phones += _IPA.get(symbol[:size], "").split()
        symbol = symbol[size or 1 :]
    return phones


_IPA = {
    # Vowels and diphthongs, General American and British.
    "aɪ": "AY", "aʊ": "AW", "eɪ": "EY", "oʊ": "OW", "əʊ": "OW", "ɔɪ": "OY", "eə": "EH R", "ɪə": "IH R", "ʊə": "UH R",
    "iə": "IY AH", "a": "AE", "æ": "AE", "ɑ": "AA", "ɒ": "AA", "ɐ": "AH", "ʌ": "AH", "ə": "AH", "ɚ": "ER", "ɝ": "ER",
    "ɜ": "ER", "ɜːɹ": "ER", "əɹ": "ER", "ɛ": "EH", "e": "EH", "eː": "EY", "ɪ": "IH", "ᵻ": "IH", "ɨ": "IH", "i": "IY",
    "y": "UW", "ɔ": "AO", "o": "OW", "oːɹ": "AO R", "ʊ": "UH", "u": "UW", "ø": "ER", "œ": "ER",
    # Syllabic consonants.
    "n̩": "AH N", "l̩": "AH L", "m̩": "AH M",
    # Consonants; those of other languages become the nearest English one.
    "b": "B", "d": "D", "dʒ": "JH", "ð": "DH", "f": "F", "ɡ": "G", "g": "G", "h": "HH", "j": "Y", "k": "K", "l": "L",
    "ɫ": "L", "m": "M", "n": "N", "ŋ": "NG", "p": "P", "ɹ": "R", "r": "R", "ɾ": "T", "ʔ": "T", "s": "S", "ʃ": "SH",
    "t": "T", "tʃ": "CH", "θ": "TH", "v": "V", "w": "W", "ʍ": "W", "x": "K", "ç": "HH", "z": "Z", "ʒ": "ZH",
    "ɲ": "N Y", "ʎ": "L Y", "β": "V", "ɣ": "G", "ʁ": "R", "ts": "T S",
}  # fmt: skip
_MAX_IPA_CHARS = max(map(len, _IPA))


def from_letters(word: str) -> Phones:
    """The phones of a word of the letters a to z by letter-to-sound rules; never empty for a word with a letter."""
    phones: list[str] = []
    at = 0
    while at < len(word):
        for pattern, sounds in _RULES:
            match = pattern.match(word, at)
            if match and match.end() > at:
                phones += sounds
                at = match.end()
                break
        else:
            at += 1
    # The rules leave some words mute, such as "e" alone: they get a neutral vowel.
    return tuple(phones) or ("AH",)


# The first rule that fits at a letter is taken. V is a vowel letter, C a consonant letter; ``^`` and ``$`` are the
# ends of the word. Rules for whole endings come first, then groups of letters, then single ones.
_LETTER_TO_SOUND = """
tion=SH AH N | (?<=C)sion(?=s?$)=SH AH N | sion(?=s?$)=ZH AH N | cian(?=s?$)=SH AH N
cious=SH AH S | tious=SH AH S | cial=SH AH L | tial=SH AH L | ture(?=s?$)=CH ER | sure(?=s?$)=ZH ER
ious$=IY AH S | ous$=AH S | tive(?=s?$)=T IH V | sive(?=s?$)=S IH V | eaux?$=OW
(?<=[td])ed$=IH D | (?<=[pkfsx])ed$=T | (?<=sh|ch)ed$=T | (?<=..)ed$=D
(?<=[sxzcg])es$=IH Z | (?<=[sc]h)es$=IH Z | (?<=.C)es$=Z | (?<=.C)le$=AH L
(?<=.C)les$=AH L Z | (?<=.)que$=K | (?<=.)gue$=G | (?<=.)ing(?=s?$)=IH NG | (?<=.)age(?=s?$)=IH JH
(?<=C)y$=IY | (?<=^C)y$=AY | (?<=^CC)y$=AY | (?<=..)e$= | (?<=..)e(?=ly$|ment|less|ful)=
augh(?=t)=AO | ough(?=t)=AO | ough=OW | eigh=EY | aigh=EY | igh=AY | tch=CH | dge?(?=[eiy]|$)=JH | sch=SH | chr=K R
^kn=N | ^gn=N | gn$=N | ^ps=S | ^wr=R | ^wh=W | wh=W | ^rh=R | mb$=M | ^x=Z | ^pn=N | ^mc=M AH K
ph=F | gh(?=[aeiou])=G | gh= | ch=CH | sh=SH | th=TH | ck=K | qu=K W | q=K | ng(?=$|s$|C)=NG | n(?=[kx]|c[aouk])=NG
sc(?=[eiy])=S | ss=S | cc(?=[eiy])=K S | cz=CH | zz=Z | ([bdfgklmnprtv])(?=\\1)= | cc=K | x=K S
c(?=[eiy])=S | c=K | g(?=[eiy])=JH | g=G | j=JH | (?<=V)s(?=V)=Z | (?<=[bdgmnlrvweoi])s$=Z | s=S | z=Z
t(?=ure)=CH | b=B | d=D | f=F | h(?=$|C)= | h=HH | k=K | l=L | m=M | n=N | p=P | r=R | t=T | v=V | w=W
(?<=.)y(?=V)=Y | ^y=Y | y(?=C+$)=IH | y=IY
air=EH R | are$=EH R | ear(?=[ltn])=ER | ear=IH R | eer=IH R | ier$=IY ER | oar=AO R | oor=AO R | our=AO R
ore=AO R | ure$=Y UH R | ire=AY ER | ere$=IH R | ar(?=V)=EH R | arr=EH R | wor=W ER | or=AO R | ar$=ER | ar=AA R
er(?=V)=EH R | ir(?=V)=IH R | ur(?=V)=Y UH R | [eiu]r+=ER
ai=EY | ay=EY | au=AO | aw=AO | ea=IY | ee=IY | ei=EY | eu=UW | ew=UW | ey$=IY | ey=EY | ie$=IY | ies$=IY Z | ie=IY
ia=IY AH | io=IY OW | iu=IY AH | oa=OW | oe=OW | oi=OY | oy=OY | oo=UW | ou=AW | ow$=OW | ow=AW | oul=UH L
ue$=UW | ue=UW | ui=UW | uy=AY | eo=IY OW | aa=AA | ae=EY | ao=AW | ii=IY | uu=UW
a(?=Ce(?:[sd]?$|ly$|r$))=EY | i(?=Ce(?:[sd]?$|ly$|r$))=AY | o(?=Ce(?:[sd]?$|ly$|r$))=OW
u(?=Ce(?:[sd]?$|ly$|r$))=UW | e(?=Ce(?:[sd]?$|ly$))=IY | a(?=Ci[V])=EY | a(?=Cing$)=EY | i(?=Cing$)=AY
o(?=Cing$)=OW | (?<=^.)al(?=[lkt])=AO L | (?<=w)a=AA | a$=AH | ^a(?=C[V])=AH | (?<=V.)a(?=l$|n$|nt$|nce$)=AH
a=AE | (?<=^C)e$=IY | (?<=V.)e(?=n$|l$|nt$|nce$)=AH | ^e(?=C[V])=IH | e=EH | i$=IY | i(?=ld$|nd$)=AY | i=IH
o$=OW | o(?=ld|st$|ll$)=OW | (?<=V.)o(?=n$|m$)=AH | o(?=C[V])=OW | o=AA | u$=UW | u(?=C[V])=UW | u=AH
"""


def _compile(table: str) -> list[tuple[re.Pattern[str], tuple[str, ...]]]:
    rules: list[tuple[re.Pattern[str], tuple[str, ...]]] = []
    for rule in re.split(r"\s+\|\s+|\n", table.strip()):
        letters, _, sounds = rule.rpartition("=")
        pattern = letters.replace("[V]", "V").replace("V", "[aeiouy]").replace("C", "[bcdfghjklmnpqrstvwxz]")
        rules.append((re.compile(pattern), tuple(sounds.split())))
    return rules


_RULES = _compile(_LETTER_TO_SOUND)
