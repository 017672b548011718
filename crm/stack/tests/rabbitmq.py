"""A RabbitMQ server of the tests' own: its node, its ports and its folder are nobody else's."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crm.stack.tests.elsewhere import START_LIMIT, program, running
from crm.stack.tests.stacks import wait_until
from crm.stack.throwaway import free_port

PROGRAMS = Path("/usr/lib/rabbitmq/bin")
REGISTER = Path("/usr/bin/epmd")  # of Erlang's nodes; the server would start one for the whole machine, and leave it


class RabbitMQ:
    """A server that can be stopped and started again; what it was told to keep is there the next time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.register_port, self.nodes_port = free_port(), free_port(), free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    @property
    def environment(self) -> dict[str, str]:
        """Everything that would otherwise be the machine's."""
        places = ("MNESIA_BASE", "LOG_BASE", "ENABLED_PLUGINS_FILE", "CONFIG_FILE", "CONF_ENV_FILE")
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "ERL_EPMD_PORT": str(self.register_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "throughline@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.nodes_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            **{f"RABBITMQ_{place}": str(self.folder / place.lower()) for place in places},
        }

    def start(self) -> None:
        """Return once it answers."""
        command = [program(PROGRAMS / "rabbitmq-server", "rabbitmq-server")]
        nowhere = subprocess.DEVNULL
        self.process = subprocess.Popen(
            command, env=self.environment, cwd=self.folder, stdin=nowhere, stdout=nowhere, stderr=nowhere
        )
        wait_until(self.is_answering, START_LIMIT)

    def stop(self) -> None:
        """Shut it down in order."""
        if self.process:
            self.process.terminate()
            self.process.wait(START_LIMIT)

    def is_answering(self) -> bool:
        """Whether it takes connections, which is the last thing that it starts with."""
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
        except ConnectionRefusedError:
            return False
        return True

    def queues(self) -> dict[str, str]:
        """The type of each queue, as its own tool tells it."""
        command = [str(PROGRAMS / "rabbitmqctl"), "list_queues", "--silent", "--formatter", "json", "name", "type"]
        told = subprocess.run(command, env=self.environment, capture_output=True, check=True)
        return {queue["name"]: queue["type"] for queue in json.loads(told.stdout)}


@contextmanager
def rabbitmq(folder: Path) -> Iterator[RabbitMQ]:
    """A new server that keeps everything in this folder."""
    server = RabbitMQ(folder)
    register = [program(REGISTER, "rabbitmq-server"), "-port", str(server.register_port), "-address", "127.0.0.1"]
    with running(register, env=server.environment):
        try:
            server.start()
            yield server
        finally:
            server.stop()
