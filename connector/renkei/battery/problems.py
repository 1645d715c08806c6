"""What can go wrong with footprints, bills of materials and due diligence.

The same slip has two codes, since two different people must act: ``battery-record-…`` when a partner's record is
wrong (fault: peer), ``battery-input-…`` when it stands in a file of our own (fault: configuration).
"""

from __future__ import annotations

from dataclasses import dataclass

from renkei.kernel.problems import Fault, Problem


@dataclass(frozen=True, slots=True)
class FieldProblems:
    """The slips that reading a document can find, for one origin of documents. ``at`` is a JSON pointer or a line."""

    missing: Problem
    unknown: Problem
    malformed: Problem
    number_not_text: Problem
    out_of_range: Problem
    inconsistent: Problem


def _family(word: str, fault: Fault) -> FieldProblems:
    return FieldProblems(
        missing=Problem(
            code=f"battery-{word}-field-missing",
            fault=fault,
            status=400,
            en="{at}: {name} is missing.",
            ja="{at}: {name} がありません。",
            hint_en="Add {name}.",
            hint_ja="{name} を追加してください。",
        ),
        unknown=Problem(
            code=f"battery-{word}-field-unknown",
            fault=fault,
            status=400,
            en="{at}: {name} is not known here.",
            ja="{at}: {name} は定義されていない項目です。",
            hint_en="Check the spelling, or leave it out: nothing is ignored silently.",
            hint_ja="綴りを確認するか、削除してください。未知の項目は黙って無視されません。",
        ),
        malformed=Problem(
            code=f"battery-{word}-field-malformed",
            fault=fault,
            status=400,
            en="{at}: {found} is not {expected}.",
            ja="{at}: {found} は {expected} ではありません。",
            hint_en="Write {expected}.",
            hint_ja="{expected} の形で書いてください。",
        ),
        number_not_text=Problem(
            code=f"battery-{word}-number-not-text",
            fault=fault,
            status=400,
            en="{at}: the figure {found} is a JSON number; on its way it may have lost digits.",
            ja="{at}: 数値 {found} がJSONの数値型です。途中で桁が失われた可能性があります。",
            hint_en='Write the figure as a string of decimal digits, such as "12.5".',
            hint_ja='"12.5" のように、十進数の文字列で書いてください。',
        ),
        out_of_range=Problem(
            code=f"battery-{word}-out-of-range",
            fault=fault,
            status=400,
            en="{at}: {found} is not allowed; it must be {expected}.",
            ja="{at}: {found} は範囲 {expected} の外です。",
            hint_en="Write a figure that is {expected}.",
            hint_ja="{expected} の範囲の値にしてください。",
        ),
        inconsistent=Problem(
            code=f"battery-{word}-inconsistent",
            fault=fault,
            status=400,
            en="{at}: {found} does not agree with {expected}.",
            ja="{at}: {found} が {expected} と一致しません。",
            hint_en="Recalculate the record; one of the two figures is wrong.",
            hint_ja="再計算してください。どちらかの値が誤っています。",
        ),
    )


RECORD = _family("record", Fault.PEER)
INPUT = _family("input", Fault.CONFIGURATION)

OTHER_PART = Problem(
    code="battery-input-other-part",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{at}: this is about {found}, but the part that is registered is {part}.",
    ja="{at}: {found} に関する内容ですが、登録しようとしている部品は {part} です。",
    hint_en="Write {part} there, or take it out: each part has a bill of materials and figures of its own.",
    hint_ja="{part} と書くか、削除してください。部品表と数値は部品ごとに登録します。",
)
UNIT_MISMATCH = Problem(
    code="battery-unit-mismatch",
    fault=Fault.CONFIGURATION,
    status=409,
    en="{subject}: {given} cannot be converted to {wanted}.",
    ja="{subject}: {given} は {wanted} に換算できません。",
    hint_en="Use a unit of the same kind; kWh of capacity, kWh delivered and kWh of energy used are three kinds.",
    hint_ja="同じ種類の単位を使ってください。容量のkWh、供給したkWh、使用エネルギーのkWhは別の種類です。",
)
CSV_BROKEN = Problem(
    code="battery-bom-csv-broken",
    fault=Fault.CONFIGURATION,
    status=400,
    en="Line {line} of the bill of materials: {cause}.",
    ja="部品表の{line}行目: {cause}。",
    hint_en="The first line names the columns parent, component, supplier, amount, unit, yield, stages; every line has "
    "as many cells. See examples/chain.",
    hint_ja="1行目は列名 parent, component, supplier, amount, unit, yield, stages です。各行のセル数を揃えてください"
    "(例: examples/chain)。",
)
FACTORS_BROKEN = Problem(
    code="battery-factors-csv-broken",
    fault=Fault.CONFIGURATION,
    status=400,
    en="Line {line} of the list of secondary factors: {cause}.",
    ja="二次データ(排出係数)一覧の{line}行目: {cause}。",
    hint_en="The first line names the columns name, value, unit, source, version, licence and any of material, sector, "
    "region, year, personal, TeR, GeR, TiR; every line has as many cells.",
    hint_ja="1行目は列名 name, value, unit, source, version, licence と、必要に応じて material, sector, region, year, "
    "personal, TeR, GeR, TiR です。各行のセル数を揃えてください。",
)
PART_UNKNOWN = Problem(
    code="battery-part-unknown",
    fault=Fault.CONFIGURATION,
    status=404,
    en="There is no inventory for the part {part}.",
    ja="部品 {part} のインベントリがありません。",
    hint_en="Add the part's own figures before its record is calculated.",
    hint_ja="記録を計算する前に、その部品の自社データを登録してください。",
)
PART_TWICE = Problem(
    code="battery-part-twice",
    fault=Fault.CONFIGURATION,
    status=409,
    en="The part {part} has more than one inventory.",
    ja="部品 {part} のインベントリが複数あります。",
    hint_en="Keep one inventory for each part.",
    hint_ja="部品ごとにインベントリを1つだけ残してください。",
)
RECORDS_CONFLICT = Problem(
    code="battery-records-conflict",
    fault=Fault.PEER,
    status=409,
    en="{company} gave two different records of version {version} for the part {part}.",
    ja="{company} から部品 {part} について版 {version} の異なる記録が2つ届いています。",
    hint_en="Ask the supplier which record holds; the newer one must name the one it supersedes.",
    hint_ja="どちらが有効か供給者に確認してください。新しい記録は置き換える記録を示す必要があります。",
)
CYCLE_UNPHYSICAL = Problem(
    code="battery-cycle-unphysical",
    fault=Fault.CONFIGURATION,
    status=409,
    en="The parts {parts} need each other in such amounts that no finite amount is enough.",
    ja="部品 {parts} は互いに必要とする量が多すぎ、有限の量では足りません。",
    hint_en="Check the amounts and yields of these lines in the bill of materials.",
    hint_ja="部品表のこれらの行の数量と歩留まりを確認してください。",
)
CYCLE_NOT_TRACEABLE = Problem(
    code="battery-cycle-not-traceable",
    fault=Fault.CONFIGURATION,
    status=409,
    en="Due diligence cannot be followed through the parts {parts}, which contain each other.",
    ja="部品 {parts} は互いを含むため、デューディリジェンスをたどれません。",
    hint_en="Model the returned material as a part with its own entry.",
    hint_ja="戻り材を独立した部品として登録してください。",
)
RULE_UNKNOWN = Problem(
    code="battery-rule-unknown",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The rule set {rules} does not say what {name} is.",
    ja="ルールセット {rules} に {name} の定義がありません。",
    hint_en="Use one of: {known}.",
    hint_ja="次のいずれかを使ってください: {known}。",
)
RULE_UNIT = Problem(
    code="battery-rule-unit",
    fault=Fault.CONFIGURATION,
    status=409,
    en="{part} is declared per {unit}, which the rule set {rules} does not have.",
    ja="{part} の宣言単位は {unit} ですが、ルールセット {rules} にはその単位がありません。",
    hint_en="Declare the part per one of: {known}; or calculate it under another rule set.",
    hint_ja="次のいずれかの単位で宣言するか、別のルールセットで計算してください: {known}。",
)
NOT_PER_CAPACITY = Problem(
    code="battery-capacity-missing",
    fault=Fault.CONFIGURATION,
    status=409,
    en="The footprint of {part} is declared per {unit}; the capacity of that amount is needed.",
    ja="{part} のフットプリントは {unit} 当たりです。その量の電池容量が必要です。",
    hint_en="Give the usable capacity, in kilowatt-hour-capacity, of the declared amount.",
    hint_ja="宣言単位量に対する使用可能容量を kilowatt-hour-capacity で指定してください。",
)
