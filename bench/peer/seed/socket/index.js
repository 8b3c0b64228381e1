const jwt = require('jsonwebtoken');
const { Server } = require('socket.io');
const config = require('../config/config');
const { User, StudyRoom, RoomMember, Message, ActiveUser } = require('../models');
const { getOrFetch } = require('../utils/cache');

// Cache of the active users of each room: roomId → { users, readAt }
const activeRoomUsersCache = new Map();
const CACHE_EXPIRATION = 5 * 60 * 1000;

// Minimum of milliseconds between two writes of a room from the cache to the database.
const DATABASE_UPDATE_DELAY = 5000;
const pendingUpdates = new Map();

const authenticate = async (socket, next) => {
  try {
    const token = socket.handshake.auth.token;
    if (!token) {
      return next(new Error('Authentication token is required'));
    }
    const decoded = jwt.verify(token, config.jwt.secret);
    if (!decoded || !decoded.id) {
      return next(new Error('Invalid authentication token'));
    }
    socket.userId = decoded.id;
    next();
  } catch (error) {
    next(new Error('Authentication failed'));
  }
};

const getUserInfo = (userId) =>
  getOrFetch(`user:${userId}`, async () => {
    const user = await User.findByPk(userId, { attributes: ['id', 'firstName', 'lastName', 'avatar'] });
    return { id: user.id, name: `${user.firstName} ${user.lastName}`, avatar: user.avatar };
  });

const getActiveUsers = async (roomId) => {
  const cached = activeRoomUsersCache.get(roomId);
  if (cached && Date.now() - cached.readAt < CACHE_EXPIRATION) {
    return cached.users;
  }
  const users = new Map();
  const entry = { users, readAt: Date.now() };
  activeRoomUsersCache.set(roomId, entry);
  const rows = await ActiveUser.findAll({ where: { roomId }, include: { model: User, as: 'user' } });
  for (const { userId, user, status, lastActive } of rows) {
    if (!users.has(userId)) {
      const name = `${user.firstName} ${user.lastName}`;
      users.set(userId, { id: userId, name, avatar: user.avatar, status, lastActive });
    }
  }
  return users;
};

const updateDatabase = async (roomId) => {
  pendingUpdates.delete(roomId);
  const users = [...(activeRoomUsersCache.get(roomId)?.users.values() || [])];
  try {
    await ActiveUser.destroy({ where: { roomId } });
    await ActiveUser.bulkCreate(
      users.map(({ id, status, lastActive }) => ({ roomId, userId: id, status, lastActive })),
    );
    await StudyRoom.update(
      { activeMembers: users.length, isActive: users.length > 0, lastActive: new Date() },
      { where: { id: roomId } },
    );
  } catch (error) {
    console.error('Presence update failed:', error.message);
  }
};

const scheduleDatabaseUpdate = (roomId) => {
  if (!pendingUpdates.has(roomId)) {
    pendingUpdates.set(roomId, setTimeout(updateDatabase, DATABASE_UPDATE_DELAY, roomId));
  }
};

const setupSocket = (server) => {
  const io = new Server(server, { cors: { origin: '*' } });
  io.use(authenticate);

  const chatNamespace = io.of('/chat');
  chatNamespace.use(authenticate);

  chatNamespace.on('connection', (socket) => {
    const fail = (message, callback) => {
      if (callback) callback({ ok: false, message });
      else socket.emit('error', message);
    };

    const leave = async (roomId) => {
      socket.leave(roomId);
      const users = await getActiveUsers(roomId);
      users.delete(socket.userId);
      scheduleDatabaseUpdate(roomId);
      chatNamespace.to(roomId).emit('user-left', { userId: socket.userId, roomId, activeMembers: users.size });
    };

    socket.on('join-room', async (roomId, callback) => {
      try {
        const member = await RoomMember.findOne({ where: { roomId, userId: socket.userId } });
        if (!member) return fail('You are not a member of this room', callback);
        const info = await getUserInfo(socket.userId);
        const users = await getActiveUsers(roomId);
        const user = { ...info, status: 'active', lastActive: new Date() };
        socket.join(roomId);
        users.set(user.id, user);
        scheduleDatabaseUpdate(roomId);
        socket.emit('room-users', [...users.values()]);
        socket.to(roomId).emit('user-joined', { ...user, roomId, activeMembers: users.size });
        if (callback) callback({ ok: true });
      } catch (error) {
        fail(error.message, callback);
      }
    });

    socket.on('send-message', async (data, callback) => {
      try {
        const { roomId, content } = data;
        if (!content || !socket.rooms.has(roomId)) return fail('Join the room first', callback);
        const message = await Message.create({ roomId, senderId: socket.userId, content });
        const sender = await getUserInfo(socket.userId);
        const said = {
          id: message.id,
          roomId,
          content: message.content,
          isSystem: false,
          timestamp: message.timestamp,
          sender,
        };
        scheduleDatabaseUpdate(roomId);
        chatNamespace.to(roomId).emit('message', said);
        if (callback) callback({ ok: true, message: said });
      } catch (error) {
        fail(error.message, callback);
      }
    });

    socket.on('leave-room', async (roomId, callback) => {
      try {
        await leave(roomId);
        if (callback) callback({ ok: true });
      } catch (error) {
        fail(error.message, callback);
      }
    });

    socket.on('disconnecting', () => {
      for (const roomId of socket.rooms) {
        if (roomId !== socket.id) leave(roomId).catch((error) => console.error(error.message));
      }
    });
  });

  return chatNamespace;
};

module.exports = { setupSocket };
