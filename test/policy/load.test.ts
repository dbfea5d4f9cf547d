// The loader: every problem at its line and column, all of them; and what loads means the same to Casbin's own adapter.

import { newModelFromString, StringAdapter } from 'casbin';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadPolicy } from '../../src/policy/load.ts';
import { MODEL_TEXT } from '../../src/policy/model-conf.ts';
import { complaints, policyOf } from './decide.ts';

const ALL = 'p, allow, user:nina, *, **, *, *, ""';

function places(rows: string): readonly string[] {
  return complaints(rows).map((line) => line.split(' ').slice(1, 3).join(' '));
}

test('all problems of a file are reported, in order, at their places', () => {
  const rows = [
    '# a policy with a fault in nearly every row',
    'p, Allow, nina, *, **, add|delete, *, ""',
    'P, allow, user:nina, *, **, *, *, ""',
    'p, allow, user:nina, lab 1, ip[*].dhcp.hots, *, config|life, "ip in 10.0.0.1/8 and"',
    'g, user:nina, operator, *',
    'g, user:nina, role:everyone, *',
    'p, allow, user:nina, *, "bridge@stp, *, *, ""',
    'p, allow, user:nina, *, bridge@stp, *, *',
    'p, allow, user:nina, *, bridge@stp, *, *, "" # why',
    'g, role:a, role:b, *',
    'g, role:b, role:a, *',
  ].join('\n');
  expect(places(rows)).toEqual([
    'SL608 policy.csv:2:4',
    'SL609 policy.csv:2:11',
    'SL611 policy.csv:2:28',
    'SL602 policy.csv:3:1',
    'SL610 policy.csv:4:22',
    'SL621 policy.csv:4:40',
    'SL612 policy.csv:4:56',
    'SL630 policy.csv:4:83',
    'SL609 policy.csv:5:15',
    'SL614 policy.csv:6:15',
    'SL604 policy.csv:7:25',
    'SL603 policy.csv:8:1',
    'SL605 policy.csv:9:46',
    'SL613 policy.csv:11:1',
  ]);
});

test('one fault in a row hides no other', () => {
  const found = complaints(
    [
      ALL,
      'P, Deny, users:bob, 10.0.0.0/24, ip[*].dhcp.hsot[*], delete, running, "ip in 10.0.0.0/33 and"',
      'p, allow, group:wheel, *, ip[*].dhcp.host[*], delete, both, "ip in 10.0.0.128/24"',
      'p, allow, user:bob, *, /network/ip, *, *, "name ~ x"',
      'p, allow, user:bob, *, host[*], *, *, "ip in (10.0.0.1, 10.0.0.2)"',
      'p, allow, user:bob, *, ip[*].dhcp.host[*], *, *, "ip in 10.0.0.0/33"',
      'p, allow, user:bob, *, ip[*].dhcp.host[*], *, *, "ip in 10.0.0.0/255.255.255.0"',
      'p, allow, user:bob, *, domain, *, *, "time in monday 08:00-18:00"',
      'p, allow, user:bob, *, domain, *, *, "time in weekdays"',
    ].join('\n'),
  );
  expect(
    found.map((line) => line.replace(/^error (SL\d+) policy\.csv:(\d+):\d+ .*\((.*)\)$/, '$2 $1 $3')),
  ).toEqual([
    '2 SL602 write `p`: there is one kind of each',
    '2 SL608 did you mean `deny`?',
    '2 SL609 did you mean `user:bob`?',
    '2 SL610 write the name of a network; addresses belong into the condition: `ip in 10.0.0.0/24`',
    '2 SL621 did you mean `host`?',
    '2 SL611 did you mean `remove`?',
    '2 SL612 did you mean `live`?',
    '2 SL630 write one such as `ip in 10.0.0.0/24` or `role netadmin`',
    '3 SL609 did you mean `role:wheel`?',
    '3 SL611 did you mean `remove`?',
    '3 SL612 did you mean `*`?',
    '3 SL634 write 10.0.0.0/24, or 10.0.0.128/32 for this address alone',
    '4 SL620 this is no XPath: steps are joined by dots, `ip[*].dhcp.host[*]`',
    '4 SL630 one of == != < <= > >= in like exists absent',
    '5 SL621 it stands elsewhere: `dns.host[*]`, `ip[*].dhcp.host[*]`',
    '5 SL630 a set is written {a, b}',
    '6 SL634 a prefix of IPv4 has at most 32 bits',
    '7 SL634 write the length of the prefix: 10.0.0.0/24',
    '8 SL637 did you mean `mon`?',
    '9 SL637 did you mean `mon-fri`?',
  ]);
});

test('characters that look like others', () => {
  const row = (columns: string): readonly string[] =>
    places(`${ALL}\np, allow, user:nina, *, portgroup[*], *, *, ${columns}`);
  for (const when of [
    'name == größe',
    'name == группа',

    'name == Ελλάδα',
    'name == ñandú',
  ])
    expect(row(`"${when}"`), when).toEqual([]);
  for (const when of [
    'name == tenаnt',
    'name == ｂüro',
    'name == gro\u0308ße',
    'name ∈ x',
    'name == a–b',
    'name == “x”',
    'name == Ωmega',
    'name == 𝐚',
  ])
    expect(row(`"${when}"`)[0], when).toMatch(/^SL6(17|30)/);
  expect(places(`${ALL}\np, allow, user:nina, *, dns.txt[*], *, *, "value == 'it – is “so”'"`)).toEqual([]);
  expect(row('“”')).toEqual(['SL617 policy.csv:2:45', 'SL617 policy.csv:2:46']);
  expect(complaints(`${ALL}\np, deny, role:оps, *, domain, *, *, ""`)).toEqual([
    'error SL617 policy.csv:2:15 `о` (U+043E) looks like `o` and is another character (write `o`)',
  ]);
});

test('a condition is checked once its path is known, and so is every row', () => {
  expect(
    places(
      'p, allow, user:nina, *, bridge, *, *, "spt == on"\np, allow, user:nina, *, bridge, *, *, "delay == x"',
    ),
  ).toEqual(['SL632 policy.csv:1:40', 'SL633 policy.csv:2:49']);
});

describe('forms of a file', () => {
  test.each<[string, string, readonly string[]]>([
    ['a byte order mark at the start', `\ufeff${ALL}`, []],
    ['a byte order mark before a comment', `\ufeff# x\n${ALL}`, []],
    ['a byte order mark elsewhere', `${ALL}\n\ufeff${ALL}`, ['SL606 policy.csv:2:1']],
    ['CRLF', `# x\r\n${ALL}\r\n\r\ng, user:nina, role:a, *\r\n`, []],
    ['a lone carriage return', `${ALL}\rp, allow, user:olga, *, **, *, *, ""`, ['SL606 policy.csv:1:37']],
    ['blank lines and blanks', `\n  \n\t${ALL}  \n\t# comment`, []],
    ['no blanks at all', 'p,allow,user:nina,*,**,*,*,""', []],
    ['a row that ends before its condition', 'p, allow, user:nina, *, **, *, *,', ['SL642 policy.csv:1:1']],
    ['a comment behind a row', `${ALL} # nina`, ['SL605 policy.csv:1:38']],
    ['a comment in a column', 'p, allow, user:nina, *, **, * # all, *, ""', ['SL605 policy.csv:1:31']],
    ['a key with `#` in quotes', 'p, allow, user:nina, *, "dns.txt[\'a#b\']", *, *, ""', []],
    ['a look-alike letter in an effect', 'p, аllow, user:nina, *, **, *, *, ""', ['SL617 policy.csv:1:4']],
    ['a look-alike letter in a user', 'p, allow, user:ninа, *, **, *, *, ""', ['SL617 policy.csv:1:19']],
    ['a look-alike letter in a role', `${ALL}\ng, user:nina, role:оperator, *`, ['SL617 policy.csv:2:20']],
    ['a look-alike letter in a network', 'p, allow, user:nina, lаb, **, *, *, ""', ['SL617 policy.csv:1:23']],
    ['a look-alike letter in a path', 'p, allow, user:nina, *, briԁge, *, *, ""', ['SL617 policy.csv:1:28']],
    ['a look-alike of a star', 'p, allow, user:nina, *, **, ∗, *, ""', ['SL617 policy.csv:1:29']],
    ['a no-break space', 'p, allow, user:nina, *, **, *,\u00a0*, ""', ['SL606 policy.csv:1:31']],
    ['a zero-width space', 'p, allow, user:ni\u200bna, *, **, *, *, ""', ['SL606 policy.csv:1:18']],
    ['a soft hyphen', 'p, deny\u00ad, user:nina, *, **, *, *, ""', ['SL606 policy.csv:1:8']],
    ['text turned around', 'p, allow, user:nina, *, **, *, *, "\u202erole a"', ['SL606 policy.csv:1:36']],
    ['text turned around in a comment', `# \u202e${ALL}\n${ALL}`, ['SL606 policy.csv:1:3']],
    ['a null character', `${ALL}\n\u0000`, ['SL606 policy.csv:2:1']],
    ['a tag character', 'p, allow, user:nina, *, **, *, *, "role a\u{e0061}"', ['SL606 policy.csv:1:42']],
    ['words of another script in a comment', `# пример · 例 · ñ\n${ALL}`, []],
    [
      'a word of another script in a condition',
      'p, allow, user:nina, *, portgroup[*], *, *, "name == größe"',
      [],
    ],
    ['quotes: text behind', 'p, "allow"x, user:nina, *, **, *, *, ""', ['SL604 policy.csv:1:11']],
    ['quotes: not first', 'p, al"low", user:nina, *, **, *, *, ""', ['SL604 policy.csv:1:6']],
    ['quotes: not closed', 'p, allow, user:nina, *, **, *, *, "', ['SL604 policy.csv:1:35']],
    [
      'quotes: over two lines',
      'p, allow, user:nina, *, **, *, *, "role a\nor role b"',
      ['SL604 policy.csv:1:35', 'SL604 policy.csv:2:10'],
    ],
    ['quotes: everywhere', '"p","allow","user:nina","*","**","*","*",""', []],
    [
      'quotes: single ones are no quotes',
      "p, 'allow', user:nina, *, **, *, *, ''",
      ['SL608 policy.csv:1:4', 'SL630 policy.csv:1:37'],
    ],
    [
      'two quotes that Casbin would halve',
      'p, allow, user:nina, *, portgroup[*], *, *, "name == """""',
      ['SL607 policy.csv:1:54'],
    ],
    [
      'quotes that Casbin would take away',
      'p, allow, user:nina, *, """bridge""", *, *, ""',
      ['SL607 policy.csv:1:25'],
    ],
    [
      'an empty value in single quotes',
      'p, allow, user:nina, *, portgroup[*], *, *, "name == \'\'"',
      ['SL633 policy.csv:1:54'],
    ],
  ])('%s', (_, rows, wanted) => {
    expect(places(rows).filter((place) => !place.startsWith('SL615'))).toEqual(wanted);
  });
});

describe('model.conf', () => {
  const codes = (model: string): readonly string[] =>
    complaints(ALL, model).map((line) => line.split(' ').slice(1, 3).join(' '));
  test('spacing, comments, order of sections, CRLF and a byte order mark do not matter', () => {
    const sections = MODEL_TEXT.split(/(?=^\[)/m)
      .reverse()
      .join('# more\n; and more\n\n');
    expect(codes(sections.replaceAll(' = ', '  =   ').replaceAll(' && ', '   &&\t'))).toEqual([]);
    expect(codes(`\ufeff${MODEL_TEXT.replaceAll('\n', '\r\n')}`)).toEqual([]);
  });
  test.each<[string, string, readonly string[]]>([
    ['empty', '', Array.from({ length: 5 }, () => 'SL601 -')],
    [
      'a section twice',
      `${MODEL_TEXT}[matchers]\nm = true`,
      ['SL601 model.conf:11:1', 'SL601 model.conf:12:1'],
    ],
    [
      'a second matcher',
      MODEL_TEXT.replace('[matchers]\n', '[matchers]\nm2 = true\n'),
      ['SL601 model.conf:10:1'],
    ],
    ['an unknown section', `${MODEL_TEXT}[matcher]\nm = true`, ['SL601 model.conf:11:1']],
    ['a definition before any section', `m = true\n${MODEL_TEXT}`, ['SL601 model.conf:1:1']],
    ['nonsense', `${MODEL_TEXT}hello`, ['SL601 model.conf:11:1']],
    ['fewer columns', MODEL_TEXT.replace(', when\n', '\n'), ['SL601 model.conf:4:1']],
    ['another effect', MODEL_TEXT.replace('some(where (p.eft == allow)) && ', ''), ['SL601 model.conf:8:1']],
    ['priority', MODEL_TEXT.replace(/e = .*/, 'e = priority(p.eft) || deny'), ['SL601 model.conf:8:1']],
    ['an or for an and', MODEL_TEXT.replace('&& when', '|| when'), ['SL601 model.conf:10:1']],
    [
      'joined lines',
      MODEL_TEXT.replace(' && when', ' \\\n&& when'),
      ['SL601 model.conf:10:1', 'SL601 model.conf:11:1'],
    ],
    ['a commented tail', MODEL_TEXT.replace(' && when(', ' # && when('), ['SL601 model.conf:10:1']],
  ])('%s', (_, model, wanted) => {
    expect(codes(model)).toEqual(wanted);
  });
});

test('roles that nobody has, and rows that repeat', () => {
  expect(
    complaints(
      `${ALL}\ng, user:nina, role:operator, *\np, allow, role:oprator, *, bridge, *, *, ""\n${ALL.replaceAll(' ', '')}\ng, role:ghost, role:operator, *`,
    ),
  ).toEqual([
    'warning SL615 policy.csv:3:11 nobody has `role:oprator` (did you mean `role:operator`?)',
    'warning SL616 policy.csv:4:1 this row stands here a second time (delete one of them)',
    'warning SL615 policy.csv:5:4 nobody has `role:ghost` (give it to somebody: `g, user:NAME, role:ghost, *`)',
  ]);
});

test('a role that only a condition asks for', () => {
  const rows = (when: string): string =>
    `g, user:nina, role:netadmin, *\np, allow, user:nina, *, **, *, *, "${when}"`;
  expect(complaints(rows('role netadmin or role everyone'))).toEqual([]);
  expect(complaints(rows('not (role netadmni)'))).toEqual([
    'warning SL615 policy.csv:2:41 nobody has `role:netadmni` (did you mean `role:netadmin`?)',
  ]);
  expect(complaints(rows('count(ip where role ghost) > 3'))[0]).toContain(
    'SL615 policy.csv:2:51 nobody has `role:ghost`',
  );
});

test('circles of roles of any length', () => {
  const links = (n: number): string =>
    Array.from({ length: n }, (_, i) => `g, role:r${i}, role:r${(i + 1) % n}, *`).join('\n');
  for (const n of [1, 2, 3, 1000])
    expect(places(`${ALL}\n${links(n)}`)).toEqual([`SL613 policy.csv:${n + 1}:1`]);
  // many ways to the same role are no circle
  expect(
    complaints(
      `${ALL}\ng, user:nina, role:a, *\ng, role:a, role:b, *\ng, role:a, role:c, *\ng, role:b, role:d, *\ng, role:c, role:d, *`,
    ),
  ).toEqual([]);
});

test('operations, scopes, acts', () => {
  const row = (op: string, path = 'domain', scope = '*'): readonly string[] =>
    places(`${ALL}\np, allow, user:nina, *, ${path}, ${op}, ${scope}, ""`);
  for (const op of ['*', 'add', 'add|remove', 'add|remove|modify|move']) expect(row(op), op).toEqual([]);
  for (const op of [
    '',
    'Add',
    'add|',
    '|add',
    'add,remove',
    'add|add',
    'add | remove',
    'read',
    '*|add',
    '**',
  ])
    expect(row(op).length, op).toBeGreaterThan(0);
  for (const scope of ['live', 'config', 'live|config', 'config|live', '*'])
    expect(row('*', 'domain', scope), scope).toEqual([]);
  for (const scope of ['', 'LIVE', 'live+config', 'live|live', 'runtime'])
    expect(row('*', 'domain', scope).length, scope).toBeGreaterThan(0);
  for (const path of ['*', 'user:olga', 'role:tenant']) expect(row('impersonate', path), path).toEqual([]);
  for (const path of ['olga', '**', 'domain', 'user:*', 'role:'])
    expect(row('impersonate', path).length, path).toBeGreaterThan(0);
  for (const act of ['start', 'stop', 'autostart', 'start|stop|autostart']) {
    expect(row(act, 'network'), act).toEqual([]);
    expect(row(act, '*'), act).toEqual(['SL620 policy.csv:2:25']);
  }
  expect(row('add|start', 'network')).toEqual(['SL611 policy.csv:2:25']);
  expect(row('impersonate|start', '*')).toEqual(['SL611 policy.csv:2:25']);
});

test('the hash binds both files, byte by byte', () => {
  const hash = (model: string, rules: string): string | undefined =>
    loadPolicy({ model: { name: 'm', text: model }, rules: { name: 'r', text: rules }, name: 'x' }).value
      ?.hash;
  const hashes = [
    hash(MODEL_TEXT, ALL),
    hash(`${MODEL_TEXT}\n`, ALL),
    hash(MODEL_TEXT, `${ALL}\n`),
    hash(MODEL_TEXT, `# x\n${ALL}`),
  ];
  expect(new Set(hashes).size).toBe(4);
  expect(hashes.every((one) => /^[0-9a-f]{64}$/.test(one ?? ''))).toBe(true);
  expect(hash(MODEL_TEXT, ALL)).toBe(hashes[0]);
});

/** What Casbin's own adapter makes of the rows. */
async function readByCasbin(
  rows: string,
): Promise<{ readonly p: readonly string[][]; readonly g: readonly string[][] }> {
  const model = newModelFromString(MODEL_TEXT);
  await new StringAdapter(`${rows}\n`).loadPolicy(model);
  const read = (kind: 'p' | 'g'): readonly string[][] => model.model.get(kind)?.get(kind)?.policy ?? [];
  return { p: read('p'), g: read('g') };
}

describe('what loads is what Casbin reads', () => {
  const blank = fc.constantFrom('', ' ', '  ', '\t');
  const column = (values: readonly string[]): fc.Arbitrary<string> =>
    fc
      .tuple(
        fc.oneof(
          { weight: 9, arbitrary: fc.constantFrom(...values) },
          { weight: 1, arbitrary: fc.string({ maxLength: 8 }) },
        ),
        fc.boolean(),
        blank,
        blank,
      )
      .map(
        ([value, quoted, before, after]) =>
          `${before}${quoted ? `"${value.replaceAll('"', '""')}"` : value}${after}`,
      );
  const rule = fc
    .tuple(
      column(['allow', 'deny', 'report']),
      column(['user:a', 'role:b', 'role:everyone']),
      column(['*', 'lab-*', 'default']),
      column(['**', 'bridge@stp', 'domain', 'uuid@text()', 'dns.txt["a]b"]', "dns.txt['a,b']", "'flood'"]),
      column(['*', 'add', 'add|modify']),
      column(['*', 'config']),
      column([
        '',
        'role b',
        'not (role b or role c)',
        'count(ip) > 3',
        'count(dns.txt where name in {a, b}) > 3',
      ]),
    )
    .map((columns) => ['p', ...columns].join(','));
  const link = fc
    .tuple(column(['user:a', 'role:b']), column(['role:b', 'role:c']), column(['*', 'lab-*']))
    .map((columns) => ['g', ...columns].join(','));
  const line = fc.oneof(rule, rule, link, fc.constantFrom('', '# comment', ' # "quoted', '  '));

  test('row by row, column by column', async () => {
    let loaded = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('\n', '\r\n'),
        async (lines, end) => {
          const rows = lines.join(end);
          const { value } = loadPolicy({
            model: { name: 'm', text: MODEL_TEXT },
            rules: { name: 'r', text: rows },
            name: 'x',
          });
          if (value === null) return;
          loaded++;
          const casbin = await readByCasbin(rows);
          expect(
            value.rules.map((one) => [
              one.effect,
              one.subject,
              one.network,
              one.path,
              one.operation,
              one.scope,
              one.when,
            ]),
          ).toEqual(casbin.p);
          expect(value.links.map((one) => [one.member, one.role, one.network])).toEqual(casbin.g);
        },
      ),
      { numRuns: 300 },
    );
    expect(loaded).toBeGreaterThan(20);
  });
});

test('no text makes the loader throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.string({
          unit: fc.constantFrom(
            'p',
            'g',
            ',',
            '"',
            ' ',
            '\n',
            '#',
            '*',
            '(',
            ')',
            ':',
            'allow',
            'user:',
            '\r',
            '\ufeff',
          ),
          maxLength: 80,
        }),
      ),
      (text) => {
        complaints(text);
        complaints(ALL, text);
      },
    ),
    { numRuns: 500 },
  );
});

test('a large policy loads in linear time', () => {
  const rows = (n: number): string =>
    Array.from(
      { length: n },
      (_, i) =>
        `p, allow, user:u${i}, *, ip[*].dhcp.host[*], add|modify, config, "ip in 10.${i >> 8}.${i & 255}.0/24"`,
    ).join('\n');
  const started = performance.now();
  expect(policyOf(rows(10_000)).rules).toHaveLength(10_000);
  complaints('x\n'.repeat(100_000));
  complaints(`"${'x'.repeat(5_000_000)}`);
  expect(performance.now() - started).toBeLessThan(30_000);
});

test('roles that nobody has are guessed at a few times only', () => {
  const given = Array.from({ length: 3_000 }, (_, i) => `g, user:u${i}, role:given-${i}, *`);
  const asked = Array.from({ length: 3_000 }, (_, i) => `p, allow, role:givne-${i}, *, **, *, *, ""`);
  const started = performance.now();
  const found = complaints([...given, ...asked].join('\n'));
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(found).toHaveLength(3_000);
  expect(found.filter((line) => line.includes('did you mean'))).toHaveLength(20);
});
