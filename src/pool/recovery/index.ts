export * from './recovery-file.ts';
