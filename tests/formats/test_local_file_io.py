"""The files of local tables, as Iceberg writes and reads them through `formats/LocalFileIO.java`."""

from pathlib import Path

import pytest
from py4j.java_gateway import JavaObject
from py4j.protocol import Py4JJavaError
from pyflink.java_gateway import get_gateway

from flink_jobs.project import Project


@pytest.fixture
def files(repository: Project) -> JavaObject:
    return get_gateway().jvm.trunkline.formats.LocalFileIO()


def write(files: JavaObject, location: str, content: bytes) -> None:
    stream = files.newOutputFile(location).create()
    stream.write(content)
    stream.close()


@pytest.mark.parametrize("scheme", ["file://", "file:", ""])
@pytest.mark.parametrize("folder", ["data", "my project/é %20+"])
def test_a_file_is_where_its_location_says(files: JavaObject, tmp_path: Path, scheme: str, folder: str) -> None:
    path = tmp_path / folder / "rows.bin"
    write(files, f"{scheme}{path}", b"abc")
    found = files.newInputFile(f"{scheme}{path}")
    assert path.read_bytes() == b"abc"
    # A location stays as it is written: a commit fails where another writer's catalog entry reads `file:///` and this one `file:/`.
    assert (found.exists(), found.getLength(), found.location()) == (True, 3, f"{scheme}{path}")
    stream = found.newStream()
    stream.seek(1)
    assert stream.read() == ord("b")
    stream.close()


def test_a_new_file_stands_alone(files: JavaObject, tmp_path: Path) -> None:
    write(files, f"file://{tmp_path}/rows.bin", b"abc")
    assert [file.name for file in tmp_path.iterdir()] == ["rows.bin"]


def test_a_file_is_not_written_over(files: JavaObject, tmp_path: Path) -> None:
    write(files, str(tmp_path / "rows.bin"), b"abc")
    with pytest.raises(Py4JJavaError, match="AlreadyExistsException"):
        write(files, str(tmp_path / "rows.bin"), b"d")


def test_files_are_deleted_and_missing_ones_are_no_error(files: JavaObject, tmp_path: Path) -> None:
    names = [str(tmp_path / name) for name in ("a", "b", "c")]
    for name in names[:2]:
        write(files, name, b"abc")
    locations = get_gateway().jvm.java.util.ArrayList()
    for name in names:
        locations.add(f"file://{name}")
    files.deleteFiles(locations)
    assert list(tmp_path.iterdir()) == []
    assert not files.newInputFile(names[0]).exists()
