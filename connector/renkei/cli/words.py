"""Texts of the command line in English and Japanese, and which of the two is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Language: TypeAlias = Literal["en", "ja"]
_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages."""

    en: str
    ja: str

    def __call__(self, language: Language) -> str:
        """The text in one language."""
        return self.ja if language == "ja" else self.en


def language_of(argv: Sequence[str], environment: Mapping[str, str]) -> Language:
    """``--lang`` before the locale; the command line may be wrong in every other way."""
    for index, word in enumerate(argv):
        if word.startswith("--lang="):
            return "ja" if word.endswith("=ja") else "en"
        if word == "--lang":
            return "ja" if argv[index + 1 : index + 2] == ["ja"] else "en"
    locale = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    return "ja" if locale.lower().startswith("ja") else "en"
