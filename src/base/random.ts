import { randomBytes } from 'node:crypto';

/** Source of random bytes; injected wherever a result depends on it. */
export type Random = (size: number) => Uint8Array;

export const systemRandom: Random = (size) => new Uint8Array(randomBytes(size));

/** Reproducible bytes for tests and guided runs: xorshift64*, never for identities of real data. */
export function seededRandom(seed: number): Random {
  let state = BigInt(seed) * 2n + 88172645463325253n;
  return (size) => {
    const out = new Uint8Array(size);
    for (let i = 0; i < size; i++) {
      state ^= BigInt.asUintN(64, state << 13n);
      state ^= state >> 7n;
      state = BigInt.asUintN(64, state ^ (state << 17n));
      out[i] = Number(state & 0xffn);
    }
    return out;
  };
}
