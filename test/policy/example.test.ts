// The shipped policy: it loads without a word, says what its comments say, and plain Casbin reads it from its files.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { FileAdapter, newEnforcer, newModelFromString, setDefaultFileSystem } from 'casbin';
import { describe, expect, test } from 'vitest';
import { loadPolicy } from '../../src/policy/load.ts';
import { newMatcher } from '../../src/policy/matcher.ts';
import { networkMatches } from '../../src/policy/names.ts';
import { ask } from './decide.ts';

const folder = new URL('../../policies/', import.meta.url);
const model = { name: 'policies/model.conf', text: readFileSync(new URL('model.conf', folder), 'utf8') };
const rules = { name: 'policies/policy.csv', text: readFileSync(new URL('policy.csv', folder), 'utf8') };
const loaded = loadPolicy({ model, rules, name: 'policies' });

test('loads without a complaint', () => {
  expect(loaded.diagnostics).toEqual([]);
  expect(loaded.value?.rules.length).toBeGreaterThan(15);
});

test('is read by Casbin from the files, row by row', async () => {
  const fs = createRequire(import.meta.url)('node:fs') as Parameters<typeof setDefaultFileSystem>[0]; // the module is what Casbin asks for
  setDefaultFileSystem(fs);
  const enforcer = await newEnforcer(
    newModelFromString(model.text),
    new FileAdapter(new URL('policy.csv', folder).pathname),
  );
  for (const [name, call] of Object.entries(newMatcher(loaded.value?.rules ?? []).matcher))
    await enforcer.addFunction(name, call);
  await enforcer.addNamedDomainMatchingFunc('g', networkMatches);
  await enforcer.buildRoleLinks();
  expect(await enforcer.getPolicy()).toEqual(
    loaded.value?.rules.map((one) => [
      one.effect,
      one.subject,
      one.network,
      one.path,
      one.operation,
      one.scope,
      one.when,
    ]),
  );
  expect(await enforcer.getGroupingPolicy()).toEqual(
    loaded.value?.links.map((one) => [one.member, one.role, one.network]),
  );
});

const host = (last: string, name: string, ip: string): string =>
  `<host mac='52:54:00:00:00:${last}' name='${name}' ip='${ip}'/>`;
const network = (hosts: string, rest = ''): string =>
  `<network><name>default</name><forward mode='nat'/><bridge name='virbr0'/><domain name='example.com'/><ip address='10.0.0.1' prefix='24'>${hosts === '' ? '' : `<dhcp>${hosts}</dhcp>`}</ip>${rest}</network>`;
const A = host('01', 'v1.a.example.com', '10.0.0.130');
const B = host('02', 'v1.b.example.com', '10.0.0.200');

function may(
  as: string,
  from: string,
  to: string,
  more: { readonly network?: string; readonly clock?: number; readonly realSubject?: string } = {},
): boolean {
  const policy = loaded.value;
  if (policy === null) throw new Error('the policy did not load');
  return ask({ policy, as, base: from, result: to, ...more }).permit !== null;
}

describe('says what its comments say', () => {
  test('tenants have their own hosts', () => {
    expect(may('alice', network(B), network(A + B))).toBe(true);
    expect(may('alice', network(A + B), network(B))).toBe(true);
    expect(may('alice', network(''), network(A))).toBe(true);
    expect(may('alice', network(A), network(''))).toBe(true);
    expect(may('alice', network(A + B), network(A))).toBe(false);
    expect(may('bob', network(A + B), network(A))).toBe(true);
    expect(may('alice', network(''), network(host('03', 'x.a.example.com', '10.0.0.200')))).toBe(false);
    expect(may('alice', network(''), network(host('03', 'x.b.example.com', '10.0.0.131')))).toBe(false);
    expect(may('alice', network(''), network(A), { network: 'lab-1' })).toBe(false);
  });
  test('but not more than twenty', () => {
    const many = (n: number): string =>
      Array.from({ length: n }, (_, i) =>
        host(String(i + 10), `h${i}.a.example.com`, `10.0.0.${i + 130}`),
      ).join('');
    expect(may('alice', network(many(19)), network(many(20)))).toBe(true);
    expect(may('alice', network(many(20)), network(many(21)))).toBe(false);
    expect(may('alice', network(many(25)), network(many(24)))).toBe(true);
  });
  test('operators do the daily work', () => {
    expect(may('olga', network(A), network(A + B))).toBe(true);
    expect(may('olga', network(A), network(A).replace("name='virbr0'", "name='virbr0' stp='off'"))).toBe(
      true,
    );
    expect(may('olga', network(A), network(A).replace("name='virbr0'", "name='virbr1'"))).toBe(false);
    expect(
      may(
        'olga',
        network(A),
        network(A)
          .replace('v1.a.example.com', 'v1.a.example.com')
          .replace("<domain name='example.com'/>", "<domain name='example.org'/>"),
      ),
    ).toBe(false);
  });
  test('netadmins do everything that cannot take over the host', () => {
    expect(
      may(
        'nina',
        network(A),
        network(A).replace("<domain name='example.com'/>", "<domain name='example.org'/>"),
      ),
    ).toBe(true);
    expect(may('nina', network(A), network(A, '<flood/>'))).toBe(false);
    expect(
      may(
        'nina',
        network(A),
        network(
          A,
          "<q:options xmlns:q='http://libvirt.org/schemas/network/dnsmasq/1.0'><q:option value='x'/></q:options>",
        ),
      ),
    ).toBe(false);
    expect(may('nina', network(A), network(A).replace('<dhcp>', "<tftp root='/'/><dhcp>"))).toBe(false);
    expect(may('nina', network(''), network(host('03', 'x', '10.0.0.254')))).toBe(false);
  });
  test('rates', () => {
    const group = (average: number | null): string =>
      network(
        A,
        `<portgroup name='p'>${average === null ? '' : `<bandwidth><inbound average='${average}'/></bandwidth>`}</portgroup>`,
      );
    expect(may('olga', group(500), group(900))).toBe(true);
    expect(may('olga', group(500), group(2000))).toBe(false);
    expect(may('olga', group(4000), group(900))).toBe(true);
    expect(may('olga', group(500), group(null))).toBe(false);
    expect(may('nina', group(500), group(null))).toBe(true);
  });
  test('netadmins may act as tenants', () => {
    expect(may('alice', network(B), network(A + B), { realSubject: 'nina' })).toBe(true);
    expect(may('alice', network(B), network(A + B), { realSubject: 'olga' })).toBe(false);
    expect(may('olga', network(B), network(A + B), { realSubject: 'nina' })).toBe(false);
  });
});

describe('docs/policy.md', () => {
  const page = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8');
  const problems = (rows: string): readonly string[] =>
    loadPolicy({ model, rules: { name: 'policy.csv', text: rows }, name: 'x' })
      .diagnostics.filter(({ severity }) => severity === 'error')
      .map(({ message }) => message);
  test('shows rows that load', () => {
    const blocks = [...page.matchAll(/```csv\n([\s\S]*?)```/g)].map((found) => found[1] ?? '');
    expect(blocks.length).toBeGreaterThan(1);
    expect(blocks.flatMap(problems)).toEqual([]);
  });
  test('shows paths that exist', () => {
    const table = page.slice(page.indexOf('| path | covers |'), page.indexOf('Paths match as structure'));
    const paths = [...table.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap((row) =>
      [...(row[1] ?? '').matchAll(/`([^`]+)`/g)].map((found) => found[1] ?? ''),
    );
    expect(paths.length).toBeGreaterThan(9);
    for (const path of paths) expect(problems(`p, allow, user:x, *, ${path}, *, *, ""`), path).toEqual([]);
  });
  test('shows conditions that are some', () => {
    const table = page.slice(page.indexOf('| test | true when |'), page.indexOf('They are joined by'));
    const tests = [...table.matchAll(/^\| `([^`]+)`/gm)].map((found) => found[1] ?? '');
    expect(tests.length).toBeGreaterThan(9);
    const places = ['ip[*].dhcp.host[*]', '**.inbound', 'forward', 'uuid'];
    for (const one of tests) {
      const fits = places.some(
        (path) =>
          problems(`p, allow, user:x, *, ${path}, *, *, "${one.replace('text() == x', 'text() exists')}"`)
            .length === 0,
      );
      expect(fits, one).toBe(true);
    }
  });
});
