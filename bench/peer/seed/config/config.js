module.exports = {
  nodeEnv: process.env.NODE_ENV || 'development',
  port: Number(process.argv[2] || 5000),
  databaseUrl: process.env.DATABASE_URL,
  jwt: { secret: process.env.JWT_SECRET, expiresIn: '12h' },
  // Fewer rounds than in production, only to fill an empty database fast.
  bcryptRounds: Number(process.env.BCRYPT_ROUNDS || 10),
};
