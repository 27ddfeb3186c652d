"""A counterfeit authorization server: metadata, registration, and the grants that the gateway uses, all checked."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from counterfeit.http import Question, Reply
from joserfc import jwk, jwt

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ID_JAG = "urn:ietf:params:oauth:token-type:id-jag"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"


class Issuer:
    """Knows its clients, and every token it gave: `tokens` maps each to what it is for."""

    def __init__(self, url: str = "https://login.example.com") -> None:
        self.url = url
        self.secrets = {"yett": "the client secret/:"}
        self.keys: dict[str, Any] = {}
        self.redirects: dict[str, list[str]] = {}
        self.tokens: dict[str, dict[str, Any]] = {}
        self.subjects: dict[str, str] = {}
        """Tokens of callers that may be exchanged, and whose they are."""
        self.assertions: dict[str, str] = {}
        """Identity assertions of another issuer that are accepted, and whose they are."""
        self.metadata: dict[str, Any] = {}
        """Members to add, to change, or (`None`) to leave out."""
        self.ttl = 300
        self.failing = 0
        self.asked: list[dict[str, str]] = []
        self.proofs: list[str] = []
        self.fetched: list[str] = []
        self.iss: str | None = url
        self.user = "alice@crm"
        self.rotates = True
        self.signing = jwk.ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"})
        self._count = 0
        self._codes: dict[str, dict[str, Any]] = {}
        self._refresh: dict[str, dict[str, Any]] = {}
        self._spent: set[str] = set()
        self.reused = 0
        """How often a refresh token came a second time: a theft (RFC 9700, 4.14.2), which ends everything."""

    def sign_in(self, user: str, audience: str) -> str:
        """A token that a caller got here, for the gateway. It may be exchanged."""
        now = int(time.time())
        claims = {"iss": self.url, "sub": user, "aud": audience, "iat": now, "exp": now + 300, "jti": f"{user}-{now}"}
        token = jwt.encode({"alg": "ES256", "kid": "k1"}, claims, self.signing, algorithms=["ES256"])
        self.subjects[token] = user
        return token

    def __call__(self, question: Question) -> Reply:  # noqa: PLR0911 - a table of paths
        self.fetched.append(f"{question.method} {question.path}")
        if self.failing:
            return Reply(self.failing, {"error": "server_error"})
        if question.path == "/.well-known/oauth-authorization-server":
            return Reply(200, self._described())
        if question.path == "/keys":
            return Reply(200, {"keys": [self.signing.as_dict(private=False)]})
        if question.path == "/authorize":
            return self._authorize(question)
        if question.path == "/register":
            return self._register(question.json())
        if question.path == "/token" and question.method == "POST":
            return self._token(question)
        return Reply(404)

    def _described(self) -> dict[str, Any]:
        whole = {
            "issuer": self.url,
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "authorization_endpoint": f"{self.url}/authorize",
            "registration_endpoint": f"{self.url}/register",
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
        } | self.metadata
        return {key: value for key, value in whole.items() if value is not None}

    # The token endpoint.

    def _token(self, question: Question) -> Reply:  # noqa: PLR0911 - a table of grants
        form = {name: values[0] for name, values in parse_qs(question.body.decode()).items()}
        client = self._client(question, form)
        self.asked.append(form)
        if client is None:
            return Reply(401, {"error": "invalid_client", "error_description": f"no: {form}"})
        grant = form.get("grant_type")
        if grant == "client_credentials":
            return self._issue(client, form, subject=client)
        if grant == EXCHANGE:
            return self._exchange(client, form)
        if grant == BEARER:
            subject = self.assertions.get(form.get("assertion", ""))
            return self._issue(client, form, subject=subject) if subject else Reply(400, {"error": "invalid_grant"})
        if grant == "authorization_code":
            return self._redeem(client, form)
        if grant == "refresh_token":
            return self._renew(client, form)
        return Reply(400, {"error": "unsupported_grant_type"})

    def _client(self, question: Question, form: dict[str, str]) -> str | None:
        basic = question.headers.get("authorization", "")
        if basic.startswith("Basic "):
            self.proofs.append("client_secret_basic")
            name, _, secret = base64.b64decode(basic[6:]).decode().partition(":")
            return unquote(name) if self.secrets.get(unquote(name)) == unquote(secret) else None
        if form.get("client_assertion_type") == ASSERTION:
            self.proofs.append("private_key_jwt")
            return self._asserted(form)
        name = form.get("client_id", "")
        self.proofs.append("client_secret_post" if "client_secret" in form else "none")
        return name if name in self.secrets and self.secrets[name] == form.get("client_secret", "") else None

    def _asserted(self, form: dict[str, str]) -> str | None:
        key = self.keys.get(form.get("client_id", ""))
        if key is None:
            return None
        claims = jwt.decode(form["client_assertion"], key, algorithms=["ES256", "RS256", "EdDSA"]).claims
        right = claims["aud"] == self.url and claims["iss"] == claims["sub"] == form["client_id"]
        return form["client_id"] if right and claims["exp"] > time.time() and claims["jti"] else None

    def _exchange(self, client: str, form: dict[str, str]) -> Reply:
        subject = self.subjects.get(form.get("subject_token", ""))
        if subject is None:
            return Reply(400, {"error": "invalid_grant", "error_description": form.get("subject_token")})
        if form.get("requested_token_type") == ID_JAG:
            assertion = f"jag.{subject}.{form['audience']}"
            return Reply(
                200, {"access_token": assertion, "issued_token_type": ID_JAG, "token_type": "N_A", "expires_in": 300}
            )
        return self._issue(client, form, subject=subject, issued=ACCESS)

    def _issue(
        self, client: str, form: dict[str, Any], *, subject: str | None, issued: str = "", refresh: bool = False
    ) -> Reply:
        self._count += 1
        token = f"at-{self._count}-{hashlib.sha256(f'{client}{self._count}'.encode()).hexdigest()[:12]}"
        self.tokens[token] = {"sub": subject, "resource": form.get("resource"), "scope": form.get("scope", "")}
        body: dict[str, Any] = {"access_token": token, "token_type": "Bearer", "expires_in": self.ttl}
        if form.get("scope"):
            body["scope"] = form["scope"]
        if issued:
            body["issued_token_type"] = issued
        if refresh:
            again = f"rt-{self._count}-{hashlib.sha256(token.encode()).hexdigest()[:12]}"
            self._refresh[again] = {"client": client, "sub": subject, **form}
            body["refresh_token"] = again
        return Reply(200, body)

    def revoke(self) -> None:
        """Make every token that was given worthless."""
        self.tokens.clear()

    def grant(self, client: str) -> tuple[str, str]:
        """Give a client an access token and a refresh token, without a sign-in."""
        body = self._issue(client, {}, subject=self.user, refresh=True).body
        return body["access_token"], body["refresh_token"]

    def revoke_refresh(self) -> None:
        self._refresh.clear()

    # Signing in.

    def _register(self, given: dict[str, Any]) -> Reply:
        self._count += 1
        name = f"registered-{self._count}"
        self.redirects[name] = given["redirect_uris"]
        public = given.get("token_endpoint_auth_method") == "none"
        self.secrets[name] = "" if public else f"secret-of-{name}"
        body = {**given, "client_id": name} | ({} if public else {"client_secret": f"secret-of-{name}"})
        return Reply(201, body)

    def _authorize(self, question: Question) -> Reply:
        form = {name: values[0] for name, values in parse_qs(question.target.partition("?")[2]).items()}
        right = form.get("response_type") == "code" and form.get("code_challenge_method") == "S256"
        known = form.get("redirect_uri") in self.redirects.get(form.get("client_id", ""), [])
        if not right or not known or len(form.get("code_challenge", "")) != 43:
            return Reply(400, {"error": "invalid_request", "given": form})
        self._count += 1
        code = f"code-{self._count}"
        self._codes[code] = form
        answer = {"code": code, "state": form.get("state", "")} | ({"iss": self.iss} if self.iss else {})
        return Reply(302, headers={"location": f"{form['redirect_uri']}?{urlencode(answer)}"})

    def _redeem(self, client: str, form: dict[str, str]) -> Reply:
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or asked["client_id"] != client or asked["redirect_uri"] != form.get("redirect_uri"):
            return Reply(400, {"error": "invalid_grant"})
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
            return Reply(400, {"error": "invalid_grant"})
        if asked.get("resource") != form.get("resource"):
            return Reply(400, {"error": "invalid_target"})
        granted = {"resource": form.get("resource"), "scope": asked.get("scope", "")}
        return self._issue(client, granted, subject=self.user, refresh=True)

    def _renew(self, client: str, form: dict[str, str]) -> Reply:
        if form.get("refresh_token") in self._spent:
            self.reused += 1
            self.revoke()
            self.revoke_refresh()
        kept = self._refresh.get(form.get("refresh_token", ""))
        if kept is None or kept["client"] != client:
            return Reply(400, {"error": "invalid_grant"})
        if self.rotates:
            del self._refresh[form["refresh_token"]]
            self._spent.add(form["refresh_token"])
        granted = {"resource": form.get("resource"), "scope": kept.get("scope", "")}
        return self._issue(client, granted, subject=kept["sub"], refresh=self.rotates)


def key_pair() -> tuple[Any, str]:
    """A client's public key, and its private key in PEM."""
    key = jwk.ECKey.generate_key("P-256")
    return key, key.as_pem(private=True).decode()


def redirected(reply: Reply) -> dict[str, str]:
    """What an authorization answer says in its redirect."""
    query = urlsplit((reply.headers or {})["location"]).query
    return {name: values[0] for name, values in parse_qs(query).items()}
