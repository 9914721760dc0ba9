"""Tables of English abbreviations, units and names: written → spoken.

No spoken form may be a key of any table, because verbalizing a spoken form must give the same form (a test checks it).
"""

from __future__ import annotations

from handler.text.characters import word_set

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
}  # fmt: skip
# Only with a full stop: without it most are words or names.
TITLES_DOTTED_ONLY = frozenset({"Rep", "Hon", "Gen", "Col", "Pres", "Fr", "Ft", "Sen", "Rev", "Gov", "Prof"})

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
    "no": "number", "nos": "numbers", "p": "page", "op": "opus", "sec": "seconds", "hr": "hour",
}  # fmt: skip
# A capital letter after these begins a sentence; after the others it begins a name.
DOTTED_ENDING = word_set("etc inc ltd corp co bros ave blvd rd jr sr ph.d a.m p.m u.s u.k u.s.a hrs mins")
# Before a number only: otherwise they are words.
DOTTED_BEFORE_NUMBER = frozenset({"no", "nos", "p", "op", "fig", "ch", "pp", "pg", "vol", "apt", "ext", "ca", "sec"})
DOTTED_AFTER_NUMBER = frozenset({"min", "oz", "lb", "lbs", "hr"})
# With or without a full stop.
SHORT = {
    "vs": "versus", "etc": "et cetera", "dept": "department", "approx": "approximately", "w/": "with",
    "w/o": "without", "b/c": "because", "c/o": "care of", "n/a": "N A", "24/7": "twenty four seven",
    "9/11": "nine eleven", "50/50": "fifty fifty", "and/or": "and or", "i/o": "I O", "aka": "A K A",
    "phd": "P H D", "blvd": "boulevard", "ltd": "limited", "a/c": "A C", "he/she": "he or she", "s/he": "he or she",
    "r&b": "R and B", "r&d": "R and D", "q&a": "Q and A", "at&t": "A T and T", "c++": "C plus plus", "c#": "C sharp",
    "f#": "F sharp", ".net": "dot net", "yr": "year", "yrs": "years", "hrs": "hours", "mins": "minutes",
    "secs": "seconds",
}  # fmt: skip

# Spelled letter by letter. Other words of capitals with a vowel are spoken as words.
INITIALISMS = word_set(
    "ABC ACLU AI AKA API ATM AWS BA BBC BC BCE BMI BMW CAD CD CEO CFO CIA CIO CMS CNN COO CPA CPU CRM CSS "
    "CTO CV DC DIY DJ DMV DNA DOJ DVD EDM EEG EKG EPA ER ESPN ETA EU EUR EV FAA FAQ FBI FCC FDA FDR FYI GBP GDP "
    "GI GMO GMT GPA GPS GPT GPU GUI HBO HD HIV HQ HR HTML HTTP HTTPS IBM ID IDE IE IMDB IO IOS IP IPA IPO IQ "
    "IRS ISBN ISO ISP IV IVF JFK JSON KO KPI LA LCD LED LGBTQ LLC LLM MBA MC MD MIT ML MLB MLK MRI MSG MTV MVP NBA "
    "NBC NCAA NDA NFL NFT NGO NHL NIH NPR NSA NSFW NYC NYPD OCD OK OS PA PBS PC PDF PHD PHP PM PMS POV PR PS PTA "
    "PTSD QA QR RGB ROI RSS RSVP RV SDK SEO SMS SOS SQL SSD STD SUV TBA TBD TLC TNT TV UFC UFO UI UK UN UPS URL "
    "USA USB USC USD UTC UV UX VIP VPN VR WWE WWF WWI WWII WWW XL XML XYZ YMCA"
)
# Also words, so they are spelled only among words in small letters.
INITIALISMS_QUIET = frozenset({"US", "IT", "WHO", "PT", "ET", "EST", "PA", "LA", "OK", "ID", "AD"})
SPECIAL_INITIALISMS = {
    "OK": "okay", "JPEG": "jay peg", "WWI": "world war one", "WWII": "world war two", "MS": "M S", "IDK": "I D K",
    "USAF": "U S A F", "USDA": "U S D A", "IEEE": "I triple E", "NAACP": "N double A C P", "AAA": "triple A",
    "KHZ": "kilohertz", "MHZ": "megahertz",
}  # fmt: skip
CONSONANT_WORDS = word_set("HMM SHH PSST TSK BRR PFFT GRR SH MM HM ZZZ")

# symbol → singular, plural, singular of its hundredths, plural
CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents"), "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"), "¥": ("yen", "yen", "", ""),
    "₹": ("rupee", "rupees", "paisa", "paise"), "₽": ("ruble", "rubles", "kopek", "kopeks"),
    "₩": ("won", "won", "", ""), "₺": ("lira", "lira", "kurus", "kurus"),
    "₴": ("hryvnia", "hryvnias", "kopiyka", "kopiykas"), "₿": ("bitcoin", "bitcoins", "", ""),
    "₫": ("dong", "dong", "", ""), "₪": ("shekel", "shekels", "agora", "agorot"),
    "₦": ("naira", "naira", "kobo", "kobo"), "₱": ("peso", "pesos", "centavo", "centavos"),
    "฿": ("baht", "baht", "satang", "satang"), "¢": ("cent", "cents", "", ""),
}  # fmt: skip
CURRENCY_PREFIXES = {"US": "U S", "C": "Canadian", "CA": "Canadian", "A": "Australian", "AU": "Australian",
                     "NZ": "New Zealand", "HK": "Hong Kong", "S": "Singapore", "R": ""}  # fmt: skip
CURRENCY_CODES = {
    "USD": ("U S dollar", "U S dollars"), "EUR": ("euro", "euros"), "GBP": ("British pound", "British pounds"),
    "JPY": ("Japanese yen", "Japanese yen"), "CAD": ("Canadian dollar", "Canadian dollars"),
    "AUD": ("Australian dollar", "Australian dollars"), "CHF": ("Swiss franc", "Swiss francs"),
    "CNY": ("Chinese yuan", "Chinese yuan"), "INR": ("Indian rupee", "Indian rupees"), "BTC": ("bitcoin", "bitcoins"),
    "ETH": ("ether", "ether"),
}  # fmt: skip
SCALES = {"k": "thousand", "K": "thousand", "m": "million", "M": "million", "mm": "million", "mn": "million",
          "b": "billion", "B": "billion", "bn": "billion", "Bn": "billion", "t": "trillion", "T": "trillion",
          "tn": "trillion"}  # fmt: skip
SCALE_WORDS = word_set("hundred thousand million billion trillion quadrillion")

# after a number: one, several
_REGULAR_UNITS = {
    "mm": "millimeter", "cm": "centimeter", "m": "meter", "km": "kilometer", "nm": "nanometer", "µm": "micrometer",
    "μm": "micrometer", "yd": "yard", "mi": "mile", "mg": "milligram", "g": "gram", "kg": "kilogram", "lb": "pound",
    "lbs": "pound", "oz": "ounce", "ml": "milliliter", "mL": "milliliter", "cl": "centiliter", "l": "liter",
    "L": "liter", "gal": "gallon", "qt": "quart", "tsp": "teaspoon", "tbsp": "tablespoon", "ha": "hectare",
    "ms": "millisecond", "s": "second", "sec": "second", "min": "minute", "h": "hour", "hr": "hour", "hrs": "hour",
    "kB": "kilobyte", "KB": "kilobyte", "MB": "megabyte", "GB": "gigabyte", "TB": "terabyte", "W": "watt",
    "kW": "kilowatt", "MW": "megawatt", "GW": "gigawatt", "kWh": "kilowatt hour", "V": "volt", "mAh": "milliamp hour",
    "kcal": "kilocalorie", "cal": "calorie", "J": "joule", "kJ": "kilojoule", "Pa": "pascal", "hPa": "hectopascal",
    "dB": "decibel", "px": "pixel", "°": "degree", "m^2": "square meter", "km^2": "square kilometer",
    "cm^2": "square centimeter", "m^3": "cubic meter", "cm^3": "cubic centimeter", "Ω": "ohm",
}  # fmt: skip
UNITS = {unit: (one, f"{one}s") for unit, one in _REGULAR_UNITS.items()} | {
    "ft": ("foot", "feet"), "Mbps": ("megabit per second", "megabits per second"),
    "Gbps": ("gigabit per second", "gigabits per second"), "Hz": ("hertz", "hertz"), "kHz": ("kilohertz", "kilohertz"),
    "MHz": ("megahertz", "megahertz"), "GHz": ("gigahertz", "gigahertz"), "psi": ("P S I", "P S I"),
    "rpm": ("R P M", "R P M"), "bpm": ("B P M", "B P M"), "fps": ("frames per second", "frames per second"),
    "dpi": ("D P I", "D P I"), "mph": ("mile per hour", "miles per hour"),
    "kph": ("kilometer per hour", "kilometers per hour"), "km/h": ("kilometer per hour", "kilometers per hour"),
    "kmh": ("kilometer per hour", "kilometers per hour"), "m/s": ("meter per second", "meters per second"),
    "mpg": ("mile per gallon", "miles per gallon"), "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"), "%": ("percent", "percent"), "‰": ("per mille", "per mille"),
    "ft^2": ("square foot", "square feet"), "sqft": ("square foot", "square feet"), "x": ("times", "times"),
    "am": ("A M", "A M"), "pm": ("P M", "P M"), "AM": ("A M", "A M"), "PM": ("P M", "P M"), "a.m": ("A M", "A M"),
    "p.m": ("P M", "P M"),
}  # fmt: skip
# Not units after a blank, where they may be names or words.
UNITS_ATTACHED_ONLY = frozenset({"x", "s", "h", "cal", "J", "l"})

SIGNS = {
    "&": "and", "@": "at", "+": "plus", "=": "equals", "%": "percent", "°": "degrees", "×": "times", "÷": "divided by",
    "±": "plus or minus", "≈": "approximately", "≠": "does not equal", "≤": "is at most", "≥": "is at least",
    "<": "is less than", ">": "is greater than", "√": "square root of", "∞": "infinity", "π": "pi", "−": "minus",
    "§": "section", "©": "copyright", "№": "number", "∑": "sum of", "∆": "delta", "‰": "per mille", "∈": "in",
    "¢": "cents", "$": "dollars", "€": "euros", "£": "pounds", "¥": "yen", "₹": "rupees", "→": "to",
}  # fmt: skip

SPELLED_ENDINGS = word_set(
    "pdf jpg png gif svg mp3 mp4 txt csv html htm css js php py xml exe zip tar gz wav avi mov mkv doc docx xls xlsx "
    "ppt pptx srt vtt ass ogg flac json yml yaml md log ini sh cfg jpeg webm webp"
)
SPOKEN_ENDINGS = {
    "json": "jason", "zip": "zip", "jpeg": "jay peg", "gif": "gif", "tar": "tar", "doc": "doc", "mov": "mov",
    "log": "log", "mp3": "M P three", "mp4": "M P four", "docx": "doc X", "webm": "web M", "webp": "web P",
    "yaml": "yammel",
}  # fmt: skip
DOMAINS = word_set(
    "com org net edu gov io ai co uk de fr es it jp cn ru br in ca au tv me info biz app dev us eu nl ch se no "
    "xyz shop online site blog ly gg fm to be at pl"
)
DOMAINS_SPELLED = word_set("io ai uk de fr jp cn br ca tv us eu nl ch xyz gg fm ly")

ROMAN_AFTER = word_set(
    "Chapter Part Volume Section Act Scene Book Phase Type Level Stage Grade Title Article Appendix Class War Bowl "
    "Episode Season Version Rocky Rambo Fantasy Apollo Group Schedule Division Unit Category Tier Table "
    "Figure Olympiad"
)
REGNAL = word_set(
    "Henry Louis George Elizabeth Charles James Edward Richard William John Paul Pius Benedict Francis Philip "
    "Alexander Napoleon Nicholas Peter Catherine Leo Gregory Innocent Clement Urban Ivan Frederick Otto Ramesses "
    "Ramses Thutmose Ptolemy Darius Xerxes Sixtus Boniface Ferdinand Alfonso Gustav Haakon Carlos Felipe "
    "Umberto Wilhelm Friedrich Harald Margrethe Cleopatra Constantine Theodosius Justinian Mehmed Murad Selim "
    "Suleiman"
)

CHEMICALS = word_set(
    "H2O CO2 O2 H2 N2 CH4 NH3 NaCl H2SO4 HCl C6H12O6 O3 NO2 SO2 N2O NaOH CaCO3 H2O2 Fe2O3 KCl HNO3 C2H5OH C2H6O "
    "CaCl2 MgO Al2O3 SiO2"
)
CONJUNCTIONS = (
    "and but or nor so yet for because although though while when if unless until since whereas that which who where "
    "after before as than then"
)
