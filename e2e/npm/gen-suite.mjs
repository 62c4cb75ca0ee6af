// Gives every value of the JSON Schema Test Suite to the schema that was made of its JSON Schema, and prints on which they disagree.

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';

const [file, tests] = process.argv.slice(2);
const { RemoteCommandSchema } = await import(pathToFileURL(file));
const seen = { accepted: 0, refused: 0, wronglyRefused: [], wronglyAccepted: [] };
for (const { id, description, data, valid } of JSON.parse(readFileSync(tests, 'utf8'))) {
  const { success } = v.safeParse(RemoteCommandSchema[id].request, data);
  if (success && valid) seen.accepted += 1;
  else if (!success && !valid) seen.refused += 1;
  else (valid ? seen.wronglyRefused : seen.wronglyAccepted).push(description);
}
console.log(JSON.stringify(seen, null, 1));
