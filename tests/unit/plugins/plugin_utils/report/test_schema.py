# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema of docs/report.schema.json, against the documents that the tests of the pages use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.diagnosis import diagnosis_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.status_report import status_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.verdict import verdict_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.verdict_rows import Looks
from ansible_collections.erni_ki.litellm.plugins.plugin_utils.report.files import stem_of
from ansible_collections.erni_ki.litellm.plugins.plugin_utils.report.markdown import markdown_of
from ansible_collections.erni_ki.litellm.plugins.plugin_utils.report.page import page_of
from ansible_collections.erni_ki.litellm.tests.unit.support import diagnoses, report_documents, standings, verifications

SCHEMA = json.loads((Path(__file__).resolve().parents[5] / "docs" / "report.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("made", [report_documents.verification, report_documents.diagnosis, report_documents.smallest])
def test_a_document_is_as_the_schema_says(made: Any) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(made())


def verified() -> dict[str, Any]:
    return verdict_of(Looks(verifications.found(), verifications.proof(), verifications.server()))["document"]


MADE = {
    "verify": verified,
    "verify of nothing": lambda: verdict_of(Looks(verifications.found(), {"msg": "no"}, {"msg": "no"}))["document"],
    "status": lambda: status_of(standings.found())["document"],
    "status of nothing": lambda: status_of(standings.found(project=None))["document"],
    "diagnose": lambda: diagnosis_of(diagnoses.facts())["document"],
}


@pytest.mark.parametrize("name", MADE)
def test_what_the_playbooks_make_is_as_the_schema_says_and_can_be_shown(name: str) -> None:
    made = {"check": False, **MADE[name]()}
    document = {
        **made,
        "at": made["at"] or report_documents.AT,
        "host": "one",
        "collection": "0.3.0",
    }  # as the action does
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    named = document["project"] or "unknown project"
    assert named in page_of(document) and named in markdown_of(document)
    assert "None" not in stem_of(document)


def test_the_schema_is_one_and_closed() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    document = {**report_documents.smallest(), "password": "s3cret"}
    with pytest.raises(jsonschema.ValidationError, match="password"):
        jsonschema.Draft202012Validator(SCHEMA).validate(document)
