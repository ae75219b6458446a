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
        case exp.Extract():
            return _part(node, offset_columns)
        case exp.JSONFormat():
            return exp.cast(node.this.copy(), "text")
        case exp.CurrentTimestamp():
            return _macro("_ltz", exp.func("now"))
        case exp.DateAdd():
            return _date_add(node)
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
    match format_.name:
        case "HEX":
            return exp.func("hex", value.copy())
        case "TME":
            return _macro("_scientific", value)
    return _formatted(value, format_.name)


def _local_text(column: exp.Expr, format_: str) -> exp.Expr:
    for offset in ("TZH:TZM", "TZHTZM"):
        if format_.upper().endswith(offset):
            text = _formatted(_macro("_local", column), format_[: -len(offset)])
            told: exp.Expr = _macro("_offset", _member(column, "ahead"))
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
        case "DATE":
            return exp.cast(_timestamp(_macro("_local", value) if _has_offset(value, offset_columns) else value), "date")
        case "VARIANT":
            return exp.cast(value.copy(), "json")
        case "ARRAY":
            return _macro("_array", value)
        case "TIME":
            return _macro("_time", exp.cast(value.copy(), "text"))
    return node


def _convert_timezone(node: exp.ConvertTimezone, offset_columns: set[str]) -> exp.Expr:
    if node.args.get("source_tz") or node.args["target_tz"].name.upper() != "UTC":
        raise unsupported("CONVERT_TIMEZONE to a zone other than UTC")
    value = node.args["timestamp"]
    return _macro("_ltz", _at(value) if _has_offset(value, offset_columns) else value)


def _part(node: exp.Extract, offset_columns: set[str]) -> exp.Expr:
    part = node.copy()
    if _has_offset(node.expression, offset_columns):
        minutes = _member(node.expression, "ahead")
        match node.name.upper():
            case "TIMEZONE_HOUR" | "TZH":
                return exp.cast(exp.func("trunc", exp.Div(this=minutes, expression=exp.Literal.number(60))), "int")
            case "TIMEZONE_MINUTE" | "TZM":
                return exp.Mod(this=minutes, expression=exp.Literal.number(60))
    part.set("expression", _timestamp(node.expression))
    return part


def _date_add(node: exp.DateAdd) -> exp.Expr:
    """To what a cast or a function gives: what a column is, is not known here."""
    kind = {"_ltz": "_instant", "_ntz": "_wall"}.get(node.this.name) if isinstance(node.this, exp.Anonymous) else None
    if kind is None or node.text("unit").upper() != "SECOND":
        raise unsupported("DATEADD other than of seconds, to a literal")
    seconds = exp.Mul(this=exp.cast(node.expression.copy(), "hugeint"), expression=exp.Literal.number(1_000_000_000))
    return _macro(kind, exp.Add(this=_macro("_nanoseconds", node.this), expression=seconds))


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
    return _macro("_instant", _member(column, "instant"))


def _timestamp(value: exp.Expr) -> exp.Expr:
    return _macro("_timestamp", _macro("_nanoseconds", value))


def _member(column: exp.Expr, name: str) -> exp.Expr:
    return exp.Anonymous(this="struct_extract", expressions=[column.copy(), exp.Literal.string(name)])


def _macro(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])
