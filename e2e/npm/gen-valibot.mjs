// Gives every example to the schema that was made of its JSON Schema: its valid values must pass, its invalid ones must not.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';

const [file, folder] = process.argv.slice(2);
const { RemoteCommandSchema } = await import(pathToFileURL(file));
const wrong = [];
let [schemas, values] = [0, 0];
for (const name of readdirSync(folder).sort()) {
  const { valid, invalid } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const { request } = RemoteCommandSchema[`example.${name.replace(/\.json$/, '')}`];
  schemas += 1;
  for (const [list, expected] of [[valid, true], [invalid, false]]) {
    for (const value of list) {
      values += 1;
      if (v.safeParse(request, value).success !== expected) {
        wrong.push(`${name}: ${expected ? 'refuses' : 'takes'} ${JSON.stringify(value)}`);
      }
    }
  }
}
if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exit(1);
}
console.log(JSON.stringify({ schemas, values }));
