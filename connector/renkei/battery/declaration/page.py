"""A declaration as a page fit for print: one HTML file without anything from elsewhere, in English or Japanese.

Every text in it is escaped, whoever wrote it. A draft says so at the top and across each printed page; each figure
names its evidence by number, and the list of evidence gives the hashes in full.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, cast

Language: TypeAlias = Literal["en", "ja"]
_Object: TypeAlias = Mapping[str, object]

_WORDS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "en": {
            "draft": "DRAFT",
            "missing": "Missing",
            "none": "not given",
            "point": "Point",
            "item": "Item",
            "value": "Value",
            "evidence": "Evidence",
            "model": "Battery model",
            "plant": "Plant",
            "part": "Part",
            "issued": "Issued",
            "version": "Version",
            "company": "Company",
            "form": "Form",
            "supersedes": "Supersedes",
            "company-said": "stated by the company",
            "footprint-record": "Footprint record",
            "rule-set": "Rule set",
            "statement": "Verification statement of",
            "id": "Declaration",
        },
        "ja": {
            "draft": "下書き",
            "missing": "不足",
            "none": "記載なし",
            "point": "条項",
            "item": "項目",
            "value": "値",
            "evidence": "根拠",
            "model": "電池の型式",
            "plant": "製造工場",
            "part": "部品",
            "issued": "発行日時",
            "version": "版",
            "company": "事業者",
            "form": "様式",
            "supersedes": "置き換える宣言",
            "company-said": "事業者による記載",
            "footprint-record": "フットプリント記録",
            "rule-set": "ルールセット",
            "statement": "検証声明書(発行者)",
            "id": "宣言",
        },
    }
)
_STYLE: Final = """
@page { size: A4; margin: 18mm; }
body { font: 10.5pt/1.5 "Noto Sans", "Noto Sans JP", "Hiragino Sans", "Yu Gothic", Meiryo, sans-serif; color: #111;
  max-width: 174mm; margin: 0 auto; }
h1 { font-size: 16pt; margin: 0 0 4mm; } h2 { font-size: 12pt; margin: 6mm 0 2mm; }
table { width: 100%; border-collapse: collapse; } tr { break-inside: avoid; }
th, td { border: 0.3mm solid #999; padding: 1.2mm 2mm; text-align: left; vertical-align: top; }
thead { display: table-header-group; } th { background: #eee; }
.value { font-variant-numeric: tabular-nums; } .absent { color: #a00; }
.note, .hash { font-size: 8.5pt; } .hash { word-break: break-all; font-family: monospace; }
.draft { border: 0.8mm solid #a00; color: #a00; padding: 2mm 3mm; font-weight: bold; }
.mark { position: fixed; top: 45%; left: 0; right: 0; text-align: center; font-size: 80pt; color: #a00; opacity: 0.12;
  transform: rotate(-30deg); pointer-events: none; }
"""


def page(declaration: _Object, language: Language = "en") -> str:
    """The page of a declaration as ``declared`` made it."""
    words = _WORDS[language]
    form = _object(declaration, "form")
    title = _in(form, "title", language)
    notes = _evidence_of(declaration)
    draft = declaration.get("draft") is True
    body = [
        f'<div class="mark" aria-hidden="true">{escape(words["draft"])}</div>' if draft else "",
        f"<h1>{escape(title)}</h1>",
        f'<p class="note">{escape(_in(form, "note", language))}</p>',
        _draft(declaration, words) if draft else "",
        _head(declaration, words),
        _items(declaration, notes, words, language),
        f"<h2>{escape(words['evidence'])}</h2>",
        _evidence(notes, words),
    ]
    content = "\n".join(part for part in body if part)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        # Nothing is fetched and nothing runs, whatever a text in it tries.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)} — {escape(str(declaration.get('model', '')))}</title>\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n{content}\n</body>\n</html>\n"
    )


def _draft(declaration: _Object, words: Mapping[str, str]) -> str:
    labels = {str(item["id"]): item for item in _objects(declaration, "items")}
    lacking = cast("list[object]", declaration.get("missing", []))
    named = ", ".join(str(labels[str(one)]["point"] if str(one) in labels else one) for one in lacking)
    more = f" — {escape(words['missing'])}: {escape(named)}" if named else ""
    return f'<p class="draft">{escape(words["draft"])}{more}</p>'


def _head(declaration: _Object, words: Mapping[str, str]) -> str:
    form = _object(declaration, "form")
    shown = {
        "model": declaration.get("model"),
        "plant": declaration.get("plant"),
        "part": declaration.get("part"),
        "company": declaration.get("company"),
        "issued": declaration.get("issued"),
        "version": declaration.get("version"),
        "id": declaration.get("id"),
        "supersedes": declaration.get("supersedes"),
        "form": f"{form.get('id')} ({form.get('status')})",
    }
    rows = (
        f"<tr><th>{escape(words[name])}</th><td>{escape(str(value))}</td></tr>"
        for name, value in shown.items()
        if value not in {None, ""}
    )
    return "<table>" + "".join(rows) + "</table>"


def _items(declaration: _Object, notes: Mapping[tuple[str, str, str], int], words: Mapping[str, str], lang: str) -> str:
    head = "".join(f"<th>{escape(words[name])}</th>" for name in ("point", "item", "value", "evidence"))
    rows = []
    for item in _objects(declaration, "items"):
        value = item.get("shown", item.get("value"))
        unit = f" {escape(str(item['unit']))}" if "unit" in item else ""
        cell = (
            f'<td class="absent">{escape(words["none"])}</td>'
            if value is None
            else f'<td class="value">{escape(str(value))}{unit}</td>'
        )
        numbers = ", ".join(f"[{notes[_key(one)]}]" for one in _objects(item, "evidence"))
        label = escape(_in(item, "label", lang))
        rows.append(f"<tr><td>{escape(str(item['point']))}</td><td>{label}</td>{cell}<td>{numbers}</td></tr>")
    return (
        f"<h2>{escape(words['item'])}</h2><table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _evidence(notes: Mapping[tuple[str, str, str], int], words: Mapping[str, str]) -> str:
    lines = []
    for (kind, name, digest), number in notes.items():
        what = words["company-said"] if kind == "company" else words.get(kind, kind)
        shown = f' <span class="hash">{escape(digest)}</span>' if digest else ""
        lines.append(f'<li value="{number}">{escape(what)}: {escape(name)}{shown}</li>')
    return f'<ol class="note">{"".join(lines)}</ol>'


def _evidence_of(declaration: _Object) -> dict[tuple[str, str, str], int]:
    """Every piece of evidence once, numbered in the order of the items."""
    found: dict[tuple[str, str, str], int] = {}
    for item in _objects(declaration, "items"):
        for one in _objects(item, "evidence"):
            found.setdefault(_key(one), len(found) + 1)
    return found


def _key(one: _Object) -> tuple[str, str, str]:
    return str(one.get("kind")), str(one.get("name")), str(one.get("hash", ""))


def _object(members: _Object, name: str) -> _Object:
    return cast("_Object", members[name])


def _objects(members: _Object, name: str) -> list[_Object]:
    return cast("list[_Object]", members[name])


def _in(members: _Object, name: str, language: str) -> str:
    return str(_object(members, name)[language])
