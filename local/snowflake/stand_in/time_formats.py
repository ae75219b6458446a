"""Decides how Snowflake's formats of dates and times are said to DuckDB's strftime."""

import re

from .errors import unsupported

# Where the fraction of a second goes, which the macro `_formatted` fills in.
FRACTION = "|"

# The longest first: each is taken as far as it goes.
ELEMENTS = {
    "YYYY": "%Y",
    "HH24": "%H",
    "HH12": "%I",
    "MMMM": "%B",
    "MON": "%b",
    "TZH:TZM": "+00:00",
    "TZHTZM": "+0000",
    "TZH": "+00",
    "TZM": "00",
    "FF9": FRACTION,
    "FF6": FRACTION,
    "FF3": FRACTION,
    "FF": FRACTION,
    "YY": "%y",
    "MM": "%m",
    "DD": "%d",
    "DY": "%a",
    "MI": "%M",
    "SS": "%S",
    "AM": "%p",
    "PM": "%p",
}
TOKEN = re.compile(r'"([^"]*)"|(' + "|".join(ELEMENTS) + r")|([^A-Z\"])|([A-Z])", re.IGNORECASE)


def strftime_format(snowflake: str) -> tuple[str, int]:
    """The format for a time in UTC (its offset is a constant), and how many digits the fraction has."""
    parts, digits = [], 0
    for quoted, element, separator, letter in TOKEN.findall(snowflake):
        # T between date and time needs no quotes.
        if letter and letter.upper() not in ("T", "Z"):
            raise unsupported(f"TO_VARCHAR format {snowflake}")
        if element.upper().startswith("FF"):
            digits = int(element[2:] or 9)
        parts.append(ELEMENTS[element.upper()] if element else (quoted or separator or letter).replace("%", "%%"))
    return "".join(parts), digits
