"""
SQL for a text as a value of a type: the value that the text stands for, whole, or null where the type cannot hold it so. Spark's casts
round, cut, take NaN for a number and pass over what stands beside one; docs/decisions/0028-values-that-a-type-cannot-hold.md has the rules.
"""

from __future__ import annotations

import re
from typing import Callable

NUMBER = "[+-]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)"
EXPONENT = "[eE][+-]?[0-9]+"
# A year of the common era with four digits; a date alone is its midnight.
TIMESTAMP = (
    "(?!0000)[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:[ T][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?:[.]{})?(?:Z|[+-][0-9]{{2}}(?::?[0-9]{{2}})?)?)?"
)
MICROSECONDS, ANY_FRACTION = "[0-9]{1,6}0*", "[0-9]+"
# Double has 53 bits: every decimal of 15 digits comes back from it, none of more than 17.
SHORT_NUMBER = "-?[0-9]{1,9}(?:[.][0-9]{1,6})?"
AT_MOST_17_DIGITS = "[+-]?[0.]*(?:[1-9](?:[.]?[0-9]){0,16})?[0.]*(?:[eE].*)?"
AT_MOST_15_DIGITS = "[+-]?[0.]*(?:[1-9](?:[.]?[0-9]){0,14})?[0.]*(?:[eE].*)?"
ZERO = "[+-]?[0.]+(?:[eE].*)?"


def exact_value(text: str, type_: str, cuts_fractions: bool = False) -> str:
    """
    `text`: SQL of a string, without side effects. `type_`: a scalar type of Silver's, as docs/reference/shapes.md lists them.
    `cuts_fractions`: of a timestamp, digits beyond microseconds are dropped.
    """
    decimal = re.match(r"decimal\((\d+),\s*(\d+)\)$", type_)
    if decimal:
        return _decimal(text, int(decimal.group(1)), int(decimal.group(2)))
    if type_ == "timestamp":
        return _timestamp(text, cuts_fractions)
    return _BY_TYPE[type_](text, type_)


def _matches(text: str, pattern: str) -> str:
    """From its first to its last character: `$` would let a line end follow."""
    return f"{text} RLIKE '(?s)^(?:{pattern})(?!.)'"


def _at(text: str, place: int, allowed: str) -> str:
    """Many times quicker than a pattern. `allowed`: as SQL says it after a value; past the end there is the empty text."""
    return f"substring({text}, {place}, 1) {allowed}"


# In the order of characters: +,-./0123456789.
_SIGN_OR_DIGIT = "BETWEEN '+' AND '9'"
_DIGIT = "BETWEEN '0' AND '9'"
_POINT = "= '.'"
_NO_FRACTION = "IN ('', 'Z', '+', '-')"


def _whole_number(text: str, type_: str) -> str:
    """A cast takes a sign and digits, and blanks around them: what begins and ends without is all number."""
    return f"CASE WHEN {_at(text, 1, _SIGN_OR_DIGIT)} AND {_at(text, -1, _DIGIT)} THEN try_cast({text} AS {type_}) END"


def _boolean(text: str, type_: str) -> str:
    return f"CASE WHEN {text} IN ('true', 't') THEN true WHEN {text} IN ('false', 'f') THEN false END"


def _decimal(text: str, precision: int, scale: int) -> str:
    """
    Spark reads a JSON number with a fraction by way of a double, and writes a large one with an exponent. Two numbers of 15 digits are two
    doubles: where the value gives the double of the text, nothing was rounded.
    """
    value = f"try_cast({text} AS decimal({precision},{scale}))"
    plain = _matches(text, f"[+-]?[0-9]*(?:[.][0-9]{{0,{scale}}}0*)?")
    scientific = f"{_matches(text, NUMBER + EXPONENT)} AND {_matches(text, AT_MOST_15_DIGITS)}"
    same = f"CAST({value} AS double) = try_cast({text} AS double)"
    whole = f"({value} <> 0 OR {_matches(text, ZERO)})"
    return f"CASE WHEN {plain} THEN {value} WHEN {scientific} AND {same} AND {whole} THEN {value} END"


def _double(text: str, type_: str) -> str:
    value = f"try_cast({text} AS double)"
    exact = [
        _matches(text, f"{NUMBER}(?:{EXPONENT})?"),
        _matches(text, AT_MOST_17_DIGITS),
        f"abs({value}) < double('Infinity')",
        f"({value} <> 0 OR {_matches(text, ZERO)})",
        f"(NOT {_matches(text, '[+-]?[0-9]{16,18}')} OR CAST({value} AS bigint) = try_cast({text} AS bigint))",
    ]
    said = f"{text} IN ('NaN', 'Infinity', '-Infinity', 'inf', '-inf')"
    return f"CASE WHEN {_matches(text, SHORT_NUMBER)} OR {said} OR ({' AND '.join(exact)}) THEN {value} END"


def _date(text: str, type_: str) -> str:
    """A cast takes fewer digits too, and a time behind them, which it drops."""
    places = [_at(text, 1, _DIGIT), _at(text, 5, "= '-'"), _at(text, 8, "= '-'"), _at(text, 9, _DIGIT), _at(text, 10, _DIGIT)]
    return f"CASE WHEN length({text}) = 10 AND {' AND '.join(places)} AND {text} >= '0001' THEN try_cast({text} AS date) END"


def _timestamp(text: str, cuts_fractions: bool) -> str:
    """As sources write it, with no fraction or with one of six digits, it is known by its places; else by a pattern."""
    places = [_at(text, 1, _DIGIT), _at(text, 5, "= '-'"), _at(text, 11, "IN (' ', 'T')"), _at(text, 17, "= ':'"), _at(text, -1, "> ' '")]
    fraction = f"({_at(text, 20, _NO_FRACTION)} OR ({_at(text, 20, _POINT)} AND {_at(text, 27, _NO_FRACTION)}))"
    usual = f"{' AND '.join(places)} AND {text} >= '0001' AND {fraction}"
    pattern = TIMESTAMP.format(ANY_FRACTION if cuts_fractions else MICROSECONDS)
    return f"CASE WHEN ({usual}) OR {_matches(text, pattern)} THEN try_cast({text} AS timestamp) END"


def _binary(text: str, type_: str) -> str:
    """Hexadecimal, as PostgreSQL writes it or without its `\\x`."""
    digits = f"if(left({text}, 2) = '\\\\x', substring({text}, 3), {text})"
    return f"CASE WHEN length({text}) % 2 = 0 THEN unhex({digits}) END"


_BY_TYPE: dict[str, Callable[[str, str], str]] = {
    "string": lambda text, type_: text,
    "int": _whole_number,
    "bigint": _whole_number,
    "boolean": _boolean,
    "double": _double,
    "date": _date,
    "binary": _binary,
}
