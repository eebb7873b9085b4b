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
from ansible_collections.erni_ki.litellm.tests.unit.support import report_documents

SCHEMA = json.loads((Path(__file__).resolve().parents[5] / "docs" / "report.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("made", [report_documents.verification, report_documents.diagnosis, report_documents.smallest])
def test_a_document_is_as_the_schema_says(made: Any) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(made())


def test_the_schema_is_one_and_closed() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    document = {**report_documents.smallest(), "password": "s3cret"}
    with pytest.raises(jsonschema.ValidationError, match="password"):
        jsonschema.Draft202012Validator(SCHEMA).validate(document)
