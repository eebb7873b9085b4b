# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""config.yaml as text and as YAML at once.

PyYAML reads the text because LiteLLM does. libyaml gives the positions where it is present and where it is known to agree
with the pure loader, which is what LiteLLM uses; in short texts and in texts with a rarity on which the two differ, the pure
loader does everything.
"""

from __future__ import annotations

import re
import traceback
from typing import Any

from .._errors import (
    ConfigError,
    ConfigParseError,
    UnsupportedConfigError,
    YamlLibraryError,
)
from .lines import LineTable

try:
    import yaml

    YAML_IMPORT_ERROR = None
except ImportError:
    yaml = None
    YAML_IMPORT_ERROR = traceback.format_exc()

BYTE_ORDER_MARK = "\ufeff"
PURE_LOADER_LINES = 2000

# libyaml accepts tabs and inner byte order marks that the pure loader rejects, and differs on `|#`, a lone `!` and `?`.
_LOADERS_DIFFER = re.compile("[\t\ufeff]|[|>]#|![ \r\n]|^[ -]*\\?[ \r\n]", re.MULTILINE)
_LONE_CARRIAGE_RETURN = re.compile("\r(?!\n)")
_TEMPLATE = re.compile(r"\{\{|\{%")


def require_yaml() -> None:
    """Require PyYAML.

    :raises YamlLibraryError: it is not importable.
    """
    if yaml is None:
        raise YamlLibraryError("PyYAML is missing; install the package python3-yaml", traceback=YAML_IMPORT_ERROR)


def split_byte_order_mark(text: str) -> tuple[str, str]:
    """The byte order mark of ``text``, or '', and the rest."""
    if text.startswith(BYTE_ORDER_MARK):
        return BYTE_ORDER_MARK, text[1:]
    return "", text


def needs_pure_loader(text: str, lines: LineTable) -> bool:
    """Whether only the pure loader's word counts for ``text``."""
    return len(lines) < PURE_LOADER_LINES or not yaml.__with_libyaml__ or bool(_LOADERS_DIFFER.search(text))


class YamlText:
    """A parsed config.yaml.

    ``text`` is without the byte order mark, which ``byte_order_mark`` keeps; all indexes count in ``text``. ``root`` is the
    node of the whole document and ``model`` what LiteLLM would load.
    """

    def __init__(self, text: str, before: YamlText | None = None) -> None:
        """Parse ``text``.

        ``before`` is the document that ``text`` was made from: in a long text only the top-level keys whose text differs are
        loaded again, with LiteLLM's own loader.

        :raises ConfigParseError: it is no YAML that LiteLLM would load.
        :raises UnsupportedConfigError: it is YAML that cannot be a config.yaml, or cannot be edited exactly.
        """
        require_yaml()
        self.byte_order_mark, self.text = split_byte_order_mark(text)
        self.lines = LineTable(self.text)
        self._refuse_lone_carriage_return()
        self.pure = needs_pure_loader(self.text, self.lines)
        self.root: Any = None
        is_long = len(self.lines) >= PURE_LOADER_LINES
        self.model = self._parse(before if is_long and "&" not in self.text else None)

    def chunks(self) -> list[str]:
        """The text that belongs to each top-level key: up to the next one."""
        starts = [self.lines.start(self.lines.at(pair[0].start_mark.index)) for pair in self.root.value]
        return [self.text[start:end] for start, end in zip(starts, starts[1:] + [len(self.text)])]

    def with_byte_order_mark(self, text: str) -> str:
        """Return ``text`` with the byte order mark of this document."""
        return self.byte_order_mark + text

    def line_number(self, index: int) -> int:
        """Line of ``index`` as people count: from 1."""
        return self.lines.at(index) + 1

    def _refuse_lone_carriage_return(self) -> None:
        match = _LONE_CARRIAGE_RETURN.search(self.text)
        if match:
            line = self.line_number(match.start())
            raise UnsupportedConfigError(
                f"line {line} holds a carriage return without a line feed; convert the file's line ends", line=line
            )

    def _parse(self, before: YamlText | None) -> Any:
        try:
            return self._root_and_model(before)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise self._parse_error(error) from error

    def _root_and_model(self, before: YamlText | None) -> Any:
        """Set ``root``, return the model."""
        loader = (yaml.SafeLoader if self.pure else yaml.CSafeLoader)(self.text)
        try:
            self.root = loader.get_single_node()
            self._refuse_what_is_no_mapping()
            if before is not None:
                return self._model_made_from(before)
            if "<<" not in self.text:
                return loader.construct_document(self.root)
            return load_yaml(self.text)  # constructing would flatten merge keys in the nodes that we need
        finally:
            loader.dispose()

    def _model_made_from(self, before: YamlText) -> dict:
        """The model, loading only the top-level keys that ``before`` did not have with the same text."""
        known = {chunk: pair[0].value for chunk, pair in zip(before.chunks(), before.root.value)}
        model = {}
        for chunk in self.chunks():
            if chunk in known and known[chunk] in before.model:
                model[known[chunk]] = before.model[known[chunk]]
            else:
                model.update(load_yaml(chunk))
        return model

    def _refuse_what_is_no_mapping(self) -> None:
        if self.root is None:
            raise UnsupportedConfigError("config.yaml is empty")
        if not isinstance(self.root, yaml.MappingNode):
            raise UnsupportedConfigError("config.yaml must be a mapping with keys such as litellm_settings", line=1)

    def _parse_error(self, error: Exception) -> ConfigError:
        index = _error_index(error)
        hint = "; it looks like a template: edit the rendered file" if _TEMPLATE.search(self.text) else ""
        if index is None:
            return ConfigParseError(f"config.yaml does not load: a value in it is not valid{hint}")
        line = self.line_number(index)
        column = index - self.lines.start(line - 1) + 1
        if "expected a single document" in str(error):
            return UnsupportedConfigError(
                f"line {line} starts a second YAML document, and LiteLLM loads only one", line=line, column=column
            )
        return ConfigParseError(
            f"config.yaml does not parse at line {line}, column {column}: {_reason_of(error)}{hint}",
            line=line,
            column=column,
        )


def _error_index(error: Exception) -> int | None:
    """Index in the text at which PyYAML stopped, or None when it does not say."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return mark.index if mark is not None else getattr(error, "position", None)


def _reason_of(error: Exception) -> str:
    """What PyYAML found wrong, without any of the text."""
    reasons = [getattr(error, name, None) for name in ("context", "problem", "reason")]
    return " ".join(reason for reason in reasons if reason) or "not valid"


def load_yaml(text: str) -> Any:
    """What LiteLLM's own loader makes of ``text``.

    :raises yaml.YAMLError: it does not load.
    """
    return yaml.load(text, Loader=yaml.SafeLoader)  # the pure loader: libyaml is more lenient than LiteLLM
