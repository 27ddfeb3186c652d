"""Counterfeits of the clouds' secret managers, of their sign-ins, and of a Kubernetes API: as far as we ask them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwk, jwt

from counterfeit.http import Question, Reply
from yett.core.ask import Ask
from yett.secrets.stores.aws_signature import Keys, signed


class Aws:
    """Secrets Manager and STS. Checks signatures by making them anew (botocore is the second opinion in the tests)."""

    def __init__(self, keys: Keys, region: str = "eu-west-1") -> None:
        self.keys = keys
        self.region = region
        self.secrets: dict[str, str] = {}
        self.problem = ""
        self.asked: list[str] = []
        self.web_identity = ""

    def __call__(self, question: Question) -> Reply:
        if question.body.startswith(b"Action="):
            return self._sts(parse_qs(question.body.decode()))
        name = question.json().get("SecretId", "")
        self.asked.append(name)
        if not self._signed_by(question):
            return Reply(400, {"__type": "InvalidSignatureException"})
        if self.problem:
            return Reply(400, {"__type": f"com.amazonaws#{self.problem}", "message": "no"})
        if name not in self.secrets:
            return Reply(400, {"__type": "ResourceNotFoundException", "Message": "no"})
        return Reply(200, {"Name": name, "VersionId": "v-1", "SecretString": self.secrets[name]})

    def _signed_by(self, question: Question) -> bool:
        given = question.headers.get("authorization", "")
        covered = given.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        own = {"host", "x-amz-date", "x-amz-security-token"}
        headers = tuple((name, question.headers[name]) for name in covered if name not in own)
        again = Ask(
            url=f"https://{question.headers['host']}{question.target}",
            method=question.method,
            headers=headers,
            body=question.body,
        )
        at = datetime.strptime(question.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        right = signed(again, self.keys, region=self.region, service="secretsmanager", now=at)
        return ("authorization", given) in right.headers

    def _sts(self, form: dict[str, list[str]]) -> Reply:
        self.asked.append(form["RoleArn"][0])
        if form["WebIdentityToken"] != [self.web_identity]:
            return Reply(400, {"Error": {"Code": "InvalidIdentityToken"}})
        given = {
            "AccessKeyId": self.keys.access,
            "SecretAccessKey": self.keys.secret,
            "SessionToken": self.keys.session,
            "Expiration": 1_800_000_000,
        }
        result = {"AssumeRoleWithWebIdentityResult": {"Credentials": given}}
        return Reply(200, {"AssumeRoleWithWebIdentityResponse": result})


class Google:
    """Secret Manager and the token endpoint."""

    def __init__(self, key: jwk.RSAKey | None = None) -> None:
        self.secrets: dict[str, list[str]] = {}
        self.token = "ya29.token"
        self.status = 200
        self.asked: list[str] = []
        self._key = key

    def __call__(self, question: Question) -> Reply:
        self.asked.append(question.path)
        if question.path == "/token":
            return self._grant(parse_qs(question.body.decode()))
        if question.headers.get("authorization") != f"Bearer {self.token}":
            return Reply(401, {"error": {"status": "UNAUTHENTICATED"}})
        if self.status != 200:
            return Reply(self.status, {"error": {}})
        _, _, _, project, _, name, _, version = question.path.split("/")
        versions = self.secrets.get(f"{project}/{name}")
        if versions is None:
            return Reply(404, {"error": {"status": "NOT_FOUND"}})
        number = len(versions) if version == "latest:access" else int(version.removesuffix(":access"))
        data = base64.b64encode(versions[number - 1].encode()).decode()
        return Reply(200, {"name": f"projects/1/secrets/{name}/versions/{number}", "payload": {"data": data}})

    def _grant(self, form: dict[str, list[str]]) -> Reply:
        if self._key is None or form["grant_type"] != ["urn:ietf:params:oauth:grant-type:jwt-bearer"]:
            return Reply(400, {"error": "invalid_grant"})
        claims: Any = jwt.decode(form["assertion"][0], self._key, algorithms=["RS256"]).claims
        if claims["iss"] != "yett@project.iam.gserviceaccount.com" or "scope" not in claims:
            return Reply(400, {"error": "invalid_grant"})
        return Reply(200, {"access_token": self.token, "expires_in": 3599, "token_type": "Bearer"})


class Azure:
    """Key Vault and Entra's token endpoint."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.token = "eyJ.azure"
        self.proofs = {"client_secret": "hunter2-secret", "client_assertion": "the-federated-token"}
        self.asked: list[str] = []

    def __call__(self, question: Question) -> Reply:
        self.asked.append(question.path)
        if question.path.endswith("/oauth2/v2.0/token"):
            return self._grant(parse_qs(question.body.decode()))
        if question.headers.get("authorization") != f"Bearer {self.token}":
            return Reply(401, {"error": {"code": "Unauthorized"}})
        host = question.headers["host"].split(".")[0]
        name = question.path.split("/")[2]
        if f"{host}/{name}" not in self.secrets:
            return Reply(404, {"error": {"code": "SecretNotFound"}})
        url = f"https://{question.headers['host']}/secrets/{name}/4387e9f3d6e14c459867679a90fd0f79"
        return Reply(200, {"value": self.secrets[f"{host}/{name}"], "id": url, "attributes": {"enabled": True}})

    def _grant(self, form: dict[str, list[str]]) -> Reply:
        right = any(form.get(name) == [value] for name, value in self.proofs.items())
        if not right or form["scope"] != ["https://vault.azure.net/.default"]:
            return Reply(401, {"error": "invalid_client", "error_description": "AADSTS7000215"})
        return Reply(200, {"access_token": self.token, "expires_in": 3599, "token_type": "Bearer"})


class Cluster:
    """A Kubernetes API with secrets."""

    def __init__(self) -> None:
        self.secrets: dict[str, dict[str, bytes]] = {}
        self.token = "the-pod-jwt"
        self.status = 200

    def __call__(self, question: Question) -> Reply:
        if question.headers.get("authorization") != f"Bearer {self.token}":
            return Reply(401, {"kind": "Status", "reason": "Unauthorized"})
        if self.status != 200:
            return Reply(self.status, {"kind": "Status"})
        _, _, _, _, namespace, _, name = question.path.split("/")
        found = self.secrets.get(f"{namespace}/{name}")
        if found is None:
            return Reply(404, {"kind": "Status", "reason": "NotFound"})
        data = {key: base64.b64encode(value).decode() for key, value in found.items()}
        return Reply(200, {"kind": "Secret", "metadata": {"resourceVersion": "42"}, "data": data})
