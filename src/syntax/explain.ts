// Why the grammar refused an item, in the user's words. Chevrotain says where and what it expected; the rest is here.

import type { IRecognitionException, IToken, TokenType } from 'chevrotain';
import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { type Source, span } from '../source/source.ts';
import { nearestName } from '../std/nearest-name.ts';
import { described } from './cut.ts';
import { END_OF_ITEM, shortened } from './grammar.ts';
import { keywordHelp } from './keyword-help.ts';
import { heads } from './keywords.ts';
import {
  At,
  Bare,
  Comma,
  Dot,
  Eq,
  EqEq,
  Hash,
  Int,
  keywordTokens as kw,
  LBrace,
  LBracket,
  Newline,
  RBrace,
  Semicolon,
  StringLiteral,
  tokenEnd,
  Variable,
  Word,
} from './tokens.ts';

/** What the item of a refusal looks like around the refused token. */
type Refused = {
  readonly source: Source;
  readonly tokens: readonly IToken[];
  /** Index of the refused token; the number of tokens when the item ended too early. */
  readonly index: number;
  readonly token: IToken | undefined;
  readonly previous: IToken | undefined;
  readonly next: IToken | undefined;
  readonly head: TokenType | undefined;
  readonly expected: string;
  /** How the refused token, or the end of the item, is called. */
  readonly found: string;
};

/**
 * The diagnostic for an item that the grammar refused. `tokens` are the item's, `behind` is the token that follows it.
 */
export function explain(
  source: Source,
  tokens: readonly IToken[],
  behind: IToken | undefined,
  refusal: IRecognitionException,
): Diagnostic {
  const index = tokens.indexOf(refusal.token);
  const at = index === -1 ? tokens.length : index;
  const token = tokens[at];
  const refused: Refused = {
    source,
    tokens,
    index: at,
    token,
    previous: tokens[at - 1],
    next: tokens[at + 1],
    head: tokens[0]?.tokenType,
    expected: refusal.message,
    found: token === undefined ? endOf(behind) : described(token),
  };
  return (
    singleEquals(refused) ??
    notJoined(refused) ??
    missingWord(refused) ??
    misusedMark(refused) ??
    expectedOther(refused)
  );
}

function endOf(behind: IToken | undefined): string {
  switch (behind?.tokenType) {
    case undefined:
      return 'the end of the script';
    case Newline:
      return 'the end of the line';
    case Semicolon:
    case RBrace:
    case LBrace:
      return `\`${behind?.image}\``;
    default:
      return 'the end of the statement';
  }
}

function place(refused: Refused): ReturnType<typeof span> {
  const { source, token, previous } = refused;
  if (token !== undefined && !isCutOut(token)) return span(source, token.startOffset, tokenEnd(token));
  const end = previous === undefined ? 0 : tokenEnd(previous);
  return span(source, end, end);
}

/** The braces that stand for a block have no place. */
function isCutOut(token: IToken): boolean {
  return (token.tokenType === LBrace || token.tokenType === RBrace) && token.startOffset === 0;
}

function singleEquals(refused: Refused): Diagnostic | null {
  const { token, expected } = refused;
  if (token?.tokenType === Eq && expected.startsWith('an operator')) {
    return error('SL308', place(refused), '`=` does not compare', { help: 'did you mean `==`?' });
  }
  const { source, next } = refused;
  const equals =
    token?.tokenType === EqEq ? token : expected === '`name=value`' && next?.tokenType === EqEq ? next : null;
  if (equals !== null && !expected.startsWith('an operator')) {
    return error('SL308', span(source, equals.startOffset, tokenEnd(equals)), '`==` gives no value', {
      help: 'did you mean `=`?',
    });
  }
  return null;
}

/** `$h.name.example.com`, `"a"b`: values that touch. */
function notJoined(refused: Refused): Diagnostic | null {
  const { token, previous, source } = refused;
  if (token === undefined || previous === undefined || isCutOut(token)) return null;
  if (![Bare, StringLiteral, Variable].includes(previous.tokenType)) return null;
  if (tokenEnd(previous) !== token.startOffset) return null;
  if (!isWord(token) && ![Dot, Int, StringLiteral, Variable, At, LBracket].includes(token.tokenType))
    return null;
  return error(
    'SL314',
    span(source, previous.startOffset, tokenEnd(token)),
    'a value is one word, one string or one variable',
    {
      help: 'to join them, write one string: `"${name}.example.com"`',
    },
  );
}

/** The word that joins the element with its place, by verb. */
function joiningWord(head: TokenType | undefined): { readonly verb: string; readonly word: string } | null {
  switch (head) {
    case kw.add:
      return { verb: 'add', word: 'to' };
    case kw.ensure:
      return { verb: 'ensure', word: 'in' };
    case kw.remove:
      return { verb: 'remove', word: 'from' };
    default:
      return null;
  }
}

const modWords: readonly TokenType[] = [kw.if, kw.each, kw.exactly, kw.because];
const MOD_WORDS: readonly string[] = ['first', 'last', 'before', 'after', 'if', 'each', 'exactly', 'because'];
const joiningWords: readonly TokenType[] = [kw.to, kw.in, kw.from, kw.with];
const positionWords: readonly TokenType[] = [kw.first, kw.last, kw.before, kw.after];

function missingWord(refused: Refused): Diagnostic | null {
  const { head, token, next, expected, found } = refused;
  if (head === kw.replace && expected === "'with'" && token !== undefined) {
    return error('SL309', place(refused), `missing \`with\` before ${found}`, {
      help: 'write `replace PATH with ELEMENT`',
    });
  }
  if (head === kw.on && expected === "'network'") {
    return error('SL309', place(refused), `missing \`network\` before ${found}`, {
      help: 'write `on network NAME { … }`',
    });
  }
  if (head === kw.for && expected === "'in'") {
    return error('SL309', place(refused), `missing \`in\` before ${found}`, {
      help: 'write `for NAME in csv("…") { … }`',
    });
  }
  if (expected === '`name=value`' && token !== undefined && isWord(token) && next?.tokenType !== Eq) {
    return missingEquals(refused, token);
  }
  if (token === undefined || !isWord(token) || expected !== END_OF_ITEM) return null;
  if (modWords.includes(token.tokenType) || positionWords.includes(token.tokenType)) return null;
  if (head === kw.set && nearWord(token.image, MOD_WORDS) === null) return missingEquals(refused, token);
  const joining = joiningWord(head);
  if (joining === null) return null;
  const { verb, word } = joining;
  if (saidAlready(refused, word)) return null;
  if (joiningWords.includes(token.tokenType)) {
    return error('SL309', place(refused), `\`${verb}\` takes \`${word}\`, not \`${token.image}\``, {
      help: `write \`${word}\` before the path`,
    });
  }
  const meant = nearWord(token.image, [word]);
  if (meant !== null && next !== undefined && isWord(next)) {
    return error('SL309', place(refused), `unexpected \`${shortened(token.image)}\``, {
      help: `did you mean \`${word}\`?`,
    });
  }
  const pathLike =
    next === undefined ||
    next.tokenType === Dot ||
    next.tokenType === LBracket ||
    modWords.includes(next.tokenType);
  if (pathLike) {
    const ambiguous = next === undefined ? `, or \`${shortened(token.image)}=…\` for an attribute` : '';
    return error('SL309', place(refused), `missing \`${word}\` before \`${shortened(token.image)}\``, {
      help: `write \`${word} ${shortened(token.image)}\`${ambiguous}`,
    });
  }
  return nearWord(token.image, MOD_WORDS) === null ? missingEquals(refused, token) : null;
}

/** A word of one or two letters is near everything. */
function nearWord(text: string, words: readonly string[]): string | null {
  return text.length < 3 ? null : nearestName(text, words);
}

function missingEquals(refused: Refused, token: IToken): Diagnostic {
  return error('SL309', place(refused), `missing \`=\` after \`${shortened(token.image)}\``, {
    help: `an attribute is written \`${shortened(token.image)}=value\``,
  });
}

/** Whether the item has its `to`, `in` or `from` already. */
function saidAlready(refused: Refused, word: string): boolean {
  for (let i = 1; i < refused.index; i++) {
    const token = refused.tokens[i];
    if (token?.image === word && isWord(token) && refused.tokens[i + 1]?.tokenType !== Eq) return true;
  }
  return false;
}

/** Marks and words of the language in places where they mean nothing. */
function misusedMark(refused: Refused): Diagnostic | null {
  const { head, token, expected, found } = refused;
  const message = refusedMessage(expected, found);
  const say = (help: string): Diagnostic => error('SL307', place(refused), message, { help });
  switch (token?.tokenType) {
    case Comma:
      return say(
        'attributes are separated by white space; a value with a comma in it is written in double quotes',
      );
    case Hash:
      return say('a comment begins at the start of a line or after white space');
    case Dot:
    case LBracket:
      // the name of the new element is the second token, or the one behind `with`
      if (expected !== END_OF_ITEM || joiningWord(head) === null || refused.index !== 2) return null;
      return say('the element is given by its name, and its place behind it: `add host mac=… to ip[…].dhcp`');
    case At:
      return head === kw.remove && expected === END_OF_ITEM
        ? say('an attribute is removed with `unset PATH@NAME`')
        : null;
    case kw.if:
    case kw.each:
    case kw.exactly:
    case kw.because:
      if (expected !== END_OF_ITEM) return null;
      return head === kw.assert || head === kw.expect
        ? say('a condition takes a message in double quotes and nothing else')
        : say('the order is `if exists`, then `each` or `exactly N`, then `because "…"`');
    default:
      return null;
  }
}

function refusedMessage(expected: string, found: string): string {
  return expected === END_OF_ITEM || expected === "'}'"
    ? `unexpected ${found.replace(/^(?:an|the) /, '')}`
    : `expected ${shownExpectation(expected)}, found ${found}`;
}

function expectedOther(refused: Refused): Diagnostic {
  const { token, expected, found } = refused;
  const code = token === undefined ? 'SL316' : 'SL307';
  const meant = token !== undefined && isWord(token) ? nearWord(token.image, wordsIn(expected)) : null;
  return error(code, place(refused), refusedMessage(expected, found), {
    help: meant === null ? formHere(refused) : `did you mean \`${meant}\`?`,
  });
}

/** How what was begun is written. */
function formHere(refused: Refused): string | null {
  const { head, previous, expected } = refused;
  if (previous?.tokenType === kw.because) return form(kw.because);
  if (expected === "'}'")
    return 'children are separated by newlines or `;`, and attributes are written `name=value`';
  if (expected === "']'")
    return 'a key with white space is written in double quotes; `name=value` are separated by commas';
  if (expected === "'{'" && head === kw.on) return 'several networks are separated by commas';
  return form(head);
}

/** Labels of tokens are in single quotes, as diagrams have them; messages use backticks. */
function shownExpectation(expected: string): string {
  return expected.replace(/^'(.*)'$/, '`$1`');
}

function wordsIn(expected: string): readonly string[] {
  return expected === END_OF_ITEM ? MOD_WORDS : (expected.match(/[a-z][a-z+]*(?=[`'])/g) ?? []);
}

/** How a statement of this head is written. */
function form(head: TokenType | undefined): string | null {
  const written = forms.get(head);
  return written === undefined ? null : `write \`${written}\``;
}

const forms: ReadonlyMap<TokenType | undefined, string> = new Map(
  heads.map((word) => [kw[word], keywordHelp[word].form]),
);

function isWord(token: IToken): boolean {
  return token.tokenType.CATEGORIES?.includes(Word) ?? false;
}
