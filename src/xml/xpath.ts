// Any XPath 1.0 over a document: checked for what can be said with a place, then evaluated by the `xpath` package.
// Variables are bound, never pasted into the text. simple-xpath.ts reads those that need no evaluation.

import { type Checked, type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import type { Source } from '../source/source.ts';
import { unreachable } from '../std/unreachable.ts';
import type { XmlAttr, XmlDocument, XmlElement } from './document.ts';
import { checkXPath, XPATH_LIMITS } from './xpath-check.ts';
import { evaluateXPath } from './xpath-engine.ts';
import { type Work, type XPathNode, xpathNodes } from './xpath-nodes.ts';

/** `path`: child indexes from the root element down, counting nodes of every kind; empty for the root element. */
export type XPathHit =
  | { readonly type: 'element'; readonly path: readonly number[]; readonly element: XmlElement }
  /** `path` leads to the element. */
  | {
      readonly type: 'attribute';
      readonly path: readonly number[];
      readonly element: XmlElement;
      readonly attr: XmlAttr;
    }
  /** `path` leads to the first of the neighbouring texts that XPath takes for one. */
  | { readonly type: 'text'; readonly path: readonly number[] }
  /** A comment or an instruction. */
  | { readonly type: 'other'; readonly path: readonly number[] };

/**
 * What `expression` selects in the document, in document order, without duplicates. Its context is the document, so
 * `network` and `/network` are the same. Names without prefix are in no namespace. Problems point into the expression
 * (a source of its own, called `<xpath>`); the value is then empty.
 */
export function selectXPath(
  document: XmlDocument,
  expression: string,
  variables: ReadonlyMap<string, string>,
  namespaces: ReadonlyMap<string, string>,
): Checked<readonly XPathHit[]> {
  const source: Source = { name: '<xpath>', text: expression };
  const wrong = checkXPath(source, variables, namespaces);
  if (wrong !== null) return { value: [], diagnostics: [wrong] };
  const { top, work, size } = nodesOf(document);
  work.left = XPATH_LIMITS.work + XPATH_LIMITS.workPerNode * size;
  // the longest predicate there can be: its operators cost more than steps, and touch no node
  work.predicate = 1 + expression.length;
  const evaluated = evaluateXPath(expression, top, variables, namespaces);
  const whole = { source, start: 0, end: expression.length };
  switch (evaluated.type) {
    case 'nodes': {
      const hits: XPathHit[] = [];
      for (const node of evaluated.nodes) {
        const hit = hitOf(node);
        if (hit === null) {
          return failed(
            error('SL122', whole, 'the XPath selects the document itself', {
              help: 'name its root element: `/network`',
            }),
          );
        }
        hits.push(hit);
      }
      return { value: hits, diagnostics: [] };
    }
    case 'value':
      return failed(
        error('SL122', whole, `the XPath gives a ${evaluated.kind}, and no nodes`, {
          help: 'write a path such as `/network/ip`; conditions go in brackets behind a step',
        }),
      );
    case 'overworked':
      return failed(
        error('SL124', whole, 'the XPath takes too much work on this document', {
          help: 'write the whole path instead of `//`, and compare with values instead of other nodes',
        }),
      );
    case 'malformed':
      return failed(
        error('SL120', whole, reasonOf(evaluated.reason), {
          help: "an XPath looks like `/network/ip[@address='10.0.0.1']/dhcp`",
        }),
      );
    default:
      return unreachable(evaluated);
  }
}

function failed(diagnostic: Diagnostic): Checked<readonly XPathHit[]> {
  return { value: [], diagnostics: [diagnostic] };
}

/** The package's one kind of message that says more than that it gave up. */
function reasonOf(message: string): string {
  const misused = /^Function (\S+) expects \((.*)\)$/.exec(message);
  if (misused === null) return 'this is no XPath';
  const name = misused[1]?.replace('startsWith', 'starts-with') ?? '';
  return `the function \`${name}\` takes \`(${misused[2] ?? ''})\``;
}

/** The nodes over a document, for the next expression: making them costs as much as a lookup. */
const trees = new WeakMap<XmlElement, Tree>();

type Tree = { readonly top: XPathNode; readonly work: Work; readonly size: number };

function nodesOf(document: XmlDocument): Tree {
  let tree = trees.get(document.root);
  if (tree === undefined) {
    const work = { left: 0, predicate: 0 };
    tree = { ...xpathNodes(document, work), work };
    trees.set(document.root, tree);
  }
  return tree;
}

/** Null for the document node. */
function hitOf(node: XPathNode): XPathHit | null {
  const { stands } = node;
  switch (stands.type) {
    case 'document':
      return null;
    case 'element':
      return { type: 'element', path: pathOf(node), element: stands.element };
    case 'attribute': {
      const owner = node.parent;
      if (owner === null || owner.stands.type !== 'element')
        throw new Error('an attribute without an element');
      return { type: 'attribute', path: pathOf(owner), element: owner.stands.element, attr: stands.attr };
    }
    case 'text':
      return { type: 'text', path: pathOf(node) };
    case 'comment':
    case 'pi':
      return { type: 'other', path: pathOf(node) };
    default:
      return unreachable(stands);
  }
}

function pathOf(node: XPathNode): readonly number[] {
  const path: number[] = [];
  // the root element's own index, in the document, is not part of the path
  for (let at = node; at.parent !== null && at.parent.parent !== null; at = at.parent) path.push(at.index);
  return path.reverse();
}
