// The text of a policy path as data (rule 12). What its names mean is asked elsewhere (path-pattern.ts).

import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import type { Span } from '../source/source.ts';
import type { Passage } from './passage.ts';

export type PathSyntax = {
  /** `**` alone: everything, the root element too. */
  readonly everything: boolean;
  /** A leading `**.`. */
  readonly anyDepth: boolean;
  readonly steps: readonly StepSyntax[];
  /** A trailing `.**`. */
  readonly below: boolean;
  readonly leaf: LeafSyntax | null;
  readonly span: Span;
};

type StepSyntax = {
  readonly name: NameSyntax;
  /** Null without brackets. */
  readonly key: KeySyntax | null;
};

export type NameSyntax =
  | { readonly type: 'any'; readonly span: Span }
  | { readonly type: 'plain'; readonly text: string; readonly span: Span }
  | { readonly type: 'quoted'; readonly text: string; readonly span: Span };

export type LeafSyntax =
  | { readonly type: 'attribute'; readonly name: string; readonly quoted: boolean; readonly span: Span }
  | { readonly type: 'text'; readonly span: Span };

/** What stands between `/` in brackets; `null` for `*`. A range, `A-B` or `A-*`, is one part here: its key says how to split it. */
export type KeySyntax = { readonly parts: readonly KeyPartSyntax[]; readonly span: Span };

type KeyPartSyntax = { readonly text: string | null; readonly quoted: boolean; readonly span: Span };

const NAME = /[A-Za-z_][A-Za-z0-9_:-]*/y;
/** At most U+10FFFF. */
const UNICODE_ESCAPE = /\\u\{(10[0-9a-fA-F]{4}|[0-9a-fA-F]{1,5})\}/y;
/** A key that needs no quotes: a MAC, an address, a name, `*`. */
const BARE_KEY_PART = /[^\][/@,#"'\s]+/y;
/** Each side of a range is a whole part. */
const STARRED_RANGE = /^(?:\*-[^*]+|[^*]+-\*|\*-\*)$/;

/** The path, or null when it is malformed; the one problem is reported. Linear. */
export function parsePath(passage: Passage, diagnostics: Diagnostic[]): PathSyntax | null {
  const { text } = passage;
  let at = 0;

  const fail = (start: number, end: number, message: string, help: string): null => {
    diagnostics.push(error('SL620', passage.at(start, Math.max(end, start)), message, { help }));
    return null;
  };
  const sticky = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? null;
  };
  /** The quoted text at `at`, which then stands behind it; null, reported, when it is not closed. Escapes are those of path.ts. */
  const quoted = (): { readonly text: string; readonly span: Span } | null => {
    const start = at;
    const quote = text[at];
    let value = '';
    for (at++; at < text.length && text[at] !== quote; at++) {
      if (text[at] !== '\\') {
        value += text[at];
        continue;
      }
      UNICODE_ESCAPE.lastIndex = at;
      const code = UNICODE_ESCAPE.exec(text);
      at++;
      if (code !== null) {
        value += String.fromCodePoint(Number.parseInt(code[1] ?? '0', 16));
        at += code[0].length - 2;
      } else {
        value += text[at] === 'n' ? '\n' : text[at] === 't' ? '\t' : (text[at] ?? '');
      }
    }
    if (at >= text.length)
      return fail(start, start + 1, 'this quote is not closed', `close it with ${quote ?? ''}`);
    at++;
    return { text: value, span: passage.at(start, at) };
  };

  const parseName = (): NameSyntax | null => {
    const start = at;
    if (text[at] === '*') {
      at++;
      return { type: 'any', span: passage.at(start, at) };
    }
    if (text[at] === "'" || text[at] === '"') {
      const name = quoted();
      if (name === null) return null;
      if (name.text === '')
        return fail(start, at, 'empty name', 'write the name of an element between the quotes');
      return { type: 'quoted', ...name };
    }
    const name = sticky(NAME);
    if (name === null) {
      const found = at < text.length ? `\`${text[at]}\`` : 'the end';
      return fail(
        at,
        at + 1,
        `expected the name of an element, found ${found}`,
        at === 0 && text.startsWith('/')
          ? 'this is no XPath: steps are joined by dots, `ip[*].dhcp.host[*]`'
          : 'write a path such as `ip[*].dhcp.host[*]`',
      );
    }
    at += name.length;
    return { type: 'plain', text: name, span: passage.at(start, at) };
  };

  const parseKey = (): KeySyntax | null => {
    const open = at++;
    if (text[at] === '#') {
      return fail(
        open,
        at + 1,
        'places such as `[#2]` are no keys',
        'write a key, `[*]`, or `[*]` with a condition',
      );
    }
    const parts: KeyPartSyntax[] = [];
    for (;;) {
      const start = at;
      if (text[at] === '"' || text[at] === "'") {
        const part = quoted();
        if (part === null) return null;
        parts.push({ ...part, quoted: true });
      } else {
        const part = sticky(BARE_KEY_PART) ?? '';
        at += part.length;
        if (/^[A-Za-z_][\w:-]*=/.test(part)) {
          const name = part.slice(0, part.indexOf('='));
          return fail(
            start,
            at,
            'a path selects by key, not by attribute',
            `write [*] and a condition on \`${name}\``,
          );
        }
        if (part.includes('${') || part.startsWith('$')) {
          return fail(start, at, 'a policy has no variables', 'write the key itself, or [*] and a condition');
        }
        if (part.includes('*') && part !== '*' && !STARRED_RANGE.test(part)) {
          return fail(
            start,
            at,
            '`*` stands for a whole key or a whole part of one',
            'write [*] and a condition with `like`',
          );
        }
        parts.push({ text: part === '*' ? null : part, quoted: false, span: passage.at(start, at) });
      }
      if (text[at] === '/') at++;
      else break;
    }
    if (text[at] !== ']') {
      const found = at < text.length ? `\`${text[at]}\`` : 'the end';
      return fail(
        at,
        at + 1,
        `expected \`]\`, found ${found}`,
        'quote a key with special characters: txt["a]b"]',
      );
    }
    at++;
    return { parts, span: passage.at(open, at) };
  };

  const parseLeaf = (): LeafSyntax | null => {
    const start = ++at;
    if (text.startsWith('text()', at)) {
      at += 6;
      return { type: 'text', span: passage.at(start, at) };
    }
    if (text[at] === "'" || text[at] === '"') {
      const name = quoted();
      return name === null ? null : { type: 'attribute', name: name.text, quoted: true, span: name.span };
    }
    const name = sticky(NAME);
    if (name === null)
      return fail(
        start,
        start + 1,
        'expected the name of an attribute behind `@`',
        'write `@name` or `@text()`',
      );
    at += name.length;
    return { type: 'attribute', name, quoted: false, span: passage.at(start, at) };
  };

  const whole = passage.at(0, text.length);
  if (text === '')
    return fail(0, 0, 'empty path', 'write `**` for everything, or a path such as `bridge@stp`');
  if (text === '**')
    return { everything: true, anyDepth: false, steps: [], below: true, leaf: null, span: whole };

  const anyDepth = text.startsWith('**.');
  if (anyDepth) at = 3;
  const steps: StepSyntax[] = [];
  let below = false;
  for (;;) {
    if (text.startsWith('**', at)) {
      if (steps.length === 0 || (at + 2 < text.length && text[at + 2] !== '@')) {
        return fail(
          at,
          at + 2,
          '`**` stands only at the start or the end of a path',
          'write `**.name`, `name.**` or `**`',
        );
      }
      at += 2;
      below = true;
      break;
    }
    const name = parseName();
    if (name === null) return null;
    let key: KeySyntax | null = null;
    if (text[at] === '[') {
      key = parseKey();
      if (key === null) return null;
    }
    steps.push({ name, key });
    if (text[at] !== '.') break;
    at++;
  }
  let leaf: LeafSyntax | null = null;
  if (text[at] === '@') {
    leaf = parseLeaf();
    if (leaf === null) return null;
  }
  if (at < text.length) {
    return fail(
      at,
      at + 1,
      `unexpected \`${text[at]}\` in a path`,
      'steps are joined by `.`, an attribute follows `@`',
    );
  }
  return { everything: false, anyDepth, steps, below, leaf, span: whole };
}
