const express = require('express');
const { protect } = require('../middleware/auth');
const { StudyRoom, User, Message } = require('../models');
const { getOrFetch } = require('../utils/cache');

const router = express.Router();

const senderOf = { model: User, as: 'sender', attributes: ['id', 'firstName', 'lastName', 'avatar'] };

const fetchDashboard = async (userId) => {
  const rooms = await StudyRoom.findAll({
    include: { model: User, as: 'members', where: { id: userId }, attributes: [] },
    order: [['lastActive', 'DESC']],
  });
  const recent = await Message.findAll({
    where: { roomId: rooms.map((room) => room.id) },
    include: senderOf,
    order: [['timestamp', 'DESC']],
    limit: 10,
  });
  return {
    activeRooms: rooms.slice(0, 5).map((room) => ({
      id: room.id,
      name: room.name,
      image: room.image,
      activeMembers: room.activeMembers,
      totalMembers: room.totalMembers,
      lastActive: room.lastActive,
    })),
    recentMessages: recent.map((message) => message.toJSON()),
  };
};

router.get('/', protect, async (req, res) => {
  const data = await getOrFetch(`dashboard:${req.user.id}`, () => fetchDashboard(req.user.id));
  res.json({ success: true, data });
});

module.exports = router;
