"""Words of Spanish: currencies, units, abbreviations, and lists that decide about the gender of numbers."""

from handler.text.cldr import Noun
from handler.text.languages.romance import currencies

CURRENCIES = currencies(
    "USD dólar dólares, EUR euro euros, GBP libra libras, JPY yen yenes, CNY yuan yuanes, INR rupia rupias, KRW won "
    "wones, RUB rublo rublos, BRL real reales, CHF franco_suizo francos_suizos, TRY lira_turca liras_turcas, PAB "
    "balboa balboas, NIO córdoba córdobas, GTQ quetzal quetzales, HNL lempira lempiras, PYG guaraní guaraníes, PEN sol "
    "soles, VES bolívar bolívares, CRC colón colones, SVC colón colones, UAH grivna grivnas, SEK corona_sueca "
    "coronas_suecas, HKD dólar_de_Hong_Kong dólares_de_Hong_Kong, ESP peseta pesetas, DEM marco marcos, ILS séquel "
    "séqueles, PLN esloti eslotis, NGN naira nairas, VND dong dongs, HUF forinto forintos, franc franco francos, krona "
    "corona coronas, rupee rupia rupias, local_peso peso pesos"
)
CURRENCY_SIGNS = {
    "kr": "krona", "fr": "franc", "Fr": "franc", "rs": "rupee", "Rs": "rupee", "ptas": "ESP", "pta": "ESP",
    "pts": "ESP", "mk": "DEM", "MEX$": "MXN", "Mex$": "MXN", "mex$": "MXN", "r$": "BRL", "RD$": "DOP", "S/": "PEN",
    "Bs": "VES", "bs": "VES", "Q": "GTQ", "L": "HNL", "B/.": "PAB", "C$": "NIO", "u$s": "USD", "U$S": "USD",
}  # fmt: skip
CENTS = {
    **dict.fromkeys(("USD", "MXN", "ARS", "CLP", "COP", "BRL", "UYU", "CAD", "AUD",
    "local_peso"), Noun("centavos", one="centavo")),
    **dict.fromkeys(("PAB", "GTQ", "HNL", "NIO", "DOP", "BOB", "HKD", "NZD", "SGD"), Noun("centavos", one="centavo")),
    **dict.fromkeys(("EUR", "PEN", "VES", "CRC", "CHF", "ESP"), Noun("céntimos", one="céntimo")),
    "GBP": Noun("peniques", one="penique"),
    "RUB": Noun("kopeks", one="kopek"),
}  # fmt: skip
SCALES = {
    "millones": Noun("millones", one="millón"),
    "millón": Noun("millones", one="millón"),
    "millon": Noun("millones", one="millón"),
    "mill": Noun("millones", one="millón"),
    "mills": Noun("millones", one="millón"),
    "mln": Noun("millones", one="millón"),
    "M": Noun("millones", one="millón"),
    "MM": Noun("millones", one="millón"),
    "billones": Noun("billones", one="billón"),
    "billón": Noun("billones", one="billón"),
    "trillones": Noun("trillones", one="trillón"),
    "mil": Noun("mil"),
    "k": Noun("mil"),
    "K": Noun("mil"),
}
_DEGREES = Noun("grados centígrados", one="grado centígrado")
UNITS = {
    **dict.fromkeys(("cts", "cts.", "cént."), Noun("céntimos", one="céntimo")),
    "x": Noun("veces", one="vez", gender="f"),
    "º": Noun("grados", one="grado"),
    **dict.fromkeys(("°C", "° C", "°c", "° c", "ºC", "º C"), _DEGREES),
    **dict.fromkeys(("° F", "°f", "° f", "ºF"), Noun("grados Fahrenheit", one="grado Fahrenheit")),
    **dict.fromkeys(("°K", "° K", "°k", "° k"), Noun("grados kelvin", one="grado kelvin")),
    "MB": Noun("megabytes", one="megabyte"),
    "d": Noun("días", one="día"),
    **dict.fromkeys(("h", "hs", "hrs"), Noun("horas", one="hora")),
    **dict.fromkeys(("seg", "segs"), Noun("segundos", one="segundo")),
    **dict.fromkeys(("mins", "min"), Noun("minutos", one="minuto")),
    **dict.fromkeys(("Kg", "kgs", "KG"), Noun("kilogramos", one="kilogramo")),
    **dict.fromkeys(("Km", "KM", "kms"), Noun("kilómetros", one="kilómetro")),
    **dict.fromkeys(("Km/h", "KM/H", "kmph"), Noun("kilómetros por hora", one="kilómetro por hora")),
    **dict.fromkeys(("lt", "lts"), Noun("litros", one="litro")),
    **dict.fromkeys(("mts", "mt"), Noun("metros", one="metro")),
    **dict.fromkeys(("gr", "grs"), Noun("gramos", one="gramo")),
    "CV": Noun("caballos", one="caballo"),
    "dB": Noun("decibelios", one="decibelio"),
    "ppm": Noun("partes por millón", one="parte por millón"),
    "psi": Noun("p s i"),
    "rpm": Noun("revoluciones por minuto", one="revolución por minuto"),
    "Mbps": Noun("megabits por segundo", one="megabit por segundo"),
    "Gbps": Noun("gigabits por segundo", one="gigabit por segundo"),
    "mpg": Noun("millas por galón", one="milla por galón"),
    "pulg": Noun("pulgadas", one="pulgada"),
    "pág": Noun("páginas", one="página"),
}
UNITS |= {f"{unit}.": UNITS[unit] for unit in ("min", "seg", "hrs", "hs")}
SIGNS = {
    "x": "por",
    "+": "más", "−": "menos", "-": "guion", "=": "es igual a", "×": "por", "÷": "entre", "*": "por", "±": "más menos",
    "<": "menor que", ">": "mayor que", "≤": "menor o igual que", "≥": "mayor o igual que", "≠": "distinto de",
    "≈": "aproximadamente", "~": "aproximadamente", "√": "raíz cuadrada de", "∞": "infinito", "&": "y", "#": "número",
    "№": "número", "/": "barra", "_": "guion bajo", "^": "acento circunflejo", ".": "punto", ":": "dos puntos",
    "?": "signo de interrogación", "!": "signo de exclamación", "%": "por ciento", "§": "sección", "°": "grados",
    "→": "flecha", "←": "flecha", "$": "dólares", "€": "euros", "|": "barra vertical", ",": "coma",
}  # fmt: skip
TITLES = {
    "Sr": "señor", "Sra": "señora", "Srta": "señorita", "Sres": "señores", "Sras": "señoras", "Dr": "doctor",
    "Dra": "doctora", "Dres": "doctores", "Dña": "doña", "D.ª": "doña", "Prof": "profesor", "Profa": "profesora",
    "Ing": "ingeniero",
    "Lic": "licenciado", "Arq": "arquitecto", "Gral": "general", "Cnel": "coronel", "Tte": "teniente",
    "Mons": "monseñor", "Sto": "santo", "Sta": "santa", "Hno": "hermano", "Hna": "hermana",
    "Excmo": "excelentísimo", "Excma": "excelentísima", "Ilmo": "ilustrísimo", "Av": "avenida", "Avda": "avenida",
    "Ctra": "carretera", "Pza": "plaza", "Plza": "plaza", "Pº": "paseo", "C.º": "camino", "Urb": "urbanización",
    "Mª": "María", "M.ª": "María", "Univ": "universidad", "Dpto": "departamento", "Depto": "departamento",
    "Admón": "administración", "Edif": "edificio", "Cdad": "ciudad", "Prov": "provincia",
}  # fmt: skip
OTHERS = {
    "EE. UU": "Estados Unidos", "EE.UU": "Estados Unidos", "EUA": "Estados Unidos", "p. ej": "por ejemplo",
    "p.ej": "por ejemplo",
    "tel": "teléfono", "tlf": "teléfono", "etc": "etcétera", "aprox": "aproximadamente", "a. C": "antes de Cristo",
    "a. de C": "antes de Cristo",
    "d. C": "después de Cristo", "d. de C": "después de Cristo", "a. e. c": "antes de la era común",
    "e. c": "era común", "Cía": "compañía", "S. A": "S A", "S. L": "S L", "Ud": "usted", "Uds": "ustedes",
    "Vd": "usted",
    "Vds": "ustedes", "c. c": "centímetros cúbicos", "q. e. p. d": "que en paz descanse", "P. D": "posdata",
    "JJ. OO": "Juegos Olímpicos", "RR. HH": "recursos humanos", "FF. AA": "Fuerzas Armadas",
    "CC. OO": "Comisiones Obreras",
    "DD. HH": "derechos humanos", "máx": "máximo", "mín": "mínimo", "izda": "izquierda", "dcha": "derecha",
    "izq": "izquierda", "der": "derecha", "ej": "ejemplo", "ss": "siguientes", "cf": "compárese", "vs": "versus",
    "S. M": "su majestad", "N. B": "nota bene", "i. e": "es decir", "C.º b": "camino bajo",
}  # fmt: skip
BEFORE_NUMBER = {
    "p": "página", "pp": "páginas", "arts": "artículos",
    "n.º": "número", "nº": "número", "n°": "número", "núm": "número", "nro": "número", "pág": "página",
    "págs": "páginas", "tel": "teléfono", "tfno": "teléfono", "cap": "capítulo", "art": "artículo", "vol": "volumen",
    "fig": "figura", "s/n": "sin número", "ed": "edición", "lun": "lunes", "mart": "martes", "miér": "miércoles",
    "mié": "miércoles", "juev": "jueves", "jue": "jueves", "vier": "viernes", "vie": "viernes", "sáb": "sábado",
    "dom": "domingo",
    "c/": "calle", "ref": "referencia", "inc": "inciso", "párr": "párrafo", "apdo": "apartado",
}  # fmt: skip
SLASHED = {
    "C.º b.": "camino bajo",
    "c.º b.": "camino bajo",
    "c/u": "cada uno",
    "s/n": "sin número",
    "a/c": "a cargo",
    "c/": "calle",
    "24/7": "veinticuatro siete",
}
NO_NOUNS = (
    "a al ante bajo con contra de del desde durante e el en entre es está están fue fueron ha han hasta hay la las le "
    "lo los más menos muy ni no o para pero por porque pues que se ser si sin sino sobre son su sus también tras u un "
    "una unas unos y ya entonces después antes además es era eran cuando donde como mientras tiene tienen según "
    "mil millones millón billones billón por este estas estos esas esos ante ellos ellas nosotros vosotros tres dos "
    "seis sería será puede pueden siempre nunca apenas aunque"
)
NUMBERED = (
    "capítulo página número artículo nivel grupo tipo canal fase paso versión tema parte volumen tomo sección línea "
    "fila puerta piso habitación sala mesa vuelo vía ruta pista opción pregunta ejercicio lección unidad día episodio "
    "temporada jugador equipo el del al los las la"
)
MASCULINE = (
    "días día mapas mapa problemas problema programas programa sistemas sistema temas tema idiomas idioma poemas "
    "planetas planeta dramas climas diplomas dilemas esquemas fantasmas panoramas síntomas teoremas tranvías "
    "turistas artistas periodistas deportistas atletas especialistas futbolistas ciclistas pilotos kilogramas "
    "gramas balboa córdoba lempira balboas córdobas lempiras sofás papás karmas cometas_celestes colegas"
)
FEMININE = (
    "isabel mujeres veces noches tardes clases partes calles llaves naves redes paredes manos flores imágenes "
    "órdenes fases bases frases leyes señales sales mujer vez noche tarde clase parte calle llave mano flor imagen "
    "ciudades universidades unidades actividades oportunidades edades velocidades habitaciones canciones opciones "
    "acciones naciones estaciones lecciones versiones sesiones reuniones funciones posiciones razones ciudad unidad "
    "actividad oportunidad habitación canción opción acción nación estación lección versión sesión reunión revolución "
    "razón persona personas"
)
REGNAL = (
    "Felipe Carlos Fernando Isabel Alfonso Juan Pablo Pío Benedicto Luis Enrique Jorge Eduardo Ricardo Jaime Pedro "
    "Sancho Ramiro Alejandro León Gregorio Inocencio Clemente Urbano Francisco Guillermo Federico Nicolás Napoleón "
    "Catalina María Ana Víctor Manuel Amadeo José Leopoldo Alberto Balduino Ramsés Tutmosis Luisa Cristina"
)
INITIALS = (
    "ADN ARN CEO DNI DVD FBI CIA GPS IA IBAN ISBN NBA ONG PC PIB PP PSOE QR SMS TDT TV UE URL USB VIP WC ID IP HD "
    "AM FM UVA"
)
"""Words of capitals that are spelled."""
WORDS_OF_CAPITALS = (
    "A AH AL AMA ANO ASÍ AUN AÚN CON DA DAR DE DEL DI DOS DÍA EL ELLA EN ERA ES ESA ESE ESO ETA FE FIN FUE GAS HA "
    "HAN HAY HE HOY IBA IR IRA IVA JA JAJA LA LAS LE LES LO LOS LUZ MAL MAR MÁS ME MES MI MÍ MIL MIS MUY NI NO "
    "NOS O OH OJO ONU OS PAN PAR PAZ POR PUES QUE QUÉ REY RIN SAL SE SÉ SEA SER SI SÍ SIN SOL SOY SU SUS SUR TAL "
    "TAN TE TEN TÚ TU TUS UN UNA UNO VA VAN VAS VE VEN VER VES VEZ VI VIA VÍA VOY VOZ Y YA YO OTAN UCI OVNI SIDA "
    "TIC RAE"
)
"""Words of two or three capitals that are not spelled."""
