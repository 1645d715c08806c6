"""Footprints and due diligence for people: the figures that matter, in a few lines. ``--json`` shows everything.

Takes the JSON of records that a partner sent and of calculations of our own (which also list ``contributions``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, cast

from renkei.cli.output import Lines, Output, pairs, table
from renkei.cli.values import inner, objects
from renkei.cli.words import Text

_PLACES: Final = Decimal("0.01")
STAGES: Final = {
    "rawMaterialAcquisitionAndPreProcessing": Text("raw materials, pre-processing", "原材料取得・前処理"),
    "mainProductProduction": Text("production", "製造"),
    "distribution": Text("distribution", "流通"),
    "endOfLifeAndRecycling": Text("end of life, recycling", "廃棄・リサイクル"),
}
_FOOTPRINT: Final = Text("footprint", "フットプリント")
_DILIGENCE: Final = Text("due diligence", "デューディリジェンス")
_PRIMARY: Final = Text("primary data share", "一次データ比率")
_GAPS: Final = Text("missing", "欠落")
_ESTIMATED: Final = Text("estimated", "推計値で代用")
_SUPPLIED: Final = Text("of it supplied", "うち調達分")
_ORIGIN: Final = Text("FROM", "出所")
_NAME: Final = Text("WHAT", "項目")
_SHARE: Final = Text("SHARE", "割合")
_VERIFIED: Final = Text("VERIFIED", "検証")
_VERIFICATION: Final = Text("verification", "第三者検証")
_VERIFIED_SHARE: Final = Text("verified share", "検証済みの割合")
_STANDINGS: Final = {
    "verified": Text("verified", "検証済み"),
    "unverified": Text("unverified", "未検証"),
    "expired": Text("expired", "期限切れ"),
    "withdrawn": Text("withdrawn", "撤回済み"),
    "denied": Text("denied by the verifier", "検証者が否定"),
    "unknown-verifier": Text("stated by an unknown verifier", "未登録の検証者による声明"),
}
_TOLD: Final = Text("told, not signed", "署名なしの申告")
_STRANGER: Final = Text("unknown verifier", "未登録の検証者")


def figures(document: Mapping[str, object], output: Output, names: Mapping[str, object] | None = None) -> Lines:
    """What a record or a calculation says, with what is missing in it; ``names``: short names by participant id."""
    gaps = _gaps(document, output, names or {})
    return _footprint(document, output, gaps) if "total" in document else _diligence(document, output, gaps)


def _footprint(document: Mapping[str, object], output: Output, gaps: Mapping[str, object]) -> Iterator[str]:
    say = output.say
    stages = inner(document, "stages")
    shown: dict[str, object] = {say(_FOOTPRINT): f"{document['total']} {document['unit']} / {_amount(document)}"}
    shown |= {f"  {say(STAGES[name])}": figure for name, figure in stages.items() if name in STAGES and figure != "0"}
    if "own" in document:
        own = inner(document, "own")
        supplied = Decimal(str(document["total"])) - sum(Decimal(str(figure)) for figure in own.values())
        shown[say(_SUPPLIED)] = f"{supplied.normalize():f} {document['unit']}"
    if "primaryDataShare" in document:
        shown[say(_PRIMARY)] = f"{_percent(document['primaryDataShare'])} %"
    if "verification" in document:
        shown[say(_VERIFICATION)] = _verdict(document, output)
    if "verifiedShare" in document:
        shown[say(_VERIFIED_SHARE)] = f"{_percent(document['verifiedShare'])} %"
    yield from pairs({**shown, **gaps})
    rows = [
        (_origin(row, output), row["name"], row["kgCO2e"], f"{_percent(row['percent'])} %", _verdict(row, output))
        for row in objects(document, "contributions")
        if "kgCO2e" in row
    ]
    if rows:
        yield ""
        yield from table((say(_ORIGIN), say(_NAME), str(document["unit"]), say(_SHARE), say(_VERIFIED)), rows)


def _origin(row: Mapping[str, object], output: Output) -> str:
    """Where a contribution comes from; of a supplier's, whether it has signed it."""
    return f"{row['origin']} ({output.say(_TOLD)})" if row.get("signed") is False else str(row["origin"])


def _verdict(document: Mapping[str, object], output: Output) -> str:
    """How a figure stands; of one that is verified also how surely, by whom, and whether we know who that is."""
    found = cast("Mapping[str, object]", document.get("verification") or {"status": "unverified"})
    word = output.say(_STANDINGS[str(found["status"])])
    first = next(iter(objects(found, "statements")), None)
    if first is None or found["status"] == "unverified":
        return word
    named = first["recognised"] or found["status"] == "unknown-verifier"
    stranger = "" if named else f", {output.say(_STRANGER)}"
    return f"{word} ({first['assurance']}, {first['issuer']}{stranger})"


def _diligence(document: Mapping[str, object], output: Output, gaps: Mapping[str, object]) -> Iterator[str]:
    minerals = {f"  {found['mineral']}": found["status"] for found in objects(document, "minerals")}
    yield from pairs({output.say(_DILIGENCE): _amount(document), **minerals, **gaps})


def _gaps(document: Mapping[str, object], output: Output, names: Mapping[str, object]) -> dict[str, object]:
    """Whoever has not answered; a partner shows ``**`` for whom it does not name."""
    gaps = [
        f"{gap['count']} × {gap['part']} ({names.get(str(gap['company']), gap['company'])})"
        + (f", {output.say(_ESTIMATED)}" if gap.get("estimated") else "")
        for gap in objects(document, "gaps")
    ]
    return {output.say(_GAPS): gaps} if gaps else {}


def _amount(document: Mapping[str, object]) -> str:
    return f"{document['declaredUnitAmount']} {document['declaredUnit']}"


def _percent(figure: object) -> Decimal:
    return Decimal(str(figure)).quantize(_PLACES)
