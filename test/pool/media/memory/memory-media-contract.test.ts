import path from 'node:path';
import { RangeSet } from '../../../../src/base/index.ts';
import { ownedBytes, DiskImage } from '../../../../src/pool/media/memory/disk-image.ts';
import { MemoryMedia } from '../../../../src/pool/media/memory/memory-media.ts';
import { mediaContract, type MediaFixture } from '../media-contract.ts';

const NOBODY = { uid: 65534, gid: 65534 };

function makeFixture(): MediaFixture {
  const image = new DiskImage();
  image.addDirectory('/work');
  const media = new MemoryMedia({ image });
  return {
    media,
    root: '/work',
    makeDirectory: (target) => image.addDirectory(target),
    makeLink: (name, target) => image.addLink(name, target),
    makeOther: (target) => image.addOther(target),
    lockElsewhere: async (_, target) => {
      const letGo = media.lockElsewhere(target);
      return async () => letGo();
    },
    asNobody: (work) => work(new MemoryMedia({ image, caller: NOBODY })),
    damage: (target, offset, length) =>
      image.damage(target, RangeSet.of({ offset, end: offset + length })),
    ownedBytes: (target) => ownedBytes(image.fileAt(path.resolve(target))),
    [Symbol.dispose]() {},
  };
}

mediaContract('MemoryMedia', makeFixture);
