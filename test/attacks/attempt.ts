// One attempt at a network, from the text on: who, what was there, what is wanted, and what becomes of it.

import { prepareScript } from '../../src/compile/prepare.ts';
import { type Checked, error } from '../../src/diagnostics/diagnostic.ts';
import { changePaths } from '../../src/diff/change-path.ts';
import type { PlanContext, Planned } from '../../src/plan/context.ts';
import { planDocument } from '../../src/plan/document.ts';
import { planScript } from '../../src/plan/script.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { err } from '../../src/std/result.ts';
import { NOON, policyOf } from '../policy/decide.ts';

/** A tenant with half of a subnet, and a netadmin who may do what cannot take over the host. */
export const ROWS = `g, user:alice, role:tenant-a, default
g, user:nina, role:netadmin, *
p, allow, role:tenant-a, default, ip[*].dhcp.host[*], add|remove|modify, config, "ip in 10.0.0.128/25 and name like *.a.example.com"
p, allow, role:netadmin, *, **, *, *, ""
p, deny, role:everyone, *, ip[*].dhcp.host[*], *, *, "ip in 10.0.0.254/32"
p, deny, role:everyone, *, domain, *, *, "not role netadmin"
p, deny, role:tenant-a, default, ip[*].dhcp.host[*], add, *, "count(ip[*].dhcp.host where ip in 10.0.0.128/25) > 2"`;
export const POLICY: Policy = policyOf(ROWS);

export const OWN = '<host mac="52:54:00:00:00:0a" name="v1.a.example.com" ip="10.0.0.130"/>';
export const FOREIGN = '<host mac="52:54:00:00:00:0b" name="v1.b.example.com" ip="10.0.0.20"/>';
export const RANGE = '<range start="10.0.0.2" end="10.0.0.100"/>';

/** `rest` stands between name and ip. */
export function network(inDhcp: string, rest = '<forward mode="nat"/><bridge name="virbr0"/>'): string {
  return `<network><name>default</name>${rest}<ip address="10.0.0.1" prefix="24"><dhcp>${inDhcp}</dhcp></ip></network>`;
}
export const BASE: string = network(`${RANGE}${OWN}${FOREIGN}`);

export function context(as: string, base: string | null, policy: Policy = POLICY): PlanContext {
  return {
    target: 'dir:/networks',
    targetScopes: ['config'],
    documents:
      base === null
        ? []
        : [{ network: 'default', scope: 'config', source: { name: 'default.xml', text: base } }],
    available: base === null ? [] : ['default'],
    policy,
    subject: `user:${as}`,
    realSubject: `user:${as}`,
    clock: NOON,
    scope: null,
    network: null,
  };
}

/** A whole network as it shall be. */
export function wanting(as: string, base: string, wanted: string, policy?: Policy): Checked<Planned | null> {
  return planDocument(
    [{ network: 'default', source: { name: 'wanted.xml', text: wanted } }],
    context(as, base, policy),
  );
}

export function scripting(
  as: string,
  base: string,
  script: string,
  policy?: Policy,
): Checked<Planned | null> {
  const { value, diagnostics } = prepareScript([{ name: 'attack.sluice', text: script }], {
    load: () => err(error('SL600', null, 'no attack includes a file')),
    vars: new Map(),
  });
  return value === null ? { value, diagnostics } : planScript(value, context(as, base, policy));
}

/** `allowed`, `denied`, `nothing` (to do), or the codes with which it was refused. */
export function outcome({ value, diagnostics }: Checked<Planned | null>): string {
  if (value === null) return diagnostics.map(({ code }) => code).join(' ');
  const { plan, permit } = value;
  if (plan.documents.every(({ changes }) => changes.length === 0)) return 'nothing';
  return permit === null ? 'denied' : 'allowed';
}

/** `add …host[…]` for each change, sorted. */
export function changesOf({ value, diagnostics }: Checked<Planned | null>): readonly string[] {
  if (value === null) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return value.plan.documents
    .flatMap(({ changes }) => {
      const path = changePaths();
      return changes.map((change) => `${change.op} ${path(change)}`);
    })
    .toSorted();
}
