"""Why a JWT opens or does not: every check with what it found, where the gateway would stop at the first that fails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import Struct

from yett.core.exchange import Principal
from yett.core.verdict import Deny
from yett.identity import jwt as form
from yett.identity.bearer import handle_of
from yett.identity.binding import binding_of
from yett.identity.claim_paths import at, principal_of, shown
from yett.identity.claims import audience_of, check_claims, not_meant
from yett.identity.issuer import Issuer, Path
from yett.identity.jwt import ALGORITHM_REFUSED, Jwt
from yett.identity.jwt_bearer import ISSUER_UNKNOWN, SIGNATURE_WRONG
from yett.identity.keys import Key
from yett.identity.signature import verified

_ADVICE: Final = {
    "jwt.malformed": "send the access token itself, whole and unchanged",
    "jwt.algorithm": "let the issuer sign with what its key is for; of RSA keys without `alg`, `rsa:` says it",
    "jwt.issuer": "add the issuer to `auth`, character by character as the token has it in `iss`",
    "jwt.key-unknown": "the token is old, or of another issuer: sign in again",
    "jwt.signature": "the token was changed, or another issuer uses the same key id",
    "jwt.expired": "sign in again; if it happens at once, compare the clocks",
    "jwt.not-yet": "compare the clock of the issuer with ours",
    "jwt.lifetime": "let the issuer make shorter tokens, or raise `max_lifetime`",
    "jwt.bound": "show the certificate or the DPoP proof that it needs; of `cnf`, `x5t#S256` and `jkt` are checked",
    "jwt.unbound": "let the issuer bind tokens to clients, or remove `require_binding` or `require_dpop`",
    "jwt.not-access": "send the access token, not the ID token or the refresh token",
    "jwt.keys-unavailable": "see whether the issuer can be reached from here",
}
_AUDIENCE: Final = {
    "keycloak": "add an *Audience* mapper to a client scope (Included Custom Audience: {wanted})",
    "entra": "set `audience:` to the client id of the app registration, or to its application id URI",
    "auth0": "register an API with the identifier {wanted}, or set `audience:` to that of yours",
    "okta": "set `audience:` to that of the authorization server, often `api://default`",
}
_OTHER_AUDIENCE: Final = "let the issuer put {wanted} into `aud`, or set `audience:` to what it puts there"


_BINDINGS: Final = {
    "x5t#S256": "the client certificate whose SHA-256 thumbprint is",
    "jkt": "a DPoP proof by the key whose SHA-256 thumbprint is",
}


class Line(Struct, frozen=True, kw_only=True):
    """One thing that was looked at. `good` is `None` for what is only told."""

    title: str
    text: str
    good: bool | None = None


class Explanation(Struct, frozen=True, kw_only=True):
    """All lines, the refusal that the gateway would give, and what to do about it; or whose token it is."""

    lines: tuple[Line, ...]
    deny: Deny | None = None
    fix: str = ""
    principal: Principal | None = None


def read(token: str, issuers: Mapping[str, Issuer]) -> tuple[Jwt, Issuer] | Explanation:
    """A token and the issuer it names, or why there is neither. `issuers` are found by their `iss` values."""
    jwt = form.read(token)
    if isinstance(jwt, Deny):
        return _refused([Line(title="form", text=jwt.detail, good=False)], jwt)
    lines = [_form(jwt)]
    name = jwt.claims.get("iss")
    issuer = issuers.get(name) if type(name) is str else None
    if issuer is None:
        known = ", ".join(issuers) or "none"
        said = f"{name[:200]!a}" if type(name) is str else "no text"
        lines.append(Line(title="issuer", text=f"{said}; the config has {known}", good=False))
        return _refused(lines, Deny(reason=ISSUER_UNKNOWN, detail=f"`iss` is {said}"))
    return jwt, issuer


def explain(jwt: Jwt, issuer: Issuer, key: Key | Deny | None, now: float) -> Explanation:
    """Every check of one token. Without a `key` the signature is not looked at; `now` is wall time in seconds."""
    lines = [_form(jwt), Line(title="issuer", text=f"{issuer.source}  {jwt.claims['iss']}", good=True)]
    denies = [_signature(jwt, issuer, key, lines)]
    claims = check_claims(jwt, issuer, now)
    denies.append(claims)
    lines.append(_times(jwt.claims, now, claims))
    denies.append(_binding(jwt.claims, issuer, lines))
    denies.append(_audience(jwt.claims, issuer, lines))
    who = principal_of(jwt.claims, issuer, handle_of(jwt.token))
    if isinstance(who, Deny):
        lines.append(Line(title="claims", text=who.detail, good=False))
        denies.append(who)
    else:
        lines += _claims(jwt.claims, issuer, who)
    deny = next((one for one in denies if one is not None), None)
    if deny is not None:
        return _refused(lines, deny, issuer)
    return Explanation(lines=tuple(lines), principal=who if isinstance(who, Principal) else None)


def _refused(lines: Iterable[Line], deny: Deny, issuer: Issuer | None = None) -> Explanation:
    fix = _ADVICE.get(deny.reason.code, "")
    if deny.reason.code == "jwt.audience" and issuer is not None:
        wanted = f"`{min(issuer.audiences, key=len)}`" if issuer.audiences else "the gateway's URL"
        fix = _AUDIENCE.get(issuer.source, _OTHER_AUDIENCE).format(wanted=wanted)
    return Explanation(lines=tuple(lines), deny=deny, fix=fix)


def _form(jwt: Jwt) -> Line:
    kid = f"key {jwt.kid[:64]!a}" if jwt.kid is not None else "no key id"
    return Line(title="form", text=f"JWT, {jwt.algorithm}, {kid}, typ {jwt.type or 'not said'}", good=True)


def _signature(jwt: Jwt, issuer: Issuer, key: Key | Deny | None, lines: list[Line]) -> Deny | None:
    if key is None:
        lines.append(Line(title="signature", text="not checked: the issuer was not asked"))
        return None
    if isinstance(key, Deny):
        lines.append(Line(title="signature", text=key.detail, good=False))
        return key
    deny = None
    if key.algorithm != jwt.algorithm:
        deny = Deny(reason=ALGORITHM_REFUSED, detail=f"{jwt.algorithm} with a key for {key.algorithm}")
    elif not verified(jwt.signed, jwt.signature, key.public, key.algorithm):
        deny = Deny(reason=SIGNATURE_WRONG, detail=f"not by this key of {issuer.source}")
    text = f"by {issuer.source}" if deny is None else deny.detail
    lines.append(Line(title="signature", text=text, good=deny is None))
    return deny


def _times(claims: dict[str, Any], now: float, deny: Deny | None) -> Line:
    if deny is not None:
        return Line(title="claims", text=f"{deny.reason.code}: {deny.detail}", good=False)
    made = _span(max(0.0, now - claims["iat"]))
    return Line(title="time", text=f"ends in {_span(claims['exp'] - now)}, made {made} ago", good=True)


def _binding(claims: dict[str, Any], issuer: Issuer, lines: list[Line]) -> Deny | None:
    binding = binding_of(claims, issuer)
    if isinstance(binding, Deny):
        lines.append(Line(title="bound", text=binding.detail, good=False))
        return binding
    # Who explains a token does not show it: that the binding holds can only be said of a connection.
    lines += [Line(title="bound", text=f"good only with {_BINDINGS[method]} {value}") for method, value in binding]
    return None


def _audience(claims: dict[str, Any], issuer: Issuer, lines: list[Line]) -> Deny | None:
    audience = audience_of(claims)
    deny = audience if isinstance(audience, Deny) else None
    if not isinstance(audience, Deny):
        endpoints = issuer.endpoints(audience)
        if endpoints is not None and not endpoints:
            deny = not_meant(audience)
        else:
            where = "every server" if endpoints is None else ", ".join(sorted(endpoints))
            lines.append(Line(title="audience", text=f"{', '.join(sorted(audience))}: {where}", good=True))
    if deny is not None:
        resources = (one for some in issuer.resources.values() for one in some)
        wanted = sorted({one.removesuffix("/") for one in (*issuer.audiences, *resources)})
        lines.append(Line(title="audience", text=f"{deny.detail}; wanted is one of {', '.join(wanted)}", good=False))
    return deny


def _claims(claims: dict[str, Any], issuer: Issuer, who: Principal) -> list[Line]:
    """Which claim gave what."""
    paths = issuer.claims
    lines = [Line(title="user", text=f"{who.subject}  from {shown(paths.user)}")]
    for title, found in (("roles", paths.roles), ("groups", paths.groups), ("scopes", paths.scopes)):
        lines += [_claim(title, path, at(claims, path)) for path in found]
    for path in paths.client:
        if at(claims, path) is not None:
            lines.append(Line(title="client", text=f"{who.client}  from {shown(path)}"))
            break
    if who.actor:
        lines.append(Line(title="acting", text=f"{who.actor}  from act"))
    return lines


def _claim(title: str, path: Path, value: Any) -> Line:
    values = value.split(" ") if type(value) is str and title == "scopes" else [value] if type(value) is str else value
    text = ", ".join(values or ()) if values else "nothing"
    return Line(title=title, text=f"{text}  from {shown(path)}{'' if value is not None else ', which is not there'}")


def _span(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
