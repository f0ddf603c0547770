"""An S3-compatible server that keeps objects as files: versitygw, https://github.com/versity/versitygw."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import requests
from pyarrow.fs import FileSelector, S3FileSystem, copy_files

from flink_jobs.local.processes import Daemon
from flink_jobs.project import Project
from flink_jobs.storage import S3_FILE_IO
from tests.end_to_end.workbench import free_ports
from tests.services.server import Server, home

PROGRAM = "versitygw"
BUCKET = "lake"
REGION = "us-east-1"
ACCESS_KEY = "trunkline"


class S3(Server):
    """One bucket, and one who may use it."""

    def __init__(self, project: Project) -> None:
        super().__init__(Daemon(project, "S3"))
        self.objects = home(project, "s3")
        (self.port,) = free_ports(1)

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def variables(self) -> dict[str, str]:
        """Those of catalog/postgres.sql and catalog/rest.sql."""
        return {
            "S3_ENDPOINT": self.endpoint,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "WAREHOUSE": f"s3://{BUCKET}/warehouse",
        }

    @property
    def storage(self) -> dict[str, str]:
        """The options of a catalog whose tables are there."""
        return {
            "io-impl": S3_FILE_IO,
            "s3.endpoint": self.endpoint,
            "s3.path-style-access": "true",
            "s3.access-key-id": ACCESS_KEY,
            "s3.secret-access-key": self.secret,
            "client.region": REGION,
        }

    def command(self) -> Sequence[str | Path]:
        """The program, with a folder for the bucket."""
        (self.objects / BUCKET).mkdir(exist_ok=True)
        return [shutil.which(PROGRAM), "--port", f"127.0.0.1:{self.port}", "--quiet", "--keep-alive", "posix", self.objects]

    def environment(self) -> dict[str, str]:
        """Who may use it."""
        return {"ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": self.secret, "VGW_REGION": REGION}

    def copy_to(self, folder: Path) -> None:
        """Writes the bucket's objects to a folder."""
        copy_files(BUCKET, str(folder), source_filesystem=self._client)

    def restore(self, folder: Path) -> None:
        """Has the bucket hold what a folder does, and nothing else."""
        for stored in self._client.get_file_info(FileSelector(BUCKET, recursive=True)):
            if stored.is_file:
                self._client.delete_file(stored.path)
        copy_files(str(folder), BUCKET, destination_filesystem=self._client)

    @property
    def _client(self) -> S3FileSystem:
        address = {"endpoint_override": self.endpoint, "region": REGION}
        return S3FileSystem(access_key=ACCESS_KEY, secret_key=self.secret, **address)

    def answers(self) -> bool:
        """Whether it refuses who has no key."""
        try:
            return requests.get(self.endpoint, timeout=5).status_code == requests.codes.forbidden
        except requests.ConnectionError:
            return False
