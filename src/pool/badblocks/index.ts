export * from './kernel-bad-blocks.ts';
export * from './listed-bad-blocks.ts';
export * from './probed-bad-blocks.ts';
