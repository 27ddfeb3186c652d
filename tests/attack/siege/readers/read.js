// Reads documents in hex, one a line; writes each in the canonical form of differential.py.
const fs = require("fs");
const hex = (text) => Buffer.from(text, "utf8").toString("hex");
function canonical(value) {
  if (value === null) return "n";
  if (value === true) return "t";
  if (value === false) return "f";
  if (typeof value === "number") {
    const bits = Buffer.alloc(8);
    bits.writeDoubleBE(value === 0 ? 0 : value);
    return "d" + bits.toString("hex");
  }
  if (typeof value === "string") return "s" + hex(value);
  if (Array.isArray(value)) return "[" + value.map(canonical).join(",") + "]";
  return "{" + Object.keys(value).map((key) => hex(key) + ":" + canonical(value[key])).sort().join(",") + "}";
}
for (const line of fs.readFileSync(process.argv[2], "latin1").split("\n")) {
  console.log(canonical(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(line, "hex")))));
}
