// Attacks on a gate that decides on values, as far as a parser can stop them: there is one way to read each text, what
// cannot be read safely is refused, and what cannot be seen is told.

import { describe, expect, test } from 'vitest';
import { makeAttr, textOf, withAttrs, type XmlElement } from '../../src/xml/document.ts';
import { parseDocument } from '../../src/xml/parse.ts';
import { printNode } from '../../src/xml/print.ts';
import { problems } from './check-xml.ts';

const parse = (text: string) => parseDocument({ name: 'x.xml', text });

function root(text: string): XmlElement {
  const { value } = parse(text);
  if (value === null) throw new Error('refused');
  return value.root;
}

describe('one value, however it is spelled', () => {
  test.each([
    "'10.0.0.1'",
    '"10.0.0.1"',
    "'&#49;0.0.0.1'",
    "'&#x31;0.0.0.&#x0031;'",
    "'10&#46;0&#46;0&#46;1'",
    "'10.0.0.&#0000000000000000049;'",
  ])('ip=%s', (spelled) => expect(root(`<host ip=${spelled}/>`).attrs[0]?.value).toBe('10.0.0.1'));

  test.each([
    'example.org',
    '<![CDATA[example.org]]>',
    'exam<![CDATA[ple]]>.org',
    'exam<!-- x -->ple.org',
    'exam<?x?>ple&#46;org',
    '&#101;<![CDATA[]]>xample.org',
  ])('text %s', (spelled) => expect(textOf(root(`<name>${spelled}</name>`))).toBe('example.org'));

  test('a reference is read once', () => {
    expect(root("<a b='&amp;#49;&amp;lt;'/>").attrs[0]?.value).toBe('&#49;&lt;');
    expect(textOf(root('<a><![CDATA[&#49;]]></a>'))).toBe('&#49;');
  });

  test('a name with another prefix is the same name, and one without is not', () => {
    const [one, two, three] = root("<a xmlns:p='u' xmlns:q='u'><p:b/><q:b/><b/></a>").children;
    const name = (node: typeof one) => (node?.type === 'element' ? `${node.ns} ${node.local}` : '');
    expect([name(one), name(two), name(three)]).toEqual(['u b', 'u b', ' b']);
  });
});

describe('entities', () => {
  test.each([
    [
      'billion laughs',
      `<!DOCTYPE a [${Array.from({ length: 30 }, (_, i) => `<!ENTITY e${i + 1} "&e${i};&e${i};">`).join('')}]><a>&e30;</a>`,
    ],
    ['a file', '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>'],
    ['a host', '<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>'],
    ['a parameter entity', '<!DOCTYPE a [<!ENTITY % e SYSTEM "http://example.org/a"> %e;]><a/>'],
    ['a default attribute', '<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>'],
    ['a redefined one', '<!DOCTYPE a [<!ENTITY lt "&#38;#60;">]><a>&lt;</a>'],
  ])('%s', (_, text) => {
    expect(problems(parse(text))).toMatch(/^SL110/);
  });
});

describe('characters', () => {
  const control = Array.from({ length: 0x20 }, (_, code) => code).filter(
    (code) => ![9, 10, 13].includes(code),
  );

  test('no control character gets in, written or referred to', () => {
    for (const code of [...control, 0xfffe, 0xffff]) {
      const character = String.fromCharCode(code);
      for (const spelled of [character, `&#${code};`, `&#x${code.toString(16)};`]) {
        for (const text of [
          `<a b='${spelled}'/>`,
          `<a>${spelled}</a>`,
          `<a>${spelled === character ? `<!--${spelled}-->` : spelled}</a>`,
        ]) {
          expect(problems(parse(text))).toMatch(/^SL108/);
        }
      }
    }
  });

  test('half a pair does not swallow what follows', () => {
    for (const text of [
      "<a b='\ud83d' c='x'/>",
      "<a b='\ud83d'><c/></a>",
      '<a>\ud83d</a>',
      "<a b='\ude00'/>",
      "<a b='&#xd83d;&#xde00;'/>",
    ]) {
      expect(problems(parse(text))).toMatch(/^SL108/);
    }
  });

  test('a line break in a value is seen as one, and stays one when printed', () => {
    // a raw one is a blank to every parser; a reference would start a line in the configuration of dnsmasq
    expect(root("<txt value='a\nb'/>").attrs[0]?.value).toBe('a b');
    expect(root("<txt value='a&#10;b&#13;c&#9;d'/>").attrs[0]?.value).toBe('a\nb\rc\td');
    const txt = root("<txt value='x'/>");
    const attacked = printNode(withAttrs(txt, [makeAttr('value', "a\nb'/><dnsmasq:options/>\r\t<!--")]));
    expect(attacked).toBe("<txt value='a&#10;b&apos;/&gt;&lt;dnsmasq:options/&gt;&#13;&#9;&lt;!--'/>");
    expect(root(attacked).attrs[0]?.value).toBe("a\nb'/><dnsmasq:options/>\r\t<!--");
  });

  test.each([
    ...[
      '\u202e',
      '\u202a',
      '\u2066',
      '\u200f',
      '\u061c',
      '\u200b',
      '\u2060',
      '\ufeff',
      '\u00ad',
      '\u0085',
      '\u009b',
      '\u007f',
      '\u2028',
      '\u{e0041}',
    ],
  ])('%j is told of, in values, text, comments and references', (hidden) => {
    const reference = `&#${hidden.codePointAt(0)};`;
    for (const text of [
      `<a b='${hidden}'/>`,
      `<a>${hidden}</a>`,
      `<a><!--${hidden}--></a>`,
      `<a b='${reference}'/>`,
      `<a>${reference}</a>`,
      `<a/><!--${hidden}-->`,
    ]) {
      const { value, diagnostics } = parse(text);
      expect(value === null).toBe(false);
      expect(diagnostics.map((d) => `${d.severity} ${d.code}`)).toEqual(['warning SL114']);
    }
  });

  test('words of other languages are not', () => {
    for (const text of [
      '<a>می\u200cخواهم</a>',
      '<a>क्\u200dष</a>',
      '<a>👩\u200d🚀</a>',
      '<a>עברית العربية ١٢٣</a>',
      '\ufeff<a>ß</a>',
    ]) {
      expect(problems(parse(text))).toBe('');
    }
  });

  test('names hold no hidden characters', () => {
    for (const hidden of ['\u202e', '\u200b', '\u2060', '\u00ad', '\u2028']) {
      expect(parse(`<a${hidden}b/>`).value).toBe(null);
      expect(parse(`<a b${hidden}='1'/>`).value).toBe(null);
    }
  });
});
