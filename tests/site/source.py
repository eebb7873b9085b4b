# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lays out the pages of the site for Sphinx: those of the repository, with their links, and an index of both languages.

The pages keep their places, so the links between them hold. A link to what is no page there (an example, the document of
a role) is led to the page that shows it.

Usage: source.py FOLDER
"""

from __future__ import annotations

import argparse
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: The document of a role is made of its argument spec twice: for Galaxy, and by antsibull-docs for the site.
ROLE = re.compile(r"(?:\.\./)+roles/(\w+)/README\.md")
EXAMPLES = re.compile(r"(?:\.\./)*examples(?:/([\w./-]+))?")
LICENSE = re.compile(r"(?:\.\./)*LICENSE")
LINK = re.compile(r"(?<=\]\()([^)\s#]+)((?:#[^)\s]*)?\))")
#: A row of the runbook: its number, what is done by hand, what replaces it.
ROW = re.compile(r"(?m)^\| (R\d+) \| (.+?) \| (.+?) \| .+ \|$")
PLAYBOOK = re.compile(r"`(?:erni_ki\.litellm\.)?(\w+)(?: [^`]*)?`")
HIGHLIGHTS = {".yml": "yaml", ".sh": "sh"}
GPL = "https://www.gnu.org/licenses/gpl-3.0.html"


@dataclass(frozen=True)
class Language:
    """The words of an index, and the pages that it leads to.

    :param folder: of its index, relative to the root.
    :param runbook: the page that the table is made of.
    :param title: heading of the index.
    :param first: what stands above the table.
    :param called: what stands above the command.
    :param head: heads of the columns.
    :param groups: caption of each part of the menu, with its pages.
    """

    folder: str
    runbook: str
    title: str
    first: str
    called: str
    head: tuple[str, str, str]
    groups: tuple[tuple[str, tuple[str, ...]], ...]


ENGLISH = Language(
    folder="",
    runbook="docs/runbook.md",
    title="From the step of the runbook to its playbook",
    first=(
        "Moves a LiteLLM proxy under Docker Compose between caching in memory and caching in Redis, and proves each move."
        " What it is, why it is safe, and how it is installed: [on one page](README.md)."
        " По-русски: [шаги и плейбуки](docs/ru/index.md)."
    ),
    called="A playbook is called by its full name:",
    head=("step", "by hand", "playbook"),
    groups=(
        (
            "Guide",
            (
                *(
                    "In one page <README>",
                    "docs/runbook",
                    "docs/install",
                    "docs/variables",
                    "docs/output",
                    "docs/report",
                ),
                *("docs/awx", "docs/monitoring", "docs/troubleshooting", "docs/known-issues", "examples"),
            ),
        ),
        ("Reference", ("docs/modules", "reference/index")),
        (
            "Background",
            (
                *("docs/how-it-works", "docs/architecture", "docs/security", "docs/compatibility", "docs/predictions"),
                *("docs/faults", "docs/figures", "docs/decisions", "Changes <CHANGELOG>"),
            ),
        ),
        ("По-русски", ("docs/ru/index", "На одной странице <docs/ru/README>", "docs/ru/runbook", "docs/ru/guide")),
    ),
)
RUSSIAN = Language(
    folder="docs/ru/",
    runbook="docs/ru/runbook.md",
    title="От шага инструкции к плейбуку",
    first=(
        "Переводит прокси LiteLLM в Docker Compose между кешем в памяти и кешем в Redis и доказывает каждый переход."
        " Что это, почему это безопасно и как установить: [на одной странице](README.md)."
        " In English: [steps and playbooks](../../index.md)."
    ),
    called="Плейбук запускается под полным именем:",
    head=("шаг", "вручную", "плейбук"),
    groups=(),
)
LANGUAGES = (ENGLISH, RUSSIAN)


def pages() -> list[Path]:
    """The pages of the repository that are on the site, relative to its root."""
    listed = [Path("README.md"), Path("CHANGELOG.md")]
    return listed + sorted(path.relative_to(ROOT) for path in (ROOT / "docs").rglob("*.md"))


def led(page: Path, text: str) -> str:
    """The text of a page, its links led to pages of the site.

    :param page: relative to the root.
    :param text: what stands in it.
    """
    up = "../" * (len(page.parts) - 1)

    def target(match: re.Match[str]) -> str:
        link, rest = match.groups()
        if role := ROLE.fullmatch(link):
            return f"{up}reference/{role[1]}_role.rst{rest}"
        if example := EXAMPLES.fullmatch(link):
            name = (example[1] or "").rstrip("/")
            return f"{up}examples.md{'#' + anchor(name) if name else ''}{rest[-1]}"
        return f"{GPL})" if LICENSE.fullmatch(link) else match[0]

    return LINK.sub(target, text)


def anchor(heading: str) -> str:
    """The anchor that GitHub, and so the site, makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def rows(language: Language, text: str) -> list[tuple[str, str, str, list[str]]]:
    """Anchor of the part, number, by hand, and the playbooks, of each row of a runbook.

    :param text: of the runbook.
    """
    playbooks = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
    found = []
    for part in re.split(r"(?m)^## ", text)[1:]:
        heading = part.split("\n")[0]
        # A part has its playbook in its command, where a row names none of its own.
        typed = re.findall(r"(?m)^ansible-playbook .*erni_ki\.litellm\.(\w+)", part)
        for number, by_hand, instead in ROW.findall(part):
            named = [name for name in dict.fromkeys(PLAYBOOK.findall(instead)) if name in playbooks]
            found.append((anchor(heading), number, by_hand, named or typed[:1]))
    return sorted(found, key=lambda row: int(row[1][1:]))


def index(language: Language) -> str:
    """The first page of a language."""
    text = (ROOT / language.runbook).read_text(encoding="utf-8")
    runbook = Path(language.runbook).name if language.folder else language.runbook
    lines = [f"# {language.title}", "", language.first, "", language.called, ""]
    lines += ["```", "ansible-playbook -i inventory.yml erni_ki.litellm.NAME", "```", ""]
    lines += [f"| {' | '.join(language.head)} |", "| --- | --- | --- |"]
    for part, number, by_hand, named in rows(language, text):
        shown = ", ".join(f"`{name}`" for name in named)
        lines.append(f"| [{number}]({runbook}#{part}) | {by_hand} | {shown} |")
    for caption, entries in language.groups:
        lines += ["", "```{toctree}", ":hidden:", ":caption: " + caption, "", *entries, "```"]
    return "\n".join(lines) + "\n"


def examples() -> str:
    """One page with every example, each below its name."""
    lines = ["# Examples", "", "As they come with the collection, in its folder `examples/`."]
    folders: set[Path] = set()
    for path in sorted((ROOT / "examples").rglob("*")):
        name = path.relative_to(ROOT / "examples")
        if not path.is_file() or name.parts[0].startswith(".") or (ROOT / "examples" / name.parts[0]).is_symlink():
            continue
        if len(name.parts) > 1 and name.parent not in folders:
            folders.add(name.parent)
            lines += ["", f"## {name.parent}"]
        text = path.read_text(encoding="utf-8").rstrip("\n")
        lines += ["", f"{'##' if len(name.parts) == 1 else '###'} {name}", ""]
        lines += [f"````{HIGHLIGHTS.get(path.suffix, 'text')}", text, "````"]
    return "\n".join(lines) + "\n"


def lay_out(folder: Path) -> None:
    """Write all pages.

    :param folder: emptied before.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for page in pages():
        target = folder / page
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(led(page, (ROOT / page).read_text(encoding="utf-8")), encoding="utf-8")
    shutil.copytree(ROOT / "docs" / "images", folder / "docs" / "images")
    shutil.copy(ROOT / "docs" / "report.schema.json", folder / "docs")
    for language in LANGUAGES:
        (folder / language.folder / "index.md").write_text(index(language), encoding="utf-8")
    (folder / "examples.md").write_text(examples(), encoding="utf-8")
    # antsibull-docs writes only where there is something.
    (folder / "reference").mkdir()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Lay out the pages of the site.")
    parser.add_argument("folder", type=Path)
    lay_out(parser.parse_args().folder)
