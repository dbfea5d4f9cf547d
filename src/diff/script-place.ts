// An element of a draft → the path that a script names it by, as the draft stands. Null where the language has no words.

import { exactKey, readKey } from '../network/lookup.ts';
import { keyOf } from '../network/meaning.ts';
import { type Key, rawKeyText } from '../network/path.ts';
import { DNSMASQ_NS, type ElementSpec } from '../network/spec.ts';
import { childSpec, childSpecByName, networkSpec } from '../network/table.ts';
import {
  childElements,
  childrenNamed,
  countNamed,
  type DraftElement,
  freeze,
  xmlNameOf,
} from '../patch/draft.ts';
import { effectiveValue, findByAttribute, findByKey } from '../patch/key-index.ts';
import type { PathStep, Selector } from '../syntax/ast.ts';
import { isName } from '../syntax/characters.ts';
import { keywords } from '../syntax/keywords.ts';
import { attrsSelector, keySelector, makeStep, nthSelector } from '../syntax/make.ts';

/** What the table says of the element; null for what it does not know. */
export function specOf(at: DraftElement): ElementSpec | null {
  if (at.parent === null) return networkSpec;
  const above = specOf(at.parent as DraftElement); // a parent is an element
  return above === null || above.content === 'opaque' ? null : childSpec(above, at.node.local, at.node.ns);
}

/** The steps to the element, none for the root. */
export function stepsTo(at: DraftElement): readonly PathStep[] | null {
  if (at.parent === null) return [];
  const parent = at.parent as DraftElement; // a parent is an element
  const above = stepsTo(parent);
  const last = above === null ? null : stepTo(at);
  return above === null || last === null ? null : [...above, last];
}

/** The step from its parent to the element. */
export function stepTo(at: DraftElement): PathStep | null {
  const parent = at.parent as DraftElement | null; // a parent is an element
  if (parent === null) return null;
  const spec = specOf(at);
  if (spec === null) return unknownStep(parent, at);
  if (spec.cardinality === 'many') return makeStep(spec.name, listed(parent, spec, at));
  // of what there is one of, a path means the first, as libvirt does
  for (const first of childrenNamed(parent, xmlNameOf(spec)))
    return first === at ? makeStep(spec.name, null) : null;
  return null;
}

function listed(parent: DraftElement, spec: ElementSpec, at: DraftElement): Selector {
  const key = keyOf(spec, spec.text === null ? at.node : freeze(at));
  if (key !== null) {
    const byKey = keyed(parent, spec, at, key) ?? byAttribute(parent, spec, at, key);
    if (byKey !== null) return byKey;
  }
  return nthSelector(positionOf(parent, at));
}

/** `[key]`, trailing absent parts left out, when that finds this element and no other. */
function keyed(parent: DraftElement, spec: ElementSpec, at: DraftElement, key: Key): Selector | null {
  const text = rawKeyText(key);
  const reading = readKey(spec, text);
  const exact = reading === null || reading.problem !== null ? null : exactKey(reading.pattern);
  if (
    exact === null ||
    exact.kind !== key.kind ||
    exact.parts.some((part, index) => part !== key.parts[index])
  )
    return null;
  if (!findsOnly(parent, spec, at, key.kind, key.parts)) return null;
  let shown = key;
  while (shown.parts.length > 1 && shown.parts.at(-1) === '') {
    const parts = shown.parts.slice(0, -1);
    if (!findsOnly(parent, spec, at, key.kind, parts)) break;
    shown = { kind: key.kind, parts };
  }
  // one part left of several is still split where a separator stands in it
  return keySelector(
    shown.parts.length === 1 && key.parts.length > 1
      ? rawKeyText({ ...key, parts: [shown.parts[0] ?? '', ''] }).slice(0, -1)
      : rawKeyText(shown),
  );
}

function findsOnly(
  parent: DraftElement,
  spec: ElementSpec,
  at: DraftElement,
  kind: string,
  parts: readonly string[],
): boolean {
  const found = findByKey(parent, spec, kind, parts);
  return found.length === 1 && found[0] === at;
}

/** `[name=x]`: for a key that would be read as one of another kind, or is not of its type. */
function byAttribute(parent: DraftElement, spec: ElementSpec, at: DraftElement, key: Key): Selector | null {
  const parts = spec.key?.alternatives.find((one) => one.kind === key.kind)?.parts ?? [];
  const [part] = parts;
  if (parts.length !== 1 || part === undefined || 'text' in part) return null;
  const value = effectiveValue(spec, at.node, part.attr);
  if (value === null) return null;
  const found = findByAttribute(parent, spec, part.attr, value);
  return found.length === 1 && found[0] === at ? attrsSelector([[part.attr, value]]) : null;
}

function positionOf(parent: DraftElement, at: DraftElement): number {
  let position = 0;
  for (const sibling of childrenNamed(parent, xmlNameOf(at.node))) {
    position++;
    if (sibling === at) break;
  }
  return position;
}

const KEYWORDS: ReadonlySet<string> = new Set(keywords);

/** An unknown element is named as it is written, where that means it and nothing else. */
function unknownStep(parent: DraftElement, at: DraftElement): PathStep | null {
  const { name } = at.node;
  if (!isName(name) || KEYWORDS.has(name)) return null;
  const above = specOf(parent);
  if (above === null || (above.content !== 'opaque' && childSpecByName(above, name) !== null)) return null;
  const xmlName = name.startsWith('dnsmasq:') ? xmlNameOf({ local: name.slice(8), ns: DNSMASQ_NS }) : name;
  for (const child of childElements(parent)) {
    if (xmlNameOf(child.node) !== xmlName && child.node.name !== name) continue;
    if (xmlNameOf(child.node) !== xmlNameOf(at.node)) return null;
    break;
  }
  return makeStep(
    name,
    countNamed(parent, xmlNameOf(at.node)) === 1 ? null : nthSelector(positionOf(parent, at)),
  );
}
