"""What can go wrong, said once: a stable code, whose fault it is, the cause and the next step.

Each package declares its problems as constants in a module ``problems``; raising one is calling it::

    UNKNOWN_DATASET = Problem(code="catalog-unknown-dataset", fault=Fault.PEER, status=404, en="...", ja="...", ...)
    raise UNKNOWN_DATASET(dataset=dataset_id)

The error tree (who must act)::

    RenkeiError
    ├── LocalError            our side: a bug, or a step that does not fit our own state
    ├── PeerError             the partner sent something wrong, or cannot be reached
    ├── PolicyError           a policy or an identity check said no
    └── ConfigurationError    the operator must change a setting, a file or a command line

Codes are lower-case words joined by hyphens, begin with the word for what they are about, and never change meaning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class Fault(Enum):
    """Who must act so that it works the next time."""

    LOCAL = "local"
    PEER = "peer"
    POLICY = "policy"
    CONFIGURATION = "configuration"


class RenkeiError(Exception):
    """The root of every error that Renkei raises on purpose."""

    def __init__(self, problem: Problem, values: Mapping[str, object]) -> None:
        self.problem = problem
        self.values: Mapping[str, object] = MappingProxyType(dict(values))
        super().__init__(f"{problem.code}: {self.message()}")

    def __reduce__(self) -> tuple[object, ...]:
        """Errors cross process borders (worker pools) whole."""
        return (_rebuild, (self.problem, dict(self.values)))

    @property
    def code(self) -> str:
        """The stable code, fit for logs, exit codes and other programs."""
        return self.problem.code

    def message(self, language: str = "en") -> str:
        """What happened, with the values, in English or (``"ja"``) Japanese."""
        return _fill(self.problem.ja if language == "ja" else self.problem.en, self.values)

    def hint(self, language: str = "en") -> str:
        """What to do next."""
        problem = self.problem
        return _fill(problem.hint_ja if language == "ja" else problem.hint_en, self.values)

    def as_json(self, language: str = "en") -> dict[str, str]:
        """The form in which the management API and ``--json`` show an error."""
        return {
            "code": self.code,
            "fault": self.problem.fault.value,
            "message": self.message(language),
            "hint": self.hint(language),
        }


class LocalError(RenkeiError):
    """Our side is wrong: nothing was sent, or nothing may be."""


class PeerError(RenkeiError):
    """The partner is wrong or absent; our state has not changed."""


class PolicyError(RenkeiError):
    """A policy or an identity check said no, and says why."""


class ConfigurationError(RenkeiError):
    """A setting, a file or a command line is wrong."""


_CLASSES: Mapping[Fault, type[RenkeiError]] = MappingProxyType(
    {
        Fault.LOCAL: LocalError,
        Fault.PEER: PeerError,
        Fault.POLICY: PolicyError,
        Fault.CONFIGURATION: ConfigurationError,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One kind of thing that can go wrong. Texts are ``str.format`` templates over the values.

    ``status`` is the HTTP status with which it leaves at the edge (0: never crosses the edge).
    """

    code: str
    fault: Fault
    en: str
    ja: str
    hint_en: str
    hint_ja: str
    status: int = 0

    def __call__(self, **values: object) -> RenkeiError:
        """Make the error to raise."""
        return _CLASSES[self.fault](self, values)


def _rebuild(problem: Problem, values: Mapping[str, object]) -> RenkeiError:
    return problem(**values)


class _Blank(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"


def _fill(template: str, values: Mapping[str, object]) -> str:
    """Values are shown, cut and made harmless: they may come from a stranger's message.

    One that ends the template's sentence may be a sentence itself (the cause of a cause): it leaves its full stop.
    """
    shown = {name: printable(str(value)) for name, value in values.items()}
    for name in _CLOSING.findall(template):
        shown[name] = _STOP.sub("", shown.get(name, "?"))
    return template.format_map(_Blank(shown))


def printable(text: str) -> str:
    """A stranger's text as it may stand in a message or a log: cut, and without signs that move a terminal's cursor."""
    if len(text) > _LONGEST_VALUE:
        text = text[:_LONGEST_VALUE] + "…"
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


_LONGEST_VALUE = 300
_CLOSING = re.compile(r"\{(\w+)\}[.。]")
_STOP = re.compile(r"(?<=[^./\\])[.。]\Z")  # no part of a path such as ..
