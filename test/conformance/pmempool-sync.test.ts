import { compareWithReference } from './compare-with-reference.ts';

compareWithReference('pmempool sync', ({ command }) => command.startsWith('sync'));
