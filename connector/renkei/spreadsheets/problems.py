"""What can go wrong with spreadsheet files."""

from __future__ import annotations

from renkei.kernel.problems import Fault, Problem

NO_LIBRARY = Problem(
    code="spreadsheet-library-missing",
    fault=Fault.CONFIGURATION,
    status=501,
    en="Spreadsheets need the extra excel: {library} is not installed.",
    ja="表計算ファイルには追加機能 excel が必要です。{library} がインストールされていません。",
    hint_en="Install it: pip install 'renkei[excel]'. CSV works without it.",
    hint_ja="pip install 'renkei[excel]' でインストールしてください。CSVなら追加なしで使えます。",
)
UNREADABLE = Problem(
    code="spreadsheet-unreadable",
    fault=Fault.CONFIGURATION,
    status=400,
    en="This is no spreadsheet that can be read: {cause}.",
    ja="読み取れる表計算ファイルではありません: {cause}。",
    hint_en="Save it once more as an Excel workbook (.xlsx), without a password.",
    hint_ja="パスワードなしのExcelブック(.xlsx)として保存し直してください。",
)
TOO_LARGE = Problem(
    code="spreadsheet-too-large",
    fault=Fault.CONFIGURATION,
    status=413,
    en="The spreadsheet has more than {limit} {what}.",
    ja="表計算ファイルが大きすぎます: {what} の上限は {limit} です。",
    hint_en="Split it, and delete formatted rows and columns that hold nothing.",
    hint_ja="ファイルを分割し、書式だけが残った空の行・列を削除してください。",
)
MACROS = Problem(
    code="spreadsheet-holds-macros",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The spreadsheet holds a program ({part}); such files are not opened.",
    ja="表計算ファイルにプログラム({part})が含まれています。このようなファイルは開きません。",
    hint_en="Save it as an Excel workbook without macros (.xlsx).",
    hint_ja="マクロなしのExcelブック(.xlsx)として保存してください。",
)
UNWRITABLE = Problem(
    code="spreadsheet-unwritable",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{place} cannot be written into a spreadsheet: {cause}.",
    ja="{place} を表計算ファイルに書き込めません: {cause}。",
    hint_en="Shorten it or take out what spreadsheets do not hold.",
    hint_ja="短くするか、表計算ファイルが扱えない文字を取り除いてください。",
)
