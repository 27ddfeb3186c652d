// A real OpenID provider (npm: oidc-provider) for tests: node provider.mjs PORT. Says `ready` when it listens.
//
// Everybody may sign in under any name, and every client may register. Tokens for a resource are JWTs; those for a
// resource whose path begins with /opaque are opaque. `yett` may introspect.

import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;

function key(kid) {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { ...privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "ES256" };
}

const provider = new Provider(issuer, {
  clients: [
    {
      // A client that registers itself is kept to the scopes that it asked for first; this one may step up.
      client_id: "claude",
      application_type: "native",
      grant_types: ["authorization_code", "refresh_token"],
      redirect_uris: ["http://127.0.0.1:1/callback"],
      token_endpoint_auth_method: "none",
    },
    {
      client_id: "machine",
      client_secret: "made-up",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      tls_client_certificate_bound_access_tokens: true,
    },
    {
      client_id: "yett",
      client_secret: "introspects",
      grant_types: [],
      redirect_uris: [],
      response_types: [],
    },
  ],
  clientDefaults: { id_token_signed_response_alg: "ES256" },
  enabledJWA: { idTokenSigningAlgValues: ["ES256"] },
  cookies: { keys: ["made-up"] },
  jwks: { keys: [key("first")] },
  scopes: ["openid", "offline_access", "demo:use", "demo:admin"],
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  issueRefreshToken: () => true,
  ttl: { AccessToken: 60, Grant: 600, Interaction: 600, RefreshToken: 600, Session: 600 },
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    // As behind something that ends TLS and tells the certificate in a header: this provider listens without TLS.
    mTLS: {
      enabled: true,
      certificateBoundAccessTokens: true,
      getCertificate: (ctx) => decodeURIComponent(ctx.get("x-certificate")) || undefined,
    },
    registration: { enabled: true },
    revocation: { enabled: true },
    introspection: { enabled: true, allowedPolicy: (_ctx, client) => client.clientId === "yett" },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: (_ctx, resource) => ({
        scope: "demo:use demo:admin",
        audience: resource,
        accessTokenTTL: 60,
        accessTokenFormat: new URL(resource).pathname.startsWith("/opaque") ? "opaque" : "jwt",
        jwt: { sign: { alg: "ES256" } },
      }),
    },
  },
});

provider.listen(port, "127.0.0.1", () => console.log("ready"));
