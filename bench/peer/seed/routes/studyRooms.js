const express = require('express');
const { Op } = require('sequelize');
const { protect } = require('../middleware/auth');
const { StudyRoom, RoomMember, User, Message } = require('../models');
const { getOrFetch, invalidateCache } = require('../utils/cache');

const router = express.Router();
router.use(protect);

const personal = ['id', 'firstName', 'lastName', 'avatar'];

const notFound = (res) => res.status(404).json({ success: false, message: 'Study room not found' });
const notAMember = (res) => res.status(403).json({ success: false, message: 'You are not a member of this room' });

const isMember = async (roomId, userId) => (await RoomMember.findOne({ where: { roomId, userId } })) !== null;

const senderOf = (user) =>
  user && { id: user.id, name: `${user.firstName} ${user.lastName}`, avatar: user.avatar };

const shown = (message, sender) => ({
  id: message.id,
  roomId: message.roomId,
  content: message.content,
  isSystem: message.isSystem,
  timestamp: message.timestamp,
  sender: senderOf(sender),
});

router.get('/', async (req, res) => {
  const userRooms = await StudyRoom.findAll({
    include: { model: User, as: 'members', where: { id: req.user.id }, attributes: [] },
    order: [['lastActive', 'DESC']],
  });
  const discoverRooms = await StudyRoom.findAll({
    where: { id: { [Op.notIn]: userRooms.map((room) => room.id) } },
    order: [['createdAt', 'DESC']],
    limit: 20,
  });
  res.json({ success: true, data: { userRooms, discoverRooms } });
});

router.post('/', async (req, res) => {
  const { name, description, subject, image } = req.body;
  const room = await StudyRoom.create({ name, description, subject, image, createdBy: req.user.id });
  await RoomMember.create({ roomId: room.id, userId: req.user.id, role: 'owner' });
  invalidateCache(`dashboard:${req.user.id}`);
  res.status(201).json({ success: true, data: room });
});

router.get('/:id', async (req, res) => {
  const data = await getOrFetch(`room:${req.params.id}`, async () => {
    const room = await StudyRoom.findByPk(req.params.id, {
      include: { model: User, as: 'members', attributes: personal, through: { attributes: ['role'] } },
    });
    return room && room.toJSON();
  });
  if (!data) return notFound(res);
  if (!data.members.some((member) => member.id === req.user.id)) return notAMember(res);
  res.json({ success: true, data });
});

router.post('/:id/join', async (req, res) => {
  const room = await StudyRoom.findByPk(req.params.id);
  if (!room) return notFound(res);
  const [, created] = await RoomMember.findOrCreate({ where: { roomId: room.id, userId: req.user.id } });
  if (created) {
    await room.increment('totalMembers');
    invalidateCache(`room:${room.id}`);
    invalidateCache(`dashboard:${req.user.id}`);
  }
  res.json({ success: true, data: room });
});

router.get('/:id/messages', async (req, res) => {
  if (!(await isMember(req.params.id, req.user.id))) return notAMember(res);
  const page = Number(req.query.page || 1);
  const limit = Number(req.query.limit || 50);
  const { count, rows } = await Message.findAndCountAll({
    where: { roomId: req.params.id },
    include: { model: User, as: 'sender', attributes: personal },
    order: [['timestamp', 'DESC']],
    limit,
    offset: (page - 1) * limit,
  });
  const messages = rows.reverse().map((message) => shown(message, message.sender));
  res.json({
    success: true,
    data: { messages, pagination: { page, limit, total: count, pages: Math.ceil(count / limit) } },
  });
});

router.post('/:id/messages', async (req, res) => {
  if (!(await isMember(req.params.id, req.user.id))) return notAMember(res);
  const message = await Message.create({
    roomId: req.params.id,
    senderId: req.user.id,
    content: req.body.content,
  });
  const data = shown(message, req.user);
  req.app.get('chat').to(req.params.id).emit('message', data);
  res.status(201).json({ success: true, data });
});

module.exports = router;
