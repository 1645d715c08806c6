"""What something is called in English and Japanese: codes, items of forms, questions, purposes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from renkei.battery.reading import Members


@dataclass(frozen=True, slots=True)
class Label:
    """A name in two languages."""

    en: str
    ja: str

    def to_json(self) -> dict[str, str]:
        """The plain JSON form."""
        return {"en": self.en, "ja": self.ja}

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object that holds nothing else."""
        label = cls.beside(members)
        members.close()
        return label

    @classmethod
    def beside(cls, members: Members) -> Self:
        """From an open JSON object in which other members stand beside it."""
        return cls(members.text("en"), members.text("ja"))
