export * from './compare-replicas.ts';
export type { BadBlockOptions } from './gather-bad-blocks.ts';
export type { Difference } from './differences.ts';
export * from './open-pool-set.ts';
export * from './pool-reader.ts';
export * from './survey.ts';
