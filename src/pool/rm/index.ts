export * from './remove-pool.ts';
