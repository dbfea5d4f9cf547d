import { createRequire } from 'node:module';
import { DOMParser, type Node, onWarningStopParsing } from '@xmldom/xmldom';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { XmlDocument, XmlNode } from '../../src/xml/document.ts';
import { parseDocument } from '../../src/xml/parse.ts';
import { parseSimpleXPath } from '../../src/xml/simple-xpath.ts';
import { selectXPath, type XPathHit } from '../../src/xml/xpath.ts';
import { arbitraryXml } from './arbitrary-xml.ts';
import { problems } from './check-xml.ts';

const NETWORK = `<network xmlns:dnsmasq='urn:dnsmasq'>
  <name>default</name>
  <!-- the bridge -->
  <bridge name='virbr0' stp='on'/>
  <ip address='10.0.0.1'><dhcp>
    <range start='10.0.0.2' end='10.0.0.99'/>
    <host mac='52:54:00:00:00:01' name='a' ip='10.0.0.2'/>
    <host mac='52:54:00:00:00:02' name='b' ip='10.0.0.3'/>
    <host mac='52:54:00:00:00:03' name="it's" ip='10.0.0.4'/>
  </dhcp></ip>
  <ip address='10.1.0.1'/>
  <description>a<![CDATA[ & ]]>b<?p q?>c</description>
  <dnsmasq:options><dnsmasq:option value='x'/><option value='y'/></dnsmasq:options>
</network>`;

const VARIABLES = new Map([
  ['mac', '52:54:00:00:00:02'],
  ['h_name', "it's"],
  ['evil', "'] | //* | //*['"],
]);
const NAMESPACES = new Map([['dnsmasq', 'urn:dnsmasq']]);

function read(text: string): XmlDocument {
  return parseDocument({ name: 'x.xml', text }).value!; // the texts here are well-formed
}

function select(expression: string, document = read(NETWORK)) {
  return selectXPath(document, expression, VARIABLES, NAMESPACES);
}

/** Each hit as its place and what stands there. */
function shown(hits: readonly XPathHit[]): string {
  return hits
    .map((hit) => {
      switch (hit.type) {
        case 'element':
          return `${hit.path.join('.')}<${hit.element.name}>`;
        case 'attribute':
          return `${hit.path.join('.')}@${hit.attr.name}=${hit.attr.value}`;
        default:
          return `${hit.path.join('.')} ${hit.type}`;
      }
    })
    .join(' ');
}

describe('selects', () => {
  test.each([
    ['/network', '<network>'],
    ['network', '<network>'],
    ['/network/name', '1<name>'],
    ['/network/name/text()', '1.0 text'],
    ['/network/bridge/@stp', '5@stp=on'],
    ['/network/ip[2]', '9<ip>'],
    ["//host[@mac='52:54:00:00:00:02']", '7.0.5<host>'],
    ['//host[@mac=$mac]/@ip', '7.0.5@ip=10.0.0.3'],
    ['//host[@name=$h_name]', '7.0.7<host>'],
    ['//host[@name=$evil]', ''],
    ['//host[@name="it\'s"]', '7.0.7<host>'],
    ['//host[last()]', '7.0.7<host>'],
    ['//host[position()>1][@name!="b"]', '7.0.7<host>'],
    ['//host/..', '7.0<dhcp>'],
    ['//range/following-sibling::host[1]', '7.0.3<host>'],
    ['//host[3]/preceding-sibling::*[1]', '7.0.5<host>'],
    ['//host[3] | //host[1] | //host[3]', '7.0.3<host> 7.0.7<host>'],
    ['/network/description/text()', '11.0 text 11.4 text'],
    ["/network/description[starts-with(., 'a & b')]", '11<description>'],
    ['/network/comment() | //processing-instruction("p")', '3 other 11.3 other'],
    ['//dnsmasq:option/@value', '13.0@value=x'],
    ['//option', '13.1<option>'],
    ['//dnsmasq:*', '13<dnsmasq:options> 13.0<dnsmasq:option>'],
    ["//*[local-name()='option' and namespace-uri()='urn:dnsmasq']", '13.0<dnsmasq:option>'],
    ['/network/@*', ''],
    ['//nothing', ''],
    ["//ip[dhcp/host/@name='b']/@address", '7@address=10.0.0.1'],
    ['//host[count(preceding-sibling::host) = 1]', '7.0.5<host>'],
    ["//host[substring-after(@ip, '10.0.0.') mod 2 = 1]", '7.0.5<host>'],
    ['//host[not(@name) or number(3) - 2 = 1 and @name = "a"]', '7.0.3<host>'],
    ['descendant-or-self::node()/self::ip[1]', '7<ip> 9<ip>'],
    ["//host[@name='b']/preceding::*", '1<name> 5<bridge> 7.0.1<range> 7.0.3<host>'],
    ["//host[@name='b']/preceding::*[1]", '7.0.3<host>'],
    ["//host[@name='b']/following::*[position() < 3]", '7.0.7<host> 9<ip>'],
    ['/network/ip/following::option', '13.1<option>'],
    ['/network/ip[1]/@address/following::range', '7.0.1<range>'],
  ])('%s', (expression, expected) => {
    const checked = select(expression);
    expect(problems(checked)).toBe('');
    expect(shown(checked.value)).toBe(expected);
  });
});

describe('refuses', () => {
  test.each([
    ['', 'SL120 "" an empty XPath'],
    ['  ', 'SL120 "  " an empty XPath'],
    ['/network/', 'SL120 "/network/" this is no XPath'],
    ["//host[@mac='1]", 'SL120 "\'1]" a quote that is never closed'],
    ['//host[@mac=10.0.0.1]', 'SL120 "//host[@mac=10.0.0.1]" this is no XPath'],
    ['/a;b', 'SL120 ";" `;` has no meaning in an XPath'],
    ['/a😀', 'SL120 "😀" `😀` has no meaning in an XPath'],
    ['//host[count(1)]', 'SL120 "//host[count(1)]" the function `count` takes `(node-set)`'],
    ['//host[@mac=$mca]', 'SL121 "$mca" the variable `$mca` is not known'],
    ['//host[contain(@mac, 1)]', 'SL121 "contain" the function `contain` is not known'],
    ['//host[dnsmasq:f()]', 'SL121 "dnsmasq:f" the function `dnsmasq:f` is not known'],
    ['id("x")', 'SL121 "id" the function `id` is not known'],
    ['/network/childs::ip', 'SL121 "childs" the axis `childs` is not known'],
    ['/', 'SL122 "/" the XPath selects the document itself'],
    ['count(//host)', 'SL122 "count(//host)" the XPath gives a number, and no nodes'],
    ['"x"', 'SL122 "\\"x\\"" the XPath gives a string, and no nodes'],
    ['1 = 1', 'SL122 "1 = 1" the XPath gives a boolean, and no nodes'],
    [
      '/network/namespace::*',
      'SL122 "namespace" namespace nodes are no part of a document that can be patched',
    ],
    ['//dnsmask:option', 'SL123 "dnsmask:option" the prefix `dnsmask` is not declared'],
    ['//q:*', 'SL123 "q:*" the prefix `q` is not declared'],
    [`//a${'[b]'.repeat(2000)}`, /^SL124 ".*" the XPath has 6003 characters, more than 4096$/],
  ])('%s', (expression, expected) => {
    const checked = select(expression);
    expect(checked.value).toEqual([]);
    if (expected instanceof RegExp) expect(problems(checked)).toMatch(expected);
    else expect(problems(checked)).toBe(expected);
    for (const d of checked.diagnostics) expect(d.help).not.toBe(null);
  });

  test('proposes what was probably meant', () => {
    const help = (expression: string): string | null | undefined => select(expression).diagnostics[0]?.help;
    expect(help('//host[@mac=$mca]')).toBe('did you mean `$mac`?');
    expect(help('//host[contain(@mac, 1)]')).toBe('did you mean `contains(`?');
    expect(help('/network/childs::ip')).toBe('did you mean `child::`?');
    expect(help('//dnsmask:option')).toBe('did you mean `dnsmasq:`?');
  });
});

describe('work', () => {
  const hosts = (count: number): XmlDocument =>
    read(
      `<network><ip><dhcp>${Array.from({ length: count }, (_, i) => `\n<host mac='m${i}' name='h${i}'/>`).join('')}</dhcp></ip></network>`,
    );
  const big = hosts(65_000);
  const small = hosts(2000);

  // processor time, because the machine may be busy; the bounds only have to tell linear from not
  const spent = (work: () => void): number => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };

  test.each([
    ["/network/ip/dhcp/host[@mac='m64000' and @name!='x']/@name", 1],
    ['//*//*//*//*', 65_000],
    ['//host/.. | //host[last()]/preceding-sibling::host[1]', 2],
  ])('grows with the document: %s', (expression, count) => {
    expect(spent(() => expect(select(expression, big).value.length).toBe(count))).toBeLessThan(8000);
  });

  test.each([
    '//host[../host/@name=@mac]',
    '//host[not(@mac=preceding-sibling::host/@mac)]',
    '//*[//*[//*]]',
    '//*[following::*[last()]/preceding::*[last()]]',
    `//host${'[1=1]'.repeat(700)}`,
    `//host[${Array.from({ length: 400 }, () => '1=1').join(' and ')}]`,
    `${'('.repeat(2000)}//host${')'.repeat(2000)}`,
    `//host[${'translate('.repeat(50)}string(/)${",'a','b')".repeat(50)}]`,
    '//host[count(//host)=3]',
  ])('is limited: %s', (expression) => {
    expect(spent(() => expect(problems(select(expression, small))).toMatch(/^SL124/))).toBeLessThan(10_000);
  });

  test('is counted for each expression anew', () => {
    for (let i = 0; i < 3; i++) {
      expect(problems(select('//*[//*[//*]]', small))).toMatch(/^SL124/);
      expect(select('/network/ip', small).value.length).toBe(1);
    }
  });

  test('deep expressions end in a problem, not in the stack', () => {
    for (const deep of [
      `${'-'.repeat(4000)}1`,
      `${'('.repeat(2000)}1${')'.repeat(2000)}`,
      `/a${'[a'.repeat(1300)}${']'.repeat(1300)}`,
    ]) {
      expect(['', 'SL122', 'SL124', 'SL120']).toContain(problems(select(deep)).slice(0, 5));
    }
  });
});

describe('beside xmldom', () => {
  type Dom = Node & {
    readonly nodeValue: string | null;
    readonly parentNode: Dom | null;
    readonly ownerElement?: Dom;
    readonly childNodes: ArrayLike<Dom>;
    readonly namespaceURI: string | null;
  };
  type Package = { parse(expression: string): { select(options: object): readonly Dom[] } };
  // without its types, which would put the DOM in scope of every test
  const xpath = createRequire(import.meta.url)('xpath') as Package;

  const names = fc.constantFrom(
    '*',
    'a',
    'b',
    'host',
    'ip',
    'p:x',
    'q:x',
    'p:*',
    'node()',
    'text()',
    'comment()',
    'processing-instruction()',
  );
  const axes = fc.constantFrom(
    '',
    '',
    '',
    'descendant::',
    'descendant-or-self::',
    'following-sibling::',
    'preceding-sibling::',
    'parent::',
    'ancestor::',
    'self::',
  );
  const predicates = fc.constantFrom(
    '',
    '',
    '',
    '[1]',
    '[last()]',
    '[position()=2]',
    '[@a]',
    "[@mac='a']",
    '[*]',
    '[text()]',
    "[contains(.,'a')]",
    '[@p:a or @b]',
    '[count(*)>1]',
    '[not(@name)]',
    '[.//a]',
    '[string-length(.) > 2]',
  );
  const step = fc.tuple(axes, names, predicates).map((parts) => parts.join(''));
  const path = fc
    .tuple(
      fc.array(fc.tuple(fc.constantFrom('/', '/', '//'), step), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('', '', '/@*', '/@a', '/..', '/text()'),
    )
    .map(([steps, leaf]) => steps.map(([slash, s]) => slash + s).join('') + leaf);

  /** Place of a DOM node in our terms: indexes among children, where neighbouring texts count as the first of them. */
  const placeOf = (node: Dom): string => {
    if (node.ownerElement !== undefined && node.ownerElement !== null)
      return `${placeOf(node.ownerElement)}@${node.nodeName}`;
    const indexes: number[] = [];
    for (
      let at: Dom = node;
      at.parentNode !== null && at.parentNode.parentNode !== null;
      at = at.parentNode
    ) {
      indexes.push(Array.from(at.parentNode.childNodes).indexOf(at));
    }
    return indexes.reverse().join('.');
  };

  const placeOfHit = (hit: XPathHit): string =>
    hit.path.join('.') + (hit.type === 'attribute' ? `@${hit.attr.name}` : '');

  /** One element deep trees have no texts side by side when CDATA is left out, which the other side does not join. */
  const documents = arbitraryXml
    .map((text) => text.replace(/<!\[CDATA\[.*?\]\]>/gs, ''))
    .filter((text) => !hasNothing(read(text).root));

  function hasNothing(node: XmlNode): boolean {
    return node.type === 'element' && node.children.length === 0;
  }

  test('the same nodes', () => {
    fc.assert(
      fc.property(documents, path, (whole, expression) => {
        const { root } = read(whole);
        // ours has no nodes outside the root element
        const text = whole.slice(root.start, root.end);
        const document = read(text);
        const namespaces = new Map([
          ['p', 'urn:p'],
          ['q', 'urn:q'],
        ]);
        const dom = new DOMParser({ onError: onWarningStopParsing }).parseFromString(text, 'text/xml');
        const theirs = xpath
          .parse(expression)
          .select({ node: dom, namespaces: Object.fromEntries(namespaces) })
          // nor declarations among attributes, nor a document to be patched
          .filter((node) => node.nodeType !== 9)
          .filter((node) => !/^xmlns(:|$)/.test(node.nodeName));
        const checked = selectXPath(document, expression, new Map(), namespaces);
        if (problems(checked).startsWith('SL122')) return;
        expect(problems(checked)).toBe('');
        expect(checked.value.map(placeOfHit)).toEqual(theirs.map(placeOf));
      }),
      { numRuns: 200 },
    );
  });
});

test('each other node is on one of four axes', () => {
  fc.assert(
    fc.property(arbitraryXml, fc.nat(), (text, pick) => {
      const document = read(text);
      const count = (expression: string): number => {
        const checked = selectXPath(document, expression, new Map(), new Map());
        expect(problems(checked)).toBe('');
        return checked.value.length;
      };
      const all = count('//node()');
      const one = `(//node())[${(pick % all) + 1}]`;
      const parts = ['self', 'descendant', 'preceding', 'following'].map((axis) =>
        count(`${one}/${axis}::node()`),
      );
      const ancestors = count(`${one}/ancestor::*`);
      expect(parts.reduce((sum, part) => sum + part, ancestors)).toBe(all);
    }),
    { numRuns: 100 },
  );
});

describe('simple XPaths as data', () => {
  test.each([
    ['/a', { steps: [{ name: { prefix: '', local: 'a' }, predicates: [] }], leaf: { type: 'element' } }],
    ['a', { steps: [{ name: { prefix: '', local: 'a' }, predicates: [] }], leaf: { type: 'element' } }],
    [
      "/a/*[@x='v'][2]/@p:y",
      {
        steps: [
          { name: { prefix: '', local: 'a' }, predicates: [] },
          {
            name: null,
            predicates: [
              { type: 'attribute', name: { prefix: '', local: 'x' }, value: { type: 'literal', value: 'v' } },
              { type: 'position', position: 2 },
            ],
          },
        ],
        leaf: { type: 'attribute', name: { prefix: 'p', local: 'y' } },
      },
    ],
    [
      '/p:a[@p:x=$v_w][b="1"][.=\'"\'][@z]/text()',
      {
        steps: [
          {
            name: { prefix: 'p', local: 'a' },
            predicates: [
              {
                type: 'attribute',
                name: { prefix: 'p', local: 'x' },
                value: { type: 'variable', name: 'v_w' },
              },
              { type: 'child', name: { prefix: '', local: 'b' }, value: { type: 'literal', value: '1' } },
              { type: 'self', value: { type: 'literal', value: '"' } },
              { type: 'has-attribute', name: { prefix: '', local: 'z' } },
            ],
          },
        ],
        leaf: { type: 'text', position: null },
      },
    ],
    [
      ' / a / div / and [ @x = "1" ] / text() [ 3 ] ',
      {
        steps: [
          { name: { prefix: '', local: 'a' }, predicates: [] },
          { name: { prefix: '', local: 'div' }, predicates: [] },
          {
            name: { prefix: '', local: 'and' },
            predicates: [
              { type: 'attribute', name: { prefix: '', local: 'x' }, value: { type: 'literal', value: '1' } },
            ],
          },
        ],
        leaf: { type: 'text', position: 3 },
      },
    ],
  ])('%s', (expression, expected) => expect(parseSimpleXPath(expression)).toEqual(expected));

  test.each([
    ...[
      '',
      '/',
      '//a',
      '/a//b',
      '/a/',
      '/a/.',
      '/a/..',
      '.',
      '@x',
      '/@x',
      'text()',
      '/a/@*',
      '/a/@x/b',
      '/a/text()/b',
      '/a|/b',
      '(/a)',
      '/a[1',
    ],
    ...[
      '/a[0]',
      '/a[1.5]',
      '/a[last()]',
      '/a[@x]b',
      '/a[@x!="1"]',
      '/a[@x="1" or @y]',
      '/a[@x=1]',
      '/a[@x=@y]',
      '/a[b/c="1"]',
      '/a[b]',
      '/a[-1]',
    ],
    ...[
      '/p:*',
      '/a::b',
      '/child::a',
      '/a/comment()',
      '/a()',
      '/a[position()=1]',
      '/a["x"]',
      '/a[$x]',
      "/a[@x='1]",
      '/a /b c',
      '/a;b',
      '/text()',
      '/a[text()="x"]',
    ],
  ])('%s is none', (expression) => expect(parseSimpleXPath(expression)).toBe(null));

  test('a step may be called as an operator, a function or an axis', () => {
    expect(parseSimpleXPath('/mod/count/child/text')?.steps.map((s) => s.name?.local)).toEqual([
      'mod',
      'count',
      'child',
      'text',
    ]);
  });
});
