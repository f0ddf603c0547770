"""A real broker over TLS, reached by the options of an environment: by Trunkline's own client, and by Flink's."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from pyflink.java_gateway import get_gateway

from feeds.kafka import Sender, read
from feeds.records import Record
from flink_jobs import topics
from flink_jobs.environment import load_environment
from flink_jobs.errors import TrunklineError
from flink_jobs.librdkafka import NoAnswerError
from flink_jobs.planner import start_jvm
from flink_jobs.project import Project
from flink_jobs.topics import Topics
from tests import certificates
from tests.end_to_end.workbench import wait
from tests.secure_kafka import ALLOWED, SHADED, SecureListeners, jaas
from tests.services.tokens import token_server
from tests.sql.harness import new_project, releases, run

pytestmark = pytest.mark.needs(certificates.PROGRAM)

USER, PASSWORD = "lake", 'hunter2 "; \\'
SOURCE = "sensor_stream"
TOPIC = "secure"
SECRETS = {
    "sasl.jaas.config",
    "sasl.oauthbearer.client.credentials.client.secret",
    "ssl.keystore.certificate.chain",
    "ssl.keystore.key",
}


@pytest.fixture(scope="module")
def by_login(broker: Project, listeners: SecureListeners) -> dict[str, str]:
    """An environment's options for a user with a password."""
    listeners.admit(broker.settings, USER, PASSWORD)
    Topics({"bootstrap.servers": f"127.0.0.1:{broker.settings.kafka_port}"}).create([TOPIC])
    return listeners.login(USER, PASSWORD)


@pytest.fixture(scope="module")
def by_certificate(by_login: dict[str, str], listeners: SecureListeners) -> dict[str, str]:
    """An environment's options for a client with a certificate."""
    return listeners.by_certificate()


@pytest.fixture(scope="module")
def by_token(by_login: dict[str, str], listeners: SecureListeners) -> Iterator[dict[str, str]]:
    """An environment's options for a client with a token."""
    with token_server(listeners.token_key, USER, PASSWORD) as url:
        yield listeners.by_token(url, USER, PASSWORD)


@pytest.mark.parametrize("way", ["by_login", "by_certificate", "by_token"])
def test_records_are_sent_and_read(way: str, request: pytest.FixtureRequest) -> None:
    options: Mapping[str, str] = request.getfixturevalue(way)
    assert TOPIC in Topics(options).partitions()
    sender = Sender(options, [TOPIC])
    sender.send(Record(TOPIC, way.encode(), b"{}"))
    sender.flush()
    assert way.encode() in {message.key() for message in read(TOPIC, options)}


def test_a_wrong_password_is_told_without_it(by_login: dict[str, str]) -> None:
    with pytest.raises(NoAnswerError, match=r"refuses the login: SASL authentication error: .*; correct properties.sasl") as raised:
        Topics(by_login | {"sasl.jaas.config": jaas(USER, "hunter3")}).partitions()
    assert "hunter" not in str(raised.value)


def test_a_broker_that_nobody_vouches_for_is_not_told_the_password(by_login: dict[str, str], by_certificate: dict[str, str]) -> None:
    unknown = by_login | {"ssl.truststore.certificates": by_certificate["ssl.keystore.certificate.chain"]}
    with pytest.raises(NoAnswerError, match=r"can't be reached over TLS: .*certificate.*; correct properties.security.protocol and"):
        Topics(unknown).partitions()


def test_a_client_without_a_certificate_is_refused(by_certificate: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "TIMEOUT_SECONDS", 1.0)
    without = {key: value for key, value in by_certificate.items() if "keystore" not in key}
    with pytest.raises(TrunklineError, match=r"Kafka at 127.0.0.1:\d+ "):
        Topics(without).partitions()


@pytest.mark.parametrize(
    "way", ["by_login", *(pytest.param(way, marks=pytest.mark.environments) for way in ("by_certificate", "by_token"))]
)
def test_flink_reads_by_the_same_options(
    way: str, request: pytest.FixtureRequest, broker: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, str] = request.getfixturevalue(way)
    project = new_project(tmp_path, broker.settings)
    catalog = project.root / "catalog" / "local.sql"
    address = "'properties.bootstrap.servers' = '${KAFKA_BOOTSTRAP_SERVERS}'"
    assert address in catalog.read_text()
    (project.root / "ca.pem").write_text(options["ssl.truststore.certificates"])
    written = options | {"ssl.truststore.certificates": "file:ca.pem"}
    for number, secret in enumerate(SECRETS & options.keys()):
        monkeypatch.setenv(f"SECRET_{number}", options[secret])
        written[secret] = f"env:SECRET_{number}"
    catalog.write_text(catalog.read_text().replace(address, ", ".join(f"'properties.{key}' = '{value}'" for key, value in written.items())))
    start_jvm(project)
    if url := options.get("sasl.oauthbearer.token.endpoint.url"):
        get_gateway().jvm.System.setProperty(f"{SHADED}{ALLOWED}urls", url)
    kafka = Topics(load_environment(project).kafka)
    kafka.create([SOURCE])
    sender = Sender(options, [SOURCE])
    sender.send(Record(SOURCE, b"1", b"{}"))
    sender.flush()
    (books,) = (release for release in releases(project) if release.job == "books-books")
    assert not any(options[secret] in books.model_dump_json() for secret in SECRETS & options.keys())
    stored = run(project, [books])
    assert b"{}" in {row["kafka_value"] for row in stored["books.bronze.sensor_stream"]}
    # Others, whose broker this is too, have records of their own for it.
    kafka.admin.delete_topics([SOURCE])[SOURCE].result()
    wait(lambda: SOURCE not in kafka.partitions(), "the topic's end")
