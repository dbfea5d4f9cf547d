// Which statement touched what, so that a change found by comparing can name its cause.

import { keyOf } from '../network/meaning.ts';
import { keyIdentity } from '../network/path.ts';
import type { ElementSpec } from '../network/spec.ts';
import { childSpec, networkSpec } from '../network/table.ts';
import { type DraftElement, freeze } from '../patch/draft.ts';
import type { Span } from '../source/source.ts';
import type { XmlElement } from '../xml/document.ts';

export type Cause = readonly Span[];

/** Causes by identity of the element (names and keys, without counting equals), and of its attributes. */
export type CauseLog = { readonly exact: Map<string, Cause>; readonly below: Map<string, Cause> };

export function emptyCauseLog(): CauseLog {
  return { exact: new Map(), below: new Map() };
}

/** One step of an identity. Changes, which have steps with keys, and drafts, which have elements, agree on it. */
export function stepIdentity(name: string, key: string | null): string {
  return `/${name}${key === null ? '' : `\u0001${key}`}`;
}

/** Remembers that `cause` touched the element (or one attribute of it) as it is now. The latest cause stands. */
export function noteCause(log: CauseLog, at: DraftElement, attr: string | null, cause: Cause): void {
  const chain: DraftElement[] = [];
  for (let up: DraftElement | null = at; up !== null; up = up.parent as DraftElement | null) chain.push(up); // a parent is an element
  let spec: ElementSpec | null = networkSpec;
  let identity = '';
  for (let i = chain.length - 2; i >= 0; i--) {
    log.below.set(identity, cause);
    const place = chain[i]!; // i is in range
    spec = spec === null ? null : childSpec(spec, place.node.local, place.node.ns);
    identity += elementIdentity(spec, place);
  }
  if (attr !== null) log.below.set(identity, cause);
  log.exact.set(attr === null ? identity : `${identity}@${attr}`, cause);
}

function elementIdentity(spec: ElementSpec | null, at: DraftElement): string {
  if (spec === null) return stepIdentity(unknownName(at.node), null);
  const key = spec.key === null ? null : keyOf(spec, spec.text === null ? at.node : freeze(at));
  return stepIdentity(spec.name, key === null ? null : keyIdentity(key));
}

function unknownName(element: XmlElement): string {
  return element.ns === '' ? element.local : `{${element.ns}}${element.local}`;
}
