// Quoted strings and variable references: where they end, and what they mean.

import { type Diagnostic, error, warning } from '../diagnostics/diagnostic.ts';
import { type Source, span } from '../source/source.ts';
import type { ValuePart } from './ast.ts';
import { codePointName, isSimpleName, isXmlCharacter, SIMPLE_NAME } from './characters.ts';

const simpleName = new RegExp(SIMPLE_NAME, 'y');
const plainText = /[^"\\$\r\n]*/y;

type Reference = { readonly end: number; readonly name: string; readonly column: string | null };

/** The end of the string that opens at `start`, behind its closing quote; -1 when its line ends first. */
export function stringEnd(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    plainText.lastIndex = at;
    plainText.test(text);
    at = plainText.lastIndex;
    switch (text[at]) {
      case '"':
        return at + 1;
      case '\\':
        if (text[at + 1] === '\n' || text[at + 1] === '\r') return -1;
        at += 2;
        break;
      case '$':
        // the quotes of ${row["Column Name"]} do not end the string
        at = text[at + 1] === '{' ? (braced(text, at)?.end ?? at + 2) : at + 1;
        break;
      case '\r':
        if (text[at + 1] === '\n') return -1;
        at++;
        break;
      default:
        return -1;
    }
    if (at >= text.length) return -1;
  }
}

/** `name`, `row.column` or `row["Column Name"]` at `at`. The column may be missing; null when the name is. */
function reference(text: string, at: number): Reference | null {
  const name = nameAt(text, at);
  if (name === null) return null;
  const end = at + name.length;
  if (text[end] === '.') {
    const column = nameAt(text, end + 1);
    return column === null ? { end, name, column: null } : { end: end + 1 + column.length, name, column };
  }
  if (text[end] === '[' && text[end + 1] === '"') {
    const quoted = columnEnd(text, end + 1);
    if (quoted === -1 || text[quoted] !== ']') return null;
    const column = text.slice(end + 2, quoted - 1).replace(/\\(["\\])/g, '$1');
    return { end: quoted + 1, name, column };
  }
  return { end, name, column: null };
}

/** The end of the quoted column name that opens at `start`; only `\"` and `\\` are escapes in it. */
function columnEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const unit = text[at];
    if (unit === '"') return at + 1;
    if (unit === '\n') return -1;
    if (unit === '\\') at++;
  }
  return -1;
}

function nameAt(text: string, at: number): string | null {
  simpleName.lastIndex = at;
  return simpleName.test(text) ? text.slice(at, simpleName.lastIndex) : null;
}

/** `${…}` at `at`. */
function braced(text: string, at: number): Reference | null {
  const found = reference(text, at + 2);
  return found !== null && text[found.end] === '}' ? { ...found, end: found.end + 1 } : null;
}

/** The end of the variable that `$` at `start` begins; -1 when no name follows. */
export function variableEnd(text: string, start: number): number {
  return reference(text, start + 1)?.end ?? -1;
}

/** The part that a variable token from `start` stands for. */
export function variablePart(source: Source, start: number): ValuePart {
  const found = reference(source.text, start + 1);
  if (found === null) throw new Error('not a variable');
  return {
    type: 'variable',
    name: found.name,
    column: found.column,
    span: span(source, start, found.end),
  };
}

/**
 * The parts of the string token from `start` to `end`, quotes included: escapes resolved, `${…}` taken out,
 * neighbouring literals joined, none empty. In an `xpath`, `$name` is XPath's own variable and `${…}` is refused:
 * a script's values are bound, never pasted. Problems go to `report`; what is broken stands for itself.
 */
export function stringParts(
  source: Source,
  start: number,
  end: number,
  kind: 'text' | 'xpath',
  report: (problem: Diagnostic) => void,
): readonly ValuePart[] {
  const { text } = source;
  const parts: ValuePart[] = [];
  let literal = '';
  const stop = end - 1;
  for (let at = start + 1; at < stop; ) {
    plainText.lastIndex = at;
    plainText.test(text);
    const plain = Math.min(plainText.lastIndex, stop);
    literal += text.slice(at, plain);
    at = plain;
    if (at >= stop) break;
    if (text[at] === '\\') {
      const resolved = escapeAt(source, at, stop, report);
      literal += resolved.text;
      at = resolved.end;
    } else if (text[at] !== '$') {
      literal += text[at];
      at++;
    } else if (text[at + 1] !== '{') {
      if (kind === 'text') warnOfBareDollar(source, at, stop, report);
      literal += '$';
      at++;
    } else {
      const found = braced(text, at);
      if (found === null) report(badReference(source, at));
      else if (kind === 'xpath') report(pastedReference(source, at, found));
      if (found === null || kind === 'xpath') {
        literal += '${';
        at += 2;
      } else {
        if (literal !== '') parts.push({ type: 'literal', text: literal });
        literal = '';
        parts.push({
          type: 'variable',
          name: found.name,
          column: found.column,
          span: span(source, at, found.end),
        });
        at = found.end;
      }
    }
  }
  if (literal !== '') parts.push({ type: 'literal', text: literal });
  return parts;
}

function badReference(source: Source, at: number): Diagnostic {
  return error('SL311', span(source, at, at + 2), 'this `${` begins no variable', {
    help: 'write `${name}`, `${row.column}` or `${row["Column Name"]}`; a plain dollar sign is `\\$`',
  });
}

function pastedReference(source: Source, at: number, found: Reference): Diagnostic {
  const { name, column } = found;
  const help =
    column === null || isSimpleName(column)
      ? `an XPath reads variables by itself: write \`$${name}${column === null ? '' : `_${column}`}\`, without braces and quotes`
      : `an XPath reads variables by itself: name it with \`let\`, and write \`$NAME\` without braces and quotes`;
  return error('SL319', span(source, at, found.end), 'a variable cannot be pasted into an XPath', { help });
}

/** A `$name` in a string stays as it is, where a shell would put the value in. */
function warnOfBareDollar(
  source: Source,
  at: number,
  stop: number,
  report: (problem: Diagnostic) => void,
): void {
  const found = reference(source.text, at + 1);
  if (found === null || found.end > stop) return;
  const written = source.text.slice(at + 1, found.end);
  report(
    warning('SL315', span(source, at, found.end), `\`$${written}\` in a string stays as it is`, {
      help: `write \`\${${written}}\` for the variable, or \`\\$${written}\` for the characters`,
    }),
  );
}

function escapeAt(
  source: Source,
  at: number,
  stop: number,
  report: (problem: Diagnostic) => void,
): { readonly text: string; readonly end: number } {
  const { text } = source;
  switch (text[at + 1]) {
    case '"':
    case '\\':
    case '$':
      return { text: text.slice(at + 1, at + 2), end: at + 2 };
    case 'n':
      return { text: '\n', end: at + 2 };
    case 't':
      return { text: '\t', end: at + 2 };
    case 'u': {
      const braced = /^\{([0-9A-Fa-f]{1,6})\}/.exec(text.slice(at + 2, Math.min(at + 10, stop)));
      if (braced === null) {
        report(
          error('SL311', span(source, at, at + 2), 'this `\\u` is not followed by `{` hex digits `}`', {
            help: 'write one to six hex digits in braces: `\\u{e9}`',
          }),
        );
        return { text: '\\u', end: at + 2 };
      }
      const codePoint = Number.parseInt(braced[1] ?? '', 16);
      const end = at + 2 + braced[0].length;
      if (!isXmlCharacter(codePoint)) {
        report(
          error(
            'SL311',
            span(source, at, end),
            `${codePointName(codePoint)} is not a character that XML can hold`,
            {
              help: 'leave it out',
            },
          ),
        );
        return { text: '', end };
      }
      return { text: String.fromCodePoint(codePoint), end };
    }
    default: {
      const next = String.fromCodePoint(text.codePointAt(at + 1) ?? 0x20);
      report(
        error('SL311', span(source, at, at + 1 + next.length), `unknown escape \`\\${next}\``, {
          help: 'the escapes are `\\"` `\\\\` `\\n` `\\t` `\\$` `\\u{…}`; a backslash itself is `\\\\`',
        }),
      );
      return { text: `\\${next}`, end: at + 1 + next.length };
    }
  }
}
