"""A lake in a bucket of its own: lands batches as the functions do, runs the jobs, and reads the tables with a reader that is not Spark."""

import copy
import hashlib
import io
import json
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, QueryBuilder, write_deltalake
from medallion.bronze_batch import load_bronze
from medallion.dataset_layer import run_dataset_layer
from medallion.gold_layer import run_gold_layer
from medallion.silver_batch import load_silver

Row = dict[str, Any]
ADMIN = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
ARROW = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "INTEGER": pa.int32(), "BOOLEAN": pa.bool_(), "BLOB": pa.binary()}


class LakeBucket:
    def __init__(self, endpoint: str, bucket: str) -> None:
        self._s3 = boto3.client(
            "s3", endpoint_url=endpoint, aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1"
        )
        self._storage = {"aws_endpoint": endpoint, "aws_allow_http": "true", "aws_region": "us-east-1"}
        self._storage |= {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        self.bucket = bucket
        self.address = f"s3://{bucket}"
        self._contracts: Row = {"datasets": {}, "gold": {}}
        self._runs = 0
        self._epochs: dict[str, int] = {}
        self._s3.create_bucket(Bucket=bucket)

    def contract(self, contract: Row) -> None:
        self._contracts["datasets"][contract["dataset"]] = contract

    def gold_contract(self, contract: Row) -> None:
        self._contracts["gold"][contract["table"]] = contract

    def land(
        self,
        dataset: str,
        seq: int,
        columns: dict[str, str],
        rows: list[Row],
        *,
        source: str = "postgres",
        keys: list[Row] | None = None,
        complete: bool = False,
        claimed_hash: str | None = None,
        planned_at: str = "2024-01-16T00:00:00.000Z",
        release: Row | None = None,
        restore: Row | None = None,
        mode: str = "incremental",
    ) -> Row:
        """Answers the batch as a run's plan names it."""
        folder = f"landing/{dataset}/batch={seq:010d}"
        lands = bool(rows) or (keys is None and release is None and restore is None)
        objects = [self._put_rows(folder, "rows-0001", "rows", columns, rows, claimed_hash)] if lands else []
        if keys is not None:
            objects.append(self._put_rows(folder, "keys-0001", "keys", {name: columns[name] for name in keys[0]}, keys, None))
        mode = "restore" if restore else "release" if release else mode
        manifest = {"mode": mode, "bounds": {"lower": None, "upper": restore or release}, "complete": complete, "plannedAt": planned_at}
        self._epochs[dataset] = seq if restore else self._epochs.get(dataset, 0)
        return self.put_manifest(dataset, seq, columns, objects, source=source, **manifest)

    def put_manifest(self, dataset: str, seq: int, columns: dict[str, str], objects: list[Row], *, source: str, **said: Any) -> Row:
        """Of objects that have landed; `said`: what else it says of the batch. Answers the batch as a run's plan names it."""
        folder = f"landing/{dataset}/batch={seq:010d}"
        data = [each for each in objects if each["role"] == "rows"]
        manifest = {
            **said,
            "dataset": dataset,
            "seq": seq,
            "columns": [{"name": name, "type": type_} for name, type_ in columns.items()],
            "objects": objects,
            "rows": sum(each["rows"] for each in data),
            "hash": data[0]["hash"] if data else "0" * 32,
        }
        self.put(f"{folder}/_manifest.json", json.dumps(manifest).encode())
        address = f"{self.address}/{folder}"
        batch = {"dataset": dataset, "source": source, "seq": seq, "landing": address, "manifest": f"{address}/_manifest.json"}
        return {**batch, "epoch": self._epochs.get(dataset, 0), "after": None}

    def run(self, *batches: Row, layers: tuple[str, ...] = ("bronze", "silver"), gold: Row | None = None) -> dict[str, Row]:
        """A run over landed batches; answers the results by layer."""
        plan = self.plan(*batches, gold=gold)
        for layer in layers:
            run_layer(layer, plan)
        return {layer: self.results(plan, layer) for layer in layers}

    def plan(self, *batches: Row, gold: Row | None = None) -> str:
        """Writes what a run's jobs read, and answers the address of its plan."""
        self._runs += 1
        folder = f"runs/run-{self._runs}"
        results = f"{self.address}/{folder}/results"
        contracts = f"contracts/{self._runs}.json"
        plan = {"run": f"run-{self._runs}", "lake": self.address, "contracts": f"{self.address}/{contracts}", "results": results}
        self.put(contracts, json.dumps(self._contracts).encode())
        self.put(f"{folder}/plan.json", json.dumps({**plan, "datasets": list(batches)}).encode())
        landed = {each["dataset"]: {"status": "ok"} for each in batches}
        self.put(f"{folder}/results/landing.json", json.dumps({"layer": "landing", "run": plan["run"], "datasets": landed}).encode())
        if gold is not None:
            plan_key = f"gold-plans/{gold['n']:010d}.json"
            self.put(plan_key, json.dumps(gold).encode())
            planned = {"n": gold["n"], "epoch": 0, "plan": f"{self.address}/{plan_key}"}
            self.put(f"{folder}/results/plan-gold.json", json.dumps(planned).encode())
        return f"{self.address}/{folder}/plan.json"

    def results(self, plan: str, layer: str) -> Row:
        key = plan[len(self.address) + 1 :].replace("plan.json", f"results/{layer}.json")
        return self.object(key)

    def table(self, layer: str, name: str, version: int | None = None) -> list[Row]:
        """By the `deltalake` package."""
        table: list[Row] = rows_of(self.delta(layer, name, version)).to_pylist()
        return table

    def delta(self, layer: str, name: str, version: int | None = None) -> DeltaTable:
        return DeltaTable(f"{self.address}/{layer}/{name}", version=version, storage_options=self._storage)

    def write_silver(self, dataset: str, rows: pa.Table, key: list[str]) -> None:
        """As the Silver job does, without it: one commit, an append where there is no table or no key yet. Rows that are `_deleted` go."""
        address = f"{self.address}/silver/{dataset}"
        if not key or not self.keys(f"silver/{dataset}/"):
            feed = {"delta.enableChangeDataFeed": "true"}
            write_deltalake(address, rows.drop_columns("_deleted"), mode="append", configuration=feed, storage_options=self._storage)
            return
        same_key = " AND ".join(f"t.{name} = s.{name}" for name in key)
        columns = {name: f"s.{name}" for name in rows.column_names if name != "_deleted"}
        merge = self.delta("silver", dataset).merge(rows, same_key, source_alias="s", target_alias="t")
        merge = merge.when_matched_delete("s._deleted").when_matched_update(columns)
        merge.when_not_matched_insert(columns, "NOT s._deleted").execute()

    def copy(self, prefix: str, to: "LakeBucket") -> None:
        for key in self.keys(prefix):
            self._s3.copy_object(CopySource={"Bucket": self.bucket, "Key": key}, Bucket=to.bucket, Key=key)

    def clone(self, to: "LakeBucket") -> "LakeBucket":
        """All that this lake has, in another one. Rows still say that they landed here, so Bronze is not to be made anew there."""
        self.copy("", to)
        to._contracts, to._runs, to._epochs = copy.deepcopy((self._contracts, self._runs, self._epochs))
        return to

    def keys(self, prefix: str) -> list[str]:
        return [each["Key"] for each in self._s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])]

    def move(self, key: str, to: str) -> None:
        self._s3.copy_object(CopySource={"Bucket": self.bucket, "Key": key}, Bucket=self.bucket, Key=to)
        self.delete(key)

    def object(self, key: str) -> Row:
        found: Row = json.loads(self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())
        return found

    def delete(self, prefix: str) -> None:
        for key in self.keys(prefix):
            self._s3.delete_object(Bucket=self.bucket, Key=key)

    def _put_rows(self, folder: str, chunk: str, role: str, columns: dict[str, str], rows: list[Row], claimed_hash: str | None) -> Row:
        schema = pa.schema([(name, ARROW[type_]) for name, type_ in columns.items()])
        content = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), content, compression="zstd")
        key = f"{folder}/{chunk}.parquet"
        self.put(key, content.getvalue())
        return {"key": key, "role": role, "rows": len(rows), "hash": claimed_hash or layer_hash_of(columns, rows), "chunk": chunk}

    def put(self, key: str, content: bytes) -> None:
        self._s3.put_object(Bucket=self.bucket, Key=key, Body=content)


def rows_of(delta: DeltaTable) -> pa.Table:
    """By the one of the package's two readers that knows deletion vectors, where the table has some."""
    if delta.protocol().reader_features:
        return pa.table(QueryBuilder().register("t", delta).execute("SELECT * FROM t"))
    return delta.to_pyarrow_table()


def run_layer(layer: str, plan: str) -> None:
    if layer == "bronze":
        run_dataset_layer("bronze", "landing", load_bronze, plan)
    elif layer == "silver":
        run_dataset_layer("silver", "bronze", load_silver, plan)
    else:
        run_gold_layer(plan)


def layer_hash_of(columns: dict[str, str], rows: list[Row]) -> str:
    """Written anew from docs/reference/shapes.md, in plain Python."""
    hashes = [row_hash_of([row.get(name) for name in columns]) for row in rows]
    high = sum(int(each[:16], 16) for each in hashes) % 2**64
    low = sum(int(each[16:], 16) for each in hashes) % 2**64
    return f"{high:016x}{low:016x}"


def row_hash_of(values: list[Any]) -> str:
    canonical = b""
    for value in values:
        if value is None:
            canonical += b"-,"
            continue
        text = str(value).lower() if isinstance(value, bool) else str(value)
        octets = value if isinstance(value, bytes) else text.encode()
        canonical += str(len(octets)).encode() + b":" + octets + b","
    return hashlib.md5(canonical).hexdigest()
