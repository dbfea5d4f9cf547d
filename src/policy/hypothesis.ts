// A question that somebody asks of a policy ("may alice add a host with this address?") as what the gate decides about: two
// documents that hold just the element in question, or a real network with it, and the changes between them.
//
// The changes come from the real comparison wherever the question says enough for two documents that differ. Where it does
// not ("may olga modify bridge@stp", to whatever value) the change is made here, and what was not given is remembered, so
// that no answer rests on it.

import { type Checked, type Diagnostic, error, hasErrors } from '../diagnostics/diagnostic.ts';
import type { Change, Operation, Pair } from '../diff/change.ts';
import { diffDocuments } from '../diff/diff.ts';
import { childByKey, childrenByName } from '../network/lookup.ts';
import { isAbsentEquivalent, keyOf } from '../network/meaning.ts';
import { ELEMENT_LEAF, type Key, type Leaf, stepText, TEXT_LEAF } from '../network/path.ts';
import type { Scope } from '../network/scope.ts';
import type { AttrSpec, ElementSpec } from '../network/spec.ts';
import { attrSpecOf, childSpecByName, networkSpec } from '../network/table.ts';
import { canonical, describeType } from '../network/values.ts';
import { nearestName } from '../std/nearest-name.ts';
import {
  attrOf,
  elementsOf,
  makeAttr,
  makeElement,
  makeText,
  textOf,
  withAttrs,
  withChildren,
  type XmlDocument,
  type XmlElement,
} from '../xml/document.ts';
import type { Word } from './condition-syntax.ts';
import { isRole, isUser } from './names.ts';
import type { Passage } from './passage.ts';
import { type PathPattern, readPathPattern, type StepPattern } from './path-pattern.ts';

/** `after.average=2000`: the name with its side, and the value. An empty value says that the attribute is absent. */
export type Stated = { readonly name: Word; readonly value: Word };

export type Asked = {
  /** `add`, `remove`, `modify`, `move`; `impersonate`, `start`, `stop`, `autostart`. */
  readonly operation: Word;
  /** One element, attribute or text; of `impersonate` whom, of the other acts `network`. */
  readonly path: Passage;
  readonly values: readonly Stated[];
  readonly network: string;
  readonly scope: Scope;
  /** The network as it stands, or null: then there is nothing in it but what is asked about. */
  readonly document: XmlDocument | null;
};

/** A change to decide about, and which values of an element on its way nobody has given (`text()` for its text). */
export type Point = {
  readonly change: Change;
  /** `modify ip[10.0.0.1].dhcp.host[*]@ip`, for people. */
  readonly about: string;
  readonly unstated: (element: XmlElement, leaf: string) => boolean;
};

export type Act = 'start' | 'stop' | 'autostart';

export type Hypothesis =
  | {
      readonly type: 'changes';
      readonly network: string;
      readonly scope: Scope;
      readonly base: XmlDocument | null;
      readonly result: XmlDocument | null;
      readonly points: readonly Point[];
      /** Names of elements on the way whose key nobody has given. */
      readonly keyless: ReadonlySet<string>;
      /** True when `base` is a network that exists, so that counts are real. */
      readonly real: boolean;
    }
  | {
      readonly type: 'impersonate';
      readonly network: string;
      readonly scope: Scope;
      /** `user:x` or `role:x`. */
      readonly other: string;
    }
  | { readonly type: 'act'; readonly network: string; readonly scope: Scope; readonly act: Act };

const CHANGES: readonly Operation[] = ['add', 'remove', 'modify', 'move'];
const ACTS: readonly Act[] = ['start', 'stop', 'autostart'];
const OPERATIONS: readonly string[] = [...CHANGES, 'impersonate', ...ACTS];

/** The question as documents and changes, or null with everything that is wrong with it. Pure; linear in the document. */
export function makeHypothesis(asked: Asked): Checked<Hypothesis | null> {
  const diagnostics: Diagnostic[] = [];
  const { operation, network, scope } = asked;
  const op = CHANGES.find((one) => one === operation.text);
  if (op !== undefined) {
    const value = changesOf(asked, op, diagnostics);
    return { value: hasErrors(diagnostics) ? null : value, diagnostics };
  }
  const act = ACTS.find((one) => one === operation.text);
  if (act === undefined && operation.text !== 'impersonate') {
    const near = nearestName(operation.text, OPERATIONS);
    const help = near === null ? `it can be ${OPERATIONS.join(', ')}` : `did you mean \`${near}\`?`;
    diagnostics.push(
      error('SL611', operation.span, `unknown operation \`${operation.text}\``, {
        help: operation.text === '*' || operation.text.includes('|') ? 'ask about one operation' : help,
      }),
    );
    return { value: null, diagnostics };
  }
  for (const { name } of asked.values)
    diagnostics.push(
      error('SL652', name.span, `\`${operation.text}\` is about no element that has attributes`, {
        help: 'leave the values out: its conditions read `role` and `time` only',
      }),
    );
  const path = asked.path.text;
  const whole = asked.path.at(0, path.length);
  if (act !== undefined) {
    if (path !== 'network')
      diagnostics.push(
        error('SL651', whole, `\`${act}\` is about a whole network`, {
          help: 'write `network` as the path, and which one behind --network',
        }),
      );
    return { value: hasErrors(diagnostics) ? null : { type: 'act', network, scope, act }, diagnostics };
  }
  const other = isUser(path) || isRole(path) ? path : null;
  if (other === null)
    diagnostics.push(
      error('SL609', whole, `\`${path}\` is nobody to act as`, {
        help: isUser(`user:${path}`)
          ? `write \`user:${path}\` or \`role:${path}\``
          : 'write `user:NAME` or `role:NAME`',
      }),
    );
  return {
    value: hasErrors(diagnostics) || other === null ? null : { type: 'impersonate', network, scope, other },
    diagnostics,
  };
}

// The element in question.

/** One element on the way from the root. `spec` is null for what the table does not know. */
type Level = {
  readonly spec: ElementSpec | null;
  readonly step: StepPattern | null;
  /** The element in the real network. */
  readonly found: XmlElement | null;
};

/** Values that were stated for one side, by attribute; `text()` is the text; null is absent. */
type Values = ReadonlyMap<string, string | null>;

function changesOf(asked: Asked, op: Operation, diagnostics: Diagnostic[]): Hypothesis | null {
  const pattern = onePath(asked.path, diagnostics);
  if (pattern === null) return null;
  const [spec = null] = pattern.anchors;
  const sides = readValues(asked, op, spec, pattern, diagnostics);
  if (hasErrors(diagnostics)) return null;
  const levels = levelsOf(pattern, sides, asked.document);
  const target = levels[levels.length - 1];
  if (target === undefined) throw new Error('the root is a level');
  reportImpossible(asked, op, pattern, target, sides, diagnostics);
  if (hasErrors(diagnostics)) return null;

  const before = op === 'add' ? null : elementWith(target, sides.before, asked);
  const after =
    op === 'remove' ? null : elementWith(target, sides.after, asked, op === 'move' ? before : null);
  const base = grown(levels, before, asked.document);
  const result = grown(levels, after, asked.document);
  const pair = pairOf(levels, base, result, before, after);
  const keyless = keylessOf(levels, sides);
  return {
    type: 'changes',
    network: asked.network,
    scope: asked.scope,
    base: documentOf(base, asked.document),
    result: documentOf(result, asked.document),
    points: pointsOf(asked, op, pattern, pair, levels, sides, base, result, keyless),
    keyless,
    real: asked.document !== null,
  };
}

/** A path that names one element, or one attribute or text of it. Keys may be left out. */
function onePath(path: Passage, diagnostics: Diagnostic[]): PathPattern | null {
  const found: Diagnostic[] = [];
  const pattern = readPathPattern(path, found);
  // warnings are for rows, which ought to match something
  diagnostics.push(...found.filter(({ severity }) => severity === 'error'));
  if (pattern === null) return null;
  const many =
    pattern.everything || pattern.anyDepth || pattern.below
      ? '**'
      : pattern.steps.some((step) => step.name === null)
        ? '*'
        : null;
  if (many === null) return pattern;
  diagnostics.push(
    error('SL651', path.at(0, path.text.length), `\`${many}\` stands for many elements`, {
      help: 'ask about one element or attribute: ip[10.0.0.1].dhcp.host[*], bridge@stp',
    }),
  );
  return null;
}

type Sides = { readonly before: Values; readonly after: Values };

function readValues(
  asked: Asked,
  op: Operation,
  spec: ElementSpec | null,
  pattern: PathPattern,
  diagnostics: Diagnostic[],
): Sides {
  const before = keyValues(spec, pattern);
  const after = new Map(before);
  const own = leafName(pattern);
  for (const { name, value } of asked.values) {
    const [, prefix, plain = ''] = /^(before\.|after\.)?(.*)$/s.exec(name.text) ?? [];
    const leaf = readLeaf(plain, name, value, spec, diagnostics);
    if (leaf === null) continue;
    const lacking = prefix === 'before.' ? 'add' : prefix === 'after.' ? 'remove' : null;
    if (lacking === op) {
      diagnostics.push(
        error('SL655', name.span, `\`${op}\` has nothing \`${prefix?.slice(0, -1)}\``, {
          help: `write \`${plain}=${value.text}\``,
        }),
      );
      continue;
    }
    const sides =
      prefix === 'before.'
        ? [before]
        : // what changes has its plain value afterwards: before, it had another
          prefix === 'after.' || (op === 'modify' && leaf.name === own)
          ? [after]
          : [before, after];
    const said = sides
      .map((side) => side.get(leaf.name))
      .find((one) => one !== undefined && one !== leaf.value);
    if (said !== undefined)
      diagnostics.push(
        error(
          'SL654',
          name.span,
          `\`${plain}\` is ${said === null ? 'absent' : `\`${said}\``} already by what stands before`,
          { help: 'say it once' },
        ),
      );
    for (const side of sides) side.set(leaf.name, leaf.value);
  }
  return { before, after };
}

/** What the key of the path's last step says of attributes and text. */
function keyValues(spec: ElementSpec | null, pattern: PathPattern): Map<string, string | null> {
  const step = pattern.steps[pattern.steps.length - 1];
  return spec === null || step === undefined ? new Map() : valuesOfKey(spec, step);
}

function valuesOfKey(spec: ElementSpec, step: StepPattern): Map<string, string | null> {
  const values = new Map<string, string | null>();
  const [key] = step.keys ?? [];
  const alternative = spec.key?.alternatives.find(({ kind }) => kind === key?.kind);
  for (const [at, part] of (alternative?.parts ?? []).entries()) {
    const value = key?.parts[at];
    if (value === null || value === undefined) continue;
    values.set('attr' in part ? part.attr : 'text()', value === '' ? null : value);
  }
  return values;
}

/** Null, reported, when the element has no such thing or it cannot have that value. */
function readLeaf(
  plain: string,
  name: Word,
  value: Word,
  spec: ElementSpec | null,
  diagnostics: Diagnostic[],
): { readonly name: string; readonly value: string | null } | null {
  const fail = (
    code: 'SL652' | 'SL653' | 'SL623' | 'SL654',
    at: Word,
    message: string,
    help: string,
  ): null => {
    diagnostics.push(error(code, at.span, message, { help }));
    return null;
  };
  if (plain === '')
    return fail('SL654', name, 'a value without the name of an attribute', 'write `name=value`');
  const given = value.text === '' ? null : value.text;
  if (spec === null) return { name: plain, value: given };
  if (plain === 'text()' && spec.text === null)
    return fail('SL652', name, `\`${spec.name}\` has no text`, `it has ${namesOf(spec)}`);
  const attr = plain === 'text()' ? null : attrSpecOf(spec, plain);
  if (plain !== 'text()' && attr === null) {
    const near = nearestName(
      plain,
      spec.attrs.filter((one) => one.restates === null).map((one) => one.name),
    );
    return fail(
      'SL652',
      name,
      `\`${spec.name}\` has no attribute \`${plain}\``,
      near === null ? `it has ${namesOf(spec)}` : `did you mean \`${near}\`?`,
    );
  }
  if (attr !== null && attr.restates !== null)
    return fail('SL623', name, `\`${plain}\` only says again what another says`, attr.restates);
  const type = attr?.type ?? spec.text;
  if (given === null || type === null) return { name: plain, value: null };
  const meant = canonical(type, given);
  if (meant !== null) return { name: plain, value: meant };
  const near = type.kind === 'enum' ? nearestName(given, type.values) : null;
  return fail(
    'SL653',
    value,
    `\`${given}\` is no value for \`${spec.name}${plain === 'text()' ? '' : '@'}${plain}\``,
    near === null ? `write ${describeType(type)}` : `did you mean \`${near}\`?`,
  );
}

function namesOf(spec: ElementSpec): string {
  const names = spec.attrs.filter((attr) => attr.restates === null).map((attr) => `\`${attr.name}\``);
  if (spec.text !== null) names.push('`text()`');
  return names.length === 0 ? 'nothing to give' : names.join(', ');
}

/** `ip`, `text()`, or null when the path ends at the element. */
function leafName({ leaf }: PathPattern): string | null {
  if (leaf === null) return null;
  return leaf.type === 'text' ? 'text()' : leaf.name;
}

function levelsOf(pattern: PathPattern, sides: Sides, document: XmlDocument | null): readonly Level[] {
  const levels: Level[] = [{ spec: networkSpec, step: null, found: document?.root ?? null }];
  for (const [index, step] of pattern.steps.entries()) {
    const parent = levels[index];
    const last = index === pattern.steps.length - 1;
    const spec =
      step.quoted || step.name === null || parent?.spec == null
        ? null
        : childSpecByName(parent.spec, step.name);
    levels.push({ spec, step, found: foundChild(parent, spec, step, last ? sides : null) });
  }
  return levels;
}

/** The element of the real network that the step means; a step without a key means the only one there is. */
function foundChild(
  parent: Level | undefined,
  spec: ElementSpec | null,
  step: StepPattern,
  own: Sides | null,
): XmlElement | null {
  if (parent === undefined || parent.found === null || parent.spec === null) return null;
  if (spec === null) return elementsOf(parent.found).find((one) => nameFits(one, step)) ?? null;
  const all = childrenByName(parent.spec, parent.found, spec);
  if (spec.key === null) return all[0] ?? null;
  const values = own === null ? valuesOfKey(spec, step) : new Map([...own.after, ...own.before]);
  const key = keyOf(spec, elementOf(spec, step, values));
  if (key !== null) return childByKey(parent.spec, parent.found, spec, key, 1);
  const [only] = all;
  return own === null && all.length === 1 && only !== undefined ? only : null;
}

function nameFits(element: XmlElement, { name }: StepPattern): boolean {
  return name === (element.ns === '' ? element.local : `{${element.ns}}${element.local}`);
}

function reportImpossible(
  asked: Asked,
  op: Operation,
  pattern: PathPattern,
  { spec, found, step }: Level,
  sides: Sides,
  diagnostics: Diagnostic[],
): void {
  const fail = (message: string, help: string): void => {
    diagnostics.push(error('SL656', asked.path.at(0, asked.path.text.length), message, { help }));
  };
  const name = step?.name ?? 'network';
  const own = leafName(pattern);
  if (asked.document !== null && op === 'add' && found !== null)
    fail(
      `\`${asked.network}\` has this \`${name}\` already`,
      'ask about `modify`, or leave the target out to ask in general',
    );
  if (op === 'move') {
    if (spec !== null && spec.cardinality !== 'many')
      fail(`there is at most one \`${name}\`: it cannot move`, 'only what stands in a list can');
    else if (own !== null) fail('an attribute does not move', 'end the path at the element');
  }
  if (op !== 'modify' || spec === null) return;
  const changing = own ?? changedName(sides);
  if (changing !== null && isKey(spec, changing, step)) {
    fail(
      `\`${changing}\` is the key of \`${name}\`: with another, it is another \`${name}\``,
      'ask about `remove` and about `add`',
    );
  } else if (own === null && modifiable(spec, step).length === 0) {
    fail(
      `\`${name}\` has nothing of its own that could be modified`,
      'ask about what stands in it, or about `add` and `remove`',
    );
  }
}

/** True when another value makes it another element: rule 8. Without a key in the path it is the table's first kind. */
function isKey(spec: ElementSpec, leaf: string, step: StepPattern | null): boolean {
  return keyParts(spec, step).includes(leaf);
}

/** The attributes (or `text()`) that an element is named by. */
function keyParts(spec: ElementSpec, step: StepPattern | null): readonly string[] {
  const alternatives = spec.key?.alternatives ?? [];
  const kind = step?.keys?.[0]?.kind ?? null;
  return (
    (
      (kind === null ? undefined : alternatives.find((one) => one.kind === kind)) ?? alternatives[0]
    )?.parts.map(nameOfPart) ?? []
  );
}

function nameOfPart(part: { readonly attr: string } | { readonly text: true }): string {
  return 'attr' in part ? part.attr : 'text()';
}

function modifiable(spec: ElementSpec, step: StepPattern | null): readonly string[] {
  const names = spec.attrs.filter((attr) => attr.restates === null).map((attr) => attr.name);
  if (spec.text !== null) names.push('text()');
  return names.filter((name) => !isKey(spec, name, step));
}

/** What is stated to differ, or null. */
function changedName({ before, after }: Sides): string | null {
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    if (before.get(name) !== after.get(name)) return name;
  }
  return null;
}

// Documents.

/** Keeps what would be taken for absent when it is empty; of a namespace that nobody else uses. */
const SOMETHING = makeElement({ name: 'something', local: 'something', ns: 'urn:sluice:hypothesis' }, [], []);

/** The element with these values: made, or that of the real network with them. */
function elementWith(
  target: Level,
  values: Values,
  asked: Asked,
  same: XmlElement | null = null,
): XmlElement {
  if (same !== null) return same;
  const { spec, step, found } = target;
  if (found === null) {
    const made = elementOf(spec, step, values);
    const isRoot = step === null;
    const name = makeElement({ name: 'name', local: 'name', ns: '' }, [], [makeText(asked.network)]);
    return isRoot ? withChildren(made, [name]) : kept(spec, made);
  }
  const stated = elementOf(spec, step, values);
  const attrs = found.attrs.filter((attr) => !values.has(attr.name) && !restatedBy(attr.name, values));
  const text = values.get('text()');
  const settled = withAttrs(found, [...attrs, ...stated.attrs]);
  return text === undefined
    ? settled
    : withChildren(settled, [
        ...settled.children.filter((child) => child.type !== 'text'),
        ...stated.children,
      ]);
}

/** `netmask` and `unit` give way to a stated `prefix` and `expiry`. */
function restatedBy(name: string, values: Values): boolean {
  return (name === 'netmask' && values.has('prefix')) || (name === 'unit' && values.has('expiry'));
}

function elementOf(spec: ElementSpec | null, step: StepPattern | null, values: Values): XmlElement {
  const attrs = [...values].flatMap(([name, value]) =>
    value === null || name === 'text()' ? [] : [makeAttr(name, value)],
  );
  // an expiry without a unit would be in minutes
  if (spec?.name === 'lease' && values.get('expiry') != null) attrs.push(makeAttr('unit', 'seconds'));
  const text = values.get('text()') ?? null;
  return makeElement(xmlName(spec, step), attrs, text === null ? [] : [makeText(text)]);
}

function xmlName(
  spec: ElementSpec | null,
  step: StepPattern | null,
): { readonly name: string; readonly local: string; readonly ns: string } {
  if (spec !== null) return { name: spec.name, local: spec.local, ns: spec.ns };
  const [, ns = '', local = ''] = /^(?:\{(.*)\})?(.*)$/s.exec(step?.name ?? '') ?? [];
  return { name: local, local, ns };
}

function kept(spec: ElementSpec | null, element: XmlElement): XmlElement {
  return spec !== null && isAbsentEquivalent(spec, element)
    ? withChildren(element, [...element.children, SOMETHING])
    : element;
}

/** The elements from the root down with `last` at the end; null stands for what is not there. */
function grown(
  levels: readonly Level[],
  last: XmlElement | null,
  document: XmlDocument | null,
): readonly (XmlElement | null)[] {
  const chain: (XmlElement | null)[] = levels.map(() => null);
  chain[levels.length - 1] = last;
  for (let at = levels.length - 2; at >= 0; at--) {
    const level = levels[at];
    const below = levels[at + 1];
    if (level === undefined || below === undefined) continue;
    const child = chain[at + 1] ?? null;
    const own = level.found ?? elementOf(level.spec, level.step, keyValuesOf(level));
    const rest = own.children.filter((one) => one !== below.found);
    // in its place, so that nothing else has moved
    const place = below.found === null ? own.children.length : own.children.indexOf(below.found);
    const children = child === null ? rest : [...rest.slice(0, place), child, ...rest.slice(place)];
    const unchanged = child === below.found && level.found !== null;
    const made = unchanged ? own : withChildren(own, children);
    chain[at] = document === null || level.found === null ? alive(level, made) : made;
  }
  return chain;
}

function keyValuesOf({ spec, step }: Level): Values {
  return spec === null || step === null ? new Map() : valuesOfKey(spec, step);
}

/** With something in it on both sides, so that it neither comes nor goes with the element that is asked about. */
function alive({ spec, step }: Level, element: XmlElement): XmlElement {
  const droppable = step !== null && spec !== null && (spec.absentWhenEmpty || spec.name === 'forward');
  return droppable ? withChildren(element, [...element.children, SOMETHING]) : element;
}

function documentOf(chain: readonly (XmlElement | null)[], document: XmlDocument | null): XmlDocument | null {
  const [root] = chain;
  if (root === null || root === undefined) return null;
  return document === null
    ? { source: { name: 'hypothesis', text: '' }, root, prolog: '', epilog: '' }
    : { ...document, root };
}

function pairOf(
  levels: readonly Level[],
  base: readonly (XmlElement | null)[],
  result: readonly (XmlElement | null)[],
  before: XmlElement | null,
  after: XmlElement | null,
): Pair {
  let pair: Pair = {
    parent: null,
    spec: networkSpec,
    step: null,
    base: base[0] ?? null,
    result: result[0] ?? null,
  };
  for (const [at, { spec, step }] of levels.entries()) {
    if (at === 0 || step === null) continue;
    const last = at === levels.length - 1;
    const own = { base: last ? before : (base[at] ?? null), result: last ? after : (result[at] ?? null) };
    const element = own.result ?? own.base;
    const key: Key | null = spec === null || element === null ? null : keyOf(spec, element);
    pair = { parent: pair, spec, step: { name: step.name ?? '', key, nth: 1 }, ...own };
  }
  return pair;
}

/** Names of the listed elements of which the question tells no key, or not all of it. */
function keylessOf(levels: readonly Level[], { before, after }: Sides): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [at, level] of levels.entries()) {
    const { spec, step, found } = level;
    if (spec === null || spec.key === null || found !== null) continue;
    const stated = at === levels.length - 1 ? new Map([...before, ...after]) : keyValuesOf(level);
    if (keyParts(spec, step).some((part) => !stated.has(part))) names.add(spec.name);
  }
  return names;
}

function chainOf(pair: Pair): readonly Pair[] {
  const chain: Pair[] = [];
  for (let at: Pair | null = pair; at !== null; at = at.parent) chain.push(at);
  return chain;
}

// Changes.

function pointsOf(
  asked: Asked,
  op: Operation,
  pattern: PathPattern,
  pair: Pair,
  levels: readonly Level[],
  sides: Sides,
  base: readonly (XmlElement | null)[],
  result: readonly (XmlElement | null)[],
  keyless: ReadonlySet<string>,
): readonly Point[] {
  const compared = diffDocuments(
    documentOf(base, asked.document),
    documentOf(result, asked.document),
    asked.scope,
  ).filter(
    (change) => change.op === op && change.pair.base === pair.base && change.pair.result === pair.result,
  );
  const wanted = leafOf(pattern);
  const found = wanted === null ? compared : compared.filter(({ leaf }) => sameLeaf(leaf, wanted));
  const changes =
    found.length > 0 ? found : leavesOf(op, pattern, wanted).map((leaf) => made(asked, op, pair, leaf));
  return changes.map((change) => ({
    change,
    about: `${op} ${pathOf(change, keyless)}`,
    unstated: openIn(pair, levels, sides, op === 'modify' ? textOfLeaf(change.leaf) : null),
  }));
}

function leafOf({ leaf }: PathPattern): Leaf | null {
  if (leaf === null) return null;
  return leaf.type === 'text' || (leaf.quoted && leaf.name === 'text()')
    ? TEXT_LEAF
    : { type: 'attribute', name: leaf.name };
}

function sameLeaf(a: Leaf, b: Leaf): boolean {
  return a.type === b.type && (a.type !== 'attribute' || b.type !== 'attribute' || a.name === b.name);
}

/** Where the documents do not differ: the thing that is named, or each that `modify` can be about. */
function leavesOf(op: Operation, pattern: PathPattern, wanted: Leaf | null): readonly Leaf[] {
  if (wanted !== null) return [wanted];
  const [spec] = pattern.anchors;
  if (op !== 'modify' || spec === undefined) return [ELEMENT_LEAF];
  return modifiable(spec, pattern.steps[pattern.steps.length - 1] ?? null).map((name) =>
    name === 'text()' ? TEXT_LEAF : { type: 'attribute', name },
  );
}

function made({ scope }: Asked, op: Operation, pair: Pair, leaf: Leaf): Change {
  const opaque = pair.parent?.spec?.content === 'opaque';
  const { spec } = pair;
  const strange =
    spec === null ||
    (leaf.type === 'attribute' && attrSpecOf(spec, leaf.name) === null) ||
    (leaf.type === 'text' && spec.text === null);
  const kind = strange ? (opaque ? 'opaque' : 'unknown') : leaf.type;
  return { op, kind, scope, pair, leaf, before: null, after: null, position: null, cause: [] };
}

function textOfLeaf(leaf: Leaf): string | null {
  return leaf.type === 'attribute' ? leaf.name : leaf.type === 'text' ? 'text()' : null;
}

/** What nobody has given of the elements on the way. Absent values of a real element are known to be absent. */
function openIn(
  pair: Pair,
  levels: readonly Level[],
  sides: Sides,
  changed: string | null,
): Point['unstated'] {
  const tests = new Map<XmlElement, (leaf: string) => boolean>();
  for (const [at, { spec, step, found }] of levels.entries()) {
    const own = chainOf(pair)[levels.length - 1 - at];
    if (own === undefined) continue;
    const last = at === levels.length - 1;
    for (const side of ['before', 'after'] as const) {
      const element = side === 'before' ? own.base : own.result;
      if (element === null) continue;
      const stated = last ? sides[side] : keyValuesOf({ spec, step, found });
      tests.set(element, (leaf) => {
        if (stated.has(leaf)) return false;
        // what changes has some other value on the side that is not told
        if (last && leaf === changed) return side === 'after' || found === null;
        if (found !== null) return false;
        if (!last) return true;
        return defaultOf(spec, leaf) === null && !hasLeaf(element, leaf);
      });
    }
  }
  return (element, leaf) => tests.get(element)?.(leaf) ?? false;
}

function defaultOf(spec: ElementSpec | null, leaf: string): string | null {
  const attr: AttrSpec | null = spec === null ? null : attrSpecOf(spec, leaf);
  return attr?.default ?? null;
}

function hasLeaf(element: XmlElement, leaf: string): boolean {
  return leaf === 'text()' ? textOf(element) !== '' : attrOf(element, leaf) !== undefined;
}

/** `ip[10.0.0.1].dhcp.host[*]@ip`; a key that nobody gave is `*`. */
function pathOf({ pair, leaf }: Change, keyless: ReadonlySet<string>): string {
  const steps = chainOf(pair)
    .toReversed()
    .flatMap(({ step }) =>
      step === null ? [] : keyless.has(step.name) ? `${step.name}[*]` : stepText(step),
    );
  const element = steps.length === 0 ? 'network' : steps.join('.');
  const name = textOfLeaf(leaf);
  return name === null ? element : `${element}@${name}`;
}
