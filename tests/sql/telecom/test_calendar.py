"""The fixed tables, as the batch job writes them, against an oracle that shares no code with it."""

from flink_jobs.project import Project
from tests.oracle.calendar import expected_dates, expected_times
from tests.oracle.compare import differences
from tests.sql.harness import releases, run


def test_every_day_and_every_second(project: Project) -> None:
    tables = run(project, [job for job in releases(project) if job.job == "telecom-calendar"])
    assert differences(expected_dates(), tables["telecom.gold.dim_date"], key=("date_key",)) == []
    assert differences(expected_times(), tables["telecom.gold.dim_time"], key=("time_sk",)) == []
