# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes roles/*/README.md from the argument specs; `make docs` calls it.

Galaxy wants that file in each role. Nobody writes it by hand: tests/unit/test_role_contracts.py compares.
A role that declares no option is another name of an entry point, and its document is that of the entry point.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
#: What the spec calls the entry point that a role has without `tasks_from`.
MAIN = "switch"


def markdown(text: str) -> str:
    """The semantic markup of Ansible's documentation as Markdown: O(name), V(value), C(code) and the like are code.

    :param text: one sentence or paragraph of a specification.
    """
    text = re.sub(r"\bL\(([^,)]+),\s*([^)]+)\)", r"[\1](\2)", text)
    text = re.sub(r"\b[BI]\(([^)]+)\)", r"*\1*", text)
    return re.sub(r"\b(?:O|V|RV|E|C|M|P)\(((?:\\.|[^)\\])+)\)", r"`\1`", text)


def paragraphs(text: Any) -> list[str]:
    """A description, which is one string or a list of them, as a list of Markdown paragraphs."""
    return [markdown(str(part)).strip() for part in ([text] if isinstance(text, str) else text or [])]


def cell(text: str) -> str:
    """Text fit for one cell of a table."""
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


def shown_default(option: dict[str, Any]) -> str:
    """What an operator who does not set the variable gets."""
    if option.get("required"):
        return "required"
    default = option.get("default")
    if default in (None, "", [], {}):
        return ""
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def shown_type(option: dict[str, Any]) -> str:
    """Type, or the values there are to choose from."""
    if "choices" in option:
        return ", ".join(f"`{choice}`" for choice in option["choices"] if choice != "")
    kind = option.get("type", "str")
    return f"{kind} of {option['elements']}" if "elements" in option else kind


def in_order(role: Path, options: dict[str, Any]) -> dict[str, Any]:
    """The options as an operator looks for them: what is required, then the order of defaults/main.yml.

    The order of the specification means nothing: a merge key turns it around.
    """
    defaults = list(yaml.safe_load((role / "defaults" / "main.yml").read_text(encoding="utf-8")))
    return dict(sorted(options.items(), key=lambda item: defaults.index(item[0]) if item[0] in defaults else -1))


def variables(options: dict[str, Any]) -> list[str]:
    """The table of the variables, as lines."""
    lines = ["| variable | type or choices | default | meaning |", "| --- | --- | --- | --- |"]
    for name, option in options.items():
        meaning = " ".join(paragraphs(option.get("description")))
        if option.get("no_log"):
            meaning += " Never logged."
        lines.append(
            f"| `{name}` | {cell(shown_type(option))} | {cell(shown_default(option))} | {cell(meaning)} |",
        )
    return lines


def specs_of(role: Path) -> dict[str, Any]:
    """The entry points of the role, from its argument spec."""
    return yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]


def imported(role: Path) -> tuple[Path, str]:
    """The role and the entry point that a role of another name stands for.

    :raises ValueError: the role does something of its own.
    """
    tasks = yaml.safe_load((role / "tasks" / "main.yml").read_text(encoding="utf-8"))
    if len(tasks) != 1 or set(tasks[0]) != {"name", "ansible.builtin.import_role"}:
        raise ValueError(f"{role.name} declares no option, and does more than to import an entry point")
    what = tasks[0]["ansible.builtin.import_role"]
    if what.get("rolespec_validate") is not False:
        raise ValueError(f"{role.name} has the variables checked twice")
    return role.parent / what["name"].rpartition(".")[2], what["tasks_from"]


def described(spec: dict[str, Any]) -> list[str]:
    """What an entry point does, as lines."""
    lines = ["", f"{markdown(spec['short_description'])}."]
    for paragraph in paragraphs(spec.get("description")):
        lines += ["", paragraph]
    return lines


def role_readme(role: Path) -> str:
    """The whole README.md of a role.

    :param role: folder of the role.
    """
    lines = [f"# erni_ki.litellm.{role.name}", "", "<!-- Made by `make docs` from the argument specs. -->"]
    specs = specs_of(role)
    if MAIN in specs:
        lines += described(specs[MAIN])
        shown, options = role, specs[MAIN]["options"]
    else:
        shown, entry_point = imported(role)
        lines += described(specs_of(shown)[entry_point])
        lines += ["", f"It is the entry point `{entry_point}` of the role [{shown.name}](../{shown.name}/README.md)."]
        options = specs_of(shown)[entry_point]["options"]
    lines += ["", "An empty value means unset.", "", *variables(in_order(shown, options))]
    others = {name: spec for name, spec in specs.items() if name not in ("main", MAIN)}
    if others:
        lines += [
            "",
            "## Other entry points",
            "",
            "For `tasks_from` of `ansible.builtin.import_role`; each is a role too.",
            "",
        ]
        lines += ["| entry point | role, with its variables | brings about |", "| --- | --- | --- |"]
        for name, spec in others.items():
            short = f"{role.name}_{name}"
            lines.append(
                f"| `{name}` | [{short}](../{short}/README.md) | {cell(markdown(spec['short_description']))} |"
            )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Writes the file of each role."""
    for tasks in sorted((ROOT / "roles").glob("*/tasks/main.yml")):
        role = tasks.parents[1]
        (role / "README.md").write_text(role_readme(role), encoding="utf-8")
        print(f"roles/{role.name}/README.md")


if __name__ == "__main__":
    main()
