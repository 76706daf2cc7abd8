export { createPool, type CreateOptions, type CreateReport } from './create-pool.ts';
export { CreateRefusedError, type CreateRefusalCode } from './create-refusals.ts';
export { readInheritedPool, type InheritedPool } from './inherited-pool.ts';
export { LAYOUT_NAME_MAX } from './pool-content.ts';
