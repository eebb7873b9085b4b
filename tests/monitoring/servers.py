# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real Prometheus that scrapes a real node_exporter, both on loopback."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import urllib.parse
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Iterator

from ansible_collections.erni_ki.litellm.tests.integration.support.bed import until

ROOT = Path(__file__).resolve().parents[2]
UNPACKED = ROOT / ".cache" / "prometheus" / "usr" / "bin"
#: Only ends a test that hangs, seconds.
LONGEST_WAIT = 120.0
CONFIGURATION = """\
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: node
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


def program(name: str) -> str:
    """Path of a program that tests/monitoring/prometheus.sh brought, or that the machine has."""
    found = shutil.which(name, path=str(UNPACKED)) or shutil.which(name)
    assert found, f"{name} is missing: bash tests/project.sh monitoring brings it"
    return found


def free_port() -> int:
    """A port of loopback that nobody uses at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def running(command: list[str], log: Path, **how: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A program that ends with the test."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, **how)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(LONGEST_WAIT)


class Prometheus:
    """Scrapes what lies in a directory of node_exporter.

    :param textfile: the directory.
    :param folder: for all that the two servers need.
    """

    def __init__(self, textfile: Path, folder: Path) -> None:
        self._textfile, self._folder = textfile, folder
        self._port, self._exporter = free_port(), free_port()
        self._stack = ExitStack()

    def __enter__(self) -> Prometheus:
        exporter = [program("prometheus-node-exporter"), "--collector.disable-defaults", "--collector.textfile"]
        exporter += [f"--collector.textfile.directory={self._textfile}"]
        exporter += [f"--web.listen-address=127.0.0.1:{self._exporter}"]
        (self._folder / "prometheus.yml").write_text(CONFIGURATION.format(port=self._exporter), encoding="utf-8")
        server = [program("prometheus"), f"--config.file={self._folder}/prometheus.yml"]
        server += [f"--storage.tsdb.path={self._folder}/data", f"--web.listen-address=127.0.0.1:{self._port}"]
        self._stack.enter_context(running(exporter, self._folder / "node_exporter.log"))
        self._stack.enter_context(running(server, self._folder / "prometheus.log"))
        until(self._scraped, f"Prometheus scraped node_exporter, see {self._folder}")
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def _scraped(self) -> bool:
        try:
            return bool(self.query("node_textfile_scrape_error"))
        except OSError:
            return False

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series that an expression gives now.

        :raises AssertionError: Prometheus does not take the expression.
        :raises OSError: it does not answer.
        """
        data = urllib.parse.urlencode({"query": expression}).encode()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/api/v1/query", data, timeout=30) as answer:
                found = json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 503:  # it is not ready yet
                raise
            raise AssertionError(f"{expression}: {error.read().decode()}") from None
        return found["data"]["result"]
