# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What LiteLLM makes of a configuration, by the LiteLLM of the container itself.

A plain file is read by configuration.py in no time. What is in it that only LiteLLM can tell (``include``,
``environment_variables``, a secret manager, a reference that is no text, a bucket) is found here, and then LiteLLM's own
``ProxyConfig.get_config`` reads the text, as its proxy does at a start: without a database, without callbacks, and with
nothing written. The import of LiteLLM's proxy costs seconds, so it is done only then.

By litellm/proxy/proxy_server.py and litellm/secret_managers/main.py of 1.77.7, 1.80.0 and 1.106.2.
"""

from __future__ import annotations

import asyncio
import builtins
import copy
import io
import os
import re
from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal, describe
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.sockets import read

ENVIRONMENT_REFERENCE = "os.environ/"
BUCKET = "LITELLM_CONFIG_BUCKET_NAME"
#: Sections that decide on the cache, or on what is read.
SECTIONS = ("litellm_settings", "router_settings", "general_settings", "environment_variables")
#: Settings whose value is a text for LiteLLM: a reference to such a one is replaced by the variable as it is.
TEXTS = re.compile(
    r"(redis_)?host|username|namespace|service_name|ssl_(ca_certs|certfile|keyfile)|\w*(password|url|key|key_id|token)"
)
#: Values of settings that may be told.
SHOWN = ("cache", "type", "host", "port", "db", "ttl", "namespace", "mode", "ssl", "redis_host", "redis_port", "redis_db",
         "max_connections", "socket_timeout", "socket_connect_timeout", "health_check_interval",
         "retry_on_timeout")  # fmt: skip
_VARIABLE = re.compile(r"[A-Za-z_]\w*\Z")
#: Words that LiteLLM makes a truth value of, in any case (str_to_bool).
_TRUTH = {"true": True, "false": False}


class Reading:
    """A configuration as it was read.

    ``config`` has its references replaced; ``raw`` is the same before that, what is included merged in. ``by_litellm`` tells who
    read it, ``why`` which features made LiteLLM read it. ``included`` are the files that were merged in, in their order, each
    with ``path``, ``sections`` and ``modified``. ``set_by_file`` are the variables that ``environment_variables`` names.
    """

    def __init__(self, config: dict, raw: dict, why: tuple = (), included: tuple = ()) -> None:
        self.config = config
        self.raw = raw
        self.why = why
        self.by_litellm = bool(why)
        self.included = included
        named = raw.get("environment_variables")
        self.set_by_file = sorted(str(name) for name in named) if isinstance(named, dict) else []


# ---------------------------------------------------------------------------------------------------------
# Whether a file is plain


def mapping_at(config: object, *keys: str) -> dict:
    """The mapping under a path of keys; {} where there is none."""
    for key in keys:
        config = config.get(key) if isinstance(config, dict) else None
    return config if isinstance(config, dict) else {}


def references_in(value: object, path: tuple = ()):
    """The references below a value: path, name of the variable, and whether it stands in a list."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from references_in(item, (*path, str(key)))
    elif isinstance(value, list):
        for item in value:
            for found, name, _listed in references_in(item, path):
                yield found, name, True
    elif isinstance(value, str) and value.startswith(ENVIRONMENT_REFERENCE):
        yield path, value[len(ENVIRONMENT_REFERENCE) :], False


def cache_references(config: dict):
    """The references that decide on the cache, its connections, and the key: as :func:`references_in`."""
    settings = mapping_at(config, "litellm_settings")
    for key in ("cache", "cache_params"):
        yield from references_in(settings.get(key), ("litellm_settings", key))
    router = mapping_at(config, "router_settings")
    for key, value in router.items():
        if str(key).startswith("redis") or key == "cache_kwargs":
            yield from references_in(value, ("router_settings", str(key)))
    general = mapping_at(config, "general_settings")
    for key in ("master_key", "database_url"):
        yield from references_in(general.get(key), ("general_settings", key))


def features_of(config: object, environ: Any) -> tuple:
    """What in a configuration, or in the proxy's environment, only LiteLLM itself can read; () for a plain file.

    :param config: as YAML has it.
    """
    found = []
    if environ.get(BUCKET) is not None:
        found.append("bucket")
    if environ.get("USE_AWS_KMS") == "True":
        found.append("encrypted environment")
    if not isinstance(config, dict):
        return tuple(found)
    if "include" in config:
        found.append("include")
    if config.get("environment_variables"):
        found.append("environment_variables")
    general = mapping_at(config, "general_settings")
    if general.get("key_management_system") or general.get("key_management_settings"):
        found.append("secret manager")
    settings = mapping_at(config, "litellm_settings")
    if settings.get("cache") is True and settings.get("cache_params", {}) == {}:
        found.append("cache without cache_params")
    for path, name, listed in cache_references(config):
        plain = TEXTS.fullmatch(path[-1]) and not listed and _VARIABLE.match(name)
        if not plain or str(environ.get(name, "")).strip().lower() in _TRUTH:
            found.append("reference in " + ".".join(path))
    return tuple(dict.fromkeys(found))


# ---------------------------------------------------------------------------------------------------------
# LiteLLM's own reading


def proxy_server():
    """LiteLLM's module with the reader.

    :raises Refusal: it cannot be imported.
    """
    try:
        from litellm.proxy import proxy_server as server
    except Exception as error:  # an ImportError, or whatever the environment does to LiteLLM
        raise Refusal(
            "litellm_missing", "LiteLLM's proxy cannot be imported in the container: " + describe(error)
        ) from None
    return server


def _reader_of(server: Any):
    """LiteLLM's reader, which also keeps what it had read before it replaced references, and which files it included."""

    class Reader(server.ProxyConfig):
        """The same, watched."""

        def __init__(self) -> None:
            super().__init__()
            self.seen_raw: dict = {}
            self.seen_files: list = []

        def _check_for_os_environ_vars(self, config: dict, depth: int = 0, **more: Any) -> dict:
            if depth == 0:  # the last one is the whole configuration; before it LiteLLM may look at a part
                self.seen_raw = copy.deepcopy(dict(config))
            return super()._check_for_os_environ_vars(config, depth=depth, **more)

        def _load_yaml_file(self, file_path: str) -> dict:
            loaded = super()._load_yaml_file(file_path)
            self.seen_files.append(
                {
                    "path": file_path,
                    "sections": [name for name in SECTIONS if isinstance(loaded, dict) and name in loaded],
                    # Nobody can set the other one to a time to come.
                    "modified": min(os.stat(file_path).st_mtime, os.stat(file_path).st_ctime),
                }
            )
            return loaded

    return Reader()


def read_by_litellm(proxy: Proxy, text: object, why: tuple) -> Reading:
    """Let LiteLLM read a configuration; afterwards this process has the environment that its proxy would have.

    :param text: what is to stand in the file that the proxy reads, None for what stands there. Files that it includes are
        looked for beside that file.
    :param why: what made this necessary.
    :raises Refusal: LiteLLM cannot read it; its proxy would not start.
    """
    server = proxy_server()
    path = proxy.config_path or ""
    reader = _reader_of(server)
    if text is not None:
        _answer_open(server, path, str(text))
    try:
        config = _config_read(server, reader, proxy, path)
        reader._load_environment_variables(config=config)
        _complete_cache(server, config)
    except Refusal:
        raise
    except Exception as error:  # whatever it is, the proxy would stop at it
        raise Refusal("config_unreadable", "LiteLLM cannot read this configuration: " + describe(error)) from None
    finally:
        vars(server).pop("open", None)
    return Reading(dict(config), reader.seen_raw, why, tuple(reader.seen_files))


def _answer_open(server: Any, path: str, text: str) -> None:
    """Let LiteLLM's reader find a text in the place of one file; every other file is opened as ever."""
    real = os.path.realpath(path)

    def answer(name: Any, *words: Any, **named: Any):
        if isinstance(name, (str, os.PathLike)) and os.path.realpath(name) == real:
            return io.StringIO(text)
        return builtins.open(name, *words, **named)

    server.open = answer


def _config_read(server: Any, reader: Any, proxy: Proxy, path: str):
    """What ``get_config`` returns at the start of the proxy, its secret manager known.

    The command line reads the configuration once before the proxy does, and starts the secret manager in between (proxy_cli.py);
    newer versions start it while they read.
    """
    import litellm

    if os.environ.get("USE_AWS_KMS") == "True":
        from litellm.secret_managers.aws_secret_manager import decrypt_env_var

        os.environ.update(decrypt_env_var())
    config = asyncio.run(reader.get_config(config_file_path=path))
    general = config.get("general_settings") or {}
    system = general.get("key_management_system")
    by_command = not any("litellm.proxy.proxy_server:app" in word for word in proxy.argv)
    if not system or not by_command or litellm.secret_manager_client is not None:
        return config
    if general.get("key_management_settings") is not None:
        litellm._key_management_settings = server.KeyManagementSettings(**general["key_management_settings"])
    try:
        reader.initialize_secret_manager(key_management_system=system, config_file_path=path)
    except TypeError:  # 1.77.7 takes the name alone
        reader.initialize_secret_manager(key_management_system=system)
    del reader.seen_files[:]
    return asyncio.run(reader.get_config(config_file_path=path))


def _complete_cache(server: Any, config: Any) -> None:
    """Do with ``litellm_settings`` what ``load_config`` does before it builds the cache.

    :raises Refusal: the proxy would stop at it.
    """
    settings = config.get("litellm_settings")
    if not isinstance(settings, dict) or settings.get("cache") is not True:
        return
    written = settings.get("cache_params", {})
    if not isinstance(written, dict):
        raise Refusal("config_unreadable", "cache_params hold nothing, at which LiteLLM does not start")
    params = dict(written)
    if not params:
        params.update(type="redis", host=server.get_secret("REDIS_HOST"), port=server.get_secret("REDIS_PORT"))
        if server.get_secret("REDIS_PASSWORD") is not None:
            params["password"] = server.get_secret("REDIS_PASSWORD")
    for key, value in params.items():
        if isinstance(value, str) and value.startswith(ENVIRONMENT_REFERENCE):
            params[key] = server.get_secret(value)
    settings["cache_params"] = params


# ---------------------------------------------------------------------------------------------------------
# Which file it is

MOUNTED = "mounted"
COPY = "copy"
MADE = "made"
OTHER = "other"
IN_BUCKET = "bucket"
NOWHERE = "nowhere"


def source_of(proxy: Proxy, mounted: object) -> str:
    """How the file that the proxy reads comes from the one that is mounted.

    :param mounted: path under which the container sees the configured file, None for none.
    :returns: ``mounted``: it is that file. ``copy``: it holds the same. ``made``: it was made from it at the start, as a
        template, or is a copy of an older one. ``other``: it has little in common with it. ``bucket``, or ``nowhere``.
    """
    if os.environ.get(BUCKET) is not None:
        return IN_BUCKET
    if not proxy.config_path or not os.path.exists(proxy.config_path):
        return NOWHERE
    if not mounted or os.path.realpath(str(mounted)) == os.path.realpath(proxy.config_path):
        return MOUNTED
    try:
        template, made = read(str(mounted)), read(proxy.config_path)
    except OSError:
        return OTHER
    if template == made:
        return COPY
    return MADE if _has_in_common(template, made) else OTHER


def _has_in_common(template: bytes, made: bytes) -> bool:
    """Whether at least half of the lines of the one are in the other, comments and empty lines aside."""
    lines = {line.strip() for line in template.splitlines()} - {b""}
    lines = {line for line in lines if not line.startswith(b"#")}
    kept = lines & {line.strip() for line in made.splitlines()}
    return len(kept) * 2 >= len(lines)
