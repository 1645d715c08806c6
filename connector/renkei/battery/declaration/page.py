"""A declaration as a page fit for print (``battery.print_page``), in English or Japanese.

A draft says so at the top and across each printed page; each figure names its evidence by number, and the list of
evidence gives the hashes in full.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import Final, TypeAlias, cast

from renkei.battery import print_page
from renkei.battery.print_page import Language, td, th

_Object: TypeAlias = Mapping[str, object]
_Key: TypeAlias = tuple[str, str, str, str]
"""A piece of evidence: kind, name, hash, percent."""

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
            "unsigned-records": "Records that suppliers told and did not sign, on the word of",
            "of-footprint": "of the footprint",
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
            "unsigned-records": "供給者が署名せずに申告した記録(責任を負う事業者)",
            "of-footprint": "フットプリントに占める割合",
            "id": "宣言",
        },
    }
)
_STYLE: Final = """
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
    return print_page.page(language, f"{title} — {declaration.get('model', '')}", content, _STYLE)


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
    rows = ((th(words[name]), td(str(value))) for name, value in shown.items() if value not in {None, ""})
    return print_page.table((), rows)


def _items(declaration: _Object, notes: Mapping[_Key, int], words: Mapping[str, str], lang: str) -> str:
    rows = []
    for item in _objects(declaration, "items"):
        value = item.get("shown", item.get("value"))
        unit = f" {item['unit']}" if "unit" in item else ""
        cell = td(words["none"], "absent") if value is None else td(f"{value}{unit}", "value")
        numbers = ", ".join(f"[{notes[_key(one)]}]" for one in _objects(item, "evidence"))
        rows.append((td(str(item["point"])), td(_in(item, "label", lang)), cell, td(numbers)))
    head = [words[name] for name in ("point", "item", "value", "evidence")]
    return f"<h2>{escape(words['item'])}</h2>{print_page.table(head, rows)}"


def _evidence(notes: Mapping[_Key, int], words: Mapping[str, str]) -> str:
    lines = []
    for (kind, name, digest, percent), number in notes.items():
        what = words["company-said"] if kind == "company" else words.get(kind, kind)
        part = f" ({escape(words['of-footprint'])}: {escape(percent)} %)" if percent else ""
        shown = f' <span class="hash">{escape(digest)}</span>' if digest else ""
        lines.append(f'<li value="{number}">{escape(what)}: {escape(name)}{part}{shown}</li>')
    return f'<ol class="note">{"".join(lines)}</ol>'


def _evidence_of(declaration: _Object) -> dict[_Key, int]:
    """Every piece of evidence once, numbered in the order of the items."""
    found: dict[_Key, int] = {}
    for item in _objects(declaration, "items"):
        for one in _objects(item, "evidence"):
            found.setdefault(_key(one), len(found) + 1)
    return found


def _key(one: _Object) -> _Key:
    return str(one.get("kind")), str(one.get("name")), str(one.get("hash", "")), str(one.get("percent", ""))


def _object(members: _Object, name: str) -> _Object:
    return cast("_Object", members[name])


def _objects(members: _Object, name: str) -> list[_Object]:
    return cast("list[_Object]", members[name])


def _in(members: _Object, name: str, language: str) -> str:
    return str(_object(members, name)[language])
