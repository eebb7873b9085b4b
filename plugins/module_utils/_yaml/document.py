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
from .nodes import children_of, has_question_mark_in_flow, may_be_too_big, refuse_what_is_too_big
from .reasons import reason_of

try:
    import yaml

    YAML_IMPORT_ERROR = None
except ImportError:
    yaml = None
    YAML_IMPORT_ERROR = traceback.format_exc()

BYTE_ORDER_MARK = "\ufeff"
PURE_LOADER_LINES = 2000

# libyaml accepts tabs and inner byte order marks that the pure loader rejects, and differs on `|#`, a lone `!` and `?`.
_LOADERS_DIFFER = re.compile("[\t\ufeff]|[|>][-+0-9]*#|![ \r\n]|^[ -]*\\?[ \r\n]", re.MULTILINE)
_LONE_CARRIAGE_RETURN = re.compile("\r(?!\n)")
_TEMPLATE = re.compile(r"\{\{|\{%")

# What PyYAML's constructors let through when a value is not what its tag says, such as `!!int x`.
_VALUE_ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


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
        """Set ``root``, return the model; where libyaml stops or is too lenient, the pure loader's word counts."""
        if not self.pure:
            try:
                model = self._root_and_model(yaml.CSafeLoader, before)
                self.pure = "?" in self.text and has_question_mark_in_flow(self.root)
            except (yaml.YAMLError, RecursionError, *_VALUE_ERRORS):
                self.pure = True
            if not self.pure:
                return model
        try:
            return self._root_and_model(yaml.SafeLoader, before)
        except (yaml.YAMLError, *_VALUE_ERRORS) as error:
            raise self._parse_error(error) from None  # the error quotes the text

    def _root_and_model(self, kind: Any, before: YamlText | None) -> Any:
        """Set ``root``, return the model, both by a loader of ``kind``."""
        loader = kind(self.text)
        try:
            self.root = loader.get_single_node()
            self._refuse_what_is_no_mapping()
            if may_be_too_big(self.text):
                refuse_what_is_too_big(self.root, self.lines)
            if before is not None:
                return self._model_made_from(before)
            if "<<" not in self.text:
                return loader.construct_document(self.root)
            return load_yaml(self.text)  # constructing would flatten merge keys in the nodes that we need
        except RecursionError:
            index = getattr(loader, "index", None)
            if index is None:  # libyaml's
                raise
            line = self.line_number(index)
            raise UnsupportedConfigError(f"line {line}: the value there is nested too deep", line=line) from None
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
            return self._value_error(hint)
        line = self.line_number(index)
        column = index - self.lines.start(line - 1) + 1
        if "expected a single document" in str(error):
            return UnsupportedConfigError(
                f"line {line} starts a second YAML document, and LiteLLM loads only one", line=line, column=column
            )
        return ConfigParseError(
            f"config.yaml does not parse at line {line}, column {column}: {reason_of(error)}{hint}",
            line=line,
            column=column,
        )

    def _value_error(self, hint: str) -> ConfigError:
        """The error for a value that is not what its tag says or its looks promise; PyYAML does not say which it is."""
        index = _index_of_bad_value(self.root)
        line = self.line_number(index) if index is not None else None
        where = f" (line {line})" if line else ""
        return ConfigParseError(f"config.yaml does not load: a value in it is not valid{where}{hint}", line=line)


def _error_index(error: Exception) -> int | None:
    """Index in the text at which PyYAML stopped, or None when it does not say."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return mark.index if mark is not None else getattr(error, "position", None)


def _index_of_bad_value(root: Any) -> int | None:
    """Index of the first scalar in the text that cannot be loaded alone, or None."""
    bad = []
    seen = set()
    pending = [root] if root is not None else []
    while pending:
        node = pending.pop()
        if id(node) not in seen:
            seen.add(id(node))
            pending += children_of(node)
            if isinstance(node, yaml.ScalarNode) and not _loads_alone(node):
                bad.append(node.start_mark.index)
    return min(bad, default=None)


def _loads_alone(node: Any) -> bool:
    try:
        yaml.SafeLoader("").construct_document(node)
    except (yaml.YAMLError, *_VALUE_ERRORS):
        return False
    return True


def load_yaml(text: str) -> Any:
    """What LiteLLM's own loader makes of ``text``.

    :raises yaml.YAMLError: it does not load.
    """
    try:
        return yaml.load(text, Loader=yaml.SafeLoader)  # the pure loader: libyaml is more lenient than LiteLLM
    except (RecursionError, *_VALUE_ERRORS) as error:
        raise yaml.constructor.ConstructorError(problem="a value is not valid") from error
