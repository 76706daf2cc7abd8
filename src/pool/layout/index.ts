export * from './arch-flags.ts';
export * from './checksum.ts';
export * from './heap.ts';
export * from './lane.ts';
export * from './obj-descriptor.ts';
export * from './pool-hdr.ts';
export * from './pool-uuid.ts';
export * from './shutdown-state.ts';
