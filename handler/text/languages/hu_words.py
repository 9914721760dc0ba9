"""Tables of Hungarian words."""

from handler.text.characters import word_set

ABBREVIATIONS = {
    "pl.": "például", "stb.": "satöbbi", "kb.": "körülbelül", "ill.": "illetve", "ún.": "úgynevezett",
    "vö.": "vesd össze", "ld.": "lásd", "ti.": "tudniillik", "ua.": "ugyanaz", "dr.": "doktor", "Dr.": "doktor",
    "prof.": "professzor", "ifj.": "ifjabb", "id.": "idősebb", "özv.": "özvegy", "tel.": "telefon", "u.": "utca",
    "krt.": "körút", "ker.": "kerület", "em.": "emelet", "isk.": "iskola", "fn.": "főnév", "mn.": "melléknév",
    "tv.": "törvény", "old.": "oldal", "szerk.": "szerkesztő", "ford.": "fordító", "Kr. e.": "Krisztus előtt",
    "Kr. u.": "Krisztus után", "i. e.": "időszámításunk előtt", "i. sz.": "időszámításunk szerint", "sz.": "század",
    "max.": "maximum", "vm.": "valami", "vki.": "valaki", "gimn.": "gimnázium", "egyet.": "egyetem",
    "közp.": "központ", "okl.": "okleveles", "pf.": "postafiók", "s. k.": "saját kezűleg",
    "bp.": "Budapest", "évf.": "évfolyam", "vármegy.": "vármegye", "stb": "satöbbi", "kb": "körülbelül",
}  # fmt: skip
MAY_END = word_set("stb. u. krt. ker. em. isk. fn. mn. tv. old. sz. tel. pf. s.k. évf. gimn.")
BEFORE_SUFFIX = {"p": "perc", "ó": "óra"}
NUMBERED = word_set("fejezet verzió pont szakasz oldal")
