"""What an act is, and what has come of one beside what its file expects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from renkei.cli.demo.acts.companies import Companies
from renkei.cli.demo.acts.script import Script
from renkei.cli.words import Text


class Found(Protocol):
    """What an act has found."""

    def to_json(self) -> dict[str, object]:
        """Its members in ``steps`` of ``--json``; those that its file expects are compared."""

    def lines(self, companies: Companies) -> Iterator[Text]:
        """The same for people."""


class Act(Protocol):
    """One act. ``ROLES``: whom and what its script must cast."""

    NAME: ClassVar[str]
    TITLE: ClassVar[Text]
    ROLES: ClassVar[tuple[str, ...]]

    def __init__(self, script: Script, companies: Companies) -> None: ...

    def play(self) -> Found:
        """Play it through management APIs. Raises what these answer as an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An act that was played. ``left_out``: why it was not."""

    name: str
    title: Text
    found: Mapping[str, object]
    expected: Mapping[str, object]
    lines: tuple[Text, ...]
    left_out: str = ""

    @property
    def ok(self) -> bool:
        """Whether everything that is expected was found."""
        return not any(self.differences())

    def differences(self) -> Iterator[tuple[str, object, object]]:
        """Member, found and expected, of what differs."""
        for member, wanted in self.expected.items() if not self.left_out else ():
            if self.found.get(member) != wanted:
                yield member, self.found.get(member), wanted

    def to_json(self) -> dict[str, object]:
        """The object of ``--json``."""
        shown = {"ok": self.ok, "found": dict(self.found), "expected": dict(self.expected)}
        return shown | {"left_out": self.left_out} if self.left_out else shown
