// The text of a condition as data (rules 17 to 21): a recursive-descent parser, linear, with a limit on nesting.
//
//   condition := and ('or' and)*            and := not ('and' not)*            not := 'not' not | test
//   test      := '(' condition ')' | 'role' NAME | 'time' 'in' window | 'count' '(' PATH ['where' condition] ')' op INT
//              | operand ('exists' | 'absent') | operand op value | operand 'like' value | operand 'in' (value | '{' value, … '}')
//   operand   := ['before.' | 'after.'] (NAME | 'text()')           op := == != < <= > >=
//   window    := [days] [HH:MM-HH:MM] [ZONE]

import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import type { Span } from '../source/source.ts';
import { nearestName } from '../std/nearest-name.ts';
import { isRoleName } from './names.ts';
import { type Passage, subPassage } from './passage.ts';
import { readTimeWindow, type TimeWindow } from './time-window.ts';

export type CompareOp = '==' | '!=' | '<' | '<=' | '>' | '>=';
type Side = 'each' | 'before' | 'after';
export type Word = { readonly text: string; readonly span: Span };

/** What a test reads from the anchor: an attribute, or its text. */
export type Operand = {
  readonly side: Side;
  readonly leaf: 'attribute' | 'text';
  readonly name: string;
  readonly span: Span;
};

export type ConditionSyntax =
  | { readonly type: 'and' | 'or'; readonly parts: readonly ConditionSyntax[]; readonly span: Span }
  | { readonly type: 'not'; readonly part: ConditionSyntax; readonly span: Span }
  | { readonly type: 'role'; readonly role: string; readonly span: Span }
  | { readonly type: 'time'; readonly hours: TimeWindow; readonly span: Span }
  | {
      readonly type: 'count';
      readonly path: Passage;
      readonly where: ConditionSyntax | null;
      readonly op: CompareOp;
      readonly value: number;
      readonly text: string;
      readonly span: Span;
    }
  | { readonly type: 'exists' | 'absent'; readonly operand: Operand; readonly span: Span }
  | {
      readonly type: 'compare';
      readonly operand: Operand;
      readonly op: CompareOp;
      readonly value: Word;
      readonly span: Span;
    }
  | { readonly type: 'like'; readonly operand: Operand; readonly value: Word; readonly span: Span }
  | { readonly type: 'in-range'; readonly operand: Operand; readonly value: Word; readonly span: Span }
  | {
      readonly type: 'in-set';
      readonly operand: Operand;
      readonly values: readonly Word[];
      readonly span: Span;
    };

/** Deep enough for people, shallow enough for any stack. */
const MAX_DEPTH = 64;

type Token = {
  readonly kind: 'word' | 'string' | 'operator' | 'punctuation' | 'end';
  /** Of a string: without its quotes. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
};

const OPERATORS = new Set(['==', '!=', '<', '<=', '>', '>=']);
/** ASCII that a word ends at: blanks and `(){},"'=<>!`. */
const ENDS_WORD = new Uint8Array(128);
for (const character of '\t\n\v\f\r (){},"\'=<>!') ENDS_WORD[character.charCodeAt(0)] = 1;
/** Taken for operators by people who come from elsewhere. */
const FOREIGN = new Map([
  ['=', '=='],
  ['!', 'not'],
  ['=<', '<='],
  ['=>', '>='],
  ['<>', '!='],
  ['===', '=='],
  ['!==', '!='],
]);

/** The condition, or null when it is malformed; the first problem is reported. */
export function parseCondition(passage: Passage, diagnostics: Diagnostic[]): ConditionSyntax | null {
  const parser = new Parser(passage);
  try {
    return parser.whole();
  } catch (problem) {
    if (!(problem instanceof SyntaxProblem)) throw problem;
    diagnostics.push(problem.diagnostic);
    return null;
  }
}

/** Leaves the parser at the first problem; never leaves this file. */
class SyntaxProblem extends Error {
  readonly diagnostic: Diagnostic;
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

/** A position in the text is real identity: the one class of the condition language. */
class Parser {
  readonly #passage: Passage;
  #at = 0;
  #depth = 0;
  /** The token at the position; read when asked for, because a path in `count(…)` is not made of tokens. */
  #token: Token | null = null;

  constructor(passage: Passage) {
    this.#passage = passage;
  }

  whole(): ConditionSyntax {
    const condition = this.#or();
    const rest = this.#peek();
    if (rest.kind !== 'end') {
      const foreign = rest.text === '&&' ? 'and' : rest.text === '||' ? 'or' : null;
      this.#fail(
        rest,
        `unexpected ${shown(rest)} behind a complete condition`,
        foreign === null ? 'join conditions with `and` or `or`' : `write \`${foreign}\``,
      );
    }
    return condition;
  }

  #or(): ConditionSyntax {
    return this.#joined('or', () => this.#and());
  }

  #and(): ConditionSyntax {
    return this.#joined('and', () => this.#not());
  }

  #joined(word: 'and' | 'or', part: () => ConditionSyntax): ConditionSyntax {
    const start = this.#peek().start;
    const first = part();
    if (!this.#isWord(word)) return first;
    const parts = [first];
    while (this.#isWord(word)) {
      this.#next();
      parts.push(part());
    }
    return { type: word, parts, span: this.#span(start) };
  }

  #not(): ConditionSyntax {
    if (!this.#isWord('not')) return this.#test();
    const { start } = this.#next();
    return this.#nested(() => {
      const part = this.#not();
      return { type: 'not', part, span: this.#span(start) };
    });
  }

  #nested<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) {
      const token = this.#peek();
      throw new SyntaxProblem(
        error(
          'SL631',
          this.#passage.at(token.start, token.end),
          `more than ${MAX_DEPTH} levels of parentheses and \`not\``,
          { help: 'split the condition into several rows' },
        ),
      );
    }
    const result = parse();
    this.#depth--;
    return result;
  }

  #test(): ConditionSyntax {
    const token = this.#peek();
    const { start } = token;
    if (token.kind === 'punctuation' && token.text === '(') {
      this.#next();
      return this.#nested(() => {
        const inner = this.#or();
        this.#expect(')');
        return inner;
      });
    }
    if (token.kind !== 'word') {
      const foreign = FOREIGN.get(token.text);
      return this.#fail(
        token,
        `expected a condition, found ${shown(token)}`,
        foreign === undefined
          ? 'write one such as `ip in 10.0.0.0/24` or `role netadmin`'
          : `write \`${foreign}\``,
      );
    }
    this.#next();
    if (token.text === 'role') return this.#role(start);
    if (token.text === 'time') return this.#time(start);
    if (token.text === 'count') return this.#count(start);
    const operand = this.#operand(token);
    const verb = this.#next();
    if (verb.kind === 'operator' && isCompareOp(verb.text)) {
      const value = this.#value();
      return { type: 'compare', operand, op: verb.text, value, span: this.#span(start) };
    }
    if (verb.kind === 'word') {
      switch (verb.text) {
        case 'exists':
        case 'absent':
          return { type: verb.text, operand, span: this.#span(start) };
        case 'like': {
          const value = this.#value();
          return { type: 'like', operand, value, span: this.#span(start) };
        }
        case 'in':
          return this.#in(operand, start);
        case 'not':
          return this.#fail(
            verb,
            '`not` stands before the whole test',
            `write \`not ${operand.name} ${this.#peek().text} …\``,
          );
      }
    }
    const foreign = FOREIGN.get(verb.text);
    const near =
      foreign ?? (verb.kind === 'word' ? nearestName(verb.text, ['exists', 'absent', 'like', 'in']) : null);
    return this.#fail(
      verb,
      `expected a comparison behind \`${operand.name}\`, found ${shown(verb)}`,
      near === null ? 'one of == != < <= > >= in like exists absent' : `did you mean \`${near}\`?`,
    );
  }

  #role(start: number): ConditionSyntax {
    const name = this.#next();
    if (name.kind !== 'word' || !isRoleName(name.text)) {
      const bare = name.text.startsWith('role:') ? name.text.slice(5) : null;
      return this.#fail(
        name,
        `expected the name of a role, found ${shown(name)}`,
        bare === null ? 'write `role netadmin`' : `write \`role ${bare}\``,
      );
    }
    return { type: 'role', role: `role:${name.text}`, span: this.#span(start) };
  }

  #time(start: number): ConditionSyntax {
    const verb = this.#next();
    if (verb.kind !== 'word' || verb.text !== 'in')
      return this.#fail(
        verb,
        `expected \`in\` behind \`time\`, found ${shown(verb)}`,
        'write `time in mon-fri 08:00-18:00 Europe/Berlin`',
      );
    const words: Word[] = [];
    for (
      let token = this.#peek();
      token.kind === 'word' && token.text !== 'and' && token.text !== 'or';
      token = this.#peek()
    ) {
      let end = this.#next().end;
      // days may be listed: `mon,wed-fri`, also with blanks behind the comma
      while (this.#peek().text === ',' && this.#peek().kind === 'punctuation') {
        this.#next();
        const more = this.#next();
        if (more.kind !== 'word')
          return this.#fail(
            more,
            `expected a day behind the comma, found ${shown(more)}`,
            'write days such as `mon,wed-fri`',
          );
        end = more.end;
      }
      words.push({
        text: this.#passage.text.slice(token.start, end).replace(/\s+/g, ''),
        span: this.#passage.at(token.start, end),
      });
    }
    const read = readTimeWindow(words, this.#span(start));
    if (!read.ok) throw new SyntaxProblem(read.error);
    return { type: 'time', hours: read.value, span: this.#span(start) };
  }

  #count(start: number): ConditionSyntax {
    this.#expect('(');
    const path = this.#path();
    let where: ConditionSyntax | null = null;
    if (this.#isWord('where')) {
      this.#next();
      where = this.#nested(() => this.#or());
    }
    this.#expect(')');
    const text = this.#passage.text.slice(start, this.#previousEnd);
    const op = this.#next();
    if (op.kind !== 'operator' || !isCompareOp(op.text)) {
      return this.#fail(
        op,
        `expected a comparison behind \`count(…)\`, found ${shown(op)}`,
        FOREIGN.has(op.text) ? `did you mean \`${FOREIGN.get(op.text)}\`?` : 'write `count(…) <= 20`',
      );
    }
    const value = this.#next();
    if (value.kind !== 'word' || !/^(0|[1-9][0-9]{0,8})$/.test(value.text)) {
      return this.#fail(
        value,
        `expected a whole number, found ${shown(value)}`,
        'a count is compared with a number of elements, at most nine digits',
      );
    }
    return {
      type: 'count',
      path,
      where,
      op: op.text,
      value: Number(value.text),
      text,
      span: this.#span(start),
    };
  }

  /** The raw text of a path: up to a blank or `)` outside quotes and brackets. */
  #path(): Passage {
    const { text } = this.#passage;
    let start = this.#previousEnd;
    while (text[start] === ' ') start++;
    let at = start;
    for (let inBrackets = false; at < text.length; at++) {
      const character = text[at] ?? '';
      if (character === "'" || character === '"') {
        const close = text.indexOf(character, at + 1);
        if (close === -1) break;
        at = close;
      } else if (character === '[') inBrackets = true;
      else if (character === ']') inBrackets = false;
      else if (!inBrackets && (character === ')' || character === ' ' || character === '(')) break;
    }
    this.#at = at;
    this.#previousEnd = at;
    this.#token = null;
    return subPassage(this.#passage, start, at);
  }

  #operand(token: Token): Operand {
    const dot = token.text.indexOf('.');
    const prefix = dot === -1 ? '' : token.text.slice(0, dot);
    const side: Side = prefix === 'before' || prefix === 'after' ? prefix : 'each';
    const name = side === 'each' ? token.text : token.text.slice(dot + 1);
    const open = this.#peek();
    if (name === 'text' && open.text === '(' && open.kind === 'punctuation' && open.start === token.end) {
      this.#next();
      this.#expect(')');
      return { side, leaf: 'text', name: 'text()', span: this.#span(token.start) };
    }
    if (!/^[A-Za-z_][A-Za-z0-9_:-]*$/.test(name)) {
      const help = name.startsWith('@')
        ? `write \`${name.slice(1)}\``
        : 'a condition reads attributes of the element that the path names, `before.` and `after.` say which side';
      return this.#fail(token, `\`${token.text}\` is no attribute`, help);
    }
    return { side, leaf: 'attribute', name, span: this.#passage.at(token.start, token.end) };
  }

  #in(operand: Operand, start: number): ConditionSyntax {
    const open = this.#peek();
    if (open.kind === 'punctuation' && open.text === '(')
      return this.#fail(open, 'expected a range or a set, found `(`', 'a set is written {a, b}');
    if (open.kind !== 'punctuation' || open.text !== '{') {
      const value = this.#value();
      return { type: 'in-range', operand, value, span: this.#span(start) };
    }
    this.#next();
    const values: Word[] = [];
    for (;;) {
      values.push(this.#value());
      const next = this.#next();
      if (next.text === '}' && next.kind === 'punctuation') break;
      if (next.text !== ',' || next.kind !== 'punctuation')
        return this.#fail(next, `expected \`,\` or \`}\`, found ${shown(next)}`, 'a set is written {a, b}');
    }
    return { type: 'in-set', operand, values, span: this.#span(start) };
  }

  #value(): Word {
    const token = this.#next();
    if (token.kind !== 'word' && token.kind !== 'string') {
      const foreign =
        token.text === '=' || token.text === '=='
          ? 'write one `==`'
          : 'write a value; in quotes when it has blanks or `( ) { } , = < > !` in it';
      return this.#fail(token, `expected a value, found ${shown(token)}`, foreign);
    }
    return { text: token.text, span: this.#passage.at(token.start, token.end) };
  }

  // Tokens.

  #previousEnd = 0;

  #peek(): Token {
    this.#token ??= this.#scan();
    return this.#token;
  }

  #next(): Token {
    const token = this.#peek();
    this.#token = null;
    this.#at = token.end;
    this.#previousEnd = token.end;
    return token;
  }

  #isWord(text: string): boolean {
    const token = this.#peek();
    return token.kind === 'word' && token.text === text;
  }

  #expect(text: string): void {
    const token = this.#next();
    if (token.kind !== 'punctuation' || token.text !== text)
      this.#fail(token, `expected \`${text}\`, found ${shown(token)}`, `write \`${text}\` here`);
  }

  #scan(): Token {
    const { text } = this.#passage;
    let start = this.#at;
    while (text[start] === ' ' || text[start] === '\t') start++;
    const first = text[start];
    if (first === undefined) return { kind: 'end', text: '', start, end: start };
    if (first === '"' || first === "'") {
      const close = text.indexOf(first, start + 1);
      if (close === -1) {
        throw new SyntaxProblem(
          error('SL630', this.#passage.at(start, start + 1), 'this quote is not closed', {
            help: `close it with ${first}`,
          }),
        );
      }
      return { kind: 'string', text: text.slice(start + 1, close), start, end: close + 1 };
    }
    if ('(){},'.includes(first)) return { kind: 'punctuation', text: first, start, end: start + 1 };
    if ('=<>!'.includes(first)) {
      let end = start + 1;
      while (end < text.length && '=<>!'.includes(text[end] ?? ' ')) end++;
      return { kind: 'operator', text: text.slice(start, end), start, end };
    }
    // never nothing: a blank of another alphabet is a word, and no attribute is called like it
    const end = Math.max(wordEnd(text, start), start + 1);
    return { kind: 'word', text: text.slice(start, end), start, end };
  }

  #span(start: number): Span {
    return this.#passage.at(start, this.#previousEnd);
  }

  #fail(token: Token, message: string, help: string): never {
    throw new SyntaxProblem(error('SL630', this.#passage.at(token.start, token.end), message, { help }));
  }
}

/** Where the word ends that begins here; here when none does. */
export function wordEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (code < 0x80 ? ENDS_WORD[code] === 1 : /\s/.test(text.charAt(end))) break;
    end++;
  }
  return end;
}

function isCompareOp(text: string): text is CompareOp {
  return OPERATORS.has(text);
}

function shown(token: Token): string {
  if (token.kind === 'end') return 'the end';
  return token.kind === 'string'
    ? 'a quoted value'
    : `\`${token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text}\``;
}
