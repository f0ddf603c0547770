"""What a broker needs to be reached over TLS: with a login, or with a certificate."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka.admin import AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

from flink_jobs.project import Settings
from tests.end_to_end.workbench import free_ports

PROGRAM = "openssl"
MECHANISM = "SCRAM-SHA-512"
LOGIN_MODULE = "org.apache.flink.kafka.shaded.org.apache.kafka.common.security.scram.ScramLoginModule"
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1")


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
        _openssl("req", "-x509", *KEY, "-subj", "/CN=authority", "-keyout", folder / "ca.key", "-out", folder / "ca.pem")
        for name in ("broker", "client"):
            signed = ("-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-addext", "subjectAltName=IP:127.0.0.1")
            _openssl(
                "req", "-x509", *KEY, "-subj", f"/CN={name}", *signed, "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"
            )
        (folder / "broker-all.pem").write_text((folder / "broker.key").read_text() + (folder / "broker.pem").read_text())
        return listeners

    def admit(self, settings: Settings, user: str, password: str) -> None:
        """Has a broker with these listeners know a user."""
        credential = UserScramCredentialUpsertion(user, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password.encode())
        admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{settings.kafka_port}"})
        admin.alter_user_scram_credentials([credential])[user].result()

    def login(self, user: str, password: str) -> dict[str, str]:
        """What a Java client of that user is told."""
        return {
            "bootstrap.servers": f"127.0.0.1:{self.login_port}",
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": MECHANISM,
            "sasl.jaas.config": jaas(user, password),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.certificates": (self.folder / "ca.pem").read_text(),
        }

    def options(self, settings: Settings) -> list[str]:
        """The broker's, on its command line."""
        options = {
            "listeners": f"PLAINTEXT://127.0.0.1:{settings.kafka_port},CONTROLLER://127.0.0.1:{settings.kafka_controller_port},"
            f"SASL_SSL://127.0.0.1:{self.login_port},SSL://127.0.0.1:{self.certificate_port}",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self.folder / "broker-all.pem",
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.folder / "ca.pem",
            "listener.name.ssl.ssl.client.auth": "required",
            "listener.name.sasl_ssl.sasl.enabled.mechanisms": MECHANISM,
            f"listener.name.sasl_ssl.{MECHANISM.lower()}.sasl.jaas.config": (
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            ),
        }
        return [word for key, value in options.items() for word in ("--override", f"{key}={value}")]


def jaas(user: str, password: str) -> str:
    """A line of Java's login configuration, as Flink's Kafka client takes it."""
    quoted = password.replace("\\", "\\\\").replace('"', '\\"')
    return f'{LOGIN_MODULE} required username="{user}" password="{quoted}";'


def is_possible() -> bool:
    """Whether certificates can be made here."""
    return shutil.which(PROGRAM) is not None


def _openssl(*words: str | Path) -> None:
    subprocess.run([PROGRAM, *words], check=True, capture_output=True)
