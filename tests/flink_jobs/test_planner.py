"""The JVM that plans, as threads of this process share it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pyflink.java_gateway import get_gateway


@pytest.mark.usefixtures("repository")
def test_each_thread_has_one_of_java_for_itself() -> None:
    def thread() -> int:
        return get_gateway().jvm.java.lang.Thread.currentThread().getId()

    here = thread()
    with ThreadPoolExecutor(1) as pool:
        there = pool.submit(thread).result()
        assert there != here
        assert (pool.submit(thread).result(), thread()) == (there, here)
