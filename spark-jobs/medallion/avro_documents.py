"""
Decodes values in Avro into JSON, each by the schema that it was written with, which landing has beside the batches
(docs/decisions/0030-avro-by-spark.md). From then on they are read as values in JSON are. What JSON would lose is written so that it does
not: a decimal with all its digits and a mark (json_numbers.py), octets as hexadecimal, times in UTC to the microsecond, a null as null.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.avro.functions import from_avro
from pyspark.sql.types import ArrayType, BinaryType, DataType, DecimalType, MapType, StructType

from medallion.failure import failure_of
from medallion.json_numbers import MARK
from medallion.lake_objects import names_in, read_json
from medallion.record_content import DOCUMENT, HAS_SCHEMA, HEADER, has_header, is_avro

# Follow each value when it is read: one that was cut short takes of these, and one with more behind it has not come to them.
END = "X'E7A1D3C5B9F08264'"
END_OCTETS = 8

JSON_OPTIONS = {
    "ignoreNullFields": "false",
    "timeZone": "UTC",
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
    "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSS",
}
# As the days were counted when they were written: Spark refuses those before 1582 and 1900 unless it is told.
AVRO_OPTIONS = {"mode": "PERMISSIVE", "datetimeRebaseMode": "CORRECTED"}


def documents_of(session: SparkSession, rows: DataFrame, contract: dict[str, Any], landing: str) -> dict[str, Column] | None:
    """By the values' header, in hexadecimal, what they hold as JSON; None where the contract has no Avro. `landing`: the batch's folder."""
    if not is_avro(contract):
        return None
    folder = landing.rsplit("/", 1)[0] + "/schemas"
    headers = _headers(rows, contract, _landed_ids(session, folder))
    documents = {each: _document(session, read_json(session, f"{folder}/{int(each, 16)}.json")["schema"]) for each in headers}
    return {header: document for header, document in documents.items() if document is not None}


def with_documents(rows: DataFrame, documents: dict[str, Column] | None) -> DataFrame:
    """Each row with its document, null where it could not be decoded, and whether its schema is known; without Avro as it is."""
    if documents is None:
        return rows
    document = F.lit(None).cast("string")
    for header, text in documents.items():
        document = F.when(_header() == header, text).otherwise(document)
    return rows.withColumn(HAS_SCHEMA, _header().isin(list(documents))).withColumn(DOCUMENT, document)


def _header() -> Column:
    return F.expr(f"hex(substring(value, 1, {HEADER}))")


def _landed_ids(session: SparkSession, folder: str) -> list[int]:
    names = [re.match(r"(\d+)\.json$", name) for name in names_in(session, folder)]
    return [int(name.group(1)) for name in names if name]


def _headers(rows: DataFrame, contract: dict[str, Any], ids: list[int]) -> list[str]:
    """Of the rows' values, with an id among these: a batch has values of few schemas, however many a dataset has had over the years."""
    if not ids:
        return []
    known = [f"{id_:0{2 * HEADER}X}" for id_ in ids]
    headers = rows.where(has_header(contract)).select(_header().alias("header"))
    return sorted(row["header"] for row in headers.where(F.col("header").isin(known)).distinct().collect())


def _document(session: SparkSession, schema: str) -> Column | None:
    """None of a schema that Spark cannot read, as one that holds itself, and of one whose values are no objects of JSON."""
    content = F.concat(F.expr(f"substring(value, {HEADER + 1})"), F.expr(END))
    empty = session.range(0).select(F.lit(None).cast("binary").alias("value"))
    try:
        read = from_avro(content, _followed_by_end(schema), AVRO_OPTIONS)
        type_ = empty.select(read.alias("read")).schema["read"].dataType["value"].dataType  # type: ignore[index]
        if not isinstance(type_, (StructType, MapType)):
            raise ValueError(f"expected a record or a map; found {type_.typeName()}")
        # A lambda's variable holds what was read, so that it is read once.
        texts = F.transform(F.array(read), lambda each: F.when(each["end"] == F.expr(END), _text(each["value"], type_)))
        text = F.transform(texts, lambda each: F.when(~_is_replaced(each, content), each))[0]
        empty.select(text)
        return text
    except (AnalysisException, Py4JJavaError, ValueError) as error:
        failure = failure_of(error)
        print(f"a schema cannot be read, its values are set aside: {failure.error}: {failure.cause}", file=sys.stderr, flush=True)
        return None


def _followed_by_end(schema: str) -> str:
    """A record of the value and what stands behind it is written as one after the other, with nothing between them or around."""
    end = {"type": "fixed", "name": "_end", "size": END_OCTETS}
    fields = [{"name": "value", "type": json.loads(schema)}, {"name": "end", "type": end}]
    return json.dumps({"type": "record", "name": "_value_and_end", "fields": fields})


def _text(value: Column, type_: DataType) -> Column:
    return F.to_json(_shown(value, type_), JSON_OPTIONS)


def _shown(value: Column, type_: DataType) -> Column:
    if not _differs(type_):
        return value
    if isinstance(type_, DecimalType):
        digits = "0." + "0" * type_.scale if type_.scale else "0"
        return F.concat(F.lit(MARK), F.call_udf("format_number", value, F.lit(digits)))
    if isinstance(type_, BinaryType):
        return F.lower(F.hex(value))
    if isinstance(type_, ArrayType):
        element = type_.elementType
        return F.transform(value, lambda each: _shown(each, element))
    if isinstance(type_, MapType):
        of = type_.valueType
        return F.transform_values(value, lambda _, each: _shown(each, of))
    assert isinstance(type_, StructType)
    return F.when(value.isNotNull(), F.struct(*[_shown(value[each.name], each.dataType).alias(each.name) for each in type_.fields]))


def _differs(type_: DataType) -> bool:
    """Whether JSON as Spark writes it would lose something of such a value, or say it in another way than the rest of the pipeline."""
    if isinstance(type_, ArrayType):
        return _differs(type_.elementType)
    if isinstance(type_, MapType):
        return _differs(type_.valueType)
    if isinstance(type_, StructType):
        return any(_differs(each.dataType) for each in type_.fields)
    return isinstance(type_, (DecimalType, BinaryType))


def _is_replaced(text: Column, content: Column) -> Column:
    """Octets that are no UTF-8 come as U+FFFD, which the value itself does not have."""
    return text.contains("\ufffd") & ~content.cast("string").contains("\ufffd")
