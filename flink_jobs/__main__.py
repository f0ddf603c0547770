"""`python -m flink_jobs` is `trunkline`."""

from flink_jobs.cli import main

main()
