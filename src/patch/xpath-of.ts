// The XPath that selects one node of a draft as it now is, in the subset that RFC 5261 allows.

import { DNSMASQ_NS, type ElementSpec } from '../network/spec.ts';
import { childSpec, networkSpec } from '../network/table.ts';
import { attrOf, textOf } from '../xml/document.ts';
import { childrenNamed, countNamed, type DraftElement, freeze, xmlNameOf } from './draft.ts';
import { effectiveValue, findByAttribute, findByKey } from './key-index.ts';
import type { XPath } from './patch.ts';

export type Selected = { readonly sel: XPath; readonly namespaces: ReadonlyMap<string, string> };

/**
 * Selects `at`, or with `attr` its attribute. Constant time but for siblings that no attribute tells apart. `namespaces`
 * takes up the prefixes that are used: one map for several paths gives them the same prefixes.
 */
export function xpathOf(
  at: DraftElement,
  attr: { readonly local: string; readonly ns: string } | null = null,
  namespaces = new Map<string, string>(),
): Selected {
  const steps: string[] = [];
  let spec: ElementSpec | null = null;
  for (const place of fromRoot(at)) {
    spec =
      place.parent === null
        ? networkSpec
        : spec === null
          ? null
          : childSpec(spec, place.node.local, place.node.ns);
    steps.push(qualified(place.node, namespaces) + predicate(place, spec));
  }
  if (attr !== null) steps.push(`@${qualified(attr, namespaces)}`);
  return { sel: `/${steps.join('/')}` as XPath, namespaces }; // the brand's only maker
}

/** Root first. */
function fromRoot(at: DraftElement): readonly DraftElement[] {
  const places: DraftElement[] = [at];
  for (let up = at.parent; up !== null; up = up.parent) places.push(up as DraftElement); // a parent is an element
  return places.reverse();
}

function qualified(
  name: { readonly local: string; readonly ns: string },
  namespaces: Map<string, string>,
): string {
  if (name.ns === '') return name.local;
  for (const [prefix, uri] of namespaces) if (uri === name.ns) return `${prefix}:${name.local}`;
  const prefix = name.ns === DNSMASQ_NS ? 'dnsmasq' : `ns${namespaces.size + 1}`;
  namespaces.set(prefix, name.ns);
  return `${prefix}:${name.local}`;
}

/** What tells an element from its siblings of the same name: an attribute of its key, its text, else its position. */
function predicate(at: DraftElement, spec: ElementSpec | null): string {
  const parent = at.parent as DraftElement | null; // a parent is an element
  if (parent === null) return '';
  // of a list, the key is said also where it is not needed yet: the patch stays right when the list grows
  const alone = countNamed(parent, xmlNameOf(at.node)) === 1;
  const key = spec === null || spec.key === null ? null : keyPredicate(parent, at, spec);
  return key ?? (alone ? '' : `[${positionOf(parent, at)}]`);
}

function keyPredicate(parent: DraftElement, at: DraftElement, spec: ElementSpec): string | null {
  for (const alternative of spec.key?.alternatives ?? []) {
    let text = '';
    const parts: string[] = [];
    for (const part of alternative.parts) {
      if ('text' in part) {
        const value = textOf(freeze(at));
        const quoted = quote(value);
        if (quoted !== null && value !== '') text += `[.=${quoted}]`;
        parts.push(value);
        continue;
      }
      const value = attrOf(at.node, part.attr)?.value;
      if (value !== undefined) {
        const quoted = quote(value);
        if (quoted !== null) text += `[@${part.attr}=${quoted}]`;
      }
      parts.push(effectiveValue(spec, at.node, part.attr) ?? '');
    }
    // equal spelling is equal meaning, so the only one of its meaning is the only one of its spelling
    if (
      text !== '' &&
      findByKey(parent, spec, alternative.kind, parts).length === 1 &&
      selectsOne(parent, at, spec, alternative.parts)
    )
      return text;
  }
  return null;
}

/** A predicate that names fewer attributes than the key has parts (`prefix` said by a netmask) may select others too. */
function selectsOne(
  parent: DraftElement,
  at: DraftElement,
  spec: ElementSpec,
  parts: readonly ({ readonly attr: string } | { readonly text: true })[],
): boolean {
  const attrs = parts.flatMap((part) => ('attr' in part ? [part.attr] : []));
  if (attrs.every((name) => attrOf(at.node, name) !== undefined)) return true;
  const written = attrs.find((name) => attrOf(at.node, name) !== undefined);
  if (written === undefined) return parts.length === 1;
  const value = effectiveValue(spec, at.node, written);
  return value !== null && findByAttribute(parent, spec, written, value).length === 1;
}

/** XPath 1.0 has no escapes: a value with both kinds of quotes cannot be written in RFC 5261's subset. */
function quote(value: string): string | null {
  if (!value.includes("'")) return `'${value}'`;
  return value.includes('"') ? null : `"${value}"`;
}

function positionOf(parent: DraftElement, at: DraftElement): number {
  let position = 0;
  for (const sibling of childrenNamed(parent, xmlNameOf(at.node))) {
    position++;
    if (sibling === at) break;
  }
  return position;
}
