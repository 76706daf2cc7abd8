export * from './ask-bad-blocks.ts';
export * from './open-pool.ts';
