"""Words of Italian: currencies, units, abbreviations, and lists that decide about the form of "one"."""

from handler.text.cldr import Noun
from handler.text.languages.romance import currencies

CURRENCIES = currencies(
    "USD dollaro dollari, EUR euro euro, GBP sterlina sterline, JPY yen yen, CNY yuan yuan, INR rupia rupie, "
    "KRW won won, RUB rublo rubli, BRL real real, CHF franco_svizzero franchi_svizzeri, TRY lira_turca lire_turche, "
    "ITL lira lire, UAH grivnia grivnie, SEK corona_svedese corone_svedesi, PLN zloty zloty, "
    "krona corona corone, rupee rupia rupie, franc franco franchi"
)
CURRENCY_SIGNS = {
    "kr": "krona", "Rs": "rupee", "fr": "franc", "Fr": "franc", "Fr.": "franc", "L.": "ITL", "Lit": "ITL", "₤": "ITL",
    "euri": "EUR",
}  # fmt: skip
CENTS = {
    **dict.fromkeys(("EUR", "USD", "CHF", "franc", "CAD", "AUD", "ITL"), Noun("centesimi", one="centesimo")),
    "GBP": Noun("pence", one="penny"),
    "RUB": Noun("copechi", one="copeca", gender="m"),
    "BRL": Noun("centavos", one="centavo"),
    "MXN": Noun("centavos", one="centavo"),
}
_MILLIONS, _MILLIARDS = Noun("milioni", one="milione", gender="m"), Noun("miliardi", one="miliardo", gender="m")
SCALES = {
    **dict.fromkeys(("milioni", "milione", "mln", "mil", "M", "Mio"), _MILLIONS),
    **dict.fromkeys(("miliardi", "miliardo", "mld", "Mld", "Mrd"), _MILLIARDS),
    **dict.fromkeys(("bilioni", "bilione"), Noun("bilioni", one="bilione", gender="m")),
    **dict.fromkeys(("mila", "k", "K"), Noun("mila")),
}
UNITS = {
    "x": Noun("volte", one="volta", gender="f"),
    "º": Noun("gradi", one="grado"),
    **dict.fromkeys(("°C", "° C", "°c", "ºC"), Noun("gradi Celsius", one="grado Celsius")),
    **dict.fromkeys(("° F", "°f", "ºF"), Noun("gradi Fahrenheit", one="grado Fahrenheit")),
    **dict.fromkeys(("°K", "° K"), Noun("kelvin")),
    **dict.fromkeys(("d", "gg"), Noun("giorni", one="giorno")),
    "h": Noun("ore", one="ora"),
    **dict.fromkeys(("min", "mins"), Noun("minuti", one="minuto")),
    **dict.fromkeys(("sec", "s"), Noun("secondi", one="secondo")),
    **dict.fromkeys(("Kg", "kgs", "KG"), Noun("chilogrammi", one="chilogrammo")),
    **dict.fromkeys(("Km", "KM"), Noun("chilometri", one="chilometro")),
    **dict.fromkeys(("Km/h", "KM/H"), Noun("chilometri orari", one="chilometro orario")),
    **dict.fromkeys(("mq", "m.q."), Noun("metri quadrati", one="metro quadrato")),
    "mc": Noun("metri cubi", one="metro cubo"),
    "kmq": Noun("chilometri quadrati", one="chilometro quadrato"),
    **dict.fromkeys(("lt", "lts"), Noun("litri", one="litro")),
    "gr": Noun("grammi", one="grammo"),
    **dict.fromkeys(("CV", "cv"), Noun("cavalli", one="cavallo")),
    "q": Noun("quintali", one="quintale"),
    "hg": Noun("etti", one="etto"),
    "dB": Noun("decibel"),
    "ppm": Noun("parti per milione", one="parte per milione"),
    "psi": Noun("p s i"),
    "rpm": Noun("giri al minuto", one="giro al minuto"),
    "Mbps": Noun("megabit al secondo"),
    "Gbps": Noun("gigabit al secondo"),
}
UNITS |= {f"{unit}.": UNITS[unit] for unit in ("min", "sec")}
SIGNS = {
    "x": "per",
    "+": "più", "−": "meno", "-": "trattino", "=": "uguale", "×": "per", "÷": "diviso", "*": "per", "±": "più o meno",
    "<": "minore di", ">": "maggiore di", "≤": "minore o uguale a", "≥": "maggiore o uguale a", "≠": "diverso da",
    "≈": "circa", "~": "circa", "√": "radice quadrata di", "∞": "infinito", "&": "e", "#": "cancelletto",
    "№": "numero", "/": "slash", "_": "trattino basso", "^": "accento circonflesso", ".": "punto", ":": "due punti",
    "?": "punto interrogativo", "!": "punto esclamativo", "%": "per cento", "§": "paragrafo", "°": "gradi",
    "→": "freccia", "←": "freccia", "$": "dollari", "€": "euro", "@": "chiocciola", "|": "barra verticale",
    ",": "virgola",
}  # fmt: skip
TITLES = {
    "sec": "secolo",
    "Sig": "signor", "Sig.ra": "signora", "Sig.na": "signorina", "Sigg": "signori", "Dott": "dottor",
    "Dott.ssa": "dottoressa", "Dr": "dottor", "Dr.ssa": "dottoressa", "Prof": "professor", "Prof.ssa": "professoressa",
    "Ing": "ingegner", "Avv": "avvocato", "Arch": "architetto", "Geom": "geometra", "Rag": "ragionier",
    "On": "onorevole",
    "Sen": "senatore", "Gen": "generale", "Col": "colonnello", "Cap": "capitano", "Mons": "monsignor",
    "Card": "cardinale",
    "S.ta": "santa", "S.to": "santo", "Egr": "egregio", "Gent.ma": "gentilissima", "Gent.mo": "gentilissimo",
    "Gentil.ma": "gentilissima", "Spett": "spettabile", "C.so": "corso", "P.za": "piazza", "P.zza": "piazza",
    "V.le": "viale", "F.lli": "fratelli", "L.go": "largo", "Dip": "dipartimento", "Univ": "università",
    "Ist": "istituto", "Amm.ne": "amministrazione", "Min": "ministero", "Uff": "ufficio",
}  # fmt: skip
SHORT = {
    "Sig.ra": "signora", "Sig.na": "signorina", "Dott.ssa": "dottoressa", "Dr.ssa": "dottoressa",
    "Prof.ssa": "professoressa", "C.so": "corso", "P.za": "piazza", "P.zza": "piazza", "V.le": "viale",
    "F.lli": "fratelli", "L.go": "largo", "S.p.A.": "S P A", "S.p.A": "S P A", "S.r.l.": "S R L", "S.r.l": "S R L",
    "c/c": "conto corrente", "24/7": "ventiquattro su sette",
}  # fmt: skip
OTHERS = {
    "ecc": "eccetera", "etc": "eccetera", "p. es": "per esempio", "ad es": "ad esempio", "per es": "per esempio",
    "es": "esempio", "a. C": "avanti Cristo", "d. C": "dopo Cristo", "ca": "circa", "c.a": "circa",
    "u. s": "ultimo scorso",
    "p. v": "prossimo venturo", "N. B": "nota bene", "P. S": "post scriptum", "cfr": "confronta", "vs": "versus",
    "max": "massimo", "gg": "giorni", "c. m": "corrente mese", "Soc": "società", "int": "interno",
    "tel": "telefono", "pag": "pagina", "cell": "cellulare", "prov": "provincia",
}  # fmt: skip
BEFORE_NUMBER = {
    "n": "numero", "n°": "numero", "nº": "numero", "nr": "numero", "num": "numero", "pag": "pagina", "pagg": "pagine",
    "p": "pagina", "tel": "telefono", "cap": "capitolo", "art": "articolo", "vol": "volume", "fig": "figura",
    "lun": "lunedì", "mart": "martedì", "merc": "mercoledì", "giov": "giovedì", "ven": "venerdì", "sab": "sabato",
    "dom": "domenica", "rif": "riferimento", "ed": "edizione", "int": "interno",
}  # fmt: skip
NO_NOUNS = (
    "a ad ai al all alla alle allo anche avanti che chi ci come con contro da dal dalla dalle dai dei del della delle "
    "dello di dopo dove durante e è ed entro era erano fa fino fra fu furono gli ha hanno i il in invece la le li lo "
    "ma mentre meno mi ne nei nel nella nelle no non o oppure per perché più poi prima quando quindi se senza si "
    "sia sono sopra sotto su sui sul sulla sulle tra un una uno va viene vi mila mille milione milioni miliardo "
    "miliardi tre può possono sarà sempre mai solo già ancora fuori"
)
NUMBERED = (
    "capitolo pagina numero articolo livello gruppo tipo canale fase passo versione tema parte volume tomo sezione "
    "riga fila porta piano stanza sala tavolo volo via pista opzione domanda esercizio lezione unità giorno episodio "
    "stagione giocatore squadra il lo la i gli le del della al"
)
MASCULINE = (
    "psichiatra pediatra pilota pirata problema sistema programma tema clima poeta dramma diploma pianeta panorama "
    "schema sisma teorema atleta artista "
    "turista giornalista collega papa cinema gorilla euro real copeca yen won"
)
FEMININE = (
    "notte parte chiave rete parete mano nave classe lingua luce voce croce pace legge fase base frase serie specie "
    "moglie madre gente mente arte morte carne neve febbre foto moto auto radio calorie ora ore oncia libbra"
)
REGNAL = (
    "Luigi Carlo Enrico Francesco Filippo Napoleone Giovanni Paolo Pio Benedetto Elisabetta Guglielmo Giorgio Edoardo "
    "Riccardo Giacomo Alberto Leopoldo Vittorio Emanuele Umberto Ferdinando Federico Leone Gregorio Innocenzo Clemente "
    "Urbano Bonifacio Ramses Nicola Alessandro Caterina Sisto Giulio Amedeo Pietro Cosimo Lorenzo Maria"
)
INITIALS = "ADN DNA CEO DVD FBI GPS IA IBAN ISBN NBA ONG PC PD QR SMS TV UE URL USB VIP WC ID IP HD AM FM USA BTP PDF"
"""Words of capitals that are spelled."""
WORDS_OF_CAPITALS = (
    "A AD AH AI AL ALT AVE BAR BEN BLU C CHE CHI CI CIA CON COSÌ CUI D DA DAI DAL DEI DEL DI DÌ DIO DUE E È ED "
    "EHI ERA ESCI FA FAI FIN FU GAS GIÀ GIÙ GLI HA HAI HO I IL IN IO IRA IVA L LA LÀ LE LEI LI LÌ LO LUI MA MAI "
    "MAR MAS ME MI MIA MIO MIE NE NÉ NEI NEL NO NOI NON O OD OH ONU ORA ORO PER PIÙ PO POI QUA QUI RE SA SAI SE "
    "SÉ SEI SI SÌ SIA SO SU SUA SUD SUE SUO SUL TE TI TRA TRE TU TUA TUE TUO UN UNA UNO VA VAI VI VIA VOI ZIA ZIO "
    "NATO RAI ASL SPA"
)
"""Words of two or three capitals that are not spelled."""
