/** The client of Socket.IO, in a chunk of its own: guests do not connect. */

export { io } from "socket.io-client";
