const jwt = require('jsonwebtoken');
const config = require('../config/config');
const { User } = require('../models');

// The user of a request is read from the database: only users of sockets are cached.
const protect = async (req, res, next) => {
  const [scheme, token] = (req.headers.authorization || '').split(' ');
  if (scheme !== 'Bearer' || !token) {
    return res.status(401).json({ success: false, message: 'Not authorized to access this route' });
  }
  let decoded;
  try {
    decoded = jwt.verify(token, config.jwt.secret);
  } catch {
    return res.status(401).json({ success: false, message: 'Not authorized to access this route' });
  }
  req.user = await User.findByPk(decoded.id);
  if (!req.user) {
    return res.status(401).json({ success: false, message: 'User not found' });
  }
  next();
};

module.exports = { protect };
