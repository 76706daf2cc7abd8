import path from 'node:path';
import { describe, test } from 'node:test';
import { pathContract } from './contract/paths.ts';
import { nameContract } from './contract/names.ts';
import { fileContract } from './contract/open-files.ts';
import { permissionContract } from './contract/permissions.ts';
import { lockContract } from './contract/locks.ts';
import { copyContract } from './contract/copy.ts';
import { compareContract } from './contract/compare.ts';
import type { Kit, MediaFixture } from './contract/fixture.ts';

export type { MediaFixture };

/** Every promise that `Media` and `MediaFile` make, as tests. Run on every implementation. */
export function mediaContract(name: string, make: () => MediaFixture): void {
  const kit: Kit = {
    name,
    it(title, work) {
      test(title, async (t) => {
        using fixture = make();
        await work(fixture, (base) => path.join(fixture.root, base), t);
      });
    },
  };
  describe(`${name} as a medium`, () => {
    describe('paths', () => pathContract(kit));
    describe('names', () => nameContract(kit));
    describe('open files', () => fileContract(kit));
    describe('permissions', () => permissionContract(kit, make));
    describe('locks', () => lockContract(kit));
    describe('copy', () => copyContract(kit));
    describe('compare', () => compareContract(kit, make));
  });
}
