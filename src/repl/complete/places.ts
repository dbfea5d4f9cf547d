// What the paths and elements of an unfinished statement stand for: places in the table, with their elements in the document.

import { exactKey, matchesKey, readKey, stepName } from '../../network/lookup.ts';
import { childrenOf, effectiveAttr, keyOf, type SemChild } from '../../network/meaning.ts';
import { keyText, rawKeyText } from '../../network/path.ts';
import type { ElementSpec } from '../../network/spec.ts';
import { attrSpecOf, childSpecByName } from '../../network/table.ts';
import { asMeant } from '../../network/values.ts';
import { stringParts } from '../../syntax/strings.ts';
import { At, Hash, Star, StringLiteral, Variable } from '../../syntax/tokens.ts';
import { attrOf, type XmlDocument, type XmlElement } from '../../xml/document.ts';
import {
  type Branch,
  branchesOf,
  branchOf,
  enclosing,
  type Frame,
  partsOf,
  type Tree,
  tokensIn,
} from './walk.ts';

/** A place that something written names. */
export type Place = {
  /** Null for what the table does not know. */
  readonly spec: ElementSpec | null;
  /** Null for what is not in the document, or not yet. */
  readonly element: XmlElement | null;
  readonly above: Place | null;
};

/** Where statements look: the table, and the document that they are about; null when it is not known. */
export type Scene = { readonly table: ElementSpec; readonly document: XmlDocument | null };

/** Of so many places the children are looked at where a path names several (`portgroup[*].`). */
const MAX_PLACES = 64;

export function rootOf({ table, document }: Scene): Place {
  return { spec: table, element: document?.root ?? null, above: null };
}

type Grouped = { readonly of: readonly SemChild[]; readonly bySpec: ReadonlyMap<ElementSpec | null, Group> };
type Group = {
  readonly children: SemChild[];
  readonly elements: XmlElement[];
  /** By attribute, in the order of the children; '' for none. Made when somebody asks. */
  readonly texts: Map<string, readonly string[]>;
};

/** By kind, once for each version of an element: a key press asks about the same 65,000 children several times. */
const groups = new WeakMap<XmlElement, Grouped>();
const NOBODY: Group = { children: [], elements: [], texts: new Map() };

function groupAt({ spec, element }: Place, child: ElementSpec | null): Group {
  if (spec === null || element === null) return NOBODY;
  const of = childrenOf(spec, element);
  let grouped = groups.get(element);
  if (grouped?.of !== of) {
    const bySpec = new Map<ElementSpec | null, Group>();
    for (const one of of) {
      if (one.surplus) continue;
      let group = bySpec.get(one.spec);
      if (group === undefined) {
        group = { children: [], elements: [], texts: new Map() };
        bySpec.set(one.spec, group);
      }
      group.children.push(one);
      group.elements.push(one.element);
    }
    grouped = { of, bySpec };
    groups.set(element, grouped);
  }
  return grouped.bySpec.get(child) ?? NOBODY;
}

/** What is written in an attribute of each of the children of one kind; for null their keys. */
export function textsAt(place: Place, child: ElementSpec, attr: string | null): readonly string[] {
  const { children, texts } = groupAt(place, child);
  const name = attr ?? '';
  let found = texts.get(name);
  if (found === undefined && children.length > 0) {
    found =
      attr === null
        ? children.map(({ key }) => (key === null ? '' : rawKeyText(key)))
        : children.map(({ element }) => attrOf(element, attr)?.value ?? '');
    texts.set(name, found);
  }
  return found ?? [];
}

/** The children of one kind that the document has at the place, in its order; for null those that the table does not know. */
export function childrenAt(place: Place, child: ElementSpec | null): readonly SemChild[] {
  return groupAt(place, child).children;
}

export function elementsAt(place: Place, child: ElementSpec): readonly XmlElement[] {
  return groupAt(place, child).elements;
}

/** By the parts of the path, which all readings of a text share: each of them asks. */
const resolved = new WeakMap<object, { readonly scene: Scene; readonly places: readonly Place[] }>();

/** The places that the finished steps of a path name. */
export function placesOfPath(scene: Scene, path: Tree): readonly Place[] {
  const known = path.parts === null ? undefined : resolved.get(path.parts);
  if (known?.scene === scene) return known.places;
  let places: readonly Place[] = [rootOf(scene)];
  for (const [at, step] of branchesOf(path, 'step').entries()) {
    if (at === 0 && nameIn(step) === 'network') continue;
    places = below(places, step);
  }
  if (path.parts !== null) resolved.set(path.parts, { scene, places });
  return places;
}

function below(places: readonly Place[], step: Branch): readonly Place[] {
  const name = nameIn(step);
  const found: Place[] = [];
  for (const above of places) {
    const spec = above.spec === null ? null : childSpecByName(above.spec, name);
    const there = select(
      above,
      spec === null
        ? childrenAt(above, null).filter((child) => stepName(child) === name)
        : childrenAt(above, spec),
      spec,
      branchOf(step, 'selector'),
    );
    for (const { element } of there.slice(0, MAX_PLACES - found.length)) found.push({ spec, element, above });
    if (there.length === 0 && spec !== null && found.length < MAX_PLACES)
      found.push({ spec, element: null, above });
  }
  return found;
}

function nameIn(tree: Tree): string {
  return tokensIn(tree)[0]?.image ?? '';
}

function select(
  above: Place,
  children: readonly SemChild[],
  spec: ElementSpec | null,
  selector: Branch | null,
): readonly SemChild[] {
  if (selector === null) return children;
  const [, first, second] = tokensIn(selector);
  const values = branchesOf(selector, 'value').map(textOfValue);
  if (first?.tokenType === Star) return children;
  if (first?.tokenType === Hash) return children.slice(Number(second?.image) - 1).slice(0, 1);
  const names = attributesIn(selector);
  if (names.length > 0)
    return children.filter(({ element }) =>
      names.every((name, at) => {
        const wanted = values[at];
        if (wanted === null || wanted === undefined) return true;
        return valueAt({ spec, element, above: null }, name) === normal(spec, name, wanted);
      }),
    );
  const [key] = values;
  if (key === null || key === undefined || spec === null) return children;
  const pattern = readKey(spec, key)?.pattern;
  if (pattern === undefined) return [];
  const exact = exactKey(pattern);
  const at = exact === null ? -1 : textsAt(above, spec, null).indexOf(rawKeyText(exact));
  const found = children[at];
  // one is looked for by a text, 65,000 are not asked one by one; equal keys are an error of the network
  if (found?.key?.kind === pattern.kind) return [found];
  const whole = children.filter((child) => child.key !== null && matchesKey(pattern, child.key));
  // a host with a mac is found by its name, too
  const alternatives = spec.key?.alternatives ?? [];
  const attr = alternatives.find(({ kind }) => kind === pattern.kind)?.parts[0];
  if (whole.length > 0 || alternatives.length < 2 || attr === undefined || !('attr' in attr)) return whole;
  const [part] = pattern.parts;
  return children.filter(({ element }) => {
    const written = attrOf(element, attr.attr)?.value;
    return written !== undefined && (written === part || normal(spec, attr.attr, written) === part);
  });
}

function normal(spec: ElementSpec | null, attr: string, text: string): string {
  const type = spec === null ? undefined : attrSpecOf(spec, attr)?.type;
  return type === undefined ? text : asMeant(type, text);
}

/** The value of an attribute as libvirt means it; null when there is none. */
export function valueAt({ spec, element }: Place, attr: string): string | null {
  if (element === null) return null;
  const meant = spec === null ? null : effectiveAttr(spec, element, attr);
  return meant?.value ?? attrOf(element, attr)?.value ?? null;
}

/** The names before `=` in a selector or in a list of attributes, and behind `@`. */
export function attributesIn(tree: Tree): readonly string[] {
  const own = partsOf(tree);
  switch (tree.rule) {
    case 'attrs':
      return branchesOf(tree, 'attr').map(nameIn);
    case 'selector':
      return own.flatMap((part, at) => {
        const next = own[at + 1];
        return part.type === 'token' && next?.type === 'token' && next.token.image === '='
          ? [part.token.image]
          : [];
      });
    default:
      return own.flatMap((part, at) => {
        const before = own[at - 1];
        return part.type === 'token' && before?.type === 'token' && before.token.tokenType === At
          ? [part.token.image]
          : [];
      });
  }
}

/** What a value says; null when it depends on a variable. */
export function textOfValue(value: Tree): string | null {
  const [token] = tokensIn(value);
  if (token === undefined || token.tokenType === Variable) return null;
  const { image } = token;
  if (token.tokenType !== StringLiteral) return image;
  const parts = stringParts({ name: '', text: image }, 0, image.length, 'text', () => {});
  const [only] = parts;
  if (only === undefined) return '';
  return parts.length === 1 && only.type === 'literal' ? only.text : null;
}

/** Every place of the table, the root first. Of those above, the elements that the document has. */
export function allPlaces(scene: Scene): readonly Place[] {
  const found: Place[] = [];
  const enter = (spec: ElementSpec, aboves: readonly (Place | null)[]): void => {
    const own = aboves.map(
      (above): Place => (above === null ? rootOf(scene) : { spec, element: onlyChild(above, spec), above }),
    );
    found.push(...own);
    for (const child of spec.children)
      enter(child, spec === scene.table ? own : own.flatMap((place) => existing(place, spec)));
  };
  enter(scene.table, [null]);
  return found;
}

/** For what there may be many of: each that is there, so that its children can be placed; else the place itself. */
function existing(place: Place, spec: ElementSpec): readonly Place[] {
  if (spec.cardinality !== 'many' || place.above === null) return [place];
  const there = elementsAt(place.above, spec).slice(0, MAX_PLACES);
  return there.length === 0 ? [place] : there.map((element) => ({ spec, element, above: place.above }));
}

function onlyChild(above: Place, spec: ElementSpec): XmlElement | null {
  return spec.cardinality === 'many' ? null : (elementsAt(above, spec)[0] ?? null);
}

/** `ip[10.0.0.1].dhcp`; the root is `network`. Null when an element on the way has no key to be named by. */
export function pathTo(place: Place): string | null {
  if (place.above === null) return 'network';
  const { spec, element } = place;
  if (spec === null) return null;
  const before = pathTo(place.above);
  if (before === null) return null;
  let step = spec.name;
  if (spec.cardinality === 'many') {
    const key = element === null ? null : keyOf(spec, element);
    if (key === null) return null;
    step = `${step}[${keyText(key)}]`;
  }
  return place.above.above === null ? step : `${before}.${step}`;
}

/**
 * Where an element that is written may belong, by its name and attributes; `around` is the rule that it stands in, `attrs`
 * its list of attributes. An attribute that no place has narrows nothing.
 */
export function placesOfElement(
  scene: Scene,
  element: Tree,
  around: Frame | null,
  attrs: Tree | null = branchOf(element, 'attrs'),
): readonly Place[] {
  const name = nameIn(element);
  const possible = placesForElement(scene, around).filter(({ spec }) => spec?.name === name);
  const written = attrs === null ? [] : attributesIn(attrs);
  const fitting = possible.filter(
    ({ spec }) => spec !== null && written.every((attr) => attrSpecOf(spec, attr) !== null),
  );
  return fitting.length > 0 ? fitting : possible;
}

/** Where an element can stand that is written inside of `around`: in the element whose body that is, or in the statement's path. */
export function placesForElement(scene: Scene, around: Frame | null): readonly Place[] {
  const outer = around === null ? null : enclosing(around, 'element');
  if (outer !== null)
    return placesOfElement(scene, outer, outer.above).flatMap((above) =>
      (above.spec?.children ?? []).map((spec) => ({ spec, element: null, above })),
    );
  const statement = around === null ? null : enclosing(around, 'add', 'ensure', 'replace', 'remove');
  const path = statement === null ? null : branchOf(statement, 'path');
  if (path === null) return allPlaces(scene).filter(({ above }) => above !== null);
  const named = placesOfPath(scene, path);
  if (statement?.rule === 'replace') return named.map((place) => ({ ...place, element: null }));
  return named.flatMap((above) =>
    (above.spec?.children ?? []).map((spec) => ({ spec, element: onlyChild(above, spec), above })),
  );
}
