#!/bin/sh
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Exports the secrets of the Compose project to LiteLLM and starts it. `docker exec` sees none of them.
set -eu

REDIS_PASSWORD="$(cat /run/secrets/redis_password)"
LITELLM_MASTER_KEY="$(cat /run/secrets/litellm_master_key)"
LITELLM_SALT_KEY="$(cat /run/secrets/litellm_salt_key)"
DATABASE_URL=postgresql://postgres@postgres:5432/postgres
# Within a URL the password must be percent-encoded.
encoded="$(python3 -c 'import sys, urllib.parse; print(urllib.parse.quote(sys.stdin.read(), safe=""))' </run/secrets/redis_password)"
REDIS_URL="redis://:${encoded}@redis:6379/1"
export REDIS_PASSWORD LITELLM_MASTER_KEY LITELLM_SALT_KEY DATABASE_URL REDIS_URL

exec litellm "$@"
