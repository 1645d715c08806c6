"""The reference page of other systems' formats, read off the tables in ``vocab/formats``."""

from __future__ import annotations

import json
from collections.abc import Iterator

from renkei.formats.dialects.checking import bounds
from renkei.formats.dialects.details import SORTS, Sort
from renkei.formats.dialects.loss import Change, Why
from renkei.formats.dialects.table import Form, Node, Table, read_tables, rows
from renkei.resources import Kind, resource_names, resource_text

ABOUT = """
How a footprint record is [said in other systems' forms](../how-to/speak-other-formats.md). *From* is the leaf of our
record that stands there (`details.` in the product details; with `@` one that follows from others); a member without
one is checked, and dropped with notice when a document is read. An asterisk: it must be there.
"""


def formats_page() -> Iterator[str]:
    """The reasons of a loss report, the product details, then one section a format."""
    yield "# Formats of other systems · 他システムの形式\n\n"
    yield ABOUT.replace("\n", " ").strip() + "\n\n## Reports · 損失の報告\n\n"
    yield f"Changes: {', '.join(f'`{change.value}`' for change in Change)}.\n\n"
    yield "| Why | | |\n| --- | --- | --- |\n"
    yield from (f"| `{why.code}` | {why.en} | {why.ja} |\n" for why in Why)
    yield "\n## Product details · 製品詳細\n\n| Members | |\n| --- | --- |\n"
    for sort in Sort:
        names = ", ".join(f"`{name}`" for name, each in SORTS.items() if each is sort)
        yield f"| {names} | {sort.value} |\n"
    names = [name for name in resource_names(Kind.VOCAB) if name.startswith("formats/")]
    tables = read_tables({name: json.loads(resource_text(Kind.VOCAB, name)) for name in names})
    for table in tables.tables.values():
        yield from _section(table)


def _section(table: Table) -> Iterator[str]:
    yield f"\n## {table.id}\n\n**{table.title['en']} · {table.title['ja']}**\n\n"
    yield f"{table.notes['en']}\n\n{table.notes['ja']}\n\nSource: {table.source}.\n\n"
    yield f"Figures are of {'one unit' if table.per_one else 'the declared amount'}. Units: "
    yield ", ".join(f"`{ours}` = `{theirs}`" for ours, theirs in table.units.items()) + ".\n\n"
    yield "| Member | Is | From |\n| --- | --- | --- |\n"
    for path, node in _leaves(table):
        star = "*" if node.required else ""
        kind = ", ".join(text for text in (node.form.value, bounds(node), _choice(node)) if text)
        origin = " or ".join(f"`{leaf}`" for leaf in node.leaves)
        yield f"| `{path}`{star} | {kind} | {origin or _fixed(node)} |\n".replace("||", "\\|\\|")


def _leaves(table: Table) -> Iterator[tuple[str, Node]]:
    return ((path, node) for path, node in rows(table.root) if node.form is not Form.OBJECT and not node.of)


def _choice(node: Node) -> str:
    return f"one of {len(node.words)} words" if len(node.words) > 1 else ""


def _fixed(node: Node) -> str:
    return "—" if node.const is None else f"always `{node.const}`"
