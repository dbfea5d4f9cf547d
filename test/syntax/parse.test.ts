// What scripts mean: texts and the trees they give. A tree is shown as the text that print.ts makes of it, or as JSON
// where the spelling hides it.

import { describe, expect, test } from 'vitest';
import type { Source, Span } from '../../src/source/source.ts';
import type { Script } from '../../src/syntax/ast.ts';
import { keywords } from '../../src/syntax/keywords.ts';
import { parseScript } from '../../src/syntax/parse.ts';
import { printScript } from '../../src/syntax/print.ts';
import { shapeOf } from './generators.ts';

function parsed(text: string): Script {
  const source: Source = { name: 'test.sluice', text };
  const { value, diagnostics } = parseScript(source);
  expect(diagnostics).toEqual([]);
  return value;
}

/** What an item says, without the fields that say nothing. */
function said(text: string): unknown {
  return JSON.parse(
    JSON.stringify(shapeOf(parsed(text)), (key, value: unknown) => {
      const empty = value === null || value === false || (Array.isArray(value) && value.length === 0);
      return empty || key === 'mods' ? undefined : value;
    }),
  )[0];
}

describe('scripts', () => {
  test.each([
    'add host mac=52:54:00:3e:77:e2 ip=10.0.0.5 name=x.example.com to ip[10.0.0.1].dhcp',
    'set bridge stp=off',
    'set domain name=example.org',
    'set domain = example.org',
    'unset bridge@delay',
    'unset bridge@delay, @stp if exists',
    'add interface dev=eth25 to forward',
    'remove forward.interface[eth20]',
    "remove <host ip='10.0.0.9'/> from ip[10.0.0.1].dhcp",
    'remove host',
    'remove host if exists',
    'remove host from dns',
    'remove host mac=x',
    'remove hostname=x from dns.host[10.0.0.1]',
    'remove host { hostname=x }',
    'remove from',
    'remove from from from',
    'replace portgroup[engineering] with portgroup name=engineering default=yes { vlan { tag id=4 } }',
    'add srv service=ldap protocol=tcp target=l2 port=389 to dns',
    'add host ip=10.0.0.1 { hostname=a; hostname=b } to dns',
    'add dnsmasq:options { dnsmasq:option value=dhcp-option=6 }',
    'add host before host[x]',
    'ensure host mac=x first',
    'ensure host mac=x in ip[1].dhcp after host[mac=y, name="z"]',
    'move portgroup[#2] last',
    'move ip[*].dhcp.host[a] before host[b] each',
    'patch "/network/ip[@address=$a]" set prefix=24 exactly 1 because "renumbered"',
    'patch "//dns" add <host ip="1"/> first',
    'patch "//dns" replace <dns/>',
    'patch "//dns" remove',
    'assert bridge@stp == on "stp was off"',
    'assert not (a exists or b absent) and c@d like *.example.com',
    'assert network@ipv6 != yes',
    'assert ip[10.0.0.1]@prefix < 25',
    'assert host@ip in 10.0.0.0/8',
    'expect count(ip[10.0.0.1].dhcp.host) <= 200 "table full"',
    'expect count(network) < $max',
    'set host[$row["MAC Address"]] name="${row.name}.example.org"',
    'let base = 10.0.0',
    'param count',
    'param count = 5',
    'scope live+config',
    'because "ticket 4711"',
    'include "common.slu"',
    'namespace dnsmasq = "http://libvirt.org/schemas/network/dnsmasq/1.0"',
    'add x where="\\u{202e}\\" \\\\ \\n \\t \\${x}"',
  ])('%s', (text) => {
    expect(printScript(parsed(text))).toBe(`${text}\n`);
  });

  test('blocks', () => {
    const text = `on network default, "lab *", $net {
  in live {
    for h in csv("hosts.csv") {
      ensure host mac=$h.mac ip=$h.ip name=$h.name? in ip[10.0.0.1].dhcp
    }

    when dns.forwarder[addr=8.8.8.8] exists {}
  }
}
`;
    expect(printScript(parsed(text))).toBe(text);
  });

  test('statements end at newlines, semicolons and braces; parentheses, backslashes and bodies go on', () => {
    const text = `set a b=c;;remove d; when (e exists
      # why not
      or f absent) { remove g; remove h }
add i { j k=l
  # a comment
  ;; m } \\
  to n # another
set o p=q#r   # "s" { ( [ <`;
    expect(printScript(parsed(text))).toBe(`set a b=c
remove d

when e exists or f absent {
  remove g
  remove h
}

add i { j k=l; m } to n
set o p=q#r
`);
  });

  test('a byte order mark, CRLF and no last newline', () => {
    const text = '\ufeffset a b=c\r\nadd x {\r\n  y\r\n}\\\r\n to z\r\n# end';
    expect(printScript(parsed(text))).toBe('set a b=c\nadd x { y } to z\n');
  });

  test('nothing', () => {
    for (const text of ['', '\ufeff', '\n\n', '# only a comment', ' \t ; ;\r\n'])
      expect(parsed(text).items).toEqual([]);
  });

  test.each(keywords.filter((word) => word !== 'live+config'))('`%s` is also a name', (word) => {
    const script = (name: string): string =>
      [
        `add ${name} ${name}=${name} { ${name}; ${name}=${name} }`,
        `add ${name} to x.${name}[${name}].${name}[${name}=${name}] before ${name}`,
        `ensure ${name} in x.${name} last`,
        `set x.${name} ${name}=${name} if exists`,
        `remove ${name}`,
        `remove ${name} from ${name}`,
        `replace ${name} with ${name}`,
        `unset ${name}@${name}`,
        `assert x.${name}@${name} in ${name} and ${name} exists and not ${name} absent and not ${name}@${name} == ${name}`,
        `let ${name} = $${name}.${name}`,
      ].join('\n');
    // in front of a path, `network` is the root
    const other = (name: string): string => printScript(parsed(script(name)));
    if (word !== 'network') expect(other(word)).toBe(other('xyzzy').replaceAll('xyzzy', word));
    else expect(parsed(script(word)).items).toHaveLength(10);
  });
});

describe('trees', () => {
  const literal = (text: string): unknown => ({ type: 'literal', text });

  test('`remove` with a node and with a path', () => {
    expect(said('remove host[a]')).toMatchObject({
      type: 'remove',
      path: { steps: [{ name: { text: 'host' } }] },
    });
    expect(said('remove host from a')).toMatchObject({
      type: 'remove-node',
      node: { name: { text: 'host' } },
    });
    expect(said('remove <host/>')).toMatchObject({
      type: 'remove-node',
      node: { type: 'xml', text: '<host/>' },
    });
    expect(said('remove host because "x"')).toMatchObject({ type: 'remove' });
  });

  test('the root element is a path without steps, and is dropped from others', () => {
    expect(said('remove network')).toEqual({ type: 'remove', path: {} });
    expect(said('remove network.dns')).toEqual({
      type: 'remove',
      path: { steps: [{ name: { text: 'dns' } }] },
    });
  });

  test('parts of strings', () => {
    expect(said('let x = "a${b}${c.d}$ ${e["F \\"G"]}\\u{e9}"')).toMatchObject({
      value: {
        form: 'string',
        parts: [
          literal('a'),
          { type: 'variable', name: 'b' },
          { type: 'variable', name: 'c', column: 'd' },
          literal('$ '),
          { type: 'variable', name: 'e', column: 'F "G' },
          literal('é'),
        ],
      },
    });
    expect(said('let x = ""')).toEqual({ type: 'let', name: { text: 'x' }, value: { form: 'string' } });
  });

  test('selectors', () => {
    const selector = (text: string): unknown => said(`remove a[${text}]`);
    const of = (found: object): object => ({ path: { steps: [{ selector: found }] } });
    expect(selector('*')).toMatchObject(of({ type: 'all' }));
    expect(selector('"*"')).toMatchObject(
      of({ type: 'key', value: { form: 'string', parts: [literal('*')] } }),
    );
    expect(selector('*.x')).toMatchObject(
      of({ type: 'key', value: { form: 'bare', parts: [literal('*.x')] } }),
    );
    expect(selector('#2')).toMatchObject(of({ type: 'nth', n: 2 }));
    expect(selector('"#2"')).toMatchObject(of({ type: 'key' }));
    expect(selector('a=b')).toMatchObject(of({ type: 'attrs', attrs: [{ name: { text: 'a' } }] }));
    expect(selector('"a=b"')).toMatchObject(of({ type: 'key', value: { parts: [literal('a=b')] } }));
    expect(selector('ldap/tcp//x')).toMatchObject(
      of({ type: 'key', value: { parts: [literal('ldap/tcp//x')] } }),
    );
  });

  test('`and` binds tighter than `or`, `not` tighter than both', () => {
    expect(said('assert not a exists and b exists or c exists')).toMatchObject({
      condition: {
        type: 'or',
        conditions: [
          { type: 'and', conditions: [{ type: 'not', condition: { type: 'exists' } }, {}] },
          { type: 'exists' },
        ],
      },
    });
  });

  test('XML literals keep quotes, comments, CDATA and lines apart from the script', () => {
    const literals = [
      '<a/>',
      "<a b='/>' c=\"'>\"/>",
      '<a><!-- </a> --></a>',
      '<a><![CDATA[</a>]]></a>',
      '<a><?p </a>?></a>',
      '<a\n  b="c">\n# text\n}\n<d/></a\n>',
      '<x:a xmlns:x="u"><a/></x:a>',
    ];
    for (const text of literals) {
      expect(said(`add ${text} to b`)).toEqual({
        type: 'add',
        node: { type: 'xml', text },
        to: { steps: [{ name: { text: 'b' } }] },
      });
    }
  });

  test('an optional attribute', () => {
    expect(said('add a b=$c.d? e="${f}"? g=h?')).toMatchObject({
      node: { attrs: [{ optional: true }, { optional: true }, { value: { parts: [literal('h?')] } }] },
    });
  });

  test('every node knows its place', () => {
    const text = `on network a, "b c" {
  add host mac=$h.mac name="x"? { hostname=y; <z/> } to ip[10.0.0.1].dhcp before host[#2] because "why"
  when not (a@b == c or count(d.e) > 1) {
  }
}`;
    const places: string[] = [];
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        if (key === 'source') continue;
        if (key === 'span') {
          // the key says which type it is
          const { source, start, end } = inner as Span;
          places.push(source.text.slice(start, end));
        } else visit(inner);
      }
    };
    visit(parsed(text).items);
    expect(places).toMatchInlineSnapshot(`
      [
        "a",
        ""b c"",
        "host",
        "mac",
        "$h.mac",
        "$h.mac",
        "mac=$h.mac",
        "name",
        ""x"",
        "name="x"?",
        "hostname",
        "y",
        "hostname=y",
        "<z/>",
        "host mac=$h.mac name="x"? { hostname=y; <z/> }",
        "ip",
        "10.0.0.1",
        "[10.0.0.1]",
        "ip[10.0.0.1]",
        "dhcp",
        "dhcp",
        "ip[10.0.0.1].dhcp",
        "host",
        "[#2]",
        "host[#2]",
        "before host[#2]",
        ""why"",
        "add host mac=$h.mac name="x"? { hostname=y; <z/> } to ip[10.0.0.1].dhcp before host[#2] because "why"",
        "a",
        "a",
        "a",
        "b",
        "c",
        "a@b == c",
        "d",
        "d",
        "e",
        "e",
        "d.e",
        "1",
        "count(d.e) > 1",
        "a@b == c or count(d.e) > 1",
        "not (a@b == c or count(d.e) > 1)",
        "when not (a@b == c or count(d.e) > 1)",
        "on network a, "b c"",
      ]
    `);
  });
});
