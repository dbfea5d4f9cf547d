// A document as the `xpath` package wants to walk it: DOM-like nodes over our tree, which know their place in document
// order and count the work that is done with them.
//
// xmldom cannot serve: it finds document order by walking siblings, and one keyed lookup among 10,000 hosts took 98 s.

import { XMLNS, type XmlAttr, type XmlDocument, type XmlElement, type XmlNode } from './document.ts';

/** What evaluating one expression may still cost, and what testing one predicate takes of it; shared by all nodes of a tree. */
export type Work = { left: number; predicate: number };

export const OVERWORKED = new Error('the work budget of an XPath is used up');

/** Throws OVERWORKED when more is spent than is left. */
export function spend(work: Work, amount: number): void {
  work.left -= amount;
  if (work.left < 0) throw OVERWORKED;
}

/** Characters cost less than steps: they are compared and copied by the block. */
export function spendText(work: Work, text: string): string {
  spend(work, 1 + (text.length >> 2));
  return text;
}

/** What a node of the tree stands for. Neighbouring texts and CDATA sections are one text in XPath. */
export type Stands =
  | { readonly type: 'document' }
  | { readonly type: 'element'; readonly element: XmlElement }
  | { readonly type: 'attribute'; readonly attr: XmlAttr }
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'comment' | 'pi'; readonly value: string };

const NODE_TYPES = { document: 9, element: 1, attribute: 2, text: 3, comment: 8, pi: 7 } as const;

/** One node. A class, because the package asks for properties that are computed and counted. */
export class XPathNode {
  readonly work: Work;
  readonly stands: Stands;
  /** Document order; an element is followed by room for its attributes. */
  readonly order: number;
  /** Position among the children of its parent in our tree. */
  readonly index: number;
  readonly parent: XPathNode | null;
  private first: XPathNode | null = null;
  private next: XPathNode | null = null;
  private previous: XPathNode | null = null;
  private attributeNodes: AttributeList | null = null;

  constructor(
    work: Work,
    stands: Stands,
    order: number,
    index: number,
    parent: XPathNode | null,
    previous: XPathNode | null,
  ) {
    this.work = work;
    this.stands = stands;
    this.order = order;
    this.index = index;
    this.parent = parent;
    this.previous = previous;
    if (previous !== null) previous.next = this;
    else if (parent !== null && stands.type !== 'attribute') parent.first = this;
  }

  get nodeType(): number {
    return NODE_TYPES[this.stands.type];
  }

  get nodeName(): string {
    switch (this.stands.type) {
      case 'element':
        return this.stands.element.name;
      case 'attribute':
        return this.stands.attr.name;
      case 'pi':
        return this.stands.value.split(' ', 1).join('');
      default:
        return `#${this.stands.type}`;
    }
  }

  get name(): string {
    return this.nodeName;
  }

  get localName(): string | null {
    if (this.stands.type === 'element') return this.stands.element.local;
    return this.stands.type === 'attribute' ? this.stands.attr.local : null;
  }

  get namespaceURI(): string | null {
    if (this.stands.type === 'element') return this.stands.element.ns;
    return this.stands.type === 'attribute' ? this.stands.attr.ns : null;
  }

  get nodeValue(): string | null {
    switch (this.stands.type) {
      case 'attribute':
        return spendText(this.work, this.stands.attr.value);
      case 'text':
      case 'comment':
        return spendText(this.work, this.stands.value);
      case 'pi':
        return spendText(this.work, this.stands.value.slice(this.nodeName.length + 1));
      default:
        return null;
    }
  }

  get value(): string | null {
    return this.nodeValue;
  }

  get firstChild(): XPathNode | null {
    spend(this.work, 1);
    return this.first;
  }

  get nextSibling(): XPathNode | null {
    spend(this.work, 1);
    return this.next;
  }

  get previousSibling(): XPathNode | null {
    spend(this.work, 1);
    return this.previous;
  }

  /** As in DOM, an attribute has an owner and no parent. */
  get parentNode(): XPathNode | null {
    spend(this.work, 1);
    return this.stands.type === 'attribute' ? null : this.parent;
  }

  get ownerElement(): XPathNode | null {
    return this.stands.type === 'attribute' ? this.parent : null;
  }

  get ownerDocument(): XPathNode {
    let at: XPathNode = this;
    while (at.parent !== null) at = at.parent;
    return at;
  }

  /** Declarations of namespaces are no attributes in XPath. */
  get attributes(): AttributeList | null {
    if (this.stands.type !== 'element') return null;
    const { attrs } = this.stands.element;
    spend(this.work, 1 + attrs.length);
    this.attributeNodes ??= new AttributeList(
      attrs.flatMap((attr, i) =>
        attr.ns === XMLNS
          ? []
          : [new XPathNode(this.work, { type: 'attribute', attr }, this.order + 1 + i, i, this, null)],
      ),
    );
    return this.attributeNodes;
  }

  getAttributeNS(ns: string, local: string): string | null {
    const element = this.stands.type === 'element' ? this.stands.element : null;
    spend(this.work, 1 + (element?.attrs.length ?? 0));
    return element?.attrs.find((attr) => attr.ns === ns && attr.local === local)?.value ?? null;
  }

  /** Without a DOCTYPE nothing has an ID. */
  getElementById(): null {
    return null;
  }
}

class AttributeList {
  private readonly nodes: readonly XPathNode[];

  constructor(nodes: readonly XPathNode[]) {
    this.nodes = nodes;
  }

  get length(): number {
    return this.nodes.length;
  }

  item(at: number): XPathNode | null {
    return this.nodes[at] ?? null;
  }
}

/**
 * The document node over a document: its one child is the root element. `size` counts all nodes. Linear, and no recursion.
 */
export function xpathNodes(
  document: XmlDocument,
  work: Work,
): { readonly top: XPathNode; readonly size: number } {
  const top = new XPathNode(work, { type: 'document' }, 0, 0, null, null);
  let order = 1;
  const enter = (
    element: XmlElement,
    index: number,
    parent: XPathNode,
    previous: XPathNode | null,
  ): XPathNode => {
    const node = new XPathNode(work, { type: 'element', element }, order, index, parent, previous);
    order += 1 + element.attrs.length;
    return node;
  };
  const root = enter(document.root, 0, top, null);
  const open: {
    readonly node: XPathNode;
    readonly children: readonly XmlNode[];
    at: number;
    last: XPathNode | null;
  }[] = [{ node: root, children: document.root.children, at: 0, last: null }];
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    const index = level.at++;
    const child = level.children[index];
    if (child === undefined) open.pop();
    else if (child.type === 'element') {
      level.last = enter(child, index, level.node, level.last);
      if (child.children.length > 0)
        open.push({ node: level.last, children: child.children, at: 0, last: null });
    } else if (child.type === 'text') {
      let { value } = child;
      for (let next = level.children[level.at]; next?.type === 'text'; next = level.children[++level.at])
        value += next.value;
      // an empty CDATA section is no node in XPath
      if (value !== '')
        level.last = new XPathNode(work, { type: 'text', value }, order++, index, level.node, level.last);
    } else {
      level.last = new XPathNode(
        work,
        { type: child.type, value: child.value },
        order++,
        index,
        level.node,
        level.last,
      );
    }
  }
  return { top, size: order };
}
