// Plans made by hand from a few words, for tests of how plans look: `+ ip[10.0.0.1].dhcp.host[a]@mac  a` and a verdict.

import type { Change, ChangeValue, Operation, Pair, Scope } from '../../src/diff/change.ts';
import type { Leaf, Step } from '../../src/network/path.ts';
import type { DocumentPlan, Plan } from '../../src/plan/plan.ts';
import type { RuleRef, Verdict } from '../../src/policy/verdict.ts';
import type { Span } from '../../src/source/source.ts';
import { makeElement } from '../../src/xml/document.ts';

const OPERATIONS: Readonly<Record<string, Operation>> = {
  '+': 'add',
  '-': 'remove',
  '~': 'modify',
  '>': 'move',
};
const ELEMENT = makeElement({ name: 'x', local: 'x', ns: '' }, [], []);

export type Decide = (change: Change) => Verdict['decision'];

export function rule(line: number, text: string): RuleRef {
  const effect = text.startsWith('p, deny') ? 'deny' : text.startsWith('p, report') ? 'report' : 'allow';
  return { file: 'policies/policy.csv', line, text, effect };
}

export function allowedBy(ref: RuleRef): Verdict['decision'] {
  return { type: 'allowed', rule: ref };
}

/** Pairs by path, so that changes share them as the diff's do. */
export class Tree {
  readonly #pairs = new Map<string, Pair>();
  readonly #root: Pair = { parent: null, spec: null, step: null, base: ELEMENT, result: ELEMENT };

  /** `op` says whether the last step is in both documents; parents are, unless they were named before. */
  pair(path: string, op: Operation): Pair {
    if (path === 'network') return this.#root;
    const known = this.#pairs.get(path);
    if (known !== undefined) return known;
    const steps = path.match(/[^.[\]]+(\[[^\]]*\])?/g) ?? [];
    const last = steps[steps.length - 1] ?? '';
    const parent = steps.length < 2 ? this.#root : this.pair(path.slice(0, -last.length - 1), 'modify');
    const made: Pair = {
      parent,
      spec: null,
      step: stepOf(last),
      base: op === 'add' ? null : ELEMENT,
      result: op === 'remove' ? null : ELEMENT,
    };
    this.#pairs.set(path, made);
    return made;
  }
}

function stepOf(text: string): Step {
  const [, name = '', key] = /^([^[]+)(?:\[(.*)\])?$/.exec(text) ?? [];
  return { name, key: key === undefined ? null : { kind: 'k', parts: [key] }, nth: 1 };
}

function value(text: string | undefined): ChangeValue | null {
  if (text === undefined || text === 'none') return null;
  return text.endsWith('*') ? { value: text.slice(0, -1), written: null } : { value: text, written: text };
}

/** `+ path[@leaf]  value`, `~ path@leaf  before  after`; a trailing `*` marks a default, `none` an absent value. */
export function changeOf(
  tree: Tree,
  text: string,
  cause: readonly Span[] = [],
  scope: Scope = 'config',
): Change {
  const [head = '', ...values] = text.split('  ');
  const op = OPERATIONS[head.charAt(0)];
  if (op === undefined) throw new Error(`no operation: ${text}`);
  const [path = '', leafName] = head.slice(2).split('@');
  const leaf: Leaf =
    leafName === undefined
      ? { type: 'element' }
      : leafName === 'text()'
        ? { type: 'text' }
        : { type: 'attribute', name: leafName };
  const [first, second] = values.map(value);
  return {
    op,
    kind: leaf.type,
    scope,
    pair: tree.pair(path, op),
    leaf,
    before: op === 'add' ? null : (first ?? null),
    after: op === 'add' ? (first ?? null) : (second ?? null),
    position:
      op === 'move' ? { after: values[0] === undefined ? null : stepOf(values[0]), sibling: null } : null,
    cause,
  };
}

export function documentOf(
  changes: readonly Change[],
  decide: Decide,
  reports: readonly RuleRef[] = [],
): DocumentPlan {
  return {
    network: 'default',
    scope: changes[0]?.scope ?? 'config',
    changes,
    verdicts: changes.map((change) => ({ change, decision: decide(change), reports })),
    effects: changes.map(() => ({ type: 'stored' })),
    baseText: '',
    resultText: '',
    baseHash: '',
    resultHash: '',
  };
}

export function planOf(documents: readonly DocumentPlan[], more: Partial<Plan> = {}): Plan {
  return {
    target: 'dir:/srv/networks',
    subject: 'user:alice',
    realSubject: 'user:alice',
    impersonation: null,
    because: null,
    policy: { name: './policies', hash: '1f3a9c2e7b04d5e6f7a8b9c0' },
    clock: 0,
    documents,
    allowed: documents.every(({ verdicts }) => verdicts.every(({ decision }) => decision.type === 'allowed')),
    diagnostics: [],
    ...more,
  };
}
