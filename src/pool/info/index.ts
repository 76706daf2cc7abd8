export type * from './header-info.ts';
export * from './pool-info.ts';
