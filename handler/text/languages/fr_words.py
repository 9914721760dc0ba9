"""Words of French: currencies, units, abbreviations, and lists that decide about the gender of numbers."""

from handler.text.cldr import Noun
from handler.text.languages.romance import currencies

CURRENCIES = currencies(
    "USD dollar dollars, EUR euro euros, GBP livre livres, JPY yen yens, CNY yuan yuans, INR roupie roupies, "
    "KRW won wons, RUB rouble roubles, BRL réal réaux, CHF franc francs, TRY livre_turque livres_turques, "
    "XOF franc_CFA francs_CFA, XAF franc_CFA francs_CFA, UAH hryvnia hryvnias, CAD dollar_canadien dollars_canadiens, "
    "FRF franc francs, SEK couronne_suédoise couronnes_suédoises, PLN zloty zlotys, MAD dirham dirhams, "
    "krona couronne couronnes, rupee roupie roupies"
)
CURRENCY_SIGNS = {
    "F": "FRF", "FF": "FRF", "Fr": "CHF", "fr": "CHF", "Fr.": "CHF", "fr.": "CHF", "FCFA": "XOF", "kr": "krona",
    "Rs": "rupee", "Dh": "MAD", "DH": "MAD", "dh": "MAD", "€uros": "EUR", "$US": "USD", "$CA": "CAD", "$ US": "USD",
    "$ CA": "CAD",
}  # fmt: skip
CENTS = {
    **dict.fromkeys(("EUR", "CHF", "FRF", "XOF", "MAD"), Noun("centimes", one="centime")),
    **dict.fromkeys(("USD", "CAD", "AUD", "NZD", "HKD", "SGD"), Noun("cents", one="cent")),
    "GBP": Noun("pence", one="penny"),
    "RUB": Noun("kopecks", one="kopeck"),
    "BRL": Noun("centavos", one="centavo"),
    "MXN": Noun("centavos", one="centavo"),
}
_MILLIONS, _MILLIARDS = Noun("millions", one="million"), Noun("milliards", one="milliard")
SCALES = {
    **dict.fromkeys(("millions", "million", "mio", "Mio", "M", "mln"), _MILLIONS),
    **dict.fromkeys(("milliards", "milliard", "Mrd", "mrd", "Mds", "Md", "mds", "md"), _MILLIARDS),
    **dict.fromkeys(("billions", "billion"), Noun("billions", one="billion")),
    **dict.fromkeys(("mille", "k", "K"), Noun("mille")),
}
UNITS = {
    **dict.fromkeys(("ct", "cts", "cts."), Noun("centimes", one="centime")),
    "x": Noun("fois", gender="f"),
    **dict.fromkeys(("°C", "° C", "°c", "º C", "ºC"), Noun("degrés Celsius", one="degré Celsius")),
    **dict.fromkeys(("° F", "°f", "ºF"), Noun("degrés Fahrenheit", one="degré Fahrenheit")),
    **dict.fromkeys(("°K", "° K"), Noun("kelvins", one="kelvin")),
    **dict.fromkeys(("j",), Noun("jours", one="jour")),
    "h": Noun("heures", one="heure"),
    **dict.fromkeys(("min", "mn"), Noun("minutes", one="minute")),
    **dict.fromkeys(("sec", "s"), Noun("secondes", one="seconde")),
    **dict.fromkeys(("Kg", "kgs", "KG"), Noun("kilogrammes", one="kilogramme")),
    **dict.fromkeys(("Km", "KM", "kms"), Noun("kilomètres", one="kilomètre")),
    **dict.fromkeys(("km/h", "Km/h", "KM/H", "kmh"), Noun("kilomètres par heure", one="kilomètre par heure")),
    "gr": Noun("grammes", one="gramme"),
    **dict.fromkeys(("ch", "CV", "cv"), Noun("chevaux", one="cheval")),
    "o": Noun("octets", one="octet"),
    **dict.fromkeys(("ko", "Ko"), Noun("kilooctets", one="kilooctet")),
    "Mo": Noun("mégaoctets", one="mégaoctet"),
    "Go": Noun("gigaoctets", one="gigaoctet"),
    "To": Noun("téraoctets", one="téraoctet"),
    "dB": Noun("décibels", one="décibel"),
    "ppm": Noun("parties par million", one="partie par million"),
    "psi": Noun("p s i"),
    **dict.fromkeys(("tr/min", "rpm"), Noun("tours par minute", one="tour par minute")),
    "Mbps": Noun("mégabits par seconde", one="mégabit par seconde"),
    "Gbps": Noun("gigabits par seconde", one="gigabit par seconde"),
}
UNITS |= {f"{unit}.": UNITS[unit] for unit in ("min", "sec")}
PARTS = {2: "demi", 3: "tiers", 4: "quart"}
SIGNS = {
    "x": "par",
    "+": "plus", "−": "moins", "-": "tiret", "=": "égale", "×": "fois", "÷": "divisé par", "*": "fois",
    "±": "plus ou moins", "<": "inférieur à", ">": "supérieur à", "≤": "inférieur ou égal à",
    "≥": "supérieur ou égal à", "≠": "différent de", "≈": "environ", "~": "environ", "√": "racine carrée de",
    "∞": "infini", "&": "et", "#": "numéro", "№": "numéro", "/": "slash", "_": "tiret bas", "^": "accent circonflexe",
    ".": "point", ":": "deux-points", "?": "point d'interrogation", "!": "point d'exclamation", "%": "pour cent",
    "§": "paragraphe", "°": "degrés", "→": "flèche", "←": "flèche", "$": "dollars", "€": "euros", "@": "arobase",
    "|": "barre verticale", ",": "virgule",
}  # fmt: skip
TITLES = {
    "M": "monsieur", "av. J.-C": "avant Jésus-Christ", "apr. J.-C": "après Jésus-Christ",
    "ap. J.-C": "après Jésus-Christ",
    "MM": "messieurs", "Dr": "docteur", "Drs": "docteurs", "Pr": "professeur", "Me": "maître", "Mgr": "monseigneur",
    "St": "saint", "Ste": "sainte", "Av": "avenue", "Bd": "boulevard", "Bld": "boulevard", "Boul": "boulevard",
    "Gal": "général", "Col": "colonel", "Cap": "capitaine", "R. P": "révérend père", "Univ": "université",
    "Pdt": "président", "Mme": "madame", "Mmes": "mesdames", "Mlle": "mademoiselle", "Mlles": "mesdemoiselles",
}  # fmt: skip
SHORT_WORDS = {
    "bd": "boulevard", "St": "saint", "Ste": "sainte", "Sts": "saints", "Stes": "saintes",
    "Dr": "docteur", "Pr": "professeur", "Drs": "docteurs", "Mme": "madame", "Mmes": "mesdames",
    "Mlle": "mademoiselle", "Mlles": "mesdemoiselles", "Mgr": "monseigneur", "Bd": "boulevard",
}  # fmt: skip
SHORT = {
    "Mᵐᵉ": "madame", "Mᵐᵉˢ": "mesdames", "Mˡˡᵉ": "mademoiselle", "Mˡˡᵉˢ": "mesdemoiselles", "Dʳ": "docteur",
    "Mᵍʳ": "monseigneur", "s/s": "sous", "c/": "contre", "nᵒˢ": "numéros", "Sᵗ": "saint", "Sᵗᵉ": "sainte",
    "24/7": "vingt-quatre sur sept", "7j/7": "sept jours sur sept", "24h/24": "vingt-quatre heures sur vingt-quatre",
}  # fmt: skip
OTHERS = {
    "etc": "et cetera", "p. ex": "par exemple", "par ex": "par exemple", "ex": "exemple", "env": "environ",
    "c.-à-d": "c'est-à-dire", "Sté": "société", "Cie": "compagnie",
    "cf": "confer", "i. e": "c'est-à-dire", "N. B": "nota bene", "P.-S": "post-scriptum", "hab": "habitants",
    "boul": "boulevard", "fg": "faubourg", "arr": "arrondissement", "qqn": "quelqu'un", "qqch": "quelque chose",
    "janv": "janvier", "févr": "février", "avr": "avril", "juil": "juillet", "sept": "septembre", "oct": "octobre",
    "nov": "novembre", "déc": "décembre", "vs": "versus", "resp": "respectivement", "tél": "téléphone",
}  # fmt: skip
BEFORE_NUMBER = {
    "n°": "numéro", "nº": "numéro", "nᵒ": "numéro", "no": "numéro", "num": "numéro", "p": "page", "pp": "pages",
    "tél": "téléphone", "chap": "chapitre", "art": "article", "vol": "volume", "fig": "figure", "lun": "lundi",
    "mer": "mercredi", "jeu": "jeudi", "ven": "vendredi", "sam": "samedi", "dim": "dimanche", "éd": "édition",
    "réf": "référence", "ch": "chapitre", "t": "tome",
}  # fmt: skip
FEMININE_ENDINGS = (
    "tion", "tions", "sion", "sions", "ette", "ettes", "elle", "elles", "ance", "ances", "ence", "ences", "ée", "ées",
    "ie", "ies", "ure", "ures", "ille", "illes", "esse", "esses", "ité", "ités", "ude", "udes", "euse", "euses",
    "trice", "trices", "ade", "ades", "ine", "ines", "onne", "onnes",
)  # fmt: skip
FEMININE = (
    "heure heures minute minutes seconde secondes livre livres tonne tonnes once onces semaine semaines page pages "
    "fois personne personnes femme femmes fille filles maison maisons voiture voitures place places table tables "
    "chambre chambres pièce pièces chose choses ville villes rue rues porte portes lettre lettres ligne lignes "
    "équipe équipes image images question questions vidéo vidéos tasse tasses cuillère cuillères tranche tranches "
    "gousse gousses feuille feuilles école écoles étape étapes étoile étoiles erreur erreurs photo photos main mains "
    "roupie couronne lire grappe boîte boîtes part parts note notes piste pistes raison raisons règle règles "
    "marche nuit nuits fleur fleurs clé clés idée tête têtes langue langues phrase phrases hryvnia hryvnias "
    "calorie calories kilocalorie"
)
MASCULINE = "génie musée musées lycée lycées magazine magazines grade incendie incendies pouce pouces litre litres"
NO_NOUNS = (
    "à au aux avec c ce ces cet cette chez comme contre dans de depuis des du elle elles en entre est et était étaient "
    "il ils je la le les leur leurs lors mais même moins ne ni nous on ont or ou où par parce pas pendant plus "
    "pour près puis puisque quand que qui s sa sans se ses si soit son sont sous sur tandis tous toutes très tu un une "
    "vers vous y a ai as avait avaient sera seront mille million millions milliard milliards dont donc car jusque "
    "jusqu après avant alors ainsi aussi environ"
)
ASPIRATED = (
    "haies", "haricots", "hamsters", "handicap", "hangars", "harengs", "haut", "héros", "hérissons", "hiboux",
    "homards",
    "hontes", "hurlements", "hussards", "huit", "halls", "halte", "hamburgers", "hasards", "hockey", "hors",
)  # fmt: skip
NUMBERED = (
    "chapitre page numéro article niveau groupe type chaîne phase pas version thème partie tome volume section ligne "
    "rangée porte étage chambre salle table vol voie piste option question exercice leçon unité jour épisode saison "
    "joueur équipe le la les l' du des au"
)
REGNAL = (
    "Louis Charles Henri François Philippe Napoléon Jean Paul Pie Benoît Élisabeth Elisabeth Guillaume Georges Édouard "
    "Edouard Richard Jacques Albert Léopold Baudouin Clovis Dagobert Hugues Robert Nicolas Alexandre Catherine Léon "
    "Grégoire Innocent Clément Urbain Boniface Ramsès Frédéric Joseph Ferdinand Alphonse Pierre Victor-Emmanuel Marie"
)
INITIALS = (
    "ADN CEO DVD FBI CIA GPS IA IBAN ISBN NBA ONG ONU PC PDG PIB QR SMS SNCF TGV TV TVA UE URL USB VIP WC ID IP "
    "HD FM PSG RATP CDI CDD USA RER BD CD HLM PMU EDF"
)
"""Words of capitals that are spelled."""
WORDS_OF_CAPITALS = (
    "A À AH AI AIR ALORS AMI AN ANS AS AU AUX BAS BEL BLEU BON BUT ÇA CAR CE CES CET CI CLÉ D DE DES DIT DIX DON "
    "DOS DU EAU ELLE EN ES EST ET ÉTÉ EU EUX EUH FER FIN FOI FOU FUT GAZ HEU ICI IL ILS J JE JEU JOIE L LA LÀ LE "
    "LES LUI MA MAI MAL MAIS ME MER MES MI MON MOT MUR N NE NEZ NI NON NOS NU OH ON OR OS OU OÙ OUI OSE PAR PAS "
    "PEU PIS PLU PRÈS PUR QUE QUI RIEN ROI RUE S SA SE SEL SES SI SIX SON SUR TA TE TES THÉ TOI TON TOT TÔT TU UN "
    "UNE VA VAS VIE VIN VOS VU VUE Y ZUT OTAN SIDA SMIC RIB OVNI"
)
"""Words of two or three capitals that are not spelled."""
