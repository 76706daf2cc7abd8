import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { defineLayout, seededRandom } from '../../../src/base/index.ts';
import {
  formatPoolUuid,
  NIL_UUID,
  parsePoolUuidText,
  randomPoolUuid,
  uuid,
} from '../../../src/pool/layout/index.ts';

const anyUuid = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));

suite('uuids of a pool', () => {
  test('the text form swaps the first three groups', () => {
    const raw = '200418375bc4cd498962925dab675f7a';
    assert.equal(formatPoolUuid(raw), '37180420-c45b-49cd-8962-925dab675f7a');
    assert.equal(parsePoolUuidText('37180420-C45B-49cd-8962-925dab675f7a'), raw);
    assert.equal(formatPoolUuid(NIL_UUID), '00000000-0000-0000-0000-000000000000');
  });

  test('text form and back gives the same uuid', () => {
    fc.assert(fc.property(anyUuid, (raw) => parsePoolUuidText(formatPoolUuid(raw)) === raw));
  });

  test('other texts are no uuids', () => {
    const good = '37180420-c45b-49cd-8962-925dab675f7a';
    for (const text of [
      '',
      good.slice(1),
      `${good}0`,
      good.replaceAll('-', ''),
      good.replace('a', 'g'),
      ` ${good}`,
      `${good}\n`,
    ]) {
      assert.equal(parsePoolUuidText(text), undefined, JSON.stringify(text));
    }
  });

  test('random ones are version 4 with the RFC variant, also of all-one and all-zero bytes', () => {
    for (const random of [
      seededRandom(1),
      seededRandom(2),
      (size: number) => new Uint8Array(size),
      (size: number) => new Uint8Array(size).fill(0xff),
    ]) {
      assert.match(formatPoolUuid(randomPoolUuid(random)), /^.{8}-.{4}-4.{3}-[89ab].{3}-.{12}$/);
    }
  });

  test('random ones keep every other bit and leave the source alone', () => {
    const source = new Uint8Array(16).fill(0xff);
    const [zeros, ones] = [new Uint8Array(16), source].map((bytes) => randomPoolUuid(() => bytes));
    assert.equal(zeros, '00000000000000408000000000000000');
    assert.equal(ones, 'ffffffffffffff4fbfffffffffffffff');
    assert(source.every((byte) => byte === 0xff));
  });

  test('a field reads and writes the 16 bytes as they lie', () => {
    const layout = defineLayout('t', 16, { id: uuid(0) });
    fc.assert(
      fc.property(anyUuid, (raw) => {
        const bytes = layout.encode({ id: raw });
        assert.equal(Buffer.from(bytes).toString('hex'), raw);
        assert.equal(layout.decode(bytes).id, raw);
      }),
    );
    for (const id of ['00', `${NIL_UUID}00`, 'xy'.repeat(16)]) {
      assert.throws(() => layout.encode({ id }), RangeError);
      assert.throws(() => formatPoolUuid(id), RangeError);
    }
  });
});
