"""Tables of English abbreviations, units and names: written → spoken.

No spoken form may be a key of any table, because verbalizing a spoken form must give the same form (a test checks it).
"""

from __future__ import annotations

from handler.text.characters import word_set
from handler.text.numbers import NumberStyle

STYLE = NumberStyle("en", point="point", minus="minus", omitted="and")

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
MONTH_SHORT = {name[:3]: name for name in MONTHS if name != "May"} | {"Sept": "September"}
MONTH_NAMES = frozenset({*MONTHS, *MONTH_SHORT})
WEEKDAY_SHORT = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday",
    "Thur": "Thursday", "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
}  # fmt: skip

# Before a name: their full stop never ends a sentence.
TITLES = {
    "Mr": "mister", "Mrs": "missus", "Ms": "miz", "Mx": "mix", "Messrs": "messers", "Prof": "professor",
    "Rev": "reverend", "Hon": "honorable", "Gen": "general", "Col": "colonel", "Lt": "lieutenant", "Sgt": "sergeant",
    "Capt": "captain", "Cmdr": "commander", "Cpl": "corporal", "Pvt": "private", "Sen": "senator",
    "Rep": "representative", "Gov": "governor", "Pres": "president", "Fr": "father", "Mt": "mount", "Ft": "fort",
    "Maj": "major", "Adm": "admiral", "Amb": "ambassador", "Det": "detective", "Insp": "inspector",
    "Supt": "superintendent", "Msgr": "monsignor", "Pfc": "private first class",
}  # fmt: skip
# Only with a full stop: without it most are words or names.
TITLES_DOTTED_ONLY = word_set("Rep Hon Gen Col Pres Fr Ft Sen Rev Gov Prof Maj Adm Amb Det Insp Supt")

# With a full stop, which may also end a sentence.
DOTTED = {
    "etc": "et cetera", "e.g": "for example", "i.e": "that is", "vs": "versus", "approx": "approximately",
    "dept": "department", "est": "established", "inc": "incorporated", "ltd": "limited", "corp": "corporation",
    "co": "company", "bros": "brothers", "ave": "avenue", "blvd": "boulevard", "rd": "road", "ln": "lane",
    "hwy": "highway", "apt": "apartment", "jr": "junior", "sr": "senior", "fig": "figure", "vol": "volume",
    "ch": "chapter", "pp": "pages", "pg": "page", "min": "minutes",
    "tel": "telephone", "ext": "extension", "misc": "miscellaneous", "assoc": "associate", "asst": "assistant",
    "govt": "government", "intl": "international", "natl": "national", "univ": "university", "cf": "compare",
    "ca": "circa", "hrs": "hours", "mins": "minutes", "secs": "seconds", "a.k.a": "A K A", "sq": "square",
    "ph.d": "P H D", "p.s": "P S", "r.s.v.p": "R S V P", "oz": "ounces", "lb": "pounds", "lbs": "pounds",
    "no": "number", "nos": "numbers", "p": "page", "op": "opus", "sec": "section", "hr": "hour",
    "pt": "part", "rt": "route", "figs": "figures", "eq": "equation", "ste": "suite", "vols": "volumes", "rte": "route",
    "mts": "mountains", "bldg": "building", "fl": "floor", "esq": "esquire",
}  # fmt: skip
# A capital letter after these begins a sentence; after the others it begins a name.
DOTTED_ENDING = word_set("esq etc inc ltd corp co bros ave blvd rd jr sr ph.d a.m p.m u.s u.k u.s.a hrs mins")
# Before a number only: otherwise they are words.
DOTTED_BEFORE_NUMBER = word_set("bldg fl no nos p op fig ch pp pg vol apt ext ca sec pt rt figs eq ste vols")
DOTTED_AFTER_NUMBER = frozenset({"min", "oz", "lb", "lbs", "hr"})
# After the capitalized name of a street, with or without a full stop.
STREETS = {
    "st": "street", "ave": "avenue", "blvd": "boulevard", "rd": "road", "ln": "lane", "dr": "drive", "ct": "court",
    "pl": "place", "hwy": "highway", "pkwy": "parkway", "sq": "square", "cir": "circle", "ter": "terrace",
    "expy": "expressway", "trl": "trail",
}  # fmt: skip
QUARTERS = {
    "NW": "northwest", "NE": "northeast", "SW": "southwest", "SE": "southeast", "N": "north", "S": "south",
    "E": "east", "W": "west",
}  # fmt: skip
STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "D C", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii",
    "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky",
    "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire",
    "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina", "ND": "North Dakota",
    "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "PR": "Puerto Rico", "RI": "Rhode Island",
    "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont",
    "VA": "Virginia", "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
}  # fmt: skip
STATES_WITH_ZIP_ONLY = word_set("HI ID IN LA MA ME OH OK OR PA AL DE CO AR CT MD MS PR DC")  # also words or other codes
# With or without a full stop.
SHORT = {
    "vs": "versus", "etc": "et cetera", "dept": "department", "approx": "approximately", "w/": "with",
    "w/o": "without", "b/c": "because", "c/o": "care of", "n/a": "N A", "24/7": "twenty four seven",
    "ww1": "world war one", "ww2": "world war two",
    "7-eleven": "seven eleven", "am/fm": "A M F M", "fm/am": "F M A M", "am/pm": "A M P M",
    "9/11": "nine eleven", "50/50": "fifty fifty", "401(k)": "four oh one K", "403(b)": "four oh three B",
    "401k": "four oh one K", "20/20": "twenty twenty", "and/or": "and or", "i/o": "I O", "aka": "A K A",
    "phd": "P H D", "blvd": "boulevard", "ltd": "limited", "a/c": "A C",
    "he/she": "he or she", "s/he": "he or she",
    "r&b": "R and B", "r&d": "R and D", "q&a": "Q and A", "at&t": "A T and T", "c++": "C plus plus", "c#": "C sharp",
    "f#": "F sharp", "nº": "number", ".net": "dot net", "yr": "year", "yrs": "years", "hrs": "hours", "mins": "minutes",
    "secs": "seconds", "phds": "P H D's",
}  # fmt: skip

# Spelled letter by letter. Other words of capitals with a vowel are spoken as words.
INITIALISMS = word_set(
    "ABC ACLU AFK AI AKA AOL APA APR APY ATM API AU BAC AWS BA BBC BC BCE BMI BMW CAD CD CE CI CEO CFO CIA CIO CMS "
    "CNN COO CPA CPU CRM CSS CTO CV DC DIY DJ DMV DNA DOJ DVD EDM EDI EEG EKG EOD EOM EPA ER ESL ESPN ETF ETA EU EUR "
    "EV FAA FAQ FBI FCC FDA FDR FYI GBP GDP GI GMO GTA GMT GPA GPS GPT GPU GUI HBO HD HIV HQ HR HTML HTTP HTTPS IBM "
    "ICU ICYMI ID IDE IE IMDB IMF IMHO IMO IO IOT IOU IPO IU IOS IP IPA IQ IRS ISBN ISO ISP IV IVF JFK JSON KO KPI LA "
    "LCD LED LGBTQ LLC LLM MBA MC MD MIT ML MLB MLK MRI MSG MTV MVP NBA NBC NCAA NDA NFL NFT NGO NHL NIH NPR NSA NSFW "
    "NYC OCR OEM OTC OTP NYPD OCD OK OS PA PBS PC PDF PHD PHP PM PMS POV PR PS PTA PTSD QA QR RGB ROI RSS RSVP RV SDK "
    "SEO SMS SOS SQL SSD STD SUV TBA TBD TLC TNT TV UAE UAV UFC UFO UI UK UPC USPS VA VAT UN UPS URL USA USB USC USD "
    "UTC UV UX VIP VPN VR WWE WWF WWI WWII WWW XL XML XYZ YMCA"
)
# Also words, so they are spelled only among words in small letters.
INITIALISMS_QUIET = frozenset({"US", "IT", "WHO", "PT", "ET", "EST", "PA", "LA", "OK", "ID", "AD"})
SPECIAL_INITIALISMS = {
    "OK": "okay", "JPEG": "jay peg", "WWI": "world war one", "WWII": "world war two", "MS": "M S", "IDK": "I D K",
    "USAF": "U S A F", "USDA": "U S D A", "IEEE": "I triple E", "NAACP": "N double A C P", "AAA": "triple A",
    "KHZ": "kilohertz", "MHZ": "megahertz",
}  # fmt: skip
CONSONANT_WORDS = word_set("HMM SHH PSST TSK BRR PFFT GRR SH MM HM ZZZ")

ROMAN_AFTER = word_set(
    "Chapter Part Volume Section Act Scene Book Phase Type Level Stage Grade Title Article Appendix Class War Bowl "
    "Episode Season Version Rocky Rambo Fantasy Apollo Group Schedule Division Unit Category Tier Table Vol Ch Fig Pt "
    "Figure Olympiad Canto Psalm Sonnet Symphony Lesson Module Mark Saturn Century Amendment Annex Exhibit WrestleMania"
)
REGNAL = word_set(
    "Henry Louis George Elizabeth Charles James Edward Richard William John Paul Pius Benedict Francis Philip "
    "Alexander Napoleon Nicholas Peter Catherine Leo Gregory Innocent Clement Urban Ivan Frederick Otto Ramesses "
    "Ramses Thutmose Ptolemy Darius Xerxes Sixtus Boniface Ferdinand Alfonso Gustav Haakon Carlos Felipe Albert "
    "Umberto Wilhelm Friedrich Harald Margrethe Cleopatra Constantine Theodosius Justinian Mehmed Murad Selim "
    "Suleiman Mary Robert David Stephen Joseph Leopold Baldwin Christian Kamehameha Rama Julius Eugene "
    "Sigismund Bolesław Casimir Matthias Michael Manuel Victor Emmanuel Pedro Juan Jean Philippe Baudouin Tutankhamun"
)
SHORT_TITLES = word_set("Vol Ch Fig Pt")
RULERS = word_set("King Queen Pope Emperor Empress Tsar Czar Prince Duke Sultan Pharaoh Kaiser")

BOOKS = {
    "Gen": "Genesis", "Exod": "Exodus", "Ex": "Exodus", "Lev": "Leviticus", "Num": "Numbers", "Deut": "Deuteronomy",
    "Josh": "Joshua", "Judg": "Judges", "Sam": "Samuel", "Kgs": "Kings", "Chron": "Chronicles", "Chr": "Chronicles",
    "Neh": "Nehemiah", "Ps": "Psalm", "Pss": "Psalms", "Prov": "Proverbs", "Eccl": "Ecclesiastes", "Isa": "Isaiah",
    "Jer": "Jeremiah", "Lam": "Lamentations", "Ezek": "Ezekiel", "Dan": "Daniel", "Hos": "Hosea", "Mic": "Micah",
    "Zech": "Zechariah", "Mal": "Malachi", "Matt": "Matthew", "Rom": "Romans", "Cor": "Corinthians",
    "Gal": "Galatians", "Eph": "Ephesians", "Phil": "Philippians", "Col": "Colossians", "Thess": "Thessalonians",
    "Tim": "Timothy", "Heb": "Hebrews", "Jas": "James", "Pet": "Peter", "Rev": "Revelation", "Lk": "Luke",
    "Mk": "Mark", "Jn": "John",
}  # fmt: skip
"""Books of the Bible in short, before a chapter and a verse."""
SCALE_WORDS = word_set("hundred thousand million billion trillion quadrillion lakh crore")
# Signs whose name of CLDR is not what people say; directly before a number; in addresses.
SIGNS = {
    "&": "and", "@": "at", "+": "plus", "=": "equals", "%": "percent", "°": "degrees", "×": "times", "÷": "divided by",
    "*": "times", "±": "plus or minus", "≈": "approximately", "≠": "does not equal", "≤": "is at most",
    "≥": "is at least", "<": "is less than", ">": "is greater than", "√": "square root of", "∞": "infinity", "π": "pi",
    "§": "section", "©": "copyright", "№": "number", "∑": "sum of", "∆": "delta", "‰": "per mille", "∈": "in",
    "¢": "cent", "→": "to", "#": "number", ".": "point", "/": "slash", ":": "to", "~": "tilde", "₿": "bitcoin",
    "^": "to the", "¥": "yen", "º": "degrees", "$": "dollar", "€": "euro", "£": "pound", "₹": "rupee",
}  # fmt: skip
PREFIXES = {
    "~": "about", "≈": "approximately", "<": "less than", ">": "more than", "≤": "at most", "≥": "at least",
    "§": "section", "№": "number", "+": "plus",
}  # fmt: skip
ADDRESS_SIGNS = {
    ".": "dot", "/": "slash", "@": "at", "-": "dash", "_": "underscore", "?": "question mark", "=": "equals",
    "&": "ampersand", "#": "hash", "~": "tilde", ":": "colon", "+": "plus", "%": "percent", "*": "star",
}  # fmt: skip
ADDRESS_WORDS = {
    "json": "jason", "zip": "zip", "jpeg": "jay peg", "gif": "gif", "tar": "tar", "doc": "doc", "mov": "mov",
    "log": "log", "docx": "doc X", "webm": "web M", "webp": "web P", "yaml": "yammel", "info": "info", "ini": "ini",
}  # fmt: skip
CHEMICALS = word_set(
    "H2O CO2 O2 H2 N2 CH4 NH3 NaCl H2SO4 HCl C6H12O6 O3 NO2 SO2 N2O NaOH CaCO3 H2O2 Fe2O3 KCl HNO3 C2H5OH C2H6O "
    "CaCl2 MgO Al2O3 SiO2"
)
CONJUNCTIONS = (
    "and but or nor so yet for because although though while when if unless until since whereas that which who where "
    "after before as than then"
)
