import { compareWithReference } from './compare-with-reference.ts';

compareWithReference('pmempool check', ({ command }) => command.startsWith('check'));
