// Where in a text of the update language the cursor stands: in which item, behind which tokens, in the middle of what.

import type { IToken } from 'chevrotain';
import type { Source } from '../../source/source.ts';
import { cutScript, type Piece, tokensOf } from '../../syntax/cut.ts';
import { UpdateParser } from '../../syntax/grammar.ts';
import {
  Bare,
  BrokenString,
  BrokenXml,
  Dot,
  Int,
  keywordTokens as kw,
  LBrace,
  type Lexed,
  makeLexer,
  Newline,
  RBrace,
  Separator,
  tokenEnd,
  Unknown,
  Variable,
  Word,
} from '../../syntax/tokens.ts';
import { partsOf, type Rules, type Tree, walk } from './walk.ts';

type Machine = { readonly lex: (text: string) => Lexed; readonly rules: Rules };

let made: Machine | null = null;

function machine(): Machine {
  made ??= { lex: makeLexer('skip'), rules: new UpdateParser('skip').getGAstProductions() };
  return made;
}

/** The rules of the update language. */
export function updateRules(): Rules {
  return machine().rules;
}

/** What was begun and touches the cursor. `written` is what candidates are compared with. */
export type Begun =
  | { readonly type: 'nothing'; readonly at: number }
  | { readonly type: 'word'; readonly at: number; readonly written: string }
  /** A string without its closing quote. */
  | { readonly type: 'string'; readonly at: number; readonly written: string }
  /** `$`, `$na`, `$row.`: or `${` in a string, which `string` says. */
  | { readonly type: 'variable'; readonly at: number; readonly written: string; readonly string: boolean };

/** A block around the cursor: the tree of its header. */
export type Around = { readonly header: Tree; readonly bound: readonly Tree[] };

export type Cursor = {
  readonly begun: Begun;
  /** The tokens of the item before what was begun; none where an item begins. */
  readonly tokens: readonly IToken[];
  /** The same with what was begun, for what can follow it at once; null when nothing touches the cursor. */
  readonly touching: readonly IToken[] | null;
  /** The blocks that are open, the outermost first. */
  readonly around: readonly Around[];
  /** `let`, `param` and the like before the cursor, outside of blocks. */
  readonly bound: readonly Tree[];
};

/** Null where nothing is to be said: in a comment, in an XML literal, behind a block. */
export function cursorIn(text: string): Cursor | null {
  const { lex } = machine();
  const lexed = lex(text);
  const { tokens } = lexed;
  if (tokens.some(({ tokenType }) => tokenType === BrokenXml)) return null;
  const last = tokens.at(-1);
  const end = last === undefined ? 0 : tokenEnd(last);
  // between tokens there is white space, and comments
  if (text.slice(Math.max(end, text.lastIndexOf('\n') + 1)).includes('#')) return null;
  const begun = end === text.length ? begunBy(tokens) : null;
  const before = begun === null ? tokens : tokens.slice(0, tokens.length - begun.count);
  const open = openItem(text, { ...lexed, tokens: before });
  if (open === null) return null;
  const touches = end === text.length && last !== undefined && !isSeparator(last);
  return {
    begun: begun?.begun ?? { type: 'nothing', at: text.length },
    tokens: open.tokens,
    touching: touches ? [...open.tokens, ...tokens.slice(before.length)] : null,
    around: open.around,
    bound: open.bound,
  };
}

function begunBy(tokens: readonly IToken[]): { readonly begun: Begun; readonly count: number } | null {
  const last = tokens.at(-1);
  if (last === undefined) return null;
  const { image, startOffset: at, tokenType } = last;
  const previous = tokens.at(-2);
  if (tokenType === Dot && previous?.tokenType === Variable && tokenEnd(previous) === at)
    return {
      begun: { type: 'variable', at: previous.startOffset, written: `${previous.image}.`, string: false },
      count: 2,
    };
  if (tokenType === Variable || (tokenType === Unknown && image === '$'))
    return { begun: { type: 'variable', at, written: image, string: false }, count: 1 };
  if (tokenType === BrokenString) {
    const brace = /\$\{([^}"]*)$/.exec(image);
    return {
      begun:
        brace === null
          ? { type: 'string', at, written: unescaped(image.slice(1)) }
          : { type: 'variable', at: at + brace.index, written: `$${brace[1] ?? ''}`, string: true },
      count: 1,
    };
  }
  return isWord(last) || tokenType === Bare || tokenType === Int || tokenType === kw['live+config']
    ? { begun: { type: 'word', at, written: image }, count: 1 }
    : null;
}

function unescaped(text: string): string {
  return text.replace(/\\(["\\$])/g, '$1');
}

type Open = Pick<Cursor, 'tokens' | 'around' | 'bound'>;

function openItem(text: string, lexed: Lexed): Open | null {
  const { tokens } = lexed;
  const source: Source = { name: '<typed>', text };
  let pieces = cutScript(source, lexed, () => 'go on');
  const around: Around[] = [];
  let bound = bindingsIn(lexed, pieces);
  const outer = bound;
  for (;;) {
    const last = pieces.at(-1);
    if (last === undefined) return { tokens: [], around, bound: outer };
    if (last.body === null) {
      if (last.end < tokens.length) return { tokens: [], around, bound: outer };
      return { tokens: withSeparator(tokens, last), around, bound: outer };
    }
    const closed = closesBlock(tokens, last);
    if (closed !== null) return closed < tokens.length ? { tokens: [], around, bound: outer } : null;
    bound = bindingsIn(lexed, last.body);
    around.push({ header: treeOf(tokens.slice(last.first, last.end)), bound });
    pieces = last.body;
  }
}

/** The index behind the `}` that closes the block; null when it is open. */
function closesBlock(tokens: readonly IToken[], { end }: Piece): number | null {
  let depth = 0;
  for (let at = end; at < tokens.length; at++) {
    const type = tokens[at]?.tokenType;
    if (type === LBrace) depth++;
    else if (type === RBrace && --depth === 0) return at + 1;
  }
  return null;
}

/** The piece's tokens; of the separators at its end one, which tokensOf leaves out and what comes next needs. */
function withSeparator(tokens: readonly IToken[], piece: Piece): readonly IToken[] {
  const kept = tokensOf(tokens as IToken[], piece); // it only reads them
  const last = tokens[piece.end - 1];
  if (last === undefined || !isSeparator(last) || kept.at(-1)?.tokenType === LBrace) return kept;
  return [...kept, last];
}

const binders = new Set([kw.let, kw.param]);

function bindingsIn({ tokens }: Lexed, pieces: readonly Piece[]): readonly Tree[] {
  return pieces.flatMap((piece) => {
    const head = tokens[piece.first];
    return head !== undefined && binders.has(head.tokenType)
      ? [treeOf(tokens.slice(piece.first, piece.end))]
      : [];
  });
}

/** How the tokens of an item read, as far as they go. */
function treeOf(tokens: readonly IToken[]): Tree {
  const { expected, ends } = walk(updateRules(), 'item', tokens);
  const whole = ends[0] === undefined ? undefined : partsOf(ends[0])[0];
  if (whole?.type === 'branch') return whole;
  let at = expected[0]?.frame ?? null;
  while (at?.above?.above) at = at.above;
  return at ?? { rule: 'item', parts: null };
}

function isSeparator({ tokenType }: IToken): boolean {
  return tokenType === Newline || (tokenType.CATEGORIES?.includes(Separator) ?? false);
}

function isWord({ tokenType }: IToken): boolean {
  return tokenType.CATEGORIES?.includes(Word) ?? false;
}
