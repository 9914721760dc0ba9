"""Languages of which little is known, in a row each. A language with more facts has its own file."""

from handler.text.cldr import Noun
from handler.text.languages.base import Language
from handler.text.numbers import NumberStyle

_COMMA_LATIN = "az eo eu gl is lt lv sl sq uz"
_COMMA_OTHER_SCRIPT = "be hy ka kk mk sr tg"
_OTHER_SCRIPT = "ab am as ba bn bo cv dz fa gu he km kn ky lo ml mn mr my ne or pa ps sa si te ti tt ug yi"


# fmt: off
OTHERS = (
    Language(NumberStyle("el", decimal_comma=True, point="κόμμα", minus="μείον",
                         digits="μηδέν ένα δύο τρία τέσσερα πέντε έξι επτά οκτώ εννέα"),
             percent="τοις εκατό", latin=False, prosody_marks={";": "?"},
             currencies={"USD": Noun("δολάρια"), "EUR": Noun("ευρώ"), "GBP": Noun("λίρες"), "JPY": Noun("γιεν")}),
    Language(NumberStyle("et", decimal_comma=True, digits="null üks kaks kolm neli viis kuus seitse kaheksa üheksa")),
    Language(NumberStyle("ms", digits="sifar satu dua tiga empat lima enam tujuh lapan sembilan")),
    Language(NumberStyle("sw", digits="sifuri moja mbili tatu nne tano sita saba nane tisa")),
    Language(NumberStyle("ta", digits="பூஜ்யம் ஒன்று இரண்டு மூன்று நான்கு ஐந்து ஆறு ஏழு எட்டு ஒன்பது"), latin=False),
    Language(NumberStyle("ur", digits="صفر ایک دو تین چار پانچ چھ سات آٹھ نو"), latin=False),
    *(Language(NumberStyle(code, decimal_comma=True)) for code in _COMMA_LATIN.split()),
    *(Language(NumberStyle(code, decimal_comma=True), latin=False) for code in _COMMA_OTHER_SCRIPT.split()),
    *(Language(NumberStyle(code), latin=False) for code in _OTHER_SCRIPT.split()),
)
