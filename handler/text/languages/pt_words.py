"""Words of Portuguese: currencies, units, abbreviations, and lists that decide about the gender of numbers."""

from handler.text.cldr import Noun
from handler.text.languages.romance import currencies

CURRENCIES = currencies(
    "USD dólar dólares, EUR euro euros, GBP libra libras, JPY iene ienes, CNY yuan yuans, INR rupia rupias, "
    "KRW won wons, RUB rublo rublos, BRL real reais, CHF franco_suíço francos_suíços, TRY lira_turca liras_turcas, "
    "AOA kwanza kwanzas, MZN metical meticais, CVE escudo escudos, PTE escudo escudos, UAH grívnia grívnias, "
    "SEK coroa_sueca coroas_suecas, PLN zloti zlotis, local_peso peso pesos, krona coroa coroas, rupee rupia rupias, "
    "franc franco francos"
)
CURRENCY_SIGNS = {"r$": "BRL", "Rs": "rupee", "kr": "krona", "fr": "franc", "Kz": "AOA", "MT": "MZN", "MTn": "MZN"}
CENTS = {
    **dict.fromkeys(
        ("BRL", "USD", "EUR", "CAD", "AUD", "MXN", "ARS", "MZN", "CVE", "HKD", "SGD", "NZD"),
        Noun("centavos", one="centavo"),
    ),
    "CHF": Noun("cêntimos", one="cêntimo"),
    "GBP": Noun("pence", one="penny"),
    "RUB": Noun("copeques", one="copeque"),
    "AOA": Noun("cêntimos", one="cêntimo"),
}
SCALES = {
    # "1,2 milhões" stays as it is written.
    **{name: Noun(name) for name in ("milhões", "bilhões", "biliões", "trilhões")},
    **dict.fromkeys(("milhão", "mi", "mln", "M", "MM"), Noun("milhões", one="milhão")),
    **dict.fromkeys(("bilhão", "bi"), Noun("bilhões", one="bilhão")),
    **dict.fromkeys(("trilhão", "tri"), Noun("trilhões", one="trilhão")),
    "bilião": Noun("biliões", one="bilião"),
    **dict.fromkeys(("mil", "k", "K"), Noun("mil")),
}
UNITS = {
    "x": Noun("vezes", one="vez", gender="f"),
    "º": Noun("graus", one="grau"),
    **dict.fromkeys(("°C", "° C", "°c", "° c", "ºC", "º C"), Noun("graus Celsius", one="grau Celsius")),
    **dict.fromkeys(("° F", "°f", "° f", "ºF"), Noun("graus Fahrenheit", one="grau Fahrenheit")),
    **dict.fromkeys(("°K", "° K", "° k"), Noun("kelvins", one="kelvin")),
    "d": Noun("dias", one="dia"),
    **dict.fromkeys(("h", "hs", "hrs"), Noun("horas", one="hora")),
    **dict.fromkeys(("seg", "segs"), Noun("segundos", one="segundo")),
    **dict.fromkeys(("mins", "min"), Noun("minutos", one="minuto")),
    **dict.fromkeys(("Kg", "kgs", "KG"), Noun("quilogramas", one="quilograma")),
    **dict.fromkeys(("Km", "KM", "kms"), Noun("quilômetros", one="quilômetro")),
    **dict.fromkeys(("Km/h", "KM/H"), Noun("quilômetros por hora", one="quilômetro por hora")),
    **dict.fromkeys(("lt", "lts"), Noun("litros", one="litro")),
    "gr": Noun("gramas", one="grama"),
    **dict.fromkeys(("cv", "CV"), Noun("cavalos", one="cavalo")),
    "mi": Noun("milhões", one="milhão"),
    "dB": Noun("decibéis", one="decibel"),
    "ppm": Noun("partes por milhão", one="parte por milhão"),
    "psi": Noun("p s i"),
    "rpm": Noun("rotações por minuto", one="rotação por minuto"),
    "Mbps": Noun("megabits por segundo", one="megabit por segundo"),
    "Gbps": Noun("gigabits por segundo", one="gigabit por segundo"),
}
UNITS |= {f"{unit}.": UNITS[unit] for unit in ("min", "seg", "hrs")}
PARTS = {2: "meio", 3: "terço", 100: "centésimo", 1000: "milésimo"}
SIGNS = {
    "x": "por",
    "+": "mais", "−": "menos", "-": "hífen", "=": "é igual a", "×": "vezes", "÷": "dividido por", "*": "vezes",
    "±": "mais ou menos", "<": "menor que", ">": "maior que", "≤": "menor ou igual a", "≥": "maior ou igual a",
    "≠": "diferente de", "≈": "aproximadamente", "~": "aproximadamente", "√": "raiz quadrada de", "∞": "infinito",
    "&": "e", "#": "número", "№": "número", "/": "barra", "_": "sublinhado", "^": "acento circunflexo", ".": "ponto",
    ":": "dois pontos", "?": "ponto de interrogação", "!": "ponto de exclamação", "%": "por cento", "§": "parágrafo",
    "°": "graus", "→": "seta", "←": "seta", "$": "dólares", "€": "euros", "|": "barra vertical", ",": "vírgula",
}  # fmt: skip
TITLES = {
    "séc": "século",
    "Sr": "senhor", "Sra": "senhora", "Srta": "senhorita", "Srs": "senhores", "Dr": "doutor", "Dra": "doutora",
    "Prof": "professor", "Profa": "professora", "Prof.ª": "professora", "Eng": "engenheiro", "Exmo": "excelentíssimo",
    "Exma": "excelentíssima", "Av": "avenida", "Pe": "padre", "Sto": "santo", "Sta": "santa", "Gen": "general",
    "Cel": "coronel", "Cap": "capitão", "Ten": "tenente", "Pça": "praça", "Pca": "praça", "Trav": "travessa",
    "Rod": "rodovia", "Estr": "estrada", "Jd": "jardim", "Univ": "universidade", "Depto": "departamento",
    "Dep": "deputado", "Sen": "senador", "Gov": "governador", "Pres": "presidente", "V. Ex.ª": "vossa excelência",
}  # fmt: skip
OTHERS = {
    "tel": "telefone", "etc": "etcétera", "p. ex": "por exemplo", "ex": "exemplo", "a. C": "antes de Cristo",
    "d. C": "depois de Cristo",
    "E. U. A": "Estados Unidos", "EE. UU": "Estados Unidos", "Cia": "companhia", "Ltda": "limitada", "S. A": "S A",
    "aprox": "aproximadamente", "máx": "máximo", "mín": "mínimo", "obs": "observação", "P. S": "pós-escrito",
    "i. e": "isto é", "cf": "confira", "jan": "janeiro", "fev": "fevereiro", "vs": "versus",
}  # fmt: skip
BEFORE_NUMBER = {
    "n.º": "número", "nº": "número", "n°": "número", "núm": "número", "pág": "página", "págs": "páginas",
    "p": "página", "tel": "telefone", "cap": "capítulo", "art": "artigo", "vol": "volume", "fig": "figura",
    "apto": "apartamento", "ap": "apartamento", "ref": "referência", "ed": "edição", "inc": "inciso",
    "km": "quilômetro", "seg.": "segunda", "ter.": "terça", "qua.": "quarta", "qui.": "quinta", "sex.": "sexta",
    "sáb.": "sábado", "dom.": "domingo",
}  # fmt: skip
SLASHED = {"c/": "com", "s/": "sem", "p/": "para", "s/n": "sem número", "24/7": "vinte e quatro por sete"}
NO_NOUNS = (
    "a à ao aos às as até com como contra da das de desde do dos durante e é em entre era eram está estão foi foram "
    "mais menos muito na nas não nem no nos o os ou para pela pelas pelo pelos pois por porque quando que se sem ser "
    "seu sua seus suas são sob sobre também tem têm um uma umas uns já então depois antes além mil milhões milhão "
    "bilhões bilhão trilhões onde mas cada este esta estes estas esses essas eles elas nós três seis duas dois "
    "pode podem será seria sempre nunca apenas embora enquanto"
)
NUMBERED = (
    "capítulo página número artigo nível grupo tipo canal fase passo versão tema parte volume tomo seção secção linha "
    "fila porta andar quarto sala mesa voo via rota pista opção pergunta exercício lição unidade dia episódio "
    "temporada jogador time equipe o a os as do da no na ao"
)
MASCULINE = (
    "dias dia mapas mapa problemas problema programas programa sistemas sistema temas tema idiomas idioma poemas "
    "planetas planeta climas diplomas dilemas esquemas fantasmas panoramas sintomas teoremas turistas artistas "
    "jornalistas esportistas atletas especialistas ciclistas gramas grama quilogramas quilograma miligramas miligrama "
    "microgramas quilos papas reais quilowatts kwanza kwanzas colegas cinemas"
)
FEMININE = (
    "isabel mulheres mulher vezes vez noites noite tardes tarde partes parte chaves chave redes rede paredes mãos mão "
    "flores flor ordens ordem fases fase bases base frases frase leis lei rotação cidades cores cor pessoas unidades "
    "libra lições razões milhas"
)
REGNAL = (
    "Filipe Carlos Fernando Isabel Afonso João Paulo Pio Bento Luís Henrique Jorge Eduardo Ricardo Pedro Sancho Dinis "
    "Duarte Manuel Sebastião José Miguel Maria Alexandre Leão Gregório Clemente Francisco Guilherme Frederico Nicolau "
    "Napoleão Catarina Ana Vítor Leopoldo Alberto Ramsés Elizabeth Isabela"
)
INITIALS = (
    "ADN DNA CEO CPF CNPJ DVD FBI CIA GPS IA IBAN ISBN NBA ONG PC PIB PT QR SMS TV UE URL USB VIP WC ID IP HD AM "
    "FM EUA RJ SP MG"
)
"""Words of capitals that are spelled."""
WORDS_OF_CAPITALS = (
    "A AH AI ALI AMO AO AOS ASA ATÉ AVÔ BEM BOA BOM CÃO CEM COM COR DA DAR DAS DE DEU DEZ DIA DIZ DO DOR DOS DUAS "
    "E É EI EIS ELA ELE EM ERA ERAS ERRO ESSA EU FÉ FAZ FIM FOI GÁS HÁ HOJE IR ISSO JÁ LÁ LEI LER LHE LUA LUZ MAL "
    "MÃE MÃO MAR MAS MÊS MEU MIL MUI NA NAS NEM NO NÓS NOS NÃO O OH OI OLÁ ONU OS OU OVO PAI PAZ PÉ POR PÔR PRA "
    "QUE REI RIO RUA SE SEI SEM SER SEU SIM SÓ SOB SOL SOU SUA TÃO TE TEM TEU TIO TU TUA UM UMA UNS VAI VÃO VEM "
    "VER VEZ VI VIA VOU VOZ OTAN UTI CEP SUS"
)
"""Words of two or three capitals that are not spelled."""
