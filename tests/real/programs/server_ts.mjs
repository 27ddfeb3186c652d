// The laboratory server, with the v1 TypeScript SDK: legacy, over Streamable HTTP or stdio (--stdio).

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { McpServer, ResourceTemplate } from "@modelcontextprotocol/sdk/server/mcp.js";
import { completable } from "@modelcontextprotocol/sdk/server/completable.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import {
  CreateMessageResultSchema,
  ElicitResultSchema,
  ListRootsResultSchema,
  SetLevelRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";

const REGIONS = ["eu-north", "eu-south", "us-east"];
const RETRY_MS = 100;
const PAUSE = 0.05; // between the last progress and the result: clients drop progress that comes at the same moment
const story = new Map();

const text = (value) => ({ content: [{ type: "text", text: value }] });
const sleep = (seconds, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new Error("cancelled"));
    });
  });

// Streams in order of arrival: ids must sort as the events came.
class Memory {
  events = [];
  async storeEvent(streamId, message) {
    this.events.push([streamId, message]);
    return String(this.events.length);
  }
  async getStreamIdForEventId(eventId) {
    return this.events[Number(eventId) - 1]?.[0];
  }
  async replayEventsAfter(lastEventId, { send }) {
    const number = Number(lastEventId);
    const streamId = this.events[number - 1]?.[0];
    if (streamId === undefined) return "";
    for (const [index, [stream, message]] of [...this.events.entries()].slice(number)) {
      if (stream === streamId && message && Object.keys(message).length) await send(String(index + 1), message);
    }
    return streamId;
  }
}

async function progress(extra, done, total, message) {
  const progressToken = extra._meta?.progressToken;
  if (progressToken === undefined) return;
  await extra.sendNotification({
    method: "notifications/progress",
    params: { progressToken, progress: done, total, message },
  });
}

function build() {
  const server = new McpServer(
    { name: "lab", version: "1.0.0" },
    { capabilities: { logging: {}, resources: { subscribe: true, listChanged: true } }, instructions: "A laboratory." },
  );
  addPlain(server);
  addSlow(server);
  addAsking(server);
  addChanging(server);
  addResourcesAndPrompts(server);
  for (const name of grown.keys()) addGrown(server, name);
  servers.add(server);
  server.server.onclose = () => {
    servers.delete(server);
    for (const tools of grown.values()) tools.delete(server);
  };
  return server;
}

function addPlain(server) {
  const tool = (name, description, inputSchema, run) => server.registerTool(name, { description, inputSchema }, run);
  tool("echo", "Say the same thing back.", { text: z.string() }, ({ text: said }) => text(said));
  tool("fail", "Fail, and say why.", { text: z.string() }, ({ text: said }) => {
    throw new Error(said);
  });
  tool("forbidden", "What the policy denies.", {}, () => text("this must never be read"));
  tool("large", "A text of `size` characters.", { size: z.number().int() }, ({ size }) =>
    text("0123456789".repeat(size / 10)),
  );
  server.registerTool(
    "shape",
    {
      description: "Structured content.",
      inputSchema: { region: z.string(), sides: z.number().int().default(4) },
      outputSchema: { region: z.string(), sides: z.number(), nested: z.object({ list: z.array(z.any()) }) },
    },
    ({ region, sides }) => {
      const structuredContent = { region, sides, nested: { list: [1, 2.5, null, true, "ü"] } };
      return { ...text(JSON.stringify(structuredContent)), structuredContent };
    },
  );
  tool("media", "Every kind of content.", {}, () => ({
    content: [
      { type: "image", data: "iVBORw0KGgo=", mimeType: "image/png" },
      { type: "audio", data: "UklGRg==", mimeType: "audio/wav" },
      { type: "resource_link", uri: "lab://text", name: "text" },
      { type: "resource", resource: { uri: "lab://inner", text: "inside" } },
    ],
  }));
}

function addSlow(server) {
  const tool = (name, description, inputSchema, run) => server.registerTool(name, { description, inputSchema }, run);
  tool(
    "count",
    "Count, reporting progress.",
    { to: z.number().int(), pause: z.number().default(0.02) },
    async ({ to, pause }, extra) => {
      for (let number = 1; number <= to; number++) {
        await sleep(pause);
        await progress(extra, number, to, `counted to ${number}`);
      }
      await sleep(PAUSE);
      return text(`counted to ${to}`);
    },
  );
  tool(
    "slow",
    "Report progress once, then work in silence.",
    { name: z.string(), seconds: z.number() },
    async ({ name, seconds }, extra) => {
      const chapters = story.get(name) ?? story.set(name, []).get(name);
      chapters.push("started");
      await progress(extra, 0, 1, "started");
      try {
        await sleep(seconds, extra.signal);
      } catch (error) {
        chapters.push("cancelled");
        throw error;
      }
      chapters.push("finished");
      return text(`${name} is done`);
    },
  );
  tool("story", "What became of a slow call.", { name: z.string() }, ({ name }) =>
    text((story.get(name) ?? ["nothing"]).join(", then ")),
  );
  tool("polled", "Close the stream halfway: the client must resume it.", {}, async (_, extra) => {
    await progress(extra, 1, 2, "before");
    extra.closeSSEStream?.();
    await sleep(0.3);
    await progress(extra, 2, 2, "after");
    await sleep(PAUSE);
    return text("polled");
  });
}

function addAsking(server) {
  const tool = (name, description, inputSchema, run) => server.registerTool(name, { description, inputSchema }, run);
  tool("ask", "Ask the user for a name.", {}, async (_, extra) => {
    const requestedSchema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
    const answer = await extra.sendRequest(
      { method: "elicitation/create", params: { message: "Who is asking?", requestedSchema } },
      ElicitResultSchema,
    );
    return text(answer.action === "accept" ? `hello, ${answer.content.name}` : "then not");
  });
  tool("sample", "Ask the client's model.", { text: z.string() }, async ({ text: said }, extra) => {
    const content = { type: "text", text: `Summarize: ${said}` };
    const answer = await extra.sendRequest(
      { method: "sampling/createMessage", params: { messages: [{ role: "user", content }], maxTokens: 50 } },
      CreateMessageResultSchema,
    );
    return text(answer.content.text);
  });
  tool("roots", "Ask for the client's roots.", {}, async (_, extra) => {
    const listed = await extra.sendRequest({ method: "roots/list" }, ListRootsResultSchema);
    return text(listed.roots.map((root) => root.uri).join(" "));
  });
  tool("log", "Log at two levels.", { text: z.string() }, async ({ text: said }, extra) => {
    for (const [level, data] of [
      ["debug", `debug ${said}`],
      ["warning", { text: said }],
    ]) {
      await extra.sendNotification({ method: "notifications/message", params: { level, data, logger: "lab" } });
    }
    return text("logged");
  });
}

const servers = new Set();
const grown = new Map();

function addGrown(server, name) {
  const tool = server.registerTool(name, { description: "", inputSchema: {} }, () => text(`${name} grew`));
  grown.get(name).set(server, tool);
}

function addChanging(server) {
  const tool = (name, description, inputSchema, run) => server.registerTool(name, { description, inputSchema }, run);
  tool("touch", "Say that a note changed.", { key: z.string() }, async ({ key }) => {
    await server.server.sendResourceUpdated({ uri: `lab://note/${key}` });
    return text(`touched lab://note/${key}`);
  });
  // A server of this SDK is one session; tools that grow belong to all of them, as with the other SDKs.
  tool("grow", "Add a tool.", { name: z.string() }, ({ name }) => {
    grown.set(name, new Map());
    for (const each of servers) addGrown(each, name);
    return text(`${name} was added`);
  });
  tool("shrink", "Take a tool away.", { name: z.string() }, ({ name }) => {
    for (const tool of grown.get(name).values()) tool.remove();
    grown.delete(name);
    return text(`${name} was taken away`);
  });
}

function addResourcesAndPrompts(server) {
  server.registerResource("text", "lab://text", { mimeType: "text/plain" }, (uri) => ({
    contents: [{ uri: uri.href, mimeType: "text/plain", text: "grüße, 世界" }],
  }));
  server.registerResource("bytes", "lab://bytes", { mimeType: "application/octet-stream" }, (uri) => ({
    contents: [{ uri: uri.href, mimeType: "application/octet-stream", blob: "iVBORw0KGgo=" }],
  }));
  const template = new ResourceTemplate("lab://note/{key}", { list: undefined });
  server.registerResource("note", template, { mimeType: "text/plain" }, (uri, { key }) => ({
    contents: [{ uri: uri.href, mimeType: "text/plain", text: `note ${key}` }],
  }));
  const region = completable(z.string(), (value) => REGIONS.filter((each) => each.startsWith(value)));
  server.registerPrompt("greet", { description: "Greet a region.", argsSchema: { region } }, ({ region: where }) => ({
    messages: [{ role: "user", content: { type: "text", text: `Greet ${where}.` } }],
  }));
  server.server.setRequestHandler(SubscribeRequestSchema, () => ({}));
  server.server.setRequestHandler(UnsubscribeRequestSchema, () => ({}));
  server.server.setRequestHandler(SetLevelRequestSchema, () => ({}));
}

function serve() {
  const sessions = new Map();
  const listener = createServer(async (request, response) => {
    const known = sessions.get(request.headers["mcp-session-id"]);
    if (known) return known.handleRequest(request, response);
    if (request.headers["mcp-session-id"]) return response.writeHead(404).end("{}");
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: new Memory(), // one for each session: the streams for notifications have the same name in all
      retryInterval: RETRY_MS,
      onsessioninitialized: (id) => sessions.set(id, transport),
      onsessionclosed: (id) => sessions.delete(id),
    });
    await build().connect(transport);
    await transport.handleRequest(request, response);
  });
  listener.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${listener.address().port}/mcp`));
}

if (process.argv.includes("--stdio")) await build().connect(new StdioServerTransport());
else serve();
