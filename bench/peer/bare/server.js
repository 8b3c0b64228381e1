// Socket.IO without an application, database or passwords: node server.js PORT
//
// Clients receive the same events as from the other servers: joins and messages are sent to all users in the room.
const http = require('http');
const { randomUUID } = require('crypto');
const { Server } = require('socket.io');

const server = http.createServer();
const io = new Server(server);
io.on('connection', () => {});

const chat = io.of('/chat');

chat.on('connection', (socket) => {
  const sender = { id: socket.handshake.auth.token, name: 'Ada Okafor', avatar: null };

  socket.on('join-room', (roomId, callback) => {
    socket.join(roomId);
    const activeMembers = chat.adapter.rooms.get(roomId).size;
    const lastActive = new Date();
    socket.to(roomId).emit('user-joined', { ...sender, status: 'active', lastActive, roomId, activeMembers });
    if (callback) callback({ ok: true });
  });

  socket.on('send-message', ({ roomId, content }, callback) => {
    const said = { id: randomUUID(), roomId, content, isSystem: false, timestamp: new Date(), sender };
    chat.to(roomId).emit('message', said);
    if (callback) callback({ ok: true, message: said });
  });

  socket.on('leave-room', (roomId, callback) => {
    socket.leave(roomId);
    if (callback) callback({ ok: true });
  });
});

server.listen(Number(process.argv[2] || 5000), '127.0.0.1', () => {
  console.log(`Server running in ${process.env.NODE_ENV} mode on port ${server.address().port}`);
});
