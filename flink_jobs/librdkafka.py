"""librdkafka, Kafka's client in Python, told what Java's clients are told: an environment's options stand once, for Flink and for it.

https://kafka.apache.org/42/configuration/consumer-configs/ and
https://github.com/confluentinc/librdkafka/blob/v2.16.0/CONFIGURATION.md
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import TopicMetadata
from tenacity import Retrying, retry_if_exception, stop_after_delay

from flink_jobs.errors import TrunklineError

SAME = (
    "bootstrap.servers",
    "isolation.level",
    "security.protocol",
    "sasl.mechanism",
    "sasl.kerberos.service.name",
    "sasl.oauthbearer.scope",
    "sasl.oauthbearer.token.endpoint.url",
    "ssl.cipher.suites",
    "ssl.key.password",
)
OTHER_NAMES = {
    "sasl.oauthbearer.client.credentials.client.id": ("sasl.oauthbearer.client.id",),
    "sasl.oauthbearer.client.credentials.client.secret": ("sasl.oauthbearer.client.secret",),
    "ssl.truststore.certificates": ("ssl.ca.pem",),
    "ssl.truststore.location": ("ssl.ca.location",),
    "ssl.keystore.certificate.chain": ("ssl.certificate.pem",),
    "ssl.keystore.key": ("ssl.key.pem",),
    "ssl.keystore.location": ("ssl.certificate.location", "ssl.key.location"),  # one file in PEM holds both
}
PEM = "PEM"
LOGIN = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))')
LOGIN_NAMES = {
    "username": "sasl.username",
    "password": "sasl.password",
    "clientId": "sasl.oauthbearer.client.id",
    "clientSecret": "sasl.oauthbearer.client.secret",
    "scope": "sasl.oauthbearer.scope",
}
LOOK_SECONDS = 0.5
T = TypeVar("T")
REFUSALS = {
    KafkaError._AUTHENTICATION: ("refuses the login", "correct properties.sasl.* in catalog/<env>.sql"),
    KafkaError._SSL: ("can't be reached over TLS", "correct properties.security.protocol and properties.ssl.* in catalog/<env>.sql"),
    KafkaError._RESOLVE: ("can't be found", "correct properties.bootstrap.servers in catalog/<env>.sql"),
}
HANDSHAKE = "SSL handshake failed"
# Where librdkafka stood when it found an error.
WHERE = re.compile(r"^\S+/(?:bootstrap|\d+): | \(after \d+ms in state \w+.*?\)")


class NoAnswerError(TrunklineError):
    """Kafka does not answer, or not with what it was asked for."""


def code_of(error: KafkaError) -> int:
    """The code of an error; also of a broker without TLS that resets the connection, before librdkafka knows that it refuses."""
    return KafkaError._SSL if HANDSHAKE in error.str() else error.code()


class Heard:
    """A client's `error_cb`: it tries for ever, and only here it says why in vain. Keeps the error that says most."""

    error: KafkaError | None = None

    def __call__(self, error: KafkaError) -> None:
        """Takes an error."""
        if code_of(error) in REFUSALS or (error.code() == KafkaError._TRANSPORT and not self.is_refusal):
            self.error = error

    @property
    def is_refusal(self) -> bool:
        """Whether it is of no use to wait longer."""
        return self.error is not None and code_of(self.error) in REFUSALS


def client(kind: Callable[[dict[str, Any]], T], options: Mapping[str, str], own: Mapping[str, Any], heard: Heard) -> T:
    """A Producer, Consumer or AdminClient, with a Java client's options and `own` ones by librdkafka's names. It logs nothing.

    TrunklineError where an option can't be what it is.
    """
    try:
        return kind({**client_options(options), **own, "error_cb": heard, "log_level": 0})
    except KafkaException as error:
        what = f"Kafka's client can't be made: {error.args[0].str().partition(': ')[2] or error.args[0].str()}"
        raise TrunklineError(what, "correct the properties.* in catalog/<env>.sql") from None


def topics(asked: Any, heard: Heard, seconds: float) -> dict[str, TopicMetadata]:  # noqa: ANN401
    """The topics that Kafka has, by name. KafkaException after so many seconds, at once where the client is refused."""

    def look() -> dict[str, TopicMetadata]:
        try:
            return asked.list_topics(timeout=min(seconds, LOOK_SECONDS)).topics
        finally:
            asked.poll(0)  # has `heard` called

    in_vain = retry_if_exception(lambda error: isinstance(error, KafkaException) and not heard.is_refusal)
    return Retrying(retry=in_vain, stop=stop_after_delay(seconds), reraise=True)(look)


def silence(address: str, error: KafkaException, heard: Heard) -> NoAnswerError:
    """Why Kafka did not answer, and what to do."""
    said = WHERE.sub("", heard.error.str()) if heard.error else error.args[0].name()
    if heard.error and heard.is_refusal:
        what, fix = REFUSALS[code_of(heard.error)]
        return NoAnswerError(f"Kafka at {address} {what}: {said}", fix)
    return NoAnswerError(f"Kafka at {address} does not answer ({said})", "start it with `trunkline up`, or correct its address")


def client_options(options: Mapping[str, str]) -> dict[str, str]:
    """The options by which librdkafka reaches the same Kafka as a Java client with these, as the same user.

    What says only how a Java client does so is left out. TrunklineError for keys in a store of Java's, which librdkafka can't read.
    """
    for store in ("ssl.truststore", "ssl.keystore"):
        if f"{store}.location" in options and options.get(f"{store}.type", "JKS").upper() != PEM:
            what = f"'properties.{store}.location' is a store of Java's, which Trunkline's own Kafka client can't read"
            raise TrunklineError(what, f"give a file in PEM, and 'properties.{store}.type' = '{PEM}'")
    found = {key: options[key] for key in SAME if key in options}
    found |= {name: options[key] for key, names in OTHER_NAMES.items() if key in options for name in names}
    found |= dict(_login(options.get("sasl.jaas.config", "")))
    if options.get("sasl.mechanism") == "OAUTHBEARER":
        found["sasl.oauthbearer.method"] = "oidc"
    if options.get("ssl.endpoint.identification.algorithm") == "":
        found["ssl.endpoint.identification.algorithm"] = "none"
    return found


def _login(jaas: str) -> Iterator[tuple[str, str]]:
    """What a line of Java's login configuration says: `a.b.ScramLoginModule required username="..." password="...";`."""
    for name, text, word in LOGIN.findall(jaas):
        if name in LOGIN_NAMES:
            yield LOGIN_NAMES[name], word or re.sub(r"\\(.)", r"\1", text)
