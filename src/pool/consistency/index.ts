export * from './backup.ts';
export * from './check-consistency.ts';
export * from './checked-pool.ts';
export type * from './consistency.ts';
export * from './look-for-bad-blocks.ts';
