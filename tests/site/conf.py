# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx builds the site; tests/project/build.sh calls it with the pages that source.py has laid out."""

from __future__ import annotations

import os
import re
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

HERE = Path(__file__).resolve().parent
#: Of galaxy.yml, which is the one place where it stands.
version = release = re.search(r"(?m)^version: (\S+)$", (HERE.parents[1] / "galaxy.yml").read_text("utf-8")).group(1)

project = "erni_ki.litellm"
author = "ERNI-KI contributors"
copyright = "2026, ERNI-KI contributors"
html_title = f"erni_ki.litellm {version}"

extensions = ["myst_parser", "sphinx_antsibull_ext"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
# It would list the environment variables of the plugins, which have none.
exclude_patterns = ["reference/environment_variables.rst"]
# Headings have the anchors that GitHub makes of them, so one link serves both.
myst_heading_anchors = 4
# What stands in a block without a language is typed or printed by a terminal.
highlight_language = "text"
# Quotes and dashes stay what they are: `--check` is typed so, also where no code is marked.
smartquotes = False

html_theme = "furo"
html_static_path = [os.fspath(HERE / "static")]
html_css_files = ["site.css"]
# A browser asks for one in any case.
html_favicon = os.fspath(HERE / "static" / "icon.svg")
# antsibull-docs has colours for light pages, or those of the system; the theme knows what its reader has chosen.
antsibull_ext_color_scheme = "none"


def colours(word: str, good: str, bad: str, value: str) -> dict[str, str]:
    """Those of the pages of antsibull-docs, besides those of the theme.

    :param word: of a type.
    :param good: of what is supported, or new.
    :param bad: of what is required, or missing.
    :param value: of a default or a sample.
    """
    page = {
        "table-background-header": "var(--color-background-secondary)",
        "table-background-even": "var(--color-background-secondary)",
        "table-background-odd": "var(--color-background-primary)",
        "table-border": "var(--color-background-border)",
        "narrowtable-background": "var(--color-background-secondary)",
        "links-background": "var(--color-background-secondary)",
        "links-background-active": "var(--color-background-hover)",
        "links-focus-outline": "var(--color-brand-content)",
        "links-text": "var(--color-brand-content)",
        "option-sample-header": "var(--color-foreground-primary)",
        "attribute-support-na": "inherit",
        "deprecation-border": "var(--color-foreground-primary)",
        "deprecation-background": "var(--color-background-secondary)",
        "deprecation-color": "var(--color-foreground-primary)",
    }
    for colour, names in (
        (word, ("option-type", "option-elements")),
        (good, ("option-version-added", "option-aliases", "attribute-support-full")),
        (bad, ("option-required", "attribute-support-none")),
        (value, ("option-default", "option-sample", "attribute-support-partial")),
    ):
        page.update(dict.fromkeys(names, colour))
    return {f"antsibull-{name}": colour for name, colour in page.items()}


html_theme_options = {
    "navigation_with_keys": True,
    "light_css_variables": colours(word="#7a1f7a", good="#1a6b1a", bad="#b3141e", value="#1f3fbf"),
    "dark_css_variables": colours(word="#f0a0f0", good="#7fd67f", bad="#ff9a9a", value="#b3c2ff"),
}
html_copy_source = False
html_show_sourcelink = False
# It would be another one with each build.
html_last_updated_fmt = None

# antsibull-docs leads to pages of Ansible's own documentation by labels. Its list of labels is not to be had without the network,
# and these are few.
ANSIBLE = "https://docs.ansible.com/ansible/latest/"
LABELS = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html#ansible-configuration-settings",
    "common_return_values": "reference_appendices/common_return_values.html",
}
BUILTIN = re.compile(r"ansible_collections\.ansible\.builtin\.(\w+_module)")


#: antsibull-docs puts into the heading of a page what fits into no menu: the collection, and a sentence.
HEADING = re.compile(r"(?m)^erni_ki\.litellm\.(\w+ \w+)(?: -- (.+))?\n\++$")
#: The theme has one beside each page.
CONTENTS = re.compile(r"(?m)^\.\. contents::\n(?: +:.*\n)+")

DASH = re.compile(r"(?m)^((?:Entry point ``|\* :ansplugin:`).+?`) -- ")


def shortened(_app: Sphinx, page: str, text: list[str]) -> None:
    """The pages of antsibull-docs with headings of their own, and without a second table of contents."""
    if not page.startswith("reference/"):
        return
    text[0] = CONTENTS.sub("", text[0])
    text[0] = text[0].replace(
        "Erni_Ki.Litellm\n===============", "Each module, filter and role\n============================", 1
    )
    text[0] = DASH.sub(r"\1: ", text[0])
    text[0] = HEADING.sub(lambda match: f"{match[1]}\n{'+' * len(match[1])}\n\n{match[2] or ''}", text[0], count=1)


def led_to_ansible(
    _app: Sphinx, _env: BuildEnvironment, node: pending_xref, shown: nodes.TextElement
) -> nodes.reference | None:
    """The link of a label of Ansible's documentation; None for any other, which is a warning then."""
    label = node["reftarget"]
    builtin = BUILTIN.fullmatch(label)
    path = f"collections/ansible/builtin/{builtin[1]}.html" if builtin else LABELS.get(label)
    return nodes.reference("", "", shown, internal=False, refuri=ANSIBLE + path) if path else None


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", shortened)
    app.connect("missing-reference", led_to_ansible)
