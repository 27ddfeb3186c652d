// The client of the v1 TypeScript SDK: it speaks the legacy eras only.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  McpError,
} from "@modelcontextprotocol/sdk/types.js";
import { Heard, play, sampled } from "./play.mjs";

class Party {
  constructor(client, transport, heard) {
    Object.assign(this, { client, transport, heard });
  }

  async hello() {
    return {
      version: this.transport.protocolVersion ?? null,
      server: this.client.getServerVersion()?.name,
      instructions: this.client.getInstructions() ?? null,
      capabilities: this.client.getServerCapabilities(),
    };
  }

  ping = () => this.client.ping();
  tools = async () => (await this.client.listTools()).tools;
  call = (name, given, options) => this.client.callTool({ name, arguments: given }, undefined, options);
  resources = async () => (await this.client.listResources()).resources;
  templates = async () => (await this.client.listResourceTemplates()).resourceTemplates;
  read = ({ uri }) => this.client.readResource({ uri });
  subscribe = ({ uri }) => this.client.subscribeResource({ uri });
  unsubscribe = ({ uri }) => this.client.unsubscribeResource({ uri });
  listen = async () => ({});
  prompts = async () => (await this.client.listPrompts()).prompts;
  prompt = ({ name, arguments: given }) => this.client.getPrompt({ name, arguments: given });
  complete = ({ ref, argument }) => this.client.complete({ ref, argument });
  level = (level) => this.client.setLoggingLevel(level);

  async close() {
    await this.transport.terminateSession?.();
    await this.client.close();
  }
}

async function connect(target) {
  const heard = new Heard();
  const client = new Client(
    { name: "lab-client", version: "1" },
    { capabilities: { sampling: {}, elicitation: {}, roots: {} } },
  );
  client.fallbackNotificationHandler = async ({ method, params }) => heard.add(method, params);
  client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => ({
    role: "assistant",
    model: "lab",
    stopReason: "endTurn",
    content: { type: "text", text: sampled(params.messages.at(-1).content.text) },
  }));
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    heard.add("elicitation/create", { message: params.message });
    return { action: "accept", content: { name: "Ada" } };
  });
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: "file:///lab", name: "lab" }] }));
  const transport = target.url
    ? new StreamableHTTPClientTransport(new URL(target.url), {
        requestInit: target.token ? { headers: { Authorization: `Bearer ${target.token}` } } : {},
      })
    : new StdioClientTransport({ command: target.command[0], args: target.command.slice(1) });
  await client.connect(transport);
  return new Party(client, transport, heard);
}

const blame = (error) =>
  error instanceof McpError
    ? { error: { code: error.code, message: error.message.replace(/^MCP error -?\d+: /, "") } }
    : { raised: `${error.name}: ${error.message}` };

await play(connect, blame);
