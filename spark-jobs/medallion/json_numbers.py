"""
SQL that keeps the numbers of JSON as they are written. Spark reads a number with a fraction as a double, also where a text is asked for:
1.2345678901234567891 would become 1.2345678901234567. A document that has a number which a double may change gets its numbers as texts
with a mark in front, and the mark is taken away from what was read.
"""

from __future__ import annotations

# Characters of private use, in an order that no text has.
MARK = "\ue000\uf8ff\ue000"
# More digits than a double gives back, or an exponent beyond its range: at the end of a number, or so it seems. Digits are looked at once,
# from the first of them on: every document is searched, and one with a long text of digits took 50 microseconds where it takes 9.
LONG_NUMBER = r"[0-9.](?:(?<![0-9.]{2})[0-9.]{16,}+(?:[eE][+-]?[0-9]++)?+|[eE][+-]?[0-9]{3,}+)\s*+(?:[,}\]]|$)"
# All that comes before the next number, texts as a whole, and the number.
NEXT_NUMBER = (
    r'(?s)\G([^"0-9-]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"0-9-]*+)*+)'
    r"(-?(?:0|[1-9][0-9]*+)(?:[.][0-9]++)?(?:[eE][+-]?[0-9]++)?)(?![0-9.eE+-])"
)


def with_marked_numbers(json: str) -> str:
    """`json`: SQL of a document's text. What is no JSON stays none."""
    marked = f"regexp_replace({json}, {_literal(NEXT_NUMBER)}, '$1\"{MARK}$2\"')"
    return f"CASE WHEN {json} RLIKE {_literal(LONG_NUMBER)} THEN {marked} ELSE {json} END"


def without_marks(text: str) -> str:
    """`text`: SQL of a value of the document, or of a document inside it."""
    unmarked = f"regexp_replace({text}, '\"?{MARK}([0-9.eE+-]+)\"?', '$1')"
    return f"CASE WHEN contains({text}, '{MARK}') THEN {unmarked} ELSE {text} END"


def _literal(pattern: str) -> str:
    return "'{}'".format(pattern.replace("\\", "\\\\"))
