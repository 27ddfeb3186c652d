// The client of the TypeScript SDK v2. Its one argument: `auto` (ask the server), `modern` (nothing else) or `legacy`.

import { Client, LOG_LEVEL_META_KEY, ProtocolError, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Heard, play, sampled } from "./play.mjs";

const MODE = { auto: "auto", modern: { pin: "2026-07-28" }, legacy: "legacy" }[process.argv[2]];
const MODERN = "2026-07-28";
const LISTED = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };

class Party {
  constructor(client, transport, heard) {
    Object.assign(this, { client, transport, heard });
    this.modern = client.getNegotiatedProtocolVersion() === MODERN;
  }

  async hello() {
    return {
      version: this.client.getNegotiatedProtocolVersion(),
      server: this.client.getServerVersion()?.name ?? null,
      instructions: this.client.getInstructions() ?? null,
      capabilities: this.client.getServerCapabilities(),
    };
  }

  ping = async () => (this.modern ? {} : this.client.ping());
  tools = async () => (await this.client.listTools(undefined, { cacheMode: "bypass" })).tools;
  resources = async () => (await this.client.listResources()).resources;
  templates = async () => (await this.client.listResourceTemplates()).resourceTemplates;
  read = ({ uri }) => this.client.readResource({ uri });
  prompts = async () => (await this.client.listPrompts()).prompts;
  prompt = ({ name, arguments: given }) => this.client.getPrompt({ name, arguments: given });
  complete = ({ ref, argument }) => this.client.complete({ ref, argument });
  level = async (level) => (this.modern ? {} : this.client.setLoggingLevel(level));

  call(name, given, options, level) {
    const meta = level && this.modern ? { _meta: { [LOG_LEVEL_META_KEY]: level } } : {};
    return this.client.callTool({ name, arguments: given, ...meta }, options);
  }

  async listen() {
    return this.modern ? { honored: (await this.client.listen(LISTED)).honoredFilter } : {};
  }

  async subscribe({ uri }) {
    if (!this.modern) return this.client.subscribeResource({ uri });
    return { honored: (await this.client.listen({ resourceSubscriptions: [uri] })).honoredFilter };
  }

  unsubscribe = async ({ uri }) => (this.modern ? {} : this.client.unsubscribeResource({ uri }));

  async close() {
    await this.transport.terminateSession?.();
    await this.client.close();
  }
}

async function connect(target) {
  const heard = new Heard();
  const client = new Client(
    { name: "lab-client", version: "1" },
    { capabilities: { sampling: {}, elicitation: {}, roots: {} }, versionNegotiation: { mode: MODE } },
  );
  client.fallbackNotificationHandler = async ({ method, params }) => heard.add(method, params);
  client.setRequestHandler("sampling/createMessage", ({ params }) => ({
    role: "assistant",
    model: "lab",
    stopReason: "endTurn",
    content: { type: "text", text: sampled([params.messages.at(-1).content].flat()[0].text) },
  }));
  client.setRequestHandler("elicitation/create", ({ params }) => {
    heard.add("elicitation/create", { message: params.message });
    return { action: "accept", content: { name: "Ada" } };
  });
  client.setRequestHandler("roots/list", () => ({ roots: [{ uri: "file:///lab", name: "lab" }] }));
  const transport = target.url
    ? new StreamableHTTPClientTransport(new URL(target.url), {
        requestInit: target.token ? { headers: { Authorization: `Bearer ${target.token}` } } : {},
      })
    : new StdioClientTransport({ command: target.command[0], args: target.command.slice(1) });
  await client.connect(transport);
  return new Party(client, transport, heard);
}

const blame = (error) =>
  error instanceof ProtocolError
    ? { error: { code: error.code, message: error.message.replace(/^MCP error -?\d+: /, "") } }
    : { raised: `${error.name}: ${error.message}` };

await play(connect, blame);
