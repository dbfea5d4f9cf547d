// A written path → the elements of the draft it finds. Names come from the table, or from the document for what is unknown.

import { type Diagnostic, error, type Label } from '../diagnostics/diagnostic.ts';
import { matchesKey, readKey } from '../network/lookup.ts';
import { childrenOf, isAbsentEquivalent, keyOf } from '../network/meaning.ts';
import { keyText } from '../network/path.ts';
import type { ElementSpec } from '../network/spec.ts';
import { attrSpecOf, childSpecByName, networkSpec } from '../network/table.ts';
import { asMeant } from '../network/values.ts';
import {
  childElements,
  childrenNamed,
  countNamed,
  type Draft,
  type DraftElement,
  freeze,
  looseElement,
  xmlNameOf,
} from '../patch/draft.ts';
import { findByAttribute, findByKey } from '../patch/key-index.ts';
import { nearestName } from '../std/nearest-name.ts';
import { unreachable } from '../std/unreachable.ts';
import type { Name, Path, PathStep, Selector } from '../syntax/ast.ts';
import { attrOf, spanOf } from '../xml/document.ts';
import { type Environment, evaluate } from './environment.ts';

/** An element of the draft, and what the table says of it; null for what the table does not know. */
export type Found = { readonly at: DraftElement; readonly spec: ElementSpec | null };

export type Scene = {
  readonly draft: Draft;
  readonly environment: Environment;
  /** Script prefixes (`namespace`) and the one that is known. */
  readonly namespaces: ReadonlyMap<string, string>;
  readonly problems: Diagnostic[];
};

/** What a path came to. `missing`: the first step that found nothing, and where it was looked for. */
export type Resolution =
  | { readonly type: 'found'; readonly places: readonly Found[] }
  | { readonly type: 'missing'; readonly index: number; readonly parents: readonly Found[] }
  /** The reason is in `scene.problems`. */
  | { readonly type: 'wrong' };

export function rootOf(draft: Draft): Found {
  return { at: draft.root, spec: networkSpec };
}

/** Walks the path from the root, or from another element. */
export function resolve(scene: Scene, path: Path, from: Found = rootOf(scene.draft)): Resolution {
  let places: readonly Found[] = [from];
  for (const [index, step] of path.steps.entries()) {
    const next: Found[] = [];
    for (const parent of places) {
      const found = select(scene, parent, step);
      if (found === null) return { type: 'wrong' };
      next.push(...found);
    }
    if (next.length === 0) return { type: 'missing', index, parents: places };
    places = next;
  }
  return { type: 'found', places };
}

/** A name as the table or the document has it: XML name and spec; null (with a problem) when neither knows it. */
export type ResolvedName = { readonly xmlName: string; readonly spec: ElementSpec | null };

export function resolveName(scene: Scene, parent: Found, name: Name): ResolvedName | null {
  const spec = parent.spec === null ? null : childSpecByName(parent.spec, name.text);
  if (spec !== null) return { xmlName: xmlNameOf(spec), spec };
  const colon = name.text.indexOf(':');
  const uri = colon === -1 ? '' : scene.namespaces.get(name.text.slice(0, colon));
  const xmlName = uri === undefined ? name.text : xmlNameOf({ local: name.text.slice(colon + 1), ns: uri });
  const byUri = parent.spec?.children.find((child) => xmlNameOf(child) === xmlName);
  if (byUri !== undefined) return { xmlName, spec: byUri };
  for (const child of childElements(parent.at)) {
    if (xmlNameOf(child.node) === xmlName || child.node.name === name.text)
      return { xmlName: xmlNameOf(child.node), spec: null };
  }
  scene.problems.push(unknownElement(parent, name));
  return null;
}

export function unknownElement(parent: Found, name: Name): Diagnostic {
  const known = parent.spec?.children.map((child) => child.name) ?? [];
  const there = [...childElements(parent.at)].map((child) => child.node.name);
  const near = nearestName(name.text, [...known, ...there]);
  const above = parent.spec?.name ?? parent.at.node.name;
  return error('SL401', name.span, `unknown element \`${name.text}\` in \`${above}\``, {
    help:
      near !== null
        ? `did you mean \`${near}\`?`
        : known.length === 0
          ? `\`${above}\` has no child elements`
          : `\`${above}\` can hold ${listOf(known)}`,
  });
}

export function listOf(names: readonly string[], most = 12): string {
  const shown = names
    .slice(0, most)
    .map((name) => `\`${name}\``)
    .join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

function select(scene: Scene, parent: Found, step: PathStep): readonly Found[] | null {
  const name = resolveName(scene, parent, step.name);
  if (name === null) return null;
  const places = chosen(scene, parent, name, step);
  return places === null ? null : places.map((at) => ({ at, spec: name.spec }));
}

function chosen(
  scene: Scene,
  parent: Found,
  name: ResolvedName,
  step: PathStep,
): readonly DraftElement[] | null {
  const { selector } = step;
  const all = () => everyOne(parent, name);
  if (selector === null) return all();
  switch (selector.type) {
    case 'all':
      return all();
    case 'nth': {
      const one = all()[selector.n - 1];
      return one === undefined ? [] : [one];
    }
    case 'key':
      return byKey(scene, parent, name, step, selector);
    case 'attrs':
      return byAttributes(scene, parent, name, selector);
    default:
      return unreachable(selector);
  }
}

/** All children of the name; of what there is one of, the first, which is what libvirt reads. */
function everyOne(parent: Found, name: ResolvedName): readonly DraftElement[] {
  const there = [...childrenNamed(parent.at, name.xmlName)];
  if (name.spec !== null && name.spec.cardinality !== 'many') return there.slice(0, 1);
  return there.length === 0 ? impliedInterface(parent, name) : there;
}

/** `<forward dev='x'/>` means an interface x: it is found, though it has no element of its own (yet). */
function impliedInterface(parent: Found, name: ResolvedName): readonly DraftElement[] {
  if (parent.spec === null || name.spec === null || attrOf(parent.at.node, 'dev') === undefined) return [];
  const wanted = name.spec;
  return childrenOf(parent.spec, freeze(parent.at))
    .filter((child) => child.spec === wanted)
    .map((child) => looseElement(parent.at, child.element));
}

function byKey(
  scene: Scene,
  parent: Found,
  name: ResolvedName,
  step: PathStep,
  selector: Extract<Selector, { type: 'key' }>,
): readonly DraftElement[] | null {
  const text = evaluate(selector.value, scene.environment, scene.problems);
  if (text === null) return null;
  const { spec } = name;
  const reading = spec === null ? null : readKey(spec, text);
  if (spec === null || reading === null) {
    scene.problems.push(
      error('SL405', selector.span, `\`${step.name.text}\` has no key`, {
        help:
          spec === null
            ? `select by an attribute: \`${step.name.text}[name=…]\`, or by position: \`${step.name.text}[#1]\``
            : `there is one \`${step.name.text}\` at most: write \`${step.name.text}\` alone`,
      }),
    );
    return null;
  }
  const { pattern, problem } = reading;
  if (problem !== null || pattern.kind === null) {
    scene.problems.push(
      error('SL410', selector.value.span, problem ?? `\`${text}\` is not a key of \`${spec.name}\``, {
        help: keyHelp(spec),
      }),
    );
    return null;
  }
  const given = pattern.parts
    .slice(0, pattern.parts.indexOf(null) === -1 ? undefined : pattern.parts.indexOf(null))
    .map((part) => part ?? '');
  const found = findByKey(parent.at, spec, pattern.kind, given);
  if (found.length > 0) return found;
  return impliedInterface(parent, name).filter((at) => {
    const key = keyOf(spec, at.node);
    return key !== null && matchesKey(pattern, key);
  });
}

export function keyHelp(spec: ElementSpec): string {
  const forms = (spec.key?.alternatives ?? []).map(({ parts }) =>
    parts.map((part) => ('text' in part ? 'its text' : part.attr)).join(spec.key?.separator ?? '/'),
  );
  return `a \`${spec.name}\` is named by ${forms.map((form) => `\`${form}\``).join(', else by ')}`;
}

function byAttributes(
  scene: Scene,
  parent: Found,
  name: ResolvedName,
  selector: Extract<Selector, { type: 'attrs' }>,
): readonly DraftElement[] | null {
  let kept: readonly DraftElement[] | null = null;
  for (const { name: attr, value } of selector.attrs) {
    const text = evaluate(value, scene.environment, scene.problems);
    if (text === null) return null;
    const { spec } = name;
    if (spec === null) {
      kept = (kept ?? everyOne(parent, name)).filter((at) => attrOf(at.node, attr.text)?.value === text);
      continue;
    }
    const known = attrSpecOf(spec, attr.text);
    if (known === null) {
      const near = nearestName(
        attr.text,
        spec.attrs.map((one) => one.name),
      );
      scene.problems.push(
        error('SL402', attr.span, `unknown attribute \`${attr.text}\` of \`${spec.name}\``, {
          help: near === null ? attributeHelp(spec) : `did you mean \`${near}\`?`,
        }),
      );
      return null;
    }
    const wanted = asMeant(known.type, text);
    const found: readonly DraftElement[] = findByAttribute(parent.at, spec, attr.text, wanted);
    kept = kept === null ? found : kept.filter((at) => found.includes(at));
    if (kept.length === 0)
      kept = impliedInterface(parent, name).filter((at) => attrOf(at.node, attr.text)?.value === wanted);
  }
  return kept ?? [];
}

export function attributeHelp(spec: ElementSpec): string {
  return spec.attrs.length === 0
    ? `\`${spec.name}\` has no attributes`
    : `\`${spec.name}\` can have ${listOf(spec.attrs.map((attr) => attr.name))}`;
}

/** Whether the place says anything: `<dhcp/>` means the same as no dhcp (rule 2). Looks no further than the first child that does. */
export function meansSomething(place: Found): boolean {
  if (place.spec === null || place.spec.cardinality === 'many') return true;
  if (!place.spec.absentWhenEmpty) return !isAbsentEquivalent(place.spec, place.at.node);
  const shallow = {
    ...place.at.node,
    children: place.at.node.children.filter((child) => child.type !== 'element'),
  };
  if (!isAbsentEquivalent(place.spec, shallow)) return true;
  for (const child of childElements(place.at)) {
    const spec = place.spec.children.find((one) => xmlNameOf(one) === xmlNameOf(child.node)) ?? null;
    if (meansSomething({ at: child, spec })) return true;
  }
  return false;
}

// ---- messages ----

/** `ip[10.0.0.1].dhcp`, as the document has it now. */
export function placeName(place: DraftElement): string {
  const steps: string[] = [];
  const chain: DraftElement[] = [];
  for (let at: DraftElement | null = place; at !== null; at = at.parent as DraftElement | null)
    chain.push(at); // a parent is an element
  let spec: ElementSpec | null = networkSpec;
  for (const at of chain.reverse().slice(1)) {
    spec = spec?.children.find((child) => xmlNameOf(child) === xmlNameOf(at.node)) ?? null;
    steps.push(elementName(at, spec));
  }
  return steps.length === 0 ? 'network' : steps.join('.');
}

function elementName(at: DraftElement, spec: ElementSpec | null): string {
  const key = spec === null ? null : keyOf(spec, at.node);
  return `${spec?.name ?? at.node.name}${key === null ? '' : `[${keyText(key)}]`}`;
}

/** How many siblings are looked at for "did you mean": ten thousand wrong lines must not cost ten thousand full scans. */
const LOOKED_AT = 500;

/** The path found nothing: which step, where, and what is there instead. */
export function nothingFound(path: Path, missing: Extract<Resolution, { type: 'missing' }>): Diagnostic {
  const step = path.steps[missing.index];
  const parent = missing.parents[0];
  if (step === undefined || parent === undefined)
    return error('SL403', path.span, 'the path finds nothing', {
      help: 'write the path from the root element down',
    });
  const above = placeName(parent.at);
  const written = stepWritten(step);
  const spec = parent.spec === null ? null : childSpecByName(parent.spec, step.name.text);
  const there: readonly string[] = spec === null ? [] : siblingNames(parent, spec);
  const count = spec === null ? 0 : countNamed(parent.at, xmlNameOf(spec));
  const near = nearestName(written, there);
  const help =
    there.length === 0
      ? `\`${above}\` has no \`${step.name.text}\`; add it first, or write \`if exists\` where its absence is fine`
      : near !== null
        ? `did you mean \`${near}\`?`
        : thereAre(there, count);
  return error('SL403', step.span, `no \`${written}\` in \`${above}\``, { help });
}

/** Names of the first siblings, enough to choose from. */
export function siblingNames(parent: Found, spec: ElementSpec): readonly string[] {
  const names: string[] = [];
  for (const at of childrenNamed(parent.at, xmlNameOf(spec))) {
    if (names.length === LOOKED_AT) break;
    names.push(elementName(at, spec));
  }
  return names;
}

/** "there are `host[…]`, … and 3 more" of `count`. */
export function thereAre(names: readonly string[], count: number): string {
  const shown = names.slice(0, 6);
  const more = count - shown.length;
  return `there ${count === 1 ? 'is' : 'are'} ${shown.map((name) => `\`${name}\``).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function stepWritten(step: PathStep): string {
  return step.span.source.text.slice(step.span.start, step.span.end);
}

/** The path found more than it may: which ones. */
export function severalFound(path: Path, places: readonly Found[]): Diagnostic {
  const labels: Label[] = [];
  for (const { at } of places.slice(0, 4)) {
    const span = spanOf(at.node);
    if (span !== null) labels.push({ span, message: 'one of them' });
  }
  return error(
    'SL404',
    path.span,
    `the path finds ${places.length} elements: ${listOf(
      places.map((place) => placeName(place.at)),
      6,
    )}`,
    {
      labels,
      help: 'name one of them, or write `each` (or `exactly N`) behind the statement to mean all',
    },
  );
}
