// An element → the node that a script writes for it: names and values, and XML where the language has no words.

import { childrenOf, meaningOf } from '../network/meaning.ts';
import type { ElementSpec } from '../network/spec.ts';
import { cleanCopy, undeclaredPrefixes } from '../network/spelling.ts';
import { attrSpecOf, childSpec } from '../network/table.ts';
import { canonical } from '../network/values.ts';
import { once } from '../std/once.ts';
import type { Node } from '../syntax/ast.ts';
import { MADE, makeAttrs, makeLiteral, makeName, makeValue } from '../syntax/make.ts';
import { elementsOf, makeAttr, textOf, XMLNS, type XmlAttr, type XmlElement } from '../xml/document.ts';
import { layoutNew } from '../xml/layout.ts';
import { printNode } from '../xml/print.ts';

/** The element as a node; `depth` is how deep its statement, or the body that it stands in, is indented. */
export function nodeOf(spec: ElementSpec | null, element: XmlElement, depth: number): Node {
  return spec === null
    ? literalOf(null, element, depth)
    : (inWords(spec, element, depth) ?? literalOf(spec, element, depth));
}

function inWords(spec: ElementSpec, element: XmlElement, depth: number): Node | null {
  const { text, unknownAttrs, strayText } = meaningOf(spec, element);
  if (unknownAttrs.length > 0 || strayText !== null) return null;
  const copy = cleanCopy(spec, element);
  const attrs = copy.attrs.filter((attr) => attr.ns !== XMLNS && isSaid(spec, attr));
  if (!attrs.every((attr) => isOfItsType(spec, attr.name, attr.value))) return null;
  const children = elementsOf(copy);
  let value: string | null = null;
  if (spec.text !== null) {
    value = textOf(copy);
    // text or children: a node has no words for both
    if (text === null || canonical(spec.text, value) === null || attrs.length > 0 || children.length > 0)
      return null;
  }
  return {
    type: 'node',
    name: makeName(spec.name),
    text: value === null ? null : makeValue(value),
    attrs: makeAttrs(attrs.map((attr) => [attr.name, attr.value] as const)),
    body: children.map((child) =>
      nodeOf(spec.content === 'opaque' ? null : childSpec(spec, child.local, child.ns), child, depth + 1),
    ),
    span: MADE,
  };
}

/** libvirt counts `connections` itself, in the XML of a running network. */
function isSaid(spec: ElementSpec, attr: XmlAttr): boolean {
  return attr.name !== 'connections' || attrSpecOf(spec, attr.name) === null;
}

/** Whether the language takes the value: what is not of its type can only come in XML. */
export function isOfItsType(spec: ElementSpec, name: string, value: string): boolean {
  const attr = attrSpecOf(spec, name);
  return attr !== null && canonical(attr.type, value) !== null;
}

/** The element as an XML literal, laid out as libvirt would. */
export function literalOf(
  spec: ElementSpec | null,
  element: XmlElement,
  depth: number,
): Extract<Node, { type: 'xml' }> {
  const copy = withoutConnections(spec, cleanCopy(spec, element));
  const declarations = [...undeclaredPrefixes(copy)].map(([prefix, uri]) => ({
    ...makeAttr(prefix === '' ? 'xmlns' : `xmlns:${prefix}`, uri),
    local: prefix === '' ? 'xmlns' : prefix,
    ns: XMLNS,
  }));
  const text = printNode(
    layoutNew({ ...copy, attrs: [...declarations, ...copy.attrs] }, '  '.repeat(depth), '  ', '\n'),
  );
  return makeLiteral(
    text.replace(invisible(), (character) => `&#x${(character.codePointAt(0) ?? 0).toString(16)};`),
  );
}

/** What would show a reviewer another text than it is, and what a script holds nowhere. */
const invisible = once(() => /(?![\n\t])[\p{C}\p{Zl}\p{Zp}]/gu);

function withoutConnections(spec: ElementSpec | null, element: XmlElement): XmlElement {
  if (spec === null) return element;
  return {
    ...element,
    attrs: element.attrs.filter((attr) => isSaid(spec, attr)),
    children: element.children.map((child) =>
      child.type === 'element' && spec.content !== 'opaque'
        ? withoutConnections(childSpec(spec, child.local, child.ns), child)
        : child,
    ),
  };
}

/** The interfaces that a forward means without writing them (`dev` alone); none when it writes any. */
export function impliedIn(spec: ElementSpec, element: XmlElement): readonly XmlElement[] {
  return childrenOf(spec, element).flatMap((child) =>
    element.children.includes(child.element) ? [] : [child.element],
  );
}
