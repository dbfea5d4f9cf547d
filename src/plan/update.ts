// Updates as values (the RFC's option 2): a typed call per kind of element makes a statement of the update language, so that
// a program's updates go the way of everybody's. update.generated.ts has the kinds, from the element table.

import { prepareScript } from '../compile/prepare.ts';
import { type Checked, error } from '../diagnostics/diagnostic.ts';
import type { ElementSpec } from '../network/spec.ts';
import { attrSpecOf, networkSpec, specAt } from '../network/table.ts';
import type { Source } from '../source/source.ts';
import type {
  Attr,
  Mods,
  Node,
  Path,
  PathStep,
  Position,
  Selector,
  Statement,
  Value,
} from '../syntax/ast.ts';
import { isName } from '../syntax/characters.ts';
import {
  attrsSelector,
  keySelector,
  MADE,
  makeAttrs,
  makeName,
  makePath,
  makeStep,
  makeValue,
  nthSelector,
} from '../syntax/make.ts';
import { printItem } from '../syntax/print.ts';
import type { PlanContext, Planned } from './context.ts';
import { planScript } from './script.ts';

/** One update as plain data: a statement of the update language, to be planned, shown, stored or sent. */
export type Update = { readonly statement: string };

/**
 * Which one of several: its key as a path writes it (`'10.0.0.1'`, `'10.0.0.2-10.0.0.9'`, `'ldap/tcp'`), attributes that it
 * has (`{ name: 'web' }`; `{}` is all of them), or its place among its siblings, from 1.
 */
export type Which<Attrs> = string | Some<Attrs> | { readonly nth: number };

/** Some of the attributes; those that are undefined count as not given. */
export type Some<Attrs> = { readonly [Name in keyof Attrs]?: Attrs[Name] | undefined };

export type Options = {
  /** That there is nothing to do it to is fine. */
  readonly ifExists?: boolean | undefined;
  /** Do it to each one found, or to exactly so many, where otherwise more than one is an error. */
  readonly count?: 'each' | number | undefined;
  /** Why; it goes to the journal. */
  readonly because?: string | undefined;
};

/** Among the siblings of the same name. */
export type Place<Attrs> =
  | 'first'
  | 'last'
  | { readonly before: Which<Attrs> }
  | { readonly after: Which<Attrs> };

export type PlaceOptions<Attrs> = Options & { readonly position?: Place<Attrs> | undefined };

type Given = readonly unknown[];
/** `Parents` name the elements above, of those that there are several of, the outermost first. */
type Contained<Parents extends Given, Content, AddOptions> = {
  /** Adds it; it must not be there yet. Missing elements above that need nothing are made. */
  add(...given: [...parents: Parents, content: Content, options?: AddOptions]): Update;
  /** Adds it, or makes what is there so; what is not given stays as it is. */
  ensure(...given: [...parents: Parents, content: Content, options?: Options]): Update;
};

/** Of an element that there is at most one of. */
export type One<Parents extends Given, Content> = Contained<Parents, Content, Options> & {
  /** Makes it exactly this. */
  replace(...given: [...parents: Parents, content: Content, options?: Options]): Update;
  remove(...given: [...parents: Parents, options?: Options]): Update;
};

/** Of an element with attributes that there is at most one of. */
export type Settable<Parents extends Given, Attrs> = {
  /** Sets attributes; makes the element where it is missing and needs nothing else. */
  set(...given: [...parents: Parents, attrs: Some<Attrs>, options?: Options]): Update;
  unset(...given: [...parents: Parents, names: readonly (keyof Attrs & string)[], options?: Options]): Update;
};

/** Of an element that holds text, and that there is at most one of. */
export type OneText<Parents extends Given> = One<Parents, string> & {
  set(...given: [...parents: Parents, text: string, options?: Options]): Update;
};

/** Of an element that there may be several of. */
export type Many<Parents extends Given, Attrs, Content> = Contained<Parents, Content, PlaceOptions<Attrs>> &
  Settable<[...parents: Parents, which: Which<Attrs>], Attrs> & {
    /** Makes it exactly this. */
    replace(
      ...given: [...parents: Parents, which: Which<Attrs>, content: Content, options?: Options]
    ): Update;
    remove(...given: [...parents: Parents, which: Which<Attrs>, options?: Options]): Update;
    move(
      ...given: [...parents: Parents, which: Which<Attrs>, position: Place<Attrs>, options?: Options]
    ): Update;
  };

/** Of an element that is nothing but text, and that there may be several of. `which` is the text, or a place. */
export type ManyText<Parents extends Given> = Contained<Parents, string, PlaceOptions<object>> & {
  replace(...given: [...parents: Parents, which: Which<object>, text: string, options?: Options]): Update;
  remove(...given: [...parents: Parents, which: Which<object>, options?: Options]): Update;
  move(
    ...given: [...parents: Parents, which: Which<object>, position: Place<object>, options?: Options]
  ): Update;
};

/** What a builder can do; the types above say which of it, and with what. */
type Act = 'add' | 'ensure' | 'set' | 'unset' | 'replace' | 'remove' | 'move';
export type Builder = { readonly [Name in Act]: (...given: Given) => Update };

/** The builder of the element at `path` (`ip.dhcp.host`, empty for the network itself). For update.generated.ts. */
export function builder(path: string): Builder {
  const names = path === '' ? [] : path.split('.');
  const chain = names.map((_, depth) => knownSpec(names.slice(0, depth + 1)));
  const spec = chain.at(-1) ?? networkSpec;
  const keys = (specs: readonly ElementSpec[]) => specs.filter((one) => one.cardinality === 'many').length;
  const above = keys(chain.slice(0, -1));
  const all = keys(chain);
  const parentOf = (given: Given): Path => pathTo(chain.slice(0, -1), given);
  const placeOf = (given: Given): Path => pathTo(chain, given);
  return {
    add: (...given) => {
      const [content, options] = given.slice(above);
      return made({
        type: 'add',
        node: nodeOf(spec, content),
        to: orNull(parentOf(given)),
        position: positionOf(spec, property(options, 'position')),
        mods: modsOf(options),
        span: MADE,
      });
    },
    ensure: (...given) => {
      const [content, options] = given.slice(above);
      return made({
        type: 'ensure',
        node: nodeOf(spec, content),
        in: orNull(parentOf(given)),
        position: null,
        mods: modsOf(options),
        span: MADE,
      });
    },
    set: (...given) => {
      const [news, options] = given.slice(all);
      const path = placeOf(given);
      if (spec.text !== null)
        return made({ type: 'set-text', path, value: valueFrom(news), mods: modsOf(options), span: MADE });
      return made({
        type: 'set',
        path,
        attrs: attrsOf(spec, propertiesOf(news)),
        mods: modsOf(options),
        span: MADE,
      });
    },
    unset: (...given) => {
      const [names, options] = given.slice(all);
      return made({
        type: 'unset',
        path: placeOf(given),
        attrs: asList(names).map((name) => makeName(nameOf(String(name)))),
        mods: modsOf(options),
        span: MADE,
      });
    },
    replace: (...given) => {
      const [content, options] = given.slice(all);
      return made({
        type: 'replace',
        path: placeOf(given),
        node: nodeOf(spec, content),
        mods: modsOf(options),
        span: MADE,
      });
    },
    remove: (...given) =>
      made({ type: 'remove', path: placeOf(given), mods: modsOf(given[all]), span: MADE }),
    move: (...given) => {
      const [position, options] = given.slice(all);
      return made({
        type: 'move',
        path: placeOf(given),
        position: positionOf(spec, position) ?? { type: 'last', span: MADE },
        mods: modsOf(options),
        span: MADE,
      });
    },
  };
}

/** The updates as one script, a statement each, in their order. */
export function updatesToScript(updates: readonly Update[]): Source {
  return { name: '<updates>', text: updates.map(({ statement }) => `${statement}\n`).join('') };
}

/**
 * Plans the updates, all or none, on `context.network` or the target's only one. Null when one of them cannot be done; the
 * diagnostics point into the text that updatesToScript gives.
 */
export function planUpdates(updates: readonly Update[], context: PlanContext): Checked<Planned | null> {
  const prepared = prepareScript([updatesToScript(updates)], {
    load: (path) => ({ ok: false, error: error('SL448', null, `updates read no files: \`${path}\``) }),
    vars: new Map(),
  });
  if (prepared.value === null) return { value: null, diagnostics: prepared.diagnostics };
  const planned = planScript(prepared.value, context);
  return { value: planned.value, diagnostics: [...prepared.diagnostics, ...planned.diagnostics] };
}

// ---- given values → pieces of a statement ----
//
// The types say what may come in, but programs without types, and JSON, bring anything. Whatever it is becomes a value or a
// name of the statement; what makes no sense is told when the statement is planned.

function made(statement: Statement): Update {
  return { statement: printItem(statement) };
}

function knownSpec(names: readonly string[]): ElementSpec {
  const spec = specAt(names);
  if (spec === null) throw new Error(`the element table has no ${names.join('.')}`);
  return spec;
}

function orNull(path: Path): Path | null {
  return path.steps.length === 0 ? null : path;
}

function pathTo(chain: readonly ElementSpec[], given: Given): Path {
  let used = 0;
  return makePath(
    chain.map(
      (spec): PathStep =>
        makeStep(spec.name, spec.cardinality === 'many' ? selectorOf(spec, given[used++]) : null),
    ),
  );
}

function selectorOf(spec: ElementSpec, which: unknown): Selector {
  if (typeof which !== 'object' || which === null) return keySelector(String(which));
  const nth = property(which, 'nth');
  // what is no number becomes one that is refused
  if (nth !== undefined) return nthSelector(wholeNumber(nth));
  return attrsSelector(
    attrsOf(spec, propertiesOf(which)).map((attr) => [attr.name.text, textOf(attr.value)] as const),
  );
}

function wholeNumber(given: unknown): number {
  return typeof given === 'number' && Number.isSafeInteger(given) && given > 0 ? given : 0;
}

function textOf(value: Value): string {
  return value.parts.map((part) => (part.type === 'literal' ? part.text : '')).join('');
}

function positionOf(spec: ElementSpec, place: unknown): Position | null {
  if (place === undefined) return null;
  if (place === 'first' || place === 'last') return { type: place, span: MADE };
  const before = property(place, 'before');
  const step = (which: unknown) => makeStep(spec.name, selectorOf(spec, which));
  if (before !== undefined) return { type: 'before', step: step(before), span: MADE };
  return { type: 'after', step: step(property(place, 'after')), span: MADE };
}

function modsOf(options: unknown): Mods {
  const count = property(options, 'count');
  const because = property(options, 'because');
  return {
    ifExists: property(options, 'ifExists') === true,
    count:
      count === undefined
        ? { type: 'one' }
        : count === 'each'
          ? { type: 'each' }
          : { type: 'exactly', n: wholeNumber(count) },
    because: because === undefined ? null : valueFrom(because),
  };
}

/** The element with what was given of it: attributes in the table's order, then children in theirs. */
function nodeOf(spec: ElementSpec, content: unknown): Node {
  const name = makeName(spec.name);
  if (typeof content !== 'object' || content === null) {
    // text of an element that has none is told where the statement is planned
    return { type: 'node', name, text: valueFrom(content), attrs: [], body: [], span: MADE };
  }
  const given = propertiesOf(content);
  const body = spec.children.flatMap((child) =>
    given.has(child.local) && attrSpecOf(spec, child.local) === null
      ? asList(given.get(child.local)).map((one) => nodeOf(child, one))
      : [],
  );
  const inner = new Set(spec.children.map((child) => child.local));
  const attrs = new Map([...given].filter(([key]) => attrSpecOf(spec, key) !== null || !inner.has(key)));
  return { type: 'node', name, text: null, attrs: attrsOf(spec, attrs), body, span: MADE };
}

function attrsOf(spec: ElementSpec, given: ReadonlyMap<string, unknown>): readonly Attr[] {
  const order = new Map(spec.attrs.map((attr, at) => [attr.name, at]));
  const rank = (name: string) => order.get(name) ?? order.size;
  const sorted = [...given].sort(([a], [b]) => rank(a) - rank(b));
  return makeAttrs(sorted.map(([name, value]) => [nameOf(name), stringOf(value)] as const));
}

/** A name as it is; of what is none, one that is in no table, so that it is refused and never more than a name. */
function nameOf(name: string): string {
  return isName(name) ? name : `_${name.replace(/[^A-Za-z0-9_-]/g, '_')}`;
}

function valueFrom(given: unknown): Value {
  return makeValue(stringOf(given));
}

function stringOf(given: unknown): string {
  switch (typeof given) {
    case 'string':
      return given;
    case 'object':
      return given === null ? 'null' : '[object]';
    default:
      return String(given);
  }
}

function asList(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? given : [given];
}

/** Own properties that are not undefined. */
function propertiesOf(given: unknown): ReadonlyMap<string, unknown> {
  if (typeof given !== 'object' || given === null) return new Map();
  return new Map(Object.entries(given).filter(([, value]) => value !== undefined));
}

function property(given: unknown, name: string): unknown {
  return propertiesOf(given).get(name);
}
