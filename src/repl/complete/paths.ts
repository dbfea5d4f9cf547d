// What can be the next step of a path, behind the verb or the word that it belongs to.

import { stepName } from '../../network/lookup.ts';
import { keyOf } from '../../network/meaning.ts';
import { keyText } from '../../network/path.ts';
import type { ElementSpec } from '../../network/spec.ts';
import { isName } from '../../syntax/characters.ts';
import {
  allPlaces,
  childrenAt,
  elementsAt,
  type Place,
  pathTo,
  placesOfElement,
  placesOfPath,
  rootOf,
  type Scene,
} from './places.ts';
import { type Finder, suggestBlank, suggestWord } from './suggestion.ts';
import { summary } from './values.ts';
import { type Branch, branchesOf, branchOf, enclosing, type Frame, type Tree } from './walk.ts';

/** Of so few siblings each is offered with its key; of more, the bracket. */
const FEW = 8;
/** So many places are offered as whole paths. */
const MOST_PATHS = 20;

/** What a path may name. `parents`: the places that something new or old can be in. */
type Wanted =
  | { readonly type: 'existing' | 'attributed' | 'settable' | 'any' | 'counted' }
  | { readonly type: 'parents'; readonly places: readonly Place[] };

/** Candidates for a step that the cursor is in; `frame` is its rule. */
export function suggestStep(finder: Finder, scene: Scene, frame: Frame): void {
  suggestBlank(finder, 'PATH', 'steps from the root down, with dots: `ip[10.0.0.1].dhcp`');
  const position = enclosing(frame, 'position', 'path');
  if (position?.rule === 'position') {
    for (const { above, spec } of siblingsOf(scene, position))
      suggestElements(finder, above, spec, { type: 'existing' }, false);
    return;
  }
  const path = enclosing(frame, 'path');
  if (path === null) return;
  const wanted = wantedOf(scene, path.above);
  const begins = branchesOf(path, 'step').length === 0;
  if (begins && wanted.type === 'parents' && suggestWhole(finder, wanted.places)) return;
  for (const place of placesOfPath(scene, path)) suggestChildren(finder, place, wanted);
}

function wantedOf(scene: Scene, statement: Frame | null): Wanted {
  switch (statement?.rule) {
    case 'add':
    case 'ensure':
    case 'remove': {
      const node = branchOf(statement, 'node');
      const element = node === null ? null : branchOf(node, 'element');
      if (node === null) return { type: 'existing' };
      if (element === null) return { type: 'settable' };
      return { type: 'parents', places: parentsOf(placesOfElement(scene, element, statement)) };
    }
    case 'set':
      return { type: 'settable' };
    case 'unset':
      return { type: 'attributed' };
    case 'countTest':
      return { type: 'counted' };
    case 'pathTest':
      return { type: 'any' };
    default:
      return { type: 'existing' };
  }
}

/** Each place that one of these is in, once. */
export function parentsOf(places: readonly Place[]): readonly Place[] {
  const found: Place[] = [];
  for (const { above } of places)
    if (
      above !== null &&
      !found.some((one) => one.spec === above.spec && one.element === above.element && samePath(one, above))
    )
      found.push(above);
  return found;
}

function samePath(a: Place, b: Place): boolean {
  return a.element !== null || pathTo(a) === pathTo(b);
}

/** False when there are too many to be shown whole. */
function suggestWhole(finder: Finder, places: readonly Place[]): boolean {
  const paths = places.flatMap((place) => {
    const text = pathTo(place);
    return text === null ? [] : [{ text, help: place.spec?.doc ?? '' }];
  });
  if (paths.length > MOST_PATHS) return false;
  for (const { text, help } of paths) suggestWord(finder, text, help);
  return true;
}

function suggestChildren(finder: Finder, place: Place, wanted: Wanted): void {
  for (const spec of place.spec?.children ?? [])
    if (isWanted(place, spec, wanted)) suggestElements(finder, place, spec, wanted, spec.children.length > 0);
  if (wanted.type === 'parents') return;
  for (const child of childrenAt(place, null))
    if (isName(stepName(child))) suggestWord(finder, stepName(child), 'the table does not know it', false);
}

function isWanted(place: Place, spec: ElementSpec, wanted: Wanted): boolean {
  switch (wanted.type) {
    case 'parents':
      return leadsTo(place, spec, wanted.places);
    case 'attributed':
      return spec.children.length > 0 || spec.attrs.some(({ required }) => !required);
    case 'existing':
    case 'settable':
    case 'any':
    case 'counted':
      return true;
  }
}

function leadsTo(from: Place, spec: ElementSpec, places: readonly Place[]): boolean {
  return places.some((place) => {
    for (let at: Place | null = place; at?.above; at = at.above)
      if (at.spec === spec && at.above.spec === from.spec && at.above.element === from.element) return true;
    return false;
  });
}

/** `goesOn`: a dot may follow. */
function suggestElements(
  finder: Finder,
  above: Place,
  spec: ElementSpec,
  wanted: Wanted,
  goesOn: boolean,
): void {
  const there = elementsAt(above, spec);
  if (spec.cardinality !== 'many') {
    const mayLack = wanted.type !== 'existing' && wanted.type !== 'attributed';
    if (there.length > 0 || mayLack) suggestWord(finder, spec.name, spec.doc, !goesOn);
    return;
  }
  if (wanted.type === 'counted' || (wanted.type === 'any' && there.length === 0))
    suggestWord(finder, spec.name, spec.doc, false);
  if (there.length === 0) return;
  const keys = there.length > FEW ? [] : there.flatMap((element) => keyOf(spec, element) ?? []);
  if (keys.length < there.length) {
    suggestWord(finder, `${spec.name}[`, `${spec.doc}: ${there.length} there`, false);
    return;
  }
  for (const [at, element] of there.entries()) {
    const key = keys[at];
    if (key !== undefined)
      suggestWord(finder, `${spec.name}[${keyText(key)}]`, summary(spec, element, key.kind), !goesOn);
  }
}

/** What an element can be put before or behind. */
function siblingsOf(
  scene: Scene,
  position: Frame,
): readonly { readonly above: Place; readonly spec: ElementSpec }[] {
  const statement = position.above;
  if (statement === null) return [];
  const path = branchOf(statement, 'path');
  if (statement.rule === 'move') return path === null ? [] : unique(placesOfPath(scene, path));
  const element = elementOf(statement);
  if (element === null) return [];
  const name = nodeName(element);
  const parents = path === null ? [rootOf(scene)] : placesOfPath(scene, path);
  return parents.flatMap((above) => {
    const spec = above.spec?.children.find((child) => child.name === name);
    return spec === undefined ? [] : [{ above, spec }];
  });
}

function unique(places: readonly Place[]): readonly { readonly above: Place; readonly spec: ElementSpec }[] {
  const found: { readonly above: Place; readonly spec: ElementSpec }[] = [];
  for (const { above, spec } of places)
    if (
      above !== null &&
      spec !== null &&
      !found.some((one) => one.spec === spec && one.above.element === above.element)
    )
      found.push({ above, spec });
  return found;
}

function elementOf(statement: Tree): Branch | null {
  const node = branchOf(statement, 'node');
  return node === null ? null : branchOf(node, 'element');
}

function nodeName(element: Tree): string {
  for (let at = element.parts; at !== null; at = at.before)
    if (at.before === null && at.last.type === 'token') return at.last.token.image;
  return '';
}

/** The places and the kind of element that a step in brackets chooses from. */
export function chosenFrom(
  scene: Scene,
  frame: Frame,
): readonly { readonly above: Place; readonly spec: ElementSpec }[] {
  const step = enclosing(frame, 'step');
  if (step === null) return [];
  const around = enclosing(step, 'position', 'path');
  const name = nodeName(step);
  if (around?.rule === 'position') return siblingsOf(scene, around).filter(({ spec }) => spec.name === name);
  if (around === null) return [];
  return placesOfPath(scene, around).flatMap((above) => {
    const spec = above.spec?.children.find((child) => child.name === name);
    return spec === undefined ? [] : [{ above, spec }];
  });
}

/** Where an element of this name is in the document: for statements that take one away. */
export function placesNamed(scene: Scene, name: string): readonly Place[] {
  return allPlaces(scene).filter(({ spec }) => spec?.name === name);
}
