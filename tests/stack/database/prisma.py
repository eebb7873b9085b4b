# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands for the package `prisma` in an image of the test bed, on a real PostgreSQL.

Prisma's engine is a program that can only be downloaded from its maker, which no test does. LiteLLM itself, its
endpoints, its encryption and its jobs are the real ones, and so are the tables of the cache settings and of the models. Virtual
keys are served as a test has put them there, each as one JSON document; every other table is empty, and what is written there
is lost.
"""

from __future__ import annotations

import json
import os
import re
import sys
from types import ModuleType
from typing import Any, Optional

import psycopg2
import psycopg2.extras

#: As the migrations of LiteLLM 1.106.2 make them; 1.80.0 has no column `blocked` and does not ask for it.
SCHEMA = """
CREATE TABLE IF NOT EXISTS "LiteLLM_CacheConfig" (
    id TEXT NOT NULL PRIMARY KEY,
    cache_settings JSONB NOT NULL,
    created_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS "LiteLLM_ProxyModelTable" (
    model_id TEXT NOT NULL PRIMARY KEY,
    model_name TEXT NOT NULL,
    litellm_params JSONB NOT NULL,
    model_info JSONB,
    blocked BOOLEAN NOT NULL DEFAULT false,
    created_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_by TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS "LiteLLM_VerificationToken" (
    token TEXT NOT NULL PRIMARY KEY,
    settings JSONB NOT NULL
);
"""
#: What LiteLLM reads of a key beside what a test has set.
KEY = {
    "spend": 0.0,
    "models": [],
    "aliases": {},
    "config": {},
    "permissions": {},
    "metadata": {},
    "user_id": None,
    "team_id": None,
    "expires": None,
}
#: What its view of a key joins from the tables of teams and budgets, which are empty.
KEY_VIEW = ("team_models", "team_blocked", "team_members_with_roles")
#: Several workers that start at the same time make the tables one after another.
SCHEMA_LOCK = 7201
#: The columns that POST /model/new writes.
MODEL_COLUMNS = ("model_id", "model_name", "litellm_params", "model_info", "created_by", "updated_by")


class PrismaError(Exception):
    """Base of the errors that LiteLLM knows."""


errors = ModuleType("prisma.errors")
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
fields = ModuleType("prisma.fields")
# The address of a replica that only reads, which no stack has.
types = ModuleType("prisma.types")
types.DatasourceOverride = dict  # type: ignore[attr-defined]
sys.modules.update({module.__name__: module for module in (errors, fields, types)})
Json = fields.Json = json.dumps  # type: ignore[attr-defined]


class Row:
    """A row of a table, by attribute."""

    def __init__(self, values: dict) -> None:
        self.__dict__.update(values)

    def model_dump(self, **_options: Any) -> dict:
        """Its columns."""
        return dict(self.__dict__)

    def model_dump_json(self, **_options: Any) -> str:
        """The same as text."""
        return json.dumps(self.__dict__, default=str)


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


class ModelTable(Table):
    """The table of the models: written by POST /model/new, read at each start and every 30 s."""

    async def find_many(self, where: Optional[dict] = None, **_named: Any) -> list:
        """All rows; no other condition than an identifier is served."""
        rows = self._prisma.run('SELECT * FROM "LiteLLM_ProxyModelTable" ORDER BY created_at, model_id')
        wanted = (where or {}).get("model_id")
        return [Row(row) for row in rows if wanted is None or row["model_id"] == wanted]

    async def find_unique(self, where: dict, **_named: Any) -> Optional[Row]:
        """The row of an identifier."""
        return next(iter(await self.find_many({"model_id": where["model_id"]})), None)

    find_first = find_unique

    async def create(self, data: dict, **_named: Any) -> Optional[Row]:
        """Write a row."""
        names = [name for name in MODEL_COLUMNS if name in data]
        self._prisma.run(
            'INSERT INTO "LiteLLM_ProxyModelTable" (%s) VALUES (%s)'
            % (", ".join(names), ", ".join(["%s"] * len(names))),
            *(data[name] for name in names),
        )
        return await self.find_unique({"model_id": data["model_id"]})

    async def delete(self, where: dict, **_named: Any) -> Optional[Row]:
        """Remove the row of an identifier."""
        found = await self.find_unique(where)
        self._prisma.run('DELETE FROM "LiteLLM_ProxyModelTable" WHERE model_id = %s', where["model_id"])
        return found


class KeyTable(Table):
    """The table of the virtual keys, by the hash of each."""

    async def find_unique(self, where: dict, **_named: Any) -> Optional[Row]:
        """The row of a key."""
        found = self._prisma.key(where["token"])
        return Row(found) if found else None

    find_first = find_unique


TABLES = {
    "litellm_cacheconfig": CacheConfigTable,
    "litellm_proxymodeltable": ModelTable,
    "litellm_verificationtoken": KeyTable,
}


class Nothing:
    """A batch of writes that are lost, such as those of the spend."""

    async def __aenter__(self) -> Nothing:
        return self

    async def __aexit__(self, *_error: Any) -> None:
        return None

    def __getattr__(self, _name: str) -> Nothing:
        return self

    def __call__(self, *_words: Any, **_named: Any) -> Nothing:
        return self


class Transaction:
    """A transaction that begins and ends with each statement."""

    def __init__(self, prisma: Prisma) -> None:
        self._prisma = prisma

    async def __aenter__(self) -> Prisma:
        return self._prisma

    async def __aexit__(self, *_error: Any) -> None:
        return None


class Prisma:
    """The client."""

    def __init__(self, **_options: Any) -> None:
        self._connection: Any = None

    def is_connected(self) -> bool:
        """Whether connect() was called."""
        return self._connection is not None

    async def connect(self, **_options: Any) -> None:
        """Open the connection, and make the tables as LiteLLM's migrations do."""
        self._connection = psycopg2.connect(os.environ["DATABASE_URL"].partition("?")[0])  # the rest is Prisma's
        self._connection.autocommit = True
        self.run("SELECT pg_advisory_lock(%s)", SCHEMA_LOCK)
        self.run(SCHEMA)
        self.run("SELECT pg_advisory_unlock(%s)", SCHEMA_LOCK)

    async def disconnect(self, **_options: Any) -> None:
        """Close it."""
        self._connection, connection = None, self._connection
        connection.close()

    def run(self, statement: str, *values: Any) -> list:
        """Run one statement; its rows."""
        with self._connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute(statement, values or None)
            return [dict(row) for row in cursor.fetchall()] if cursor.description else []

    def key(self, token: str) -> Optional[dict]:
        """The virtual key of a hash."""
        rows = self.run('SELECT settings FROM "LiteLLM_VerificationToken" WHERE token = %s', token)
        return {**KEY, **rows[0]["settings"], "token": token} if rows else None

    async def query_first(self, query: str, *values: Any) -> Any:
        """The same for one row; the view of a key is made here, the hash in the query or beside it."""
        if 'FROM "LiteLLM_VerificationToken" AS v' in query:
            named = re.search("v.token = '(\\w+)'", query)
            found = self.key(named.group(1) if named else str(values[0]))
            return {**found, **dict.fromkeys(KEY_VIEW)} if found else None
        rows = await self.query_raw(query, *values)
        return rows[0] if rows else None

    async def query_raw(self, query: str, *values: Any) -> list:
        """A query of LiteLLM's own; one with values that reads a table finds it empty."""
        if not values:
            return self.run(query)
        if '"LiteLLM_' in query:
            return []
        return self.run(re.sub(r"\$\d+", "%s", query.replace("%", "%%")), *values)

    async def execute_raw(self, *_words: Any) -> int:
        """Views and counters are not made."""
        return 0

    def tx(self, **_options: Any) -> Transaction:
        """A transaction."""
        return Transaction(self)

    def batch_(self) -> Nothing:
        """A batch."""
        return Nothing()

    def __getattr__(self, name: str) -> Table:
        if name.startswith("_"):
            raise AttributeError(name)
        return TABLES.get(name, Table)(self, name)
