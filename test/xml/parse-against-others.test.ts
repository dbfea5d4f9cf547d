// The same texts through other parsers: xmldom must see the same document, libxml2 must accept and refuse the same texts.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DOMParser, type Node, onWarningStopParsing } from '@xmldom/xmldom';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { XmlNode } from '../../src/xml/document.ts';
import { parseDocument } from '../../src/xml/parse.ts';
import { arbitraryXml } from './arbitrary-xml.ts';
import { meaning, problems } from './check-xml.ts';

const NOWHERE = { source: null, start: -1, end: -1 };

/** A DOM node in the form of ours, so that `meaning` reads both. */
function fromDom(node: Node): XmlNode {
  switch (node.nodeType) {
    case 1: {
      const element = node as Element;
      return {
        type: 'element',
        name: element.nodeName,
        local: element.localName ?? element.nodeName,
        ns: element.namespaceURI ?? '',
        attrs: Array.from(element.attributes, (a) => ({
          name: a.name,
          local: a.localName ?? a.name,
          ns: a.namespaceURI ?? '',
          value: a.value,
          start: -1,
          valueStart: -1,
          end: -1,
          intact: false,
          origin: null,
        })),
        children: Array.from(element.childNodes, fromDom),
        ...NOWHERE,
        openEnd: -1,
        closeStart: -1,
        intact: false,
        origin: null,
      };
    }
    case 3:
    case 4:
      return { type: 'text', value: node.nodeValue ?? '', cdata: node.nodeType === 4, ...NOWHERE };
    case 8:
      return { type: 'comment', value: node.nodeValue ?? '', ...NOWHERE };
    case 7:
      return { type: 'pi', value: `${node.nodeName} ${node.nodeValue ?? ''}`.trim(), ...NOWHERE };
    default:
      throw new Error(`node type ${node.nodeType}`);
  }
}

type Element = Node & {
  readonly attributes: ArrayLike<{
    readonly name: string;
    readonly localName: string | null;
    readonly namespaceURI: string | null;
    readonly value: string;
  }>;
  readonly localName: string | null;
  readonly namespaceURI: string | null;
  readonly childNodes: ArrayLike<Node>;
};

test('xmldom sees the same document', () => {
  fc.assert(
    fc.property(arbitraryXml, (text) => {
      const checked = parseDocument({ name: 'x.xml', text });
      expect(problems(checked)).toBe('');
      const dom = new DOMParser({ onError: onWarningStopParsing }).parseFromString(
        text.replace(/^\ufeff/, ''),
        'text/xml',
      );
      // xmldom drops blanks at the end of an instruction
      const compared = (root: XmlNode): string => meaning(root).replace(/^( *pi ".*?) +"$/gm, '$1"');
      expect(compared(checked.value!.root)).toBe(compared(fromDom(dom.documentElement!))); // no problem, so a root
    }),
    { numRuns: 200 },
  );
});

const splinter = fc.constantFrom(
  ...[
    '<',
    '>',
    '&',
    '"',
    "'",
    '/',
    '=',
    ' ',
    'a',
    ':',
    '-',
    '--',
    '!',
    '?',
    ';',
    '1',
    '.',
    '\n',
    ']]>',
    '<!--',
    '-->',
    '<![CDATA[',
    '<a>',
    '</a>',
    '<a/>',
  ],
  ...[
    'xmlns:p=',
    '&#1;',
    '&#x41;',
    '&amp',
    '<?xml version="1.0"?>',
    'xml',
    'p:',
    ' a="1"',
    '\ufeff',
    '\u200d',
    '\u0085',
  ],
);

/** Documents with up to two small accidents. */
const broken = fc
  .tuple(arbitraryXml, fc.array(fc.tuple(fc.nat(), fc.nat(3), splinter), { maxLength: 2 }))
  .map(([text, accidents]) =>
    accidents.reduce((t, [pick, cut, put]) => {
      const at = pick % (t.length + 1);
      return t.slice(0, at) + put + t.slice(at + cut);
    }, text),
  )
  .filter((text) => !/\p{Surrogate}/u.test(text));

test('whatever the text is, there is a document or a problem inside the text', () => {
  const garbage = fc.array(
    fc.oneof(splinter, fc.constantFrom('\u0001', '\ud800', '\r', '&#', '</', '<?', '<!DOCTYPE a')),
    { maxLength: 12 },
  );
  const cut = fc.tuple(broken, fc.nat()).map(([text, at]) => text.slice(0, at % (text.length + 1)));
  fc.assert(
    fc.property(
      fc.oneof(
        broken,
        cut,
        garbage.map((all) => all.join('')),
      ),
      (text) => {
        const { value, diagnostics } = parseDocument({ name: 'x.xml', text });
        expect(diagnostics.some((d) => d.severity === 'error')).toBe(value === null);
        for (const { span, help } of diagnostics) {
          expect(help).not.toBe(null);
          expect(span?.start).toBeGreaterThanOrEqual(0);
          expect(span?.end).toBeGreaterThanOrEqual(span?.start ?? 0);
          expect(span?.end).toBeLessThanOrEqual(text.length);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

const missing = spawnSync('xmllint', ['--version']).error !== undefined;

test.skipIf(missing)(
  `libxml2 accepts and refuses the same texts${missing ? ' (skipped: xmllint is not installed)' : ''}`,
  () => {
    const texts = fc.sample(broken, 600);
    const folder = mkdtempSync(join(tmpdir(), 'sluice-xml-'));
    try {
      const files = texts.map((text, i) => {
        const file = join(folder, `${i}.xml`);
        writeFileSync(file, text);
        return file;
      });
      const said = spawnSync('xmllint', ['--noout', '--nonet', ...files], {
        encoding: 'utf8',
        maxBuffer: 1e9,
      }).stderr;
      const refused = new Set<number>();
      for (const line of said.split('\n')) {
        const found = /^.*\/(\d+)\.xml:\d+: .*error : (.*)/.exec(line);
        // libxml2 calls a namespace that is no URI an error, and goes on
        if (found !== null && !/is not a valid URI/.test(line)) refused.add(Number(found[1]));
      }
      expect(refused.size).toBeGreaterThan(50);
      for (const [i, text] of texts.entries()) {
        // this house alone refuses XML 1.1
        if (/^\ufeff?<\?xml version=.1\.[1-9]/.test(text)) continue;
        const checked = parseDocument({ name: 'x.xml', text });
        expect({ text, accepted: checked.value !== null }).toEqual({ text, accepted: !refused.has(i) });
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
