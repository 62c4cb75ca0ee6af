// Loads a client and a map of schemas, and prints the keys of the map.

import { pathToFileURL } from 'node:url';

const [client, schemas] = process.argv.slice(2);
const made = await import(pathToFileURL(client));
const names = Object.keys(made).filter((name) => name.endsWith('Client') && name !== 'BaseClient');
if (names.length !== 1) throw new Error(`one client, not ${names}`);
new made[names[0]]({ url: 'http://127.0.0.1:1' });
const { RemoteCommandSchema } = await import(pathToFileURL(schemas));
console.log(JSON.stringify(Object.keys(RemoteCommandSchema)));
