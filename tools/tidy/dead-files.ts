import type { Import } from './source-tree.ts';

/** Files that nothing reaches from the entries. Imports point from file to file. */
export function deadFiles(
  files: readonly string[],
  imports: readonly Import[],
  entries: readonly string[],
): readonly string[] {
  const targets = Map.groupBy(imports, ({ from }) => from);
  const alive = new Set<string>();
  const visit = (file: string): void => {
    if (alive.has(file)) return;
    alive.add(file);
    for (const { to } of targets.get(file) ?? []) if (to !== undefined) visit(to);
  };
  for (const entry of entries) visit(entry);
  return files.filter((file) => !alive.has(file));
}

/** The source files that a text names, as `src/x.ts` or as what they are compiled to, `dist/x.js`. */
export function sourcesNamedIn(text: string): readonly string[] {
  return [...text.matchAll(/\b(?:src|dist)\/([\w/-]+)(?:\.d)?\.(?:ts|js)\b/g)].map(
    ([, name]) => `src/${name}.ts`,
  );
}
