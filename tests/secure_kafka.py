"""What a broker needs to be reached over TLS: with a login, with a token, or with a certificate."""

from dataclasses import dataclass
from pathlib import Path

from confluent_kafka.admin import AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

from flink_jobs.project import Settings
from tests.certificates import Authority, openssl
from tests.end_to_end.workbench import free_ports
from tests.services.tokens import key_set

MECHANISM = "SCRAM-SHA-512"
SECURITY = "org.apache.kafka.common.security"
SHADED = "org.apache.flink.kafka.shaded."  # before each of Kafka's names in Flink's connector
LOGIN_MODULE = f"{SHADED}{SECURITY}.scram.ScramLoginModule"
ALLOWED = "org.apache.kafka.sasl.oauthbearer.allowed."


@dataclass(frozen=True)
class SecureListeners:
    """Two listeners on this machine besides those of the settings, and an authority that vouches for broker and client."""

    folder: Path
    login_port: int
    certificate_port: int

    @classmethod
    def make(cls, folder: Path) -> "SecureListeners":
        """Certificates that end tomorrow."""
        listeners = cls(folder, *free_ports(2))
        authority = Authority.make(folder)
        for name in ("broker", "client"):
            authority.vouch_for(name, "IP:127.0.0.1")
        openssl("genrsa", "-out", listeners.token_key, "2048")
        (folder / "keys.json").write_text(key_set(listeners.token_key))
        (folder / "broker-all.pem").write_text((folder / "broker.key").read_text() + (folder / "broker.pem").read_text())
        return listeners

    @property
    def token_key(self) -> Path:
        """What tokens that the broker takes are signed with."""
        return self.folder / "token.key"

    def admit(self, settings: Settings, user: str, password: str) -> None:
        """Has a broker with these listeners know a user."""
        credential = UserScramCredentialUpsertion(user, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password.encode())
        admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{settings.kafka_port}"})
        admin.alter_user_scram_credentials([credential])[user].result()

    def login(self, user: str, password: str) -> dict[str, str]:
        """What a Java client of that user is told."""
        return self._sasl(MECHANISM, jaas(user, password))

    def by_token(self, url: str, client: str, secret: str) -> dict[str, str]:
        """What a Java client is told that gets a token first."""
        package = f"{SHADED}{SECURITY}.oauthbearer"
        return self._sasl("OAUTHBEARER", f"{package}.OAuthBearerLoginModule required;") | {
            "sasl.oauthbearer.token.endpoint.url": url,
            "sasl.oauthbearer.client.credentials.client.id": client,
            "sasl.oauthbearer.client.credentials.client.secret": secret,
            "sasl.login.callback.handler.class": f"{package}.OAuthBearerLoginCallbackHandler",
        }

    def by_certificate(self) -> dict[str, str]:
        """What a Java client with a certificate is told."""
        return {
            "bootstrap.servers": f"127.0.0.1:{self.certificate_port}",
            "security.protocol": "SSL",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.certificate.chain": (self.folder / "client.pem").read_text(),
            "ssl.keystore.key": (self.folder / "client.key").read_text(),
            **self._trust(),
        }

    def _sasl(self, mechanism: str, login: str) -> dict[str, str]:
        return {
            "bootstrap.servers": f"127.0.0.1:{self.login_port}",
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": mechanism,
            "sasl.jaas.config": login,
            **self._trust(),
        }

    def _trust(self) -> dict[str, str]:
        return {"ssl.truststore.type": "PEM", "ssl.truststore.certificates": (self.folder / "ca.pem").read_text()}

    @property
    def variables(self) -> dict[str, str]:
        """What the broker's process is told besides its options: which places tokens' keys may come from."""
        keys = self.folder / "keys.json"
        return {"JDK_JAVA_OPTIONS": f"-D{ALLOWED}urls={keys.as_uri()} -D{ALLOWED}files={keys}"}

    def options(self, settings: Settings) -> list[str]:
        """The broker's, on its command line."""
        sasl = "listener.name.sasl_ssl"
        options = {
            "listeners": f"PLAINTEXT://127.0.0.1:{settings.kafka_port},CONTROLLER://127.0.0.1:{settings.kafka_controller_port},"
            f"SASL_SSL://127.0.0.1:{self.login_port},SSL://127.0.0.1:{self.certificate_port}",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self.folder / "broker-all.pem",
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.folder / "ca.pem",
            "listener.name.ssl.ssl.client.auth": "required",
            f"{sasl}.sasl.enabled.mechanisms": f"{MECHANISM},OAUTHBEARER",
            f"{sasl}.{MECHANISM.lower()}.sasl.jaas.config": f"{SECURITY}.scram.ScramLoginModule required;",
            f"{sasl}.oauthbearer.sasl.jaas.config": f"{SECURITY}.oauthbearer.OAuthBearerLoginModule required;",
            f"{sasl}.oauthbearer.sasl.server.callback.handler.class": f"{SECURITY}.oauthbearer.OAuthBearerValidatorCallbackHandler",
            "sasl.oauthbearer.jwks.endpoint.url": (self.folder / "keys.json").as_uri(),
        }
        return [word for key, value in options.items() for word in ("--override", f"{key}={value}")]


def jaas(user: str, password: str) -> str:
    """A line of Java's login configuration, as Flink's Kafka client takes it."""
    quoted = password.replace("\\", "\\\\").replace('"', '\\"')
    return f'{LOGIN_MODULE} required username="{user}" password="{quoted}";'
