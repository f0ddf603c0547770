"""The formats as Flink uses them: from the built jar, in the JVM that PyFlink starts."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import pytest
from py4j.java_gateway import JavaObject, JVMView
from pyflink.java_gateway import get_gateway

from flink_jobs.project import Project

Row = dict[str, object]


@pytest.fixture(scope="session")
def jvm(repository: Project) -> JVMView:
    return get_gateway().jvm


class Decoder:
    """Reads records into the rows of a table with the given columns and metadata columns behind them.

    The format is `whole` if the options name one that it wraps, else `whole-json`.
    """

    def __init__(self, jvm: JVMView, columns: str, options: Mapping[str, str], metadata: Sequence[str] = ("bytes", "error")) -> None:
        flink_packages, table = jvm.org.apache.flink, jvm.org.apache.flink.table
        formats = jvm.trunkline.formats
        factory = formats.WholeFormatFactory() if "format" in options else formats.WholeJsonFormatFactory()
        decoding = factory.createDecodingFormat(None, flink_packages.configuration.Configuration.fromMap(dict(options)))
        decoding.applyReadableMetadata(list(metadata))
        context = table.runtime.connector.source.ScanRuntimeProviderContext.INSTANCE
        made_by_client = decoding.createRuntimeDecoder(context, _row_type(jvm, columns))
        self._schema = flink_packages.util.InstantiationUtil.clone(made_by_client)
        self._schema.open(None)
        self._serializer = self._schema.getProducedType().toRowSerializer()
        self._json = flink_packages.formats.json.JsonRowDataSerializationSchema(
            self._schema.getProducedType().toRowType(),
            flink_packages.formats.common.TimestampFormat.SQL,
            flink_packages.formats.json.JsonFormatOptions.MapNullKeyMode.FAIL,
            "",
            True,  # decimals without exponent
            True,  # NULL columns left out
        )
        self._json.open(None)

    def row(self, record: bytes | None) -> Row:
        """The columns that are not NULL, numbers as their text; `$bytes` holds the record, `$error` its error."""
        row = self._serializer.toBinaryRow(self._schema.deserialize(record))
        columns = json.loads(self._json.serialize(row), parse_int=str, parse_float=str)
        if "$bytes" in columns:
            columns["$bytes"] = base64.b64decode(columns["$bytes"])
        return columns


def _row_type(jvm: JVMView, columns: str) -> JavaObject:
    types = jvm.org.apache.flink.table.types
    row = types.logical.utils.LogicalTypeParser.parse(f"ROW<{columns}>", jvm.Thread.currentThread().getContextClassLoader())
    return types.utils.TypeConversions.fromLogicalToDataType(row)


def record_of(case: Mapping[str, str | None]) -> bytes | None:
    """The record of a case: bytes in hex, a text, or None for a tombstone."""
    if "hex" in case:
        return bytes.fromhex(case["hex"])
    return None if case["record"] is None else case["record"].encode()


@pytest.fixture(scope="session")
def decoder(jvm: JVMView) -> Callable[..., Decoder]:
    """Makes decoders: `decoder("a INT, b STRING", {"any-type": "b"})`; the same one for the same table."""
    made: dict[tuple[str, str], Decoder] = {}

    def make(columns: str, options: Mapping[str, str] = MappingProxyType({})) -> Decoder:
        table = (columns, str(options))
        if table not in made:
            made[table] = Decoder(jvm, columns, options)
        return made[table]

    return make
