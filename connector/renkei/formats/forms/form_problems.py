"""What can go wrong in a form or a table that somebody has filled in: where, what stands there, what would do."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

ENCODING: Final = Problem(
    code="form-encoding-unknown",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The file is neither UTF-8 nor Shift_JIS (cp932): {cause}.",
    ja="ファイルの文字コードがUTF-8でもShift_JIS(cp932)でもありません: {cause}。",
    hint_en="Save it as CSV UTF-8 or as an Excel workbook.",
    hint_ja="CSV UTF-8、またはExcelブックとして保存してください。",
)
TABLE_BROKEN: Final = Problem(
    code="form-table-broken",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The table cannot be read at {at}: {cause}.",
    ja="{at} で表を読み取れません: {cause}。",
    hint_en="Compare it with a form written by `renkei template footprint`.",
    hint_ja="`renkei template footprint` で作成した様式と見比べてください。",
)
NO_TABLE: Final = Problem(
    code="form-table-unknown",
    fault=Fault.CONFIGURATION,
    status=400,
    en="No known header line was found; the first line is: {header}.",
    ja="既知の見出し行が見つかりません。先頭行: {header}。",
    hint_en="Known are: {known}. For other columns write a mapping (docs/how-to/answer-by-excel.md).",
    hint_ja="対応する表: {known}。その他の列にはマッピングを作成してください(docs/how-to/answer-by-excel.md)。",
)
MISSING: Final = Problem(
    code="form-cell-missing",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{at}: {column} is empty.",
    ja="{at}: {column}が空です。",
    hint_en="Fill it in.",
    hint_ja="入力してください。",
)
FIGURE: Final = Problem(
    code="form-figure-unclear",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{at}: {found} is no figure that can be read in one way only.",
    ja="{at}: {found} は一意に読み取れる数値ではありません。",
    hint_en="Write {proposal}.",
    hint_ja="{proposal} と入力してください。",
)
NO_FIGURE: Final = Problem(
    code="form-figure-malformed",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{at}: {found} is no figure.",
    ja="{at}: {found} は数値ではありません。",
    hint_en="Write digits with a point, and nothing else: such as 12.5.",
    hint_ja="12.5 のように、数字と小数点だけで入力してください。",
)
NO_DAY: Final = Problem(
    code="form-day-malformed",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{at}: {found} is no day of the calendar.",
    ja="{at}: {found} は暦の日付ではありません。",
    hint_en="Write year, month and day: such as 2026-04-01.",
    hint_ja="2026-04-01 のように、年・月・日を入力してください。",
)
DAY: Final = Problem(
    code="form-day-unclear",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{at}: {found} is no day that can be read in one way only.",
    ja="{at}: {found} は一意に読み取れる日付ではありません。",
    hint_en="Write {proposal}.",
    hint_ja="{proposal} と入力してください。",
)
UNIT: Final = Problem(
    code="form-unit-unclear",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{at}: the unit {found} can mean several things, or none that is known.",
    ja="{at}: 単位 {found} は複数の意味にとれるか、対応していません。",
    hint_en="Write {proposal}.",
    hint_ja="{proposal} と入力してください。",
)
CHOICE: Final = Problem(
    code="form-choice-unknown",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{at}: {found} is none of the values of {column}.",
    ja="{at}: {found} は{column}の選択肢にありません。",
    hint_en="Choose one of: {known}.",
    hint_ja="次から選択してください: {known}。",
)
FORMULA: Final = Problem(
    code="form-text-like-formula",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{at}: a text must not begin like a formula: {found}.",
    ja="{at}: 数式のように始まる文字列は使えません: {found}。",
    hint_en="Remove the sign at its beginning.",
    hint_ja="先頭の記号を削除してください。",
)
COMPUTED: Final = Problem(
    code="form-cell-computed",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{at}: the value {found} was computed by a formula of the spreadsheet and taken as it was saved.",
    ja="{at}: 値 {found} は表計算の数式の結果で、保存時の値を採用しました。",
    hint_en="Check it; to be sure, replace the formula by its value.",
    hint_ja="値を確認してください。確実にするには数式を値に置き換えてください。",
)
ERA: Final = Problem(
    code="form-day-in-era",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{at}: {found} was read as {read}.",
    ja="{at}: {found} を {read} と読み取りました。",
    hint_en="Check it.",
    hint_ja="確認してください。",
)
IGNORED: Final = Problem(
    code="form-column-ignored",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{at}: the column {column} is not used.",
    ja="{at}: 列「{column}」は使用しません。",
    hint_en="Nothing needs to be done; a mapping can use it.",
    hint_ja="対応は不要です。マッピングで使用することもできます。",
)
TWICE: Final = Problem(
    code="form-part-twice",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{at}: the part {part} stands there a second time, with other facts.",
    ja="{at}: 部品 {part} が異なる内容で重複しています。",
    hint_en="Keep one of the two rows.",
    hint_ja="どちらかの行を残してください。",
)
NO_PART: Final = Problem(
    code="form-part-missing",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{at}: speaks of the part {part}, which is told nowhere in the file.",
    ja="{at}: 部品 {part} の行がファイル内にありません。",
    hint_en="Add a row for the part itself, with its unit and its period.",
    hint_ja="部品自体の行(単位・対象期間)を追加してください。",
)
NOTHING: Final = Problem(
    code="form-empty",
    fault=Fault.CONFIGURATION,
    status=400,
    en="Nothing is filled in.",
    ja="何も入力されていません。",
    hint_en="Fill in the form, beginning with the part.",
    hint_ja="部品の欄から入力してください。",
)
MAPPING: Final = Problem(
    code="form-mapping-broken",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The mapping cannot be used at {at}: {cause}.",
    ja="マッピングの {at} を使用できません: {cause}。",
    hint_en="docs/how-to/answer-by-excel.md shows one.",
    hint_ja="docs/how-to/answer-by-excel.md に例があります。",
)
CAPACITY: Final = Problem(
    code="form-unit-is-capacity",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{at}: {found} of a part was read as its capacity.",
    ja="{at}: 部品の {found} を電池容量として読み取りました。",
    hint_en="Energy that is used belongs to the emissions, not among the parts.",
    hint_ja="使用した電力量は部品ではなく排出量として入力してください。",
)
