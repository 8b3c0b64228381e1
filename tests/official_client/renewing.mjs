// A page whose `auth` is a function: it asks the test for a token each time that it connects. It does not renew.
import { io } from "socket.io-client";
import { given, obey, tell } from "./lines.mjs";

let hand;
const socket = io(`${given.url}/chat`, {
  auth: (answer) => {
    hand = answer;
    tell("wants", null);
  },
  transports: given.transports,
  reconnectionDelay: 100,
});

socket.on("connect", () => tell("connected", socket.id));
socket.on("connect_error", (error) => tell("connect_error", error.message));
socket.on("disconnect", (reason) => tell("disconnected", reason));
socket.onAny((event, ...said) => tell(event, said));

obey({
  take(token) {
    hand({ token });
  },
  emit([event, ...said]) {
    socket.emit(event, ...said, (ack) => tell("acked", ack));
  },
});
