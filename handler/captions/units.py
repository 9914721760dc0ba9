"""Numbers and what belongs to them: units, signs, groups of thousands. No line and no cue parts the two."""

from __future__ import annotations

import re

NUMBER = re.compile(r"[^\w\s]*\d[\d.,:/–-]*(?:st|nd|rd|th|[ºª.])?$", re.IGNORECASE)

# Abbreviations after a number, in any case and with any punctuation behind them.
_UNITS = (
    "mm cm dm m km mi ft yd lb lbs oz mg g kg t cl ml dl l ms s sec min h hr hrs hz khz mhz ghz b kb mb gb tb w kw mw "
    "v kwh wh mph kmh kph rpm bpm fps dpi px pt kcal cal kj pa hpa kpa bar psi db k am pm a.m p.m o'clock o’clock uhr "
    "std mio mrd mln mld bn eur usd gbp chf jpy cny inr rub kr kč zł "
    "лв руб коп млн млрд тыс г кг мг км см мм м л мл ч мин сек "
    'ק"ג ק״ג ק"מ ק״מ ש"ח ש״ח كم كجم كغ سم مم مل د.إ ر.س किमी किग्रा रु टन'
)
_CURRENCY = r"$¢£¥€\u20A0-\u20CF"
_ABBREVIATED = "|".join(map(re.escape, _UNITS.split()))
_AFTER = re.compile(
    rf"(?:[%‰°′″{_CURRENCY}].{{0,3}}|{_ABBREVIATED}|\w{{1,4}}/\w{{1,4}}[²³]?|\w{{1,2}}[²³])[^\w\s]*$", re.IGNORECASE
)
_BEFORE = re.compile(
    rf"[(\[«“„\"']*(?:[№#~≈±<>≤≥+−]|[§¶]+|[A-Z]{{0,3}}[{_CURRENCY}]|n\.?[º°]|(?:rs|usd|eur|gbp|chf|inr)\.?|"
    r"(?:no|nos|nr|fig|abb|abs|art|ch|kap|p|pp|s|vol|tab|eq|рис|стр|ст|п|гл)\.)$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"[×x*·÷/+=]$", re.IGNORECASE)
_FIRST_GROUP = re.compile(r"[^\w\s]*\d{1,3}$")
_NEXT_GROUP = re.compile(r"\d{3}(?!\d)")


def announces_number(text: str, following: str) -> bool:
    """Whether a word is what stands before the number that follows it: ``№``, ``§``, ``$``, ``Fig.``."""
    return bool(NUMBER.match(following) and _BEFORE.match(text))


def belong_together(text: str, following: str) -> bool:
    """Whether two words are a number and its unit or sign, or parts of one number (``10 000``)."""
    if announces_number(text, following) or (NUMBER.match(following) and _BETWEEN.match(text)):
        return True
    if not NUMBER.match(text):
        return False
    parts = _FIRST_GROUP.match(text) and _NEXT_GROUP.match(following)
    return bool(parts or _AFTER.match(following) or _BETWEEN.match(following))
