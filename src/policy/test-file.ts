// Files of policy tests as data: one case a line, with what holds for the lines below it in between.
//
//   network default                      which network, scope and time the cases below are about
//   scope config
//   at wed 12:00
//   base networks/default.xml            the real network that they are put into; `base none` for none; or its XML, indented
//
//   allow alice add ip[10.0.0.1].dhcp.host[*] ip=10.0.0.131 name=v1.a.example.com by role:tenant-a ip[*].dhcp.host[*]
//   deny  alice modify bridge@stp on lab-1 by none
//   deny  alice script by role:everyone domain
//     set domain name=example.org
//
// Knows nothing of what a policy says.

import { type Checked, type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import type { Scope } from '../network/scope.ts';
import { type Source, type Span, span } from '../source/source.ts';
import { nearestName } from '../std/nearest-name.ts';
import type { Word } from './condition-syntax.ts';
import type { Stated } from './hypothesis.ts';
import { readMoment } from './moment.ts';
import type { Passage } from './passage.ts';

/** A row by what stands in it, because its line changes with every edit above it. */
export type RowName = {
  readonly subject: Word;
  readonly path: Word;
  /** The operation column as it is written; null for any. */
  readonly operation: Word | null;
  readonly span: Span;
};

/** `none`: no row at all. */
export type Expected = RowName | 'none';

export type Base =
  | { readonly type: 'none' }
  | { readonly type: 'file'; readonly name: Word }
  | { readonly type: 'text'; readonly source: Source };

/** What is asked: one change or act; what a script does; what a whole network instead of the base is. */
export type Subject =
  | {
      readonly type: 'change';
      readonly operation: Word;
      readonly path: Passage;
      readonly values: readonly Stated[];
    }
  | { readonly type: 'script' | 'result'; readonly body: Source; readonly word: Word };

export type TestCase = {
  /** `allow` or `deny`, and where. */
  readonly verdict: Word;
  readonly who: Word;
  readonly subject: Subject;
  readonly network: Word;
  readonly scope: Scope;
  /** Milliseconds since 1970. */
  readonly clock: number;
  readonly base: Base;
  /** Null where the file does not say. */
  readonly by: Expected | null;
  readonly reported: Expected | null;
  readonly span: Span;
  /** The line without its indented body. */
  readonly text: string;
};

type Context = {
  readonly network: Word;
  readonly scope: Scope;
  readonly clock: number;
  readonly base: Base;
};

/** A Wednesday at noon: what tests that do not speak of time are asked at. */
const NOON = Date.UTC(2026, 0, 7, 12);

type Line = {
  readonly tokens: readonly Word[];
  readonly span: Span;
  /** The indented lines below, as a source of the same name in which they stand where they stand. */
  readonly body: Source | null;
};

/** Every case of the file and everything that is wrong with it. Linear. */
export function readTests(source: Source): Checked<readonly TestCase[]> {
  const diagnostics: Diagnostic[] = [];
  const cases: TestCase[] = [];
  const start = { source, start: 0, end: 0 };
  let context: Context = {
    network: { text: 'default', span: start },
    scope: 'config',
    clock: NOON,
    base: { type: 'none' },
  };
  for (const line of linesOf(source, diagnostics)) {
    const [first] = line.tokens;
    if (first === undefined) continue;
    if (first.text === 'allow' || first.text === 'deny') {
      const one = readCase(line, first, context, diagnostics);
      if (one !== null) cases.push(one);
    } else context = readContext(line, first, context, diagnostics);
  }
  return { value: cases, diagnostics };
}

function linesOf(source: Source, diagnostics: Diagnostic[]): readonly Line[] {
  const lines: Line[] = [];
  const { text } = source;
  let body: { from: number; to: number } | null = null;
  const close = (): void => {
    const last = lines[lines.length - 1];
    if (body !== null && last !== undefined)
      lines[lines.length - 1] = { ...last, body: bodyOf(source, body.from, body.to) };
    body = null;
  };
  for (let start = text.charCodeAt(0) === 0xfeff ? 1 : 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const next = newline === -1 ? text.length : newline;
    const end = newline > start && text[newline - 1] === '\r' ? newline - 1 : next;
    const content = text.slice(start, end);
    if (/^[ \t]+\S/.test(content)) {
      if (lines.length === 0)
        diagnostics.push(
          error('SL660', span(source, start, end), 'an indented line that belongs to nothing', {
            help: 'begin cases in the first column; scripts and networks stand indented below their case',
          }),
        );
      else if (body === null) body = { from: start, to: end };
      else body.to = end;
    } else if (content.trim() !== '' && !content.startsWith('#')) {
      close();
      lines.push({
        tokens: tokensOf(source, start, end, diagnostics),
        span: span(source, start, start + content.trimEnd().length),
        body: null,
      });
    }
    start = next + 1;
  }
  close();
  return lines;
}

/** The text from `from` to `to` with as many empty lines before it as in the file, so that its places are the file's. */
function bodyOf(source: Source, from: number, to: number): Source {
  const before = source.text.slice(0, from).replace(/[^\n]+/g, '');
  return { name: source.name, text: `${before}${source.text.slice(from, to)}\n` };
}

/** Words between blanks; quotes hold a word together, also in its middle (`txt["a b"]`). A `#` at a word's start ends the line. */
function tokensOf(source: Source, start: number, end: number, diagnostics: Diagnostic[]): readonly Word[] {
  const { text } = source;
  const tokens: Word[] = [];
  let at = start;
  for (;;) {
    while (at < end && (text[at] === ' ' || text[at] === '\t')) at++;
    if (at >= end || text[at] === '#') return tokens;
    const begin = at;
    while (at < end && text[at] !== ' ' && text[at] !== '\t') {
      const quote = text[at];
      if (quote === '"' || quote === "'") {
        const close = text.indexOf(quote, at + 1);
        if (close === -1 || close >= end) {
          diagnostics.push(
            error('SL660', span(source, at, at + 1), 'this quote is not closed on its line', {
              help: `close it with ${quote}`,
            }),
          );
          return tokens;
        }
        at = close;
      }
      at++;
    }
    tokens.push({ text: text.slice(begin, at), span: span(source, begin, at) });
  }
}

const CONTEXTS = ['network', 'scope', 'at', 'base'];

function readContext(line: Line, first: Word, context: Context, diagnostics: Diagnostic[]): Context {
  const fail = (at: Span, message: string, help: string): Context => {
    diagnostics.push(error('SL660', at, message, { help }));
    return context;
  };
  const [, value, ...rest] = line.tokens;
  if (!CONTEXTS.includes(first.text)) {
    const words = ['allow', 'deny', ...CONTEXTS];
    const near = nearestName(first.text, words);
    return fail(
      first.span,
      `a line cannot begin with \`${first.text}\``,
      near === null
        ? `it begins with ${words.map((word) => `\`${word}\``).join(', ')}`
        : `did you mean \`${near}\`?`,
    );
  }
  if (first.text === 'base' && value === undefined && line.body !== null)
    return { ...context, base: { type: 'text', source: line.body } };
  if (line.body !== null)
    return fail(line.span, `\`${first.text}\` has no indented lines`, 'begin each line in the first column');
  if (value === undefined)
    return fail(
      first.span,
      `\`${first.text}\` says nothing`,
      `write a value behind it: \`${EXAMPLES.get(first.text)}\``,
    );
  if (first.text === 'at') {
    const [time, used] = timeOf([value, ...rest]);
    const left = rest[used - 1];
    if (left !== undefined)
      return fail(left.span, `unexpected \`${left.text}\``, 'a time is all that stands here');
    const moment = readMoment(time);
    if (moment.ok) return { ...context, clock: moment.value };
    diagnostics.push(moment.error);
    return context;
  }
  const [left] = rest;
  if (left !== undefined)
    return fail(left.span, `unexpected \`${left.text}\``, 'one value is all that stands here');
  switch (first.text) {
    case 'network':
      return { ...context, network: value };
    case 'scope': {
      const scope = scopeOf(value, diagnostics);
      return scope === null ? context : { ...context, scope };
    }
    default:
      return {
        ...context,
        base: value.text === 'none' ? { type: 'none' } : { type: 'file', name: unquoted(value) },
      };
  }
}

const EXAMPLES = new Map([
  ['network', 'network default'],
  ['scope', 'scope config'],
  ['at', 'at sat 23:30'],
  ['base', 'base networks/default.xml'],
]);

function scopeOf(word: Word, diagnostics: Diagnostic[]): Scope | null {
  if (word.text === 'live' || word.text === 'config') return word.text;
  const near = nearestName(word.text, ['live', 'config']);
  diagnostics.push(
    error('SL660', word.span, `unknown scope \`${word.text}\``, {
      help: near === null ? 'write `live` or `config`' : `did you mean \`${near}\`?`,
    }),
  );
  return null;
}

/** The words that make a time, joined, and how many they are: `sat 23:30` are two. */
function timeOf(words: readonly Word[]): readonly [Word, number] {
  const [first, second] = words;
  if (first === undefined) throw new Error('there is a first word');
  if (second === undefined || !/^\d\d:\d\d/.test(second.text)) return [unquoted(first), 1];
  const { source, start } = first.span;
  return [{ text: `${first.text} ${second.text}`, span: { source, start, end: second.span.end } }, 2];
}

/** The word without the quotes around it, its span inside of them. */
function unquoted(word: Word): Word {
  const { text, span: at } = word;
  const quote = text[0];
  if (text.length < 2 || (quote !== '"' && quote !== "'") || text.indexOf(quote, 1) !== text.length - 1)
    return word;
  return { text: text.slice(1, -1), span: span(at.source, at.start + 1, at.end - 1) };
}

const CLAUSES = ['on', 'in', 'at', 'by', 'reported'];

function readCase(line: Line, verdict: Word, context: Context, diagnostics: Diagnostic[]): TestCase | null {
  const fail = (at: Span, message: string, help: string): null => {
    diagnostics.push(error('SL660', at, message, { help }));
    return null;
  };
  const [, who, operation, ...rest] = line.tokens;
  if (who === undefined || operation === undefined)
    return fail(
      line.span,
      'a case says who does what',
      'write `allow alice modify bridge@stp`, or `deny alice script` with the script indented below',
    );
  let clauses = rest;
  let subject: Subject;
  if (operation.text === 'script' || operation.text === 'result') {
    if (line.body === null)
      return fail(
        operation.span,
        `nothing stands below this \`${operation.text}\``,
        operation.text === 'script'
          ? 'write its statements in the lines below, indented'
          : 'write the whole network in the lines below, indented',
      );
    subject = { type: operation.text, body: line.body, word: operation };
  } else {
    const [path, ...more] = rest;
    if (path === undefined)
      return fail(
        operation.span,
        `\`${operation.text}\` of what?`,
        'write the path of an element or attribute behind it',
      );
    if (line.body !== null)
      return fail(
        line.span,
        'a case about one change has no indented lines',
        'for a script write `script` instead of operation and path',
      );
    const values: Stated[] = [];
    clauses = more;
    for (const word of more) {
      const stated = statedOf(word);
      if (stated === null) break;
      values.push(stated);
      clauses = clauses.slice(1);
    }
    subject = { type: 'change', operation, path: passageOf(path), values };
  }
  const read = readClauses(clauses, context, diagnostics);
  return read === null
    ? null
    : { ...context, ...read, verdict, who, subject, span: line.span, text: textAt(line.span) };
}

function textAt({ source, start, end }: Span): string {
  return source.text.slice(start, end).replace(/[ \t]+/g, ' ');
}

type Clauses = Pick<TestCase, 'network' | 'scope' | 'clock' | 'by' | 'reported'>;

function readClauses(words: readonly Word[], context: Context, diagnostics: Diagnostic[]): Clauses | null {
  let { network, scope, clock } = context;
  let by: Expected | null = null;
  let reported: Expected | null = null;
  const said = new Set<string>();
  for (let at = 0; at < words.length; ) {
    const clause = words[at];
    const value = words[at + 1];
    if (clause === undefined) break;
    const fail = (message: string, help: string): null => {
      diagnostics.push(error('SL660', clause.span, message, { help }));
      return null;
    };
    if (!CLAUSES.includes(clause.text)) {
      const near = nearestName(clause.text, CLAUSES);
      return fail(
        `unexpected \`${clause.text}\``,
        near === null
          ? 'behind the values stand `on NETWORK`, `in SCOPE`, `at TIME`, `by SUBJECT PATH`, `reported by SUBJECT PATH`'
          : `did you mean \`${near}\`?`,
      );
    }
    if (said.has(clause.text)) return fail(`\`${clause.text}\` stands here twice`, 'delete one');
    said.add(clause.text);
    if (value === undefined) return fail(`\`${clause.text}\` says nothing`, 'write what behind it');
    switch (clause.text) {
      case 'on':
        network = value;
        at += 2;
        break;
      case 'in': {
        const found = scopeOf(value, diagnostics);
        if (found === null) return null;
        scope = found;
        at += 2;
        break;
      }
      case 'at': {
        const [time, used] = timeOf(words.slice(at + 1));
        const moment = readMoment(time);
        if (!moment.ok) {
          diagnostics.push(moment.error);
          return null;
        }
        clock = moment.value;
        at += 1 + used;
        break;
      }
      default: {
        let from = at + 1;
        if (clause.text === 'reported') {
          if (value.text !== 'by')
            return fail('`reported` is followed by `by`', 'write `reported by SUBJECT PATH`');
          from++;
        }
        const row = readRow(words, from, clause, diagnostics);
        if (row === null) return null;
        if (clause.text === 'by') by = row.expected;
        else reported = row.expected;
        at = row.next;
      }
    }
  }
  return { network, scope, clock, by, reported };
}

function readRow(
  words: readonly Word[],
  from: number,
  clause: Word,
  diagnostics: Diagnostic[],
): { readonly expected: Expected; readonly next: number } | null {
  const [subject, path, operation] = words.slice(from, from + 3);
  if (subject?.text === 'none') return { expected: 'none', next: from + 1 };
  if (subject === undefined || path === undefined || CLAUSES.includes(path.text)) {
    diagnostics.push(
      error('SL660', (subject ?? clause).span, 'a row is named by its subject and path', {
        help: 'write them as in the policy, `by role:operator bridge@stp`, or `by none` where no row decides',
      }),
    );
    return null;
  }
  const third = operation !== undefined && !CLAUSES.includes(operation.text) ? operation : null;
  const { source, start } = subject.span;
  return {
    expected: {
      subject,
      path,
      operation: third,
      span: { source, start, end: (third ?? path).span.end },
    },
    next: from + (third === null ? 2 : 3),
  };
}

/** `name=value` with a value that may stand in quotes; null for what is none. */
function statedOf(word: Word): Stated | null {
  const cut = word.text.indexOf('=');
  if (cut === -1 || CLAUSES.includes(word.text)) return null;
  const { source, start, end } = word.span;
  return {
    name: { text: word.text.slice(0, cut), span: span(source, start, start + cut) },
    value: unquoted({ text: word.text.slice(cut + 1), span: span(source, start + cut + 1, end) }),
  };
}

function passageOf({ text, span: at }: Word): Passage {
  return { text, at: (from, to) => span(at.source, at.start + from, at.start + to) };
}
