"""A Flink that a team has elsewhere, behind HTTPS: commands reach it by its name, and trust who vouches for it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flink_jobs.local.processes import Daemon
from tests import certificates
from tests.certificates import RSA, Authority
from tests.end_to_end.prices import FACT, send_all_prices, wrong_tables
from tests.end_to_end.workbench import BIN, Workbench, wait
from tests.services.ingress import HOST, TRUSTSTORE_PASSWORD, ingress, truststore

pytestmark = [pytest.mark.environments, pytest.mark.needs(certificates.PROGRAM)]

OTHER_CIPHER = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"  # than a key of RSA can have


@pytest.fixture
def bench(workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """A workbench that knows its Flink by `catalog/far.sql` alone, where it has another address."""
    workbench.keep_only("stocks")
    workbench.trunkline("up")
    authority = Authority.make(tmp_path, RSA)  # the ciphers that Flink takes, unless it is told others, want it
    with ingress(authority, int(workbench.settings["TRUNKLINE_FLINK_PORT"])) as port:
        catalog = workbench.project.root / "catalog"
        options = {
            "rest.address": HOST,
            "rest.port": port,
            "security.ssl.rest.enabled": "true",
            "security.ssl.rest.truststore": truststore(authority),
            "security.ssl.rest.truststore-type": "PKCS12",
            "security.ssl.rest.truststore-password": TRUSTSTORE_PASSWORD,
        }
        sets = "".join(f"SET '{key}' = '{value}';\n" for key, value in options.items())
        (catalog / "far.sql").write_text(sets + (catalog / "local.sql").read_text())
        workbench.is_told({"TRUNKLINE_ENV": "far", "REQUESTS_CA_BUNDLE": str(authority.pem)}, monkeypatch)
        yield workbench
        workbench.environment["TRUNKLINE_ENV"] = "local"


@contextmanager
def container(bench: Workbench) -> Iterator[None]:
    """A TaskManager more, that begins as in a container: it tells its Python."""
    taskmanager = Daemon(bench.project, "Container")
    command = [BIN / "trunkline-container", "TaskManager", "-D", "taskmanager.resource-id=container"]
    taskmanager.start(command, bench.environment | {"TRUNKLINE_ENV": "local"})
    try:
        wait(lambda: len(bench.taskmanagers) > 1, "a TaskManager more")
        yield
    finally:
        taskmanager.stop()


def test_a_flink_behind_https_runs_the_jobs(bench: Workbench) -> None:
    authority = bench.environment.pop("REQUESTS_CA_BUNDLE")
    said = bench.trunkline("plan", expect=1)
    assert f"https://{HOST}:" in said
    assert "has a certificate that is not trusted here" in said
    assert said.strip().count("\n") == 0
    bench.environment["REQUESTS_CA_BUNDLE"] = authority

    far = bench.project.root / "catalog" / "far.sql"
    right = far.read_text()
    far.write_text(f"SET 'security.ssl.algorithms' = '{OTHER_CIPHER}';\n{right}")
    assert "Flink hangs up; behind HTTPS, SET those security.ssl.algorithms" in bench.trunkline("deploy", expect=1)
    far.write_text(right)

    bench.trunkline("deploy")
    found = {finding["part"]: finding for finding in json.loads(bench.run("trunkline", "doctor", "--workers", "--json").stdout)}
    assert f" at https://{HOST}:" in found["flink"]["says"]
    assert "it imports udfs.flink" in found["python"]["says"]
    bench.configure_flink("parallelism.default", "2")
    assert "resumed" in bench.trunkline("deploy")
    assert bench.widths() == {"stocks-companies": 2, "stocks-prices": 1}
    with container(bench):
        assert "unchanged" in bench.trunkline("deploy")
        needs_what_no_container_has(bench)
        refused = bench.trunkline("deploy", expect=1)
        assert "has no Python module rates, which udfs.stocks imports; give its image the packages of uv.lock" in refused
        assert refused.strip().count("\n") == 0
    send_all_prices(bench)
    assert wrong_tables(bench) == []
    assert bench.rows(FACT)


def needs_what_no_container_has(bench: Workbench) -> None:
    """Has functions import a module that commands here find, and a TaskManager that has begun before does not."""
    folder = bench.project.root / "installed"
    folder.mkdir()
    (folder / "rates.py").touch()
    bench.environment["PYTHONPATH"] = str(folder)
    with (bench.project.root / "udfs" / "stocks.py").open("a") as functions:
        functions.write("\nimport rates\n")
