"""German."""

from handler.text.languages.base import Language
from handler.text.numbers import NumberStyle

GERMAN = Language(
    NumberStyle("de", decimal_comma=True, point="Komma"),
    percent="Prozent",
    conjunctions="und oder aber weil dass denn sondern",
    joining_words="und aber oder denn sondern weil obwohl während wenn falls bis als dass ob wo der die das welche wie",
    leading_words="an auf aus bei bis durch für gegen hinter in im ins mit nach neben ohne seit über um unter von vom "
    "vor zu zum zur zwischen am beim",
    bound_words="ein eine einen einem einer eines den dem des mein meine dein deine sein seine ihr ihre unser unsere "
    "kein keine nicht sehr sie es ist sind war waren hat haben wird werden kann",
    subject_words="ich du er wir",
    proof_sentences=(
        "Am frühen Morgen scheint die Sonne auf die alte Brücke, und am Ufer sitzen schon die ersten Angler.",
        "Weißt du eigentlich, warum der Himmel an manchen Tagen so blau ist?",
        "Vielen Dank fürs Zuhören; der nächste Zug in die Stadt fährt in fünfzehn Minuten.",
    ),
)
