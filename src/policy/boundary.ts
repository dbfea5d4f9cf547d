// Edits of a network on which two policies could differ: every place of the element table, with values just inside and
// outside of what the conditions of some rules compare with. Documents in, as the gate sees them; nothing here decides.

import type { AttrSpec, ElementSpec, ValueType } from '../network/spec.ts';
import { allSpecs, attrSpecOf, networkSpec } from '../network/table.ts';
import { canonical } from '../network/values.ts';
import { unreachable } from '../std/unreachable.ts';
import { makeAttr, makeElement, makeText, type XmlDocument, type XmlElement } from '../xml/document.ts';
import { testFor } from './condition.ts';
import { type Atom, atomsOf, boundaryValues, syntaxOf, waysOf } from './condition-space.ts';
import type { ConditionSyntax } from './condition-syntax.ts';
import { EVERYONE } from './names.ts';
import type { PathPattern, StepPattern } from './path-pattern.ts';
import type { Rule } from './policy.ts';
import { TRUE } from './truth.ts';

/** An edit at one place. `names`: the names on the way, below the root; those that the table does not know in quotes. */
export type BoundaryEdit = {
  readonly names: readonly string[];
  /** The elements on the way that are of the table. */
  readonly chain: readonly ElementSpec[];
  readonly base: XmlDocument | null;
  readonly result: XmlDocument | null;
  /** The values that were chosen: `ip=10.0.0.192`; empty when nobody asks for any. */
  readonly values: string;
};

/** Attributes of an element, and `text()` for its text; null is absent. */
type Values = ReadonlyMap<string, string | null>;

/** All edits at places for which `wanted` is true. */
export function* boundaryEdits(
  rules: readonly Rule[],
  wanted: (chain: readonly ElementSpec[]) => boolean,
): Generator<BoundaryEdit> {
  const changing = rules.filter(({ covers }) => covers.type === 'changes');
  const parts = partsOf(changing);
  const counts = countedIn(changing);
  for (const { chain } of allSpecs()) {
    if (!wanted(chain)) continue;
    yield* editsAt(chain, parts, counts);
    yield* strangeEdits(chain, changing, counts);
  }
}

/** What the rules ask of elements of each kind. */
type Parts = {
  readonly startsOf: (spec: ElementSpec) => readonly Values[];
  readonly variedIn: (spec: ElementSpec) => ReadonlyMap<string, readonly (string | null)[]>;
};

function partsOf(rules: readonly Rule[]): Parts {
  const starts = new Map<ElementSpec, Values[]>();
  const atoms = new Map<ElementSpec, Atom[]>();
  const put = <T>(map: Map<ElementSpec, T[]>, spec: ElementSpec, value: T): void => {
    const known = map.get(spec);
    if (known === undefined) map.set(spec, [value]);
    else known.push(value);
  };
  for (const rule of rules) {
    if (rule.covers.type !== 'changes') continue;
    const own = atomsOf(syntaxOf(rule.when));
    for (const spec of rule.covers.pattern.anchors) {
      for (const atom of own) if ('operand' in atom) put(atoms, spec, atom);
      for (const values of witnesses(rule, own, spec)) put(starts, spec, values);
    }
    for (const [spec, values] of keysIn(rule.covers.pattern)) put(starts, spec, values);
  }
  const startsOf = new Map<ElementSpec, readonly Values[]>();
  const variedIn = new Map<ElementSpec, ReadonlyMap<string, readonly (string | null)[]>>();
  return {
    startsOf: (spec) => {
      let found = startsOf.get(spec);
      if (found === undefined) {
        found = distinct([new Map(), ...(starts.get(spec) ?? [])]);
        startsOf.set(spec, found);
      }
      return found;
    },
    variedIn: (spec) => {
      let found = variedIn.get(spec);
      if (found === undefined) {
        found = boundaryValues(atoms.get(spec) ?? [], spec);
        variedIn.set(spec, found);
      }
      return found;
    },
  };
}

function distinct(all: readonly Values[]): readonly Values[] {
  return [...new Map(all.map((values) => [JSON.stringify([...values].sort()), values])).values()];
}

/** Values with which the condition is true, with its roles and without. */
function witnesses(rule: Rule, atoms: readonly Atom[], spec: ElementSpec): readonly Values[] {
  const reads = atoms.filter((atom) => 'operand' in atom);
  if (reads.length === 0) return [];
  const ways = waysOf(atoms, spec, new Set([EVERYONE]));
  if (ways === null) return [];
  const test = testFor(rule.condition, spec);
  for (const way of ways) {
    if (test.truth(way) !== TRUE) continue;
    const names = new Set(reads.flatMap((atom) => ('operand' in atom ? [atom.operand] : [])));
    return [
      new Map(
        [...names].map(({ name, side }) => {
          const element = side === 'each' ? way.current : side === 'before' ? way.before : way.after;
          return [name, element === null ? null : valueIn(element, name)];
        }),
      ),
    ];
  }
  return [];
}

function valueIn(element: XmlElement, name: string): string | null {
  if (name !== 'text()') return element.attrs.find((attr) => attr.name === name)?.value ?? null;
  const [text] = element.children;
  return text?.type === 'text' ? text.value : null;
}

/** Elements that a path names by key. */
function keysIn(pattern: PathPattern): readonly (readonly [ElementSpec, Values])[] {
  return pattern.steps.flatMap((step) =>
    (step.keys ?? []).flatMap((key) =>
      specsNamed(step).flatMap((spec) => {
        const alternative = spec.key?.alternatives.find(({ kind }) => kind === key.kind);
        if (alternative === undefined) return [];
        const values = new Map<string, string | null>();
        alternative.parts.forEach((part, at) => {
          const value = key.parts[at] ?? null;
          if (value !== null) values.set('attr' in part ? part.attr : 'text()', value === '' ? null : value);
        });
        return values.size === 0 ? [] : [[spec, values] as const];
      }),
    ),
  );
}

function specsNamed({ name, quoted }: StepPattern): readonly ElementSpec[] {
  if (quoted || name === null) return [];
  return [...new Set(allSpecs().flatMap(({ spec }) => (spec.name === name ? [spec] : [])))];
}

// Edits.

function* editsAt(
  chain: readonly ElementSpec[],
  parts: Parts,
  counts: readonly Counted[],
): Generator<BoundaryEdit> {
  const own = chain[chain.length - 1] ?? networkSpec;
  const plain = chain.map(() => NO_VALUES);
  const frame = { names: chain.slice(1).map(({ name }) => name), chain };
  const at = (
    before: XmlElement | null,
    after: XmlElement | null,
    values: string,
    above: readonly Values[] = plain,
  ): BoundaryEdit => ({
    ...frame,
    base: documentOf(chain, above, before === null ? [] : [before]),
    result: documentOf(chain, above, after === null ? [] : [after]),
    values,
  });
  // values of the elements above, for rules about all that is in them
  for (const [level, spec] of chain.slice(0, -1).entries()) {
    for (const values of variations(spec, parts)) {
      const above = plain.map((none, index) => (index === level ? values : none));
      const text = textOf(values);
      const [one, other] = [elementWith(own, NO_VALUES), elementWith(own, NO_VALUES, true)];
      yield at(null, one, text, above);
      yield at(one, null, text, above);
      yield at(one, other, text, above);
    }
  }
  for (const start of parts.startsOf(own)) {
    const one = elementWith(own, start);
    const text = textOf(start);
    yield at(null, one, text);
    yield at(one, null, text);
    yield at(one, elementWith(own, start, true), text);
    if (own.cardinality === 'many') {
      const other = elementWith(own, NO_VALUES, true, true);
      // of two that change places, the one that stood first stays
      for (const [first, second] of [
        [one, other],
        [other, one],
      ] as const)
        yield {
          ...frame,
          base: documentOf(chain, plain, [first, second]),
          result: documentOf(chain, plain, [second, first]),
          values: text,
        };
    }
    for (const [name, values] of parts.variedIn(own)) {
      for (const value of values) {
        const varied = new Map([...start, [name, value]]);
        const there = elementWith(own, varied);
        const changed = `${named(name, start.get(name) ?? sampleOf(own, name))} → ${value ?? 'absent'}`;
        yield at(null, there, textOf(varied));
        yield at(there, null, textOf(varied));
        yield at(one, there, changed);
        yield at(there, one, `${named(name, value)} → ${start.get(name) ?? sampleOf(own, name) ?? 'absent'}`);
        yield at(there, elementWith(own, varied, true), textOf(varied));
      }
    }
    const other = elementWith(own, start, true);
    for (const filled of counts)
      for (const [before, after] of fates(one, other))
        yield {
          ...frame,
          base: documentOf(chain, plain, before === null ? [] : [before], [], filled),
          result: documentOf(chain, plain, after === null ? [] : [after], [], filled),
          values: [text, filled.text].filter((word) => word !== '').join(' '),
        };
  }
}

/** Starts, and each with one value varied. */
function variations(spec: ElementSpec, parts: Parts): readonly Values[] {
  const starts = parts.startsOf(spec);
  const found = [...starts];
  for (const start of starts)
    for (const [name, values] of parts.variedIn(spec))
      for (const value of values) found.push(new Map([...start, [name, value]]));
  return distinct(found);
}

function textOf(values: Values): string {
  return [...values].map(([name, value]) => named(name, value)).join(' ');
}

function named(name: string, value: string | null): string {
  return value === null ? `no ${name}` : `${name}=${value}`;
}

/** Names in quotes: elements and attributes that the table does not know. */
function* strangeEdits(
  chain: readonly ElementSpec[],
  rules: readonly Rule[],
  counts: readonly Counted[],
): Generator<BoundaryEdit> {
  const own = chain[chain.length - 1] ?? networkSpec;
  const plain = chain.map(() => NO_VALUES);
  const names = chain.slice(1).map((spec) => spec.name);
  const parent = elementWith(own, NO_VALUES);
  const elements = new Set<string>();
  const attrs = new Set<string>();
  for (const { covers } of rules) {
    if (covers.type !== 'changes') continue;
    const { steps, leaf, anchors } = covers.pattern;
    const last = steps[steps.length - 1];
    if (last?.quoted === true && last.name !== null) elements.add(last.name);
    if (leaf?.type === 'attribute' && leaf.quoted && leaf.name !== 'text()' && anchors.includes(own))
      attrs.add(leaf.name);
  }
  for (const filled of [null, ...counts]) {
    const document = (element: XmlElement | null, inside: XmlElement | null): XmlDocument | null =>
      documentOf(chain, plain, element === null ? [] : [element], inside === null ? [] : [inside], filled);
    const values = filled?.text ?? '';
    for (const name of elements) {
      const [one, other] = [strange(name, '1'), strange(name, '2')];
      for (const [before, after] of fates(one, other))
        yield {
          names: [...names, `'${name}'`],
          chain,
          base: document(parent, before),
          result: document(parent, after),
          values,
        };
    }
    for (const name of attrs) {
      const marked = elementWith(own, new Map([[name, '1']]));
      for (const [before, after] of [
        [parent, marked],
        [marked, parent],
        [null, marked],
        [marked, null],
      ] as const)
        yield { names, chain, base: document(before, null), result: document(after, null), values };
    }
  }
}

function strange(name: string, value: string): XmlElement {
  const [, ns = '', local = name] = /^\{(.*)\}(.*)$/.exec(name) ?? [];
  return makeElement({ name: local, local, ns }, [makeAttr('value', value)], []);
}

// Counting.

type Counted = {
  readonly chain: readonly ElementSpec[];
  readonly elements: readonly XmlElement[];
  readonly text: string;
};

/** More elements than these are not made. */
const MOST_COUNTED = 500;

/** For each `count(…) op N`, networks with about N elements of it. */
function countedIn(rules: readonly Rule[]): readonly Counted[] {
  const found = new Map<string, Counted>();
  for (const rule of rules) {
    for (const atom of atomsOf(syntaxOf(rule.when))) {
      if (atom.type !== 'count') continue;
      const chain = chainCounted(atom.path.text);
      const own = chain?.[chain.length - 1];
      if (chain === null || own === undefined || own.cardinality !== 'many') continue;
      const values = witnessWhere(atom.where, own);
      for (const n of [atom.value - 1, atom.value, atom.value + 1]) {
        if (n < 0 || n > MOST_COUNTED) continue;
        const text = `beside ${n} ${own.name} elements`;
        found.set(`${atom.text} ${n}`, {
          chain,
          text,
          elements: Array.from({ length: n }, (_, at) =>
            elementWith(own, new Map([...keyed(own, at), ...values])),
          ),
        });
      }
    }
  }
  return [...found.values()];
}

/** The elements on a path of plain names, keys aside; null for any other. */
function chainCounted(path: string): readonly ElementSpec[] | null {
  const names = path.replace(/\[[^\]]*\]/g, '').replace(/^network\./, '');
  return allSpecs().find((place) => place.path === names)?.chain ?? null;
}

function witnessWhere(where: ConditionSyntax | null, spec: ElementSpec): Values {
  for (const [name, values] of boundaryValues(atomsOf(where), spec)) {
    const [first = null] = values;
    return new Map([[name, first]]);
  }
  return NO_VALUES;
}

/** A key of its own for each. */
function keyed(spec: ElementSpec, at: number): Values {
  const [part] = spec.key?.alternatives[0]?.parts ?? [];
  if (part === undefined || !('attr' in part)) return new Map([['text()', `n${at}`]]);
  const type = attrSpecOf(spec, part.attr)?.type;
  const two = (n: number): string => n.toString(16).padStart(2, '0');
  switch (type?.kind) {
    case 'mac':
      return new Map([[part.attr, `02:00:00:01:${two(at >> 8)}:${two(at & 255)}`]]);
    case 'ip':
      return new Map([[part.attr, `192.0.${at >> 8}.${at & 255}`]]);
    case 'uint':
      return new Map([[part.attr, String(at + 1)]]);
    default:
      return new Map([[part.attr, `n${at}`]]);
  }
}

// Elements and documents.

const NO_VALUES: Values = new Map();

/** With every attribute that it can have, so that every one is asked about. `other`: other values, `rekeyed`: another key, too. */
function elementWith(spec: ElementSpec, values: Values, other = false, rekeyed = false): XmlElement {
  const all = new Map<string, string | null>();
  for (const attr of spec.attrs) {
    if (attr.restates !== null) continue;
    const isKey = isKeyPart(spec, attr.name);
    all.set(attr.name, sample(attr.type, isKey ? rekeyed : other));
  }
  // what is modified is everything that no condition looks at
  for (const [name, value] of values) if (!(rekeyed && isKeyPart(spec, name))) all.set(name, value);
  const attrs = [...all].flatMap(([name, value]) =>
    value === null || name === 'text()' ? [] : [makeAttr(name, value)],
  );
  if (spec.name === 'lease') attrs.push(makeAttr('unit', 'seconds'));
  const given = values.get('text()');
  const text =
    given ?? (spec.text === null ? null : sample(spec.text, isKeyPart(spec, 'text()') ? rekeyed : other));
  return makeElement(spec, attrs, text === null || text === undefined ? [] : [makeText(text)]);
}

function isKeyPart(spec: ElementSpec, name: string): boolean {
  return (
    spec.key?.alternatives[0]?.parts.some((part) => ('attr' in part ? part.attr : 'text()') === name) ?? false
  );
}

function sampleOf(spec: ElementSpec, name: string): string | null {
  const attr: AttrSpec | null = attrSpecOf(spec, name);
  return attr === null ? null : sample(attr.type, false);
}

/** A value of the type; the other one of two. */
function sample(type: ValueType, other: boolean): string {
  const [one, two] = samplesOf(type);
  return other ? two : one;
}

function samplesOf(type: ValueType): readonly [string, string] {
  switch (type.kind) {
    case 'text':
    case 'hostname':
    case 'name':
      return ['some.example', 'other.example'];
    case 'uuid':
      return ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];
    case 'mac':
      return ['02:00:00:00:00:01', '02:00:00:00:00:02'];
    case 'ip':
      return canonical(type, '192.0.2.1') === null
        ? ['2001:db8::1', '2001:db8::2']
        : ['192.0.2.1', '192.0.2.2'];
    case 'netmask':
      return ['255.255.255.0', '255.255.0.0'];
    case 'duid':
      return ['00:03:00:01:02:00:00:00:00:01', '00:03:00:01:02:00:00:00:00:02'];
    case 'uint':
      return [String(Math.max(1, type.min)), String(Math.max(1, type.min) + 1)];
    case 'pci':
      return ['0x0', '0x1'];
    case 'enum': {
      const [one = '', two = one] = type.values;
      return [one, two];
    }
    case 'stp':
      return ['on', 'off'];
    default:
      return unreachable(type);
  }
}

/**
 * A network with `elements` at the end of the way, and `strange` ones inside of the first of them. Null for the root that is
 * not there. `filled`: elements elsewhere, or beside them.
 */
function documentOf(
  chain: readonly ElementSpec[],
  above: readonly Values[],
  elements: readonly XmlElement[],
  strange: readonly XmlElement[] = [],
  filled: Pick<Counted, 'chain' | 'elements'> | null = null,
): XmlDocument | null {
  const last = elements.map((element, at) =>
    at === 0 && strange.length > 0 ? { ...element, children: [...element.children, ...strange] } : element,
  );
  if (chain.length === 1) return asDocument(last[0] ?? null);
  const root = nested(chain, above, last, filled);
  return asDocument(root);
}

function asDocument(root: XmlElement | null): XmlDocument | null {
  return root === null ? null : { source: { name: 'boundary', text: '' }, root, prolog: '', epilog: '' };
}

function nested(
  chain: readonly ElementSpec[],
  above: readonly Values[],
  elements: readonly XmlElement[],
  filled: Pick<Counted, 'chain' | 'elements'> | null,
): XmlElement {
  const build = (level: number): XmlElement => {
    const spec = chain[level] ?? networkSpec;
    const own = level === 0 ? makeElement(spec, [], []) : elementWith(spec, above[level] ?? NO_VALUES);
    const inside = level === chain.length - 2 ? elements : [build(level + 1)];
    return { ...own, children: [...own.children, ...inside, ...fillersFor(level)] };
  };
  /** What is counted stands in the same parents as far as the ways are one. */
  const fillersFor = (level: number): readonly XmlElement[] => {
    if (filled === null || !isOnWay(level)) return [];
    if (level === filled.chain.length - 2) return filled.elements;
    const next = filled.chain[level + 1];
    if (next === undefined || (level < chain.length - 2 && chain[level + 1] === next)) return [];
    return [branch(level + 1)];
  };
  const isOnWay = (level: number): boolean =>
    filled?.chain.slice(0, level + 1).every((spec, at) => spec === chain[at]) ?? false;
  const branch = (level: number): XmlElement => {
    const of = filled?.chain ?? [];
    const own = elementWith(of[level] ?? networkSpec, NO_VALUES);
    const inside = level === of.length - 2 ? (filled?.elements ?? []) : [branch(level + 1)];
    return { ...own, children: [...own.children, ...inside] };
  };
  return build(0);
}

/** What can become of an element: it comes, it goes, it becomes another. */
function fates(
  one: XmlElement,
  other: XmlElement,
): readonly (readonly [XmlElement | null, XmlElement | null])[] {
  return [
    [null, one],
    [one, null],
    [one, other],
  ];
}
