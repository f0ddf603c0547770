"""How Flink copies texts: those that lie in memory of something else, and no others; see `stack/java/StringDataSerializer.java`."""

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any

import pytest
from py4j.java_gateway import JavaObject
from pyflink.java_gateway import get_gateway

from flink_jobs.local import flink
from flink_jobs.project import Project

CLASS_PATH = '. "$FLINK_HOME/bin/config.sh" && constructFlinkClassPath'
SERIALIZER = "org.apache.flink.table.runtime.typeutils.StringDataSerializer"
TEXT = "org.apache.flink.table.data.binary.BinaryStringData"
SNAPSHOT = "org.apache.flink.api.common.typeutils.TypeSerializerSnapshot"
OUTPUT = "org.apache.flink.core.memory.DataOutputSerializer"
MEMORY = "org.apache.flink.core.memory.MemorySegment"


class Jars:
    """The classes that a JobManager and a TaskManager load from jars in this order, whatever the JVM of this process has loaded."""

    def __init__(self, paths: Sequence[str]) -> None:
        java = get_gateway().jvm.java
        urls = [java.io.File(path).toURI().toURL() for path in paths]
        self.loader = java.net.URLClassLoader(array(java.net.URL._java_lang_class, urls), None)

    def jar_of(self, name: str) -> str:
        return PurePath(self.loader.loadClass(name).getProtectionDomain().getCodeSource().getLocation().getPath()).name

    def call(self, name: str, method: str, *arguments: Any, on: JavaObject | None = None) -> JavaObject:  # noqa: ANN401
        """Calls the method of that name that takes as many arguments; py4j remembers one by the name of its class, whoever loaded it."""
        for found in self.loader.loadClass(name).getMethods():
            if found.getName() == method and found.getParameterCount() == len(arguments) and not found.isBridge():
                return found.invoke(on, objects(arguments))
        raise AssertionError(f"{name} has no {method} of {len(arguments)}")

    @property
    def serializer(self) -> JavaObject:
        return self.loader.loadClass(SERIALIZER).getField("INSTANCE").get(None)

    def copy(self, text: JavaObject) -> JavaObject:
        """As the code that Flink generates has it copied."""
        return self.call(SERIALIZER, "copy", text, on=self.serializer)

    def written(self, write: Callable[[JavaObject], object]) -> bytes:
        output = self.loader.loadClass(OUTPUT).getConstructors()[0].newInstance(objects([64]))
        write(output)
        return self.call(OUTPUT, "getCopyOfBuffer", on=output)

    def saved(self, text: str) -> tuple[bytes, bytes, bytes]:
        """What state has of a text, a savepoint of its serializer, and a job that is submitted."""
        java = self.call(TEXT, "fromString", text)
        snapshot = self.call(SERIALIZER, "snapshotConfiguration", on=self.serializer)
        return (
            self.written(lambda output: self.call(SERIALIZER, "serialize", java, output, on=self.serializer)),
            self.written(lambda output: self.call(SNAPSHOT, "writeVersionedSnapshot", output, snapshot)),
            self.call("org.apache.flink.util.InstantiationUtil", "serializeObject", self.serializer),
        )


def objects(values: Sequence[Any]) -> JavaObject:
    return array(get_gateway().jvm.java.lang.Object._java_lang_class, values)


def array(of: JavaObject, values: Sequence[Any]) -> JavaObject:
    """One of Java's, of a class."""
    made = get_gateway().jvm.java.lang.reflect.Array.newInstance(of, len(values))
    for place, value in enumerate(values):
        made[place] = value
    return made


@pytest.fixture(scope="module")
def class_path(repository: Project) -> list[str]:
    done = subprocess.run(["bash", "-c", CLASS_PATH], env=flink.environment(repository), capture_output=True, text=True, check=True)
    return done.stdout.strip().split(os.pathsep)


@pytest.fixture(scope="module")
def jars(class_path: list[str]) -> Jars:
    return Jars(class_path)


def test_flink_loads_the_class_of_this_project(jars: Jars) -> None:
    assert jars.jar_of(SERIALIZER) == "flink-python.jar"
    assert jars.jar_of(TEXT).startswith("flink-table-api-java-uber")


@pytest.mark.parametrize("text", ["", "+201012345678", "\N{GRINNING FACE} 中"])
def test_a_text_with_memory_of_its_own_is_its_own_copy(text: str, jars: Jars) -> None:
    java = jars.call(TEXT, "fromString", text)
    assert is_same(jars.copy(java), java)
    jars.call(TEXT, "ensureMaterialized", on=java)
    copied = jars.copy(java)
    assert is_same(copied, java) and copied.toString() == text


@pytest.mark.parametrize(("offset", "length", "text"), [(1, 5, "Cairo"), (0, 6, "<Cairo"), (1, 6, "Cairo>")])
def test_a_text_within_something_else_is_copied(offset: int, length: int, text: str, jars: Jars) -> None:
    """For that is read into again: the next row's text comes to where the first one's was."""
    row = jars.call(f"{MEMORY}Factory", "allocateUnpooledSegment", 7)
    row.put(0, b"<Cairo>")
    copied = jars.copy(jars.call(TEXT, "fromAddress", array(jars.loader.loadClass(MEMORY), [row]), offset, length))
    row.put(0, b">Luxor<")
    assert copied.toString() == text


@pytest.mark.parametrize("text", ["", "+201012345678", "\N{GRINNING FACE} 中" * 100])
def test_state_is_that_of_flinks_own_class(text: str, jars: Jars, class_path: list[str]) -> None:
    flinks = Jars([path for path in class_path if PurePath(path).name != "flink-python.jar"])
    assert flinks.jar_of(SERIALIZER).startswith("flink-table-runtime")
    assert jars.saved(text) == flinks.saved(text)


def is_same(one: JavaObject, other: JavaObject) -> bool:
    """Whether they are one object of Java's."""
    identity = get_gateway().jvm.java.lang.System.identityHashCode
    return identity(one) == identity(other)
