// The official TypeScript client, signing in: node client_oauth.mjs URL USER. Prints what happened, as one line of JSON.
//
// It is sent to the provider, comes back with a code, calls a tool, is told that another one needs more, comes back with
// that, and at the end shows a token that nobody made, so that it has to refresh.

import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";

const [server, user] = process.argv.slice(2);
const REDIRECT = "http://127.0.0.1:1/callback";
const told = { asked: [], said: [], refreshed: false };

class Browser {
  cookies = new Map();

  async go(url, form) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const body = form && new URLSearchParams(form);
    const answer = await fetch(url, { method: form ? "POST" : "GET", body, headers: { cookie }, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) {
      const [pair] = line.split(";");
      this.cookies.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    }
    return answer;
  }

  // Follow the provider's pages to the end, saying yes; what it hands back.
  async agree(url) {
    for (let pages = 0; pages < 20; pages++) {
      if (String(url).startsWith(REDIRECT)) return new URL(url).searchParams;
      let page = await this.go(url);
      if (!page.headers.get("location")) {
        const text = await page.text();
        const prompt = text.match(/name="prompt" value="([^"]+)"/)[1];
        const action = new URL(text.match(/action="([^"]+)"/)[1], url);
        page = await this.go(action, { prompt, login: user, password: "made-up" });
      }
      url = new URL(page.headers.get("location"), url);
    }
    throw new Error("no way in");
  }
}

const browser = new Browser();
const kept = {};
const provider = {
  redirectUrl: REDIRECT,
  clientMetadata: {
    client_name: "test",
    redirect_uris: [REDIRECT],
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
  },
  clientInformation: () => ({ client_id: "claude", redirect_uris: [REDIRECT], token_endpoint_auth_method: "none" }),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => void (kept.tokens = tokens),
  saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
  codeVerifier: () => kept.verifier,
  saveDiscoveryState: (state) => void (kept.discovery = state),
  discoveryState: () => kept.discovery,
  redirectToAuthorization(url) {
    kept.url = url;
    told.asked.push(Object.fromEntries(url.searchParams));
  },
};

let transport;

async function connected() {
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode: "auto" } });
  transport = new StreamableHTTPClientTransport(new URL(server), { authProvider: provider });
  await client.connect(transport);
  return client;
}

// Do something; where that needs the person, send him, and do it again.
async function signedIn(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    await transport.finishAuth(await browser.agree(kept.url));
    return work();
  }
}

const client = await signedIn(connected);
const call = async (name) => told.said.push((await client.callTool({ name, arguments: {} })).content[0].text);
await signedIn(() => call("read"));
await signedIn(() => call("delete_all"));
const before = kept.tokens.refresh_token !== undefined && kept.tokens.access_token;
kept.tokens = { ...kept.tokens, access_token: `${before.slice(0, -8)}AAAAAAAA` };
await call("read");
told.refreshed = kept.tokens.access_token !== before && !kept.tokens.access_token.endsWith("AAAAAAAA");
await client.close();
console.log(JSON.stringify(told));
