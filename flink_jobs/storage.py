"""Where an Iceberg catalog's files are, for those who read them besides Flink: its options as pyiceberg and DuckDB know them.

https://iceberg.apache.org/docs/1.11.0/docs/aws/, https://py.iceberg.apache.org/configuration/#s3,
https://duckdb.org/docs/stable/core_extensions/httpfs/s3api
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

S3_FILE_IO = "org.apache.iceberg.aws.s3.S3FileIO"
S3 = "s3://"
PREFIXES = ("s3.", "client.")
SECRETS = ("s3.access-key-id", "s3.secret-access-key", "s3.session-token")
# In seconds, by pyiceberg's names: where nothing answers it tries three times.
PATIENCE = {"s3.connect-timeout": "2", "s3.request-timeout": "30"}
# What DuckDB and Iceberg call the same.
DUCKDB = {
    "KEY_ID": "s3.access-key-id",
    "SECRET": "s3.secret-access-key",
    "SESSION_TOKEN": "s3.session-token",
    "REGION": "client.region",
}


def is_remote(options: Mapping[str, str]) -> bool:
    """Whether a catalog's tables are in object storage."""
    return options.get("io-impl") == S3_FILE_IO or options.get("warehouse", "").startswith(S3)


def file_io(options: Mapping[str, str]) -> dict[str, str]:
    """A catalog's options of its storage for pyiceberg."""
    if not is_remote(options):
        return {}
    found = PATIENCE | {key: value for key, value in options.items() if key.startswith(PREFIXES)}
    if path_style := found.pop("s3.path-style-access", None):
        found["s3.force-virtual-addressing"] = str(path_style.lower() != "true").lower()
    return found


def duckdb_secret(options: Mapping[str, str]) -> dict[str, str]:
    """The parameters of DuckDB's `CREATE SECRET (TYPE s3, ...)` for a catalog's files; none where they are not in object storage."""
    if not is_remote(options):
        return {}
    found = {word: options[key] for word, key in DUCKDB.items() if key in options}
    if endpoint := options.get("s3.endpoint"):
        address = urlsplit(endpoint)
        found |= {"ENDPOINT": address.netloc + address.path.rstrip("/"), "USE_SSL": str(address.scheme == "https").lower()}
    if options.get("s3.path-style-access", "").lower() == "true":
        found["URL_STYLE"] = "path"
    if options.get("warehouse", "").startswith(S3):
        found["SCOPE"] = options["warehouse"]
    return found
