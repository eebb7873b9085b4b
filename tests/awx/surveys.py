# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX takes for a survey, and for answers to one. The sentences are those that a real AWX gave."""

from __future__ import annotations

from typing import Any

ALWAYS = {"type", "variable", "question_name", "question_description", "required", "default"}
#: What a question of a type has besides.
OF_TYPE = {"text": {"min", "max"}, "integer": {"min", "max"}, "password": {"min", "max"}, "multiplechoice": {"choices"}}


def complaints(survey: Any) -> list[str]:
    """What is wrong with a survey."""
    if not isinstance(survey, dict) or set(survey) != {"name", "description", "spec"}:
        return ["a survey has a name, a description and a spec"]
    found = []
    for question in survey["spec"]:
        wanted = ALWAYS | OF_TYPE.get(question.get("type"), set())
        if question.get("type") not in OF_TYPE or set(question) != wanted:
            found.append(f"{question.get('variable')}: a question of its type has {sorted(wanted)}")
        elif not isinstance(question["required"], bool):
            found.append(f"{question['variable']}: required is a boolean")
        elif question["default"] != "":
            found += refusals({"spec": [question]}, {question["variable"]: question["default"]})
    names = [question.get("variable") for question in survey["spec"]]
    return found + [f"{name} is asked twice" for name in set(names) if names.count(name) > 1]


def refusals(survey: dict[str, Any], answers: dict[str, Any]) -> list[str]:
    """Why a launch with these answers is refused. The page of a launch sends each question, also those left empty."""
    found = []
    questions = {question["variable"]: question for question in survey["spec"]}
    found += [f"Variables {name} are not allowed on launch." for name in answers if name not in questions]
    for name, question in questions.items():
        if name not in answers:
            if question["required"] and question["default"] == "":
                found.append(f"'{name}' value missing")
            continue
        value, kind = answers[name], question["type"]
        if kind == "multiplechoice" and value not in question["choices"]:
            found.append(f"Value {value} for '{name}' expected to be one of {question['choices']}.")
        elif kind == "integer" and not isinstance(value, int):
            found.append(f"Value {value} for '{name}' expected to be an integer.")
        elif kind == "integer" and value < question["min"]:
            found.append(f"'{name}' value {value} is too small (must be at least {question['min']}).")
        elif kind == "integer" and value > question["max"]:
            found.append(f"'{name}' value {value} is too large (must be no more than {question['max']}).")
        elif kind in ("text", "password") and not isinstance(value, str):
            found.append(f"Value {value} for '{name}' expected to be a string.")
        elif kind in ("text", "password") and not question["min"] <= len(value) <= question["max"]:
            found.append(f"'{name}' value {value} is of a wrong length")
    return found
