// Cuts the tokens of a script into items, so that each is parsed by itself and a broken one hides no other.
// Sees only separators, brackets and first words; whether an item means anything is the grammar's question.

import type { IToken, TokenType } from 'chevrotain';
import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { type Source, type Span, span } from '../source/source.ts';
import { nearestName } from '../std/nearest-name.ts';
import { codePointName, FORBIDDEN } from './characters.ts';
import { shortened } from './grammar.ts';
import { blockHeads, foreignVerbs, heads } from './keywords.ts';
import {
  BrokenString,
  BrokenXml,
  Hash,
  keywordTokens as kw,
  LBrace,
  LBracket,
  type Lexed,
  LParen,
  Newline,
  RBrace,
  RBracket,
  RParen,
  Semicolon,
  Separator,
  StringLiteral,
  tokenEnd,
  Unknown,
  Word,
  XmlLiteral,
} from './tokens.ts';

/** One item: its tokens from `first` up to `end`, for an item with a block up to its `{`. */
export type Piece = {
  readonly first: number;
  readonly end: number;
  /** False when a problem in it has been reported already: parsing it would only repeat that. */
  readonly sound: boolean;
  /** The items of its block; null when it has none. */
  readonly body: readonly Piece[] | null;
};

/** Deeper nesting of brackets and blocks than any network has; keeps every recursion over a script shallow. */
const MAX_DEPTH = 64;
/** Unknown words for which a near one is looked up; the next ones get the list of verbs. */
const MAX_LOOKUPS = 200;

const headTokens: ReadonlySet<TokenType> = new Set(heads.map((word) => kw[word]));
const blockTokens: ReadonlySet<TokenType> = new Set(blockHeads.map((word) => kw[word]));
const blockWords: ReadonlySet<string> = new Set(blockHeads);
/** What can follow a name in a condition, so that `add exists` and `@add in` begin no statement there. */
const conditionWords: readonly TokenType[] = [kw.exists, kw.absent, kw.in, kw.like];
const forbidden = new RegExp(FORBIDDEN, 'y');

type Report = (problem: Diagnostic) => 'go on' | 'stop';

/** The items of a script. Every bracket, string and first word that is wrong goes to `report`. */
export function cutScript(source: Source, lexed: Lexed, report: Report): readonly Piece[] {
  const { tokens, brokenLiterals } = lexed;
  let at = 0;
  let stopped = false;
  let lookups = 0;

  function tell(problem: Diagnostic): void {
    if (!stopped && report(problem) === 'stop') stopped = true;
  }

  function spanOf(token: IToken): Span {
    return span(source, token.startOffset, tokenEnd(token));
  }

  /** Whether the token's first character was told as one that may stand nowhere. */
  function isForbidden(token: IToken): boolean {
    forbidden.lastIndex = token.startOffset;
    return forbidden.test(source.text);
  }

  function items(opener: IToken | null, depth: number): Piece[] {
    const pieces: Piece[] = [];
    while (!stopped) {
      const token = tokens[at];
      if (token === undefined) {
        if (opener !== null) tell(unclosed(opener));
        break;
      }
      if (token.tokenType === RBrace) {
        at++;
        if (opener !== null) break;
        tell(closesNothing(token));
      } else if (isSeparator(token)) {
        at++;
      } else {
        pieces.push(item(depth));
        const next = tokens[at];
        if (next !== undefined && !isSeparator(next) && next.tokenType !== RBrace) {
          tell(
            error('SL307', spanOf(next), `expected a newline or \`;\` before ${described(next)}`, {
              help: 'begin a new line',
            }),
          );
        }
      }
    }
    return pieces;
  }

  function item(depth: number): Piece {
    const first = at;
    // items() calls this at a token
    const head = tokens[at]!;
    const verb = headTokens.has(head.tokenType) ? 'known' : unknownVerb(head);
    const takesBlock = blockTokens.has(head.tokenType) || verb === 'block';
    const open: IToken[] = [];
    let sound = verb === 'known';
    let bracketsFit = true;
    let unexpected: IToken | null = null;

    function wrong(problem: Diagnostic): void {
      tell(problem);
      sound = false;
    }

    /** One problem with brackets brings others along: only the first is told. */
    function wrongBracket(problem: Diagnostic): void {
      if (bracketsFit) wrong(problem);
      bracketsFit = false;
    }

    function push(token: IToken): void {
      open.push(token);
      if (bracketsFit && depth + open.length > MAX_DEPTH) wrongBracket(nestedTooDeep(token));
    }

    scan: for (; at < tokens.length; at++) {
      // the loop's condition
      const token = tokens[at]!;
      const inner = open.at(-1);
      switch (token.tokenType) {
        case Newline:
          if (inner === undefined) break scan;
          if (inner.tokenType === LBracket || beginsStatement(at + 1)) {
            wrongBracket(unclosed(inner));
            open.length = 0;
            break scan;
          }
          break;
        case Semicolon:
          if (inner === undefined) break scan;
          if (inner.tokenType !== LBrace) {
            wrongBracket(unclosed(inner));
            open.length = 0;
            if (!beginsStatement(at + 1)) skipLine();
            break scan;
          }
          break;
        case LBrace:
          if (inner !== undefined && inner.tokenType !== LBrace) {
            wrongBracket(unclosed(inner));
            while (open.length > 0 && open.at(-1)?.tokenType !== LBrace) open.pop();
          }
          if (
            open.length === 0 &&
            (takesBlock || (verb === 'unknown' && beginsStatement(behindSeparators(at + 1))))
          ) {
            break scan;
          }
          push(token);
          break;
        case RBrace:
          if (inner !== undefined && inner.tokenType !== LBrace) {
            wrongBracket(unclosed(inner));
            while (open.length > 0 && open.at(-1)?.tokenType !== LBrace) open.pop();
          }
          if (open.length === 0) break scan;
          open.pop();
          break;
        case LParen:
        case LBracket:
          push(token);
          break;
        case RParen:
        case RBracket: {
          const wanted = token.tokenType === RParen ? LParen : LBracket;
          if (inner?.tokenType === wanted) open.pop();
          else if (inner === undefined || inner.tokenType === LBrace) wrongBracket(closesNothing(token));
          else {
            wrongBracket(unclosed(inner));
            open.pop();
          }
          break;
        }
        case BrokenString:
          wrong(unclosedString(token));
          break;
        case BrokenXml:
          wrong(unclosedLiteral(token));
          break;
        case Unknown:
          // a value in the wrong place is full of them; one that is forbidden anywhere has been told
          if (unexpected === null && !isForbidden(token)) tell(unexpectedCharacter(token));
          unexpected = token;
          sound = false;
          break;
      }
    }
    const unended = open.at(-1);
    if (unended !== undefined) wrongBracket(unclosed(unended));

    const end = at;
    const brace = tokens[at];
    if (brace?.tokenType !== LBrace) return { first, end, sound, body: null };
    at++;
    if (depth + 1 > MAX_DEPTH) {
      tell(nestedTooDeep(brace));
      skipBlock(brace);
      return { first, end, sound: false, body: null };
    }
    return { first, end, sound, body: items(brace, depth + 1) };
  }

  /**
   * Whether the tokens at `index` can only be a statement: in a body or a condition no keyword is followed by a name
   * or a literal so. It shows a forgotten bracket where it was forgotten, not at the end of the script.
   */
  function beginsStatement(index: number): boolean {
    const first = tokens[index];
    const second = tokens[index + 1];
    if (first === undefined || second === undefined || !headTokens.has(first.tokenType)) return false;
    if (second.tokenType === XmlLiteral) return true;
    // `@name in "…"` may be broken before its `in`
    if (second.tokenType === StringLiteral) return first.tokenType !== kw.in;
    if (!isWord(second) || conditionWords.includes(second.tokenType)) return false;
    return tokens[index + 2]?.image !== '=';
  }

  /** `bridge stp=off`, `domain = x`, `ip[…`: a path stands where the verb should. */
  function looksSet(index: number): boolean {
    return (
      tokens[index + 1]?.image === '=' || tokens[index + 1]?.image === '[' || tokens[index + 2]?.image === '='
    );
  }

  function behindSeparators(index: number): number {
    let behind = index;
    while (isSeparator(tokens[behind])) behind++;
    return behind;
  }

  function skipLine(): void {
    while (at < tokens.length && tokens[at]?.tokenType !== Newline && tokens[at]?.tokenType !== RBrace) at++;
  }

  function skipBlock(opener: IToken): void {
    for (let depth = 1; depth > 0; at++) {
      const token = tokens[at];
      if (token === undefined) {
        tell(unclosed(opener));
        return;
      }
      if (token.tokenType === LBrace) depth++;
      if (token.tokenType === RBrace) depth--;
    }
  }

  /** Reports a first word that is none of the language's; says whether a block is to be expected behind it. */
  function unknownVerb(head: IToken): 'block' | 'unknown' {
    // told where the token is scanned
    if ([BrokenString, BrokenXml, Unknown, RParen, RBracket].includes(head.tokenType)) return 'unknown';
    if (head.tokenType === Hash) {
      tell(
        error('SL313', spanOf(head), 'unexpected `#`', {
          help: 'a comment begins at the start of a line or after white space',
        }),
      );
      return 'unknown';
    }
    if (!isWord(head)) {
      tell(
        error('SL306', spanOf(head), `a statement begins with a verb, not with ${described(head)}`, {
          help: listOfVerbs,
        }),
      );
      return 'unknown';
    }
    const meant =
      foreignVerbs.get(head.image.toLowerCase()) ??
      (lookups++ < MAX_LOOKUPS ? nearestName(head.image, heads) : null);
    const help =
      meant !== null
        ? `did you mean \`${meant}\`?`
        : looksSet(at)
          ? `to change an element, write \`set ${shortened(head.image)}…\``
          : listOfVerbs;
    tell(error('SL306', spanOf(head), `unknown verb \`${shortened(head.image)}\``, { help }));
    return meant !== null && blockWords.has(meant.split(' ')[0] ?? '') ? 'block' : 'unknown';
  }

  function unclosed(token: IToken): Diagnostic {
    const closer = token.tokenType === LBrace ? '}' : token.tokenType === LParen ? ')' : ']';
    return error('SL303', spanOf(token), `this \`${token.image}\` is never closed`, {
      help:
        token.tokenType === LBracket ? 'close it with `]` on the same line' : `close it with \`${closer}\``,
    });
  }

  function closesNothing(token: IToken): Diagnostic {
    return error('SL304', spanOf(token), `this \`${token.image}\` closes nothing`, {
      help: 'remove it, or open the bracket before',
    });
  }

  function nestedTooDeep(token: IToken): Diagnostic {
    return error('SL312', spanOf(token), `brackets are nested more than ${MAX_DEPTH} deep`, {
      help: 'nest less',
    });
  }

  function unclosedString(token: IToken): Diagnostic {
    const { startOffset } = token;
    return error(
      'SL302',
      span(source, startOffset, startOffset + 1),
      'this string is not closed on its line',
      {
        help: 'close it with `"`; a line break in a string is `\\n`, a quote is `\\"`',
      },
    );
  }

  function unclosedLiteral(token: IToken): Diagnostic {
    const { startOffset } = token;
    const broken = brokenLiterals.get(startOffset);
    return error('SL305', span(source, startOffset, startOffset + 1), 'this XML literal is not closed', {
      labels:
        broken === undefined
          ? []
          : [{ span: span(source, broken.at, broken.at + 1), message: broken.reason }],
      help: 'close every element with `/>` or `</name>`',
    });
  }

  function unexpectedCharacter(token: IToken): Diagnostic {
    const character = String.fromCodePoint(token.image.codePointAt(0) ?? 0);
    if (valueCharacters.includes(character)) {
      // the whole word that holds it: the parts of `52:54:00:…` alone say nothing
      const { text } = source;
      let start = token.startOffset;
      while (start > 0 && token.startOffset - start < 40 && !/[\s"(){}[\],;<>=]/.test(text[start - 1] ?? ''))
        start--;
      const word = /^[^\s"(){}[\],;<>]{0,80}/.exec(text.slice(start, start + 80))?.[0] ?? character;
      return error('SL313', span(source, start, start + word.length), `unexpected \`${shortened(word)}\``, {
        help: 'a value stands behind `=`, an operator or `[`; anything else is a name',
      });
    }
    const shown = /\s/.test(character) ? codePointName(character.codePointAt(0) ?? 0) : `\`${character}\``;
    return error(
      'SL313',
      span(source, token.startOffset, token.startOffset + character.length),
      `unexpected ${shown}`,
      {
        help: helpFor(character),
      },
    );
  }

  return items(null, 0);
}

/**
 * The tokens of a piece as the grammar wants them: without the newlines in parentheses, with one separator between
 * two children of a body and none at its ends, and with an empty block where the block was cut out.
 */
export function tokensOf(tokens: readonly IToken[], piece: Piece): IToken[] {
  const kept: IToken[] = [];
  let open: IToken[] | null = null;
  let separator: IToken | null = null;
  for (let i = piece.first; i < piece.end; i++) {
    // the piece's bounds are those of the tokens
    const token = tokens[i]!;
    switch (token.tokenType) {
      case Newline:
      case Semicolon:
        if (open?.at(-1)?.tokenType !== LParen) separator ??= token;
        continue;
      case LBrace:
      case LParen:
        open ??= [];
        open.push(token);
        break;
      case RBrace:
        separator = null;
        open?.pop();
        break;
      case RParen:
        open?.pop();
        break;
    }
    if (separator !== null) {
      if (kept.at(-1)?.tokenType !== LBrace) kept.push(separator);
      separator = null;
    }
    kept.push(token);
  }
  if (piece.body !== null) kept.push(OPEN_BLOCK, CLOSE_BLOCK);
  return kept;
}

const OPEN_BLOCK = syntheticToken(LBrace, '{');
const CLOSE_BLOCK = syntheticToken(RBrace, '}');

/** A token that stands nowhere. */
export function syntheticToken(tokenType: TokenType, image: string): IToken {
  // createToken numbers every type
  return { image, startOffset: 0, tokenType, tokenTypeIdx: tokenType.tokenTypeIdx! };
}

/** What values are full of and names are not. */
const valueCharacters = '%*+-/:~';

const listOfVerbs = `a statement begins with one of ${heads.map((word) => `\`${word}\``).join(' ')}`;

function isSeparator(token: IToken | undefined): boolean {
  return token?.tokenType.CATEGORIES?.includes(Separator) ?? false;
}

function isWord(token: IToken): boolean {
  return token.tokenType.CATEGORIES?.includes(Word) ?? false;
}

/** A token as a message names it. */
export function described(token: IToken): string {
  if (token.tokenType === Newline) return 'the end of the line';
  if (token.tokenType === XmlLiteral) return 'an XML literal';
  if (token.tokenType === StringLiteral) return `the string \`${shortened(token.image)}\``;
  return `\`${shortened(token.image)}\``;
}

function helpFor(character: string): string {
  switch (character) {
    case "'":
    case '\u2018':
    case '\u2019':
    case '\u201c':
    case '\u201d':
      return 'strings are written in plain double quotes: `"…"`';
    case '\\':
      return 'a `\\` continues the line only where it is the last character of it';
    case '$':
      return 'a variable is `$name`, `$row.column` or `$row["Column Name"]`; in a string, `${name}`';
    default:
      return /\s/.test(character) ? 'use plain spaces' : 'remove it, or write the text in double quotes';
  }
}
