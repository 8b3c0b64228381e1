// A page as it was written for the first server: it knows of no acks, numbers or keys. It sends what it is told to
// send and tells everything it hears.
import { io } from "socket.io-client";
import { given, obey, tell } from "./lines.mjs";

const socket = io(`${given.url}${given.namespace ?? "/chat"}`, {
  ...("auth" in given && { auth: given.auth }),
  ...(given.transports && { transports: given.transports }),
});

socket.io.on("open", () => {
  tell("opened", socket.io.engine.transport.name);
  socket.io.engine.once("upgrade", (transport) => tell("upgraded", transport.name));
});
socket.on("connect", () => {
  tell("connected", socket.id);
});
socket.on("connect_error", (error) => tell("connect_error", error.message));
socket.on("disconnect", (reason) => tell("disconnected", reason));
socket.onAny((event, ...said) => tell(event, said));

obey({
  emit([event, ...said]) {
    socket.emit(event, ...said);
  },
  disconnect() {
    socket.disconnect();
  },
});
