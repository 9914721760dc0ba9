"""Tables of German words."""

from handler.text.characters import word_set

ABBREVIATIONS = {
    "z. B.": "zum Beispiel", "bzgl.": "bezüglich", "Hrsg.": "Herausgeber", "lt.": "laut", "USt.": "Umsatzsteuer",
    "z. Hd.": "zu Händen", "d. h.": "das heißt", "u. a.": "unter anderem", "u. U.": "unter Umständen",
    "z. T.": "zum Teil", "z. Z.": "zurzeit", "z. Zt.": "zurzeit", "i. d. R.": "in der Regel", "o. ä.": "oder ähnlich",
    "u. Ä.": "und Ähnliches", "o. Ä.": "oder Ähnliches", "s. o.": "siehe oben", "s. u.": "siehe unten",
    "v. a.": "vor allem", "m. E.": "meines Erachtens", "i. A.": "im Auftrag", "e. V.": "eingetragener Verein",
    "a. D.": "außer Dienst", "v. Chr.": "vor Christus", "n. Chr.": "nach Christus", "usw.": "und so weiter",
    "usf.": "und so fort", "etc.": "et cetera", "u. v. m.": "und vieles mehr", "bzw.": "beziehungsweise",
    "ca.": "circa", "vgl.": "vergleiche", "evtl.": "eventuell", "ggf.": "gegebenenfalls", "inkl.": "inklusive",
    "exkl.": "exklusive", "zzgl.": "zuzüglich", "abzgl.": "abzüglich", "sog.": "sogenannte", "insb.": "insbesondere",
    "mind.": "mindestens", "max.": "maximal", "bspw.": "beispielsweise", "geb.": "geboren",
    "gest.": "gestorben", "verh.": "verheiratet", "Dr.": "Doktor", "Prof.": "Professor", "Hr.": "Herr",
    "St.": "Sankt", "Dipl.": "Diplom", "Ing.": "Ingenieur", "Mag.": "Magister", "Tel.": "Telefon",
    "Pl.": "Platz", "Mwst.": "Mehrwertsteuer", "MwSt.": "Mehrwertsteuer",
    "Hbf.": "Hauptbahnhof", "Bhf.": "Bahnhof", "Abt.": "Abteilung", "Mitgl.": "Mitglied",
    "Jh.": "Jahrhundert", "Jhd.": "Jahrhundert", "allg.": "allgemein", "bes.": "besonders",
    "Nr.": "Nummer", "MwSt": "Mehrwertsteuer", "Hbf": "Hauptbahnhof", "Dr": "Doktor",
}  # fmt: skip
"""Abbreviations → their words."""
MAY_END = word_set("usw. usf. etc. u.v.m. u.Ä. o.Ä. o.ä. s.o. s.u. e.V. a.D. v.Chr. n.Chr. Pl. Hbf. Bhf. Jh. Jhd.")
BEFORE_NUMBER = {
    "Nr": "Nummer", "S": "Seite", "Kap": "Kapitel", "Abb": "Abbildung", "Abs": "Absatz", "Art": "Artikel",
    "Bd": "Band", "Tab": "Tabelle", "Ziff": "Ziffer", "Anm": "Anmerkung", "Tel": "Telefon", "Hausnr": "Hausnummer",
    "Abschn": "Abschnitt", "min": "mindestens", "Aufl": "Auflage",
}  # fmt: skip
WEEKDAYS = {
    "Mo": "Montag", "Di": "Dienstag", "Mi": "Mittwoch", "Do": "Donnerstag", "Fr": "Freitag", "Sa": "Samstag",
    "So": "Sonntag",
}  # fmt: skip

# Endings of an ordinal by the word before it.
ENDING_EN = word_set(
    "am im vom zum zur beim den dem des einem einen einer eines keinem keinen keiner keines meinem meinen meiner "
    "deinem deinen deiner seinem seinen seiner ihrem ihren ihrer unserem unseren unserer eurem euren diesem diesen "
    "jedem jeden allen beiden welchem welchen"
)
ENDING_E = word_set(
    "der die das dieser diese dieses jeder jede jedes eine keine meine deine seine ihre unsere eure ins ans aufs fürs "
    "durchs jene welche welcher welches"
)
ENDING_OF_NOUN = word_set("ein kein mein dein sein ihr unser euer")
BARE_PREPOSITIONS = word_set(
    "ab bis seit vor nach von zwischen gegen mit bei zu aus in an auf unter über für um durch ohne hinter neben "
    "während wegen trotz gegenüber außer laut gemäß dank"
)
DATIVE_PREPOSITIONS = BARE_PREPOSITIONS - {"für", "um", "durch", "ohne", "gegen", "bis"}
ORDINAL_NOUNS = word_set(
    "Platz Stock Geburtstag Mal Klasse Jahrhundert Jahrtausend Auflage Kapitel Etage Liga Bundesliga Runde Weltkrieg "
    "Lebensjahr Jahrestag Hochzeitstag Tag Woche Monat Jahr Quartal Halbjahr Semester Akt Teil Band Staffel Folge "
    "Stunde Minute Spieltag Halbzeit Satz Generation Etappe Stelle Rang Advent Obergeschoss Untergeschoss OG UG Bezirk "
    "Abschnitt Schritt Versuch Preis Sieger Präsident Kongress Sitzung Ausgabe Reich Republik Jubiläum Internationale "
    "Jahrgang Stufe Grades Grad Person Buch Spiel Tor Gang Kind Sinfonie Symphonie Armee Division Vatikanische"
)
NEUTER = word_set(
    "Kapitel Mal Jahr Jahrhundert Jahrtausend Semester Quartal Halbjahr Spiel Tor Obergeschoss Untergeschoss OG UG "
    "Stockwerk Buch Bild Kind Gebot Reich Lebensjahr Schuljahr Drittel Viertel Album Treffen Konzil Kilo Pfund Prozent "
    "Haus Auto Zimmer Bier Glas Stück Mädchen Land Foto Video Konto Team Problem Ei Brot Wort Beispiel Geschenk "
    "Jubiläum"
)
FEMININE = word_set(
    "Staffel Frau Person Million Milliarde Nacht Stadt Uhr Hand Wand Nummer Mutter Schwester Tochter Firma Symphonie "
    "Antwort Arbeit Zeit Zahl Art Form Bank Hälfte Mark Lira Rupie Zigarette Gabel Regel Insel Schachtel Tafel"
)
MASCULINE_E = word_set("Name Kunde Kollege Junge Gedanke Buchstabe Käse See Experte Zeuge Affe Löwe Hase Euro Däne")
FEMININE_ENDINGS = ("e", "ung", "heit", "keit", "schaft", "ion", "tät", "ik", "a", "ei", "ur", "enz", "anz", "in")
MASCULINE_ENDINGS = ("ein", "tein", "ei")  # of words that the endings above also fit
NUMBERED = word_set(
    "version kapitel abschnitt punkt ziffer teil abb abbildung tabelle nr nummer seite aufgabe übung python windows "
    "ios android"
)
"""Words before a number with points that is no date."""
SENTENCE_OPENERS = (
    "Der Die Das Den Dem Des Ein Eine Einen Einem Einer Er Sie Es Wir Ihr Ich Du Man Und Aber Oder Denn Doch Dann "
    "Danach Da Dort Hier Nun Jetzt So Wenn Als Weil Ob Wer Was Wie Wo Warum Wann Am Im In An Auf Aus Bei Mit Nach Von "
    "Vor Zu Zum Zur Für Über Unter Um Ab Bis Seit Nein Ja Diese Dieser Dieses Mein Meine Sein Seine Ihre Unser Unsere "
    "Kein Keine Auch Noch Nur Schon Sehr Heute Morgen Gestern Später Zuerst Zuletzt Schließlich Trotzdem Deshalb Daher "
    "Außerdem Dabei Dazu Damit Dafür Alle Alles Viele Einige Jeder Jede Jedes Bitte Danke Ist Sind War Waren Hat Haben "
    "Kann Können Weiter Beim Vom"
)
INITIALS = "ISBN ISSN IBAN ADAC NABU UDSSR USA EU ARD AOK IHK UN EZB EKG AG KI EDV AKW ICE IC OP IP ID URL ETF ABS EVP"
WORDS_OF_CAPITALS = (
    "UNO PIN TAN ICH DU ER SIE ES WIR IHR UND ODER DER DIE DAS DEN DEM IST IN AN AUF ZU AM IM JA SO DA WO WAS WER WIE "
    "NUR NIE NEU ALT GUT TAG NEIN BIS VOR VON MIT FÜR AUS BEI WEG TÜV ÖL EIS MUT HUT ROT BLAU OB UM AB UNS"
)
BEFORE_YEAR = word_set(
    "im in jahr jahre jahres jahren seit ab von bis vor nach um anno sommer winter herbst frühling frühjahr januar "
    "februar märz april mai juni juli august september oktober november dezember und anfang mitte ende stand © wm em"
)
