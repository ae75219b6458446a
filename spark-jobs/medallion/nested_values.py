"""SQL for a JSON text as an array, a struct or a map, each value in it exactly: null where the type cannot hold one of them."""

from __future__ import annotations

from medallion.exact_values import exact_value
from medallion.json_numbers import with_marked_numbers, without_marks


def nested_value(text: str, type_: str) -> str:
    """`text`: SQL of a string. `type_`: `array<…>`, `struct<…>` or `map<string,…>`, in Spark's spelling."""
    texts = f"from_json({with_marked_numbers(text)}, '{_of_texts(type_)}')"
    # A lambda's variable holds what was read, so that it is read once.
    return f"element_at(transform(array({texts}), json -> IF({_loses('json', type_, 0)}, NULL, {_value('json', type_, 0)})), 1)"


def is_nested(type_: str) -> bool:
    return type_.startswith(("array<", "struct<", "map<"))


def _of_texts(type_: str) -> str:
    kind, parts = _parts(type_)
    if kind == "array":
        return f"array<{_of_texts(parts[0])}>"
    if kind == "map":
        return f"map<string,{_of_texts(parts[1])}>"
    if kind == "struct":
        return "struct<{}>".format(",".join(f"`{name}`:{_of_texts(of)}" for name, of in map(_field, parts)))
    return "string"


def _value(read: str, type_: str, depth: int) -> str:
    kind, parts = _parts(type_)
    each = f"each_{depth}"
    if kind == "array":
        return f"transform({read}, {each} -> {_value(each, parts[0], depth + 1)})"
    if kind == "map":
        return f"transform_values({read}, (key_{depth}, {each}) -> {_value(each, parts[1], depth + 1)})"
    if kind == "struct":
        fields = ", ".join(f"'{name}', {_value(f'{read}.`{name}`', of, depth)}" for name, of in map(_field, parts))
        return f"IF({read} IS NULL, NULL, named_struct({fields}))"
    return exact_value(without_marks(read), type_)


def _loses(read: str, type_: str, depth: int) -> str:
    """Whether a value that was read has no place in its type."""
    kind, parts = _parts(type_)
    each = f"each_{depth}"
    if kind == "array":
        return f"coalesce(exists({read}, {each} -> {_loses(each, parts[0], depth + 1)}), false)"
    if kind == "map":
        return f"coalesce(exists(map_values({read}), {each} -> {_loses(each, parts[1], depth + 1)}), false)"
    if kind == "struct":
        return "({})".format(" OR ".join(_loses(f"{read}.`{name}`", of, depth) for name, of in map(_field, parts)))
    if type_ == "string":
        return "false"
    return f"({read} IS NOT NULL AND {_value(read, type_, depth)} IS NULL)"


def _parts(type_: str) -> tuple[str, list[str]]:
    """`array<int>` is array, [int]; of a scalar there are none."""
    if not is_nested(type_):
        return "scalar", []
    kind, inner = type_.rstrip()[:-1].split("<", 1)
    parts, depth, begin = [], 0, 0
    for at, letter in enumerate(inner):
        depth += (letter in "<(") - (letter in ">)")
        if letter == "," and depth == 0:
            parts.append(inner[begin:at].strip())
            begin = at + 1
    return kind, [*parts, inner[begin:].strip()]


def _field(part: str) -> tuple[str, str]:
    name, _, type_ = part.partition(":")
    return name.strip().strip("`"), type_.strip()
