"""Energy Identification Codes (EIC) of delivery areas: the known ones with their short names, and the check of a code.

The codes are published by ENTSO-E. Its EIC reference manual has the rule of the check character.
"""

from difflib import get_close_matches

AREAS = {
    "10YDE-RWENET---I": "AMP",
    "10YDE-VE-------2": "50H",
    "10YDE-EON------1": "TTG",
    "10YDE-ENBW-----N": "TNG",
    "10YAT-APG------L": "AT",
    "10YFR-RTE------C": "FR",
    "10YBE----------2": "BE",
    "10YNL----------L": "NL",
    "10YCH-SWISSGRIDZ": "CH",
    "10YPL-AREA-----S": "PL",
    "10YCZ-CEPS-----N": "CZ",
    "10YSK-SEPS-----K": "SK",
    "10YHU-MAVIR----U": "HU",
    "10YSI-ELES-----O": "SI",
    "10YHR-HEP------M": "HR",
    "10YRO-TEL------P": "RO",
    "10YCA-BULGARIA-R": "BG",
    "10YCS-SERBIATSOV": "RS",
    "10YGR-HTSO-----Y": "GR",
    "10YES-REE------0": "ES",
    "10YPT-REN------W": "PT",
    "10YDK-1--------W": "DK1",
    "10YDK-2--------M": "DK2",
    "10YNO-1--------2": "NO1",
    "10YNO-2--------T": "NO2",
    "10YNO-3--------J": "NO3",
    "10YNO-4--------9": "NO4",
    "10Y1001A1001A48H": "NO5",
    "10Y1001A1001A44P": "SE1",
    "10Y1001A1001A45N": "SE2",
    "10Y1001A1001A46L": "SE3",
    "10Y1001A1001A47J": "SE4",
    "10YFI-1--------U": "FI",
    "10Y1001A1001A39I": "EE",
    "10YLV-1001A00074": "LV",
    "10YLT-1001A0008Q": "LT",
    "10Y1001A1001A59C": "SEM",
    "10YGB----------A": "GB",
}
"""Short names by code."""

_BY_NAME = {name: eic for eic, name in AREAS.items()}
_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
_LENGTH = 16


def area_code(text: str) -> str:
    """Return the code for a short name in upper or lower case; any other text as it is."""
    return _BY_NAME.get(text.upper(), text)


def code_problem(text: str) -> str:
    """Return why a text is not the code of an area, with the nearest known code; an empty text if it can be one."""
    reason = _reason(text)
    near = _nearest(text) if reason else ""
    return f"{reason}; did you mean {AREAS[near]} ({near})?" if near else reason


def _reason(text: str) -> str:
    if len(text) < _LENGTH / 2:
        return "is not the short name of a known area"
    if len(text) != _LENGTH:
        return f"has {len(text)} characters, an EIC has {_LENGTH}"
    if text.isascii() and set(text.upper()) <= set(_CHARACTERS) and text != text.upper():
        return "is not in upper case"
    if not set(text) <= set(_CHARACTERS):
        return "has a character that is not A to Z, 0 to 9 or -"
    if text[-1] != _check_character(text[:-1]):
        return "has a wrong check character, so a character is mistyped"
    return ""


def _nearest(text: str) -> str:
    """The known code that is most like the text, or whose short name is; an empty text if none is."""
    [near] = get_close_matches(text.upper(), [*AREAS, *_BY_NAME], n=1) or [""]
    return area_code(near)


def _check_character(first_15: str) -> str:
    """The last character of a code: characters are numbered 0 to 36 and weighted 16 to 2, modulo 37."""
    total = sum(_CHARACTERS.index(each) * weight for each, weight in zip(first_15, range(16, 1, -1), strict=True))
    return _CHARACTERS[36 - (total - 1) % 37]
