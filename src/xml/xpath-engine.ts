// The `xpath` package, tamed: it evaluates over our nodes, in time that grows with the document, within a budget of work.
//
// Some of its functions are replaced, each for our nodes only, so that whoever else uses the package in the same process
// finds it unchanged. Seen in 0.0.34: a node set compares each new node with all it holds (65,000 hosts: 2 * 10^9
// comparisons), steps hand on duplicates (`//*//*//*` grows with the power of the depth), and nothing can be stopped.

import { OVERWORKED, spend, spendText, type Work, XPathNode } from './xpath-nodes.ts';
import {
  type Context,
  type Expression,
  type Functions,
  type NodeSet,
  type Value,
  type XPathFunction,
  xpathPackage,
} from './xpath-package.js';

export type Evaluated =
  | { readonly type: 'nodes'; readonly nodes: readonly XPathNode[] }
  | { readonly type: 'value'; readonly kind: 'string' | 'number' | 'boolean' }
  /** The package cannot parse or evaluate it; in its own words. */
  | { readonly type: 'malformed'; readonly reason: string }
  | { readonly type: 'overworked' };

/**
 * Evaluates `expression` at the document node `top`. Variables and prefixes must be known (xpath.ts has looked); nodes
 * come back in document order. Work is taken from the budget of the nodes.
 */
export function evaluateXPath(
  expression: string,
  top: XPathNode,
  variables: ReadonlyMap<string, string>,
  namespaces: ReadonlyMap<string, string>,
): Evaluated {
  const { work } = top;
  try {
    const parsed = new xpathPackage.XPathParser().parse(expression);
    const context = new xpathPackage.XPathContext(
      { getVariable: (local) => new xpathPackage.XString(spendText(work, variables.get(local) ?? '')) },
      { getNamespace: (prefix) => (prefix === 'xml' ? XML_NS : (namespaces.get(prefix) ?? null)) },
      counted(work),
    );
    context.expressionContextNode = top;
    const value = parsed.evaluate(context);
    if (!isNodeSet(value)) return { type: 'value', kind: kindOf(value) };
    const nodes = xpathPackage.XNodeSet.prototype.toArray.call(value);
    return { type: 'nodes', nodes: nodes.filter((node) => node instanceof XPathNode) };
  } catch (thrown) {
    if (thrown === OVERWORKED || thrown instanceof RangeError) return { type: 'overworked' };
    return { type: 'malformed', reason: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

const XML_NS = 'http://www.w3.org/XML/1998/namespace';

function isNodeSet(value: Value): value is NodeSet {
  return value instanceof xpathPackage.XNodeSet;
}

function kindOf(value: Value): 'string' | 'number' | 'boolean' {
  if (value instanceof xpathPackage.XNumber) return 'number';
  return value instanceof xpathPackage.XBoolean ? 'boolean' : 'string';
}

/** The standard functions, which pay for the text they make: `translate(translate(…))` touches no node. */
function counted(work: Work): Functions {
  const standard = new xpathPackage.FunctionResolver();
  return {
    thisArg: standard.thisArg,
    getFunction(local, ns) {
      const found = standard.getFunction(local, ns);
      if (found === undefined) return undefined;
      const wrapped: XPathFunction = function (context, ...args) {
        const value = found.call(this, context, ...args);
        if (value instanceof xpathPackage.XString) spendText(work, value.stringValue());
        else spend(work, 1);
        return value;
      };
      return wrapped;
    },
  };
}

tame();

function tame(): void {
  const { XNodeSet, PathExpr, FunctionResolver } = xpathPackage;
  const { addArray, toArray, first } = XNodeSet.prototype;
  const { applyStep, applySteps, predicateMatches } = PathExpr;

  // every step with a predicate and every path in one makes a resolver, with all functions in it: most of the time of a lookup
  const { functions } = new FunctionResolver();
  FunctionResolver.prototype.addStandardFunctions = function () {
    this.functions = Object.create(functions);
  };

  XNodeSet.prototype.addArray = function (nodes) {
    if (ours(nodes) === null) {
      addArray.call(this, nodes);
      return;
    }
    this.nodes = [...new Set([...this.nodes, ...nodes])];
    this.size = this.nodes.length;
  };

  XNodeSet.prototype.toArray = function () {
    const nodes = ours(this.nodes);
    if (nodes === null) return toArray.call(this);
    return nodes.toSorted((a, b) => a.order - b.order);
  };

  XNodeSet.prototype.first = function () {
    const nodes = ours(this.nodes);
    if (nodes === null) return first.call(this);
    return nodes.reduce((earliest, node) => (node.order < earliest.order ? node : earliest));
  };

  // the package takes descendants for following and ancestors for preceding nodes, and collects these in quadratic time
  PathExpr.applyStep = (step, context, node) => {
    const aside =
      step.axis === xpathPackage.Step.FOLLOWING
        ? 'nextSibling'
        : step.axis === xpathPackage.Step.PRECEDING
          ? 'previousSibling'
          : null;
    if (aside === null || !(node instanceof XPathNode)) return applyStep(step, context, node);
    context.contextNode = node;
    return nodesAside(node, aside).filter((other) => step.nodeTest.matches(other, context));
  };

  PathExpr.applySteps = (steps, context, nodes) => {
    if (ours(nodes) === null) return applySteps(steps, context, nodes);
    let current: readonly unknown[] = nodes;
    for (const step of steps) {
      current = [...new Set(applySteps([step], context, current))];
      ours(current);
    }
    return [...current];
  };

  PathExpr.predicateMatches = (predicate: Expression, context: Context) => {
    const node = context.contextNode;
    if (node instanceof XPathNode) spend(node.work, node.work.predicate);
    return predicateMatches(predicate, context);
  };
}

/** All that stands before or behind a node, without its ancestors and descendants. In no order. */
function nodesAside(node: XPathNode, aside: 'nextSibling' | 'previousSibling'): readonly XPathNode[] {
  const found: XPathNode[] = [];
  const owner = node.ownerElement;
  // the children of an element follow its attributes
  if (owner !== null && aside === 'nextSibling') addDescendants(owner, found);
  for (let at: XPathNode | null = owner ?? node; at !== null; at = at.parentNode) {
    for (let beside = at[aside]; beside !== null; beside = beside[aside]) {
      found.push(beside);
      addDescendants(beside, found);
    }
  }
  return found;
}

function addDescendants(node: XPathNode, found: XPathNode[]): void {
  const open: XPathNode[] = [];
  for (let at = node.firstChild ?? open.pop(); at !== undefined; at = at.firstChild ?? open.pop()) {
    found.push(at);
    const next = at.nextSibling;
    if (next !== null) open.push(next);
  }
}

/** The nodes when they are of ours, which costs as many steps; else null. Looks at the first alone: sets are never mixed. */
function ours(nodes: readonly unknown[]): readonly XPathNode[] | null {
  const [one] = nodes;
  if (!(one instanceof XPathNode)) return null;
  spend(one.work, nodes.length);
  return nodes as readonly XPathNode[]; // never mixed, as said
}
