"""What is wrong with a connector's own settings, or with when it is used."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

NO_ADDRESS: Final = Problem(
    code="config-no-public-address",
    fault=Fault.CONFIGURATION,
    en="Partners cannot reach this connector as {url}: {cause}.",
    ja="取引先は {url} ではこのコネクタに到達できません: {cause}。",
    hint_en="Set `url` in [public] (`public_url` of a ConnectorConfig) to the address that partners call, such as "
    "https://connector.example.com; `host` is only where it listens.",
    hint_ja="[public] の `url`(ConnectorConfig では `public_url`)に取引先が呼び出すアドレス"
    "(例 https://connector.example.com)を設定してください。`host` は待ち受けるアドレスです。",
)
NO_PARTICIPANT: Final = Problem(
    code="config-bad-participant",
    fault=Fault.CONFIGURATION,
    en="This connector cannot be the participant {did}: {cause}.",
    ja="このコネクタは参加者 {did} になれません: {cause}。",
    hint_en="Correct `participant` in [connector], such as did:web:connector.example.com, or leave it empty: then it "
    "follows from `url` in [public].",
    hint_ja="[connector] の `participant` を修正するか(例 did:web:connector.example.com)、空にしてください。"
    "空の場合は [public] の `url` から決まります。",
)
NOT_RUNNING: Final = Problem(
    code="connector-not-running",
    fault=Fault.LOCAL,
    en="This connector is not running.",
    ja="このコネクタは起動していません。",
    hint_en="Use it inside `async with Connector(config) as connector:`.",
    hint_ja="`async with Connector(config) as connector:` の中で使用してください。",
)
NO_FOLDER: Final = Problem(
    code="config-bad-folder",
    fault=Fault.CONFIGURATION,
    en="The connector's folder {folder} cannot be used: {cause}.",
    ja="コネクタのフォルダー {folder} を使用できません: {cause}。",
    hint_en="Set `folder` in [connector] to a folder that this user may write to; it is made if it is not there.",
    hint_ja="[connector] の `folder` に、このユーザーが書き込めるフォルダーを指定してください。なければ作成されます。",
)
