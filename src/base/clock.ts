/** Wall-clock time in milliseconds since 1970; injected wherever a result depends on it. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();
