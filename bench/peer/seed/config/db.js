const { Sequelize } = require('sequelize');
const config = require('./config');

// The pool is Sequelize's own default: five connections.
const sequelize = new Sequelize(config.databaseUrl, { dialect: 'postgres', logging: false });

const connectDB = async () => {
  await sequelize.authenticate();
  require('../models');
  await sequelize.sync();
};

module.exports = { sequelize, connectDB };
