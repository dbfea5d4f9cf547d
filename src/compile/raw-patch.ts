// Raw patches: `patch "XPATH" …` statements, and the operations of an RFC 5261 document. The XPath is literal; script
// variables are XPath variables, bound and never pasted.

import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { childSpec, networkSpec } from '../network/table.ts';
import { childElements, type DraftElement, freezeDraft, isElement, xmlNameOf } from '../patch/draft.ts';
import { placeFor } from '../patch/placement.ts';
import { selectInDraft, type Target } from '../patch/select-simple.ts';
import type { Span } from '../source/source.ts';
import { unreachable } from '../std/unreachable.ts';
import type { PatchAct, Position, Statement, XmlNodeLiteral } from '../syntax/ast.ts';
import { remadeAttr, withValue, XMLNS, type XmlAttr, type XmlElement } from '../xml/document.ts';
import { parseSimpleXPath } from '../xml/simple-xpath.ts';
import { selectXPath, type XPathHit } from '../xml/xpath.ts';
import { readLiteral } from './build-node.ts';
import {
  insert,
  remove,
  replace,
  setAttributes,
  setElementText,
  syncForwardDev,
  unsetAttribute,
} from './editor.ts';
import { type Environment, evaluate, lookUp } from './environment.ts';
import { type Found, resolve } from './resolve.ts';
import type { Stage } from './stage.ts';

/** What a raw patch does to the one node it selects. */
export type RawAct =
  /** `ordered`: where libvirt would print it. `before` and `after` are beside the selected node. */
  | {
      readonly type: 'add';
      readonly content: XmlElement;
      readonly position: 'prepend' | 'append' | 'before' | 'after' | 'ordered';
    }
  /** Among the selected element's children, beside this one. */
  | {
      readonly type: 'add-beside';
      readonly content: XmlElement;
      readonly side: 'before' | 'after';
      readonly sibling: DraftElement;
    }
  | { readonly type: 'replace'; readonly content: XmlElement }
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'remove' }
  | { readonly type: 'set'; readonly attrs: readonly XmlAttr[] };

export function rawPatch(stage: Stage, statement: Extract<Statement, { type: 'patch' }>): void {
  const text = evaluate(statement.xpath, stage.environment, stage.problems);
  if (text === null) return;
  const { mods } = statement;
  const found = selectAll(
    stage,
    text,
    statement.xpath.span,
    stage.namespaces,
    variablesOf(stage.environment),
  );
  if (found === null) return;
  const wanted = mods.count.type === 'one' ? 1 : mods.count.type === 'exactly' ? mods.count.n : null;
  if (found.length === 0 && mods.ifExists) return;
  if (found.length === 0 || (wanted !== null && found.length !== wanted)) {
    stage.problems.push(countProblem(found.length, wanted, statement.xpath.span));
    return;
  }
  for (const target of found) {
    const act = actOf(stage, statement.act, target);
    if (act !== null) perform(stage, target, act, statement.span);
  }
}

function countProblem(found: number, wanted: number | null, span: Span): Diagnostic {
  if (found === 0)
    return error('SL460', span, 'the XPath selects nothing', {
      help: 'look at the network with `sluice show`; names with a namespace need their prefix',
    });
  return error(
    'SL460',
    span,
    `the XPath selects ${found} nodes${wanted === null || wanted === 1 ? '' : `, not ${wanted}`}`,
    { help: "add a predicate such as `[@name='x']`, or write `each` behind the statement to mean all" },
  );
}

function variablesOf(environment: Environment): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (let at: Environment | null = environment; at !== null; at = at.outer) {
    for (const name of at.names.keys()) {
      const binding = lookUp(environment, name);
      if (binding === undefined) continue;
      if (binding.type === 'text') variables.set(name, binding.value);
      // $row.column is no XPath name: $row_column is
      else for (const [column, cell] of binding.row.cells) variables.set(`${name}_${column}`, cell);
    }
  }
  return variables;
}

/** All nodes that an XPath selects in the draft as it stands; null when it is not a good one (the problem is told). */
export function selectAll(
  stage: Stage,
  xpath: string,
  span: Span,
  namespaces: ReadonlyMap<string, string>,
  variables: ReadonlyMap<string, string>,
): readonly Target[] | null {
  const simple = parseSimpleXPath(xpath);
  const quick = simple === null ? null : selectInDraft(stage.draft, simple, namespaces, variables);
  if (quick !== null) return quick;
  const { value: hits, diagnostics } = selectXPath(freezeDraft(stage.draft), xpath, variables, namespaces);
  if (diagnostics.length > 0) {
    stage.problems.push(
      ...diagnostics.map((one) => ({
        ...one,
        span: one.span === null || one.span.source.text === xpath ? span : one.span,
      })),
    );
    return null;
  }
  const targets: Target[] = [];
  for (const hit of hits) {
    const target = targetOf(stage, hit);
    if (target === null) {
      stage.problems.push(
        error(
          'SL461',
          span,
          `a ${hit.type === 'text' ? 'text node' : 'node'} of this kind cannot be patched`,
          { help: 'select an element or an attribute' },
        ),
      );
      return null;
    }
    targets.push(target);
  }
  return targets;
}

/** The place in the draft of a node in its frozen form: the same way down, by position. */
function targetOf(stage: Stage, hit: XPathHit): Target | null {
  let at: DraftElement = stage.draft.root;
  const way = hit.type === 'text' || hit.type === 'other' ? hit.path.slice(0, -1) : hit.path;
  for (const index of way) {
    let kid = at.kids?.first ?? null;
    if (at.kids === null) {
      // thaws it
      for (const first of childElements(at)) {
        void first;
        break;
      }
      kid = (at as DraftElement).kids?.first ?? null;
    }
    for (let i = 0; i < index && kid !== null; i++) kid = kid.next;
    if (kid === null || !isElement(kid)) return null;
    at = kid;
  }
  switch (hit.type) {
    case 'element':
      return { type: 'element', at };
    case 'attribute':
      return { type: 'attribute', at, attr: hit.attr };
    case 'text':
      return { type: 'text', at };
    case 'other':
      return null;
    default:
      return unreachable(hit);
  }
}

function actOf(stage: Stage, act: PatchAct, target: Target): RawAct | null {
  switch (act.type) {
    case 'add': {
      const content = literal(stage, act.node);
      if (content === null) return null;
      if (act.position === null) return { type: 'add', content, position: 'ordered' };
      if (!('step' in act.position))
        return { type: 'add', content, position: act.position.type === 'first' ? 'prepend' : 'append' };
      const sibling = siblingIn(stage, target, act.position);
      return sibling === null ? null : { type: 'add-beside', content, side: act.position.type, sibling };
    }
    case 'replace': {
      const content = literal(stage, act.node);
      return content === null ? null : { type: 'replace', content };
    }
    case 'remove':
      return { type: 'remove' };
    case 'set': {
      const attrs: XmlAttr[] = [];
      for (const attr of act.attrs) {
        const value = evaluate(attr.value, stage.environment, stage.problems);
        if (value === null) return null;
        if (value === '' && attr.optional) continue;
        const colon = attr.name.text.indexOf(':');
        const ns = colon === -1 ? '' : stage.namespaces.get(attr.name.text.slice(0, colon));
        if (ns === undefined || (ns === '' && colon !== -1)) {
          stage.problems.push(
            error('SL461', attr.name.span, `the prefix of \`${attr.name.text}\` stands for nothing`, {
              help: 'declare it: `namespace NAME = "URI"`',
            }),
          );
          return null;
        }
        attrs.push(
          remadeAttr({ name: attr.name.text, local: attr.name.text.slice(colon + 1), ns, value }, attr.span),
        );
      }
      return { type: 'set', attrs };
    }
    default:
      return unreachable(act);
  }
}

function siblingIn(
  stage: Stage,
  target: Target,
  position: Extract<Position, { type: 'before' | 'after' }>,
): DraftElement | null {
  const resolution = resolve(
    stage,
    { steps: [position.step], span: position.step.span },
    parentOf(target.at),
  );
  if (resolution.type === 'wrong') return null;
  const [place] = resolution.type === 'found' ? resolution.places : [];
  if (place !== undefined && resolution.type === 'found' && resolution.places.length === 1) return place.at;
  stage.problems.push(
    error('SL409', position.span, `there is not exactly one such element to stand ${position.type}`, {
      help: 'name one sibling that is there, or write `first` or `last`',
    }),
  );
  return null;
}

function literal(stage: Stage, node: XmlNodeLiteral): XmlElement | null {
  return readLiteral(stage, node);
}

/** Does it. Problems go to the stage. */
export function perform(stage: Stage, target: Target, act: RawAct, span: Span): void {
  const wrong = (message: string, help: string) =>
    stage.problems.push(error('SL461', span, message, { help }));
  const { editor } = stage;
  switch (act.type) {
    case 'add': {
      if (target.type !== 'element') {
        wrong('only an element can be added to', 'select the element, not its attribute or text');
        return;
      }
      if (act.position === 'before' || act.position === 'after') {
        const parent = target.at.parent as DraftElement | null; // a parent is an element
        if (parent === null)
          wrong('nothing stands beside the root element', 'select an element inside of it');
        else insert(editor, parentOf(parent), act.content, { type: act.position, sibling: target.at });
        return;
      }
      const parent = parentOf(target.at);
      insert(
        editor,
        parent,
        act.content,
        act.position === 'ordered'
          ? placeFor(parent.at, parent.spec, act.content, 'last')
          : { type: act.position === 'prepend' ? 'start' : 'end' },
      );
      break;
    }
    case 'add-beside':
      insert(editor, parentOf(target.at), act.content, { type: act.side, sibling: act.sibling });
      break;
    case 'replace':
      if (target.type !== 'element') {
        wrong('only an element can be replaced by one', 'use `set` for attributes');
        return;
      }
      replace(editor, target.at, act.content);
      break;
    case 'text':
      if (target.type === 'attribute')
        setAttributes(editor, target.at, [withValue(target.attr, act.value, target.attr.origin)]);
      else setElementText(editor, target.at, act.value);
      break;
    case 'remove':
      if (target.type === 'attribute') {
        if (target.attr.ns === XMLNS)
          wrong('a namespace declaration cannot be removed', 'remove what uses it');
        else unsetAttribute(editor, target.at, target.attr.local, target.attr.ns);
      } else if (target.type === 'text') setElementText(editor, target.at, '');
      else if (target.at.parent === null) wrong('the root element cannot be removed', 'remove what is in it');
      else {
        const parent = target.at.parent as DraftElement; // a parent is an element
        remove(editor, target.at);
        if (xmlNameOf(parent.node) === 'forward') syncForwardDev(editor, parent);
      }
      break;
    case 'set':
      if (target.type !== 'element') {
        wrong('attributes are set on an element', 'leave out the attribute at the end of the XPath');
        return;
      }
      setAttributes(editor, target.at, act.attrs);
      break;
    default:
      unreachable(act);
  }
}

/** The element as a parent: with what the table says of it. */
export function parentOf(at: DraftElement): Found {
  const chain: DraftElement[] = [];
  for (let up: DraftElement | null = at; up !== null; up = up.parent as DraftElement | null) chain.push(up); // a parent is an element
  let spec: Found['spec'] = networkSpec;
  for (const place of chain.reverse().slice(1))
    spec = spec === null ? null : childSpec(spec, place.node.local, place.node.ns);
  return { at, spec };
}
