export * from './header-info.ts';
export type * from './heap-statistics.ts';
export * from './pool-info.ts';
