/** Timeouts of promises and timers. */

/** Longest delay of a timer of a browser, in ms; longer ones run at once. */
export const MAX_TIMER = 2 ** 31 - 1;

/** The result of `work`, or `otherwise` if it takes longer than `ms`. */
export function withTimeout<T>(ms: number, work: Promise<T>): Promise<T | null>;
export function withTimeout<T, U>(ms: number, work: Promise<T>, otherwise: U): Promise<T | U>;
export async function withTimeout<T, U>(ms: number, work: Promise<T>, otherwise: U | null = null): Promise<T | U | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<U | null>((done) => {
    timer = setTimeout(() => done(otherwise), ms);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}
