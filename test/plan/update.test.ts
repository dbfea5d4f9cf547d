// Updates as values: the statement that each call makes, that no value of it becomes anything else, and that they are planned.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UPDATE_BUILDERS, updateBuilders } from '../../scripts/update-builders.ts';
import { hasErrors } from '../../src/diagnostics/diagnostic.ts';
import { stepsOf } from '../../src/diff/change.ts';
import { pathText } from '../../src/network/path.ts';
import type { PlanContext } from '../../src/plan/context.ts';
import { update } from '../../src/plan/update.generated.ts';
import { planUpdates, type Update, updatesToScript } from '../../src/plan/update.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import type { Item, Value } from '../../src/syntax/ast.ts';
import { parseScript } from '../../src/syntax/parse.ts';

test('src/plan/update.generated.ts is fresh (npx tsx scripts/update-builders.ts writes it)', () => {
  expect(readFileSync(UPDATE_BUILDERS, 'utf8')).toBe(updateBuilders());
});

const HOST = { mac: '52:54:00:00:00:0a', ip: '10.0.0.9', name: 'web' };

test.each<[Update, string]>([
  [update.bridge.set({ stp: 'off', delay: 2 }), 'set bridge stp=off delay=2'],
  [
    update.bridge.set({ delay: 18446744073709551615n, zone: undefined }, { because: 'so "they" say' }),
    'set bridge delay=18446744073709551615 because "so \\"they\\" say"',
  ],
  [update.bridge.unset(['delay', 'zone'], { ifExists: true }), 'unset bridge@delay, @zone if exists'],
  [update.network.set({ ipv6: 'yes' }), 'set network ipv6=yes'],
  [update.domain.add({ localOnly: 'yes', name: 'example.com' }), 'add domain name=example.com localOnly=yes'],
  [update.title.set('it\'s "new" ${x}'), 'set title = "it\'s \\"new\\" \\${x}"'],
  [update.description.add('a\nb'), 'add description="a\\nb"'],
  [
    update.ipDhcpHost.add('10.0.0.1', HOST),
    'add host mac=52:54:00:00:00:0a name=web ip=10.0.0.9 to ip[10.0.0.1].dhcp',
  ],
  [
    update.ipDhcpHost.add(
      { address: 'fd00::1' },
      { ...HOST, lease: { expiry: 2, unit: 'hours' } },
      { position: { after: { name: 'db' } } },
    ),
    'add host mac=52:54:00:00:00:0a name=web ip=10.0.0.9 {\n  lease expiry=2 unit=hours\n} to ip[address=fd00::1].dhcp after host[name=db]',
  ],
  [
    update.ipDhcpHost.ensure('10.0.0.1', HOST),
    'ensure host mac=52:54:00:00:00:0a name=web ip=10.0.0.9 in ip[10.0.0.1].dhcp',
  ],
  [update.ipDhcpHost.set({ nth: 1 }, 'web', { ip: '10.0.0.10' }), 'set ip[#1].dhcp.host[web] ip=10.0.0.10'],
  [
    update.ipDhcpHost.unset('10.0.0.1', { mac: HOST.mac, name: 'web' }, ['name']),
    'unset ip[10.0.0.1].dhcp.host[mac=52:54:00:00:00:0a, name=web]@name',
  ],
  [update.ipDhcpHost.remove('10.0.0.1', {}, { count: 'each' }), 'remove ip[10.0.0.1].dhcp.host[*] each'],
  [
    update.ipDhcpHost.remove('10.0.0.1', { name: 'x' }, { count: 2 }),
    'remove ip[10.0.0.1].dhcp.host[name=x] exactly 2',
  ],
  [update.ipDhcpHost.move('10.0.0.1', 'web', 'first'), 'move ip[10.0.0.1].dhcp.host[web] first'],
  [
    update.ipDhcpHost.move('10.0.0.1', 'web', { before: { nth: 3 } }),
    'move ip[10.0.0.1].dhcp.host[web] before host[#3]',
  ],
  [
    update.ipDhcpHostLease.set('10.0.0.1', 'web', { expiry: 0 }),
    'set ip[10.0.0.1].dhcp.host[web].lease expiry=0',
  ],
  [
    update.ipDhcpRange.remove('10.0.0.1', '10.0.0.2-10.0.0.9'),
    'remove ip[10.0.0.1].dhcp.range[10.0.0.2-10.0.0.9]',
  ],
  [
    update.ip.add({
      address: '10.0.2.1',
      prefix: 24,
      dhcp: { range: [{ start: '10.0.2.2', end: '10.0.2.9' }], host: [HOST] },
    }),
    'add ip address=10.0.2.1 prefix=24 {\n  dhcp { range start=10.0.2.2 end=10.0.2.9; host mac=52:54:00:00:00:0a name=web ip=10.0.0.9 }\n}',
  ],
  [
    update.dnsHost.add({ ip: '10.0.0.1', hostname: ['gw', 'router'] }),
    'add host ip=10.0.0.1 { hostname=gw; hostname=router } to dns',
  ],
  [
    update.dnsHostHostname.add('10.0.0.1', 'gw', { position: 'first' }),
    'add hostname=gw to dns.host[10.0.0.1] first',
  ],
  [update.dnsHostHostname.remove('10.0.0.1', 'gw'), 'remove dns.host[10.0.0.1].hostname[gw]'],
  [update.dnsSrv.remove({ service: 'ldap', target: 'a b' }), 'remove dns.srv[service=ldap, target="a b"]'],
  [
    update.portgroup.replace('eng', { name: 'eng', default: 'yes', vlan: { tag: [{ id: 5 }] } }),
    'replace portgroup[eng] with portgroup name=eng default=yes { vlan { tag id=5 } }',
  ],
  [
    update.portgroupVlanTag.add('eng', { id: 7, nativeMode: 'untagged' }),
    'add tag id=7 nativeMode=untagged to portgroup[eng].vlan',
  ],
  [update.forward.add({}), 'add forward'],
  [update.forwardInterface.add({ dev: 'eth0' }), 'add interface dev=eth0 to forward'],
  [
    update.dnsmasqOptions.add({ option: [{ value: 'log-queries' }] }),
    'add dnsmasq:options { dnsmasq:option value=log-queries }',
  ],
  [update.dnsmasqOptionsOption.remove('log-queries'), 'remove dnsmasq:options.dnsmasq:option[log-queries]'],
  [update.metadata.remove(), 'remove metadata'],
])('%j', (made, statement) => {
  expect(made).toEqual({ statement });
  const { value, diagnostics } = parseScript(updatesToScript([made]));
  expect(diagnostics).toEqual([]);
  expect(value.items).toHaveLength(1);
});

// A program without types. What it gives is a mistake; the types say so, see the next test.
const untyped = update as unknown as Record<string, Record<string, (...given: unknown[]) => Update>>;

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '"',
        '\\',
        '\n',
        '\r',
        ' ',
        ';',
        '{',
        '}',
        '[',
        ']',
        '$',
        '${',
        '#',
        '=',
        '<',
        '/>',
        'remove',
        'x',
        '\u2028',
        '\u202e',
        '\u0000',
        '\ud800',
        '@',
        "'",
        ',',
        '?',
        '*',
      ),
    )
    .map((parts) => parts.join('')),
);

/** Everything that is a value in the item: attributes, texts, keys. */
function valuesIn(item: unknown): string[] {
  if (typeof item !== 'object' || item === null) return [];
  if ('parts' in item)
    return [
      (item as Value).parts
        .map((part) => (part.type === 'literal' ? part.text : `VARIABLE ${part.name}`))
        .join(''),
    ];
  return Object.entries(item).flatMap(([key, value]) => (key === 'span' ? [] : valuesIn(value)));
}

/** The items of a script of these updates, and whether it has errors. */
function items(updates: readonly Update[]): { readonly items: readonly Item[]; readonly wrong: boolean } {
  const { value, diagnostics } = parseScript(updatesToScript(updates));
  return { items: value.items, wrong: hasErrors(diagnostics) };
}

describe('nothing given becomes more than a value', () => {
  const calls: ((text: string) => Update)[] = [
    (text) => update.dnsTxt.add({ name: 't', value: text }, { because: 'x' }),
    (text) => update.ipDhcpHost.add(text, { ...HOST, name: text }),
    (text) => update.ipDhcpHost.set('10.0.0.1', text, { ip: text }, { because: text }),
    (text) => update.ipDhcpHost.remove({ address: text }, { name: text }),
    (text) => update.ipDhcpHost.move('10.0.0.1', text, { after: text }),
    (text) => update.title.set(text),
    (text) => update.dnsHostHostname.add(text, text, { position: { before: text } }),
    (text) => update.dnsHost.replace(text, { ip: text, hostname: [text, text] }),
  ];

  test('values: as they are, or refused', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom(...calls), (text, call) => {
        const made = call(text);
        const { items: found, wrong } = items([made, update.bridge.set({ stp: 'off' })]);
        // what comes after is what it was
        expect(found.at(-1)?.type).toBe('set');
        expect(valuesIn(found.at(-1))).toEqual(['off']);
        expect(found.length).toBeLessThanOrEqual(2);
        // a script with errors is not run
        if (!wrong) {
          expect(found).toHaveLength(2);
          expect(
            valuesIn(found[0]).every(
              (value) => value === text || ['t', 'x', '10.0.0.1', HOST.mac, HOST.ip].includes(value),
            ),
          ).toBe(true);
          expect(valuesIn(found[0])).toContain(text);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('names, kinds and numbers: refused', () => {
    fc.assert(
      fc.property(hostile, fc.anything(), fc.anything(), (name, some, other) => {
        const made = [
          untyped['bridge']?.['set']?.({ [name]: 'off' }),
          untyped['bridge']?.['unset']?.([name]),
          untyped['bridge']?.['add']?.(some, other),
          untyped['ip']?.['add']?.({ address: some, dhcp: other }),
          untyped['ipDhcpHost']?.['remove']?.({ [name]: 'x' }, { nth: some }, { count: other }),
          untyped['ipDhcpHost']?.['move']?.(some, other, name),
        ];
        for (const one of made) {
          if (one === undefined) throw new Error('no such builder');
          const { items: found } = items([one, update.bridge.set({ stp: 'off' })]);
          expect(found.length).toBeLessThanOrEqual(2);
          expect(valuesIn(found.at(-1))).toEqual(['off']);
        }
      }),
      { numRuns: 300 },
    );
  });
});

// Checked by the compiler: a line that has no error any more is an error itself.
test('what makes no sense does not compile', () => {
  const mistakes = () => [
    // @ts-expect-error no such value
    update.bridge.set({ stp: 'of' }),
    // @ts-expect-error no such attribute
    update.bridge.set({ sto: 'off' }),
    // @ts-expect-error a number
    update.bridge.set({ delay: '2' }),
    // @ts-expect-error no such attribute
    update.bridge.unset(['sto']),
    // @ts-expect-error needs an ip
    update.ipDhcpHost.add('10.0.0.1', { mac: HOST.mac }),
    // @ts-expect-error needs the address that it stands in
    update.ipDhcpHost.add(HOST),
    // @ts-expect-error a list
    update.dnsHost.add({ ip: '10.0.0.1', hostname: 'gw' }),
    // @ts-expect-error there is one at most
    update.bridge.move('first'),
    // @ts-expect-error it has no attributes
    update.ipDhcp.set('10.0.0.1', {}),
    // @ts-expect-error no such attribute to find it by
    update.portgroup.remove({ nam: 'x' }),
    // @ts-expect-error the name of a network never changes
    update.name,
  ];
  expect(mistakes).toBeTypeOf('function');
});

describe('planning', () => {
  const model = {
    name: 'model.conf',
    text: readFileSync(new URL('../../policies/model.conf', import.meta.url), 'utf8'),
  };
  const BASE = `<network><name>n</name><bridge name='b'/><ip address='10.0.0.1' prefix='24'><dhcp/></ip></network>`;

  function context(rules: string): PlanContext {
    const { value, diagnostics } = loadPolicy({
      model,
      rules: { name: 'policy.csv', text: rules },
      name: 'policies',
    });
    if (value === null) throw new Error(diagnostics[0]?.message);
    return {
      target: 'dir:/networks',
      targetScopes: ['config'],
      documents: [{ network: 'n', scope: 'config', source: { name: 'n.xml', text: BASE } }],
      available: ['n'],
      policy: value,
      subject: 'user:alice',
      realSubject: 'user:alice',
      clock: 0,
      scope: null,
      network: null,
    };
  }

  const updates = [update.bridge.set({ stp: 'off' }), update.ipDhcpHost.add('10.0.0.1', HOST)];

  test('ends in the same gate', () => {
    const { value, diagnostics } = planUpdates(
      updates,
      context('p, allow, role:everyone, *, bridge@stp, modify, *, ""\n'),
    );
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(value?.permit).toBeNull();
    const [document] = value?.plan.documents ?? [];
    expect(
      document?.changes.map(
        ({ op, pair, leaf }, at) =>
          `${document.verdicts[at]?.decision.type} ${op} ${pathText(stepsOf(pair), leaf)}`,
      ),
    ).toEqual([
      'allowed modify bridge@stp',
      'default-deny add ip[10.0.0.1].dhcp',
      'default-deny add ip[10.0.0.1].dhcp.host[52:54:00:00:00:0a]',
      'default-deny add ip[10.0.0.1].dhcp.host[52:54:00:00:00:0a]@mac',
      'default-deny add ip[10.0.0.1].dhcp.host[52:54:00:00:00:0a]@name',
      'default-deny add ip[10.0.0.1].dhcp.host[52:54:00:00:00:0a]@ip',
    ]);
    expect(
      planUpdates(updates, context('p, allow, role:everyone, *, **, *, *, ""\n')).value?.permit,
    ).not.toBeNull();
  });

  test('all problems at once, at the update', () => {
    const { value, diagnostics } = planUpdates(
      [
        ...updates,
        update.ipDhcpHost.remove('10.0.0.1', 'nobody'),
        update.portgroup.set('x', { default: 'yes' }),
      ],
      context(''),
    );
    expect(value).toBeNull();
    expect(
      diagnostics
        .filter(({ severity }) => severity === 'error')
        .map(
          ({ code, span }) => `${code} ${span?.source.name} ${span?.source.text.slice(span.start, span.end)}`,
        ),
    ).toEqual(['SL403 <updates> host[nobody]', 'SL403 <updates> portgroup[x]']);
  });

  test('reads no files', () => {
    expect(
      planUpdates([{ statement: 'include "/etc/passwd"' }], context('')).diagnostics.map(({ code }) => code),
    ).toEqual(['SL448']);
  });
});
