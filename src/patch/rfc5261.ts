// Patches in their exchange form: an RFC 5261 `<diff>` that any other tool can apply.

import { undeclaredPrefixes } from '../network/spelling.ts';
import { unreachable } from '../std/unreachable.ts';
import { escapeText, escapeValue } from '../xml/characters.ts';
import { makeAttr, XMLNS, type XmlElement } from '../xml/document.ts';
import { layoutNew } from '../xml/layout.ts';
import { printNode } from '../xml/print.ts';
import type { Patch } from './patch.ts';

/** One `<diff>` document with the patches in order; each selector is of the document as the ones before leave it. */
export function printRfc5261(patches: readonly Patch[]): string {
  const namespaces = new Map<string, string>();
  for (const patch of patches) for (const [prefix, uri] of patch.namespaces) namespaces.set(prefix, uri);
  const declarations = [...namespaces]
    .map(([prefix, uri]) => ` xmlns:${prefix}='${escapeValue(uri, "'")}'`)
    .join('');
  if (patches.length === 0) return `<diff${declarations}/>\n`;
  return `<diff${declarations}>\n${patches.map(printed).join('')}</diff>\n`;
}

function printed({ sel, operation }: Patch): string {
  switch (operation.type) {
    case 'add-element': {
      const pos = operation.position === 'append' ? '' : ` pos='${operation.position}'`;
      return operationLine('add', sel, pos, content(operation.content));
    }
    case 'add-attribute':
      return operationLine('add', sel, ` type='@${operation.name}'`, escapeText(operation.value));
    case 'add-text':
      return operationLine('add', sel, '', escapeText(operation.value));
    case 'replace-element':
      return operationLine('replace', sel, '', content(operation.content));
    case 'replace-attribute':
      return operationLine('replace', sel, '', escapeText(operation.value));
    case 'replace-text':
      return operationLine('replace', `${sel}/text()`, '', escapeText(operation.value));
    case 'remove-element':
      return operationLine('remove', sel, operation.blankBefore ? ` ws='before'` : '', '');
    case 'remove-attribute':
      return operationLine('remove', sel, '', '');
    default:
      return unreachable(operation);
  }
}

function operationLine(name: string, sel: string, more: string, inner: string): string {
  // selectors quote with ' by habit, so the attribute that holds them quotes with "
  const head = `  <${name} sel="${escapeValue(sel, '"')}"${more}`;
  return inner === '' && name === 'remove' ? `${head}/>\n` : `${head}>${inner}</${name}>\n`;
}

/** The element in libvirt's layout, with the declarations that it needs outside of its script. */
function content(element: XmlElement): string {
  const declarations = [...undeclaredPrefixes(element)].map(([prefix, uri]) => ({
    ...makeAttr(prefix === '' ? 'xmlns' : `xmlns:${prefix}`, uri),
    local: prefix === '' ? 'xmlns' : prefix,
    ns: XMLNS,
  }));
  // white space beside the element would be content too: RFC 5261 adds whatever stands in `add`
  return printNode(layoutNew({ ...element, attrs: [...declarations, ...element.attrs] }, '  ', '  ', '\n'));
}
