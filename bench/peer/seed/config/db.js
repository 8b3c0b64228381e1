const { Sequelize } = require('sequelize');
const config = require('./config');

// The pool has Sequelize's default: five connections.
const sequelize = new Sequelize(config.databaseUrl, { dialect: 'postgres', logging: false });

const connectDB = async () => {
  await sequelize.authenticate();
  require('../models');
  await sequelize.sync();
};

module.exports = { sequelize, connectDB };
