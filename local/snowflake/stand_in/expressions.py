"""Decides what Snowflake's functions and casts become: calls of the macros beside this file, or what the session says."""

from sqlglot import exp
from sqlglot.dialects.snowflake import Snowflake

from .errors import unsupported
from .sessions import Session
from .time_formats import strftime_format

# Without a format, a time is printed as the session's TIMESTAMP_OUTPUT_FORMAT says.
DEFAULT_WITH_OFFSET = "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM"

# Functions that look at a time with its offset; every other one takes the point in time.
KEEPS_OFFSET = (exp.ToChar, exp.Cast, exp.ConvertTimezone, exp.Extract)


def rewrite_expressions(tree: exp.Expr, session: Session, offset_columns: set[str]) -> None:
    # Inner ones first: what an outer one becomes is not looked at again.
    for node in reversed(list(tree.walk(bfs=False))):
        new = _rewritten(node, session, offset_columns)
        if new is not node:
            node.replace(new)


def _rewritten(node: exp.Expr, session: Session, offset_columns: set[str]) -> exp.Expr:
    match node:
        case exp.Column() if node.name in offset_columns and _is_operand(node):
            return _at(node)
        case exp.ToChar():
            return _to_char(node.this, node.args.get("format"), offset_columns)
        case exp.TimeToStr():
            return _to_char(node.this, exp.Literal.string(_snowflake_format(node)), offset_columns)
        case exp.Cast() if not isinstance(node, exp.TryCast):
            return _cast(node, offset_columns)
        case exp.ConvertTimezone():
            return _convert_timezone(node, offset_columns)
        case exp.Extract() if _has_offset(node.expression, offset_columns):
            return _part(node)
        case exp.JSONFormat():
            return exp.cast(node.this.copy(), "text")
        case exp.Anonymous() if node.name.upper() in ("TO_TIMESTAMP_LTZ", "TO_TIMESTAMP_NTZ"):
            return _macro("_ltz" if node.name.upper().endswith("LTZ") else "_ntz", *node.expressions)
        case exp.CurrentRole() | exp.CurrentUser() | exp.CurrentWarehouse() | exp.CurrentDatabase() | exp.CurrentSchema():
            return _of_session(node, session)
    return node


def _snowflake_format(node: exp.TimeToStr) -> str:
    """The format as it was written: where the parser knows the value for a time, it has put its own form of it."""
    return str(Snowflake().generator().format_time(node)).strip("'")


def _is_operand(node: exp.Expr) -> bool:
    """Where the point in time counts and its offset does not."""
    parent = node.parent
    return isinstance(parent, (exp.Func, exp.Predicate, exp.Binary)) and not isinstance(parent, KEEPS_OFFSET)


def _has_offset(node: exp.Expr, offset_columns: set[str]) -> bool:
    return isinstance(node, exp.Column) and node.name in offset_columns


def _to_char(value: exp.Expr, format_: exp.Expr | None, offset_columns: set[str]) -> exp.Expr:
    if _has_offset(value, offset_columns):
        return _local_text(value, format_.name if format_ else DEFAULT_WITH_OFFSET)
    if format_ is None:
        return _macro("_text", value)
    if not isinstance(format_, exp.Literal):
        raise unsupported("TO_VARCHAR with a format that is no literal")
    if format_.name.upper() == "HEX":
        return exp.func("hex", value.copy())
    return _formatted(value, format_.name)


def _local_text(column: exp.Expr, format_: str) -> exp.Expr:
    for offset in ("TZH:TZM", "TZHTZM"):
        if format_.upper().endswith(offset):
            text = _formatted(_macro("_local", column), format_[: -len(offset)])
            told: exp.Expr = _macro("_offset", _member(column, "minutes"))
            if offset == "TZHTZM":
                told = exp.func("replace", told, exp.Literal.string(":"), exp.Literal.string(""))
            return exp.DPipe(this=text, expression=told)
    return _formatted(_macro("_local", column), format_)


def _formatted(value: exp.Expr, format_: str) -> exp.Expr:
    text, digits = strftime_format(format_)
    return _macro("_formatted", value, exp.Literal.string(text), exp.Literal.number(digits))


def _cast(node: exp.Cast, offset_columns: set[str]) -> exp.Expr:
    value, kind = node.this, node.to.this
    if kind in exp.DataType.TEXT_TYPES:
        return _to_char(value, None, offset_columns)
    match kind.name:
        case "TIMESTAMPLTZ":
            return _macro("_ltz", _at(value) if _has_offset(value, offset_columns) else value)
        case "TIMESTAMPTZ" if _is_operand(node):
            return _macro("_ltz", value)
        case "TIMESTAMPTZ":
            return value if _has_offset(value, offset_columns) else _macro("_with_offset", exp.cast(value.copy(), "text"))
        case "TIMESTAMPNTZ" | "TIMESTAMP":
            return _macro("_local" if _has_offset(value, offset_columns) else "_ntz", value)
        case "DATE" if _has_offset(value, offset_columns):
            return exp.cast(_macro("_local", value), "date")
        case "VARIANT":
            return exp.cast(value.copy(), "json")
    return node


def _convert_timezone(node: exp.ConvertTimezone, offset_columns: set[str]) -> exp.Expr:
    if node.args.get("source_tz") or node.args["target_tz"].name.upper() != "UTC":
        raise unsupported("CONVERT_TIMEZONE to a zone other than UTC")
    value = node.args["timestamp"]
    return _macro("_ltz", _at(value) if _has_offset(value, offset_columns) else value)


def _part(node: exp.Extract) -> exp.Expr:
    minutes = _member(node.expression, "minutes")
    match node.name.upper():
        case "TIMEZONE_HOUR" | "TZH":
            return exp.cast(exp.func("trunc", exp.Div(this=minutes, expression=exp.Literal.number(60))), "int")
        case "TIMEZONE_MINUTE" | "TZM":
            return exp.Mod(this=minutes, expression=exp.Literal.number(60))
    part = node.copy()
    part.set("expression", _at(node.expression))
    return part


def _of_session(node: exp.Expr, session: Session) -> exp.Expr:
    told: dict[type[exp.Expr], str | None] = {
        exp.CurrentRole: session.role,
        exp.CurrentUser: session.user,
        exp.CurrentWarehouse: session.warehouse,
        exp.CurrentDatabase: session.database,
        exp.CurrentSchema: session.schema,
    }
    name = told[type(node)]
    return exp.null() if name is None else exp.Literal.string(name)


def _at(column: exp.Expr) -> exp.Expr:
    return _member(column, "moment")


def _member(column: exp.Expr, name: str) -> exp.Expr:
    return exp.Anonymous(this="struct_extract", expressions=[column.copy(), exp.Literal.string(name)])


def _macro(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])
