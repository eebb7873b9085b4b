# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands for the package `prisma` in an image of the test bed, on a real PostgreSQL.

Prisma's engine is a program that can only be downloaded from its maker, which no test does. LiteLLM itself, its
endpoints, its encryption and its jobs are the real ones, and so is the table of the cache settings, which alone is
served; every other table is empty, and what is written there is lost.
"""

from __future__ import annotations

import json
import os
import types
from typing import Any, Optional

import psycopg2
import psycopg2.extras

TABLE = "litellm_cacheconfig"


class PrismaError(Exception):
    """Base of the errors that LiteLLM knows."""


errors = types.ModuleType("prisma.errors")
for _name in (
    "PrismaError",
    "ClientNotConnectedError",
    "HTTPClientClosedError",
    "UniqueViolationError",
    "RecordNotFoundError",
    "DataError",
    "RawQueryError",
    "TableNotFoundError",
    "ForeignKeyViolationError",
    "MissingRequiredValueError",
    "InputError",
    "FieldNotFoundError",
):
    setattr(errors, _name, PrismaError if _name == "PrismaError" else type(_name, (PrismaError,), {}))
fields = types.ModuleType("prisma.fields")
Json = fields.Json = json.dumps  # type: ignore[attr-defined]


class Row:
    """A row of a table, by attribute."""

    def __init__(self, values: dict) -> None:
        self.__dict__.update(values)


class Table:
    """A table without rows."""

    def __init__(self, prisma: Prisma, name: str) -> None:
        self._prisma = prisma
        self._name = name

    def __getattr__(self, action: str) -> Any:
        async def act(*_words: Any, **_named: Any) -> Any:
            if action == "find_many":
                return []
            return 0 if action in ("count", "delete_many", "update_many", "create_many") else None

        return act


class CacheConfigTable(Table):
    """The table of the cache settings."""

    async def find_unique(self, where: dict) -> Optional[Row]:
        """The row of an identifier."""
        found = self._prisma.run('SELECT * FROM "LiteLLM_CacheConfig" WHERE id = %s', where["id"])
        return Row(found[0]) if found else None

    find_first = find_unique

    async def upsert(self, where: dict, data: dict) -> Optional[Row]:
        """Write a row."""
        self._prisma.run(
            'INSERT INTO "LiteLLM_CacheConfig" (id, cache_settings) VALUES (%s, %s) '
            "ON CONFLICT (id) DO UPDATE SET cache_settings = EXCLUDED.cache_settings",
            where["id"],
            data["create"]["cache_settings"],
        )
        return await self.find_unique(where)


class Prisma:
    """The client."""

    def __init__(self, **_options: Any) -> None:
        self._connection: Any = None

    def is_connected(self) -> bool:
        """Whether connect() was called."""
        return self._connection is not None

    async def connect(self, **_options: Any) -> None:
        """Open the connection, and make the one table as LiteLLM's migration does."""
        self._connection = psycopg2.connect(os.environ["DATABASE_URL"].partition("?")[0])  # the rest is Prisma's
        self._connection.autocommit = True
        self.run(
            'CREATE TABLE IF NOT EXISTS "LiteLLM_CacheConfig" (id TEXT NOT NULL PRIMARY KEY, '
            "cache_settings JSONB NOT NULL, created_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, "
            "updated_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP)"
        )

    async def disconnect(self, **_options: Any) -> None:
        """Close it."""
        self._connection, connection = None, self._connection
        connection.close()

    def run(self, statement: str, *values: Any) -> list:
        """Run one statement; its rows."""
        with self._connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute(statement, values or None)
            return [dict(row) for row in cursor.fetchall()] if cursor.description else []

    async def query_raw(self, query: str, *values: Any) -> list:
        """A query of LiteLLM's own; only those without values are run."""
        return [] if values else self.run(query)

    async def execute_raw(self, *_words: Any) -> int:
        """Views and counters are not made."""
        return 0

    query_first = query_raw

    def __getattr__(self, name: str) -> Table:
        if name.startswith("_"):
            raise AttributeError(name)
        return (CacheConfigTable if name == TABLE else Table)(self, name)
