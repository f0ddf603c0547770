"""Object storage, as pyiceberg and DuckDB are told of it."""

from pyiceberg.io import load_file_io

from flink_jobs.catalogs import JDBC_CATALOG
from flink_jobs.lake import Lake
from flink_jobs.storage import S3_FILE_IO, duckdb_secret, file_io

SECRET = "hunter2"  # noqa: S105
MINIO = {
    "catalog-impl": JDBC_CATALOG,
    "uri": "jdbc:sqlite:/nowhere",
    "warehouse": "s3://lake/warehouse/shop",
    "io-impl": S3_FILE_IO,
    "s3.endpoint": "http://127.0.0.1:9000",
    "s3.path-style-access": "true",
    "s3.access-key-id": "me",
    "s3.secret-access-key": SECRET,
    "client.region": "eu-central-1",
}
AWS = {"warehouse": "s3://lake/warehouse", "client.region": "eu-central-1"}
FILES = {"warehouse": "file:///lake"}


def test_pyiceberg_is_told_by_its_own_names() -> None:
    assert file_io(FILES) == {}
    told = file_io(MINIO)
    assert told["s3.force-virtual-addressing"] == "false"
    assert "s3.path-style-access" not in told
    assert told["s3.connect-timeout"] == "2"
    assert type(load_file_io(told, MINIO["warehouse"]).fs_by_scheme("s3", "lake")).__name__ == "S3FileSystem"


def test_duckdb_is_told_by_a_secret() -> None:
    assert duckdb_secret(FILES) == {}
    assert duckdb_secret(AWS) == {"REGION": "eu-central-1", "SCOPE": "s3://lake/warehouse"}
    assert duckdb_secret(MINIO) == {
        "KEY_ID": "me",
        "SECRET": SECRET,
        "REGION": "eu-central-1",
        "ENDPOINT": "127.0.0.1:9000",
        "USE_SSL": "false",
        "URL_STYLE": "path",
        "SCOPE": "s3://lake/warehouse/shop",
    }
    assert duckdb_secret(MINIO | {"s3.endpoint": "https://s3.example.com/a/"})["ENDPOINT"] == "s3.example.com/a"


def test_a_connection_has_a_secret_for_each_catalog_and_shows_none() -> None:
    connection = Lake({"shop": MINIO, "files": FILES, 'it\'s "b"': MINIO | {"warehouse": "s3://other"}}).open()
    rows = connection.execute("SELECT name, type, storage, scope, secret_string FROM duckdb_secrets() ORDER BY name").fetchall()
    assert [row[:4] for row in rows] == [
        ('it\'s "b"', "s3", "memory", ["s3://other"]),
        ("shop", "s3", "memory", ["s3://lake/warehouse/shop"]),
    ]
    assert SECRET not in str(rows)
