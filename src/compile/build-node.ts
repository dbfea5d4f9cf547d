// A written node → an element: names and values checked against the table, each mistake at its place in the script.

import { error, warning } from '../diagnostics/diagnostic.ts';
import type { AttrSpec, ElementSpec } from '../network/spec.ts';
import { attrSpecOf, childSpec, childSpecByName } from '../network/table.ts';
import { canonical, describeType } from '../network/values.ts';
import { nearestName } from '../std/nearest-name.ts';
import type { Attr, Node, XmlNodeLiteral } from '../syntax/ast.ts';
import {
  makeElement,
  makeText,
  remadeAttr,
  withOrigin,
  type XmlAttr,
  type XmlElement,
  type XmlNode,
} from '../xml/document.ts';
import { parseFragment } from '../xml/parse.ts';
import { evaluate } from './environment.ts';
import { attributeHelp, type Found, listOf, type Scene, unknownElement } from './resolve.ts';

/** A child to be: the element and what the table says of it. */
export type Built = { readonly element: XmlElement; readonly spec: ElementSpec | null };

/**
 * The element that a node describes, as a child of `parent`. Null when something about it is wrong; the problems are in
 * the scene. That nothing needed is missing is checked on the result, not here.
 */
export function buildNode(scene: Scene, parent: Found, node: Node): Built | null {
  if (node.type === 'xml') return buildLiteral(scene, parent.spec, node);
  const spec =
    parent.spec === null
      ? null
      : (childSpecByName(parent.spec, node.name.text) ?? byNamespace(scene, parent.spec, node.name.text));
  if (spec === null) {
    scene.problems.push(unknownElement(parent, node.name));
    return null;
  }
  const element = buildKnown(scene, spec, node);
  return element === null ? null : { element, spec };
}

function byNamespace(scene: Scene, parent: ElementSpec, name: string): ElementSpec | null {
  const colon = name.indexOf(':');
  const uri = colon === -1 ? undefined : scene.namespaces.get(name.slice(0, colon));
  return uri === undefined ? null : childSpec(parent, name.slice(colon + 1), uri);
}

type Written = Exclude<Node, XmlNodeLiteral>;

function buildKnown(scene: Scene, spec: ElementSpec, node: Written): XmlElement | null {
  const attrs = buildAttributes(scene, spec, node.attrs);
  const children: XmlNode[] = [];
  let good = attrs !== null;
  if (node.text !== null) {
    const text = evaluate(node.text, scene.environment, scene.problems);
    if (spec.text === null) {
      scene.problems.push(
        error('SL407', node.text.span, `\`${spec.name}\` holds no text`, { help: attributeHelp(spec) }),
      );
      good = false;
    } else if (text === null || !checkText(scene, spec, text, node.text.span)) good = false;
    else children.push(makeText(text));
  }
  for (const inner of node.body) {
    const built =
      inner.type === 'xml'
        ? (buildLiteral(scene, spec, inner)?.element ?? null)
        : buildInner(scene, spec, inner);
    if (built === null) good = false;
    else children.push(built);
  }
  return good && attrs !== null ? withOrigin(makeElement(spec, attrs, children), node.span) : null;
}

function buildInner(scene: Scene, parent: ElementSpec, node: Written): XmlElement | null {
  const spec = childSpecByName(parent, node.name.text) ?? byNamespace(scene, parent, node.name.text);
  if (spec !== null) return buildKnown(scene, spec, node);
  const near = nearestName(
    node.name.text,
    parent.children.map((one) => one.name),
  );
  scene.problems.push(
    error('SL401', node.name.span, `unknown element \`${node.name.text}\` in \`${parent.name}\``, {
      help:
        near !== null
          ? `did you mean \`${near}\`?`
          : parent.children.length === 0
            ? `\`${parent.name}\` has no child elements`
            : `\`${parent.name}\` can hold ${listOf(parent.children.map((one) => one.name))}`,
    }),
  );
  return null;
}

export function checkText(scene: Scene, spec: ElementSpec, text: string, span: Attr['span']): boolean {
  if (spec.text === null || canonical(spec.text, text) !== null) return true;
  scene.problems.push(
    error('SL420', span, `\`${text}\` is no text for \`${spec.name}\``, {
      help: `write ${describeType(spec.text)}`,
    }),
  );
  return false;
}

/** Attributes as written, checked; optional ones (`?`) with an empty value left out. Null when one is wrong. */
export function buildAttributes(
  scene: Scene,
  spec: ElementSpec,
  attrs: readonly Attr[],
): readonly XmlAttr[] | null {
  const made: XmlAttr[] = [];
  let good = true;
  for (const attr of attrs) {
    const known = attrSpecOf(spec, attr.name.text);
    const value = evaluate(attr.value, scene.environment, scene.problems);
    if (known === null) {
      const near = nearestName(
        attr.name.text,
        spec.attrs.map((one) => one.name),
      );
      scene.problems.push(
        error('SL402', attr.name.span, `unknown attribute \`${attr.name.text}\` of \`${spec.name}\``, {
          help: near === null ? attributeHelp(spec) : `did you mean \`${near}\`?`,
        }),
      );
    }
    if (known === null || value === null) {
      good = false;
      continue;
    }
    if (value === '' && attr.optional) continue;
    if (!checkValue(scene, spec, known, value, attr)) {
      good = false;
      continue;
    }
    made.push(remadeAttr({ name: attr.name.text, local: attr.name.text, ns: '', value }, attr.span));
  }
  return good ? made : null;
}

export function checkValue(
  scene: Scene,
  spec: ElementSpec,
  attr: AttrSpec,
  value: string,
  written: Attr,
): boolean {
  if (canonical(attr.type, value) !== null) return true;
  const near = attr.type.kind === 'enum' ? nearestName(value, attr.type.values) : null;
  scene.problems.push(
    error('SL420', written.value.span, `\`${value}\` is no value for \`${spec.name}@${attr.name}\``, {
      help:
        near !== null
          ? `did you mean \`${near}\`?`
          : `write ${describeType(attr.type)}${value === '' && !written.optional ? `, or \`${attr.name}=…?\` to leave the attribute out when the value is empty` : ''}`,
    }),
  );
  return false;
}

/** An XML literal as a child of `parent`. What the table does not know is let through: the rules warn, policy decides. */
function buildLiteral(scene: Scene, parent: ElementSpec | null, literal: XmlNodeLiteral): Built | null {
  const element = readLiteral(scene, literal);
  if (element === null) return null;
  const spec = parent === null ? null : childSpec(parent, element.local, element.ns);
  return { element, spec };
}

/** The literal as an element; its places are those of the script. */
export function readLiteral(scene: Scene, literal: XmlNodeLiteral): XmlElement | null {
  const { source, start, end } = literal.span;
  const { value, diagnostics } = parseFragment(source, start, end, scene.namespaces);
  scene.problems.push(...diagnostics);
  if (value !== null && hasComment(value)) {
    scene.problems.push(
      warning('SL434', literal.span, 'comments in a script are not stored', {
        help: 'put the comment into the script itself, behind `#`',
      }),
    );
  }
  return value;
}

function hasComment(element: XmlElement): boolean {
  return element.children.some(
    (child) =>
      child.type === 'comment' || child.type === 'pi' || (child.type === 'element' && hasComment(child)),
  );
}
