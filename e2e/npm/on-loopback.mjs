// `node --import on-loopback.mjs SERVER` has a server listen on the loopback address, at a free port, and prints where.

import { Server } from 'node:net';

const { listen } = Server.prototype;
Server.prototype.listen = function (_port, ...rest) {
  this.once('listening', () => console.log(`listening on 127.0.0.1:${this.address().port}`));
  return listen.call(this, { host: '127.0.0.1', port: 0 }, ...rest);
};
