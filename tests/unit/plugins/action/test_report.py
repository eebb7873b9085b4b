# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action prints: the lines, and nothing that a terminal obeys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.action.report import LONGEST_LINE, harmless, lines_of, one_line
from ansible_collections.erni_ki.litellm.tests.unit.support import report_documents

ROOT = Path(__file__).resolve().parents[4]
VERSION = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
#: In a copy for ansible-test the collection lies in its place, without the link.
COLLECTIONS = ROOT.parents[2] if ROOT.parent.name == "erni_ki" else ROOT / "collections"


def play(
    folder: Path, options: dict, *arguments: str, hosts: str = "here", settings: dict | None = None
) -> subprocess.CompletedProcess[str]:
    """A real run of one task; no host of it can be reached.

    :param settings: of Ansible, beside those of the tests.
    """
    task = {"name": "Report", "erni_ki.litellm.report": options, "register": "printed"}
    kept = {"name": "Keep", "ansible.builtin.debug": {"var": "printed"}}
    plays = [{"hosts": "all", "gather_facts": False, "tasks": [task, kept]}]
    (folder / "play.yml").write_text(yaml.safe_dump(plays), encoding="utf-8")
    names = [f"{name} ansible_host=192.0.2.1" for name in hosts.split(",")]
    (folder / "hosts").write_text("\n".join(names) + "\n", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment |= {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCAL_TEMP": str(folder), "ANSIBLE_HOME": str(folder)}
    environment |= {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "LC_ALL": "C.UTF-8"}
    environment |= settings or {}
    command = [sys.executable, "-m", "ansible.cli.playbook", "-i", "hosts", "play.yml", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ("one", ["one"]),
        ("\n\n one\n\ntwo  \n\n", [" one", "", "two"]),
        (["", "one", "", "two\nthree", ""], ["one", "", "two", "three"]),
        ("one\r\ntwo", ["one", "two"]),
        ("", []),
        ([], []),
        (["", "\n"], []),
    ],
)
def test_lines_of_a_text_or_a_list(value: object, lines: list[str]) -> None:
    assert lines_of(value) == lines


@pytest.mark.parametrize("value", [None, 3, {"a": "b"}, ["a", 3], ("a",)])
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        lines_of(value)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("grün, 27 ms → Redis", "grün, 27 ms → Redis"),
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("a\rb\x08\x00\x7f", "a\\rb\\x08\\x00\\x7f"),
        ("a\x9bb\u202eb\u2028b\ud800", "a\\x9bb\\u202eb\\u2028b\\ud800"),
        ("C:\\x1b", "C:\\x1b"),
    ],
)
def test_what_a_terminal_obeys_is_shown_as_a_code(line: str, shown: str) -> None:
    assert harmless(line) == shown
    assert shown.isprintable()


def test_a_long_line_is_cut() -> None:
    assert harmless("a" * LONGEST_LINE) == "a" * LONGEST_LINE
    cut = harmless("\x1b" * LONGEST_LINE)
    assert len(cut) == LONGEST_LINE and cut.endswith(" ...")


@pytest.mark.parametrize("mode", [[], ["--check"]])
def test_lines_stand_above_the_state_of_the_task(tmp_path: Path, mode: list[str]) -> None:
    done = play(tmp_path, {"lines": ["OK  one", "", '  "two" \x1b[31m', ""]}, *mode)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '\nOK  one\n\n  "two" \\x1b[31m\nok: [here]\n' in done.stdout
    kept = json.loads(done.stdout.split("ok: [here] => ")[1].split("\n\n")[0])["printed"]
    assert kept["lines"] == ["OK  one", "", '  "two" \\x1b[31m']
    assert kept["changed"] is False and kept["failed"] is False


def test_problems_end_the_task_failed_below_the_lines(tmp_path: Path) -> None:
    done = play(tmp_path, {"lines": "FAILED  one", "problems": ["it is down" + "!" * 600 + ".", "nobody knows why"]})
    assert done.returncode == 2
    printed, fatal, after = done.stdout.partition("fatal: [here]: FAILED! => ")
    assert "\nFAILED  one\n" in printed and fatal, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count("nobody knows why") == 1
    assert json.loads(after.split("\n\n")[0]) == {
        "changed": False,
        "msg": "it is down" + "!" * 600 + "; nobody knows why",
    }


@pytest.mark.parametrize("mode", [[], ["--check"]])
def test_a_document_becomes_files_and_statistics(tmp_path: Path, mode: list[str]) -> None:
    document = report_documents.verification()
    del document["host"], document["collection"]
    folder = tmp_path / "reports"
    options = {"lines": "OK", "document": document, "directory": str(folder)}
    done = play(tmp_path, options, *mode, settings={"ANSIBLE_SHOW_CUSTOM_STATS": "1"})
    assert done.returncode == 0, done.stdout + done.stderr
    stem = folder / "here-erni-ki-verify-20251126T140500Z"
    assert f"\nOK\nreport: {stem}.html\nok: [here]\n" in done.stdout
    written = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
    assert written == {**document, "host": "here", "collection": VERSION}
    run = json.loads(done.stdout.split("RUN: ")[1])
    short = {name: document[name] for name in ("kind", "at", "check", "project", "mode", "verdict")}
    assert run == {"erni_ki_litellm_report": {"here": short}}


def test_files_that_cannot_be_written_fail_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    options = {"lines": "OK", "document": report_documents.smallest(), "directory": str(tmp_path / "file")}
    done = play(tmp_path, options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\nOK\nnot written: the report cannot be written to " in done.stdout


def test_a_report_that_fails_has_its_files_too(tmp_path: Path) -> None:
    options = {
        "lines": "NO",
        "problems": "it is down",
        "document": report_documents.smallest(),
        "directory": str(tmp_path),
    }
    done = play(tmp_path, options)
    assert done.returncode == 2
    fatal = json.loads(done.stdout.partition("fatal: [here]: FAILED! => ")[2].split("\n\n")[0])
    assert sorted(fatal) == ["changed", "files", "msg"] and all(Path(path).is_file() for path in fatal["files"])


@pytest.mark.parametrize("options", [{"lines": 3}, {"lines": [], "problems": {"a": 1}}, {}, {"line": ["one"]}])
def test_a_wrong_option_is_named(tmp_path: Path, options: dict) -> None:
    done = play(tmp_path, options)
    assert done.returncode == 2
    wrong = "problems" if "problems" in options else "lines" if "line" not in options else "line"
    assert wrong in done.stdout.partition("FAILED! =>")[2]
    assert "Traceback" not in done.stdout + done.stderr


def test_several_hosts_at_once_say_whose_lines_they_are(tmp_path: Path) -> None:
    done = play(tmp_path, {"lines": ["one of {{ inventory_hostname }}", "two"]}, hosts="a,b")
    assert done.returncode == 0, done.stdout + done.stderr
    for host in "ab":
        assert f"[{host}]\none of {host}\ntwo\n" in done.stdout


DOCUMENT = {"kind": "status", "lines": ["grün \x1b[31m", 'two "words"'], "seconds": 0.5, "none": None, "ok": True}


def test_a_document_is_one_line_that_a_script_finds(tmp_path: Path) -> None:
    done = play(tmp_path, {"lines": "OK  one", "document": DOCUMENT, "output": "json"})
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert line.isascii() and "OK  one" not in done.stdout.split("TASK")[1]
    found = json.loads(line)
    about = {"host": "here", "collection": VERSION, "check": False, "at": found["at"]}
    assert found == {**about, **DOCUMENT}
    kept = json.loads(done.stdout.split("ok: [here] => ")[1].split("\n\n")[0])["printed"]
    assert json.loads(kept["msg"]) == kept["document"] == found


def test_a_document_is_printed_also_where_the_task_ends_failed_and_for_each_host(tmp_path: Path) -> None:
    options = {"lines": [], "document": DOCUMENT, "output": "json", "problems": ["it is down"]}
    done = play(tmp_path, options, hosts="a,b")
    assert done.returncode == 2
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert sorted(one["host"] for one in found) == ["a", "b"]
    assert [line for line in done.stdout.splitlines() if line.startswith("[a]") or line.startswith("[b]")] == []


def test_without_a_document_there_is_no_json(tmp_path: Path) -> None:
    done = play(tmp_path, {"lines": "one", "output": "json"})
    assert (
        done.returncode == 2
        and "There is no document to print as JSON: leave litellm_cache_output at text" in done.stdout
    )


def test_lines_are_printed_whatever_the_document_says(tmp_path: Path) -> None:
    done = play(tmp_path, {"lines": "OK  one", "document": DOCUMENT})
    assert done.returncode == 0 and "\nOK  one\nok: [here]\n" in done.stdout
    assert not [line for line in done.stdout.splitlines() if line.startswith("{")]


def test_what_json_does_not_have_is_no_document() -> None:
    for strange in ({"a": float("nan")}, {"a": {1, 2}}):
        with pytest.raises((TypeError, ValueError)):
            one_line(strange)


def of_nowhere(folder: Path) -> dict[str, str]:
    """Options of metrics of a deployment that is not there."""
    return {"project_dir": str(folder / "nowhere"), "textfile_dir": str(folder), "names_in_errors": "variables"}


def test_metrics_that_cannot_be_written_fail_nothing_and_leave_what_failed(tmp_path: Path) -> None:
    settings = {"ANSIBLE_PYTHON_INTERPRETER": sys.executable}
    options = {"lines": "OK", "metrics": of_nowhere(tmp_path)}
    done = play(tmp_path, options, "-c", "local", settings=settings)
    assert done.returncode == 0, done.stdout + done.stderr
    told = f"\nOK\nmetrics not written: there is no directory {tmp_path}/nowhere: set litellm_cache_project_dir"
    assert told in done.stdout and not list(tmp_path.glob("*.prom"))
    document = {"document": report_documents.smallest(), "output": "json"}
    for_programs = play(tmp_path, {**options, **document}, "-c", "local", settings=settings)
    assert "[WARNING]: metrics not written: there is no directory" in for_programs.stdout + for_programs.stderr
    assert "\nmetrics not written" not in for_programs.stdout
    failed = play(tmp_path, {**options, "problems": "it is down"}, "-c", "local", settings=settings)
    assert failed.returncode == 2 and told in failed.stdout and '"msg": "it is down"' in failed.stdout


def test_a_check_writes_no_metrics_and_asks_nobody(tmp_path: Path) -> None:
    done = play(tmp_path, {"lines": "OK", "metrics": of_nowhere(tmp_path)}, "--check")
    assert done.returncode == 0 and "\nOK\nok: [here]\n" in done.stdout, done.stdout + done.stderr
