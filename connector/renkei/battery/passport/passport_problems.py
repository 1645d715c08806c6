"""What can go wrong with battery passports."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

POINT_UNKNOWN: Final = Problem(
    code="passport-point-unknown",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{point} is neither a data point of the passport nor one of the battery terms.",
    ja="{point} はパスポートのデータ項目でも電池用語でもありません。",
    hint_en="`renkei passport points` lists them.",
    hint_ja="`renkei passport points` で一覧できます。",
)
NOT_FILLED: Final = Problem(
    code="passport-point-not-filled",
    fault=Fault.CONFIGURATION,
    status=409,
    en="The data point {point} is not to be filled for a battery of the category {category}.",
    ja="データ項目 {point} は、区分 {category} の電池では記入しません。",
    hint_en="Leave it out; the guidance says which other point tells it.",
    hint_ja="記入しないでください。代わりの項目は欧州委員会の手引きに示されています。",
)
WRONG_SHEET: Final = Problem(
    code="passport-wrong-sheet",
    fault=Fault.CONFIGURATION,
    status=409,
    en="The data point {point} belongs to the {level}, but {sheet} is a sheet of the {found}.",
    ja="データ項目 {point} は {level} の項目ですが、{sheet} は {found} の台帳です。",
    hint_en="What all batteries of a model share stands in the model's sheet, the rest in the battery's own.",
    hint_ja="型式に共通の項目(仕様識別情報)は型式の台帳に、個体の項目(個体識別情報)は個体の台帳に記入してください。",
)
VIEW_BROKEN: Final = Problem(
    code="passport-view-broken",
    fault=Fault.PEER,
    status=400,
    en="This view of a passport does not hold: {cause}.",
    ja="このパスポート表示は正しくありません: {cause}。",
    hint_en="Do not rely on it; ask whoever answers for the passport for the view again.",
    hint_ja="信頼せず、パスポートの責任者に再発行を求めてください。",
)
VIEWER_UNKNOWN: Final = Problem(
    code="passport-viewer-unknown",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The table of who may see what in a passport knows no {kind} {named}.",
    ja="パスポートの閲覧権限表に{kind_ja} {named} はありません。",
    hint_en="Use one of: {known}.",
    hint_ja="次のいずれかを使ってください: {known}。",
)
