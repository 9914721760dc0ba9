"""Italian."""

from handler.text.languages.base import Language
from handler.text.numbers import NumberStyle

ITALIAN = Language(
    NumberStyle("it", decimal_comma=True, point="virgola"),
    percent="per cento",
    conjunctions="e o ma perché oppure",
    joining_words="e ed o ma però perché anche mentre se quando dove che chi come",
    leading_words="a ad al alla con contro da dal dalla di del della dei in nel nella per su sul sulla tra fra senza",
    bound_words="un uno una il lo la i gli le mio mia tuo tua suo sua nostro nostra questo questa non molto lui lei "
    "noi è sono era ha hanno si",
    subject_words="io tu",
    proof_sentences=(
        "La mattina il sole scalda il vecchio ponte di pietra, e i bambini vanno a scuola a piedi.",
        "Sai perché il mare sembra verde certi giorni e azzurro altri?",
        "Grazie per l'ascolto; il prossimo treno per la città parte fra quindici minuti.",
    ),
)
