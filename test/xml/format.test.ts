import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withAttrs, type XmlDocument } from '../../src/xml/document.ts';
import { formatXml } from '../../src/xml/format.ts';
import { parseDocument } from '../../src/xml/parse.ts';
import { arbitraryXml } from './arbitrary-xml.ts';
import { problems, substance } from './check-xml.ts';

function read(text: string): XmlDocument {
  const checked = parseDocument({ name: 'x.xml', text });
  expect(problems(checked)).toBe('');
  return checked.value!; // no problem, so a document
}

const format = (text: string): string => formatXml(read(text));

describe('layout', () => {
  test.each([
    [
      'one line',
      "<a x='1'><b><c/></b><d>t</d></a>",
      "<a x='1'>\n  <b>\n    <c/>\n  </b>\n  <d>t</d>\n</a>\n",
    ],
    ['other indentation', '<a>\n\t<b>\n\t\t<c/>\n\t\t</b>\n</a>', '<a>\n  <b>\n    <c/>\n  </b>\n</a>\n'],
    ['several on a line', '<a>\n  <b/><c/> <d/>\n</a>\n', '<a>\n  <b/>\n  <c/>\n  <d/>\n</a>\n'],
    ['space in tags', '<a\n   x = "1"\n\ty=\'2\' ><b   /></a >', '<a x="1" y=\'2\'>\n  <b/>\n</a>\n'],
    [
      'spelling',
      '<a x="&#49; &gt;"><b></b><c>&#65;</c></a>',
      '<a x="&#49; &gt;">\n  <b></b>\n  <c>&#65;</c>\n</a>\n',
    ],
    ['blank lines', '<a>\n\n\n  <b/>\n\n\n\n  <c/>\n\n</a>\n\n\n', '<a>\n  <b/>\n\n  <c/>\n</a>\n'],
    ['empty with a line break', '<a>\n  <b>\n  </b>\n</a>', '<a>\n  <b>\n  </b>\n</a>\n'],
    ['empty with blanks', '<a>\n  <b>  </b>\n</a>', '<a>\n  <b>  </b>\n</a>\n'],
    ['text', '<a>\n<b>\n  text </b></a>', '<a>\n  <b>\n  text </b>\n</a>\n'],
    ['mixed content', '<a><b>x <i>y</i>\n\n z</b></a>', '<a>\n  <b>x <i>y</i>\n\n z</b>\n</a>\n'],
    [
      'CDATA',
      '<a><b><![CDATA[ <x> ]]></b><c> <![CDATA[]]> <d/></c></a>',
      '<a>\n  <b><![CDATA[ <x> ]]></b>\n  <c> <![CDATA[]]> <d/></c>\n</a>\n',
    ],
    ['a blank that was written as a reference', '<a><b>&#32;<c/></b></a>', '<a>\n  <b>&#32;<c/></b>\n</a>\n'],
    ['comments', '<a><!-- x\n   y --><b/></a>', '<a>\n  <!-- x\n   y -->\n  <b/>\n</a>\n'],
    [
      'a comment behind an element',
      '<a>\n  <b/>   <!-- x -->\n  <c/></a>',
      '<a>\n  <b/> <!-- x -->\n  <c/>\n</a>\n',
    ],
    ['a comment between elements', '<a><b/><!-- x --><c/></a>', '<a>\n  <b/>\n  <!-- x -->\n  <c/>\n</a>\n'],
    ['instructions', '<a><?p  q?><b/></a>', '<a>\n  <?p  q?>\n  <b/>\n</a>\n'],
    [
      'before and behind',
      ' \n<!-- c -->\n\n\n<?p?><a/><!-- d -->\n\n',
      '<!-- c -->\n\n<?p?>\n<a/>\n<!-- d -->\n',
    ],
    ['a declaration', "<?xml version='1.0'?><a/>", "<?xml version='1.0'?>\n<a/>\n"],
    ['a byte order mark', '\ufeff\n<a/>', '\ufeff<a/>\n'],
    ['CRLF', '<a>\r\n<b/></a>\r\n', '<a>\r\n  <b/>\r\n</a>\r\n'],
    [
      'kept space',
      "<a>\n<b xml:space='preserve'>\n<c/></b></a>",
      "<a>\n  <b xml:space='preserve'>\n<c/></b>\n</a>\n",
    ],
    [
      'metadata',
      '<network><metadata><m:a xmlns:m="u">\n<m:b/><m:c\n/></m:a>\n\n\n<!-- x --></metadata></network>',
      '<network>\n  <metadata>\n    <m:a xmlns:m="u">\n<m:b/><m:c\n/></m:a>\n\n    <!-- x -->\n  </metadata>\n</network>\n',
    ],
  ])('%s', (_, text, expected) => {
    expect(format(text)).toBe(expected);
    expect(format(expected)).toBe(expected);
  });
});

test('formatting says the same, and once is enough', () => {
  fc.assert(
    fc.property(arbitraryXml, (text) => {
      const once = format(text);
      expect(substance(read(once).root)).toBe(substance(read(text).root));
      expect(format(once)).toBe(once);
      // but for layout, every byte is there in its order, comments too
      const ink = (s: string): string => s.replace(/[ \t\r\n]+/g, '');
      expect(ink(once)).toBe(ink(text));
    }),
    { numRuns: 400 },
  );
});

test('an edited document is formatted as it would be printed', () => {
  const document = read("<a><b x='1'/></a>");
  const [b] = document.root.children;
  if (b?.type !== 'element') throw new Error('no <b>');
  const edited = { ...document.root, children: [withAttrs(b, [])], intact: false };
  expect(formatXml({ ...document, root: edited })).toBe('<a>\n  <b/>\n</a>\n');
});

const corpus = join(import.meta.dirname, '../../../shared/corpus/xml2xmlout');
const missing = !existsSync(corpus);
test.skipIf(missing)(
  `what libvirt prints is laid out already${missing ? ' (skipped: no corpus beside this checkout)' : ''}`,
  () => {
    const files = readdirSync(corpus);
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) {
      const text = readFileSync(join(corpus, file), 'utf8');
      expect(format(text)).toBe(text);
    }
  },
);
