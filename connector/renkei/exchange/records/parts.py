"""What is kept of the parts we make (部品構成情報), and the rows by which they are found by name and plant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from renkei.exchange.records.kept import Document, Kept

BETWEEN = "\x1f"  # no name holds a control character, so this ends each part of a composed key


@dataclass(frozen=True, kw_only=True)
class PartRecord(Kept):
    """A part we make: its BOM, our own inventory and due-diligence facts, as the JSON and CSV they came in.

    ``name`` (部品項目) and ``support`` (補助項目, which tells apart what shares a name), ``plant``: where it is made;
    ``unit``: in which it is counted. ``terminated`` (終端): nothing that goes into it is bought, which is a claim of
    ours and not only a BOM that nobody has written yet. ``bom``: none for what is made of nothing bought; a BOM that
    lists nothing has its header line all the same. ``automatic``: a request for it is answered without a hand on it;
    ``customers``: who may ask (empty: any partner). ``rules``: under which rule set its footprint is calculated (empty:
    the one that holds here); ``split``: its records tell own from supplied.
    ``terms``: the template under which its footprint is given (empty: the usual one).
    """

    kind: ClassVar[str] = "part"

    name: str = ""
    support: str = ""
    plant: str = ""
    unit: str = ""
    terminated: bool = False
    bom: str | None = None
    inventory: Document = field(default_factory=dict)
    due_diligence: Document = field(default_factory=dict)
    automatic: bool = True
    customers: tuple[str, ...] = ()
    rules: str = ""
    split: bool = False
    terms: str = ""

    @property
    def called(self) -> str:
        """What people call it: without a name, its id."""
        return self.name or self.id

    @property
    def parent(self) -> bool:
        """Whether something goes into it (親部品)."""
        return any(line.strip(" \t,;") for line in (self.bom or "").splitlines()[1:])


@dataclass(frozen=True, kw_only=True)
class PartPlace(Kept):
    """Where a part stands in the register: rows sort by name, and are found by plant and by what they are.

    A place that its part has left, for another name or plant, is kept as ``vacant``.
    """

    kind: ClassVar[str] = "part-place"

    part: str
    plant: str
    parent: bool
    vacant: bool = False

    def keys(self) -> tuple[str, str, str]:
        """Found by plant and by whether it is a parent part, or by the latter alone."""
        if self.vacant:
            return "", "vacant", ""
        return "", self.column(parent=self.parent), f"{self.plant}{BETWEEN}{self.column(parent=self.parent)}"

    @staticmethod
    def column(*, parent: bool) -> str:
        """The state column."""
        return "parent" if parent else "single"
