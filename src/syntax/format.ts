// The canonical layout of a script's own text: `sluice fmt`. Works on tokens and on what stands between them, so that
// comments, blank lines and the spelling of values stay, and nothing that is no layout can change.

import type { IToken, TokenType } from 'chevrotain';
import { type Checked, hasErrors } from '../diagnostics/diagnostic.ts';
import type { Source } from '../source/source.ts';
import { blockHeads } from './keywords.ts';
import { lexScript, parseScript } from './parse.ts';
import {
  At,
  Comma,
  Dot,
  Eq,
  Hash,
  keywordTokens as kw,
  LBrace,
  LBracket,
  LParen,
  Newline,
  Optional,
  RBrace,
  RBracket,
  RParen,
  Semicolon,
  tokenEnd,
  XmlLiteral,
} from './tokens.ts';

/** The indentation of what continues a line. */
const CONTINUED = '    ';

/**
 * The script in canonical layout: two spaces a level, one statement a line, one blank line at the most, single spaces,
 * LF. Lines that were continued with `\` or in parentheses stay broken there; XML literals stay as they are. The
 * result of formatting it again is the same. Null, with the errors, when the script does not parse.
 */
export function formatScript(source: Source): Checked<string | null> {
  const { diagnostics } = parseScript(source);
  if (hasErrors(diagnostics)) return { value: null, diagnostics };
  return { value: layOut(source.text, lexScript(source.text)), diagnostics };
}

function layOut(text: string, tokens: readonly IToken[]): string {
  const braces = classifyBraces(text, tokens);
  const lines: string[] = [];
  let line = '';
  let previous: IToken | null = null;
  let depth = 0;
  let parens = 0;
  const open: Brace[] = [];
  /** How the next token or comment follows: on this line, on a new one, or on a continued one. */
  let follows: 'here' | 'line' | 'inside parentheses' | 'continued' = 'line';
  /** Whether the text has a line end since the last thing printed: a comment belongs to what it shares a line with. */
  let lineEnded = true;
  let blankBefore = false;
  let afterOpener = true;
  let itemBegins = true;
  let head = 0;

  function startLine(indentation: string): void {
    if (line !== '') lines.push(line);
    if (blankBefore && !afterOpener) lines.push('');
    line = indentation;
    previous = null;
    blankBefore = false;
    afterOpener = false;
  }

  function comment(written: string): void {
    const trimmed = written.trimEnd();
    if (lineEnded || line === '')
      startLine(parens > 0 ? `${indent(depth)}${CONTINUED}${trimmed}` : `${indent(depth)}${trimmed}`);
    else line += ` ${trimmed}`;
    follows = parens > 0 ? 'inside parentheses' : 'line';
    lineEnded = false;
  }

  /** Comments and continued lines between two tokens. */
  function gap(from: number, to: number): void {
    if (to === from) return;
    for (const [found] of text.slice(from, to).matchAll(/#[^\n]*|\\\r?\n/g)) {
      if (found.startsWith('#')) comment(found);
      else if (follows === 'here') follows = 'continued';
    }
  }

  function place(index: number, token: IToken): void {
    const space = previous !== null && needsSpace(tokens, index, head);
    if (follows === 'line') startLine(indent(depth));
    else if (follows === 'inside parentheses') startLine(`${indent(depth)}${CONTINUED}`);
    else if (follows === 'continued' && space) {
      line += ' \\';
      startLine(`${indent(depth)}${CONTINUED}`);
    } else if (space) line += ' ';
    line += token.tokenType === XmlLiteral ? token.image.replaceAll('\r\n', '\n') : token.image;
    previous = token;
    follows = 'here';
    lineEnded = false;
  }

  for (let index = 0; index < tokens.length; index++) {
    // the loop's condition
    const token = tokens[index]!;
    gap(index === 0 ? 0 : tokenEnd(tokens[index - 1]!), token.startOffset);
    const type = token.tokenType;
    if (type === Newline || type === Semicolon) {
      const inner = open.at(-1);
      if (parens > 0) follows = 'inside parentheses';
      else if (inner?.kind === 'inline') line += ';';
      else follows = 'line';
      if (type === Newline) {
        lineEnded = true;
        blankBefore =
          parens === 0 && (blankBefore || token.image.indexOf('\n') !== token.image.lastIndexOf('\n'));
      }
      if (inner === undefined || inner.kind === 'block') itemBegins = true;
      continue;
    }
    if (type === RBrace) {
      const brace = open.pop();
      itemBegins = false;
      if (brace !== undefined && brace.kind !== 'inline') {
        depth--;
        blankBefore = false;
        follows = 'line';
      }
      place(index, token);
      continue;
    }
    if (itemBegins) {
      head = index;
      itemBegins = false;
    }
    if (type === LParen) parens++;
    if (type === RParen) parens--;
    place(index, token);
    const brace = braces.get(index);
    if (brace === undefined) continue;
    if (brace.empty) {
      line += '}';
      index = brace.close;
      itemBegins = false;
      continue;
    }
    open.push(brace);
    itemBegins = brace.kind === 'block';
    if (brace.kind !== 'inline') {
      depth++;
      follows = 'line';
      afterOpener = true;
    }
  }
  const last = tokens.at(-1);
  gap(last === undefined ? 0 : tokenEnd(last), text.length);
  if (line !== '') lines.push(line);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function indent(depth: number): string {
  return '  '.repeat(depth);
}

/** A `{`: of a block, of a body on several lines, of a body on its element's line. */
type Brace = {
  kind: 'block' | 'lines' | 'inline';
  /** Nothing stands in it, not even a comment. */
  empty: boolean;
  /** Index of its `}`. */
  close: number;
};

const blockTokens: ReadonlySet<TokenType> = new Set(blockHeads.map((word) => kw[word]));

/** The braces by the index of their `{`. A body with a newline or a comment anywhere in it is laid out in lines. */
function classifyBraces(text: string, tokens: readonly IToken[]): ReadonlyMap<number, Brace> {
  const braces = new Map<number, Brace>();
  const open: Brace[] = [];
  let itemBegins = true;
  let blockFollows = false;
  let end = 0;
  tokens.forEach((token, index) => {
    const type = token.tokenType;
    const inner = open.at(-1);
    if (inner !== undefined) {
      const commented = token.startOffset - end > 1 && text.slice(end, token.startOffset).includes('#');
      const broken = type === Newline || commented || (type === XmlLiteral && token.image.includes('\n'));
      if (broken && inner.kind === 'inline') inner.kind = 'lines';
      if (commented || (type !== Newline && type !== Semicolon && type !== RBrace)) inner.empty = false;
    }
    end = tokenEnd(token);
    if (type === Newline || type === Semicolon) {
      if (inner === undefined || inner.kind === 'block') itemBegins = true;
      return;
    }
    if (itemBegins) blockFollows = blockTokens.has(type);
    itemBegins = false;
    if (type === LBrace) {
      const brace: Brace = { kind: blockFollows ? 'block' : 'inline', empty: true, close: index };
      itemBegins = blockFollows;
      blockFollows = false;
      open.push(brace);
      braces.set(index, brace);
    } else if (type === RBrace) {
      const closed = open.pop();
      if (closed === undefined) return;
      closed.close = index;
      const outer = open.at(-1);
      if (closed.kind === 'lines' && !closed.empty && outer?.kind === 'inline') outer.kind = 'lines';
    }
  });
  return braces;
}

/** Whether white space stands between the token at `index` and the one before it. `head` is where the item begins. */
function needsSpace(tokens: readonly IToken[], index: number, head: number): boolean {
  const before = tokens[index - 1]?.tokenType;
  switch (tokens[index]?.tokenType) {
    case Dot:
    case Comma:
    case RBracket:
    case RParen:
    case Optional:
    case LBracket:
      return false;
    case At:
      return before === Comma;
    case LParen:
      return before !== kw.count && before !== kw.csv && before !== kw.json && before !== LParen;
    case Eq:
      return isSpaced(tokens, index, head);
  }
  switch (before) {
    case Dot:
    case At:
    case LBracket:
    case LParen:
    case Hash:
      return false;
    case Eq:
      return isSpaced(tokens, index - 1, head);
    default:
      return true;
  }
}

/** `let x = 1` and `set domain = x` have spaces around `=`, attributes have none. */
function isSpaced(tokens: readonly IToken[], index: number, head: number): boolean {
  switch (tokens[head]?.tokenType) {
    case kw.let:
    case kw.param:
    case kw.namespace:
      return true;
    case kw.set: {
      // directly behind a path: its last step has a selector, or a dot or the verb before it
      if (tokens[index - 1]?.tokenType === RBracket) return true;
      return tokens[index - 2]?.tokenType === Dot || index - 2 === head;
    }
    default:
      return false;
  }
}
