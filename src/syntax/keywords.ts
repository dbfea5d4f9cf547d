// The words with a meaning. Each of them is also a name: only its place makes it a keyword.

/** The words that begin a statement: what changes the document, or asks something of it. */
export const verbs = [
  'add',
  'ensure',
  'set',
  'unset',
  'replace',
  'remove',
  'move',
  'patch',
  'assert',
  'expect',
] as const;

/** The words that begin an item with a block. */
export const blockHeads = ['on', 'in', 'for', 'when'] as const;

/** The words that begin a declaration. */
export const declarations = ['include', 'param', 'scope', 'namespace', 'let', 'because'] as const;

/** The words that only mean something inside a line. */
export const innerWords = [
  'network',
  'to',
  'with',
  'from',
  'if',
  'exists',
  'absent',
  'each',
  'exactly',
  'first',
  'last',
  'before',
  'after',
  'not',
  'and',
  'or',
  'count',
  'like',
  'csv',
  'json',
  'live+config',
  'live',
  'config',
] as const;

export const keywords = [...verbs, ...blockHeads, ...declarations, ...innerWords] as const;

export type Keyword = (typeof keywords)[number];

/** What a line can begin with. */
export const heads = [...verbs, ...blockHeads, ...declarations] as const;

/** Words of other tools, for the help line of an unknown verb. */
export const foreignVerbs: ReadonlyMap<string, string> = new Map([
  ['change', 'set'],
  ['create', 'add'],
  ['del', 'remove'],
  ['delete', 'remove'],
  ['drop', 'remove'],
  ['each', 'for'],
  ['foreach', 'for'],
  ['if', 'when'],
  ['import', 'include'],
  ['insert', 'add'],
  ['modify', 'set'],
  ['network', 'on network'],
  ['require', 'assert'],
  ['rm', 'remove'],
  ['source', 'include'],
  ['unless', 'when not'],
  ['update', 'set'],
  ['upsert', 'ensure'],
  ['use', 'include'],
  ['var', 'let'],
]);
