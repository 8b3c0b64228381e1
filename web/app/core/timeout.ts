// @ts-nocheck
/** What `work` resolves to, or `otherwise` if it takes longer than `ms`. */
export const within = (ms, work, otherwise = null) =>
  Promise.race([work, new Promise((done) => setTimeout(done, ms, otherwise))]);
