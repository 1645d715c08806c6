"""The demo's outcome for people: the asker's tree with shares, due diligence, open requests, the comparison.

Lines are aligned by the width they take on a terminal, where a Japanese character is two columns wide.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from renkei.battery import MASKED, Counting, DiligenceCodes, Rounding, Stage, Status
from renkei.battery.units import render_figure
from renkei.cli.demo.acts.act import Step
from renkei.cli.demo.chain import Chain
from renkei.cli.demo.outcome import Branch, Difference, Figure, MineralStatus, Outcome, share, shown
from renkei.cli.demo.phrases import filled
from renkei.cli.output import width
from renkei.cli.words import Language, Text

_WORDS: Final[Mapping[str, Text]] = {
    "starting": Text("Starting {count} companies in {folder}", "{count}社を {folder} で起動します"),
    "ready": Text("{company}: ready as {did}", "{company}: 起動しました({did})"),
    "registered": Text("{count} parts registered, each at its own company", "各社に部品を登録しました({count}件)"),
    "asks": Text(
        "{company} asks {partner} for {part}, due {due}",
        "{company}が{partner}に {part} のデータを依頼(期限 {due})",
    ),
    "asked": Text("{company}: asked by {partner} for {part}", "{company}: {partner}から {part} の依頼を受信"),
    "preparing": Text(
        "{company}: asks its own suppliers before it answers",
        "{company}: 回答の前に自社の取引先へ依頼",
    ),
    "answered": Text(
        "{company}: answered {partner} with {part}",
        "{company}: {partner}へ {part} を回答",
    ),
    "kept": Text("Everything stays in {folder}", "すべてのファイルは {folder} にあります"),
    "log": Text("--- the log of {company} ends so:", "--- {company}のログの末尾:"),
    "seen": Text("{title}: what the {company} sees", "{title}({company}に見えるもの)"),
    "unit": Text("kg CO2e per kWh of capacity", "kg CO2e/容量kWh"),
    "share": Text("share", "割合"),
    "deeper": Text("{total} requests deeper, {open} open", "これより先の依頼 {total}件、未回答 {open}件"),
    "gap": Text("missing: {part} of {company} ({count})", "欠落: {company}の {part}({count})"),
    "primary": Text("primary data share {share} %", "一次データ比率 {share} %"),
    "diligence": Text("Due diligence", "デューディリジェンス"),
    "covered": Text("{share} % of the mass known", "質量の {share} % が既知"),
    "open": Text("Open requests of {company}: {count}", "{company}の未回答の依頼: {count}件"),
    "total": Text("Total", "合計"),
    "delivered": Text(
        "Per kWh delivered ({category}, {years} years)",
        "供給電力量1 kWhあたり({category}、{years}年)",
    ),
    "contract count": Text("Contracts finalized", "成立した契約"),
    "transfer count": Text("Transfers completed", "完了した転送"),
    "request count": Text("Requests answered", "回答された依頼"),
    "expected": Text("expected {expected}", "期待値 {expected}"),
    "same": Text("as expected", "期待値と一致"),
    "not same": Text("not as expected", "期待値と不一致"),
    "act member": Text("{title}, {member}", "{title}、{member}"),
    "left out": Text("{title}: left out", "{title}: 省略"),
    "of": Text("{part} of {whole}", "{whole}件中{part}件"),
    "good": Text("Everything agrees. {elapsed} s", "すべて一致しました。{elapsed} 秒"),
    "bad": Text("These figures differ:", "一致しない値:"),
    "differs": Text("{figure}: {found} instead of {expected}", "{figure}: {found}(期待値 {expected})"),
    Stage.RAW_MATERIAL.value: Text("raw materials, pre-processing", "原材料取得・前処理"),
    Stage.PRODUCTION.value: Text("production", "製造"),
    Stage.DISTRIBUTION.value: Text("distribution", "流通"),
    Stage.END_OF_LIFE.value: Text("end of life, recycling", "使用後・リサイクル"),
    Status.MET.value: Text("met", "充足"),
    Status.NOT_MET.value: Text("not met", "未充足"),
    Status.UNKNOWN.value: Text("unknown", "不明"),
    "absent": Text("absent", "不含有"),
    "state open": Text("open", "未回答"),
    "state preparing": Text("in preparation", "準備中"),
    "state ready": Text("answer ready", "回答準備完了"),
    "state answered": Text("answered", "回答済"),
    "state rejected": Text("rejected", "拒否"),
    "state cancelled": Text("cancelled", "取消"),
    f"differs {Figure.TOTAL.value}": Text("total", "合計"),
    f"differs {Figure.PER_DELIVERED.value}": Text("per kWh delivered", "供給電力量1 kWhあたり"),
    f"differs {Figure.STAGE.value}": Text("stage {of}", "段階 {of}"),
    f"differs {Figure.REQUESTS.value}": Text("requests answered", "回答された依頼"),
    f"differs {Figure.NEGOTIATIONS.value}": Text("negotiations finalized", "成立した契約交渉"),
    f"differs {Figure.TRANSFERS.value}": Text("transfers completed", "完了した転送"),
    f"differs {Figure.GAPS.value}": Text("suppliers missing in the total", "合計に欠けている取引先"),
}
_MOST_COLUMNS: Final = 60
_DISPLAY: Final = Rounding(4, Counting.DECIMAL_PLACES)  # the exact figures stand below the tree and in `--json`


def wording(key: str, **values: object) -> Text:
    """A text with its values filled in; a value may itself come in both languages."""
    return filled(_WORDS[key], **values)


@dataclass(frozen=True, slots=True)
class _Line:
    """Label, figure, share, remark: a table's row before it is aligned."""

    label: str
    figure: str = ""
    share: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeText:
    """Writes an outcome in one language."""

    language: Language
    chain: Chain
    codes: DiligenceCodes

    def lines(self, outcome: Outcome) -> Iterator[str]:
        """The whole report."""
        say, asker = self._say, self.name(self.chain.asker.folder)
        title = self.chain.title[self.language]
        yield say("seen", title=title, company=asker)
        yield ""
        rows = [_Line("", say("unit"), say("share")), *self._tree(outcome.tree, outcome.tree.figure or Fraction(0))]
        yield from _aligned(rows)
        for gap in outcome.gaps:
            yield say("gap", part=gap.part, company=self.name(gap.company), count=gap.count)
        if outcome.primary_data_share is not None:
            yield say("primary", share=shown(round(outcome.primary_data_share, 1)))
        if outcome.minerals:
            yield ""
            yield say("diligence")
            yield from _aligned([self._mineral(line) for line in outcome.minerals], right=False)
        yield ""
        yield say("open", company=asker, count=sum(not one.final for one in outcome.requests))
        yield from _aligned([_Line(f"  {label}", figure) for label, figure in self._counts(outcome)])
        yield ""
        yield from self._comparison(outcome)
        for step in outcome.steps:
            yield ""
            yield from self._step(step)
        if outcome.steps:
            yield ""
        if outcome.ok:
            yield say("good", elapsed=f"{outcome.elapsed:.1f}")
        else:
            yield say("bad")
            yield from self.differences(outcome)

    def differences(self, outcome: Outcome) -> Iterator[str]:
        """What differs, a line each."""
        for found in outcome.differences:
            yield "  " + self._say("differs", figure=self._figure(found), found=found.found, expected=found.expected)
        for step in outcome.steps:
            for member, found_there, expected in step.differences():
                figure = self._say("act member", title=step.title, member=member)
                yield "  " + self._say("differs", figure=figure, found=_json(found_there), expected=_json(expected))

    def name(self, company: str) -> str:
        """What people call a company; ``**`` stays."""
        known = self.chain.companies.get(company)
        return known.name[self.language] if known else company

    def _say(self, key: str, **values: object) -> str:
        return wording(key, **values)(self.language)

    def _tree(self, branch: Branch, total: Fraction, lead: str = "", under: str = "") -> Iterator[_Line]:
        yield self._branch(branch, total, lead)
        inner: list[Branch | tuple[Stage, Fraction]] = []
        if branch.request is not None and branch.figure is not None:
            inner += [(stage, figure) for stage, figure in branch.stages.items() if figure]
        inner += branch.branches
        for position, item in enumerate(inner):
            last = position == len(inner) - 1
            next_lead, next_under = (f"{under}└─ ", f"{under}   ") if last else (f"{under}├─ ", f"{under}│  ")
            if isinstance(item, Branch):
                yield from self._tree(item, total, next_lead, next_under)
            else:
                stage, figure = item
                yield _Line(next_lead + self._say(stage.value), *_figures(figure, total))

    def _branch(self, branch: Branch, total: Fraction, lead: str) -> _Line:
        if branch.company == MASKED and branch.request is not None:
            one = branch.request
            remark = self._say("deeper", total=one.below_total, open=one.below_open)
            return _Line(f"{lead}{MASKED}", MASKED, MASKED, remark)
        remark = self._say(f"state {branch.request.state}") if branch.request is not None else ""
        label = f"{lead}{self.name(branch.company)} · {branch.part}"
        figure, percent = (MASKED, MASKED) if branch.figure is None else _figures(branch.figure, total)
        return _Line(label, figure, percent, remark)

    def _mineral(self, line: MineralStatus) -> _Line:
        label = self.codes.minerals.get(line.mineral)
        name = line.mineral if label is None else (label.ja if self.language == "ja" else label.en)
        remark = "" if line.covered is None else self._say("covered", share=render_figure(line.covered))
        return _Line(f"  {name}", self._say(line.status), "", remark)

    def _counts(self, outcome: Outcome) -> Iterator[tuple[str, str]]:
        counts = outcome.counts
        for key, part, whole in (
            ("request count", counts.answered, counts.requests),
            ("contract count", counts.finalized, counts.negotiations),
            ("transfer count", counts.completed, counts.transfers),
        ):
            yield self._say(key), self._say("of", part=part, whole=whole)

    def _comparison(self, outcome: Outcome) -> Iterator[str]:
        expected, life = self.chain.expected, self.chain.life
        delivered = self._say("delivered", category=life.category, years=render_figure(life.years))
        rows = []
        for label, found, wanted in (
            (self._say("total"), outcome.total, expected.total),
            (delivered, outcome.per_delivered, expected.per_delivered),
        ):
            verdict = self._say("same") if found == wanted else self._say("expected", expected=shown(wanted))
            rows.append(_Line(label, shown(found), "", verdict))
        yield from _aligned(rows)

    def _step(self, step: Step) -> Iterator[str]:
        if step.left_out:
            yield self._say("left out", title=step.title)
            yield f"  {step.left_out}"
            return
        yield f"{step.title(self.language)}: {self._say('same' if step.ok else 'not same')}"
        for line in step.lines:
            yield f"  {line(self.language)}"

    def _figure(self, found: Difference) -> str:
        of = self._say(found.of) if found.of else ""
        return self._say(f"differs {found.figure.value}", of=of)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _figures(figure: Fraction, total: Fraction) -> tuple[str, str]:
    percent = share(figure, total)
    return shown(_DISPLAY.apply(figure)), "" if percent is None else f"{shown(percent)} %"


def _aligned(rows: Sequence[_Line], *, right: bool = True) -> Iterator[str]:
    labels = min(max((width(row.label) for row in rows), default=0), _MOST_COLUMNS)
    figures = max((width(row.figure) for row in rows), default=0)
    shares = max((width(row.share) for row in rows), default=0)
    for row in rows:
        cells = [_pad(row.label, labels), _pad(row.figure, figures, right=right)]
        if shares:
            cells.append(_pad(row.share, shares, right=True))
        yield "  ".join([*cells, row.remark]).rstrip()


def _pad(text: str, columns: int, *, right: bool = False) -> str:
    blank = " " * max(0, columns - width(text))
    return blank + text if right else text + blank
