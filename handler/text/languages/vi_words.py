"""Vietnamese units and abbreviations."""

from __future__ import annotations

UNITS = {
    "mm": "mi li mét", "cm": "xăng ti mét", "dm": "đề xi mét", "m": "mét", "km": "ki lô mét", "nm": "na nô mét",
    "µm": "mi crô mét", "mg": "mi li gam", "g": "gam", "kg": "ki lô gam", "ml": "mi li lít", "cl": "xăng ti lít",
    "l": "lít", "m2": "mét vuông", "m^2": "mét vuông", "km2": "ki lô mét vuông", "km^2": "ki lô mét vuông",
    "cm2": "xăng ti mét vuông", "cm^2": "xăng ti mét vuông", "m3": "mét khối", "m^3": "mét khối",
    "cm3": "xăng ti mét khối", "cm^3": "xăng ti mét khối", "ha": "héc ta", "h": "giờ", "s": "giây", "ms": "mi li giây",
    "min": "phút", "hz": "hẹc", "khz": "ki lô hẹc", "mhz": "mê ga hẹc", "ghz": "gi ga hẹc", "w": "oát",
    "kw": "ki lô oát", "mw": "mê ga oát", "gw": "gi ga oát", "tw": "tê ra oát", "kwh": "ki lô oát giờ", "v": "vôn",
    "kv": "ki lô vôn", "ma": "mi li am pe", "mah": "mi li am pe giờ", "b": "bai", "kb": "ki lô bai", "mb": "mê ga bai",
    "gb": "gi ga bai", "tb": "tê ra bai", "pb": "pê ta bai", "kbps": "ki lô bít trên giây",
    "mbps": "mê ga bít trên giây",
    "gbps": "gi ga bít trên giây", "°c": "độ C", "°f": "độ F", "°": "độ", "pa": "pát can", "kpa": "ki lô pát can",
    "cal": "ca lo", "kcal": "ki lô ca lo", "j": "jun", "kj": "ki lô jun", "n": "niu tơn", "px": "pích xen",
    "hp": "mã lực", "ft": "phút", "in": "inh", "yd": "ya", "mi": "dặm", "lb": "pao", "oz": "ao xơ",
    "km/h": "ki lô mét trên giờ", "m/s": "mét trên giây", "lx": "lux", "ohm": "ôm", "Ω": "ôm", "t": "tấn",
}  # fmt: skip
"""Units in small letters; people write them in any case."""

ABBREVIATIONS = {
    "TP": "thành phố", "Tp": "thành phố", "TX": "thị xã", "TT": "thị trấn", "Q": "quận",
    "GS": "giáo sư",
    "PGS": "phó giáo sư", "TS": "tiến sĩ", "ThS": "thạc sĩ", "BS": "bác sĩ", "KS": "kỹ sư", "LS": "luật sư",
    "ĐH": "đại học", "CĐ": "cao đẳng", "THPT": "trung học phổ thông", "THCS": "trung học cơ sở",
    "UBND": "ủy ban nhân dân", "HĐND": "hội đồng nhân dân", "CLB": "câu lạc bộ", "KH": "khoa học", "VN": "Việt Nam",
    "HN": "Hà Nội", "SG": "Sài Gòn", "ĐT": "điện thoại", "SĐT": "số điện thoại", "ĐTDĐ": "điện thoại di động",
    "CSGT": "cảnh sát giao thông", "BHYT": "bảo hiểm y tế", "BHXH": "bảo hiểm xã hội", "TNHH": "trách nhiệm hữu hạn",
    "NXB": "nhà xuất bản", "v.v": "vân vân", "vv": "vân vân", "vd": "ví dụ", "VD": "ví dụ",
}  # fmt: skip
"""Written without the full stop that may follow."""
WITH_STOP = frozenset(("Q", "TT", "KH", "TX", "TS", "BS", "GS", "LS", "KS", "vd", "vv"))
"""Those that are abbreviations only with their full stop."""
