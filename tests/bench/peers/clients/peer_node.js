// node's ws, with the command line and the result of the other peers (task.h, measure.h).
// perMessageDeflate is off, as its README advises for speed; TCP_NODELAY it sets itself. Its
// native helpers are not installed, as they are optional; node's own check of UTF-8 is used.
'use strict';

const fs = require('fs');
const WebSocket = require('ws');

function parse(args) {
  const task = { mode: args[0], size: 64, seconds: 1 };
  for (let i = 1; i + 1 < args.length; i += 2) {
    const name = args[i].slice(2);
    if (!['url', 'size', 'seconds', 'count', 'ca'].includes(name)) throw Error(`unknown option ${args[i]}`);
    task[name] = name === 'url' || name === 'ca' ? args[i + 1] : Number(args[i + 1]);
  }
  return task;
}

function cpuNs() {
  const used = process.cpuUsage();
  return (used.user + used.system) * 1000;
}

class RoundTrips {
  constructor(seconds) {
    this.last = performance.now();
    this.begin = this.last + seconds * 100;
    this.end = this.begin + seconds * 1000;
    this.warm = false;
    this.took = [];
  }

  lap() {
    const now = performance.now();
    if (!this.warm) {
      if (now >= this.begin) {
        this.warm = true;
        this.end += now - this.begin;
        this.begin = this.last = now;
        this.cpu = cpuNs();
      }
      return true;
    }
    this.took.push(now - this.last);
    this.last = now;
    if (now < this.end) return true;
    this.cpu = cpuNs() - this.cpu;
    return false;
  }

  print() {
    const ops = this.took.length;
    if (ops === 0) throw Error('nothing was measured');
    this.took.sort((a, b) => a - b);
    console.log(JSON.stringify({
      ops, seconds: (this.last - this.begin) / 1000, cpu_ns_per_op: this.cpu / ops,
      p99_us: this.took[Math.floor(ops * 0.99)] * 1000,
    }));
  }
}

class Arrivals {
  constructor(seconds) {
    this.begin = performance.now() + seconds * 100;
    this.end = this.begin + seconds * 1000;
    this.warm = false;
    this.count = 0;
  }

  message() {
    if (++this.count % 256 !== 0) return true;
    const now = performance.now();
    if (!this.warm) {
      if (now >= this.begin) {
        this.warm = true;
        this.end += now - this.begin;
        this.begin = now;
        this.first = this.count;
        this.cpu = cpuNs();
      }
      return true;
    }
    if (now < this.end) return true;
    this.over = now;
    this.cpu = cpuNs() - this.cpu;
    return false;
  }

  print() {
    const ops = this.count - this.first;
    console.log(JSON.stringify({
      ops, seconds: (this.over - this.begin) / 1000, cpu_ns_per_op: this.cpu / ops,
    }));
  }
}

// As transcript.cpp makes it.
function makeTranscript(bytes) {
  const text = 'The build is green again.\nThe cause was a "stale" cache: it kept the headers of an ' +
    'older compiler, and so the symbol was found twice. I have cleared it, and added a check that ' +
    'compares the versions first.';
  const count = Math.max(1, Math.floor(bytes / 300));
  const turns = [];
  for (let i = 0; i < count; ++i) {
    turns.push({
      role: i % 2 === 0 ? 'user' : 'assistant', text, at_ms: 1767225600000 + i * 1000,
      score: 0.5 + i / 1024, last: i + 1 === count,
    });
  }
  return { session_id: '20260105_101500_9f3c2a', turns };
}

function checkSame(sent, came) {
  const last = sent.turns.length - 1;
  if (came.session_id !== sent.session_id || came.turns.length !== sent.turns.length ||
      came.turns[last].text !== sent.turns[last].text ||
      came.turns[last].score !== sent.turns[last].score) {
    throw Error('the answer is not what was sent');
  }
}

function checkSize(task, data) {
  if (data.length !== task.size) throw Error(`a message of ${data.length} bytes came`);
}

const modes = {
  echo(task, socket) {
    const message = 'x'.repeat(task.size);
    let trips;
    socket.on('open', () => {
      trips = new RoundTrips(task.seconds);
      socket.send(message);
    });
    socket.on('message', (data) => {
      checkSize(task, data);
      if (trips.lap()) return socket.send(message);
      trips.print();
      process.exit(0);
    });
  },

  flood(task, socket) {
    const arrivals = new Arrivals(task.seconds);
    socket.on('message', (data) => {
      checkSize(task, data);
      if (arrivals.message()) return;
      arrivals.print();
      process.exit(0);
    });
  },

  rpc(task, socket) {
    const sent = makeTranscript(task.size);
    let id = 0;
    let trips;
    const ask = () => socket.send(
      JSON.stringify({ jsonrpc: '2.0', id: ++id, method: 'echo', params: sent }));
    socket.on('message', (data) => {
      const message = JSON.parse(data);
      if (message.method === 'event') { // gateway.ready
        trips = new RoundTrips(task.seconds);
        return ask();
      }
      if (message.id !== id) throw Error('the answer is no result of this request');
      checkSame(sent, message.result);
      if (trips.lap()) return ask();
      trips.print();
      process.exit(0);
    });
  },
};

try {
  if (process.argv[2] === 'modes') {
    console.log(Object.keys(modes).join('\n'));
    process.exit(0);
  }
  const task = parse(process.argv.slice(2));
  if (!modes[task.mode]) throw Error(`the modes are ${Object.keys(modes).join(' ')}`);
  const socket = new WebSocket(task.url, {
    perMessageDeflate: false,
    ca: task.ca && fs.readFileSync(task.ca),
  });
  socket.on('error', (wrong) => {
    console.error(`peer-node: ${wrong.message}`);
    process.exit(1);
  });
  modes[task.mode](task, socket);
} catch (wrong) {
  console.error(`peer-node: ${wrong.message}`);
  process.exit(2);
}
