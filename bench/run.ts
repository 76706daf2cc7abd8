/** `npm run bench`: every benchmark that the README quotes. */
await import('./pool-sync.ts');
