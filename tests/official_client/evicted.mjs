// Pages whose sessions end just when something happens to them: each tells what it hears of its end.
import { io } from "socket.io-client";
import { given, obey, tell } from "./lines.mjs";

given.tokens.forEach((token, number) => {
  const when = given.when[number % given.when.length];
  const socket = io(`${given.url}/chat`, { auth: { token }, forceNew: true, transports: given.transports });
  const end = () =>
    fetch(`${given.url}/api/auth/logout`, { method: "POST", headers: { Authorization: `Bearer ${token}` } }).then(
      () => tell("ended", number),
    );
  if (when !== "connect") socket.io.engine.on(when, end);
  socket.on("connect", () => {
    tell("connected", number);
    if (when === "connect") end();
  });
  socket.on("disconnect", (reason) => tell("disconnected", [number, reason]));
  socket.on("connect_error", (error) => tell("connect_error", [number, error.message]));
});

obey({});
