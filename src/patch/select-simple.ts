// The XPaths of RFC 5261 answered from a draft's indexes, so that N patches on M elements cost N + M.
// test/compile proves the answers against the xpath package.

import { unreachable } from '../std/unreachable.ts';
import { attrOf, textOf, type XmlAttr, type XmlElement } from '../xml/document.ts';
import type {
  SimpleName,
  SimplePath,
  SimplePredicate,
  SimpleStep,
  SimpleValue,
} from '../xml/simple-xpath.ts';
import {
  childElements,
  childrenNamed,
  type Draft,
  type DraftElement,
  findIndexed,
  freeze,
  inDocumentOrder,
  xmlNameOf,
} from './draft.ts';

/** A node of a draft that an XPath selects. */
export type Target =
  | { readonly type: 'element'; readonly at: DraftElement }
  | { readonly type: 'attribute'; readonly at: DraftElement; readonly attr: XmlAttr }
  /** The character data of the element. */
  | { readonly type: 'text'; readonly at: DraftElement };

/** Null when only a whole XPath engine can tell (or explain what is wrong): an undeclared prefix, an unbound variable, … */
export function selectInDraft(
  draft: Draft,
  path: SimplePath,
  namespaces: ReadonlyMap<string, string>,
  variables: ReadonlyMap<string, string>,
): readonly Target[] | null {
  const names: Names = { namespaces, variables };
  let places: readonly DraftElement[] = [];
  for (const [index, step] of path.steps.entries()) {
    const found: DraftElement[] = [];
    for (const parent of index === 0 ? [null] : places) {
      const some = children(draft, parent, step, names);
      if (some === null) return null;
      found.push(...some);
    }
    places = found;
  }
  const { leaf } = path;
  switch (leaf.type) {
    case 'element':
      return places.map((at) => ({ type: 'element', at }));
    case 'attribute': {
      const name = resolved(leaf.name, names);
      if (name === null) return null;
      return places.flatMap((at) => {
        const attr = at.node.attrs.find((one) => one.local === name.local && one.ns === name.ns);
        return attr === undefined ? [] : [{ type: 'attribute' as const, at, attr }];
      });
    }
    case 'text': {
      const texts = places.filter((at) => freeze(at).children.some((child) => child.type === 'text'));
      // several text nodes around elements or comments: a whole engine counts them
      if (leaf.position !== null || texts.some((at) => freeze(at).children.length > 1)) return null;
      return texts.map((at) => ({ type: 'text', at }));
    }
    default:
      return unreachable(leaf);
  }
}

type Names = {
  readonly namespaces: ReadonlyMap<string, string>;
  readonly variables: ReadonlyMap<string, string>;
};

function resolved(
  name: SimpleName,
  { namespaces }: Names,
): { readonly local: string; readonly ns: string } | null {
  const ns = name.prefix === '' ? '' : namespaces.get(name.prefix);
  return ns === undefined ? null : { local: name.local, ns };
}

function literalOf(value: SimpleValue, { variables }: Names): string | null {
  return value.type === 'literal' ? value.value : (variables.get(value.name) ?? null);
}

/** What one step selects below `parent` (null: the document). */
function children(
  draft: Draft,
  parent: DraftElement | null,
  step: SimpleStep,
  names: Names,
): readonly DraftElement[] | null {
  const name = step.name === null ? null : resolved(step.name, names);
  if (step.name !== null && name === null) return null;
  const [first, ...rest] = step.predicates;
  let kept: readonly DraftElement[];
  let predicates: readonly SimplePredicate[] = step.predicates;
  if (parent === null) {
    kept = name === null || xmlNameOf(draft.root.node) === xmlNameOf(name) ? [draft.root] : [];
  } else if (name !== null && first?.type === 'attribute' && first.name.prefix === '') {
    const value = literalOf(first.value, names);
    if (value === null) return null;
    const { local } = first.name;
    const identitiesOf = (element: XmlElement) => {
      const attr = attrOf(element, local);
      return attr === undefined ? [] : [attr.value];
    };
    kept = inDocumentOrder(
      findIndexed(parent, xmlNameOf(name), `written ${xmlNameOf(name)} ${local}`, identitiesOf, value),
    );
    predicates = rest;
  } else {
    kept = name === null ? [...childElements(parent)] : [...childrenNamed(parent, xmlNameOf(name))];
  }
  for (const predicate of predicates) {
    const next = filtered(kept, predicate, names);
    if (next === null) return null;
    kept = next;
  }
  return kept;
}

function filtered(
  places: readonly DraftElement[],
  predicate: SimplePredicate,
  names: Names,
): readonly DraftElement[] | null {
  switch (predicate.type) {
    case 'position': {
      const one = places[predicate.position - 1];
      return one === undefined ? [] : [one];
    }
    case 'has-attribute':
    case 'attribute': {
      const name = resolved(predicate.name, names);
      const value = predicate.type === 'attribute' ? literalOf(predicate.value, names) : null;
      if (name === null || (predicate.type === 'attribute' && value === null)) return null;
      return places.filter((at) =>
        at.node.attrs.some(
          (one) => one.local === name.local && one.ns === name.ns && (value === null || one.value === value),
        ),
      );
    }
    case 'child': {
      const name = resolved(predicate.name, names);
      const value = literalOf(predicate.value, names);
      if (name === null || value === null) return null;
      return places.filter((at) =>
        [...childrenNamed(at, xmlNameOf(name))].some((kid) => stringValue(freeze(kid)) === value),
      );
    }
    case 'self': {
      const value = literalOf(predicate.value, names);
      return value === null ? null : places.filter((at) => stringValue(freeze(at)) === value);
    }
    default:
      return unreachable(predicate);
  }
}

/** XPath's string-value: all character data below. */
function stringValue(element: XmlElement): string {
  if (element.children.every((child) => child.type !== 'element')) return textOf(element);
  return element.children
    .map((child) =>
      child.type === 'element' ? stringValue(child) : child.type === 'text' ? child.value : '',
    )
    .join('');
}
