"""An S3 server of this machine's own, with one bucket."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

NAME = "recordings"
PATIENCE = 30.0  # seconds for the server to answer


def surroundings(port: int) -> dict[str, str]:
    """The environment in which recordings are kept there: our own setting, and what boto3 reads."""
    return {
        "THROUGHLINE_RECORDING_BUCKET": NAME, "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "eu-west-2",
        "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip


class Bucket:
    """What lies in the bucket. environment: surroundings() of its server; log: the requests that it answered."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.environment, self.log = environment, log
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=environment["AWS_ENDPOINT_URL_S3"],
            aws_access_key_id="key",
            aws_secret_access_key="secret",
            region_name="eu-west-2",
            config=Config(retries={"max_attempts": 0}),
        )

    def names(self) -> list[str]:
        return [one["Key"] for one in self.client.list_objects_v2(Bucket=NAME).get("Contents", [])]

    def partial_answers(self) -> int:
        """How many requests asked for a part of an object."""
        return self.log.read_text().count('" 206 ')

    def content(self, name: str) -> bytes:
        found: bytes = self.client.get_object(Bucket=NAME, Key=name)["Body"].read()
        return found

    def grantees(self, name: str) -> list[str]:
        """To whom an object is open besides its owner."""
        grants = self.client.get_object_acl(Bucket=NAME, Key=name)["Grants"]
        return [one["Grantee"]["URI"] for one in grants if "URI" in one["Grantee"]]

    def make(self, process: "subprocess.Popen[bytes]") -> None:
        """Make it once the server answers."""
        deadline = time.monotonic() + PATIENCE
        place = {"LocationConstraint": "eu-west-2"}
        while time.monotonic() < deadline:
            assert process.poll() is None, "the S3 server ended"
            try:
                self.client.create_bucket(Bucket=NAME, CreateBucketConfiguration=place)
            except BotoCoreError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError("the S3 server does not answer")


@contextmanager
def keeping(log: Path) -> Iterator[Bucket]:
    """A running S3 server, which writes a log."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as written, subprocess.Popen(command, stdout=written, stderr=written) as process:
        try:
            bucket = Bucket(surroundings(port), log)
            bucket.make(process)
            yield bucket
        finally:
            process.terminate()
