// One way to say what a text means and what is wrong with it, for all tests of this room.

import type { Checked } from '../../src/diagnostics/diagnostic.ts';
import type { XmlNode } from '../../src/xml/document.ts';

/** What a node means, in one line each: namespaces by URI, no prefixes, no places. Layout is kept: blank text is text. */
export function meaning(node: XmlNode, indent = ''): string {
  if (node.type === 'text') return `${indent}${JSON.stringify(node.value)}\n`;
  if (node.type !== 'element') return `${indent}${node.type} ${JSON.stringify(node.value)}\n`;
  const attrs = node.attrs.map((a) => ` {${a.ns}}${a.local}=${JSON.stringify(a.value)}`).sort();
  return `${indent}{${node.ns}}${node.local}${attrs.join('')}\n${children(node.children, `${indent}  `)}`;
}

/** Neighbouring texts mean the same as one. */
function children(nodes: readonly XmlNode[], indent: string): string {
  let out = '';
  let text = '';
  const flush = (): void => {
    if (text !== '') out += `${indent}${JSON.stringify(text)}\n`;
    text = '';
  };
  for (const node of nodes) {
    if (node.type === 'text') text += node.value;
    else {
      flush();
      out += meaning(node, indent);
    }
  }
  flush();
  return out;
}

/** The same without layout, comments and instructions: what libvirt reads. */
export function substance(node: XmlNode): string {
  return meaning(withoutRemarks(node))
    .split('\n')
    .filter((line) => !/^\s*"(?:\\[nrt]| )*"$/.test(line))
    .join('\n');
}

function withoutRemarks(node: XmlNode): XmlNode {
  if (node.type !== 'element') return node;
  return {
    ...node,
    children: node.children.filter((c) => c.type === 'element' || c.type === 'text').map(withoutRemarks),
  };
}

/** Problems as `SLnnn severity "text pointed at" message`, and the text of labels behind `also`. */
export function problems(checked: Checked<unknown>): string {
  return checked.diagnostics
    .map((d) => {
      const pointed =
        d.span === null ? 'nowhere' : JSON.stringify(d.span.source.text.slice(d.span.start, d.span.end));
      const labels = d.labels.map(
        (l) => ` also ${JSON.stringify(l.span.source.text.slice(l.span.start, l.span.end))}`,
      );
      return `${d.code} ${pointed} ${d.message}${labels.join('')}`;
    })
    .join('\n');
}
