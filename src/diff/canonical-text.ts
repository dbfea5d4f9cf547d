// An unknown element as one comparable text: namespaces by URI, attributes sorted, comments and layout gone (rule 3).

import { isBlank, XMLNS, type XmlElement } from '../xml/document.ts';

const cache = new WeakMap<XmlElement, string>();

/** Equal exactly when two elements that the table does not know say the same. */
export function canonicalText(element: XmlElement): string {
  let text = cache.get(element);
  if (text === undefined) {
    const parts: string[] = [];
    write(parts, element);
    text = parts.join('');
    cache.set(element, text);
  }
  return text;
}

function write(parts: string[], element: XmlElement): void {
  parts.push('<', qualified(element));
  const attrs = element.attrs
    .filter((attr) => attr.ns !== XMLNS)
    .map((attr) => ` ${qualified(attr)}='${escaped(attr.value)}'`)
    .sort();
  parts.push(...attrs);
  const hasElements = element.children.some((child) => child.type === 'element');
  const inner: string[] = [];
  for (const child of element.children) {
    switch (child.type) {
      case 'element':
        write(inner, child);
        break;
      case 'text':
        if (!isBlank(child) || (!hasElements && !child.value.includes('\n')))
          inner.push(escaped(child.value));
        break;
      case 'comment':
      case 'pi':
        break;
    }
  }
  if (inner.length === 0) parts.push('/>');
  else {
    parts.push('>');
    for (const piece of inner) parts.push(piece);
    parts.push('</', qualified(element), '>');
  }
}

function qualified(name: { readonly local: string; readonly ns: string }): string {
  return name.ns === '' ? name.local : `{${name.ns}}${name.local}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>']/g, (c) => `&#${c.charCodeAt(0)};`);
}
