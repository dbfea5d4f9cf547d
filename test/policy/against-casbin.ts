// Random policies and edits, decided twice: by the gate, and by a plain Casbin enforcer that read the same rows with its
// own adapter, has its own role manager, and is given nothing of Sluice but the functions of the model.

import { type Enforcer, newEnforcer, newModelFromString, StringAdapter } from 'casbin';
import fc from 'fast-check';
import { type Scope, stepsOf } from '../../src/diff/change.ts';
import { diffDocuments } from '../../src/diff/diff.ts';
import { pathText } from '../../src/network/path.ts';
import type { Run } from '../../src/policy/condition.ts';
import { countIn } from '../../src/policy/counting.ts';
import { newMatcher } from '../../src/policy/matcher.ts';
import { MODEL_TEXT } from '../../src/policy/model-conf.ts';
import { networkMatches } from '../../src/policy/names.ts';
import { placeOf } from '../../src/policy/path-match.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { Question } from '../../src/policy/question.ts';
import { roleClosure } from '../../src/policy/roles.ts';
import type { XmlDocument } from '../../src/xml/document.ts';
import { document, NOON } from './decide.ts';

/** The gate under test: taken when asked for, so that a test may plant another index in it. */
export type Room = {
  readonly gate: typeof import('../../src/policy/gate.ts')['gate'];
  readonly loadPolicy: typeof import('../../src/policy/load.ts')['loadPolicy'];
};

const USERS = ['a', 'b', 'c'];
/** Deeper than the index would need to go wrong, not as deep as Casbin gives up. */
const ROLES = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5'];
const NETWORKS = ['*', '*', 'lab-*', 'lab-1', 'default'];

const HOST = [
  'ip in 10.0.0.128/25',
  'ip in 10.0.0.200/32',
  'ip in 10.0.0.0/25 and name exists',
  'ip in ::ffff:10.0.0.0/120',
  'ip in fd00::/16',
  'not ip in 10.0.0.128/25',
  'name like *.a.example',
  'name exists and name != h1.a.example',
  'mac like 52:*',
  'count(ip[*].dhcp.host) > 2',
];
const RATE = ['average > 1000', 'peak > 1000', 'peak absent or peak > 500'];
const ANY = [
  '',
  '',
  '',
  'role r1',
  'not role r2',
  'time in mon-fri',
  'not time in 08:00-18:00',
  'count(portgroup) > 1',
];
/** Path → conditions that make sense for it. */
const PATHS: readonly (readonly [string, readonly string[]])[] = [
  ['**', ANY],
  ['network.**', ANY],
  ['*', ANY],
  ['*.*', ANY],
  ['ip[*]', ['address in 10.0.0.0/8', ...ANY]],
  ['ip[*].**', ['address in 11.0.0.0/8', ...ANY]],
  ['ip[10.0.0.1].dhcp', ANY],
  ['ip[*].dhcp.host[*]', [...HOST, ...ANY]],
  ['ip[*].dhcp.host[*].**', [...HOST, ...ANY]],
  ['ip[*].dhcp.host[52:54:00:00:00:01]', [...HOST, ...ANY]],
  ['ip[*].dhcp.host[52:54:00:00:00:02]', ANY],
  ['ip[10.0.0.1].dhcp.host[52:54:00:00:00:03].**', ANY],
  ['ip[*].dhcp.host[*]@ip', [...HOST, ...ANY]],
  ['**.host[*]', ['ip in 10.0.0.0/8', ...ANY]],
  ['**.host[*].**', ANY],
  ['**.dhcp.**', ANY],
  ['**.*.**', ANY],
  ['bridge', ['stp == on', ...ANY]],
  ['bridge@stp', ['stp == off', 'zone == x', ...ANY]],
  ["bridge@'odd'", ANY],
  ['domain@name', ['name like *.example', ...ANY]],
  ['**.domain@name', ANY],
  ['portgroup[*].bandwidth.**', ANY],
  ['portgroup[p1].**', ANY],
  ['**.inbound@average', [...RATE, ...ANY]],
  ['**.inbound', [...RATE, ...ANY]],
  ["'flood'", ANY],
  ["**.'flood'", ANY],
  ['dnsmasq:options.**', ANY],
  ['**.dnsmasq:option', ['value like a*', ...ANY]],
  ['ip[*].tftp', ANY],
  ['forward.interface[e1]', ANY],
];

/** Conditions on one side, with the operations that have it. */
const SIDES: readonly (readonly [string, string])[] = [
  ['add|modify', 'after.ip in 10.0.0.128/25'],
  ['modify', 'before.ip in 10.0.0.0/25'],
  ['modify|remove', 'before.ip in 10.0.0.128/25 and not before.name like *.a.example'],
  ['modify', 'after.ip in 10.0.0.0/24 and before.ip in 10.0.0.0/25'],
];

const sided: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('allow', 'deny', 'report'),
    fc.constantFrom('role:everyone', ...ROLES.map((name) => `role:${name}`)),
    fc.constantFrom('ip[*].dhcp.host[*]', '**.host[*]', 'ip[*].dhcp.host[*].**', 'ip[*].dhcp.host[*]@name'),
    fc.constantFrom(...SIDES),
  )
  .map(([effect, subject, path, [op, when]]) => `p, ${effect}, ${subject}, *, ${path}, ${op}, *, "${when}"`)
  // `**.host` names the hosts of dns, too, which have no name
  .filter((row) => !(row.includes('**.host') && row.includes('name')));

const rule: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('allow', 'allow', 'allow', 'deny', 'report'),
    fc.constantFrom(
      'role:everyone',
      ...USERS.map((name) => `user:${name}`),
      ...ROLES.map((name) => `role:${name}`),
    ),
    fc.constantFrom(...NETWORKS),
    fc
      .constantFrom(...PATHS)
      .chain(([path, whens]) => fc.tuple(fc.constant(path), fc.constantFrom(...whens))),
    fc.constantFrom('*', '*', 'add', 'remove', 'modify', 'move', 'add|remove', 'modify|move'),
    fc.constantFrom('*', '*', 'config', 'live', 'live|config'),
  )
  .map(
    ([effect, subject, network, [path, when], op, scope]) =>
      `p, ${effect}, ${subject}, ${network}, ${path}, ${op}, ${scope}, "${when}"`,
  );

const link: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...USERS), fc.constantFrom(...ROLES), fc.constantFrom(...NETWORKS))
    .map(([user, role, network]) => `g, user:${user}, role:${role}, ${network}`),
  // a role only inherits later ones: no circles
  fc
    .tuple(
      fc.integer({ min: 0, max: ROLES.length - 2 }),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(...NETWORKS),
    )
    .map(
      ([i, step, network]) =>
        `g, role:${ROLES[i]}, role:${ROLES[Math.min(ROLES.length - 1, i + step)]}, ${network}`,
    ),
);

/** Rows that the index finds by an address alone. */
const ranged: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('allow', 'allow', 'deny'),
    fc.constantFrom('role:everyone', 'role:everyone', ...USERS.map((name) => `user:${name}`)),
    fc.constantFrom('ip[*].dhcp.host[*]', 'ip[*].dhcp.host[*].**', '**.dhcp.host[*]'),
    fc.constantFrom(...HOST.filter((when) => when.startsWith('ip in'))),
  )
  .map(([effect, subject, path, when]) => `p, ${effect}, ${subject}, *, ${path}, *, *, "${when}"`);

/** At least one rule: without any, Casbin allows what nobody should (casbin.test.ts). */
const policyText: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(link, { maxLength: 12 }),
    fc.array(
      fc.oneof(
        { weight: 6, arbitrary: rule },
        { weight: 1, arbitrary: sided },
        { weight: 2, arbitrary: ranged },
      ),
      {
        minLength: 1,
        maxLength: 24,
      },
    ),
  )
  .map(([links, rules]) => [...links, ...rules].join('\n'));

const host = fc
  .tuple(
    fc.integer({ min: 1, max: 4 }),
    fc.constantFrom(' name="h1.a.example"', ' name="h2.b.example"', ''),
    fc.constantFrom(
      ' ip="10.0.0.5"',
      ' ip="10.0.0.130"',
      ' ip="10.0.0.200"',
      ' ip="::ffff:10.0.0.200"',
      ' ip="fd00::1"',
      ' ip="bad"',
      '',
    ),
    fc.constantFrom('', '<lease expiry="60"/>'),
  )
  .map(([n, name, ip, lease]) => ({
    n,
    xml: `<host mac="52:54:00:00:00:0${n}"${name}${ip}>${lease}</host>`,
  }));

const network: fc.Arbitrary<string> = fc
  .record({
    hosts: fc
      .uniqueArray(host, { selector: ({ n }) => n, maxLength: 4 })
      .map((hosts) => hosts.map(({ xml }) => xml).join('')),
    bridge: fc.constantFrom(
      '',
      '<bridge name="b"/>',
      '<bridge name="b" stp="off"/>',
      '<bridge name="b" odd="1"/>',
      '<bridge name="b" odd="2" zone="x"/>',
    ),
    domain: fc.constantFrom('', '<domain name="a.example"/>', '<domain name="b.test"/>'),
    groups: fc
      .uniqueArray(
        fc.tuple(
          fc.constantFrom('p1', 'p2'),
          fc.constantFrom('', ' average="500"', ' average="2000"', ' average="2000" peak="3000"'),
        ),
        { selector: ([name]) => name },
      )
      .map((groups) =>
        groups
          .map(
            ([name, rate]) =>
              `<portgroup name="${name}">${rate === '' ? '' : `<bandwidth><inbound${rate}/></bandwidth>`}</portgroup>`,
          )
          .join(''),
      ),
    forward: fc.constantFrom(
      '',
      '<forward mode="bridge"><interface dev="e1"/><interface dev="e2"/></forward>',
      '<forward mode="bridge"><interface dev="e2"/><interface dev="e1"/></forward>',
    ),
    odd: fc.constantFrom(
      '',
      '<flood a="1"/>',
      '<flood a="2"/>',
      '<ip address="11.0.0.1"><tftp root="/x"/></ip>',
      '<q:options xmlns:q="http://libvirt.org/schemas/network/dnsmasq/1.0"><q:option value="a=1"/></q:options>',
    ),
  })
  .map(
    ({ hosts, bridge, domain, groups, forward, odd }) =>
      `<network><name>n</name>${forward}${bridge}${domain}<ip address="10.0.0.1">${hosts === '' ? '' : `<dhcp>${hosts}</dhcp>`}</ip>${groups}${odd}</network>`,
  );

const PLACES = ['default', 'lab-1', 'lab-2'] as const;
const SCOPES = ['config', 'live'] as const;

/** A policy, and one edit that is asked about. */
export const given = fc.record({
  rows: policyText,
  base: fc.oneof({ weight: 9, arbitrary: network }, { weight: 1, arbitrary: fc.constant(null) }),
  result: fc.oneof({ weight: 9, arbitrary: network }, { weight: 1, arbitrary: fc.constant(null) }),
  as: fc.constantFrom(...USERS),
  on: fc.constantFrom(...PLACES),
  scope: fc.constantFrom<Scope>(...SCOPES),
});
export type Given = typeof given extends fc.Arbitrary<infer T> ? T : never;

/** A policy, and networks to be made out of each other: many questions for the price of a few texts. */
export const series = fc.record({
  rows: policyText,
  /** Each is changed into each other; null is a network that is not there. */
  networks: fc.array(
    fc.oneof({ weight: 9, arbitrary: network }, { weight: 1, arbitrary: fc.constant(null) }),
    { minLength: 3, maxLength: 5 },
  ),
  turn: fc.nat(),
});
type Series = typeof series extends fc.Arbitrary<infer T> ? T : never;

/** One line for each change on which the two differ, in decision or in the row that explains it; and how many were asked. */
export async function disagreements(
  room: Room,
  { rows, networks, turn }: Series,
): Promise<{ readonly asked: number; readonly different: readonly string[] }> {
  const { value: policy, diagnostics } = room.loadPolicy({
    model: { name: 'm', text: MODEL_TEXT },
    rules: { name: 'r', text: rows },
    name: 'x',
  });
  if (policy === null) throw new Error(`${diagnostics.map(({ message }) => message).join('; ')} in\n${rows}`);
  const plain = await newEnforcer(newModelFromString(MODEL_TEXT), new StringAdapter(rows));
  for (const [name, call] of Object.entries(newMatcher(policy.rules).matcher))
    await plain.addFunction(name, call);
  await plain.addNamedDomainMatchingFunc('g', networkMatches);
  await plain.buildRoleLinks();
  const documents = networks.map((xml) => (xml === null ? null : document(xml)));
  const different: string[] = [];
  let asked = 0;
  let at = turn;
  for (const before of documents) {
    for (const after of documents) {
      if (before === after) continue;
      at++;
      const subject = `user:${USERS[at % 3]}`;
      const on = PLACES[(at >> 2) % 3] ?? 'default';
      const scope = SCOPES[at % 2] ?? 'config';
      const found = decidedTwice({ room, policy, plain, before, after, subject, on, scope });
      asked += found.asked;
      different.push(...found.different);
    }
  }
  return { asked, different };
}

/** One plan, decided by both. */
function decidedTwice({
  room,
  policy,
  plain,
  before,
  after,
  subject,
  on,
  scope,
}: {
  readonly room: Room;
  readonly policy: Policy;
  readonly plain: Enforcer;
  readonly before: XmlDocument | null;
  readonly after: XmlDocument | null;
  readonly subject: string;
  readonly on: string;
  readonly scope: Scope;
}): { readonly asked: number; readonly different: readonly string[] } {
  const changes = diffDocuments(before, after, scope);
  const answer = room.gate(policy, {
    target: 't',
    subject,
    realSubject: subject,
    clock: NOON,
    documents: [{ network: on, scope, base: before, result: after, baseHash: '', resultHash: '', changes }],
  });
  const run: Run = {
    subject,
    network: on,
    roles: roleClosure(policy.links)(subject, on),
    clock: NOON,
    count: (counted) => countIn(after?.root ?? null, counted, run),
  };
  const different = changes.flatMap((change, at) => {
    const question: Question = {
      asked: {
        type: 'change',
        located: { place: placeOf(change.pair), kind: change.kind, leaf: change.leaf },
      },
      run,
    };
    const [allowed, row] = plain.enforceExSync(subject, on, question, change.op, scope, question);
    const wanted = `${allowed} ${row.join(', ')}`;
    const decision = answer.verdicts[0]?.[at]?.decision;
    const decider =
      decision === undefined || decision.type === 'default-deny'
        ? null
        : policy.rules.find(({ ref }) => ref === decision.rule);
    const columns =
      decider === null || decider === undefined
        ? []
        : [
            decider.effect,
            decider.subject,
            decider.network,
            decider.path,
            decider.operation,
            decider.scope,
            decider.when,
          ];
    const fault = decision?.type === 'default-deny' && decision.fault !== null ? ` ${decision.fault}` : '';
    const got = `${decision?.type === 'allowed'} ${columns.join(', ')}${fault}`;
    return got === wanted
      ? []
      : [
          `${change.op} ${pathText(stepsOf(change.pair), change.leaf)}: Casbin says ${wanted}, the gate ${got}`,
        ];
  });
  return { asked: changes.length, different };
}
