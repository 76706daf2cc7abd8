import { describe, test } from 'node:test';
import { LOST_PARTS } from './lost-parts.ts';
import { replayPrefixes } from './prefix-replay.ts';

describe('FF-PI-03: a sync of lost parts that is cut off anywhere is finished by running it again', () => {
  for (const scenario of LOST_PARTS) test(scenario.name, (t) => replayPrefixes(t, scenario));
});
