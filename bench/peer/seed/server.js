// The Node server that Studyhall replaces, rebuilt from its description: node server.js PORT
const http = require('http');
const cors = require('cors');
const express = require('express');
const NodeCache = require('node-cache');
const config = require('./config/config');
const { connectDB } = require('./config/db');
const errorHandler = require('./middleware/error');
const { setupSocket } = require('./socket');

global.userCache = new NodeCache({ stdTTL: 300 });

const app = express();
const server = http.createServer(app);
app.set('chat', setupSocket(server));

app.use(cors());
app.use(express.json());
app.use('/api/auth', require('./routes/auth'));
app.use('/api/dashboard', require('./routes/dashboard'));
app.use('/api/study-rooms', require('./routes/studyRooms'));
app.use((req, res) => res.status(404).json({ success: false, message: `Route not found: ${req.path}` }));
app.use(errorHandler);

connectDB().then(() => {
  server.listen(config.port, '127.0.0.1', () => {
    console.log(`Server running in ${config.nodeEnv} mode on port ${server.address().port}`);
  });
});
