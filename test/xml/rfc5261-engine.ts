// RFC 5261 by itself: applies a diff to a document with xmldom and the `xpath` package, and shares nothing with src/.
// What Sluice compiles must make the same document here.

import { createRequire } from 'node:module';
import {
  type Attr,
  DOMParser,
  type Document,
  type Element,
  type Node,
  onWarningStopParsing,
  XMLSerializer,
} from '@xmldom/xmldom';

/** A diff that the RFC does not allow, or that does not fit the document. `name` of the error as in its section 5. */
export class PatchError extends Error {}

/** The document after all operations of the diff, in order, each on what the ones before it left. Throws a PatchError. */
export function applyRfc5261(documentText: string, diffText: string): string {
  // to xmldom the declaration is an instruction, which it then refuses to write
  const [declaration] = /^\ufeff?(?:<\?xml\s[^?]*\?>\s*)?/.exec(documentText) ?? [''];
  const document = parse(documentText.slice(declaration.length));
  for (const operation of elementsIn(parse(diffText).documentElement)) {
    const selector = operation.getAttribute('sel');
    if (selector === null)
      throw new PatchError(`invalid-attribute-value: <${operation.nodeName}> without sel`);
    switch (operation.localName) {
      case 'add':
        add(document, operation, selector);
        break;
      case 'replace':
        replace(document, operation, selector);
        break;
      case 'remove':
        remove(document, operation, selector);
        break;
      default:
        throw new PatchError(`invalid-patch-directive: <${operation.nodeName}>`);
    }
    document.normalize();
  }
  return declaration + new XMLSerializer().serializeToString(document, { requireWellFormed: true });
}

function add(document: Document, operation: Element, selector: string): void {
  const target = select(document, operation, selector);
  const type = operation.getAttribute('type');
  if (type !== null) {
    const element = asElement(target);
    const [, attribute, prefix] = /^(?:@(.+)|namespace::(.+))$/.exec(type) ?? [];
    if (attribute !== undefined) {
      const ns = namespaceOf(operation, attribute);
      if (element.hasAttributeNS(ns, attribute.replace(/^.*:/, '')))
        throw new PatchError(`invalid-patch-directive: ${attribute} is there`);
      element.setAttributeNS(ns, attribute, textIn(operation));
    } else if (prefix !== undefined) {
      if (element.hasAttribute(`xmlns:${prefix}`))
        throw new PatchError(`invalid-namespace-prefix: ${prefix} is there`);
      element.setAttributeNS(XMLNS, `xmlns:${prefix}`, textIn(operation));
    } else throw new PatchError(`invalid-attribute-value: type="${type}"`);
    return;
  }
  const content = childrenOf(operation).map((child) => document.importNode(child, true));
  const position = operation.getAttribute('pos');
  switch (position) {
    case null:
      for (const node of content) asElement(target).appendChild(node);
      return;
    case 'prepend': {
      const { firstChild } = asElement(target);
      for (const node of content) target.insertBefore(node, firstChild);
      return;
    }
    case 'before':
    case 'after': {
      const parent = parentOf(target);
      const next = position === 'before' ? target : target.nextSibling;
      for (const node of content) parent.insertBefore(node, next);
      return;
    }
    default:
      throw new PatchError(`invalid-attribute-value: pos="${position}"`);
  }
}

function replace(document: Document, operation: Element, selector: string): void {
  const namespace = namespaceSelector(selector);
  if (namespace !== null) {
    const element = asElement(select(document, operation, namespace.element));
    if (!element.hasAttribute(`xmlns:${namespace.prefix}`))
      throw new PatchError(`unlocated-node: ${selector}`);
    element.setAttributeNS(XMLNS, `xmlns:${namespace.prefix}`, textIn(operation));
    return;
  }
  const target = select(document, operation, selector);
  if (target.nodeType === target.ATTRIBUTE_NODE) {
    (target as Attr).value = textIn(operation);
    return;
  }
  const parent = parentOf(target);
  if (target.nodeType === target.TEXT_NODE || target.nodeType === target.CDATA_SECTION_NODE) {
    const text = textIn(operation);
    if (text === '') parent.removeChild(target);
    else parent.replaceChild(document.createTextNode(text), target);
    return;
  }
  // white space around the one node is layout of the diff
  const content = childrenOf(operation).filter((child) => !isBlank(child));
  const [node] = content;
  if (node === undefined || content.length !== 1 || node.nodeType !== target.nodeType) {
    throw new PatchError(
      `invalid-node-types: <replace sel="${selector}"> needs one node of the kind that it replaces`,
    );
  }
  parent.replaceChild(document.importNode(node, true), target);
}

function remove(document: Document, operation: Element, selector: string): void {
  const namespace = namespaceSelector(selector);
  if (namespace !== null) {
    const element = asElement(select(document, operation, namespace.element));
    if (!element.hasAttribute(`xmlns:${namespace.prefix}`))
      throw new PatchError(`unlocated-node: ${selector}`);
    element.removeAttributeNS(XMLNS, namespace.prefix);
    return;
  }
  const target = select(document, operation, selector);
  if (target.nodeType === target.ATTRIBUTE_NODE) {
    const attribute = target as Attr;
    attribute.ownerElement?.removeAttributeNode(attribute);
    return;
  }
  const parent = parentOf(target);
  if (parent.nodeType === parent.DOCUMENT_NODE && target.nodeType === target.ELEMENT_NODE) {
    throw new PatchError('invalid-root-element-operation: the root element cannot be removed');
  }
  const space = operation.getAttribute('ws');
  if (space !== null && !['before', 'after', 'both'].includes(space))
    throw new PatchError(`invalid-attribute-value: ws="${space}"`);
  const beside = [
    ...(space === 'before' || space === 'both' ? [target.previousSibling] : []),
    ...(space === 'after' || space === 'both' ? [target.nextSibling] : []),
  ];
  for (const node of beside) {
    if (node === null || !isBlank(node))
      throw new PatchError(`invalid-whitespace-directive: no white space ${space} ${selector}`);
    parent.removeChild(node);
  }
  parent.removeChild(target);
}

const XMLNS = 'http://www.w3.org/2000/xmlns/';

function parse(text: string): Document & { readonly documentElement: Element } {
  const document = new DOMParser({ onError: onWarningStopParsing }).parseFromString(text, 'text/xml');
  return document as Document & { readonly documentElement: Element }; // what has no root element does not parse
}

type XPathPackage = {
  parse(expression: string): {
    select(options: {
      readonly node: Node;
      readonly namespaces: Readonly<Record<string, string>>;
    }): readonly Node[];
  };
};
// by require, because the package's types would put the browser's DOM in scope of every test
const xpath = createRequire(import.meta.url)('xpath') as XPathPackage;

/** The one node that the selector finds, read with the namespaces that are declared around the operation. */
function select(document: Document, operation: Element, selector: string): Node {
  const namespaces: Record<string, string> = {};
  let standard: string | null = null;
  for (let at: Node | null = operation; at !== null && at.nodeType === at.ELEMENT_NODE; at = at.parentNode) {
    for (const attribute of Array.from((at as Element).attributes)) {
      if (attribute.name === 'xmlns') standard ??= attribute.value;
      else if (attribute.prefix === 'xmlns' && attribute.localName !== null)
        namespaces[attribute.localName] ??= attribute.value;
    }
  }
  const found = xpath.parse(qualified(selector, standard, namespaces)).select({ node: document, namespaces });
  const [node] = found;
  if (node === undefined || found.length !== 1)
    throw new PatchError(`unlocated-node: ${selector} finds ${found.length}`);
  return node;
}

/** Section 4.2.2: unlike in XPath, element names without prefix are in the default namespace of the diff. */
function qualified(selector: string, standard: string | null, namespaces: Record<string, string>): string {
  if (standard === null || standard === '') return selector;
  namespaces['default-of-the-diff'] = standard;
  return selector.replace(
    /"[^"]*"|'[^']*'|[@$]?[\p{L}_][\p{L}\p{N}._-]*(?::[\p{L}_][\p{L}\p{N}._-]*|:\*)?(?=(\s*\(|\s*::)?)/gu,
    (token, call: string | undefined) =>
      /^["'@$]|:/.test(token) || call !== undefined ? token : `default-of-the-diff:${token}`,
  );
}

/** `doc/namespace::pref` as what it is of; the namespace must be declared on that very element. */
function namespaceSelector(selector: string): { readonly element: string; readonly prefix: string } | null {
  const [, element, prefix] = /^(.+)\/namespace::([^/]+)$/.exec(selector) ?? [];
  return element === undefined || prefix === undefined ? null : { element, prefix };
}

function namespaceOf(operation: Element, name: string): string | null {
  const colon = name.indexOf(':');
  if (colon === -1) return null;
  const uri = operation.lookupNamespaceURI(name.slice(0, colon));
  if (uri === null) throw new PatchError(`invalid-namespace-prefix: ${name}`);
  return uri;
}

function asElement(node: Node): Element {
  if (node.nodeType !== node.ELEMENT_NODE)
    throw new PatchError('invalid-node-types: an element was expected');
  return node as Element;
}

function parentOf(node: Node): Node {
  if (node.parentNode === null) throw new PatchError('invalid-node-types: a node with a parent was expected');
  return node.parentNode;
}

function childrenOf(node: Node): readonly Node[] {
  return Array.from(node.childNodes);
}

function elementsIn(node: Node): readonly Element[] {
  return childrenOf(node).filter((child): child is Element => child.nodeType === child.ELEMENT_NODE);
}

function textIn(operation: Element): string {
  if (elementsIn(operation).length > 0) throw new PatchError('invalid-diff-format: text was expected');
  return operation.textContent ?? '';
}

function isBlank(node: Node): boolean {
  return node.nodeType === node.TEXT_NODE && /^[ \t\r\n]*$/.test(node.nodeValue ?? '');
}
