import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  makeAttr,
  makeElement,
  makeText,
  withAttrs,
  withChildren,
  type XmlDocument,
  type XmlElement,
  type XmlNode,
} from '../../src/xml/document.ts';
import { parseDocument, parseFragment } from '../../src/xml/parse.ts';
import { printDocument, printNode } from '../../src/xml/print.ts';
import { arbitraryXml } from './arbitrary-xml.ts';
import { meaning, problems } from './check-xml.ts';

function read(text: string): XmlDocument {
  const checked = parseDocument({ name: 'x.xml', text });
  expect(problems(checked)).toBe('');
  return checked.value!; // no problem, so a document
}

/** The document with `edit` done to the element at `path` (child indexes from the root). */
function edited(
  document: XmlDocument,
  path: readonly number[],
  edit: (element: XmlElement) => XmlElement,
): XmlDocument {
  const at = (element: XmlElement, depth: number): XmlElement => {
    const index = path[depth];
    if (index === undefined) return edit(element);
    const child = element.children[index] as XmlElement; // paths lead to elements
    return withChildren(element, element.children.with(index, at(child, depth + 1)));
  };
  return { ...document, root: at(document.root, 0) };
}

function pathsOf(element: XmlElement, here: readonly number[] = []): readonly (readonly number[])[] {
  return [
    here,
    ...element.children.flatMap((child, i) => (child.type === 'element' ? pathsOf(child, [...here, i]) : [])),
  ];
}

function elementAt(document: XmlDocument, path: readonly number[]): XmlElement {
  return path.reduce((element, index) => element.children[index] as XmlElement, document.root); // paths lead to elements
}

/** A document, the path of one of its elements, and that element. */
const place = fc.tuple(arbitraryXml, fc.nat()).map(([text, pick]) => {
  const document = read(text);
  const paths = pathsOf(document.root);
  const path = paths[pick % paths.length]!; // there is at least the root
  return { text, document, path, element: elementAt(document, path) };
});

const value = fc.string({
  unit: fc.constantFrom('a', "'", '"', '<', '>', '&', '\n', '\t', '\r', ' ', 'é', '😀', ']]>'),
  maxLength: 6,
});

/** The edited document prints as `expected`, and reading that gives the edited tree. */
function printsAs(document: XmlDocument, expected: string): void {
  const printed = printDocument(document);
  expect(printed).toBe(expected);
  expect(meaning(read(printed).root)).toBe(meaning(document.root));
}

function nameEnd(element: XmlElement): number {
  return element.start + 1 + element.name.length;
}

test('an untouched document prints as it was, byte for byte', () => {
  fc.assert(
    fc.property(arbitraryXml, (text) => {
      const document = read(text);
      expect(printDocument(document)).toBe(text);
      // thawed and frozen without change: each opening tag is put together from its pieces
      const again = (element: XmlElement): XmlElement =>
        withAttrs(
          withChildren(
            element,
            element.children.map((child) => (child.type === 'element' ? again(child) : child)),
          ),
          element.attrs,
        );
      expect(printDocument({ ...document, root: again(document.root) })).toBe(text);
    }),
    { numRuns: 300 },
  );
});

describe('an edit changes no bytes but its own', () => {
  test('changed attribute', () => {
    fc.assert(
      fc.property(place, fc.nat(), value, ({ text, document, path, element }, pick, to) => {
        const attrs = element.attrs.filter((a) => !a.name.startsWith('xmlns'));
        fc.pre(attrs.length > 0);
        const old = attrs[pick % attrs.length]!; // not empty
        const next = edited(document, path, (e) =>
          withAttrs(
            e,
            e.attrs.map((a) => (a === old ? { ...a, value: to, intact: false } : a)),
          ),
        );
        const printed = printDocument(next);
        expect(printed.startsWith(text.slice(0, old.valueStart))).toBe(true);
        expect(printed.endsWith(text.slice(old.end - 1))).toBe(true);
        const between = printed.slice(old.valueStart, printed.length - (text.length - old.end + 1));
        expect(between).not.toMatch(/[<>\t\n\r]/);
        expect(between).not.toContain(text[old.valueStart - 1]);
        expect(meaning(read(printed).root)).toBe(meaning(next.root));
      }),
      { numRuns: 300 },
    );
  });

  test('removed attributes', () => {
    fc.assert(
      fc.property(place, fc.nat(), fc.nat(), ({ text, document, path, element }, from, count) => {
        const free = element.attrs.findIndex((a) => !a.name.startsWith('xmlns'));
        fc.pre(free !== -1);
        const first = free + (from % (element.attrs.length - free));
        const last = first + (count % (element.attrs.length - first));
        const next = edited(document, path, (e) => withAttrs(e, e.attrs.toSpliced(first, last - first + 1)));
        const start = first === 0 ? nameEnd(element) : element.attrs[first - 1]!.end; // first > 0
        printsAs(next, text.slice(0, start) + text.slice(element.attrs[last]!.end)); // last is inside
      }),
      { numRuns: 300 },
    );
  });

  test('added attribute', () => {
    fc.assert(
      fc.property(place, value, ({ text, document, path, element }, to) => {
        const next = edited(document, path, (e) => withAttrs(e, [...e.attrs, makeAttr('new', to)]));
        const at = element.attrs.at(-1)?.end ?? nameEnd(element);
        const printed = printDocument(next);
        const rest = text.slice(at);
        expect(printed.startsWith(text.slice(0, at))).toBe(true);
        expect(printed.endsWith(rest)).toBe(true);
        expect(printed.slice(at, printed.length - rest.length)).toMatch(
          /^\s+new=(['"])(?:(?!\1)[^<>\t\n\r])*\1$/,
        );
        expect(meaning(read(printed).root)).toBe(meaning(next.root));
      }),
      { numRuns: 300 },
    );
  });

  test('removed child', () => {
    fc.assert(
      fc.property(place, fc.nat(), ({ text, document, path, element }, pick) => {
        fc.pre(element.children.length > 0);
        const child = element.children[pick % element.children.length]!; // not empty
        const next = edited(document, path, (e) =>
          withChildren(
            e,
            e.children.filter((c) => c !== child),
          ),
        );
        printsAs(next, text.slice(0, child.start) + text.slice(child.end));
      }),
      { numRuns: 300 },
    );
  });

  test('added child, from another text or made', () => {
    const fragment = parseFragment({ name: 's', text: 'add <new  x="1"><y/></new> to' }, 4, 27, new Map())
      .value!; // well-formed
    const made = makeElement(
      { name: 'new', local: 'new', ns: '' },
      [makeAttr('x', "it's")],
      [makeText('<&>')],
    );
    fc.assert(
      fc.property(place, fc.nat(), fc.boolean(), ({ text, document, path, element }, pick, fresh) => {
        const child: XmlNode = fresh ? made : fragment;
        const at = pick % (element.children.length + 1);
        const next = edited(document, path, (e) => withChildren(e, e.children.toSpliced(at, 0, child)));
        const spelled = fresh ? "<new x='it&apos;s'>&lt;&amp;&gt;</new>" : '<new  x="1"><y/></new>';
        const printed = printDocument(next);
        if (element.openEnd === element.closeStart && text[element.openEnd - 2] === '/') {
          const tail = text.slice(0, element.openEnd - 2).trimEnd().length;
          expect(printed).toBe(
            `${text.slice(0, tail)}>${spelled}</${element.name}>${text.slice(element.end)}`,
          );
        } else {
          const offset = element.children[at]?.start ?? element.closeStart;
          expect(printed).toBe(text.slice(0, offset) + spelled + text.slice(offset));
        }
        // the default namespace of a made element is the caller's care, so `{}new` may read back as `{urn:d}new`
        expect(meaning(read(printed).root).replaceAll('{urn:d}', '{}')).toBe(
          meaning(next.root).replaceAll('{urn:d}', '{}'),
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe('spelling', () => {
  const root = (text: string): XmlElement => read(text).root;
  const set = (element: XmlElement, name: string, to: string): XmlElement =>
    withAttrs(
      element,
      element.attrs.map((a) => (a.name === name ? { ...a, value: to, intact: false } : a)),
    );
  const added = (element: XmlElement, name: string, to: string): XmlElement =>
    withAttrs(element, [...element.attrs, makeAttr(name, to)]);
  const without = (element: XmlElement, name: string): XmlElement =>
    withAttrs(
      element,
      element.attrs.filter((a) => a.name !== name),
    );
  const filled = (element: XmlElement): XmlElement => withChildren(element, [makeText('x')]);

  test.each([
    [
      'a changed value keeps its quotes',
      set(root(`<a b = "1" c='2' />`), 'b', `"<'>&`),
      `<a b = "&quot;&lt;'&gt;&amp;" c='2' />`,
    ],
    ['tabs and line ends as references', set(root(`<a b='1'/>`), 'b', '\t\n\r'), `<a b='&#9;&#10;&#13;'/>`],
    [
      'a new attribute takes the quotes of the first',
      added(root(`<a b="1"/>`), 'c', `'"`),
      `<a b="1" c="'&quot;"/>`,
    ],
    ['or else single ones', added(root('<a/>'), 'c', `'"`), `<a c='&apos;"'/>`],
    ['the tail is kept', added(root('<a  />'), 'c', '1'), `<a c='1'  />`],
    [
      'and the line ends',
      added(root("<a\n  b='1'\n  d='2'\n/>"), 'c', '1'),
      "<a\n  b='1'\n  d='2'\n  c='1'\n/>",
    ],
    [
      'one attribute on a line of its own',
      added(root("<a\r\n\tb='1'>x</a>"), 'c', '1'),
      "<a\r\n\tb='1'\r\n\tc='1'>x</a>",
    ],
    ['the last attribute goes', without(root("<a\n  b='1'\n/>"), 'b'), '<a\n/>'],
    ['opens up', filled(root("<a b='1' />")), "<a b='1'>x</a>"],
    ['stays open', withChildren(root('<a>x</a >'), []), '<a></a >'],
    [
      'made, without children',
      makeElement({ name: 'p:a', local: 'a', ns: 'u' }, [makeAttr('b', '1')], []),
      "<p:a b='1'/>",
    ],
    ['made text', withChildren(root('<a/>'), [makeText('a\r\nb]]>')]), '<a>a&#13;\nb]]&gt;</a>'],
    ['made line ends', withChildren(root('<a/>'), [makeText('\r\n  ')]), '<a>\r\n  </a>'],
    ['a lone carriage return', withChildren(root('<a/>'), [makeText(' \r ')]), '<a> &#13; </a>'],
    [
      'made CDATA',
      withChildren(root('<a/>'), [{ ...makeText('<]]>'), cdata: true }]),
      '<a><![CDATA[<]]]]><![CDATA[>]]></a>',
    ],
    [
      'an attribute renewed in place',
      withAttrs(root(`<a b="1" c='2'/>`), [makeAttr('c', '2'), makeAttr('b', '1')]),
      `<a c='2' b='1'/>`,
    ],
  ])('%s', (_, element, expected) => {
    expect(printNode(element)).toBe(expected);
    expect(meaning(root(expected.replaceAll('p:', '')))).toBe(
      meaning(root(printNode(element).replaceAll('p:', ''))),
    );
  });

  test('what XML cannot hold is not printed', () => {
    for (const bad of ['\u0000', '\u001b', '\ud800', '\uffff']) {
      expect(() =>
        printNode(makeElement({ name: 'a', local: 'a', ns: '' }, [makeAttr('b', bad)], [])),
      ).toThrow('reached the XML printer');
      expect(() => printNode(makeText(bad))).toThrow('reached the XML printer');
    }
  });

  test('a tree far deeper than a parser accepts', () => {
    let element = makeElement({ name: 'a', local: 'a', ns: '' }, [], []);
    for (let i = 0; i < 100_000; i++) element = makeElement({ name: 'a', local: 'a', ns: '' }, [], [element]);
    expect(printNode(element)).toBe(`${'<a>'.repeat(100_000)}<a/>${'</a>'.repeat(100_000)}`);
  });
});

test('printing after one edit among 65,000 hosts keeps the rest', () => {
  const text = `<dhcp>${Array.from({ length: 65_000 }, (_, i) => `\n  <host ip='10.0.${i >> 8}.${i & 255}'/>`).join('')}\n</dhcp>`;
  const document = read(text);
  const next = edited(document, [2 * 30_000 + 1], (e) => withAttrs(e, [...e.attrs, makeAttr('name', 'x')]));
  expect(printDocument(next).length).toBe(text.length + " name='x'".length);
});
