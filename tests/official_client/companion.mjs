// Somebody in one room who loses nothing: the official client, which reconnects by itself, and on top of it what a
// page has to do. It comes back with the number of the last message it has, and sends again what was not acked.
import { randomUUID } from "node:crypto";
import { io } from "socket.io-client";
import { given, obey, tell } from "./lines.mjs";

const ACK_WITHIN = 6000; // ms; the server promises 5 s

const socket = io(`${given.url}/chat`, {
  auth: (answer) => answer({ token: given.token }),
  ...(given.transports && { transports: given.transports }),
});
const outbox = new Map(); // clientMessageId → content
let inside = false;
let held = []; // what is said while the answer to join-room is on its way
let last = 0;
let epoch = null;

function keep(message) {
  if (message.seq !== last + 1) tell("surprise", `message ${message.seq} after ${last}`);
  last = message.seq;
  tell("kept", message);
}

/** Show what was missed: all of it, or by pages where the ack has only the latest. */
async function catchUp({ epoch: current, firstSeq, lastSeq, missed }) {
  if (current !== epoch || lastSeq < last) last = 0;
  epoch = current;
  last = Math.max(last, firstSeq - 1);
  if (!missed.length || missed[0].seq <= last + 1) return missed.forEach(show);
  let pagination = { hasMore: true };
  while (pagination.hasMore) {
    const query = `after=${last}&limit=100`;
    const page = await fetch(`${given.url}/api/study-rooms/${given.room}/messages?${query}`, {
      headers: { Authorization: `Bearer ${given.token}` },
    });
    if (!page.ok) throw new Error(`a page was answered ${page.status}`);
    const { data } = await page.json();
    tell("paged", data.messages.length);
    data.messages.forEach(show);
    ({ pagination } = data);
  }
}

const show = (message) => message.seq > last && keep(message);

function join() {
  inside = false;
  held = [];
  const sid = socket.id;
  socket.timeout(ACK_WITHIN).emit("join-room", { roomId: given.room, since: last, epoch }, (error, answer) => {
    if (error) return lost("join-room", sid);
    if (!answer.ok) return refused("join-room", answer.error, sid, join);
    catchUp(answer).then(
      () => {
        if (socket.id !== sid) return; // lost again; the next answer goes on from here
        held.forEach(show);
        inside = true;
        tell("joined", { missed: answer.missed.length, epoch });
        [...outbox.keys()].forEach(send);
      },
      (error) => tell("surprise", String(error)),
    );
  });
}

function send(key) {
  const sid = socket.id;
  const message = { roomId: given.room, content: outbox.get(key), clientMessageId: key };
  socket.timeout(ACK_WITHIN).emit("send-message", message, (error, answer) => {
    if (error) return lost("send-message", sid);
    if (!answer.ok) return refused("send-message", answer.error, sid, () => send(key));
    outbox.delete(key);
    tell("acked", answer.message);
  });
}

function lost(event, sid) {
  // the client says so, too, of what was on its way when the connection ended
  if (socket.id === sid) tell("surprise", `${event} was not answered`);
}

function refused(event, error, sid, again) {
  if (error.retryAfter === undefined) tell("surprise", `${event}: ${error.message}`);
  else setTimeout(() => socket.id === sid && again(), 1000 * error.retryAfter);
}

socket.io.on("open", () => {
  tell("opened", socket.io.engine.transport.name);
  socket.io.engine.once("upgrade", (transport) => tell("upgraded", transport.name));
});
socket.on("connect", () => {
  tell("connected", socket.id);
  join();
});
socket.on("disconnect", (reason) => {
  inside = false;
  tell("disconnected", reason);
});
socket.on("message", (message) => (inside ? show(message) : held.push(message)));
for (const event of ["room-users", "user-joined", "user-left", "status-updated"]) {
  socket.on(event, (...said) => tell(event, said));
}

obey({
  say(content) {
    const key = randomUUID();
    outbox.set(key, content);
    if (inside) send(key);
  },
  // the network goes away without a word
  vanish() {
    socket.io.reconnection(false);
    socket.io.engine.transport.ws.terminate();
  },
  return() {
    socket.io.reconnection(true);
    socket.connect();
  },
  leave() {
    inside = false;
    socket.emit("leave-room", given.room);
  },
});
