// Operations that come as data, not as statements: those of an RFC 5261 document, and the call of the libvirt RFC
// (nodeSpec, xml, flags). Both select with an XPath and then do what statements do.

import { type Checked, type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { childSpec } from '../network/table.ts';
import { type Source, type Span, span } from '../source/source.ts';
import { unreachable } from '../std/unreachable.ts';
import {
  attrOf,
  attrSpanOf,
  elementsOf,
  remadeAttr,
  spanOf,
  textOf,
  XMLNS,
  type XmlElement,
} from '../xml/document.ts';
import { parseDocument } from '../xml/parse.ts';
import { parentOf, perform, type RawAct, selectAll } from './raw-patch.ts';
import type { Stage } from './stage.ts';
import { addBuilt, matching, putBuilt, removeFound } from './statement.ts';

export type RawOperation = {
  readonly sel: string;
  readonly namespaces: ReadonlyMap<string, string>;
  readonly span: Span;
  readonly act:
    | RawAct
    /** The RFC's flags: `add` must not be there; `delete` by just enough of it; `update` makes it so, adding it if needed. */
    | {
        readonly type: 'node-spec';
        readonly flag: 'add' | 'delete' | 'update';
        readonly element: XmlElement;
      };
};

/** Runs one operation on the draft. Problems go to the stage. */
export function runOperation(stage: Stage, operation: RawOperation): void {
  const targets = selectAll(stage, operation.sel, operation.span, operation.namespaces, new Map());
  if (targets === null) return;
  const [target] = targets;
  if (target === undefined || targets.length > 1) {
    stage.problems.push(
      error(
        'SL460',
        operation.span,
        target === undefined
          ? `\`${operation.sel}\` selects nothing`
          : `\`${operation.sel}\` selects ${targets.length} nodes`,
        {
          help: 'a patch selects exactly one node of the document as it is by then',
        },
      ),
    );
    return;
  }
  const { act } = operation;
  if (act.type !== 'node-spec') {
    perform(stage, target, act, operation.span);
    return;
  }
  if (target.type !== 'element') {
    stage.problems.push(
      error('SL461', operation.span, 'nodeSpec selects the parent element', {
        help: 'leave out the attribute at the end of the XPath',
      }),
    );
    return;
  }
  const parent = parentOf(target.at);
  const spec = parent.spec === null ? null : childSpec(parent.spec, act.element.local, act.element.ns);
  const built = { element: act.element, spec };
  switch (act.flag) {
    case 'add':
      addBuilt(stage, parent, built, null, operation.span);
      break;
    case 'update':
      putBuilt(stage, parent, built);
      break;
    case 'delete': {
      const matches = matching(parent, built);
      const [match] = matches;
      if (match === undefined || matches.length > 1) {
        stage.problems.push(
          error(
            match === undefined ? 'SL403' : 'SL404',
            operation.span,
            match === undefined
              ? `nothing there has all that \`${act.element.name}\` gives`
              : `${matches.length} elements have all that \`${act.element.name}\` gives`,
            {
              help: 'give just enough of the element to match exactly one',
            },
          ),
        );
      } else removeFound(stage, match, operation);
      break;
    }
    default:
      unreachable(act.flag);
  }
}

/** The operations of an RFC 5261 document (any root element; its children are `add`, `replace` and `remove`). */
export function readRfc5261(source: Source): Checked<readonly RawOperation[]> {
  const { value: document, diagnostics } = parseDocument(source);
  if (document === null) return { value: [], diagnostics };
  const problems: Diagnostic[] = [...diagnostics];
  const { root } = document;
  const outer = declaredOn(root, new Map());
  const operations: RawOperation[] = [];
  if (root.local !== 'diff') {
    problems.push(
      error('SL462', spanOf(root), `\`${root.name}\` is not the root of a patch document`, {
        help: "an RFC 5261 document is `<diff><add sel='…'>…</add>…</diff>`; a whole network is `<network>`",
      }),
    );
    return { value: [], diagnostics: problems };
  }
  for (const element of elementsOf(root)) {
    const operation = readOperation(element, declaredOn(element, outer), problems);
    if (operation !== null) operations.push(operation);
  }
  return { value: operations, diagnostics: problems };
}

function declaredOn(element: XmlElement, outer: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const inner = new Map(outer);
  for (const attr of element.attrs)
    if (attr.ns === XMLNS && attr.name !== 'xmlns') inner.set(attr.local, attr.value);
  return inner;
}

function readOperation(
  element: XmlElement,
  namespaces: ReadonlyMap<string, string>,
  problems: Diagnostic[],
): RawOperation | null {
  const at = spanOf(element) ?? span({ name: '', text: '' }, 0, 0);
  const wrong = (message: string, help: string): null => {
    problems.push(error('SL462', at, message, { help }));
    return null;
  };
  const sel = attrOf(element, 'sel');
  if (sel === undefined)
    return wrong(
      `\`${element.name}\` has no \`sel\``,
      'select the node with an XPath: `sel="/network/ip[1]"`',
    );
  const where = attrSpanOf(element, sel) ?? at;
  const made = (act: RawOperation['act']): RawOperation => ({ sel: sel.value, namespaces, span: where, act });
  const [content, ...more] = elementsOf(element);
  const text = textOf(element);
  switch (element.local) {
    case 'remove':
      return made({ type: 'remove' });
    case 'replace':
      if (more.length > 0) return wrong('`replace` holds one element', 'use one `replace` for each');
      return made(content === undefined ? { type: 'text', value: text } : { type: 'replace', content });
    case 'add':
      return readAdd(element, namespaces, content, more, text, wrong, made);
    default:
      return wrong(`\`${element.name}\` is no operation of RFC 5261`, 'use `add`, `replace` or `remove`');
  }
}

function readAdd(
  element: XmlElement,
  namespaces: ReadonlyMap<string, string>,
  content: XmlElement | undefined,
  more: readonly XmlElement[],
  text: string,
  wrong: (message: string, help: string) => null,
  made: (act: RawOperation['act']) => RawOperation,
): RawOperation | null {
  const type = attrOf(element, 'type')?.value;
  if (type !== undefined) {
    if (!type.startsWith('@'))
      return wrong(`\`type='${type}'\` cannot be added`, 'namespace declarations come with what uses them');
    const name = type.slice(1);
    const colon = name.indexOf(':');
    const ns = colon === -1 ? '' : namespaces.get(name.slice(0, colon));
    if (ns === undefined)
      return wrong(`the prefix of \`${name}\` is not declared`, 'declare it on the `diff` element');
    return made({
      type: 'set',
      attrs: [remadeAttr({ name, local: name.slice(colon + 1), ns, value: text }, spanOf(element))],
    });
  }
  if (content === undefined)
    return text.trim() === ''
      ? wrong('`add` holds nothing to add', 'put an element in it')
      : made({ type: 'text', value: text });
  if (more.length > 0) return wrong('`add` holds several elements', 'use one `add` for each');
  const pos = attrOf(element, 'pos')?.value;
  switch (pos) {
    case undefined:
      return made({ type: 'add', content, position: 'append' });
    case 'prepend':
    case 'before':
    case 'after':
      return made({ type: 'add', content, position: pos });
    default:
      return wrong(
        `\`pos='${pos}'\` is no position`,
        'use `prepend`, `before` or `after`, or leave it out to append',
      );
  }
}
