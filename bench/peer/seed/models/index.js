const { DataTypes } = require('sequelize');
const { sequelize } = require('../config/db');

const id = { type: DataTypes.UUID, defaultValue: DataTypes.UUIDV4, primaryKey: true };

const User = sequelize.define('User', {
  id,
  firstName: { type: DataTypes.STRING, allowNull: false },
  lastName: { type: DataTypes.STRING, allowNull: false },
  email: { type: DataTypes.STRING, allowNull: false, unique: true },
  password: { type: DataTypes.STRING, allowNull: false },
  role: { type: DataTypes.STRING, defaultValue: 'student' },
  avatar: DataTypes.STRING,
  bio: DataTypes.TEXT,
  lastLogin: DataTypes.DATE,
});

const StudyRoom = sequelize.define('StudyRoom', {
  id,
  name: { type: DataTypes.STRING, allowNull: false },
  description: { type: DataTypes.TEXT, defaultValue: '' },
  subject: { type: DataTypes.STRING, defaultValue: '' },
  image: DataTypes.STRING,
  activeMembers: { type: DataTypes.INTEGER, defaultValue: 0 },
  totalMembers: { type: DataTypes.INTEGER, defaultValue: 1 },
  lastActive: { type: DataTypes.DATE, defaultValue: DataTypes.NOW },
  isActive: { type: DataTypes.BOOLEAN, defaultValue: false },
  createdBy: { type: DataTypes.UUID, allowNull: false },
});

const RoomMember = sequelize.define(
  'RoomMember',
  {
    roomId: { type: DataTypes.UUID, primaryKey: true },
    userId: { type: DataTypes.UUID, primaryKey: true },
    role: { type: DataTypes.STRING, defaultValue: 'member' },
  },
  { indexes: [{ fields: ['userId'] }] },
);

const Message = sequelize.define(
  'Message',
  {
    id,
    roomId: { type: DataTypes.UUID, allowNull: false },
    senderId: DataTypes.UUID,
    content: { type: DataTypes.TEXT, allowNull: false },
    isSystem: { type: DataTypes.BOOLEAN, defaultValue: false },
    timestamp: { type: DataTypes.DATE, defaultValue: DataTypes.NOW },
  },
  { timestamps: false, indexes: [{ fields: ['roomId', 'timestamp'] }] },
);

const ActiveUser = sequelize.define('ActiveUser', {
  roomId: { type: DataTypes.UUID, primaryKey: true },
  userId: { type: DataTypes.UUID, primaryKey: true },
  status: { type: DataTypes.STRING, defaultValue: 'active' },
  lastActive: { type: DataTypes.DATE, defaultValue: DataTypes.NOW },
});

User.belongsToMany(StudyRoom, { through: RoomMember, foreignKey: 'userId', otherKey: 'roomId', as: 'rooms' });
StudyRoom.belongsToMany(User, { through: RoomMember, foreignKey: 'roomId', otherKey: 'userId', as: 'members' });
Message.belongsTo(User, { foreignKey: 'senderId', as: 'sender' });
Message.belongsTo(StudyRoom, { foreignKey: 'roomId', as: 'room' });
ActiveUser.belongsTo(User, { foreignKey: 'userId', as: 'user' });

module.exports = { User, StudyRoom, RoomMember, Message, ActiveUser };
