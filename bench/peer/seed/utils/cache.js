const getOrFetch = async (key, fetchFn, ttl = 300) => {
  const cachedData = global.userCache.get(key);
  if (cachedData !== undefined) {
    return cachedData;
  }
  const data = await fetchFn();
  global.userCache.set(key, data, ttl);
  return data;
};

const invalidateCache = (key) => global.userCache.del(key);

module.exports = { getOrFetch, invalidateCache };
