import type { TestContext } from 'node:test';
import type { Media } from '../../../../src/pool/media/media.ts';

/** A medium with an empty directory to work in, and what the contract cannot do through the contract itself. */
export interface MediaFixture extends Disposable {
  readonly media: Media;
  /** Absolute path of an empty directory. */
  readonly root: string;
  makeDirectory(target: string): void;
  makeLink(name: string, target: string): void;
  /** Something that is neither file nor directory. */
  makeOther(target: string): void;
  /** Takes the lock of a file in another process; call the result to let go. Undefined, after `skip`, when that cannot be done here. */
  lockElsewhere(t: TestContext, target: string): Promise<(() => Promise<void>) | undefined>;
  /** Runs `work` as a user who owns nothing here. Undefined where that cannot be arranged. */
  readonly asNobody: (<T>(work: (media: Media) => T) => T) | undefined;
  /** Makes bytes of a file unreadable. Undefined where that cannot be arranged. */
  readonly damage: ((target: string, offset: number, length: number) => void) | undefined;
  /** Bytes of the blocks that the file owns. */
  ownedBytes(target: string): number;
}

/** Declares tests on a fixture of their own; `at` makes a path below its root. */
export interface Kit {
  readonly name: string;
  readonly it: (
    title: string,
    work: (
      fixture: MediaFixture,
      at: (base: string) => string,
      t: TestContext,
    ) => void | Promise<void>,
  ) => void;
}
