export * from './check-bad-blocks.ts';
export * from './check-links.ts';
export * from './check-part.ts';
export * from './check-set.ts';
export * from './evidence.ts';
export * from './finding.ts';
export * from './sources.ts';
