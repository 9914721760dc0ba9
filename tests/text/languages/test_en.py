"""English is spoken as people read it, kind by kind; tests/text/cases.tsv has more."""

from __future__ import annotations

import pytest

from handler.text import tokenize
from tests.text.languages.spoken import spoken

KINDS: dict[str, list[tuple[str, str]]] = {
    "numbers": [
        ("3 400 000 birds", "three million four hundred thousand birds"),
        ("1 000 000", "one million"),
        ("2,50,000 and 3,00,00,000", "two hundred fifty thousand and thirty million"),
        ("1e9 and 2.5e-4", "one times ten to the nine and two point five times ten to the minus four"),
        ("2001st, 112th, 43rd", "two thousand first one hundred twelfth forty third"),
        ("8/day", "eight per day"),
        ("an AM/FM radio, FM/AM, AM/PM", "an A M F M radio F M A M A M P M"),
        ("1234567890123", "one two three four five six seven eight nine zero one two three"),
    ],
    "money": [
        ("pay $ 7 or £ 2.40", "pay seven dollars or two pounds and forty pence"),
        ("₹15,25,000, Rs 750, Rs. 90, ₹3 crore", "one million five hundred twenty five thousand rupees seven hundred "
         "fifty rupees ninety rupees three crore rupees"),
        ("a $2.4 billion fund", "a two point four billion dollar fund"),
        ("a new £9 million stadium", "a new nine million pound stadium"),
        ("the $40 ticket", "the forty dollar ticket"),
        ("$8 million in debt", "eight million dollars in debt"),
        ("$8 millionaire", "eight dollars millionaire"),
        ("$30/mo, €4/kg, $1/d", "thirty dollars per month four euros per kilogram one dollar per day"),
        ("$7-9, $7-$9, 7€-9€", "seven to nine dollars seven dollars to nine dollars seven euros to nine euros"),
        ("$3.5, $3.500", "three dollars and fifty cents three dollars and fifty cents"),
        ("12 CHF, AUD 5", "twelve Swiss francs five Australian dollars"),
    ],
    "units": [
        ("8 Gb/s, 50 mbps, 50 MBPS", "eight gigabits per second fifty megabits per second fifty megabits per second"),
        ("12 kg/m², 9 m/s²", "twelve kilograms per square meter nine meters per second squared"),
        ("7 KM, 7 Kg, 7 LBS", "seven kilometers seven kilograms seven pounds"),
        ("6 1/2 lbs, 1/2 kg", "six and a half pounds one half kilogram"),
        ("3 million km", "three million kilometers"),
        ("a 12 km walk, a 12-km walk", "a twelve kilometer walk a twelve kilometer walk"),
        ("4-7 kg, 4°C-7°C", "four to seven kilograms four degrees Celsius to seven degrees Celsius"),
        ("6 L/100 km", "six liters per one hundred kilometers"),
        ("6'1\", 6' tall, a 9\" plate", "six feet one six feet tall a nine inch plate"),
        ("\"Take 5\" he said", "Take five he said"),
        ("51°30'26\"N", "fifty one degrees thirty minutes twenty six seconds north"),
    ],
    "times": [
        ("Hold for 35s, rest for 20s.", "Hold for thirty five seconds rest for twenty seconds"),
        ("10s, 120s, 75s", "ten seconds one hundred twenty seconds seventy five seconds"),
        ("music of the 70s, the mid-80s", "music of the seventies the mid eighties"),
        ("3h15m, 3h 15min, 2:05:09", "three hours fifteen minutes three hours fifteen minutes "
         "two hours five minutes and nine seconds"),
        ("stopped at 52:30, 0630 hours", "stopped at fifty two minutes and thirty seconds oh six thirty hours"),
        ("9:10AM,4:35PM", "nine ten A M four thirty five P M"),
        ("2.45 p.m.", "two forty five P M"),
        ("7 a.m.–3 p.m.", "seven A M to three P M"),
        ("6 pm est", "six P M E S T"),
        ("Mon-Thu", "Monday to Thursday"),
    ],
    "dates": [
        ("2023-11-09T08:30Z", "November ninth twenty twenty three eight thirty U T C"),
        ("AUGUST 3, 2019", "August third twenty nineteen"),
        ("9 oct 2018", "the ninth of October twenty eighteen"),
        ("on the 14th April", "on the fourteenth of April"),
        ("Mar-09-2021", "March ninth twenty twenty one"),
        ("14.02.2020", "the fourteenth of February twenty twenty"),
        ("they may march 5 miles", "they may march five miles"),
        ("on 10/31", "on October thirty first"),
        ("the 2018/19 season", "the twenty eighteen to nineteen season"),
        ("705 BC", "seven oh five B C"),
        ("FY2023, FY22", "F Y twenty twenty three F Y twenty two"),
    ],
    "figures one by one": [
        ("Our number is 1800 613 224.", "Our number is one eight zero zero six one three two two four"),
        ("Call 62 05 18 44.", "Call six two zero five one eight four four"),
        ("ISBN 978-1-86197-876-9", "I S B N nine seven eight one eight six one nine seven eight seven six nine"),
        ("10.20.0.7 and 10.20.0.7:443", "one zero dot two zero dot zero dot seven and one zero dot two zero dot zero "
         "dot seven colon four four three"),
        ("Call 911. 911 people", "Call nine one one nine hundred eleven people"),
        ("parcel TK5580213, flight LH4410", "parcel T K five five eight zero two one three flight L H four four one "
         "zero"),
        ("the number is 42, call 12 people", "the number is forty two call twelve people"),
        ("zip 10027, PIN 4821", "zip one zero zero two seven pin four eight two one"),
    ],
    "codes": [
        ("room 7B, seat 14C, Fig. 3a", "room seven B seat fourteen C figure three A"),
        ("7B people", "seven billion people"),
        ("X-200B, F-16, i5-9600K", "X two hundred B F sixteen i five nine six zero zero K"),
        ("H5N1, MP3s, F-16s, 4K, 720p", "H five N one M P threes F sixteens four K seven twenty P"),
        ("401(k), 7-Eleven, 24/7, 9/11", "four oh one K seven eleven twenty four seven nine eleven"),
        ("Boeing 737, I-80, Rt. 9", "Boeing seven thirty seven I eighty route nine"),
        ("Python 3.10, pi is 3.14", "Python three point ten pi is three point one four"),
    ],
    "addresses": [
        ("12B Hill St. is new.", "twelve B Hill street is new"),
        ("1500 Ohio Ave NW, Boston, MA 02108", "fifteen hundred Ohio avenue northwest Boston Massachusetts zero "
         "two one zero eight"),
        ("St. Paul, MN", "saint Paul Minnesota"),
        ("Hello, OK", "Hello okay"),
        ("jo_b-3@mail.org", "jo underscore b dash three at mail dot org"),
        ("x.org/12-a?b=1", "x dot org slash one two dash a question mark b equals one"),
        ("notes.json, v2.mp4", "notes dot jason v two dot M P four"),
    ],
    "Roman numerals": [
        ("Vol. IX, Part XL, PART XL, Act II", "volume nine Part forty part forty Act two"),
        ("George VI, Pope Pius XII, Rocky II", "George the sixth Pope Pius the twelfth Rocky two"),
        ("Super Bowl LVI, type II", "Super Bowl fifty six type two"),
        ("I met Li. MIX it, mix. Malcolm X", "I met Li mix it mix Malcolm X"),
    ],
    "formulas": [
        ("6*7 and 10^-6", "six times seven and ten to the minus six"),
        ("9/3=3, 8-5=3, y = 3x + 1", "nine divided by three equals three eight minus five equals three y equals three "
         "x plus one"),
        ("≠4, -1/2, a < b", "does not equal four minus one half a is less than b"),
        ("1280x720, 2 x 6 x 8", "one thousand two hundred eighty by seven hundred twenty two by six by eight"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("script", "said"), [case for cases in KINDS.values() for case in cases], ids=lambda text: str(text)[:40]
)
def test_kinds(script: str, said: str) -> None:
    """Each kind of expression has the words that people say, and those are spoken as they are."""
    assert spoken(script, "en") == said
    assert spoken(said, "en") == said


@pytest.mark.parametrize(
    ("script", "american", "british"),
    [
        ("04/05/2021", "April fifth twenty twenty one", "the fourth of May twenty twenty one"),
        ("25/12/2021", "December twenty fifth twenty twenty one", "the twenty fifth of December twenty twenty one"),
        ("205", "two hundred five", "two hundred and five"),
        ("101st", "one hundred first", "one hundred and first"),
        ("3 km", "three kilometers", "three kilometers"),
    ],
)
def test_regions(script: str, american: str, british: str) -> None:
    """The region decides the order of ambiguous dates and the "and" in numbers."""
    assert spoken(script, "en-US") == spoken(script, "en") == american
    assert {spoken(script, region).replace("metres", "meters") for region in ("en-GB", "en-AU")} == {british}


@pytest.mark.parametrize(
    ("script", "shown"),
    [
        ("pay $ 7 now", ["pay", "$ 7", "now"]),
        ("My number is 1800 613 224.", ["My", "number", "is", "1800", "613", "224."]),
        ("all 3 400 000 birds", ["all", "3 400 000", "birds"]),
        ("May 5, 2024 was dry", ["May", "5,", "2024", "was", "dry"]),
    ],
)
def test_tokens(script: str, shown: list[str]) -> None:
    """An amount is one token; the groups of a telephone number and the words of a date are tokens of their own."""
    assert [token.shown for token in tokenize(script, "en")] == shown


@pytest.mark.parametrize(
    ("script", "marks"),
    [
        ("On May 5, 2024, it rained.", ["", "", ",", ",", "", "."]),
        ("At 5 p.m. today.", ["", "", "", "."]),
        ("At 5 p.m. Then we left.", ["", "", ".", "", "", "."]),
        ("At 3 Oak St. They met.", ["", "", "", ".", "", "."]),
    ],
)
def test_marks(script: str, marks: list[str]) -> None:
    """Commas of dates are heard, and full stops of abbreviations only where a sentence ends."""
    assert [token.mark for token in tokenize(script, "en")] == marks


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("a C- in art", "a C minus in art"),
        ("G#m7 then D#", "G sharp m seven then D sharp"),
        ("Matt. 6:9-13", "Matthew six nine to thirteen"),
        ("Rev. 3:20", "Revelation three twenty"),
        ("Miller v. Jones", "Miller versus Jones"),
        ("Tue.–Thu.", "Tuesday to Thursday"),
        ("Q2-Q4", "Q two to Q four"),
        ("an MSc at BGmbH", "an M S C at B G M B H"),
    ],
)
def test_letters_with_signs(script: str, said: str) -> None:
    """Grades, notes, places in the Bible and parties of lawsuits are read as people read them."""
    assert spoken(script, "en") == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("g(x) = 4x - 3", "g x equals four x minus three"),
        ("6x - 2y", "six x minus two y"),
        ("3x-4x faster", "three times to four times faster"),
    ],
)
def test_algebra_has_its_minus(script: str, said: str) -> None:
    """A minus between unknowns is no range."""
    assert spoken(script, "en") == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("rated 7/10", "rated seven out of ten"),
        ("a score of 88/100", "a score of eighty eight out of one hundred"),
        ("7/10 of them", "seven tenths of them"),
        ("It was 130/85.", "It was one hundred thirty over eighty five"),
    ],
)
def test_ratings_and_pressures(script: str, said: str) -> None:
    """A rating is out of its most, and a blood pressure is over another."""
    assert spoken(script, "en") == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("1-in-9 and 2-in-1", "one in nine and two in one"),
        ("split 50:50", "split fifty fifty"),
        ("4x/day", "four times per day"),
        ("40 m.p.h.", "forty miles per hour"),
        ("2 1/500", "two and one over five hundred"),
        ("8' x 9'", "eight feet by nine feet"),
        ("80m x 20m", "eighty meters by twenty meters"),
        ("Tue 3/4", "Tuesday March fourth"),
        ("Maj. Roe, Bldg. 4", "major Roe building four"),
    ],
)
def test_hyphens_and_slashes_of_counts(script: str, said: str) -> None:
    """What looks like a unit or a fraction is told by what is around it."""
    assert spoken(script, "en") == said
