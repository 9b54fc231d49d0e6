"""Short names of delivery areas by their Energy Identification Code (EIC, published by ENTSO-E)."""

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


def area_name(eic: str) -> str:
    """Return the short name of an area; its code if it has none here."""
    return AREAS.get(eic, eic)


def area_words(eic: str) -> str:
    """Return the short name with the code in brackets; the code if the area has no short name here."""
    return f"{AREAS[eic]} ({eic})" if eic in AREAS else eic
