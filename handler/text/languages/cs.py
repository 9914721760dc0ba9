"""Czech."""

from handler.text.cldr import Noun
from handler.text.languages import cs_words as table
from handler.text.languages.cs_numbers import CS
from handler.text.languages.slavic import Slavic, abbreviation, verbalize_word
from handler.text.numbers import NumberStyle

_PARTS = {
    "2": Noun("polovin", one="polovina", few="poloviny"), "3": Noun("třetin", one="třetina", few="třetiny"),
    "4": Noun("čtvrtin", one="čtvrtina", few="čtvrtiny"), "5": Noun("pětin", one="pětina", few="pětiny"),
    "8": Noun("osmin", one="osmina", few="osminy"), "10": Noun("desetin", one="desetina", few="desetiny"),
    "100": Noun("setin", one="setina", few="setiny"),
}  # fmt: skip


class _Czech(Slavic):
    def point(self, whole: str) -> str:
        """celá, celé or celých: of which the decimal sign is read as."""
        return Noun("celých", one="celá", few="celé").form(self._category(whole))

    def decimal(self, whole: str, fraction: str, *, genitive: bool = False) -> str:
        words = super().decimal(whole, fraction, genitive=genitive)
        plain = self.cardinal(whole or "0")
        # "celá" is feminine: dvě celé pět.
        return self.cardinal(whole or "0", "f") + words.removeprefix(plain)

    def fraction(self, top: str, bottom: str) -> str:
        part = _PARTS.get(bottom)
        return self.counted(top, part) if part and int(top) < int(bottom) else super().fraction(top, bottom)


CZECH = _Czech(
    NumberStyle("cs", decimal_comma=True, point="celá"),
    feminine_accusative="u",
    numerals=CS,
    feminine="ae",
    neuter="oí",
    genitive_forms=("many", "other"),
    feminine_genitive="y",
    currencies=table.CURRENCIES,
    cents=table.CENTS,
    scales=table.SCALES,
    units=table.UNITS,
    unit_names=table.UNIT_NAMES,
    clear_units="km/h m/s m^2 m^3 km^2 cm^2 kg km cm mm kWh GB MB °C",
    number_words={"jeden": "one", **dict.fromkeys(("dva", "tři", "čtyři"), "few")},
    attached_units="s A os h t",
    per="na",
    per_time="za",
    per_money="za",
    accusative_endings={"a": "u", "e": "i"},
    genitive_after=table.GENITIVE_AFTER,
    from_words="z ze",
    range_words=("", ""),
    range_word="až",
    feminine_endings=("čky",),
    feminine_plurals=table.FEMININE_PLURALS,
    no_nouns=table.NO_NOUNS,
    marks={"tý": "m", "tá": "f", "té": "n", "tého": "g", "tém": "l", "tých": "pg", "ti": "m"},
    mark_joint="-",
    dotted=table.DOTTED,
    compounds=table.COMPOUNDS,
    agreeing=table.DOTTED,
    numbered=table.NUMBERED,
    names=table.NAMES,
    letter_words="IV",
    century_nouns={"n": "století", "l": "století", "g": "století"},
    case_after=table.CASE_AFTER,
    decade_words={"léta": "p", "letech": "pg", "let": "pg"},
    day_mark=r"\.",
    day_forms=dict.fromkeys(["dnes", "zítra", "včera", "je"], "m"),
    day_joints="do až a",
    day_range=("od", "do", "g"),
    year_form="",
    bare_years=("", "", "až", ""),
    genitive_signs="√",
    powers={"2": "na druhou", "3": "na třetí"},
    telephones=(r"(?:\+?420[ -]?)?\d{3}[ -]\d{3}[ -]\d{3}",),
    clock_word=r"hod(?:in)?\.?|h",
    clock_after="v ve do od po před okolo kolem",
    address_words=table.ADDRESS_WORDS,
    spelled_words="USA EU OSN ČR ČVUT UK IT TV DVD USB DNA RNA IČO DIČ",
    phrases=table.PHRASES,
    short=table.SHORT,
    short_ending=table.SHORT_ENDING,
    short_before_number=table.SHORT_BEFORE_NUMBER,
    short_before_name=table.SHORT_BEFORE_NAME,
    abbreviation=abbreviation,
    verbalize_word=verbalize_word,
    mixed_joint="a",
    over="lomeno",
    signs=table.SIGNS,
    conjunctions="a i ale nebo že",
    joining_words="a i ale nebo že aby jestli když protože jak kde který která které kteří ačkoli",
    leading_words="v ve na z ze do od o za nad pod při po pro bez přes mezi před okolo u k ke s se",
    bound_words="ne můj moje má tvůj tvoje jeho její jejich náš naše váš vaše ten ta to je jsou byl byla se si",
    subject_words="já ty on ona my vy oni",
    proof_sentences=(
        "Ráno slunce hřeje starý kamenný most a děti jdou do školy.",
        "Víš, proč je moře někdy zelené a někdy modré?",
        "Děkujeme za pozornost; další vlak do města odjíždí za patnáct minut.",
    ),
)
