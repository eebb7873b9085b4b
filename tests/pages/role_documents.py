# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes roles/*/README.md from the roles' argument specs; `make docs` calls it.

Galaxy wants that file in each role. Nobody writes it by hand: tests/unit/test_role_contracts.py compares.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


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


def role_readme(role: Path) -> str:
    """The whole README.md of a role.

    :param role: folder of the role.
    """
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    lines = [f"# erni_ki.litellm.{role.name}", "", "<!-- Made by `make docs` from meta/argument_specs.yml. -->"]
    for name, spec in specs.items():
        if name != "main":
            lines += ["", f"## Entry point `{name}`"]
        lines += ["", f"{markdown(spec['short_description'])}."]
        for paragraph in paragraphs(spec.get("description")):
            lines += ["", paragraph]
        if spec.get("options"):
            lines += ["", "An empty value means unset.", "", *variables(spec["options"])]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Writes the file of each role."""
    for spec in sorted((ROOT / "roles").glob("*/meta/argument_specs.yml")):
        role = spec.parents[1]
        (role / "README.md").write_text(role_readme(role), encoding="utf-8")
        print(f"roles/{role.name}/README.md")


if __name__ == "__main__":
    main()
