"""What can go wrong between a name and a signature: keys, DID documents, JWS, tokens, signed documents.

A token that fails is always a ``trust-token-…`` with status 401, whatever layer found the fault.
"""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

_NEW_KEY = "Ask the partner to publish a P-256 key as a JsonWebKey with kty, crv, x and y only."
_NEW_KEY_JA = "kty、crv、x、y のみを持つ JsonWebKey として P-256 鍵を公開するよう相手に依頼してください。"
_RESEND = "Mint a fresh token for this receiver and send the message again."
_RESEND_JA = "この受信者向けに新しいトークンを発行し、再送してください。"
_NOT_AS_SIGNED = "Do not use the document; ask its signer for it again."
_NOT_AS_SIGNED_JA = "この文書は使用せず、署名者に再送を依頼してください。"

# --- keys ----------------------------------------------------------------------------------------

KEY_REFUSED: Final = Problem(
    code="trust-key-refused",
    fault=Fault.PEER,
    status=400,
    en="This public key is not usable: {cause}.",
    ja="この公開鍵は使用できません: {cause}。",
    hint_en=_NEW_KEY,
    hint_ja=_NEW_KEY_JA,
)
KEY_UNREADABLE: Final = Problem(
    code="trust-key-unreadable",
    fault=Fault.CONFIGURATION,
    en="The private key cannot be read: {cause}.",
    ja="秘密鍵を読み取れません: {cause}。",
    hint_en="Give a P-256 key as PKCS#8 PEM, with its passphrase if it has one; `renkei init` makes one.",
    hint_ja="P-256 鍵を PKCS#8 PEM で (必要ならパスフレーズとともに) 指定してください。`renkei init` で作成できます。",
)
KEY_SHARED: Final = Problem(
    code="trust-key-shared",
    fault=Fault.CONFIGURATION,
    en="The key {kid} is given for two purposes: {purposes}.",
    ja="鍵 {kid} が2つの用途に指定されています: {purposes}。",
    hint_en="Make a key of its own for every purpose.",
    hint_ja="用途ごとに別の鍵を作成してください。",
)
KEY_UNKNOWN: Final = Problem(
    code="trust-key-unknown",
    fault=Fault.PEER,
    status=400,
    en="The DID document of {did} has no key {kid}.",
    ja="{did} の DID ドキュメントに鍵 {kid} がありません。",
    hint_en="The key may be new: read the DID document again, or ask the partner whether it was removed.",
    hint_ja="新しい鍵の可能性があります。DID ドキュメントを再取得するか、削除済みか相手に確認してください。",
)
KEY_PURPOSE: Final = Problem(
    code="trust-key-purpose",
    fault=Fault.PEER,
    status=400,
    en="The key {kid} is not listed under {purpose}, so it may not be used for this.",
    ja="鍵 {kid} は {purpose} に登録されていないため、この用途には使えません。",
    hint_en="Ask the partner to sign with a key that its DID document lists under {purpose}.",
    hint_ja="DID ドキュメントの {purpose} に登録された鍵で署名するよう相手に依頼してください。",
)

# --- DIDs ----------------------------------------------------------------------------------------

DID_MALFORMED: Final = Problem(
    code="trust-did-malformed",
    fault=Fault.PEER,
    status=400,
    en="{did} is not an identifier that can be used here: {cause}.",
    ja="{did} は使用できる識別子ではありません: {cause}。",
    hint_en="Write it like did:web:example.com, did:web:example.com%3A8443 or did:web:example.com:unit.",
    hint_ja="did:web:example.com、did:web:example.com%3A8443、did:web:example.com:unit のように書いてください。",
)
DID_LOOPBACK: Final = Problem(
    code="trust-did-loopback",
    fault=Fault.CONFIGURATION,
    en="{did} names this machine by an IP address, which did:web forbids.",
    ja="{did} は IP アドレスでこの機械自身を指しており、did:web では認められません。",
    hint_en="Give the connector an https address with a domain name (`url` in [public]); for a trial on this machine "
    "only, set insecure_loopback = true (`renkei init --loopback`).",
    hint_ja="ドメイン名を含む https のアドレスを設定してください([public] の url)。このマシンでの試用に限り "
    "insecure_loopback = true(`renkei init --loopback`)を使えます。",
)
DOCUMENT_REFUSED: Final = Problem(
    code="trust-document-refused",
    fault=Fault.PEER,
    status=401,
    en="The DID document of {did} is refused: {cause}.",
    ja="{did} の DID ドキュメントは受け入れられません: {cause}。",
    hint_en="Ask the partner to correct its DID document.",
    hint_ja="DID ドキュメントを修正するよう相手に依頼してください。",
)

# --- JWS -----------------------------------------------------------------------------------------

JWS_MALFORMED: Final = Problem(
    code="trust-jws-malformed",
    fault=Fault.PEER,
    status=400,
    en="This is not a JWS in compact form: {cause}.",
    ja="コンパクト形式の JWS ではありません: {cause}。",
    hint_en="Send header, payload and signature as unpadded base64url, joined by dots.",
    hint_ja="ヘッダー・ペイロード・署名をパディングなしの base64url にし、ドットでつないで送ってください。",
)
JWS_ALGORITHM: Final = Problem(
    code="trust-jws-algorithm",
    fault=Fault.PEER,
    status=400,
    en="The signature algorithm {algorithm} is not accepted.",
    ja="署名アルゴリズム {algorithm} は受け入れられません。",
    hint_en="Sign with ES256.",
    hint_ja="ES256 で署名してください。",
)
JWS_HEADER: Final = Problem(
    code="trust-jws-header",
    fault=Fault.PEER,
    status=400,
    en="The JWS header carries {member}, which is not taken from a stranger.",
    ja="JWS ヘッダーに、外部から受け入れない {member} が含まれています。",
    hint_en="Name the key by kid only; it is looked up in the signer's DID document.",
    hint_ja="鍵は kid だけで示してください。署名者の DID ドキュメントから取得します。",
)
JWS_TYPE: Final = Problem(
    code="trust-jws-type",
    fault=Fault.PEER,
    status=400,
    en="This signature is of type {found}, not {expected}.",
    ja="この署名の種類は {found} で、{expected} ではありません。",
    hint_en="A signature counts for the kind of document it was made for and for no other.",
    hint_ja="署名は、作成対象の文書種別に対してのみ有効です。",
)
JWS_SIGNATURE: Final = Problem(
    code="trust-jws-signature",
    fault=Fault.PEER,
    status=400,
    en="The signature does not match the signed content and the key {kid}.",
    ja="署名が、署名対象の内容および鍵 {kid} と一致しません。",
    hint_en=_NOT_AS_SIGNED,
    hint_ja=_NOT_AS_SIGNED_JA,
)
SIGNER_BROKEN: Final = Problem(
    code="trust-signer-broken",
    fault=Fault.LOCAL,
    status=500,
    en="Our signer {kid} returned {cause}.",
    ja="署名器 {kid} の結果が不正です: {cause}。",
    hint_en="A signer returns 64 bytes, R and S, over the bytes it was given; check the key service.",
    hint_ja="署名器は渡されたバイト列への R と S の64バイトを返す必要があります。鍵サービスを確認してください。",
)


# --- self-issued tokens --------------------------------------------------------------------------


def _token(word: str, en: str, ja: str, hint_en: str = _RESEND, hint_ja: str = _RESEND_JA) -> Problem:
    """A refused token: the partner's identity is not established, so 401 and nothing more."""
    return Problem(
        code=f"trust-token-{word}", fault=Fault.POLICY, status=401, en=en, ja=ja, hint_en=hint_en, hint_ja=hint_ja
    )


TOKEN_MALFORMED: Final = _token(
    "malformed", "The token cannot be read: {cause}.", "トークンを読み取れません: {cause}。"
)
TOKEN_ALGORITHM: Final = _token(
    "algorithm",
    "The token is signed with an algorithm that is not accepted: {cause}.",
    "トークンの署名アルゴリズムは受け入れられません: {cause}。",
)
TOKEN_HEADER: Final = _token(
    "header",
    "The token's header is not accepted: {cause}.",
    "トークンのヘッダーは受け入れられません: {cause}。",
)
TOKEN_TYPE: Final = _token(
    "type",
    "The token is of type {found}; a self-issued ID token has none or JWT.",
    "トークンの種類が {found} です。自己発行 ID トークンでは省略または JWT とします。",
)
TOKEN_ISSUER: Final = _token(
    "issuer",
    "The token's issuer {issuer} and subject {subject} are not one and the same DID.",
    "トークンの発行者 {issuer} と主体 {subject} が同一の DID ではありません。",
)
TOKEN_KID: Final = _token(
    "kid",
    "The token's key {kid} is not a key of its issuer {issuer}.",
    "トークンの鍵 {kid} は発行者 {issuer} の鍵ではありません。",
)
TOKEN_AUDIENCE: Final = _token(
    "audience",
    "The token is meant for {found}, not for {expected}.",
    "トークンの宛先は {found} で、{expected} ではありません。",
)
TOKEN_DOCUMENT: Final = _token(
    "document",
    "The DID document is of {found}, not of the token's issuer {issuer}.",
    "DID ドキュメントは {found} のもので、トークン発行者 {issuer} のものではありません。",
)
TOKEN_KEY_UNKNOWN: Final = _token(
    "key-unknown",
    "The issuer's DID document does not hold the token's key: {cause}.",
    "発行者の DID ドキュメントにトークンの鍵がありません: {cause}。",
)
TOKEN_KEY_REFUSED: Final = _token(
    "key-refused",
    "The token's key is not usable: {cause}.",
    "トークンの鍵は使用できません: {cause}。",
)
TOKEN_KEY_PURPOSE: Final = _token(
    "key-purpose",
    "The token's key is not published for tokens: {cause}.",
    "トークンの鍵はトークン用として公開されていません: {cause}。",
    "Sign tokens with a key that the DID document lists under capabilityInvocation.",
    "DID ドキュメントの capabilityInvocation に登録された鍵でトークンに署名してください。",
)
TOKEN_SIGNATURE: Final = _token(
    "signature",
    "The token's signature is not that of the key {kid}.",
    "トークンの署名が鍵 {kid} のものではありません。",
)
TOKEN_CLAIM: Final = _token(
    "claim",
    "The token's claim {claim} is missing or not as it must be: {cause}.",
    "トークンのクレーム {claim} がないか、不正です: {cause}。",
)
TOKEN_EXPIRED: Final = _token(
    "expired",
    "The token expired at {expires}; it is {now}.",
    "トークンは {expires} に失効しました (現在 {now})。",
    "Mint a fresh token; if this repeats, compare the clocks of both sides.",
    "新しいトークンを発行してください。繰り返す場合は双方の時計を確認してください。",
)
TOKEN_EARLY: Final = _token(
    "early",
    "The token's {claim} {moment} lies ahead of our clock {now}.",
    "トークンの {claim} ({moment}) が当方の時計 {now} より先です。",
    "Compare the clocks of both sides; ten seconds of difference are tolerated.",
    "双方の時計を確認してください。許容差は10秒です。",
)
TOKEN_LIFETIME: Final = _token(
    "lifetime",
    "The token lives {seconds} seconds; from 1 to {limit} are accepted.",
    "トークンの有効期間は {seconds} 秒です。1〜{limit} 秒のみ受け入れます。",
    "Mint tokens that live fifteen minutes at most.",
    "有効期間が15分以内のトークンを発行してください。",
)
TOKEN_CLAIM_OURS: Final = Problem(
    code="trust-token-claim-ours",
    fault=Fault.LOCAL,
    status=500,
    en="A token cannot be minted: {cause}.",
    ja="トークンを発行できません: {cause}。",
    hint_en="This is a defect of Renkei: please report it with the log.",
    hint_ja="Renkeiの不具合です。ログを添えて報告してください。",
)

# --- signed documents ----------------------------------------------------------------------------

UNSIGNED: Final = Problem(
    code="trust-unsigned",
    fault=Fault.POLICY,
    status=403,
    en="The document carries no {member}.",
    ja="文書に {member} がありません。",
    hint_en="Ask the partner to sign, or allow unsigned documents for this partner in the configuration.",
    hint_ja="署名するよう相手に依頼するか、設定でこの相手の署名なし文書を許可してください。",
)
ALREADY_SIGNED: Final = Problem(
    code="trust-already-signed",
    fault=Fault.LOCAL,
    status=409,
    en="The document already carries another {member}.",
    ja="文書には既に別の {member} があります。",
    hint_en="A signature is made once and kept; sign a new version of the document instead.",
    hint_ja="署名は一度だけ作成し保存します。文書の新しい版に署名してください。",
)
NOT_SIGNABLE: Final = Problem(
    code="trust-not-signable",
    fault=Fault.PEER,
    status=400,
    en="The signed document has no canonical form: {cause}.",
    ja="署名された文書には正規形がありません: {cause}。",
    hint_en="Write numbers with a fraction and very large integers as strings, and sign again.",
    hint_ja="小数や非常に大きな整数は文字列で書き、署名し直してください。",
)
WRONG_SIGNER: Final = Problem(
    code="trust-wrong-signer",
    fault=Fault.PEER,
    status=400,
    en="The document is signed by {found}, not by {expected}.",
    ja="文書の署名者は {found} で、{expected} ではありません。",
    hint_en=_NOT_AS_SIGNED,
    hint_ja=_NOT_AS_SIGNED_JA,
)
EVIDENCE_MALFORMED: Final = Problem(
    code="trust-evidence-malformed",
    fault=Fault.PEER,
    status=400,
    en="This is not an exported agreement, offer or record: {cause}.",
    ja="エクスポートされた契約・オファー・記録ではありません: {cause}。",
    hint_en="Give a file made by `renkei export`.",
    hint_ja="`renkei export` で作成したファイルを指定してください。",
)
