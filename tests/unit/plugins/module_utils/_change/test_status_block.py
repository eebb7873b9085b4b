# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The block on the current status: its values say what is, and nothing else of the document moves."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.status_block import (
    Standing,
    StatusBlockError,
    with_status,
)

RUNBOOK = """\
# LiteLLM Redis Caching Configuration

## Текущий статус

- **Версия LiteLLM:** v1.80.0.rc.1
- **Redis кеширование:** Отключено
- **Тип кеша:** local
- **Ответственный:** Иванов
- **Причина:** LiteLLM жёстко задаёт `socket_timeout: 5.0`,
  слишком мало под нагрузкой

Дальше: - **Причина:** не отсюда.

## Причина

- **Причина:** в другом разделе
"""
TABLE = """\
### 3. Current status

| Setting | Value |
| ------- | ----- |
| **LiteLLM version** | `v1.79.0` |
| Redis caching | Disabled  |
| Cache type    | local     |
| Owner         | Disabled  |
| Reason        | none      |
"""
REDIS = Standing("v1.81.0", "1.81.0", "redis", "two instances")
DONE = {"ru": "переключение на Redis (alice)", "en": "switch to Redis by alice"}


def test_the_list_of_the_runbook_says_what_is() -> None:
    assert with_status(RUNBOOK, REDIS) == (
        RUNBOOK.replace("v1.80.0.rc.1", "v1.81.0")
        .replace("Отключено", "Включено")
        .replace(":** local", ":** redis")
        .replace("LiteLLM жёстко задаёт `socket_timeout: 5.0`,\n  слишком мало под нагрузкой", "two instances")
    )


def test_a_table_keeps_its_widths_and_marks() -> None:
    assert with_status(TABLE, REDIS).splitlines()[4:] == [
        "| **LiteLLM version** | `v1.81.0` |",
        "| Redis caching | Enabled   |",
        "| Cache type    | redis     |",
        "| Owner         | Disabled  |",
        "| Reason        | two instances |",
    ]


@pytest.mark.parametrize("document", [RUNBOOK, TABLE, RUNBOOK.replace("\n", "\r\n"), RUNBOOK.rstrip("\n")])
@pytest.mark.parametrize("standing", [REDIS, Standing("v2", None, "local", "a | b"), Standing()])
def test_a_second_time_nothing_changes(document: str, standing: Standing) -> None:
    once = with_status(document, standing)
    assert with_status(once, standing) == once
    assert once.count("\r") in (0, once.count("\n"))


def test_what_is_not_known_stays() -> None:
    assert with_status(RUNBOOK, Standing()) == RUNBOOK
    assert with_status(RUNBOOK, Standing(kind="local")) == RUNBOOK


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("- Версия LiteLLM: 1.81.0 (образ main)", None),  # says the same
        ("- Версия LiteLLM: v1.80.0", "- Версия LiteLLM: v1.81.0"),
        ("* __Redis кэширование__: Включён временно", None),
        ("**Redis кеширование:** ❌ Отключено", "**Redis кеширование:** ✅ Включено"),
        ("+ **Redis caching**: disabled", "+ **Redis caching**: Enabled"),
        ("1. **Тип кеша:** **local**", "1. **Тип кеша:** **redis**"),
        ("  - **Тип кеша:** `redis` (общий)", None),
        ("- **Тип кеша:**", "- **Тип кеша:**redis"),
        ("- **Причина:** *старая*  ", "- **Причина:** *two instances*  "),
        ("- **Причина отключения:** таймауты", None),  # a name of their own
        ("| **Причина:** | a \\| b |", "| **Причина:** | two instances |"),
        ("| Причина | старая | ещё |", None),  # three cells are a row of something else
    ],
)
def test_each_value_keeps_the_form_of_its_line(line: str, told: str | None) -> None:
    document = f"## Текущий статус\n\n- **Тип кеша:** redis\n\n{line}\nтекст\n"
    if "Тип кеша" in line:
        document = document.replace("- **Тип кеша:** redis\n\n", "")
    assert with_status(document, REDIS) == document.replace(line, told or line)


def test_a_reason_that_nobody_gave_is_told_only_where_the_mode_changes() -> None:
    unsaid = Standing(kind="redis", done=DONE)
    assert "**Причина:** переключение на Redis (alice)\n" in with_status(RUNBOOK, unsaid)
    kept = RUNBOOK.replace("Отключено", "Включено").replace(":** local", ":** redis")
    assert with_status(kept, unsaid) == kept
    assert "| switch to Redis by alice |" in with_status(TABLE, unsaid)


def test_a_list_below_an_item_is_no_part_of_its_value() -> None:
    document = "# Текущий статус\n- Причина: a\n  - b\n  > c\n- Тип кеша: local\n"
    assert with_status(document, REDIS) == document.replace(": a", ": two instances").replace("local", "redis")


@pytest.mark.parametrize(
    "heading", ["# 📊 Текущий статус (ноябрь)", "###### **Current status**", " ## 2.1 ТЕКУЩИЙ СТАТУС"]
)
def test_headings_that_are_known(heading: str) -> None:
    assert with_status(f"{heading}\n- Cache type: local\n", REDIS) == f"{heading}\n- Cache type: redis\n"


@pytest.mark.parametrize(
    "document",
    [
        "",
        "# Статус\n- Cache type: local\n",
        "# Текущий статус\nничего\n# Дальше\n- Cache type: local\n",
        "```\n# Текущий статус\n- Cache type: local\n```\n",
        "#Текущий статус\n- Cache type: local\n",
    ],
)
def test_a_document_without_the_block_is_refused(document: str) -> None:
    with pytest.raises(StatusBlockError, match="no block of the current status: a heading 'Текущий статус'"):
        with_status(document, REDIS)


def test_a_block_of_code_is_no_part_of_it() -> None:
    document = (
        "# Текущий статус\n```yaml\n- Cache type: local\n```\n- Cache type: local\n~~~\n# Дальше\n~~~\n- Reason: a\n"
    )
    told = document.replace("```\n- Cache type: local", "```\n- Cache type: redis").replace(
        ": a\n", ": two instances\n"
    )
    assert with_status(document, REDIS) == told


def test_two_blocks_are_refused() -> None:
    with pytest.raises(StatusBlockError, match="at the lines 5 and 21: leave one of them"):
        with_status(RUNBOOK + TABLE, REDIS)
