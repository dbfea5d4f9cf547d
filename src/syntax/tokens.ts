// The tokens of the update language and the lexer that finds them. What a character means depends on its place (the
// dots of an address, the dots of a path), so some tokens look at those before them.

import { createToken, type IToken, Lexer, type TokenType } from 'chevrotain';
import { BARE, NAME } from './characters.ts';
import { type Keyword, keywords } from './keywords.ts';
import { stringEnd, variableEnd } from './strings.ts';
import { xmlLiteralEnd } from './xml-literal.ts';

type Match = [string] | null;

/**
 * Every code unit, but of those from 256 one for each bucket of the lexer's first-character table. Where Chevrotain
 * would have to work such hints out from the patterns, it takes many times longer.
 */
const anyStart: number[] = [
  ...Array.from({ length: 256 }, (_, code) => code),
  ...Array.from({ length: 257 }, (_, bucket) => Math.min(256 + bucket * 255, 0xffff)),
];
const nameStart = anyStart.filter((code) => code >= 0xc0 || /[A-Za-z_]/.test(String.fromCharCode(code)));

/** What the lexer remembers while it reads one text: it runs to its end in one call, and never twice at a time. */
type Memory = {
  /** How many `(` are open: in them a newline is white space. */
  parens: number;
  /** Where the unclosed XML literals stand, and why. */
  readonly brokenLiterals: Map<number, { readonly reason: string; readonly at: number }>;
  /** Characters read by searches for an end that was not there. */
  wasted: number;
};

let memory: Memory = { parens: 0, brokenLiterals: new Map(), wasted: 0 };

/** Any word: names, and all keywords, for each of them is also a name. */
export const Word = createToken({ name: 'Word', pattern: Lexer.NA, label: 'NAME' });
/** A newline or `;` that ends a statement or a child element. */
export const Separator = createToken({ name: 'Separator', pattern: Lexer.NA, label: "newline or ';'" });

const Name = createToken({
  name: 'Name',
  pattern: new RegExp(NAME),
  label: 'NAME',
  categories: Word,
  start_chars_hint: nameStart,
});

/** The token type of each keyword. */
export const keywordTokens = Object.fromEntries(
  keywords.map((keyword) => [
    keyword,
    createToken({
      name: keyword === 'live+config' ? 'LiveConfig' : keyword.charAt(0).toUpperCase() + keyword.slice(1),
      pattern: keyword,
      label: `'${keyword}'`,
      longer_alt: Name,
      // no XML name holds a `+`
      categories: keyword === 'live+config' ? [] : Word,
    }),
  ]),
  // fromEntries forgets which keys it was given
) as Record<Keyword, TokenType>;

function punctuation(tokenName: string, characters: string): TokenType {
  return createToken({ name: tokenName, pattern: characters, label: `'${characters}'` });
}

export const Dot = punctuation('Dot', '.');
export const At = punctuation('At', '@');
export const Comma = punctuation('Comma', ',');
export const Optional = punctuation('Optional', '?');
export const Star = punctuation('Star', '*');
export const LBracket = punctuation('LBracket', '[');
export const RBracket = punctuation('RBracket', ']');
export const LBrace = punctuation('LBrace', '{');
export const RBrace = punctuation('RBrace', '}');
export const EqEq = punctuation('EqEq', '==');
export const NotEq = punctuation('NotEq', '!=');
export const LessEq = punctuation('LessEq', '<=');
export const GreaterEq = punctuation('GreaterEq', '>=');
export const Eq = punctuation('Eq', '=');
export const Less = punctuation('Less', '<');
export const Greater = punctuation('Greater', '>');

export const LParen = createToken({
  name: 'LParen',
  label: "'('",
  pattern: (text: string, at: number): Match => {
    if (text[at] !== '(') return null;
    memory.parens++;
    return ['('];
  },
  start_chars_hint: ['('],
  line_breaks: false,
});
export const RParen = createToken({
  name: 'RParen',
  label: "')'",
  pattern: (text: string, at: number): Match => {
    if (text[at] !== ')') return null;
    if (memory.parens > 0) memory.parens--;
    return [')'];
  },
  start_chars_hint: [')'],
  line_breaks: false,
});

export const Semicolon = createToken({
  name: 'Semicolon',
  pattern: ';',
  label: "';'",
  categories: Separator,
});

const lineEnds = /(?:[ \t]*\r?\n)/y;
/** One or more line ends with blank lines between them. */
export const Newline = createToken({
  name: 'Newline',
  label: 'newline',
  categories: Separator,
  pattern: (text: string, at: number): Match => {
    if (text[at] !== '\n' && !(text[at] === '\r' && text[at + 1] === '\n')) return null;
    // a loop, for `(?:…)*` in a pattern overflows the stack on millions of blank lines
    let end = at;
    lineEnds.lastIndex = at;
    while (lineEnds.test(text)) {
      end = lineEnds.lastIndex;
    }
    return [text.slice(at, end)];
  },
  start_chars_hint: ['\n', '\r'],
  line_breaks: true,
});

const WhiteSpace = createToken({
  name: 'WhiteSpace',
  pattern: /[ \t]+/,
  group: Lexer.SKIPPED,
  start_chars_hint: [' ', '\t'],
});
const Continuation = createToken({
  name: 'Continuation',
  pattern: /\\\r?\n/,
  group: Lexer.SKIPPED,
  start_chars_hint: ['\\'],
  line_breaks: true,
});
const ByteOrderMark = createToken({
  name: 'ByteOrderMark',
  group: Lexer.SKIPPED,
  pattern: (text: string, at: number): Match => (at === 0 && text.startsWith('\ufeff') ? ['\ufeff'] : null),
  start_chars_hint: ['\ufeff'],
  line_breaks: false,
});

const commentText = /#[^\n]*/y;
const Comment = createToken({
  name: 'Comment',
  group: Lexer.SKIPPED,
  pattern: (text: string, at: number): Match =>
    isCommentStart(text, at) ? sticky(commentText, text, at) : null,
  start_chars_hint: ['#'],
  line_breaks: false,
});

/** Whether the `#` at `at` stands at the start of a line or after white space. */
function isCommentStart(text: string, at: number): boolean {
  const before = at === 0 ? '\n' : text[at - 1];
  return before === ' ' || before === '\t' || before === '\n' || (before === '\ufeff' && at === 1);
}

export const Hash = createToken({
  name: 'Hash',
  label: "'#'",
  pattern: (text: string, at: number): Match =>
    text[at] === '#' && !isCommentStart(text, at) ? ['#'] : null,
  start_chars_hint: ['#'],
  line_breaks: false,
});

export const StringLiteral = createToken({
  name: 'StringLiteral',
  label: 'STRING',
  pattern: (text: string, at: number): Match => {
    const end = text[at] === '"' ? stringEnd(text, at) : -1;
    return end === -1 ? null : [text.slice(at, end)];
  },
  start_chars_hint: ['"'],
  line_breaks: false,
});
const restOfLine = /[^\r\n]*/y;
/** A quote whose string does not end on its line, with the rest of the line. */
export const BrokenString = createToken({
  name: 'BrokenString',
  pattern: (text: string, at: number): Match => (text[at] === '"' ? sticky(restOfLine, text, at) : null),
  start_chars_hint: ['"'],
  line_breaks: false,
});

export const Variable = createToken({
  name: 'Variable',
  label: 'VARIABLE',
  pattern: (text: string, at: number): Match => {
    const end = text[at] === '$' ? variableEnd(text, at) : -1;
    return end === -1 ? null : [text.slice(at, end)];
  },
  start_chars_hint: ['$'],
  line_breaks: false,
});

const literalStart = new RegExp(`<${NAME}`, 'y');
export const XmlLiteral = createToken({
  name: 'XmlLiteral',
  label: 'XML',
  pattern: (text: string, at: number, before: IToken[]): Match => {
    literalStart.lastIndex = at;
    if (text[at] !== '<' || !literalStart.test(text) || isOperatorPlace(before)) return null;
    return literal(text, at);
  },
  start_chars_hint: ['<'],
  line_breaks: true,
});
/** The `<` of a literal that does not end, with the rest of its line. */
export const BrokenXml = createToken({
  name: 'BrokenXml',
  pattern: (text: string, at: number): Match =>
    memory.brokenLiterals.has(at) ? sticky(restOfLine, text, at) : null,
  start_chars_hint: ['<'],
  line_breaks: false,
});

/**
 * The balanced literal at `at`. A search that fails may read up to the end of the text; when such searches have read
 * the text a few times over, literals must end on their line: the whole stays linear.
 */
function literal(text: string, at: number): Match {
  const lineOnly = memory.wasted > 4 * text.length + 100_000;
  const searched = lineOnly ? (sticky(restOfLine, text, at)?.[0] ?? '') : text;
  const start = lineOnly ? 0 : at;
  const found = xmlLiteralEnd(searched, start);
  if (found.type === 'end') return [searched.slice(start, found.end)];
  memory.wasted += text.length - at;
  memory.brokenLiterals.set(at, { reason: found.reason, at: found.at - start + at });
  return null;
}

/** A bare value, only where a value is expected: behind `=`, an operator, `[`, and in the list of `on network`. */
export const Bare = createToken({
  name: 'Bare',
  label: 'BARE',
  pattern: (text: string, at: number, before: IToken[]): Match => {
    switch (valuePlace(before)) {
      case 'none':
        return null;
      case 'value':
        return sticky(bare, text, at);
      case 'key':
        return isKey(text, at) ? sticky(bare, text, at) : null;
    }
  },
  start_chars_hint: anyStart,
  line_breaks: false,
});
const bare = new RegExp(BARE, 'y');
const attributeName = new RegExp(NAME, 'y');
const blanks = /[ \t]*/y;

/** Whether what stands behind `[` is a key, and not `*]` or `name=`. (`#2` is no bare word anyway.) */
function isKey(text: string, at: number): boolean {
  if (text[at] === '*' && text[behindBlanks(text, at + 1)] === ']') return false;
  attributeName.lastIndex = at;
  return !attributeName.test(text) || text[behindBlanks(text, attributeName.lastIndex)] !== '=';
}

function behindBlanks(text: string, at: number): number {
  for (let end = at; ; ) {
    blanks.lastIndex = end;
    blanks.test(text);
    end = blanks.lastIndex;
    if (text.startsWith('\\\n', end)) end += 2;
    else if (text.startsWith('\\\r\n', end)) end += 3;
    else return end;
  }
}

export const Int = createToken({
  name: 'Int',
  pattern: /[0-9]+/,
  label: 'INT',
  start_chars_hint: [...'0123456789'],
});

/** Whatever nothing else begins with: a run of such characters, of odd white space, or one character. */
export const Unknown = createToken({
  name: 'Unknown',
  pattern: (text: string, at: number): Match => sticky(unknown, text, at),
  start_chars_hint: anyStart,
  line_breaks: false,
});
const unknown =
  /[%&'*+,\-/:^`|~!$\\\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+|[\r\v\f\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+|[\ud800-\udbff][\udc00-\udfff]|[\s\S]/y;

function sticky(pattern: RegExp, text: string, at: number): Match {
  pattern.lastIndex = at;
  return pattern.test(text) ? [text.slice(at, pattern.lastIndex)] : null;
}

/** The type of the token `back` before the last one; newlines in parentheses do not count. */
function previous(before: readonly IToken[], back: number): TokenType | undefined {
  let left = back;
  for (let i = before.length - 1; i >= 0; i--) {
    const type = before[i]?.tokenType;
    if (type === Newline && memory.parens > 0) continue;
    if (left === 0) return type;
    left--;
  }
  return undefined;
}

/** `<` is the operator behind `path@name` and behind `count(path)`; elsewhere it opens XML. */
function isOperatorPlace(before: readonly IToken[]): boolean {
  return previous(before, 0) === RParen || previous(before, 1) === At;
}

function valuePlace(before: readonly IToken[]): 'none' | 'value' | 'key' {
  switch (previous(before, 0)) {
    case Eq:
    case EqEq:
    case NotEq:
    case Less:
    case LessEq:
    case Greater:
    case GreaterEq:
      return 'value';
    case LBracket:
      return 'key';
    case keywordTokens.in:
    case keywordTokens.like:
      return previous(before, 2) === At ? 'value' : 'none';
    case keywordTokens.network:
      return previous(before, 1) === keywordTokens.on ? 'value' : 'none';
    case Comma: {
      // `on network a, b`; in `[a=b, c=d]` a name follows the comma
      const list = previous(before, 2);
      return list === keywordTokens.network || list === Comma ? 'value' : 'none';
    }
    default:
      return 'none';
  }
}

/** All token types, in the order in which the lexer tries them. */
export const tokenTypes: readonly TokenType[] = [
  WhiteSpace,
  Comment,
  Newline,
  Continuation,
  ByteOrderMark,
  Bare,
  StringLiteral,
  BrokenString,
  Variable,
  XmlLiteral,
  BrokenXml,
  // longer ones first: `in` would take `include`, and then lose it to the longer Name
  ...Object.entries(keywordTokens)
    .sort(([a], [b]) => b.length - a.length)
    .map(([, type]) => type),
  Name,
  Int,
  EqEq,
  NotEq,
  LessEq,
  GreaterEq,
  Eq,
  Less,
  Greater,
  Dot,
  At,
  Comma,
  Optional,
  Hash,
  Star,
  LBracket,
  RBracket,
  LBrace,
  RBrace,
  LParen,
  RParen,
  Semicolon,
  Unknown,
  Word,
  Separator,
];

export type Lexed = {
  readonly tokens: IToken[];
  /** By the offset of their `BrokenXml` token: why the literal has no end, and where that shows. */
  readonly brokenLiterals: ReadonlyMap<number, { readonly reason: string; readonly at: number }>;
};

export function makeLexer(validations: 'check' | 'skip'): (text: string) => Lexed {
  const lexer = new Lexer([...tokenTypes], {
    positionTracking: 'onlyOffset',
    ensureOptimizations: true,
    skipValidations: validations === 'skip',
  });
  return (text) => {
    memory = { parens: 0, brokenLiterals: new Map(), wasted: 0 };
    // every character belongs to some token, `Unknown` at the worst: there are no errors to look at
    const { tokens } = lexer.tokenize(text);
    return { tokens, brokenLiterals: memory.brokenLiterals };
  };
}

/** Where a token ends; the lexer records only starts. */
export function tokenEnd(token: IToken): number {
  return token.startOffset + token.image.length;
}
