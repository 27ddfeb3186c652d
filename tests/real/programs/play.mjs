// Plays a script against one server, for the clients of both TypeScript SDKs; play.py says what jobs look like.

const PATIENCE = 45;

export const sampled = (text) => `sampled [${text}]`;

export const withoutMeta = ({ _meta, ...rest } = {}) => rest;

const deadline = async (promise, count, what) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject({ timeout: what }), count * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
};

// Notifications as they came in, by method.
export class Heard {
  byMethod = new Map();

  add(method, params) {
    this.byMethod.set(method, [...(this.byMethod.get(method) ?? []), withoutMeta(params)]);
  }

  async take(method, count, patience) {
    const until = Date.now() + patience * 1000;
    while ((this.byMethod.get(method)?.length ?? 0) < count && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const found = this.byMethod.get(method) ?? [];
    this.byMethod.delete(method);
    return found;
  }
}

const KEYS = { tools: "name", prompts: "name", resources: "uri", templates: "uriTemplate" };
const byKey = (key) => (a, b) => (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : 0);

class Player {
  constructor(party, connect, target, blame) {
    Object.assign(this, { party, connect, target, blame });
  }

  async step(step) {
    try {
      return await deadline(this.run(step), PATIENCE, step);
    } catch (error) {
      return error.timeout ? error : this.blame(error);
    }
  }

  async run({ do: verb, ...rest }) {
    const { party } = this;
    switch (verb) {
      case "call":
        return this.call(party, rest);
      case "cancel":
        return this.cancel(rest);
      case "until":
        return this.until(rest);
      case "stir":
        return this.stir(rest);
      case "together":
        return Promise.all(rest.calls.map((call) => this.step({ do: "call", ...call })));
      case "twins":
        return this.twins(rest.calls);
      case "heard":
        return party.heard.take(rest.method, rest.count, rest.seconds ?? 5);
      case "level":
        this.level = rest.level;
        return party.level(rest.level);
      case "tools":
      case "resources":
      case "templates":
      case "prompts":
        return (await party[verb]()).sort(byKey(KEYS[verb]));
      default:
        return party[verb](rest);
    }
  }

  async call(party, { tool, arguments: given = {}, progress }) {
    const seen = [];
    const onprogress = progress ? (p) => seen.push([p.progress, p.total ?? null, p.message ?? null]) : undefined;
    const result = await party.call(tool, given, { onprogress }, this.level);
    return progress ? { result, progress: seen } : result;
  }

  async cancel({ tool, arguments: given = {} }) {
    const controller = new AbortController();
    const { promise: reported, resolve } = Promise.withResolvers?.() ?? withResolvers();
    const running = this.party.call(tool, given, { onprogress: resolve, signal: controller.signal });
    running.catch(() => {});
    const ended = await Promise.race([running.then((result) => ({ ended: result })), reported.then(() => null)]);
    if (ended) return ended;
    controller.abort("given up");
    return running.then(
      (result) => ({ ended: result }),
      () => ({ "given up": true }),
    );
  }

  // Repeat a call until a notification is heard: streams for them open in their own time.
  async stir({ tool, arguments: given = {}, method }) {
    for (;;) {
      const result = await this.party.call(tool, given, {});
      const [heard] = await this.party.heard.take(method, 1, 0.5);
      if (heard !== undefined) return { result, heard };
    }
  }

  async until({ tool, arguments: given = {}, says }) {
    for (;;) {
      const result = await this.party.call(tool, given, {});
      if (JSON.stringify(result).includes(says)) return result;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async twins(calls) {
    const parties = await Promise.all(calls.map(() => this.connect(this.target)));
    try {
      return await Promise.all(calls.map((call, index) => this.call(parties[index], call)));
    } finally {
      await Promise.all(parties.map((party) => party.close()));
    }
  }
}

function withResolvers() {
  const pair = {};
  pair.promise = new Promise((resolve, reject) => Object.assign(pair, { resolve, reject }));
  return pair;
}

export async function play(connect, blame) {
  let text = "";
  for await (const piece of process.stdin.setEncoding("utf8")) text += piece;
  const { target, scripts, keep } = JSON.parse(text);
  const tell = (script, seen) => console.log(JSON.stringify({ script, seen }));
  const all = Object.entries(scripts);
  for (const group of keep ? [all] : all.map((each) => [each])) {
    let party;
    try {
      party = await deadline(connect(target), PATIENCE, "connect");
      for (const [name, steps] of group) {
        const player = new Player(party, connect, target, blame);
        const seen = [];
        for (const step of steps) seen.push(await player.step(step));
        tell(name, seen);
      }
      await party.close();
    } catch (error) {
      tell("broken", [...group.map(([name]) => name), error.timeout ? error : blame(error)]);
    }
  }
  process.exit(0);
}
