// What passkit-generator understands of a pass that it did not make: its schemas run over pass.json.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.argv[2]}/`);
const { PKPass } = require("passkit-generator");
const files = JSON.parse(readFileSync(0, "utf8"));
const buffers = Object.fromEntries(Object.entries(files).map(([name, content]) => [name, Buffer.from(content, "base64")]));
const pass = new PKPass(buffers, undefined);
const { props } = pass;
const fields = ["headerFields", "primaryFields", "secondaryFields", "auxiliaryFields", "backFields"]
  .flatMap((place) => pass[place].map(({ key, value, label, changeMessage }) => ({ place, key, value, label, changeMessage })));
console.log(JSON.stringify({ type: pass.type, props, fields, languages: pass.languages }));
