const bcrypt = require('bcrypt');
const express = require('express');
const jwt = require('jsonwebtoken');
const config = require('../config/config');
const { protect } = require('../middleware/auth');
const { User } = require('../models');

const router = express.Router();

const profile = (user) => ({
  id: user.id,
  firstName: user.firstName,
  lastName: user.lastName,
  name: `${user.firstName} ${user.lastName}`,
  email: user.email,
  role: user.role,
  avatar: user.avatar,
  bio: user.bio,
  createdAt: user.createdAt,
  lastLogin: user.lastLogin,
});

const sendToken = (res, status, user) => {
  const token = jwt.sign({ id: user.id }, config.jwt.secret, { expiresIn: config.jwt.expiresIn });
  res.status(status).json({ success: true, token, user: profile(user) });
};

router.post('/register', async (req, res) => {
  const { firstName, lastName, email, password } = req.body;
  if (await User.findOne({ where: { email } })) {
    return res.status(409).json({ success: false, message: 'User already exists' });
  }
  const hashed = await bcrypt.hash(password, config.bcryptRounds);
  sendToken(res, 201, await User.create({ firstName, lastName, email, password: hashed, lastLogin: new Date() }));
});

router.post('/login', async (req, res) => {
  const { email, password } = req.body;
  const user = await User.findOne({ where: { email } });
  if (!user || !(await bcrypt.compare(password, user.password))) {
    return res.status(401).json({ success: false, message: 'Invalid credentials' });
  }
  user.lastLogin = new Date();
  await user.save();
  sendToken(res, 200, user);
});

router.get('/me', protect, (req, res) => res.json({ success: true, data: profile(req.user) }));

module.exports = router;
