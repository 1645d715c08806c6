"""Texts with blanks in both languages; a value may itself come in both."""

from __future__ import annotations

from collections.abc import Mapping

from renkei.cli.words import Language, Text


def filled(text: Text, **values: object) -> Text:
    """The text with its values filled in."""
    return Text(text.en.format(**_chosen(values, "en")), text.ja.format(**_chosen(values, "ja")))


def _chosen(values: Mapping[str, object], language: Language) -> Mapping[str, object]:
    return {name: _in(value, language) for name, value in values.items()}


def _in(value: object, language: Language) -> object:
    if isinstance(value, Text):
        return value(language)
    return value[language] if isinstance(value, Mapping) else value
