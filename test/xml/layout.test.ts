import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Span } from '../../src/source/source.ts';
import {
  attrSpanOf,
  elementsOf,
  isBlank,
  makeText,
  spanOf,
  withChildren,
  type XmlElement,
} from '../../src/xml/document.ts';
import { layoutNew, layoutOf } from '../../src/xml/layout.ts';
import { parseDocument, parseFragment } from '../../src/xml/parse.ts';
import { printNode } from '../../src/xml/print.ts';
import { arbitraryXml } from './arbitrary-xml.ts';
import { substance } from './check-xml.ts';

const read = (text: string): XmlElement => parseDocument({ name: 'x.xml', text }).value!.root; // the texts below are well-formed
const fragment = (text: string): XmlElement =>
  parseFragment({ name: 's', text }, 0, text.length, new Map()).value!; // as above

/** The element child called `name`, and the chain of elements above it. */
function find(
  root: XmlElement,
  name: string,
): { readonly above: readonly XmlElement[]; readonly parent: XmlElement } {
  const search = (
    element: XmlElement,
    above: readonly XmlElement[],
  ): { above: readonly XmlElement[]; parent: XmlElement } | null => {
    if (element.name === name) return { above, parent: element };
    for (const child of element.children) {
      const found = child.type === 'element' ? search(child, [...above, element]) : null;
      if (found !== null) return found;
    }
    return null;
  };
  const found = search(root, []);
  if (found === null) throw new Error(`no <${name}>`);
  return found;
}

/** The document with `<new>…</new>` put at the end of its `<to>`. */
function withNew(text: string, piece = "<new x='1'/>", twice = false): string {
  let root = read(text);
  for (let i = 0; i < (twice ? 2 : 1); i++) {
    const { above, parent } = find(root, 'to');
    const layout = layoutOf(above, parent);
    const tail = parent.children.at(-1);
    const kept = tail !== undefined && isBlank(tail) ? parent.children.slice(0, -1) : parent.children;
    const lead = layout.breaks ? [makeText(layout.newline + layout.indent)] : [];
    const close =
      tail !== undefined && isBlank(tail)
        ? [tail]
        : layout.breaks && tail === undefined
          ? [makeText(layout.newline + layout.closeIndent)]
          : [];
    const made = layoutNew(fragment(piece), layout.indent, layout.unit, layout.breaks ? layout.newline : '');
    let next = withChildren(parent, [...kept, ...lead, made, ...close]);
    for (const [k, outer] of above.toReversed().entries()) {
      const inner = k === 0 ? parent : above[above.length - k]!; // k < above.length
      const changed = next;
      next = withChildren(
        outer,
        outer.children.map((c) => (c === inner ? changed : c)),
      );
    }
    root = next;
  }
  return printNode(root);
}

describe('a new element takes the layout of its place', () => {
  test.each([
    [
      'two blanks',
      '<a>\n  <to>\n    <b/>\n  </to>\n</a>',
      "<a>\n  <to>\n    <b/>\n    <new x='1'/>\n  </to>\n</a>",
    ],
    [
      'tabs',
      '<a>\n\t<to>\n\t\t<b/>\n\t</to>\n</a>',
      "<a>\n\t<to>\n\t\t<b/>\n\t\t<new x='1'/>\n\t</to>\n</a>",
    ],
    [
      'four blanks, no siblings',
      '<a>\n    <to/>\n</a>',
      "<a>\n    <to>\n        <new x='1'/>\n    </to>\n</a>",
    ],
    [
      'opening and closing tag, no siblings',
      '<a>\n  <to></to>\n</a>',
      "<a>\n  <to>\n    <new x='1'/>\n  </to>\n</a>",
    ],
    ['only white space', '<a>\n  <to>\n  </to>\n</a>', "<a>\n  <to>\n    <new x='1'/>\n  </to>\n</a>"],
    [
      'CRLF',
      '<a>\r\n  <to>\r\n    <b/>\r\n  </to>\r\n</a>',
      "<a>\r\n  <to>\r\n    <b/>\r\n    <new x='1'/>\r\n  </to>\r\n</a>",
    ],
    ['CRLF, no siblings', '<a>\r\n  <to/>\r\n</a>', "<a>\r\n  <to>\r\n    <new x='1'/>\r\n  </to>\r\n</a>"],
    ['one line', '<a><to><b/></to></a>', "<a><to><b/><new x='1'/></to></a>"],
    ['one line, no siblings', '<a><to/></a>', "<a><to><new x='1'/></to></a>"],
    [
      'one line in a document of many',
      '<a>\n  <c><to/></c>\n</a>',
      "<a>\n  <c><to><new x='1'/></to></c>\n</a>",
    ],
    ['no indentation', '<a>\n<to>\n<b/>\n</to>\n</a>', "<a>\n<to>\n<b/>\n<new x='1'/>\n</to>\n</a>"],
    [
      'the siblings, not the parent, count',
      '<a>\n  <to>\n   <b/>\n  </to>\n</a>',
      "<a>\n  <to>\n   <b/>\n   <new x='1'/>\n  </to>\n</a>",
    ],
    [
      'after a comment',
      '<a>\n  <to>\n    <!-- c -->\n  </to>\n</a>',
      "<a>\n  <to>\n    <!-- c -->\n    <new x='1'/>\n  </to>\n</a>",
    ],
    ['an empty root', '<to/>', "<to>\n  <new x='1'/>\n</to>"],
    ['an indented root', '  <to/>', "<to>\n    <new x='1'/>\n  </to>"],
    [
      'blank lines between siblings',
      '<a>\n\n  <to>\n\n    <b/>\n\n  </to>\n</a>',
      "<a>\n\n  <to>\n\n    <b/>\n    <new x='1'/>\n\n  </to>\n</a>",
    ],
    ['text', '<a>\n  <to>text</to>\n</a>', "<a>\n  <to>text<new x='1'/></to>\n</a>"],
  ])('%s', (_, text, expected) => expect(withNew(text)).toBe(expected));

  test('and so do its children', () => {
    expect(withNew('<a>\n\t<to/>\n</a>', '<n><!-- c --><o   p="1"><q/></o><r> t&#33; </r></n>')).toBe(
      "<a>\n\t<to>\n\t\t<n>\n\t\t\t<o p='1'>\n\t\t\t\t<q/>\n\t\t\t</o>\n\t\t\t<r> t! </r>\n\t\t</n>\n\t</to>\n</a>",
    );
    expect(withNew('<a><to/></a>', '<n>\n  <o/>\n</n>')).toBe('<a><to><n><o/></n></to></a>');
  });

  test('a second one stands below the first, also in a parent that an edit made', () => {
    expect(withNew('<a>\n  <to/>\n</a>', '<n/>', true)).toBe(
      '<a>\n  <to>\n    <n/>\n    <n/>\n  </to>\n</a>',
    );
    expect(
      withNew('<a>\n\t<c>\n\t\t<to/>\n\t</c>\n</a>'.replace('<to/>', '<to><d/></to>'), '<n/>', true),
    ).toBe('<a>\n\t<c>\n\t\t<to><d/><n/><n/></to>\n\t</c>\n</a>');
    const root = read('<a>\n   <b/>\n</a>');
    const made = layoutNew(fragment('<to/>'), '   ', '   ', '\n');
    expect(layoutOf([withChildren(root, [...root.children, makeText('\n   '), made])], made)).toEqual({
      breaks: true,
      newline: '\n',
      indent: '      ',
      closeIndent: '   ',
      unit: '   ',
    });
  });
});

describe('layoutNew', () => {
  test.each([
    ['<a/>', '<a/>'],
    ['<a></a>', '<a/>'],
    ['<a> \n </a>', '<a/>'],
    ['<a> </a>', '<a> </a>'],
    ['<a b="1"\n   c=\'2\'>\n\n<b/></a>', "<a b='1' c='2'>\n    <b/>\n  </a>"],
    ['<a>t<!-- c --></a>', '<a>t</a>'],
    ['<a><![CDATA[<]]></a>', '<a>&lt;</a>'],
    ['<a>x <b  y="1"/> z</a>', "<a>x <b y='1'/> z</a>"],
    ["<a>'<?p?>&#13;\n </a>", "<a>'&#13;\n </a>"],
    ['<a><!-- c --><?p?><b/></a>', '<a>\n    <b/>\n  </a>'],
    ["<p:a xmlns:p='u' p:b='1'/>", "<p:a xmlns:p='u' p:b='1'/>"],
  ])('%j', (text, expected) => expect(printNode(layoutNew(fragment(text), '  ', '  ', '\n'))).toBe(expected));

  test('still names the text that made it', () => {
    const text = 'add <a b="1"><c/></a>';
    const element = parseFragment({ name: 's', text }, 4, text.length, new Map()).value!; // well-formed
    const made = layoutNew(element, '', '  ', '\n');
    const pointed = (span: Span | null): string | undefined => span?.source.text.slice(span.start, span.end);
    expect(pointed(spanOf(made))).toBe('<a b="1">');
    expect(pointed(attrSpanOf(made, made.attrs[0]!))).toBe('b="1"'); // it has one
    expect(elementsOf(made).map((child) => pointed(spanOf(child)))).toEqual(['<c/>']);
  });

  test('says the same, and is laid out already', () => {
    fc.assert(
      fc.property(arbitraryXml, (text) => {
        const root = read(text);
        const once = layoutNew(root, '', '  ', '\n');
        const printed = printNode(once);
        expect(substance(read(printed))).toBe(substance(root));
        expect(printNode(layoutNew(read(printed), '', '  ', '\n'))).toBe(printed);
      }),
      { numRuns: 200 },
    );
  });
});

test('finding the layout does not walk 65,000 siblings each time', () => {
  const root = read(`<to>${'<b/>'.repeat(200_000)}</to>`);
  const layout = layoutOf([], root);
  let last = layout;
  // walking would take minutes, which the time limit of every test ends
  for (let i = 0; i < 200_000; i++) last = layoutOf([], root);
  expect(last).toEqual(layout);
});
