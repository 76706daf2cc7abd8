import { RangeSet } from '../../base/index.ts';
import { partName, type Part } from '../poolset/index.ts';
import type { BadBlockAnswer, BadBlockSource } from '../media/media.ts';

/** What the operator says, by part name: file ranges in bytes. Parts that are not mentioned have none. */
export class ListedBadBlocks implements BadBlockSource {
  readonly name = 'operator';
  readonly #lists: ReadonlyMap<string, RangeSet>;

  constructor(lists: ReadonlyMap<string, RangeSet>) {
    this.#lists = lists;
  }

  async find(part: Part): Promise<BadBlockAnswer> {
    return { kind: 'asked', ranges: this.#lists.get(partName(part)) ?? RangeSet.empty };
  }
}
