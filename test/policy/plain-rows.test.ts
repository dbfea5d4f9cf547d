// A row means the same and is complained about the same whatever rows stand before it: those that resemble them are read in
// a shorter way (src/policy/rule-row.ts), and every row is also read alone, where nothing resembles it.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import type { Condition } from '../../src/policy/condition.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { MODEL_TEXT } from '../../src/policy/model-conf.ts';
import type { PathPattern } from '../../src/policy/path-pattern.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { placeText } from '../../src/source/source.ts';

function load(text: string): {
  readonly value: Policy | null;
  readonly diagnostics: readonly Diagnostic[];
} {
  return loadPolicy({
    model: { name: 'm', text: MODEL_TEXT },
    rules: { name: 'r', text },
    name: 'x',
  });
}

/** What depends on other rows: nothing allowed, nobody has a role, a row again, a circle, warnings said once for a path or a condition. */
const ABOUT_ALL = new Set(['SL600', 'SL613', 'SL615', 'SL616', 'SL626', 'SL640']);

/** Of these, what a row that stands alone for its path and condition has not. */
const ABOUT_OTHERS = new Set(['SL600', 'SL615', 'SL616']);

function complaints(diagnostics: readonly Diagnostic[], except = ABOUT_ALL): readonly string[] {
  return diagnostics
    .filter(({ code }) => !except.has(code))
    .map(
      ({ code, severity, span, message, help }) =>
        `${severity} ${code} ${span === null ? '' : `${placeText(span)}-${span.end}`} ${message} (${help})`,
    )
    .toSorted();
}

function rulesOf(policy: Policy | null): readonly unknown[] {
  return (policy?.rules ?? []).map(({ covers, condition, at: _, operations, scopes, ...texts }) => ({
    ...texts,
    covers: covers.type === 'changes' ? meaningOf(covers.pattern) : covers,
    operations: [...operations],
    scopes: [...scopes],
    condition: {
      text: condition.text,
      roles: condition.roles.map(({ text }) => text),
      range: needed(condition),
    },
  }));
}

function needed({ range }: Condition): unknown {
  return range === null ? null : [range.operand.side, range.operand.name, range.cidr];
}

/** Without places, which count from the start of the file. */
function meaningOf({ leaf, anchors, ...pattern }: PathPattern): unknown {
  return {
    ...pattern,
    leaf: leaf?.type === 'attribute' ? `${leaf.name} ${leaf.quoted}` : leaf?.type,
    anchors: anchors.map((spec) => spec.name),
  };
}

const of = <T>(...some: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...some);
const number = fc.oneof(fc.integer({ min: 0, max: 40 }).map(String), of('300', '08', '-1', '1e1', ''));
const address = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(number, number).map(([a, b]) => `10.0.${a}.${b}`) },
  { weight: 1, arbitrary: of('10.0.0.0', 'fd00::1', '::ffff:10.0.0.1', '010.0.0.1', '10.0.0', '1.2.3.4.5') },
);
const range = fc.oneof(
  { weight: 1, arbitrary: fc.tuple(address, number).map((both) => both.join('/')) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 255 }).map((n) => `10.0.${n}.0/24`) },
  {
    weight: 1,
    arbitrary: of('10.0.0.0/24', '10.0.0.0/08', 'fd00::/64', '10.0.0.1', '10.0.0.0/', '/24', '{'),
  },
);
const name = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 99 }).map((n) => `*.t${n}.example.com`) },
  {
    weight: 2,
    arbitrary: of(
      'a',
      '*',
      'a*b',
      '',
      '"',
      "'a b'",
      "''",
      "'a(b'",
      'a(b)',
      'ä',
      'а',
      'a#b',
      '$x',
      'and',
      '=a',
      'a b',
      'a\tb',
    ),
  },
);
const key = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 16, max: 99 }).map((n) => `52:54:00:00:00:${n}`) },
  {
    weight: 1,
    arbitrary: of(
      '52:54:00:00:00:0B',
      '1:2',
      'web',
      '*',
      'a b',
      '"a]b"',
      'name=x',
      '#2',
      '',
      '$x',
      'a/b',
      '1-2',
    ),
  },
);
const keyed = (pattern: string, ...keys: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...keys).map((written) => written.reduce((text, one) => text.replace('?', () => one), pattern));

/** Texts that differ in values alone, many of them: what the short way is for. */
const conditions: readonly fc.Arbitrary<string>[] = [
  of(''),
  keyed('ip in ?', range),
  keyed('not ip in ?', range),
  keyed('ip in ? and name like ?', range, name),
  keyed('role ghost and (name like ? or  ip in ?)', name, range),
  keyed("name == '?'", name),
  keyed('mac == ?', key),
  keyed('ip in {?, ?}', address, address),
  keyed('ip>=?', address),
  keyed('average > ?', number),
  keyed('count(ip[*].dhcp.host where ip in ?) > 3', range),
  keyed('after.name == ?', name),
  keyed('time in mon-fri 08:00-18:00 and ip in ?', range),
];
const paths: readonly fc.Arbitrary<string>[] = [
  of('ip[*].dhcp.host[*]'),
  of('**.inbound'),
  keyed('ip[*].dhcp.host[?]', key),
  keyed('ip[?].dhcp.host[?]@ip', address, key),
  keyed('ip[10.0.0.1].dhcp.range[?-?]', address, address),
  keyed('dns.srv[?/tcp/*/?]', name, name),
  keyed('dns.txt[?]', name),
];
const oddPath = of('ip.dhcp.host', 'bridge@stp', '**', 'domain', 'hsot', 'user:bo', '*', "'flood'", '');
const oddCondition = of(
  'role ghost',
  'ip exists',
  'mac in {',
  'ip in',
  'count(ip[*].dhcp.host) > 3',
  '(',
  'ip like a',
);
const tenth = <T>(rare: fc.Arbitrary<T>, usual: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 1, arbitrary: rare }, { weight: 9, arbitrary: usual });

/** How a cell is written: blanks around it, and whether in quotes; null as usual. */
type Look = { readonly blanks: string; readonly quoted: boolean | null };
const look = tenth<Look>(
  fc.record({ blanks: of(' ', '\t', '  ', ''), quoted: fc.boolean() }),
  fc.constant({ blanks: '', quoted: null }),
);
function written(cells: readonly string[], looks: readonly Look[]): string {
  return cells
    .map((cell, at) => {
      const { blanks, quoted } = looks[at] ?? { blanks: '', quoted: null };
      const quotes = quoted ?? (at === 7 || cell.includes(','));
      return `${blanks}${quotes ? `"${blanks}${cell.replaceAll('"', '""')}"` : cell}${blanks}`;
    })
    .join(', ');
}
const looks = fc.array(look, { minLength: 8, maxLength: 8 });

/** Rows that resemble each other, one in ten cells of which is something else. */
const resembling = fc
  .tuple(of(...conditions), of(...paths), of('allow', 'deny'), of('add|remove|modify', 'modify', '*'))
  .chain(([condition, path, effect, operation]) => {
    const rule = fc
      .tuple(
        fc.tuple(
          tenth(of('P', 'g'), of('p')),
          tenth(of('report', 'Deny', ''), of(effect)),
          tenth(of('user:o#', 'ole:a', 'role:', 'role:everyone'), keyed('role:t?', number)),
          tenth(of('a b', '**', ''), of('default', '*', 'lab-*')),
          tenth(oddPath, path),
          tenth(of('impersonate', 'start', 'add|impersonate', 'delete', 'add|add'), of(operation)),
          tenth(of('both', '', '*'), of('config')),
          tenth(oddCondition, condition),
        ),
        looks,
      )
      .map(([cells, look]) => written(cells, look));
    const link = fc
      .tuple(
        tenth(of('role:everyone', 'user:', 'role:a'), keyed('user:u?', number)),
        of('role:a', 'user:x'),
        looks,
      )
      .map(([member, role, look]) => written(['g', member, role, 'default'], look));
    const other = of(
      '',
      '# comment',
      '  # ä',
      'p, allow',
      'x',
      'p, allow, a, b, c, d, e, f, g',
      '\u00a0',
      'p,'.repeat(9),
    );
    return fc.array(
      fc.oneof(
        { weight: 16, arbitrary: rule },
        { weight: 3, arbitrary: link },
        { weight: 1, arbitrary: other },
      ),
      { minLength: 2, maxLength: 40 },
    );
  });
const rows = fc.tuple(resembling, of('\n', '\r\n'));

test('what is wrong with a row does not depend on the others', () => {
  fc.assert(
    fc.property(rows, ([all, lineEnd]) => {
      const alone = all.flatMap((one, at) => complaints(load(lineEnd.repeat(at) + one).diagnostics));
      expect(complaints(load(all.join(lineEnd)).diagnostics).map(withoutEnd)).toEqual(
        alone.map(withoutEnd).toSorted(),
      );
    }),
    { numRuns: 150 },
  );
}, 60_000);

/** Offsets count from the start of the file, which differs. */
function withoutEnd(complaint: string): string {
  return complaint.replace(/-\d+ /, ' ');
}

test('what a row says does not depend on the others', () => {
  fc.assert(
    fc.property(rows, ([all, lineEnd]) => {
      const sound = all.filter((one) => load(one).value !== null);
      const alone = sound.flatMap((one, at) => rulesOf(load(lineEnd.repeat(at) + one).value));
      const { value, diagnostics } = load(sound.join(lineEnd));
      // roles that inherit each other in a circle
      fc.pre(diagnostics.every(({ code }) => code !== 'SL613'));
      expect(rulesOf(value)).toEqual(alone);
    }),
    { numRuns: 150 },
  );
}, 60_000);

test('a condition that warns does so once for each path', () => {
  const row = (key: string, network: string): string =>
    `p, deny, role:everyone, ${network}, ip[*].dhcp.host[${key}], modify, *, "name == x"`;
  const text = [
    row('1:2:3:4:5:6', 'a'),
    row('1:2:3:4:5:6', 'b'),
    row('1:2:3:4:5:7', 'a'),
    row('1:2:3:4:5:7', 'b'),
  ];
  const { diagnostics } = load(text.join('\n'));
  expect(
    diagnostics.flatMap(({ code, span }) => (code === 'SL640' && span !== null ? [placeText(span)] : [])),
  ).toEqual(['r:1:70', 'r:3:70']);
});

test('rows that differ in a key are no repetition, others are', () => {
  const row = (key: string): string =>
    `p, allow, user:bo, *, ip[*].dhcp.host[${key}], modify, *, "ip in 10.0.0.0/8"`;
  const text = ['1:2:3:4:5:6', '1:2:3:4:5:7', '1:2:3:4:5:8', '1:2:3:4:5:7', '1:2:3:4:5:6']
    .map(row)
    .join('\n');
  const { diagnostics } = load(text);
  expect(
    diagnostics.map(
      ({ code, span, labels }) =>
        `${code} ${span === null ? '' : placeText(span)} ${labels.map((label) => placeText(label.span)).join()}`,
    ),
  ).toEqual(['SL616 r:4:1 r:2:1', 'SL616 r:5:1 r:1:1']);
});

/** Good rows, each with others that differ in one thing about which there is something to say, or which means something else. */
const SIBLINGS: readonly (readonly [string, readonly string[]])[] = [
  [
    `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, "ip in 10.0.0.0/24 and name == 'x'"`,
    [
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, "ip in 10.0.0.0/24 and name == 'a(b'"`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, "ip in 10.0.0.0/24 and name == 'a#b'"`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, "ip in 10.0.0.0/24 and name == ''"`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, "ip in 10.0.0.0/24 and name == 'x"`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, "ip in 10.0.0.0/24 and name == 'x' or ip exists"`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, "ip in 10.0.0.0/24 and name == 'ä'"`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, "ip in 10.0.0.0/24 and name == 'а'"`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, "ip in 10.0.0.0/24 and name == '\u0007'"`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, "ip in 10.0.0.0/24 and name == 'x'" # why`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, "ip in 10.0.0.0/24 and name == 'x'",`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, "ip in 10.0.0.0/24 and name == 'x'`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, "ip in 10.0.0.0/24 and name == ""x"""`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, "ip in 10.0.0.1/24 and name == 'x'"`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, "ip in and name == 'x'"`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, "ip in  and name == 'x'"`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, "ip in {10.0.0.0/24} and name == 'x'"`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, "ip in '10.0.0.0/24' and name == 'x'"`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, ip in 10.0.0.0/24 and name == 'x'`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, ip in 10.0.0.0/24 and name == 'a#b'`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, ""`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *,`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add`,
      `g, allow, role:a, *, ip[*].dhcp.host[*], add, *, ""`,
      `p, allow, role:a, *, ip[*].dhcp.host[*], add, *, ""x`,
      `pp, allow, role:a, *, ip[*].dhcp.host[*], add, *, ""`,
    ],
  ],
  [
    'p, allow, role:a, *, ip[*].dhcp.host[1:2:3:4:5:6]@ip, modify, *, ""',
    [
      'p, allow, role:a, *, ip[*].dhcp.host[web]@ip, modify, *, ""',
      'p, allow, role:a, *, ip[*].dhcp.host[1:2:3:4:5:6]@ip, modify, *,',
      'p, allow, role:a, *, ip[*].dhcp.host[]@ip, modify, *, ""',
      'p, allow, role:a, *, ip[*].dhcp.host[*]@ip, modify, *, ""',
      'p, allow, role:a, *, ip[*].dhcp.host[#1]@ip, modify, *, ""',
      'p, allow, role:a, *, ip[*].dhcp.host[a/b]@ip, modify, *, ""',
      'p, allow, role:a, *, ip[*].dhcp.host[1:2:3:4:5:6@ip, modify, *, ""',
      'p, allow, role:a, *, ip[*].dhcp.host[1:2:3:4:5:6]@ipp, modify, *, ""',
      'p, allow, role:a, *, ip[*].dhcp.host[1:2:3:4:5:7]@ip, modify, *, ""',
      'p, allow, role:a, *, ip[*].dhcp.host[\'1:2:3:4:5:7\']@ip, modify, *, ""',
      'p, allow, role:a, *, ip[*].dhcp.host[1:2:3:4:5:7]@ip, impersonate, *, ""',
      'p, allow, role:a, *, ip[*].dhcp.host[1:2:3:4:5:7]@ip, modify, *, "ip in x"',
    ],
  ],
  [
    'p, allow, role:a, *, ip[10.0.0.1], modify, *, ""',
    ['p, allow, role:a, *, ip[10.0.0.300], modify, *, ""'],
  ],
  [
    'p, allow, role:a, *, dns.srv[a/tcp/*/b], modify, *, ""',
    ['p, allow, role:a, *, dns.srv[a/tcp/*], modify, *, ""'],
  ],
  [
    'p, allow, role:a, *, dns.txt[*], modify, *, "value == x or value == y"',
    [
      'p, allow, role:a, *, dns.txt[*], modify, *, "value ==  or value == y"',
      'p, allow, role:a, *, dns.txt[*], modify, *, "value == not or value == or"',
    ],
  ],
  [
    'g, user:a, role:a, *',
    [
      'g, user:a, role:everyone, *',
      'g, role:everyone, role:a, *',
      'g, user:b, user:a, *',
      'g, user:b, role:a, a b',
      'g, user:b, role:a, *, *',
      'g, user:b, role:a',
      'g, "user:b", "role:a", "*"',
      'g, "role:b", role:a, *',
    ],
  ],
];

test.each(SIBLINGS)('behind itself and others: %s', (good, others) => {
  for (const other of others) {
    const behind = load([good, good.replace('role:a', 'role:z'), other].join('\n'));
    const alone = load(`\n\n${other}`);
    expect(complaints(behind.diagnostics, ABOUT_OTHERS).map(withoutEnd), other).toEqual(
      complaints(alone.diagnostics, ABOUT_OTHERS).map(withoutEnd),
    );
    if (alone.value !== null)
      expect(rulesOf(behind.value).slice(good.startsWith('p') ? 2 : 0), other).toEqual(rulesOf(alone.value));
  }
});

test('where a role is first is told with its quotes', () => {
  const { diagnostics } = load(
    'p, allow, role:a, *, **, *, *, ""\np, allow, "role:b", *, **, *, *, ""\ng, "role:c", role:a, *',
  );
  expect(
    diagnostics.map(
      ({ code, span }) => `${code} ${span === null ? '' : `${placeText(span)} ${span.end - span.start}`}`,
    ),
  ).toEqual(['SL615 r:2:11 8', 'SL615 r:3:4 8']);
});
