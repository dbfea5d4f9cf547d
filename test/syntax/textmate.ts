// As much of a TextMate tokenizer as grammar/sluice.tmLanguage.json needs: match, begin/end with patterns and captures,
// includes of the repository. Line by line, as editors do it.

export type Rule = {
  readonly name?: string;
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly include?: string;
  readonly patterns?: readonly Rule[];
  readonly captures?: Readonly<Record<string, { readonly name: string }>>;
  readonly beginCaptures?: Readonly<Record<string, { readonly name: string }>>;
  readonly endCaptures?: Readonly<Record<string, { readonly name: string }>>;
};

export type Grammar = {
  readonly patterns: readonly Rule[];
  readonly repository: Readonly<Record<string, Rule>>;
};

/** What an open begin/end rule waits for. */
type Frame = { readonly rule: Rule; readonly end: string; readonly patterns: readonly Rule[] };

type Found = { readonly match: RegExpExecArray; readonly rule: Rule | 'end' };

/** The scopes of every UTF-16 unit of the text, outermost first, joined with spaces. */
export function scopesOf(grammar: Grammar, text: string): string[] {
  const scopes: string[][] = Array.from({ length: text.length }, () => []);
  const frames: Frame[] = [];
  let lineStart = 0;
  for (const line of text.split('\n')) {
    let at = 0;
    for (;;) {
      const frame = frames.at(-1);
      const found = nearest(grammar, line, at, frame);
      const until = found?.match.index ?? line.length;
      paint(frames, lineStart + at, lineStart + until);
      if (found === null) break;
      const { match, rule } = found;
      const end = match.index + match[0].length;
      paint(frames, lineStart + match.index, lineStart + end);
      if (rule === 'end') {
        capture(match, frame?.rule.endCaptures, lineStart);
        frames.pop();
      } else if (rule.match !== undefined) {
        name(rule, lineStart + match.index, lineStart + end);
        capture(match, rule.captures, lineStart);
      } else {
        name(rule, lineStart + match.index, lineStart + end);
        capture(match, rule.beginCaptures, lineStart);
        frames.push({ rule, end: resolved(rule.end ?? '', match), patterns: rule.patterns ?? [] });
      }
      if (end === at && end >= line.length) break;
      // an empty match of `$` or a lookahead goes on behind it
      if (end === match.index && rule !== 'end' && rule.begin === undefined) at = end + 1;
      else at = end;
      if (at > line.length) break;
      if (at === line.length && !(frames.at(-1)?.end.includes('$') ?? false)) break;
    }
    lineStart += line.length + 1;
  }
  return scopes.map((names) => names.join(' '));

  function paint(open: readonly Frame[], from: number, to: number): void {
    for (const { rule } of open) name(rule, from, to);
  }

  function name(rule: Rule, from: number, to: number): void {
    if (rule.name === undefined) return;
    for (let i = from; i < to; i++) scopes[i]?.push(rule.name);
  }

  function capture(match: RegExpExecArray, captures: Rule['captures'], base: number): void {
    for (const [index, { name: scope }] of Object.entries(captures ?? {})) {
      const [from, to] = match.indices?.[Number(index)] ?? [0, 0];
      for (let i = from; i < to; i++) scopes[base + i]?.push(scope);
    }
  }
}

/** The end of the open rule, or else the first of the patterns that matches earliest. */
function nearest(grammar: Grammar, line: string, at: number, frame: Frame | undefined): Found | null {
  let best: Found | null = null;
  const consider = (pattern: string, rule: Rule | 'end'): void => {
    const match = compiled(pattern, at, line);
    if (match !== null && (best === null || match.index < best.match.index)) best = { match, rule };
  };
  if (frame !== undefined) consider(frame.end, 'end');
  const visit = (rule: Rule): void => {
    if (rule.include !== undefined) {
      const included = grammar.repository[rule.include.slice(1)];
      if (included === undefined) throw new Error(`no ${rule.include} in the repository`);
      visit(included);
    } else if (rule.match !== undefined) consider(rule.match, rule);
    else if (rule.begin !== undefined) consider(rule.begin, rule);
    else for (const inner of rule.patterns ?? []) visit(inner);
  };
  for (const rule of frame?.patterns ?? grammar.patterns) visit(rule);
  return best;
}

const cache = new Map<string, RegExp>();

function compiled(pattern: string, at: number, line: string): RegExpExecArray | null {
  let regexp = cache.get(pattern);
  if (regexp === undefined) {
    regexp = new RegExp(pattern, 'dg');
    cache.set(pattern, regexp);
  }
  regexp.lastIndex = at;
  return regexp.exec(line);
}

/** `\1` in an end pattern is what the beginning captured. */
function resolved(end: string, match: RegExpExecArray): string {
  return end.replace(/\\([1-9])/g, (_, index: string) =>
    (match[Number(index)] ?? '').replace(/[.*+?^${}()|[\]\\-]/g, '\\$&'),
  );
}

/** Every pattern in the grammar. */
export function patternsOf(rule: Rule | Grammar): string[] {
  const own =
    'match' in rule || 'begin' in rule
      ? [rule.match, rule.begin, rule.end].filter((text) => text !== undefined)
      : [];
  const inner = [...(rule.patterns ?? []), ...('repository' in rule ? Object.values(rule.repository) : [])];
  return [...own, ...inner.flatMap(patternsOf)];
}
