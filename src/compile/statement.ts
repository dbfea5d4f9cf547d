// One statement, run on the draft: what it names is found, checked, and edited; everything wrong is told at its place.

import { type Diagnostic, error, type Label } from '../diagnostics/diagnostic.ts';
import { childrenOf, keyOf } from '../network/meaning.ts';
import type { ElementSpec } from '../network/spec.ts';
import { attrSpecOf, childSpecByName } from '../network/table.ts';
import {
  childElements,
  childrenNamed,
  countNamed,
  type DraftElement,
  freeze,
  lastNamed,
  type Where,
  xmlNameOf,
} from '../patch/draft.ts';
import { effectiveValue, findByAttribute, findByKey } from '../patch/key-index.ts';
import { placeFor } from '../patch/placement.ts';
import type { Span } from '../source/source.ts';
import { nearestName } from '../std/nearest-name.ts';
import { unreachable } from '../std/unreachable.ts';
import type { Mods, Name, Node, Path, Position, Statement } from '../syntax/ast.ts';
import {
  attrOf,
  elementsOf,
  makeElement,
  remadeAttr,
  spanOf,
  textOf,
  withOrigin,
  type XmlAttr,
  type XmlElement,
} from '../xml/document.ts';
import { type Built, buildAttributes, buildNode, checkText } from './build-node.ts';
import {
  expandForward,
  insert,
  move,
  remove,
  replace,
  setAttributes,
  setElementText,
  syncForwardDev,
  unsetAttribute,
} from './editor.ts';
import { evaluate } from './environment.ts';
import { rawPatch } from './raw-patch.ts';
import {
  attributeHelp,
  type Found,
  listOf,
  meansSomething,
  nothingFound,
  placeName,
  resolve,
  resolveName,
  rootOf,
  severalFound,
  siblingNames,
  thereAre,
} from './resolve.ts';
import type { Stage } from './stage.ts';

type Running = Exclude<Statement, { type: 'assert' | 'expect' }>;

/** Runs the statement. Problems go to the stage; after one with errors the draft is not to be used for anything but more problems. */
export function runStatement(stage: Stage, statement: Running): void {
  switch (statement.type) {
    case 'add':
      add(stage, statement.node, statement.to, statement.position, statement.mods);
      break;
    case 'ensure':
      ensure(stage, statement);
      break;
    case 'set':
      set(stage, statement);
      break;
    case 'set-text':
      setText(stage, statement);
      break;
    case 'unset':
      unset(stage, statement);
      break;
    case 'replace':
      replaceBy(stage, statement);
      break;
    case 'remove':
      for (const place of targets(stage, statement.path, statement.mods))
        removeFound(stage, place, statement.path);
      break;
    case 'remove-node':
      removeNodeFrom(stage, statement);
      break;
    case 'move':
      moveTo(stage, statement);
      break;
    case 'patch':
      rawPatch(stage, statement);
      break;
    default:
      unreachable(statement);
  }
}

// ---- what a path means for a statement ----

/** The elements that the statement is about: exactly one unless it says otherwise; none when something is wrong. */
function targets(stage: Stage, path: Path, mods: Mods): readonly Found[] {
  const found = resolve(stage, path);
  switch (found.type) {
    case 'wrong':
      return [];
    case 'missing':
      if (!mods.ifExists) stage.problems.push(nothingFound(path, found));
      return [];
    case 'found':
      return counted(stage, path, found.places, mods);
    default:
      return unreachable(found);
  }
}

function counted(stage: Stage, path: Path, places: readonly Found[], mods: Mods): readonly Found[] {
  switch (mods.count.type) {
    case 'one':
      if (places.length === 1) return places;
      stage.problems.push(severalFound(path, places));
      return [];
    case 'each':
      return places;
    case 'exactly':
      if (places.length === mods.count.n) return places;
      stage.problems.push(
        error(
          'SL432',
          path.span,
          `the path finds ${places.length} elements, not ${mods.count.n}: ${listOf(
            places.map((place) => placeName(place.at)),
            6,
          )}`,
          {
            help: `write \`exactly ${places.length}\` if that is right`,
          },
        ),
      );
      return [];
    default:
      return unreachable(mods.count);
  }
}

/**
 * The parents that a new child goes to. Single elements that are missing on the way are made, when they need nothing
 * that was not given; each is a change of its own.
 */
function parentsFor(stage: Stage, path: Path | null, mods: Mods): readonly Found[] {
  if (path === null) return [rootOf(stage.draft)];
  const found = resolve(stage, path);
  switch (found.type) {
    case 'wrong':
      return [];
    case 'found':
      return counted(stage, path, found.places, mods);
    case 'missing': {
      if (mods.ifExists && !canMake(path, found)) return [];
      const parents = found.parents.map((parent) => makeRest(stage, path, found.index, parent, null));
      return parents.every((parent) => parent !== null) ? counted(stage, path, parents, mods) : [];
    }
    default:
      return unreachable(found);
  }
}

function canMake(
  path: Path,
  missing: { readonly index: number; readonly parents: readonly Found[] },
): boolean {
  let spec: ElementSpec | null = missing.parents[0]?.spec ?? null;
  for (const step of path.steps.slice(missing.index)) {
    spec = spec === null ? null : childSpecByName(spec, step.name.text);
    if (spec === null || spec.cardinality === 'many' || step.selector !== null) return false;
  }
  return true;
}

/** Makes the steps from `index` on below `parent`. `attrs`: what the last of them gets at once (`set`). */
function makeRest(
  stage: Stage,
  path: Path,
  index: number,
  parent: Found,
  attrs: readonly XmlAttr[] | null,
): Found | null {
  let at = parent;
  for (let i = index; i < path.steps.length; i++) {
    const step = path.steps[i]!; // i is in range
    const name = resolveName(stage, at, step.name);
    if (name === null) return null;
    const { spec } = name;
    if (spec === null || spec.cardinality === 'many' || step.selector !== null) {
      stage.problems.push(nothingFound(path, { type: 'missing', index: i, parents: [at] }));
      return null;
    }
    const given = i === path.steps.length - 1 && attrs !== null ? attrs : [];
    const needed = spec.attrs.filter((attr) => attr.required && !given.some((one) => one.name === attr.name));
    if (needed.length > 0) {
      stage.problems.push(
        error(
          'SL431',
          step.span,
          `\`${placeName(at.at)}\` has no \`${spec.name}\`, and one cannot be made without ${listOf(needed.map((attr) => attr.name))}`,
          {
            help: `add it first: \`add ${spec.name} ${needed.map((attr) => `${attr.name}=…`).join(' ')} to ${placeName(at.at)}\``,
          },
        ),
      );
      return null;
    }
    const element = withOrigin(makeElement(spec, given, []), step.span);
    at = { at: insert(stage.editor, at, element, placeFor(at.at, at.spec, element, 'last')), spec };
  }
  return at;
}

// ---- add, ensure ----

function add(stage: Stage, node: Node, to: Path | null, position: Position | null, mods: Mods): void {
  for (const parent of parentsFor(stage, to, mods)) {
    const built = buildNode(stage, parent, node);
    if (built !== null && mayStand(stage, parent, built, node))
      addBuilt(stage, parent, built, position, node.span);
  }
}

/** Adds a child that must not be there yet. */
export function addBuilt(
  stage: Stage,
  parent: Found,
  built: Built,
  position: Position | null,
  span: Span,
): void {
  if (isForwardInterface(parent, built.spec)) expandAll(stage, parent, built.spec);
  const there = existing(parent, built);
  if (there === null) insertBuilt(stage, parent, built, position);
  else stage.problems.push(alreadyThere(built, there, span));
}

/** Makes the child that the built one names exactly like it, adding it when there is none (the RFC's plain update). */
export function putBuilt(stage: Stage, parent: Found, built: Built): void {
  if (isForwardInterface(parent, built.spec)) expandAll(stage, parent, built.spec);
  const there = existing(parent, built);
  if (there === null) {
    insertBuilt(stage, parent, built, null);
    return;
  }
  replace(stage.editor, there, built.element);
  if (isForwardInterface(parent, built.spec)) syncForwardDev(stage.editor, parent.at);
}

function insertBuilt(stage: Stage, parent: Found, built: Built, position: Position | null): void {
  const isInterface = isForwardInterface(parent, built.spec);
  const there = emptyTwin(parent, built);
  if (there !== null) remove(stage.editor, there);
  const where = whereTo(stage, parent, built, position);
  if (where === null) return;
  insert(stage.editor, parent, built.element, where);
  if (isInterface) syncForwardDev(stage.editor, parent.at);
}

/** The root's name and uuid, and children where the table has none. */
function mayStand(stage: Stage, parent: Found, built: Built, node: Node): boolean {
  if (parent.spec === null || built.spec !== null || parent.spec.content === 'opaque' || node.type === 'xml')
    return true;
  stage.problems.push(
    error('SL406', node.span, `\`${built.element.name}\` cannot stand in \`${parent.spec.name}\``, {
      help: `\`${parent.spec.name}\` can hold ${listOf(parent.spec.children.map((child) => child.name))}`,
    }),
  );
  return false;
}

/** The child that the new one would be a second of: the same key, or the same name where there is one at most. */
function existing(parent: Found, built: Built): DraftElement | null {
  const { spec, element } = built;
  if (spec === null) return null;
  if (spec.cardinality !== 'many') {
    const there = lastNamed(parent.at, xmlNameOf(element));
    return there !== null && meansSomething({ at: there, spec }) ? there : null;
  }
  // dnsmasq:option may repeat (rule 6)
  if (spec.mustBeNamed && spec.key !== null && spec.ns !== '') return null;
  const key = keyOf(spec, element);
  if (key === null) return null;
  for (const there of findByKey(parent.at, spec, key.kind, key.parts)) return there;
  return null;
}

function alreadyThere(built: Built, there: DraftElement, at: Span): Diagnostic {
  const span = spanOf(there.node);
  const labels: Label[] = span === null ? [] : [{ span, message: 'it stands here' }];
  const name = built.spec?.name ?? built.element.name;
  return error('SL430', at, `there is a \`${placeName(there)}\` already`, {
    labels,
    help: `write \`ensure ${name} …\` to add it or change what is there, or \`set\` to change it`,
  });
}

/** An element that is written but means nothing (`<dhcp/>`), which the new one takes the place of. */
function emptyTwin(parent: Found, built: Built): DraftElement | null {
  if (built.spec === null || built.spec.cardinality === 'many') return null;
  return lastNamed(parent.at, xmlNameOf(built.element));
}

function whereTo(stage: Stage, parent: Found, built: Built, position: Position | null): Where | null {
  if (position === null) return placeFor(parent.at, parent.spec, built.element, 'last');
  if (!('step' in position)) return placeFor(parent.at, parent.spec, built.element, position.type);
  const sibling = siblingFor(stage, parent, xmlNameOf(built.element), position);
  if (sibling === null) return null;
  return { type: position.type, sibling };
}

function siblingFor(
  stage: Stage,
  parent: Found,
  xmlName: string,
  position: Extract<Position, { type: 'before' | 'after' }>,
): DraftElement | null {
  const path: Path = { steps: [position.step], span: position.step.span };
  const found = resolve(stage, path, parent);
  if (found.type === 'wrong') return null;
  const [place] = found.type === 'found' ? found.places : [];
  if (found.type === 'missing' || place === undefined) {
    stage.problems.push(
      error(
        'SL409',
        position.span,
        `\`${placeName(parent.at)}\` has no such element to stand ${position.type}`,
        { help: 'name a sibling that is there, or write `first` or `last`' },
      ),
    );
    return null;
  }
  if (found.places.length > 1) {
    stage.problems.push(severalFound(path, found.places));
    return null;
  }
  if (xmlNameOf(place.at.node) !== xmlName) {
    stage.problems.push(
      error('SL409', position.span, `\`${place.at.node.name}\` is not a sibling of the same name`, {
        help: 'order means something only among elements of one name',
      }),
    );
    return null;
  }
  return place.at;
}

function ensure(stage: Stage, statement: Extract<Statement, { type: 'ensure' }>): void {
  const { node, position, mods } = statement;
  for (const parent of parentsFor(stage, statement.in, mods)) {
    const built = buildNode(stage, parent, node);
    if (built === null || !mayStand(stage, parent, built, node)) continue;
    // an interface that only forward@dev names is there already
    if (isForwardInterface(parent, built.spec)) expandAll(stage, parent, built.spec);
    ensureBuilt(stage, parent, built, node, position);
  }
}

function ensureBuilt(stage: Stage, parent: Found, built: Built, node: Node, position: Position | null): void {
  const matches = ensuredPlaces(parent, built);
  const [there] = matches;
  if (there === undefined) {
    insertBuilt(stage, parent, built, position);
    return;
  }
  if (matches.length > 1) {
    stage.problems.push(
      severalFound(
        { steps: [], span: node.span },
        matches.map((at) => ({ at, spec: built.spec })),
      ),
    );
    return;
  }
  const place: Found = { at: there, spec: built.spec };
  const attrs = settable(place, built.element.attrs);
  setAttributes(stage.editor, there, attrs);
  dropRestated(stage, place, attrs);
  const text = textOf(built.element).trim();
  if (built.spec?.text != null && text !== '' && text !== textOf(freeze(there)))
    setElementText(stage.editor, there, textOf(built.element));
  for (const child of elementsOf(built.element)) {
    const spec = built.spec?.children.find((one) => xmlNameOf(one) === xmlNameOf(child)) ?? null;
    ensureBuilt(stage, place, { element: child, spec }, node, null);
  }
  if (position !== null && !standsAt(stage, parent, there, position))
    moveWithin(stage, parent, place, position);
}

/** What `ensure` means by its node: the element of that key (in whichever form), the single one, or an equal unknown one. */
function ensuredPlaces(parent: Found, built: Built): readonly DraftElement[] {
  const { spec, element } = built;
  if (spec === null) return [...childrenNamed(parent.at, xmlNameOf(element))].slice(0, 1);
  if (spec.cardinality !== 'many') {
    const there = lastNamed(parent.at, xmlNameOf(element));
    return there === null ? [] : [there];
  }
  const key = keyOf(spec, element);
  if (key === null) return [];
  return findByKey(parent.at, spec, key.kind, key.parts);
}

// ---- set, unset ----

function set(stage: Stage, statement: Extract<Statement, { type: 'set' }>): void {
  const { path, attrs, mods } = statement;
  const found = resolve(stage, path);
  if (found.type === 'wrong') return;
  if (found.type === 'found') {
    for (const place of counted(stage, path, found.places, mods)) setOn(stage, place, statement);
    return;
  }
  if (mods.ifExists) return;
  for (const parent of found.parents) {
    const step = path.steps.at(-1);
    const above =
      found.index === path.steps.length - 1
        ? parent
        : makeRest(stage, { ...path, steps: path.steps.slice(0, -1) }, found.index, parent, null);
    if (above === null || step === undefined) return;
    const name = resolveName(stage, above, step.name);
    if (name === null) return;
    if (name.spec === null || name.spec.cardinality === 'many' || step.selector !== null) {
      stage.problems.push(
        nothingFound(path, { type: 'missing', index: path.steps.length - 1, parents: [above] }),
      );
      return;
    }
    const built = buildAttributes(stage, name.spec, attrs);
    if (built === null || built.length === 0) return;
    makeRest(stage, path, path.steps.length - 1, above, built);
  }
}

function setOn(stage: Stage, place: Found, statement: Extract<Statement, { type: 'set' }>): void {
  const attrs =
    place.spec === null
      ? freeAttributes(stage, statement)
      : knownAttributes(stage, place, place.spec, statement);
  if (attrs === null) return;
  const linked = linkedPlace(stage, place);
  const news = settable(linked, attrs);
  setAttributes(stage.editor, linked.at, news);
  dropRestated(stage, linked, news);
  followForward(stage, linked, news);
}

/** Checked against the table; an unknown attribute may be set where it stands already. */
function knownAttributes(
  stage: Stage,
  place: Found,
  spec: ElementSpec,
  statement: Extract<Statement, { type: 'set' }>,
): readonly XmlAttr[] | null {
  const odd = statement.attrs.filter(
    (attr) =>
      attrSpecOf(spec, attr.name.text) === null && attrOf(place.at.node, attr.name.text) !== undefined,
  );
  const known = buildAttributes(
    stage,
    spec,
    statement.attrs.filter((attr) => !odd.includes(attr)),
  );
  const free = freeAttributes(stage, { ...statement, attrs: odd });
  return known === null || free === null ? null : [...known, ...free];
}

function freeAttributes(
  stage: Stage,
  statement: Extract<Statement, { type: 'set' }>,
): readonly XmlAttr[] | null {
  const made: XmlAttr[] = [];
  for (const attr of statement.attrs) {
    const value = evaluate(attr.value, stage.environment, stage.problems);
    if (value === null) return null;
    if (value === '' && attr.optional) continue;
    made.push(remadeAttr({ name: attr.name.text, local: attr.name.text, ns: '', value }, attr.span));
  }
  return made;
}

/** Only what says something new: a value that means what is there already leaves its spelling alone. */
function settable(place: Found, attrs: readonly XmlAttr[]): readonly XmlAttr[] {
  const { spec } = place;
  if (spec === null) return attrs;
  return attrs.filter((attr) => {
    if (attr.ns !== '' || attrSpecOf(spec, attr.local) === null) return true;
    // the number of a lease and its unit say one thing: both are news, or neither is
    if (attr.local === 'expiry' || attr.local === 'unit') {
      const others = place.at.node.attrs.filter((one) => !attrs.some((given) => given.local === one.local));
      return (
        effectiveValue(spec, place.at.node, 'expiry') !==
        effectiveValue(spec, makeElement(place.at.node, [...others, ...attrs], []), 'expiry')
      );
    }
    const asked = makeElement(place.at.node, [attr], []);
    const has = effectiveOrWritten(spec, place.at.node, attr.local);
    // a prefix is guessed from the address where none is written, so it is asked of the address too
    const wants =
      attr.local === 'netmask' || attr.local === 'prefix'
        ? effectiveOrWritten(
            spec,
            makeElement(
              place.at.node,
              [...place.at.node.attrs.filter((one) => one.name === 'address'), attr],
              [],
            ),
            attr.local,
          )
        : effectiveOrWritten(spec, asked, attr.local);
    return has !== wants;
  });
}

/** `netmask` and `prefix` say the same: libvirt refuses both, so the one that was not set goes. */
function dropRestated(stage: Stage, place: Found, attrs: readonly XmlAttr[]): void {
  const has = (name: string) => attrs.some((attr) => attr.name === name);
  if (has('netmask') && !has('prefix')) unsetAttribute(stage.editor, place.at, 'prefix', '');
  if (has('prefix') && !has('netmask')) unsetAttribute(stage.editor, place.at, 'netmask', '');
}

/** `set forward dev=x`: the first interface is that device too. */
function followForward(stage: Stage, place: Found, attrs: readonly XmlAttr[]): void {
  const dev = attrs.find((attr) => attr.name === 'dev');
  if (dev === undefined || place.spec === null) return;
  if (place.spec.name === 'interface' && place.at.parent !== null) {
    syncForwardDev(stage.editor, place.at.parent as DraftElement); // a parent is an element
    return;
  }
  if (place.spec.name !== 'forward') return;
  const interfaces = [...childrenNamed(place.at, 'interface')];
  const [only] = interfaces;
  if (interfaces.length === 1 && only !== undefined) setAttributes(stage.editor, only, [dev]);
  else if (interfaces.length > 1) {
    stage.problems.push(
      error('SL422', spanOf(place.at.node), '`dev` only names the first of several interfaces', {
        help: 'change `forward.interface[…]` instead: `replace`, `add … first` or `move`',
      }),
    );
  }
}

/** A loose interface (meant by `dev`, not written) gets its element before it is edited. */
function linkedPlace(stage: Stage, place: Found): Found {
  const parent = place.at.parent as DraftElement | null; // a parent is an element
  if (parent === null || place.spec?.name !== 'interface' || parent.node.local !== 'forward') return place;
  const forward = forwardOf(stage, parent);
  return { at: expandForward(stage.editor, forward, place.at), spec: place.spec };
}

function forwardOf(stage: Stage, at: DraftElement): Found {
  const root = rootOf(stage.draft);
  return { at, spec: root.spec === null ? null : childSpecByName(root.spec, 'forward') };
}

function isForwardInterface(parent: Found, spec: ElementSpec | null): boolean {
  return spec?.name === 'interface' && parent.spec?.name === 'forward';
}

/** Gives every interface of a forward its element. */
function expandAll(stage: Stage, forward: Found, spec: ElementSpec | null): void {
  if (forward.spec === null || lastNamed(forward.at, 'interface') !== null) return;
  for (const child of childrenOf(forward.spec, freeze(forward.at))) {
    if (child.spec !== spec) continue;
    const element = makeElement(child.element, child.element.attrs, []);
    insert(stage.editor, forward, element, placeFor(forward.at, forward.spec, element, 'last'));
  }
}

function setText(stage: Stage, statement: Extract<Statement, { type: 'set-text' }>): void {
  const text = evaluate(statement.value, stage.environment, stage.problems);
  if (text === null) return;
  const found = resolve(stage, statement.path);
  const places =
    found.type === 'missing' && !statement.mods.ifExists
      ? parentsFor(stage, statement.path, statement.mods)
      : targets(stage, statement.path, statement.mods);
  for (const place of places) {
    if (place.spec !== null && place.spec.text === null) {
      stage.problems.push(
        error('SL407', statement.value.span, `\`${place.spec.name}\` holds no text`, {
          help: attributeHelp(place.spec),
        }),
      );
      continue;
    }
    if (place.spec !== null && !checkText(stage, place.spec, text, statement.value.span)) continue;
    if (textOf(freeze(place.at)) !== text) setElementText(stage.editor, place.at, text);
  }
}

function unset(stage: Stage, statement: Extract<Statement, { type: 'unset' }>): void {
  for (const place of targets(stage, statement.path, statement.mods)) {
    for (const name of statement.attrs) {
      if (!knows(stage, place, name)) continue;
      const attr = attrOf(place.at.node, name.text);
      if (attr !== undefined) unsetAttribute(stage.editor, place.at, attr.local, attr.ns);
    }
  }
}

function knows(stage: Stage, place: Found, name: Name): boolean {
  const { spec } = place;
  if (attrOf(place.at.node, name.text) !== undefined || spec === null || attrSpecOf(spec, name.text) !== null)
    return true;
  const near = nearestName(
    name.text,
    spec.attrs.map((attr) => attr.name),
  );
  stage.problems.push(
    error('SL402', name.span, `unknown attribute \`${name.text}\` of \`${spec.name}\``, {
      help: near === null ? attributeHelp(spec) : `did you mean \`${near}\`?`,
    }),
  );
  return false;
}

// ---- replace, remove, move ----

function replaceBy(stage: Stage, statement: Extract<Statement, { type: 'replace' }>): void {
  const { path, node, mods } = statement;
  if (path.steps.length === 0) {
    replaceWhole(stage, node);
    return;
  }
  for (const place of targets(stage, path, mods)) {
    const above = place.at.parent as DraftElement | null; // a parent is an element
    if (above === null) continue;
    const parent: Found = { at: above, spec: parentSpecOf(stage, path) };
    const built = buildNode(stage, parent, node);
    if (built === null) continue;
    if (xmlNameOf(built.element) !== xmlNameOf(place.at.node)) {
      stage.problems.push(
        error(
          'SL406',
          node.span,
          `\`${built.element.name}\` cannot take the place of \`${place.at.node.name}\``,
          { help: `write a \`${place.at.node.name}\`, or \`remove\` one and \`add\` the other` },
        ),
      );
      continue;
    }
    const linked = linkedPlace(stage, place);
    replace(stage.editor, linked.at, built.element);
    if (isForwardInterface(parent, built.spec)) syncForwardDev(stage.editor, above);
  }
}

function replaceWhole(stage: Stage, node: Node): void {
  if (node.type !== 'xml') {
    stage.problems.push(
      error('SL408', node.span, 'the root element is replaced by XML only', {
        help: 'write `replace network with <network>…</network>`, or change what is in it',
      }),
    );
    return;
  }
  const root = rootOf(stage.draft);
  const built = buildNode(stage, { at: root.at, spec: null }, node);
  if (built === null) return;
  if (xmlNameOf(built.element) !== 'network') {
    stage.problems.push(
      error('SL408', node.span, `the root element is \`network\`, not \`${built.element.name}\``, {
        help: 'write `<network>…</network>`',
      }),
    );
    return;
  }
  replace(stage.editor, root.at, built.element);
}

function parentSpecOf(stage: Stage, path: Path): ElementSpec | null {
  let spec: ElementSpec | null = rootOf(stage.draft).spec;
  for (const step of path.steps.slice(0, -1))
    spec = spec === null ? null : childSpecByName(spec, step.name.text);
  return spec;
}

export function removeFound(stage: Stage, place: Found, path: { readonly span: Span }): void {
  const parent = place.at.parent as DraftElement | null; // a parent is an element
  if (parent === null) {
    stage.problems.push(
      error('SL408', path.span, 'the root element cannot be removed', {
        help: 'remove what is in it; a whole network is deleted from its target',
      }),
    );
    return;
  }
  const linked = linkedPlace(stage, place);
  remove(stage.editor, linked.at);
  if (place.spec?.name === 'interface' && parent.node.local === 'forward')
    syncForwardDev(stage.editor, parent);
}

/** Removes the one child that has all that the node gives: attributes as they mean, text, and children likewise. */
function removeNodeFrom(stage: Stage, statement: Extract<Statement, { type: 'remove-node' }>): void {
  const { node, mods } = statement;
  const path: Path = statement.from ?? { steps: [], span: node.span };
  const parents = resolve(stage, path);
  if (parents.type === 'wrong') return;
  if (parents.type === 'missing') {
    if (!mods.ifExists) stage.problems.push(nothingFound(path, parents));
    return;
  }
  const wanted = parents.places.map((parent) => ({ parent, built: buildNode(stage, parent, node) }));
  const matches = wanted.flatMap(({ parent, built }) => (built === null ? [] : matching(parent, built)));
  if (wanted.some(({ built }) => built === null)) return;
  if (matches.length === 0) {
    if (!mods.ifExists) stage.problems.push(noMatch(parents.places, node));
    return;
  }
  for (const place of counted(stage, { steps: [], span: node.span }, matches, mods))
    removeFound(stage, place, path);
}

/** The children that have all that the built one has. */
export function matching(parent: Found, built: Built): readonly Found[] {
  return candidates(parent, built)
    .filter((at) => agrees(built.spec, built.element, at))
    .map((at) => ({ at, spec: built.spec }));
}

function noMatch(parents: readonly Found[], node: Node): Diagnostic {
  const [parent] = parents;
  const name = node.type === 'xml' ? 'element' : node.name.text;
  const spec =
    node.type === 'xml' || parent?.spec == null ? null : childSpecByName(parent.spec, node.name.text);
  const there = parent === undefined || spec === null ? [] : siblingNames(parent, spec);
  const count = parent === undefined || spec === null ? 0 : countNamed(parent.at, xmlNameOf(spec));
  return error(
    'SL403',
    node.span,
    `no \`${name}\` in \`${parent === undefined ? 'network' : placeName(parent.at)}\` has all of this`,
    {
      help:
        count === 0 ? 'there is none; write `if exists` where its absence is fine' : thereAre(there, count),
    },
  );
}

/** The children worth comparing: found through an index by the first attribute that is given. */
function candidates(parent: Found, built: Built): readonly DraftElement[] {
  const { spec, element } = built;
  const [first] = element.attrs;
  if (
    spec !== null &&
    first !== undefined &&
    first.ns === '' &&
    attrSpecOf(spec, first.name)?.restates === null
  ) {
    const value = effectiveValue(spec, element, first.name);
    if (value !== null) return findByAttribute(parent.at, spec, first.name, value);
  }
  return [...childrenNamed(parent.at, xmlNameOf(element))];
}

function agrees(spec: ElementSpec | null, wanted: XmlElement, at: DraftElement): boolean {
  for (const attr of wanted.attrs) {
    if (attr.name.startsWith('xmlns')) continue;
    const has =
      spec === null
        ? (attrOf(at.node, attr.name)?.value ?? null)
        : effectiveOrWritten(spec, at.node, attr.name);
    const needs = spec === null ? attr.value : effectiveOrWritten(spec, wanted, attr.name);
    if (has !== needs) return false;
  }
  const text = textOf(wanted).trim();
  if (text !== '' && textOf(freeze(at)).trim() !== text) return false;
  return elementsOf(wanted).every((child) => {
    const inner = spec?.children.find((one) => xmlNameOf(one) === xmlNameOf(child)) ?? null;
    for (const kid of childElements(at))
      if (xmlNameOf(kid.node) === xmlNameOf(child) && agrees(inner, child, kid)) return true;
    return false;
  });
}

function effectiveOrWritten(spec: ElementSpec, element: XmlElement, name: string): string | null {
  if (name === 'netmask') return effectiveValue(spec, element, 'prefix');
  return effectiveValue(spec, element, name);
}

function moveTo(stage: Stage, statement: Extract<Statement, { type: 'move' }>): void {
  const { path, position, mods } = statement;
  if (path.steps.length === 0) {
    stage.problems.push(
      error('SL408', path.span, 'the root element cannot be moved', {
        help: 'name an element among others of its name',
      }),
    );
    return;
  }
  for (const found of targets(stage, path, mods)) {
    const place = linkedPlace(stage, found);
    const above = place.at.parent as DraftElement | null; // a parent is an element
    if (above === null) continue;
    moveWithin(stage, { at: above, spec: parentSpecOf(stage, path) }, place, position);
  }
}

function moveWithin(stage: Stage, parent: Found, place: Found, position: Position): void {
  const name = xmlNameOf(place.at.node);
  const sibling =
    'step' in position
      ? siblingFor(stage, parent, name, position)
      : [...childrenNamed(parent.at, name)].at(position.type === 'first' ? 0 : -1);
  if (sibling === undefined || sibling === null || sibling === place.at) return;
  move(stage.editor, place.at, {
    type: position.type === 'first' || position.type === 'before' ? 'before' : 'after',
    sibling,
  });
  if (isForwardInterface(parent, place.spec)) syncForwardDev(stage.editor, parent.at);
}

/** Whether it stands there already; `before` and `after` are true at any distance, so that a second `ensure` moves nothing. */
function standsAt(stage: Stage, parent: Found, at: DraftElement, position: Position): boolean {
  const siblings = [...childrenNamed(parent.at, xmlNameOf(at.node))];
  const own = siblings.indexOf(at);
  if (!('step' in position)) return own === (position.type === 'first' ? 0 : siblings.length - 1);
  const sibling = siblingFor(stage, parent, xmlNameOf(at.node), position);
  // an unknown sibling was reported; nothing is moved for it
  if (sibling === null || sibling === at) return true;
  return position.type === 'before' ? own < siblings.indexOf(sibling) : own > siblings.indexOf(sibling);
}
