// The indexes under which a draft finds children: by each form of their key, and by one attribute.

import { meaningOf } from '../network/meaning.ts';
import type { ElementSpec, KeyPart } from '../network/spec.ts';
import { attrSpecOf } from '../network/table.ts';
import { asMeant } from '../network/values.ts';
import { attrOf, textOf, type XmlElement } from '../xml/document.ts';
import { type DraftElement, findIndexed, type IdentitiesOf, inDocumentOrder, xmlNameOf } from './draft.ts';

/**
 * Children of `parent` that have these key parts, whichever other keys they have: a dhcp host with mac and name is found
 * by its name too. Fewer parts than the key has: the rest matches anything. An empty part means absent.
 */
export function findByKey(
  parent: DraftElement,
  spec: ElementSpec,
  kind: string,
  parts: readonly string[],
): readonly DraftElement[] {
  const alternative = spec.key?.alternatives.find((one) => one.kind === kind);
  if (alternative === undefined) return [];
  const index = `key ${kind} ${parts.length}`;
  const identitiesOf = identities(spec, alternative.parts.slice(0, parts.length));
  return inDocumentOrder(findIndexed(parent, xmlNameOf(spec), index, identitiesOf, parts.join('\u0000')));
}

function identities(spec: ElementSpec, parts: readonly KeyPart[]): IdentitiesOf {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) {
    return (element) => {
      const value = partOf(spec, element, only);
      return value === '' ? [] : [value];
    };
  }
  return (element) => {
    const values = parts.map((part) => partOf(spec, element, part));
    return values.every((value) => value === '') ? [] : [values.join('\u0000')];
  };
}

function partOf(spec: ElementSpec, element: XmlElement, part: KeyPart): string {
  if ('text' in part) {
    const text = textOf(element);
    return spec.text === null ? text : asMeant(spec.text, text);
  }
  return effectiveValue(spec, element, part.attr) ?? '';
}

/** Children of `parent` whose effective attribute `attr` is `value` (canonical); unknown attributes as written. */
export function findByAttribute(
  parent: DraftElement,
  spec: ElementSpec,
  attr: string,
  value: string,
): readonly DraftElement[] {
  const identitiesOf: IdentitiesOf = (element) => {
    const found = effectiveValue(spec, element, attr);
    return found === null ? [] : [found];
  };
  return inDocumentOrder(findIndexed(parent, xmlNameOf(spec), `attr ${attr}`, identitiesOf, value));
}

/** The effective value of one attribute; null when it has none. Cheaper than the whole meaning for ordinary ones. */
export function effectiveValue(spec: ElementSpec, element: XmlElement, name: string): string | null {
  const attr = attrSpecOf(spec, name);
  const written = attrOf(element, name)?.value;
  if (attr === null) return written ?? null;
  // prefix and expiry are said by other attributes too
  if (name === 'prefix' || name === 'expiry') return meaningOf(spec, element).attrs.get(name)?.value ?? null;
  if (written === undefined) return attr.default;
  return asMeant(attr.type, written);
}
