// Live events in the browser: listen("todos:mine", (event) => …). Each event is { room, event, data }.
//
// It uses socket.io.min.js, which a script tag loads before this module. Where that or sockets are not there, nothing is
// heard and nothing breaks. After a gap every listener hears "live:resync": ask again for what is on the page.

const FIRST_TRIES = 4; // without having been connected once: sockets are not there
const RESYNC = "live:resync";
const SPREAD_MS = 1000; // not every browser asks in the moment in which a server came back

const listening = new Map(); // by the name that is asked for: { handlers, room, joined }
let socket = null;
let tries = 0;
let wasConnected = false;

export function listen(name, handler) {
  if (!globalThis.io) return () => {};
  socket ??= connect();
  const entry = listening.get(name) ?? begin(name);
  entry.handlers.add(handler);
  return () => stop(name, entry, handler);
}

function connect() {
  const io = globalThis.io({
    path: new URL("../../socket.io/", import.meta.url).pathname,
    transports: ["websocket"],
    reconnectionDelay: 500,
    reconnectionDelayMax: 30000,
    randomizationFactor: 0.5,
  });
  io.on("connect", () => {
    wasConnected = true;
    for (const name of listening.keys()) ask(name);
  });
  io.on("event", tell);
  io.on("connect_error", () => {
    tries += 1;
    const isRefused = !io.active; // they know us, or nobody, and it is no
    if (isRefused || (!wasConnected && tries >= FIRST_TRIES)) io.disconnect();
  });
  return io;
}

function begin(name) {
  const entry = { handlers: new Set(), room: null, joined: false };
  listening.set(name, entry);
  if (socket.connected) ask(name);
  return entry;
}

function stop(name, entry, handler) {
  entry.handlers.delete(handler);
  if (entry.handlers.size > 0 || listening.get(name) !== entry) return;
  listening.delete(name);
  if (socket.connected) socket.emit("leave", name);
}

function ask(name) {
  socket.emit("listen", name, (answer) => {
    const entry = listening.get(name);
    if (!entry || answer.refused) return;
    const mayHaveMissed = entry.joined || answer.recent;
    Object.assign(entry, { room: answer.room, joined: true });
    if (mayHaveMissed) resync(entry);
  });
}

function tell(event) {
  for (const entry of listening.values()) {
    if (event.event === RESYNC && (event.room === null || event.room === entry.room)) resync(entry);
    else if (event.room === entry.room) pass(entry, event);
  }
}

function resync(entry) {
  setTimeout(() => pass(entry, { room: entry.room, event: RESYNC, data: null }), Math.random() * SPREAD_MS);
}

function pass(entry, event) {
  for (const handler of entry.handlers) {
    try {
      handler(event);
    } catch (error) {
      console.error(error);
    }
  }
}
