import { describe, test } from 'node:test';
import { DAMAGED_PARTS } from './damaged-parts.ts';
import { replayPrefixes } from './prefix-replay.ts';

describe('FF-PI-03: a sync of damaged parts that is cut off anywhere is finished by running it again', () => {
  for (const scenario of DAMAGED_PARTS) test(scenario.name, (t) => replayPrefixes(t, scenario));
});
