export { createPool, type CreateOptions, type CreateReport } from './create-pool.ts';
export { CreateRefusedError, type CreateRefusalCode } from './create-refusals.ts';
