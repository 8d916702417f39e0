// Compiles a JSON Schema with ajv in strict mode and says of each document in a file whether it fits.
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");
const [modules, schema, documents] = process.argv.slice(2);
const from = createRequire(`${modules}/`);
const Ajv = from("ajv").default;
const ajv = new Ajv({ strict: true, strictTypes: true, strictTuples: true, strictRequired: true, allErrors: true });
from("ajv-formats").default(ajv);
const fits = ajv.compile(JSON.parse(readFileSync(schema, "utf8")));
const found = {};
for (const [name, document] of Object.entries(JSON.parse(readFileSync(documents, "utf8")))) {
  found[name] = fits(document) ? "" : ajv.errorsText(fits.errors);
}
process.stdout.write(JSON.stringify(found));
