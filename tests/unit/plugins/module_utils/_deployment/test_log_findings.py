# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told of a log: known words, and nothing that could be private."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.log_findings import (
    OF_REDIS,
    UNREADABLE_URL,
    cache_findings,
    last_error,
    most_telling,
)

# Lines as LiteLLM 1.80.0 prints them, the values made up.
WRITE_FAILED = (
    "\x1b[92m22:01:02 - LiteLLM:ERROR\x1b[0m: redis_cache.py:453 - LiteLLM Redis Caching: async set() - Got exception "
    "from REDIS Error 111 connecting to redis:6379. Connection refused., Writing value={'response': "
    '\'{"content": "the patient is called Ann"}\'}'
)
WRONG_PASSWORD = (
    "22:01:02 - LiteLLM:ERROR: _redis.py:9 - Error connecting to Async Redis client - invalid username-password pair "
    "or user is disabled. my-s3cret"
)
START_FAILED = "TypeError: AbstractConnection.__init__() got an unexpected keyword argument 'timeout'"


def test_a_write_that_failed_is_told_without_the_value() -> None:
    (finding,) = cache_findings(WRITE_FAILED)
    assert finding["code"] == "redis_write_failed"
    assert finding["text"].endswith("Got exception from REDIS: Error 111 connecting. Connection refused")
    assert "Ann" not in str(finding)


def test_a_wrong_password_is_told_without_it() -> None:
    (finding,) = cache_findings(WRONG_PASSWORD)
    assert finding == {
        "code": "redis_unreachable",
        "text": "Error connecting to Async Redis client: invalid username-password pair or user is disabled",
        "count": 1,
    }


def test_equal_findings_are_counted_in_order_of_appearance() -> None:
    log = "\n".join([START_FAILED, WRITE_FAILED, "GET /v1/models 200", START_FAILED])
    assert [(finding["code"], finding["count"]) for finding in cache_findings(log)] == [
        ("start_failed", 2),
        ("redis_write_failed", 1),
    ]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("ValueError: Either 'host' or 'url' must be specified for redis.", "start_failed"),
        ("TypeError: 'NoneType' object is not iterable", "start_failed"),
        ("yaml.scanner.ScannerError: mapping values are not allowed here", "start_failed"),
        ("ERROR:    Application startup failed. Exiting.", "start_failed"),
        ("LiteLLM Redis Cache PING: - Got exception from REDIS : Timeout connecting to server", "redis_unreachable"),
        ("Redis circuit breaker OPENED after 5 consecutive failures", "redis_circuit_open"),
    ],
)
def test_known_lines(line: str, code: str) -> None:
    assert [finding["code"] for finding in cache_findings(line)] == [code]


def test_a_line_is_looked_at_up_to_a_length_whoever_made_it() -> None:
    path = "GET /" + "set" * 1_000_000 + " "
    assert cache_findings(path + WRITE_FAILED) == []
    assert [finding["count"] for finding in cache_findings(f"{path}\n{WRITE_FAILED}")] == [1]


@pytest.mark.parametrize(
    "log", ["", "\n\n", 'INFO: 127.0.0.1:1 - "GET /health/liveliness HTTP/1.1" 200 OK', "\x00\x1b[31m"]
)
def test_nothing_to_tell(log: str) -> None:
    assert cache_findings(log) == []


# As LiteLLM 1.80.0 prints it when its start fails, with a password that stands in a URL as it is.
PORT_OF_A_PASSWORD = """ERROR:    Traceback (most recent call last):
  File "/usr/lib/python3.11/urllib/parse.py", line 182, in port
    raise ValueError(f"Port could not be cast to integer value as {port!r}")
ValueError: Port could not be cast to integer value as 'pw'

ERROR:    Application startup failed. Exiting."""


@pytest.mark.parametrize(
    "text",
    ["Port could not be cast to integer value as 'pw'", "Port out of range 0-65535", "Invalid IPv6 URL",
     "netloc ':pw@redis' contains invalid characters under NFKC normalization",
     "'pw' does not appear to be an IPv4 or IPv6 address"],
)  # fmt: skip
def test_a_url_that_stops_the_start_is_told_without_a_piece_of_it(text: str) -> None:
    log = PORT_OF_A_PASSWORD.replace("Port could not be cast to integer value as 'pw'", text)
    assert cache_findings(log) == [{"code": "start_failed", "text": UNREADABLE_URL, "count": 1}]
    assert "pw" not in UNREADABLE_URL.replace("password", "")


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("ValueError: the password hunter2 is bad", "ValueError"),
        ("ImportError", "ImportError"),
        ("prisma.errors.ClientNotConnectedError: hunter2", "ClientNotConnectedError"),
        ("Exception: Unable to connect to hunter2", "Exception"),
    ],
)
def test_the_error_before_a_failed_start_is_told_by_its_class(line: str, error: str) -> None:
    log = f"Traceback\n  File\n{line}\n\nERROR:    Application startup failed. Exiting."
    assert [finding["text"] for finding in cache_findings(log)] == [f"Application startup failed: {error}"]


def test_an_error_that_stops_no_start_is_not_told() -> None:
    assert cache_findings("ValueError: Port could not be cast to integer value as 'pw'\nINFO: started") == []
    assert cache_findings("word hunter2Error: x\nERROR:    Application startup failed.")[0]["text"] == (
        "Application startup failed"
    )


def test_no_host_is_told() -> None:
    line = "Error connecting to Async Redis client - Error -2 connecting to hunter2:6379. Name or service not known."
    (finding,) = cache_findings(line)
    assert finding["text"] == "Error connecting to Async Redis client: Error -2 connecting. Name or service not known"


def test_only_a_finding_that_can_be_the_reason_is_told_as_one() -> None:
    log = cache_findings("TTL preservation failed, falling back\n" + WRITE_FAILED + "\n" + START_FAILED)
    assert most_telling(log) == START_FAILED
    assert (most_telling(log, OF_REDIS) or "").startswith("async set() - Got exception")
    assert most_telling(cache_findings("TTL preservation failed")) is None
    assert most_telling(cache_findings("TTL preservation failed"), OF_REDIS) is None


def test_the_last_error_is_told_by_its_class_alone() -> None:
    log = f"{START_FAILED}\n  File x\nlitellm.proxy.Problem: no\nValueError: my-s3cret is wrong\nINFO: bye"
    assert last_error(log) == "ValueError"
    assert last_error("INFO: ValueError was seen") == last_error("") == ""
