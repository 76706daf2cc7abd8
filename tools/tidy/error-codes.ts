/**
 * Literal codes of errors, findings and refusals that a source text can raise. Three spellings: `super('code', …)` of an error class,
 * `code: 'code'` of a refusal, and the members of the type `FindingCode`.
 */
export function codesIn(text: string): readonly string[] {
  const union = /type FindingCode =([^;]*);/.exec(text)?.[1] ?? '';
  return [
    text.matchAll(/\bsuper\(\s*'([a-z][a-z0-9-]*)'/g),
    text.matchAll(/\bcode: '([a-z][a-z0-9-]*)'/g),
    union.matchAll(/'([a-z][a-z0-9-]*)'/g),
  ].flatMap((matches) => Array.from(matches, ([, code]) => code!));
}

/** Codes that a Markdown text explains: those that it sets in backticks. */
export function codesExplainedIn(markdown: string): ReadonlySet<string> {
  return new Set([...markdown.matchAll(/`([a-z][a-z0-9-]*)`/g)].map(([, code]) => code!));
}
