"""When rows that a Python worker has done come back: without the wait for those that it has not."""

from pathlib import Path

import pytest
from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.udf import udf

from tests.workers import functions_in_a_worker

PATIENCE = 60  # seconds


@pytest.mark.usefixtures("repository")
def test_rows_come_back_while_python_has_the_others(tmp_path: Path) -> None:
    """Python holds the last row back until the first has been seen here."""
    seen, last = tmp_path / "seen", 9

    def held_back(number: int) -> str:
        import time
        from pathlib import Path

        file, end = Path(seen), time.monotonic() + PATIENCE
        if number == last - 1:
            time.sleep(2)  # a worker gives back what it has once a second
        while number == last and not file.exists():
            if time.monotonic() > end:
                return "nobody saw the first row"
            time.sleep(0.05)
        return "seen"

    with functions_in_a_worker():
        environment = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
        environment.get_config().set("parallelism.default", "1")
        environment.create_temporary_function("held_back", udf(held_back, input_types=[DataTypes.INT()], result_type=DataTypes.STRING()))
        numbers = "CREATE TEMPORARY TABLE numbers (number INT) WITH ('connector'='datagen', 'fields.number.kind'='sequence', "
        environment.execute_sql(f"{numbers} 'fields.number.start'='0', 'fields.number.end'='{last}')")
        with environment.execute_sql("SELECT held_back(number) FROM numbers").collect() as rows:
            assert next(rows)[0] == "seen"
            seen.touch()
            assert [row[0] for row in rows] == ["seen"] * last
