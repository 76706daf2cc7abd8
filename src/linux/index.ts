export * from './copy/clone-extent.ts';
export * from './copy/compare-extents.ts';
export * from './copy/copy-extent.ts';
export type { FileExtent } from './copy/extent-pipeline.ts';
export * from './fallocate.ts';
export * from './lock.ts';
