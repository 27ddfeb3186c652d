"""The kinds of credentials we know by their form. Data only: the formats are the issuers' own, as documented by them.

Each row has a *trigger* and a *pattern*. Triggers run, all at once, over the JSON encoding of a whole message: a
trigger must match wherever its pattern does, also where JSON escaped a quote or a line end, so it has no word
boundaries; and it is short, because every counted repetition multiplies the automaton's states. Patterns run over
decoded texts and say exactly what is replaced: their one group, or all of the match. Both are RE2 syntax, and linear.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from yett.detect.plausible import is_password, is_random, is_token, is_varied


class Credential(Struct, frozen=True):
    """One kind. `check`, where there is one, looks at the secret itself and may spare it."""

    kind: str
    trigger: str
    pattern: str
    check: Callable[[str], bool] | None = None


_NAMES: Final = (
    r"passw(?:or)?d|passphrase|secret[_-]?access[_-]?key|session[_-]?token|client[_-]?secret|api[_-]?key|api[_-]?token"
    r"|access[_-]?token|refresh[_-]?token|auth[_-]?token|private[_-]?key|secret[_-]?key|signing[_-]?key"
)
NAMED: Final = rf"(?i)(?:{_NAMES})$"
"""A field with such a name holds a secret, whatever that looks like."""
NAMED_KIND: Final = "named-secret"

CREDENTIALS: Final = (
    # Private keys. The body holds no dash, so a match cannot run on into the next block.
    Credential(
        "private-key",
        r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY",
        r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s\\:,.()]|-[A-Za-z0-9])*"
        r"(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?",
    ),
    Credential("age-secret-key", r"AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}"),
    # Clouds.
    Credential("aws-access-key", r"A(?:KIA|SIA|BIA|CCA)[0-9A-Z]{16}", r"\bA(?:KIA|SIA|BIA|CCA)[0-9A-Z]{16}\b"),
    Credential("aws-bedrock-key", r"ABSK[A-Za-z0-9+/]{8}", r"\bABSK[A-Za-z0-9+/]{100,}={0,2}"),
    Credential("gcp-api-key", r"AIza[0-9A-Za-z_-]{8}", r"\bAIza[0-9A-Za-z_-]{35,}"),
    Credential("gcp-oauth-token", r"ya29\.", r"\bya29\.[0-9A-Za-z_-]{20,}"),
    Credential("gcp-oauth-secret", r"GOCSPX-", r"\bGOCSPX-[0-9A-Za-z_-]{28,}"),
    Credential(
        "azure-storage-key", r"(?i)AccessKey=|AccountKey=", r"(?i)A(?:ccess|ccount)Key=([A-Za-z0-9+/]{40,}={0,2})"
    ),
    Credential("azure-client-secret", r"[0-9]Q~", r"\b[A-Za-z0-9_.~-]{3}[0-9]Q~[A-Za-z0-9_.~-]{31,34}"),
    Credential("azure-sas-signature", r"[?&]sig=", r"[?&]sig=([A-Za-z0-9%+/=]{40,})"),
    Credential("alibaba-access-key", r"LTAI[A-Za-z0-9]{8}", r"\bLTAI[A-Za-z0-9]{20}\b", is_varied),
    Credential("digitalocean-token", r"do[opr]_v1_", r"\bdo[opr]_v1_[a-f0-9]{64}"),
    Credential("cloudflare-origin-key", r"v1\.0-[a-f0-9]{8}", r"\bv1\.0-[a-f0-9]{24}-[a-f0-9]{146}"),
    Credential("heroku-api-key", r"HRKU-", r"\bHRKU-[A-Za-z0-9_-]{36,}"),
    Credential("databricks-token", r"dapi[a-f0-9]{8}", r"\bdapi[a-f0-9]{32}(?:-[0-9])?\b"),
    # Code and packages.
    Credential("github-token", r"gh[pousr]_", r"\bgh[pousr]_[A-Za-z0-9_.-]{30,}"),
    Credential("github-fine-grained-token", r"github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{40,}"),
    Credential(
        "gitlab-token",
        r"gl(?:pat|ptt|dt|rt|cbt|soat|agent|oas|ft|imt|ffct|rtr|wt)-[A-Za-z0-9_-]{8}",
        r"\bgl(?:pat|ptt|dt|rt|cbt|soat|agent|oas|ft|imt|ffct|rtr|wt)-[A-Za-z0-9_.-]{20,}",
        is_varied,
    ),
    Credential("atlassian-token", r"AT(?:ATT|CTT)3", r"\bAT(?:ATT|CTT)3[A-Za-z0-9_=-]{50,}"),
    Credential("npm-token", r"npm_[A-Za-z0-9]{16}", r"\bnpm_[A-Za-z0-9]{36}\b"),
    Credential("pypi-token", r"pypi-AgE", r"\bpypi-AgE[A-Za-z0-9_-]{50,}"),
    Credential("rubygems-token", r"rubygems_[a-f0-9]{8}", r"\brubygems_[a-f0-9]{48}"),
    Credential("docker-token", r"dckr_[po]at_", r"\bdckr_[po]at_[A-Za-z0-9_-]{27,}"),
    Credential("terraform-token", r"\.atlasv1\.", r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}"),
    Credential("pulumi-token", r"pul-[a-f0-9]{8}", r"\bpul-[a-f0-9]{40}\b"),
    Credential("postman-key", r"PMAK-", r"\bPMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    # Models.
    Credential("anthropic-key", r"sk-ant-", r"\bsk-ant-[a-z0-9]{3,12}-[A-Za-z0-9_-]{40,}"),
    Credential(
        "openai-key",
        r"sk-(?:proj|svcacct|admin|None)-|T3BlbkFJ",
        r"\bsk-(?:(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{40,}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})",
    ),
    Credential("huggingface-token", r"hf_[A-Za-z0-9]{16}", r"\bhf_[A-Za-z0-9]{34,}\b", is_varied),
    Credential("groq-key", r"gsk_[A-Za-z0-9]{8}", r"\bgsk_[A-Za-z0-9]{48,}\b"),
    Credential("xai-key", r"xai-[A-Za-z0-9]{8}", r"\bxai-[A-Za-z0-9]{70,}\b"),
    Credential("replicate-token", r"r8_[A-Za-z0-9]{8}", r"\br8_[A-Za-z0-9]{37}\b"),
    Credential("perplexity-key", r"pplx-[A-Za-z0-9]{8}", r"\bpplx-[A-Za-z0-9]{48,}\b"),
    # Talk, mail, money.
    Credential("slack-token", r"xox[abeoprs][.-]", r"\bxox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,}", is_varied),
    Credential("slack-app-token", r"xapp-[0-9]-", r"\bxapp-[0-9]-[A-Za-z0-9]+-[0-9]+-[A-Za-z0-9]{20,}"),
    Credential(
        "slack-webhook",
        r"hooks\.slack(?:-gov)?\.com/",
        r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/([A-Za-z0-9+/_-]{30,})",
    ),
    Credential("discord-webhook", r"/api/webhooks/[0-9]{8}", r"/api/webhooks/[0-9]{17,20}/([A-Za-z0-9_-]{60,})"),
    Credential(
        "discord-token",
        r"\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{8}",
        r"\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",
        is_varied,
    ),
    Credential("telegram-token", r"[0-9]{8}:AA[A-Za-z0-9_-]{8}", r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}"),
    Credential("twilio-key", r"SK[0-9a-f]{16}", r"\bSK[0-9a-f]{32}\b"),
    Credential("sendgrid-key", r"SG\.[A-Za-z0-9_-]{8}", r"\bSG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,}"),
    Credential("stripe-key", r"[sr]k_(?:live|test|prod)_", r"\b[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10,}"),
    Credential("stripe-webhook-secret", r"whsec_", r"\bwhsec_[A-Za-z0-9+/=]{32,}"),
    Credential("square-secret", r"sq0(?:atp|csp)-", r"\bsq0(?:atp|csp)-[A-Za-z0-9_-]{22,}"),
    Credential("shopify-token", r"shp(?:at|ca|pa|ss|ua)_", r"\bshp(?:at|ca|pa|ss|ua)_[a-fA-F0-9]{32}"),
    # Work and watching.
    Credential("linear-key", r"lin_(?:api|oauth)_", r"\blin_(?:api|oauth)_[A-Za-z0-9]{40,}\b"),
    Credential("notion-token", r"ntn_[A-Za-z0-9]{8}", r"\bntn_[A-Za-z0-9]{40,}\b"),
    Credential("figma-token", r"fig(?:d|ur?)_[A-Za-z0-9_-]{8}", r"\bfig(?:d|ur?)_[A-Za-z0-9_-]{40,}"),
    Credential("airtable-token", r"\.[a-f0-9]{32}", r"\bpat[A-Za-z0-9]{14}\.[a-f0-9]{64}\b"),
    Credential(
        "grafana-token",
        r"gl(?:sa|c)_[A-Za-z0-9]{8}",
        r"\bgl(?:sa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|c_[A-Za-z0-9+/]{32,}={0,2})",
    ),
    Credential("sentry-token", r"sntry[su]_", r"\bsntry[su]_[A-Za-z0-9+/=_-]{40,}"),
    Credential("newrelic-key", r"NRAK-", r"\bNRAK-[A-Z0-9]{27}\b"),
    Credential("supabase-key", r"sb(?:p_[a-f0-9]{8}|_secret_)", r"\bsb(?:p_[a-f0-9]{40}\b|_secret_[A-Za-z0-9_-]{20,})"),
    Credential("planetscale-secret", r"pscale_(?:tkn|pw|oauth)_", r"\bpscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,}"),
    Credential(
        "doppler-token",
        r"dp\.(?:pt|st|ct|sa|scim|audit)\.",
        r"\bdp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9_.-]{40,}",
    ),
    Credential("onepassword-token", r"ops_eyJ", r"\bops_eyJ[A-Za-z0-9+/_-]{100,}={0,3}"),
    Credential("vault-token", r"hv[sbr]\.[A-Za-z0-9_-]{8}", r"\bhv[sbr]\.[A-Za-z0-9_-]{20,}", is_varied),
    Credential("yett-token", r"yett_[A-Za-z0-9]{4}", r"\byett_[A-Za-z0-9]{4,32}_[A-Za-z0-9_-]{20,}"),
    # Forms that many issuers share.
    Credential("jwt", r"eyJ[A-Za-z0-9_-]{8}", r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    Credential(
        "url-password",
        r"://[^\s/?#@:\"]*:[^\s/?#@\"]+@",
        r"\b[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s/?#@:\"]*:([^\s/?#@\"]+)@[A-Za-z0-9\[]",
        is_password,
    ),
    Credential(
        "bearer-token",
        r"(?i)(?:bearer|basic|token) +[A-Za-z0-9._~+/=-]{16}",
        r"(?i)\b(?:bearer|authorization\\?[\"']?[:=] ?\\?[\"']?(?:basic|token)) +([A-Za-z0-9._~+/=-]{16,})",
        is_token,
    ),
    Credential(
        NAMED_KIND,
        rf"(?i)(?:{_NAMES})[\\\"' ]{{0,6}}[:=][\\\"' ]{{0,6}}[^\x00-\x20\"'\\]{{8}}",
        rf"(?i)(?:{_NAMES})\\?[\"']? ?[:=] {{0,2}}\\?[\"']?([^\x00-\x20\x7f\"'\\,;&<>(){{}}]{{8,}})",
        is_random,
    ),
)
