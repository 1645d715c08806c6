"""The yearly report as a page fit for print (``battery.print_page``), in English or Japanese.

Evidence has numbers: each step names those behind it, and the list at the end gives reference and hash in full; where
there is nothing behind a statement, the page says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Final, TypeAlias, cast

from renkei.battery import print_page
from renkei.battery.print_page import Language, listing, table, td, th

__all__ = ["Language", "page_of"]

_Object: TypeAlias = Mapping[str, object]
_WORDS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "en": {
            "title": "Due diligence report",
            "part": "Part",
            "company": "Company",
            "period": "Period",
            "made": "As of",
            "grievance": "Grievance channel",
            "none": "none",
            "mineral": "Mineral",
            "risk": "Risk",
            "step": "Step",
            "status": "Status",
            "covered": "Share of the mass whose status is known",
            "evidence": "Evidence",
            "nothing": "no evidence of our own",
            "schemes": "Schemes",
            "facilities": "Facilities known (hashes)",
            "absent": "Declared not to be in the part",
            "silent": "Suppliers that have not answered",
            "alerts": "Open alerts",
            "matrix": "Each risk at each step",
            "sources": "Sources",
            "unspoken": "not computable",
            "met": "met",
            "unknown": "unknown",
            "not-met": "not met",
            "expires": "until",
        },
        "ja": {
            "title": "デューディリジェンス報告書",
            "part": "部品",
            "company": "事業者",
            "period": "対象期間",
            "made": "基準日",
            "grievance": "苦情処理窓口",
            "none": "なし",
            "mineral": "鉱物",
            "risk": "リスク",
            "step": "ステップ",
            "status": "状況",
            "covered": "状況が判明している質量割合",
            "evidence": "根拠",
            "nothing": "自社の根拠なし",
            "schemes": "認証制度",
            "facilities": "把握している施設数(ハッシュ)",
            "absent": "部品に含まれないと申告された鉱物",
            "silent": "未回答の供給者数",
            "alerts": "未解決のアラート",
            "matrix": "リスク×ステップ一覧",
            "sources": "出典",
            "unspoken": "算出不可",
            "met": "対応済み",
            "unknown": "不明",
            "not-met": "未対応",
            "expires": "期限",
        },
    }
)
_STYLE: Final = """
section { break-inside: avoid; }
.met { background: #e6f4e6; } .unknown { background: #fff6d6; } .not-met { background: #fbe0e0; }
"""


def page_of(report: _Object, language: Language = "en") -> str:
    """The report of ``report.report_of`` as HTML."""
    page = _Page(report, language)
    return page.whole()


class _Page:
    """One page while it is written; ``_evidence``: what is named by number."""

    def __init__(self, report: _Object, language: Language) -> None:
        self._report = report
        self._language: Language = language
        self._words = _WORDS[language]
        self._evidence: list[_Object] = []

    def whole(self) -> str:
        title = self._words["title"]
        body = f"{self._head()}{self._minerals()}{self._rest()}{self._matrix()}{self._listed()}"
        return print_page.page(self._language, title, f"<h1>{escape(title)}</h1>{body}", _STYLE)

    def _head(self) -> str:
        period = _object(self._report["period"])
        rows = [
            (self._words["part"], str(self._report["part"])),
            (self._words["company"], str(self._report["company"])),
            (self._words["period"], f"{period['start']} – {period['end']}"),
            (self._words["made"], str(self._report["made"])),
            (self._words["grievance"], str(self._report["grievance"] or self._words["none"])),
            (self._words["silent"], str(self._report["suppliersSilent"])),
        ]
        return table([], [[th(name), td(value)] for name, value in rows])

    def _minerals(self) -> str:
        return "".join(self._mineral(_object(each)) for each in _items(self._report["minerals"]))

    def _mineral(self, mineral: _Object) -> str:
        covered = mineral["covered"]
        facts = [
            [th(self._words["status"]), self._status(str(mineral["status"]))],
            [th(self._words["covered"]), td(self._words["unspoken"] if covered is None else str(covered))],
            [th(self._words["schemes"]), td(", ".join(map(str, _items(mineral["schemes"]))) or self._words["none"])],
            [th(self._words["facilities"]), td(str(len(_items(mineral["facilities"]))))],
        ]
        steps = [self._step(_object(each)) for each in _items(mineral["steps"])]
        head = [self._words["step"], self._words["status"], self._words["evidence"]]
        name = escape(self._label(_object(mineral["label"])))
        return f"<section><h2>{name}</h2>{table([], facts)}{table(head, steps)}</section>"

    def _step(self, step: _Object) -> list[str]:
        numbers = []
        for each in _items(step["evidence"]):
            self._evidence.append(_object(each))
            numbers.append(f"[{len(self._evidence)}]")
        behind = " ".join(numbers) or self._words["nothing"]
        if "expires" in step:
            behind += f" ({self._words['expires']} {step['expires']})"
        code = str(step["step"])
        return [td(f"{code} {self._named('steps', code)}"), self._status(str(step["status"])), td(behind)]

    def _rest(self) -> str:
        absent = [self._label(_object(_object(each)["label"])) for each in _items(self._report["absent"])]
        alerts = [
            " ".join(str(_object(each).get(name, "")) for name in ("kind", "mineral", "raised", "summary"))
            for each in _items(self._report["alerts"])
        ]
        none = [self._words["none"]]
        return listing(self._words["absent"], absent or none) + listing(self._words["alerts"], alerts or none)

    def _matrix(self) -> str:
        text = f"<h2>{escape(self._words['matrix'])}</h2>"
        for each in _items(_object(self._report["matrix"])["minerals"]):
            mineral = _object(each)
            rows = [_object(row) for row in _items(mineral["rows"])]
            steps = list(_object(rows[0]["steps"])) if rows else []
            cells = [
                [
                    td(self._named("risks", str(row["risk"]))),
                    *(self._status(str(_object(_object(row["steps"])[step])["status"])) for step in steps),
                ]
                for row in rows
            ]
            name = escape(self._named("minerals", str(mineral["mineral"])))
            text += f"<section><h3>{name}</h3>{table([self._words['risk'], *steps], cells)}</section>"
        return text

    def _listed(self) -> str:
        lines = [" · ".join(f"{value}" for name, value in each.items() if name != "step") for each in self._evidence]
        numbered = [f"[{number}] {line}" for number, line in enumerate(lines, 1)] or [self._words["none"]]
        sources = [str(each) for each in _items(self._report["sources"])]
        return listing(self._words["evidence"], numbered) + listing(self._words["sources"], sources)

    def _status(self, status: str) -> str:
        return td(self._words.get(status, "–"), status)

    def _label(self, label: _Object) -> str:
        return str(label[self._language])

    def _named(self, kind: str, code: str) -> str:
        return self._label(_object(_object(_object(self._report["labels"])[kind])[code]))


def _object(value: object) -> _Object:
    return cast("_Object", value)


def _items(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value)
