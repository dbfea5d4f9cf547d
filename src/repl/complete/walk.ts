// Which tokens a grammar allows behind those that are there, and what the grammar took these for.
//
// Chevrotain's own `computeContentAssist` names the tokens but not what stands before them, and later versions are without
// it. This walks the same recorded grammar along every reading that is still possible, and keeps the tree of each.

import {
  Alternation,
  type Alternative,
  type IProduction,
  type IToken,
  NonTerminal,
  Option,
  Repetition,
  RepetitionMandatory,
  RepetitionMandatoryWithSeparator,
  RepetitionWithSeparator,
  type Rule,
  Terminal,
  type TokenType,
  tokenMatcher,
} from 'chevrotain';

export type Rules = Readonly<Record<string, Rule>>;

export type Part = { readonly type: 'token'; readonly token: IToken } | Branch;

/** What a rule took; of one that is not at its end, what it took so far. */
export type Tree = { readonly rule: string; readonly parts: Parts };
export type Branch = Tree & { readonly type: 'branch' };

/** The last part first: adding one leaves other readings their own list. */
type Parts = { readonly last: Part; readonly before: Parts } | null;

/** A rule that the cursor is in, and those around it. */
export type Frame = Tree & { readonly above: Frame | null };

/** What is still to come in a reading, `leave` where a rule ends. */
type Todo = { readonly act: IProduction | 'leave'; readonly next: Todo } | null;

export type Expected = {
  readonly terminal: TokenType;
  readonly frame: Frame;
  /** What follows the terminal. */
  readonly rest: Todo;
};

export type Reached = {
  readonly expected: readonly Expected[];
  /** The trees of the readings that can end here. */
  readonly ends: readonly Tree[];
};

type State = { readonly frame: Frame; readonly todo: Todo };

/** More readings than any text of the language has; what is beyond is not followed. */
const MAX_READINGS = 256;

/**
 * Reads the tokens with the rule `start`. A token that no reading can take is passed over, so that a mistake before the
 * cursor does not silence everything behind it.
 */
export function walk(rules: Rules, start: string, tokens: readonly IToken[]): Reached {
  const first: State = {
    frame: { rule: start, parts: null, above: null },
    todo: inOrder(ruleOf(rules, start).definition, null),
  };
  let reached = reach(rules, [first]);
  for (const [at, token] of tokens.entries()) {
    const taken = reached.expected.filter(({ terminal }) => tokenMatcher(token, terminal));
    if (taken.length === 0) {
      // what would fit before the mistake does not fit right behind it
      if (at === tokens.length - 1) return { expected: [], ends: [] };
      continue;
    }
    reached = reach(
      rules,
      taken.map(({ frame, rest }) => ({ frame: withPart(frame, { type: 'token', token }), todo: rest })),
    );
  }
  return reached;
}

function reach(rules: Rules, states: readonly State[]): Reached {
  const expected: Expected[] = [];
  const ends: Tree[] = [];
  const open = [...states].reverse();
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const { frame, todo } = state;
    if (todo === null) {
      ends.push(frame);
    } else if (todo.act instanceof Terminal) {
      if (expected.length < MAX_READINGS)
        expected.push({ terminal: todo.act.terminalType, frame, rest: todo.next });
    } else {
      for (const way of waysInto(rules, frame, todo).reverse()) open.push(way);
    }
  }
  return { expected, ends };
}

/** The readings that a step makes of one, the first alternative first. */
function waysInto(rules: Rules, frame: Frame, { act, next }: NonNullable<Todo>): State[] {
  const go = (todo: Todo): State => ({ frame, todo });
  if (act === 'leave') {
    const { above } = frame;
    if (above === null) throw new Error('only an entered rule is left');
    return [{ frame: withPart(above, { type: 'branch', rule: frame.rule, parts: frame.parts }), todo: next }];
  }
  if (act instanceof NonTerminal) {
    const { definition } = ruleOf(rules, act.nonTerminalName);
    const inner: Frame = { rule: act.nonTerminalName, parts: null, above: frame };
    return [{ frame: inner, todo: inOrder(definition, { act: 'leave', next }) }];
  }
  if (act instanceof Alternation) return waysOf(act).map((way) => go(inOrder(way, next)));
  if (act instanceof Option) return [go(inOrder(act.definition, next)), go(next)];
  if (act instanceof Repetition) return [go(inOrder(act.definition, { act, next })), go(next)];
  if (act instanceof RepetitionMandatory) {
    const more = new Repetition({ definition: act.definition });
    return [go(inOrder(act.definition, { act: more, next }))];
  }
  if (act instanceof RepetitionWithSeparator)
    return [go(inOrder(act.definition, { act: moreBehind(act.separator, act.definition), next })), go(next)];
  if (act instanceof RepetitionMandatoryWithSeparator)
    return [go(inOrder(act.definition, { act: moreBehind(act.separator, act.definition), next }))];
  throw new Error('a grammar is made of nothing else');
}

function waysOf({ definition }: Alternation): readonly (readonly IProduction[])[] {
  return definition.map((way) => (way as Alternative).definition); // Alternation's own type says so, its accessor does not
}

function moreBehind(separator: TokenType, definition: IProduction[]): Repetition {
  return new Repetition({ definition: [new Terminal({ terminalType: separator }), ...definition] });
}

function inOrder(definition: readonly IProduction[], next: Todo): Todo {
  return definition.reduceRight<Todo>((behind, act) => ({ act, next: behind }), next);
}

function ruleOf(rules: Rules, name: string): Rule {
  const rule = rules[name];
  if (rule === undefined) throw new Error(`the grammar has no rule ${name}`);
  return rule;
}

function withPart(frame: Frame, last: Part): Frame {
  return { ...frame, parts: { last, before: frame.parts } };
}

/** The parts in the order of writing. */
export function partsOf({ parts }: Tree): readonly Part[] {
  const found: Part[] = [];
  for (let at = parts; at !== null; at = at.before) found.push(at.last);
  return found.reverse();
}

export function branchesOf(tree: Tree, rule: string): readonly Branch[] {
  return partsOf(tree).filter((part) => part.type === 'branch' && part.rule === rule) as readonly Branch[]; // filtered so
}

export function branchOf(tree: Tree, rule: string): Branch | null {
  return branchesOf(tree, rule)[0] ?? null;
}

export function tokensIn(tree: Tree): readonly IToken[] {
  return partsOf(tree).flatMap((part) => (part.type === 'token' ? [part.token] : []));
}

/** The innermost rule of one of the names that the frame is in, itself included. */
export function enclosing(frame: Frame, ...names: readonly string[]): Frame | null {
  for (let at: Frame | null = frame; at !== null; at = at.above) if (names.includes(at.rule)) return at;
  return null;
}

// The shortest way to the end.

/** How a piece that must still come is called: a text, or null to look into it. */
export type Naming = (act: Terminal | NonTerminal) => string | null;

/** What must follow the cursor so that the reading can end, in words; optional pieces are left out. */
export function shortest(
  rules: Rules,
  { terminal, frame, rest }: Expected,
  naming: Naming,
): readonly string[] {
  let words = naming(new Terminal({ terminalType: terminal })) ?? '';
  let behind = rest;
  // a rule that has taken nothing yet goes by its own name
  let left = rest;
  for (let at: Frame | null = frame; at?.above && at.parts === null; at = at.above) {
    while (left !== null && left.act !== 'leave') left = left.next;
    left = left?.next ?? null;
    const name = naming(new NonTerminal({ nonTerminalName: at.rule }));
    if (name === null) continue;
    words = name;
    behind = left;
  }
  return [words, ...restWords(rules, behind, naming)].filter((word) => word !== '');
}

function restWords(rules: Rules, todo: Todo, naming: Naming): readonly string[] {
  const words: string[] = [];
  for (let at = todo; at !== null; at = at.next)
    if (at.act !== 'leave') words.push(...wordsFor(rules, at.act, naming));
  return words;
}

function wordsFor(rules: Rules, act: IProduction, naming: Naming): readonly string[] {
  if (act instanceof Terminal) return [naming(act) ?? ''];
  if (act instanceof NonTerminal) {
    const name = naming(act);
    if (name !== null) return [name];
    return ruleOf(rules, act.nonTerminalName).definition.flatMap((inner) => wordsFor(rules, inner, naming));
  }
  if (act instanceof Alternation) {
    const ways = waysOf(act).map((way) => way.flatMap((inner) => wordsFor(rules, inner, naming)).join(' '));
    // a way that begins with a word says more than one that begins with a mark
    const worded = ways.filter((way) => /^["A-Za-z]/.test(way));
    return [[...new Set(worded.length > 0 ? worded : ways)].join('|')];
  }
  if (act instanceof RepetitionMandatory || act instanceof RepetitionMandatoryWithSeparator)
    return act.definition.flatMap((inner) => wordsFor(rules, inner, naming));
  return [];
}
