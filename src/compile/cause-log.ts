// Which statement touched what, so that a change found by comparing can name its cause.

import { keyOf } from '../network/meaning.ts';
import { keyIdentity } from '../network/path.ts';
import type { ElementSpec } from '../network/spec.ts';
import { childSpec, networkSpec } from '../network/table.ts';
import { type DraftElement, freeze } from '../patch/draft.ts';
import type { Span } from '../source/source.ts';
import type { XmlAttr, XmlElement } from '../xml/document.ts';

export type Cause = readonly Span[];

/** Causes by identity of the element (names and keys, without counting equals), and of its attributes. */
export type CauseLog = {
  readonly exact: Map<string, Cause>;
  readonly below: Map<string, Cause>;
  /** What was noted last, since the next is mostly beside it. */
  near: { readonly parent: DraftElement; readonly place: Place; readonly cause: Cause } | null;
};

export function emptyCauseLog(): CauseLog {
  return { exact: new Map(), below: new Map(), near: null };
}

/** One step of an identity. Changes, which have steps with keys, and drafts, which have elements, agree on it. */
export function stepIdentity(name: string, key: string | null): string {
  return `/${name}${key === null ? '' : `\u0001${key}`}`;
}

/** Remembers that `cause` touched the element (or one attribute of it) as it is now. The latest cause stands. */
export function noteCause(log: CauseLog, at: DraftElement, attr: string | null, cause: Cause): void {
  const above = at.parent === null ? null : noteAbove(log, at.parent as DraftElement, cause); // a parent is an element
  const identity = above === null ? '' : above.identity + elementIdentity(specBelow(above, at), at);
  if (attr === null) {
    log.exact.set(identity, cause);
    return;
  }
  log.below.set(identity, cause);
  log.exact.set(`${identity}@${attr}`, cause);
}

function noteAbove(log: CauseLog, parent: DraftElement, cause: Cause): Place {
  const near = log.near?.parent === parent ? log.near : null;
  const place = placeOf(parent, near?.place ?? null);
  if (near?.place === place && near.cause === cause) return place;
  for (let up: Place | null = place; up !== null; up = up.above) log.below.set(up.identity, cause);
  log.near = { parent, place, cause };
  return place;
}

/** An element that others stand in, and its identity while it has these attributes. */
type Place = {
  readonly above: Place | null;
  readonly attrs: readonly XmlAttr[];
  readonly spec: ElementSpec | null;
  readonly identity: string;
};

const ROOT: Place = { above: null, attrs: [], spec: networkSpec, identity: '' };

/** `known`: what it was when it was last asked for. The same again unless it, or what holds it, is another now. */
function placeOf(at: DraftElement, known: Place | null): Place {
  if (at.parent === null) return ROOT;
  const above = placeOf(at.parent as DraftElement, known?.above ?? null); // a parent is an element
  // a text may change and leave no trace here
  if (known !== null && known.above === above && known.attrs === at.node.attrs && known.spec?.text == null)
    return known;
  const spec = specBelow(above, at);
  return { above, attrs: at.node.attrs, spec, identity: above.identity + elementIdentity(spec, at) };
}

function specBelow(above: Place, { node }: DraftElement): ElementSpec | null {
  return above.spec === null ? null : childSpec(above.spec, node.local, node.ns);
}

function elementIdentity(spec: ElementSpec | null, at: DraftElement): string {
  if (spec === null) return stepIdentity(unknownName(at.node), null);
  const key = spec.key === null ? null : keyOf(spec, spec.text === null ? at.node : freeze(at));
  return stepIdentity(spec.name, key === null ? null : keyIdentity(key));
}

function unknownName(element: XmlElement): string {
  return element.ns === '' ? element.local : `{${element.ns}}${element.local}`;
}
