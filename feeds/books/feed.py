"""`trunkline feed books`: the best-selling books, one by one."""

from pathlib import Path

from feeds.csv_feed import Again, Delay, send_file
from feeds.csv_files import CsvFile
from feeds.options import Bootstrap, DryRun, Json, kafka_options
from flink_jobs.environment import LOCAL
from flink_jobs.options import EnvironmentName

BEST_SELLERS = Path(__file__).with_name("best_sellers.csv")


def books(
    delay: Delay = 0.1,
    again: Again = False,
    bootstrap: Bootstrap = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    environment: EnvironmentName = LOCAL,
) -> None:
    """Send the best-selling books to the topic sensor_stream, each once: `feed csv` of a file that ships with Trunkline."""
    kafka = kafka_options(bootstrap, environment)
    send_file(CsvFile.of(BEST_SELLERS), "sensor_stream", kafka, delay, again=again, dry_run=dry_run, as_json=as_json)
