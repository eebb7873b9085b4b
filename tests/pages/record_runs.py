# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what runs print into docs/output.md, and the pictures of the README; `make pages` calls it.

The runs are those of a new user on a deployment of its own. What only this machine calls so is replaced: the paths and the
name of the deployment.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
from pathlib import Path

from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed
from ansible_collections.erni_ki.litellm.tests.integration.support.new_user import (
    HOST,
    PROJECT,
    NewUser,
    commands,
    kept_of,
)
from ansible_collections.erni_ki.litellm.tests.pages import runs
from playwright.sync_api import sync_playwright

#: A variable of the proxy, and the wrong one.
WRONG_PASSWORD = "litellm_cache_redis_password_env=LITELLM_MASTER_KEY"
#: Longest run, in seconds: one that goes back on a busy machine.
LONGEST = 1200.0
_CALL = "ansible-playbook -i inventory.yml erni_ki.litellm."
#: Name on the page, the line that is typed, and its exit status, in this order.
RUNS = (
    ("refusal", f"{_CALL}switch_redis \\\n    -e {WRONG_PASSWORD}", 2),
    ("check", f"{_CALL}switch_redis --check --diff", 0),
    ("return", f"{_CALL}switch_redis \\\n    -e {WRONG_PASSWORD} \\\n    -e litellm_cache_proof=none", 2),
    ("switch", f"{_CALL}switch_redis --diff", 0),
    ("verify", f"{_CALL}verify", 0),
    ("status", f"{_CALL}status", 0),
    ("rollback", f"{_CALL}rollback_local --diff", 0),
)


class StrangeOutputError(Exception):
    """A run ended otherwise than the page says, or its output tells of this machine."""


def page_text(command: str, output: str, names: dict[str, str]) -> str:
    """A run as it stands on the page.

    :param names: what this machine calls something, and how the page does.
    :raises StrangeOutputError: something of this machine would be left.
    """
    for here, there in names.items():
        output = output.replace(here, there)
    # Each play has a host of that name.
    machine = "" if socket.gethostname() == "localhost" else rf"|\b{re.escape(socket.gethostname())}\b"
    left = re.findall(rf"/tmp\S*|{re.escape(str(runs.ROOT))}\S*{machine}", output)
    if left:
        raise StrangeOutputError(f"{command} tells of this machine: {left}")
    return f"$ {command}\n\n{runs.folded(runs.shortened(output))}"


def record(folder: Path) -> tuple[dict[str, str], str]:
    """Run everything on a bed.

    :param folder: an empty one.
    :returns: for each name of a run what stands on the page, and the page of a report of the verification.
    :raises StrangeOutputError: a run ended otherwise than it should.
    """
    bed = Bed.up(folder / "project", f"erni-ki-pages-{os.getpid()}")
    try:
        user = NewUser(folder, bed, HOST)
        names = {str(bed.directory): PROJECT, bed.name: "erni-ki", str(user.home): "/home/operator"}
        build, install = commands()[:2]
        user.types(build)
        user.types(install)
        texts = {}
        for name, command, status in RUNS:
            print(f"{name}: {command}", flush=True)
            code, output = user.calls(command, LONGEST)
            if code != status:
                raise StrangeOutputError(f"{command} ended with {code}, not {status}:\n{output}")
            texts[name] = page_text(command, output, names)
            if name == "verify":
                report = report_page(user, folder / "reports", names)
        return texts, report
    finally:
        for kept in kept_of(bed):
            shutil.rmtree(kept)
        bed.down()


def report_page(user: NewUser, folder: Path, names: dict[str, str]) -> str:
    """The page that a verification writes about itself."""
    user.calls(f"{_CALL}verify -e litellm_cache_report_dir={folder}", LONGEST)
    (page,) = folder.glob("*.html")
    text = page.read_text(encoding="utf-8")
    for here, there in names.items():
        text = text.replace(here, there)
    return text


def picture_of(page: str, path: Path) -> None:
    """What Chromium shows of a page."""
    with sync_playwright() as playwright, tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8") as file:
        file.write(page)
        file.flush()
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", chromium_sandbox=False)
        shown = browser.new_page(viewport={"width": 900, "height": 600}, color_scheme="light")
        shown.goto(Path(file.name).as_uri())
        shown.screenshot(path=path, full_page=True)
        browser.close()


def main() -> None:
    """Writes the page and the pictures."""
    with tempfile.TemporaryDirectory(prefix="erni-ki-pages-") as folder:
        texts, report = record(Path(folder))
    page = runs.PAGE.read_text(encoding="utf-8")
    for name, text in texts.items():
        page = runs.put(page, name, text)
    runs.PAGE.write_text(page, encoding="utf-8")
    runs.PICTURE.parent.mkdir(exist_ok=True)
    runs.PICTURE.write_text(runs.picture(texts[runs.SHOWN]), encoding="utf-8")
    picture_of(report, runs.REPORT)
    print(*(path.relative_to(runs.ROOT) for path in (runs.PAGE, runs.PICTURE, runs.REPORT)))


if __name__ == "__main__":
    main()
