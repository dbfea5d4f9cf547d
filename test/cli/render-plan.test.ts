import { describe, expect, test } from 'vitest';
import type { Look } from '../../src/cli/console.ts';
import { renderPlan } from '../../src/cli/render-plan.ts';
import type { Change } from '../../src/diff/change.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Source, Span } from '../../src/source/source.ts';
import { allowedBy, changeOf, type Decide, documentOf, planOf, rule, Tree } from './made-plan.ts';

const PIPE: Look = { colour: false, width: 120, unicode: true, terminal: false };

const TENANT = rule(
  6,
  'p, allow, role:tenant-a,    default, ip[*].dhcp.host[*], add|remove|modify, config, "ip in 10.0.0.128/25"',
);
const NETADMIN = rule(12, 'p, allow, role:netadmin, *, **, *, *, ""');
const STP = rule(8, 'p, allow, role:operator, *, bridge@stp, modify, *, ""');
const DOMAIN = rule(9, 'p, deny, role:everyone, *, domain, *, *, "not role netadmin"');
const RATE = rule(10, 'p, deny, role:everyone, *, **.inbound@average, add|modify, *, "after.average > 1000"');
const CLOSED = rule(11, 'p, deny, role:everyone, *, bridge, *, *, ""');

const H = 'ip[10.0.0.1].dhcp.host';
const SCRIPT: Source = { name: 'web.sluice', text: 'one\ntwo\nthree\nfour\n' };
const ROWS: Source = { name: 'hosts.csv', text: 'mac,ip\na,b\nc,d\n' };

/** The line `n` of a source. */
function at(source: Source, n: number): Span {
  const start = source.text.split('\n', n - 1).join('\n').length + (n > 1 ? 1 : 0);
  return { source, start, end: start + 1 };
}

/** Changes from their texts, all caused by one line. */
function changes(
  texts: readonly string[],
  cause: readonly Span[] = [at(SCRIPT, 3)],
  tree = new Tree(),
): readonly Change[] {
  return texts.map((text) => changeOf(tree, text, cause));
}

const addedHost = [
  `+ ${H}[52:54:00:00:00:0c]`,
  `+ ${H}[52:54:00:00:00:0c]@mac  52:54:00:00:00:0c`,
  `+ ${H}[52:54:00:00:00:0c]@name  v2.a.example.com`,
  `+ ${H}[52:54:00:00:00:0c]@ip  10.0.0.131`,
];

const allowAll: Decide = () => allowedBy(NETADMIN);

/** The plan without its header. */
function body(plan: Plan, look: Partial<Look> = {}, full = false): string {
  const text = renderPlan(plan, { ...PIPE, ...look }, { full, purpose: 'plan' });
  return text.slice(text.indexOf('\n\n') + 2);
}

/** The body of a plan of one document. */
function shown(list: readonly Change[], decide: Decide = allowAll, look: Partial<Look> = {}): string {
  return body(planOf([documentOf(list, decide)]), look);
}

describe('the header', () => {
  test('says what, where, who and by which policy', () => {
    const plan = planOf([documentOf(changes(['~ bridge@stp  on*  off']), allowAll)]);
    expect(renderPlan(plan, PIPE, { full: false, purpose: 'plan' }).split('\n').slice(0, 3)).toEqual([
      'Plan for default (config) in dir:/srv/networks',
      '  by alice, policy ./policies (1f3a9c2e7b04)',
      '',
    ]);
  });

  test('says on whose behalf and why', () => {
    const plan = planOf([documentOf(changes(['~ bridge@stp  on*  off']), allowAll)], {
      realSubject: 'user:root',
      because: 'rack 7 moves',
      impersonation: { allowed: true, rule: null },
    });
    expect(renderPlan(plan, PIPE, { full: false, purpose: 'plan' }).split('\n').slice(1, 3)).toEqual([
      '  by root as alice, policy ./policies (1f3a9c2e7b04)',
      '  because rack 7 moves',
    ]);
  });
});

describe('elements', () => {
  test('an added host is one line', () => {
    expect(shown(changes(addedHost), () => allowedBy(TENANT))).toBe(
      `  + ${H}[52:54:00:00:00:0c]  mac=52:54:00:00:00:0c name=v2.a.example.com ip=10.0.0.131  # web.sluice:3
    ✓ allowed by policies/policy.csv:6

4 changes to default, all allowed; apply stores them in the file.
`,
    );
  });

  test('neighbours that fare alike share their verdict; causes stand in a column', () => {
    const tree = new Tree();
    const row = (n: number): readonly Span[] => [at(ROWS, n), at(SCRIPT, 4)];
    const list = [
      ...changes([`+ ${H}[a]`, `+ ${H}[a]@ip  10.0.0.1`], row(2), tree),
      ...changes([`+ ${H}[bb]`, `+ ${H}[bb]@ip  10.0.0.2`], row(3), tree),
    ];
    expect(shown(list)).toBe(
      `  + ${H}[a]  ip=10.0.0.1   # web.sluice:4, hosts.csv:2
  + ${H}[bb]  ip=10.0.0.2  # web.sluice:4, hosts.csv:3
    ✓ allowed by policies/policy.csv:12

4 changes to default, all allowed; apply stores them in the file.
`,
    );
  });

  test('a new subtree is a tree, and its defaults stand in brackets', () => {
    const list = changes([
      '+ ip[10.0.2.1]',
      '+ ip[10.0.2.1]@address  10.0.2.1',
      '+ ip[10.0.2.1]@localPtr  no*',
      '+ ip[10.0.2.1].dhcp',
      '+ ip[10.0.2.1].dhcp.range[10.0.2.10-10.0.2.20]',
      '+ ip[10.0.2.1].dhcp.host[x]',
      '+ ip[10.0.2.1].dhcp.host[x]@ip  10.0.2.5',
      '+ portgroup[p]',
    ]);
    expect(shown(list)).toBe(
      `  + ip[10.0.2.1]  address=10.0.2.1 (localPtr=no)  # web.sluice:3
  +   dhcp                                        # web.sluice:3
  +     range[10.0.2.10-10.0.2.20]                # web.sluice:3
  +     host[x]  ip=10.0.2.5                      # web.sluice:3
  + portgroup[p]                                  # web.sluice:3
    ✓ allowed by policies/policy.csv:12

8 changes to default, all allowed; apply stores them in the file.
`,
    );
  });

  test('modified, unset, set, moved and removed', () => {
    const list = changes(
      [
        '~ bridge@stp  on*  off',
        '~ domain@name  a.example  b.example',
        '~ domain@localOnly  yes  no*',
        '~ mtu@size  none  9000',
        '~ dns.host[10.0.0.9].hostname[x]@text()  old  new',
        '> forward.interface[eth21]',
        '> forward.interface[eth22]  interface[eth20]',
        `- ${H}[b]`,
        `- ${H}[b]@ip  10.0.0.20`,
      ],
      [],
    );
    expect(shown(list)).toBe(
      `  ~ bridge  stp: on (default) → off
  ~ domain
      name: a.example → b.example
      localOnly: yes → no (default)
  ~ mtu  size: (absent) → 9000
  ~ dns.host[10.0.0.9].hostname[x]  text(): old → new
  > forward.interface[eth21]  now first
  > forward.interface[eth22]  now behind interface[eth20]
  - ${H}[b]  ip=10.0.0.20
    ✓ allowed by policies/policy.csv:12

9 changes to default, all allowed; apply stores them in the file.
`,
    );
  });

  test('every attribute names its own cause where they differ', () => {
    const tree = new Tree();
    const list = [
      changeOf(tree, '~ bridge@stp  on*  off', [at(SCRIPT, 1)]),
      changeOf(tree, '~ bridge@delay  0  5', [at(SCRIPT, 2)]),
    ];
    expect(shown(list)).toContain(
      `  ~ bridge
      stp: on (default) → off  # web.sluice:1
      delay: 0 → 5  # web.sluice:2
`,
    );
    const added = [
      changeOf(tree, '+ domain', [at(SCRIPT, 1)]),
      changeOf(tree, '+ domain@name  a', [at(SCRIPT, 2)]),
    ];
    expect(shown(added)).toContain('  + domain  name=a  # web.sluice:1; web.sluice:2\n');
  });

  test('what the element table does not know says so', () => {
    const [modified, attribute] = changes(
      ["~ flood  <flood limit='5'/>  <flood limit='9'/>", '~ bridge@speed  1  2'],
      [],
    );
    const list = [
      { ...modified!, kind: 'unknown' as const },
      { ...attribute!, kind: 'unknown' as const },
    ];
    expect(shown(list)).toContain(
      `  ~ flood  "<flood limit='5'/>" → "<flood limit='9'/>" (not in the element table)
  ~ bridge  speed: 1 → 2 (not in the element table)
`,
    );
  });

  test('a value of several words is quoted, a long one shortened unless all is wanted', () => {
    const list = changes(['~ title@text()  a b  ' + 'x'.repeat(500)], []);
    expect(shown(list)).toContain(`text(): "a b" → ${'x'.repeat(119)}…\n`);
    expect(body(planOf([documentOf(list, allowAll)]), {}, true)).toContain('x'.repeat(500));
  });

  test('what a stranger wrote cannot fool the terminal', () => {
    const text = shown(changes(['~ domain@name  a\u001b[2J  \u202eb', '+ portgroup[\u0007]']));
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(text).toContain('name: "a\\u{1b}[2J" → "\\u{202e}b"');
    expect(text).toContain('portgroup["\\u{7}"]');
  });
});

describe('denials', () => {
  test('a deny: the row, why, and who can', () => {
    const deny: Decide = () => ({ type: 'denied', rule: DOMAIN, because: null });
    expect(shown(changes(['~ domain@name  a  b']), deny)).toBe(
      `  ~ domain  name: a → b  # web.sluice:3
    ✗ denied by policies/policy.csv:9
        p, deny, role:everyone, *, domain, *, *, "not role netadmin"
        why: \`not role netadmin\` holds
      → ask somebody with role:netadmin, whom this rule lets through

1 change to default: 0 allowed, 1 denied. Nothing will be written.
`,
    );
  });

  test('a deny with a condition: other values, or the keeper', () => {
    const deny: Decide = () => ({ type: 'denied', rule: RATE, because: '`average` is 2000' });
    expect(shown(changes(['~ portgroup[p].bandwidth.inbound@average  500  2000']), deny)).toContain(
      `        why: \`average\` is 2000
      → choose values for which \`after.average > 1000\` is false, or ask whoever keeps ./policies
`,
    );
  });

  test('a deny without one', () => {
    const deny: Decide = () => ({ type: 'denied', rule: CLOSED, because: null });
    expect(shown(changes(['~ bridge@stp  on*  off']), deny)).toContain(
      `        p, deny, role:everyone, *, bridge, *, *, ""
      → ask whoever keeps ./policies: this rule knows no exception
`,
    );
  });

  test('no rule: the nearest, what it missed, and what it would take', () => {
    const deny: Decide = () => ({
      type: 'default-deny',
      fault: null,
      nearest: [
        { rule: TENANT, missed: 'condition false before: `ip` is 10.0.0.20' },
        { rule: STP, missed: 'needs `role:operator`, which `user:alice` does not have on `default`' },
      ],
    });
    expect(shown(changes([`~ ${H}[b]@ip  10.0.0.20  10.0.0.140`]), deny)).toBe(
      `  ~ ${H}[b]  ip: 10.0.0.20 → 10.0.0.140  # web.sluice:3
    ✗ denied: no rule lets alice do this
        nearest rule: policies/policy.csv:6
          p, allow, role:tenant-a, default, ip[*].dhcp.host[*], add|remove|modify, config, "ip in 10.0.0.128/25"
          why not: condition false before: \`ip\` is 10.0.0.20
        then policies/policy.csv:8: needs \`role:operator\`, which \`user:alice\` does not have on \`default\`
      → alice may add, remove or modify ip[*].dhcp.host[*] in default if ip in 10.0.0.128/25
        ask somebody with role:operator, who may modify bridge@stp
        else ask whoever keeps ./policies

1 change to default: 0 allowed, 1 denied. Nothing will be written.
`,
    );
  });

  test('a rule that nobody can do anything about is no way out', () => {
    const deny: Decide = () => ({
      type: 'default-deny',
      fault: null,
      nearest: [{ rule: STP, missed: 'covers only `@stp`' }],
    });
    expect(shown(changes(['~ bridge@delay  0  5']), deny)).toContain(
      `          why not: covers only \`@stp\`
      → ask whoever keeps ./policies for a rule such as
          p, allow, user:alice, default, bridge@delay, modify, config, ""
`,
    );
  });

  test('no rule at all: the one that would do', () => {
    const deny: Decide = () => ({ type: 'default-deny', fault: null, nearest: [] });
    expect(shown(changes(['~ bridge@stp  on*  off']), deny)).toContain(
      `      → ask whoever keeps ./policies for a rule such as
          p, allow, user:alice, default, bridge@stp, modify, config, ""
`,
    );
  });

  test('a gate that failed denies, and says so', () => {
    const deny: Decide = () => ({ type: 'default-deny', nearest: [], fault: 'boom' });
    expect(shown(changes(['~ bridge@stp  on*  off'], []), deny)).toContain(
      `    ✗ denied: the gate failed, and what it cannot decide it denies
        boom
      → this is a bug in sluice: please report it
`,
    );
  });

  test('come first, and an element that fares both ways says which part', () => {
    const decide: Decide = ({ leaf }) =>
      leaf.type === 'attribute' && leaf.name === 'average'
        ? { type: 'denied', rule: RATE, because: '`average` is 2000' }
        : allowedBy(NETADMIN);
    const list = changes(
      [
        '~ bridge@stp  on*  off',
        '+ portgroup[p].bandwidth.inbound',
        '+ portgroup[p].bandwidth.inbound@average  2000',
        '+ portgroup[p].bandwidth.inbound@peak  3000',
      ],
      [],
    );
    expect(shown(list, decide)).toBe(
      `  + portgroup[p].bandwidth.inbound  average=2000 peak=3000
    ✗ average: denied by policies/policy.csv:10
        p, deny, role:everyone, *, **.inbound@average, add|modify, *, "after.average > 1000"
        why: \`average\` is 2000
      → choose values for which \`after.average > 1000\` is false, or ask whoever keeps ./policies
    ✓ the element, peak: allowed by policies/policy.csv:12

  ~ bridge  stp: on (default) → off
    ✓ allowed by policies/policy.csv:12

4 changes to default: 3 allowed, 1 denied. Nothing will be written.
`,
    );
  });

  test('rules on trial are told of, and decide nothing', () => {
    const trial = rule(20, 'p, report, role:everyone, *, bridge, *, *, ""');
    expect(body(planOf([documentOf(changes(['~ bridge@stp  on*  off'], []), allowAll, [trial])]))).toBe(
      `  ~ bridge  stp: on (default) → off
    ✓ allowed by policies/policy.csv:12
    on trial: policies/policy.csv:20 would deny one change of this

1 change to default, allowed; apply stores them in the file.
`,
    );
  });
});

describe('the summary', () => {
  test('nothing to do', () => {
    expect(renderPlan(planOf([documentOf([], allowAll)]), PIPE, { full: false, purpose: 'plan' })).toContain(
      '\n\nNothing to do: default is so already.\n',
    );
  });

  test('several networks', () => {
    const one = documentOf(changes(['~ bridge@stp  on*  off'], []), allowAll);
    const two = {
      ...documentOf(changes(['~ bridge@stp  on*  off', '~ mtu@size  1  2'], []), allowAll),
      network: 'lab',
    };
    expect(renderPlan(planOf([one, two]), PIPE, { full: false, purpose: 'plan' })).toBe(
      `Plan for default, lab (config) in dir:/srv/networks
  by alice, policy ./policies (1f3a9c2e7b04)

default (config)
  ~ bridge  stp: on (default) → off
    ✓ allowed by policies/policy.csv:12

lab (config)
  ~ bridge  stp: on (default) → off
  ~ mtu  size: 1 → 2
    ✓ allowed by policies/policy.csv:12

1 change to default, 2 to lab, all allowed; apply stores them in the file.
`,
    );
  });

  test('live and config of one network are one section where they say the same', () => {
    const both = (['live', 'config'] as const).map((scope) =>
      documentOf([changeOf(new Tree(), '~ bridge@stp  on*  off', [], scope)], allowAll),
    );
    const documents = both.map((document, index) => ({
      ...document,
      scope: index === 0 ? ('live' as const) : ('config' as const),
    }));
    expect(body(planOf(documents))).toBe(
      `default (live + config)
  ~ bridge  stp: on (default) → off
    ✓ allowed by policies/policy.csv:12

2 changes to default, all allowed; apply stores them in the file.
`,
    );
  });

  test('what if: who may not act for another is told', () => {
    const plan = planOf([documentOf(changes(['~ bridge@stp  on*  off'], []), allowAll)], {
      realSubject: 'user:bob',
      impersonation: { allowed: false, rule: null },
      allowed: false,
    });
    expect(body(plan)).toContain('\nWhat if: bob may not act as alice, so only alice can apply this.\n');
    expect(renderPlan(plan, PIPE, { full: false, purpose: 'apply' })).toContain(`
✗ denied: bob may not act as alice: no rule lets them. Nothing will be written.
  → ask whoever keeps ./policies for a rule such as
      p, allow, user:bob, *, user:alice, impersonate, *, ""
`);
  });
});

describe('the look', () => {
  test('ASCII alone where nothing else can be shown', () => {
    const text = shown(
      changes(['~ bridge@stp  on*  off', '~ domain@name  a  b']),
      ({ pair }) =>
        pair.step?.name === 'bridge' ? allowedBy(STP) : { type: 'denied', rule: DOMAIN, because: null },
      { unicode: false },
    );
    expect(text).toMatch(/^[\n -~]+$/);
    expect(text).toContain('stp: on (default) -> off');
  });

  test('colour changes nothing but colour', () => {
    const list = changes([...addedHost, '~ domain@name  a  b']);
    const decide: Decide = ({ pair }) =>
      pair.step?.name === 'domain' ? { type: 'denied', rule: DOMAIN, because: null } : allowedBy(TENANT);
    const coloured = shown(list, decide, { colour: true });
    expect(coloured).toContain('\u001b[');
    expect(coloured.replace(/\u001b\[[0-9;]*m/g, '')).toBe(shown(list, decide));
  });

  test('a narrow terminal gets the attributes below', () => {
    expect(shown(changes(addedHost), () => allowedBy(TENANT), { terminal: true, width: 60 })).toBe(
      `  + ${H}[52:54:00:00:00:0c]  # web.sluice:3
      mac=52:54:00:00:00:0c name=v2.a.example.com
      ip=10.0.0.131
    ✓ allowed by policies/policy.csv:6

4 changes to default, all allowed; apply stores them in the file.
`,
    );
  });
});

test('a narrow terminal breaks the words of a denial below where they start', () => {
  const deny: Decide = () => ({ type: 'denied', rule: RATE, because: '`average` is 2000' });
  expect(shown(changes(['~ bridge@stp  on*  off'], []), deny, { terminal: true, width: 60 })).toContain(`
        p, deny, role:everyone, *, **.inbound@average,
        add|modify, *, "after.average > 1000"
        why: \`average\` is 2000
      → choose values for which \`after.average > 1000\` is
        false, or ask whoever keeps ./policies
`);
});

describe('a big plan', () => {
  const tree = new Tree();
  const list: Change[] = [];
  for (let i = 0; i < 5000; i++) {
    for (const leaf of ['', `@mac  m${i}`, `@ip  10.1.${i >> 8}.${i & 255}`, `@name  h${i}.example.com`])
      list.push(changeOf(tree, `+ ${H}[m${i}]${leaf}`));
  }
  for (let i = 5000; i < 7500; i++) list.push(changeOf(tree, `~ ${H}[m${i}]@ip  10.9.0.1  10.9.0.2`));
  for (let i = 7500; i < 10_000; i++) {
    for (const leaf of ['', `@mac  m${i}`, `@ip  10.1.0.1`, `@name  h${i}`])
      list.push(changeOf(tree, `- ${H}[m${i}]${leaf}`));
  }
  list.push(changeOf(tree, '~ bridge@stp  on*  off'));
  const decide: Decide = ({ op, pair }) =>
    op === 'modify' && pair.step?.key?.parts[0]?.endsWith('77')
      ? {
          type: 'default-deny',
          fault: null,
          nearest: [{ rule: TENANT, missed: `condition false before: it is ${pair.step.key.parts[0]}` }],
        }
      : allowedBy(NETADMIN);
  const plan = planOf([documentOf(list, decide)]);

  test('is folded into counts; what is alone is shown, and the denied come first', () => {
    const text = body(plan);
    expect(text.split('\n').length).toBeLessThan(80);
    expect(text.indexOf('denied')).toBeLessThan(text.indexOf('5,000 ×'));
    expect(text.slice(0, text.indexOf('\n\n'))).toBe(`  ~ ${H}[m5077]  ip: 10.9.0.1 → 10.9.0.2
  ~ ${H}[m5177]  ip: 10.9.0.1 → 10.9.0.2
  ~ ${H}[m5277]  ip: 10.9.0.1 → 10.9.0.2
  ~ ${H}[m5377]  ip: 10.9.0.1 → 10.9.0.2
  ~ ${H}[m5477]  ip: 10.9.0.1 → 10.9.0.2
  … and 20 more ${H}[*]@ip, denied alike (--full shows them)
    ✗ denied: no rule lets alice do this
        nearest rule: policies/policy.csv:6
          p, allow, role:tenant-a, default, ip[*].dhcp.host[*], add|remove|modify, config, "ip in 10.0.0.128/25"
          why not: condition false before: it is m5077
      → alice may add, remove or modify ip[*].dhcp.host[*] in default if ip in 10.0.0.128/25
        else ask whoever keeps ./policies`);
    expect(text).toContain(`
  + 5,000 × ${H}[*]
      such as host[m0]  mac=m0 ip=10.1.0.0 name=h0.example.com
    ✓ allowed by policies/policy.csv:12

  ~ 2,475 × ${H}[*]@ip
      such as host[m5000]  ip: 10.9.0.1 → 10.9.0.2
    ✓ allowed by policies/policy.csv:12

  - 2,500 × ${H}[*]
      such as host[m7500]  mac=m7500 ip=10.1.0.1 name=h7500
    ✓ allowed by policies/policy.csv:12

  ~ bridge  stp: on (default) → off
    ✓ allowed by policies/policy.csv:12

32,501 changes to default: 32,476 allowed, 25 denied. Nothing will be written.
`);
  });

  test('is shown whole when asked for', () => {
    const text = body(plan, {}, true);
    expect(text.match(/^ {2}[+~-] /gm)).toHaveLength(10_001);
  });
});
