"""A page fit for print: one HTML file without anything from elsewhere, in English or Japanese.

``th``, ``td``, ``table`` and ``listing`` write elements; texts given to them are escaped, whoever wrote them. ``page``
puts the whole together: it is printed on A4 as it is seen, and a browser runs and fetches nothing for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final, Literal, TypeAlias

Language: TypeAlias = Literal["en", "ja"]

_STYLE: Final = """
@page { size: A4; margin: 18mm; }
body { font: 10.5pt/1.5 "Noto Sans", "Noto Sans JP", "Hiragino Sans", "Yu Gothic", Meiryo, sans-serif; color: #111;
  max-width: 174mm; margin: 0 auto; }
h1 { font-size: 16pt; margin: 0 0 4mm; } h2 { font-size: 12pt; margin: 6mm 0 2mm; }
table { width: 100%; border-collapse: collapse; } tr { break-inside: avoid; }
th, td { border: 0.3mm solid #999; padding: 1.2mm 2mm; text-align: left; vertical-align: top; }
thead { display: table-header-group; } th { background: #eee; }
"""


def page(language: Language, title: str, body: str, style: str = "") -> str:
    """The file. ``body`` is HTML; ``style`` stands behind what every page has."""
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        # Nothing is fetched and nothing runs, whatever a text in it tries.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)}</title>\n"
        f"<style>{_STYLE}{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def th(text: str) -> str:
    """A head cell."""
    return f"<th>{escape(text)}</th>"


def td(text: str, kind: str = "") -> str:
    """A cell, of a class that the style knows."""
    return f'<td class="{escape(kind)}">{escape(text)}</td>' if kind else f"<td>{escape(text)}</td>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells as ``th`` and ``td`` write them, under a head that is repeated on each sheet of paper."""
    top = f"<thead><tr>{''.join(map(th, head))}</tr></thead>" if head else ""
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f"<table>{top}<tbody>{body}</tbody></table>"


def listing(title: str, lines: Iterable[str]) -> str:
    """Lines under a title."""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<section><h2>{escape(title)}</h2><ul>{items}</ul></section>"
