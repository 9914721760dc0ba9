"""Words of Catalan: currencies, units, abbreviations, and lists that decide about the gender of numbers."""

from handler.text.cldr import Noun
from handler.text.languages.romance import currencies

CURRENCIES = currencies(
    "USD dòlar dòlars, EUR euro euros, GBP lliura lliures, JPY ien iens, CNY iuan iuans, RUB ruble rubles, "
    "INR rupia rupies, CHF franc_suís francs_suïssos, BRL real reals, ESP pesseta pessetes, KRW won wons, "
    "krona corona corones, rupee rupia rupies"
)
CURRENCY_SIGNS = {"kr": "krona", "Rs": "rupee", "pta": "ESP", "ptes": "ESP", "ptas": "ESP"}
CENTS = {
    **dict.fromkeys(("EUR", "CHF", "ESP"), Noun("cèntims", one="cèntim")),
    **dict.fromkeys(("USD", "CAD", "AUD", "BRL", "MXN"), Noun("centaus", one="centau")),
    "GBP": Noun("penics", one="penic"),
}
SCALES = {
    **dict.fromkeys(("milions", "milió", "M", "MM"), Noun("milions", one="milió")),
    **dict.fromkeys(("bilions", "bilió"), Noun("bilions", one="bilió")),
    **dict.fromkeys(("mil", "k", "K"), Noun("mil")),
}
UNITS = {
    **dict.fromkeys(("°C", "° C", "ºC"), Noun("graus Celsius", one="grau Celsius")),
    **dict.fromkeys(("h",), Noun("hores", one="hora")),
    **dict.fromkeys(("min",), Noun("minuts", one="minut")),
    **dict.fromkeys(("s", "seg"), Noun("segons", one="segon")),
    **dict.fromkeys(("Kg", "KG"), Noun("quilograms", one="quilogram")),
    **dict.fromkeys(("Km", "KM"), Noun("quilòmetres", one="quilòmetre")),
}
SIGNS = {
    "x": "per",
    "+": "més", "−": "menys", "-": "guionet", "=": "és igual a", "×": "per", "÷": "dividit per", "*": "per",
    "±": "més o menys", "<": "menor que", ">": "major que", "≤": "menor o igual que", "≥": "major o igual que",
    "≠": "diferent de", "≈": "aproximadament", "~": "aproximadament", "√": "arrel quadrada de", "∞": "infinit",
    "&": "i", "#": "número", "№": "número", "/": "barra", "_": "guió baix", "^": "accent circumflex", ".": "punt",
    ":": "dos punts", "?": "signe d'interrogació", "!": "signe d'exclamació", "%": "per cent", "°": "graus",
    "→": "fletxa", "←": "fletxa", "$": "dòlars", "€": "euros", ",": "coma", "§": "secció", "@": "arrova",
}  # fmt: skip
TITLES = {
    "Sr": "senyor", "Sra": "senyora", "Srs": "senyors", "Dr": "doctor", "Dra": "doctora", "Prof": "professor",
    "Av": "avinguda", "Pl": "plaça", "Ctra": "carretera", "Pg": "passeig", "St": "sant", "Sta": "santa",
}  # fmt: skip
OTHERS = {
    "etc": "etcètera", "p. ex": "per exemple", "a. C": "abans de Crist", "d. C": "després de Crist", "tel": "telèfon",
    "aprox": "aproximadament", "EUA": "Estats Units", "EE. UU": "Estats Units", "núm": "número",
}  # fmt: skip
BEFORE_NUMBER = {
    "núm": "número", "n.º": "número", "nº": "número", "n°": "número", "pàg": "pàgina", "tel": "telèfon",
    "cap": "capítol", "art": "article", "vol": "volum", "fig": "figura",
}  # fmt: skip
SHORT = {"c/": "carrer", "s/n": "sense número", "24/7": "vint-i-quatre set"}
NO_NOUNS = (
    "a al als amb ara com contra d de del dels des després durant e el els en entre era eren és està estan fa fins ha "
    "han hi i la les li lo més menys molt no o on per però perquè pel pels que quan qui sense ser seva seu si són "
    "sobre també té tenen u un una unes uns ja mil milions milió tres sis dos dues"
)
NUMBERED = (
    "capítol pàgina número article nivell grup tipus canal fase pas versió tema part volum secció línia fila porta "
    "pis habitació sala taula via pista opció pregunta exercici lliçó unitat dia episodi temporada jugador el la l' "
    "els les del al"
)
MASCULINE = "dia problema programa sistema tema idioma poema planeta mapa clima dies problemes programes sistemes temes"
FEMININE = (
    "hora hores lliura lliures casa cases persona persones dona dones vegada vegades nit nits part parts pàgina "
    "pàgines setmana setmanes milla milles tona tones cadira cadires taula taules ciutat ciutats opció opcions clau "
    "claus corona corones rupia rupies pesseta pessetes noia noies nena nenes paraula paraules unitat unitats isabel"
)
REGNAL = (
    "Jaume Pere Felip Carles Ferran Isabel Alfons Joan Pau Pius Benet Lluís Enric Jordi Eduard Ricard Martí Ramon "
    "Alexandre Lleó Gregori Francesc Guillem Frederic Napoleó Caterina Maria Víctor Manuel"
)
PARTS = {2: "mig", 3: "terç", 4: "quart"}
