"""One way to say how Kafka is reached, for Java and for librdkafka."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from flink_jobs import topics
from flink_jobs.errors import TrunklineError
from flink_jobs.librdkafka import NoAnswerError, client_options
from flink_jobs.topics import Topics

CASES = yaml.safe_load((Path(__file__).parent / "data" / "kafka_clients.yaml").read_text())
SECRET = "hunter2"  # noqa: S105


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_librdkafka_is_told_what_java_is_told(case: dict) -> None:
    told = client_options(case["java"])
    assert told == case["librdkafka"]
    readable = {key: value for key, value in told.items() if not key.startswith("ssl.") or key == "ssl.key.password"}
    AdminClient({**readable, "log_level": 0})  # it knows every one of these


@pytest.mark.parametrize("store", ["ssl.truststore", "ssl.keystore"])
def test_a_store_of_java_is_refused(store: str) -> None:
    with pytest.raises(TrunklineError, match=rf"'properties.{store}.location' is a store of Java's.*; give a file in PEM, and"):
        client_options({f"{store}.location": "/keys.jks"})


def test_an_option_that_can_not_be_is_told_without_what_is_secret() -> None:
    with pytest.raises(TrunklineError, match=r"Kafka's client can't be made: .*PEM.*; correct the properties") as raised:
        Topics({"bootstrap.servers": "127.0.0.1:1", "security.protocol": "SSL", "ssl.truststore.certificates": SECRET})
    assert SECRET not in str(raised.value)


@pytest.fixture
def address() -> Iterator[str]:
    """Where a broker without TLS and logins answers."""
    owner = Producer({"test.mock.num.brokers": 1})
    yield str(owner.list_topics().brokers[1]).split("/")[0]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"bootstrap.servers": "no.such.host.invalid:9092"}, r"can't be found: Failed to resolve .*; correct properties.bootstrap.servers"),
        ({"security.protocol": "SSL"}, r"can't be reached over TLS: .*; correct properties.security.protocol and properties.ssl"),
    ],
)
def test_a_refusal_is_told_before_patience_ends(options: dict[str, str], says: str, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "TIMEOUT_SECONDS", 120)
    with pytest.raises(NoAnswerError, match=says):
        Topics({"bootstrap.servers": address, **options}).partitions()
