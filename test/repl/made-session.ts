// A session in memory for tests: a network or two, a policy, and statements as a person would type them.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { networksOf, prepareScript } from '../../src/compile/prepare.ts';
import { error } from '../../src/diagnostics/diagnostic.ts';
import type { Planned } from '../../src/plan/context.ts';
import { planScript } from '../../src/plan/script.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import {
  type Base,
  networksToRead,
  openSession,
  type Session,
  type Setting,
  stage,
  type Unit,
  withDocuments,
} from '../../src/repl/session.ts';
import { sessionScript } from '../../src/repl/session-script.ts';
import { sha256Hex } from '../../src/std/sha256.ts';
import { root } from '../house/files.ts';

const NETWORK = (name: string): string => `<network>
  <name>${name}</name>
  <forward mode='nat'/>
  <bridge name='virbr0' stp='on' delay='0'/>
  <ip address='10.0.0.1' netmask='255.255.255.0'>
    <dhcp>
      <range start='10.0.0.2' end='10.0.0.100'/>
      <host mac='52:54:00:00:00:01' name='h1' ip='10.0.0.11'/>
      <host mac='52:54:00:00:00:02' name='h2' ip='10.0.0.12'/>
      <host mac='52:54:00:00:00:03' name='h3' ip='10.0.0.13'/>
    </dhcp>
  </ip>
</network>
`;

const RULES = `g, user:olga, role:operator, *
p, allow, role:operator, *, ip[*].dhcp.host[*].**, *, *, ""
p, allow, role:operator, *, bridge@stp, modify, *, ""
p, deny, role:everyone, *, domain, *, *, ""
`;

const loaded = loadPolicy({
  model: { name: 'model.conf', text: readFileSync(path.join(root, 'policies/model.conf'), 'utf8') },
  rules: { name: 'policy.csv', text: RULES },
  name: 'policies',
});
if (loaded.value === null) throw new Error('the policy of the tests is no policy');
const policy = loaded.value;

type Files = Readonly<Record<string, string>>;

export function settingFor(available: readonly string[], files: Files = {}): Setting {
  return {
    target: 'dir:/networks',
    targetScopes: ['config'],
    available,
    load: (name) => {
      const text = files[name];
      return text === undefined
        ? { ok: false, error: error('SL822', null, `\`${name}\` does not exist`) }
        : { ok: true, value: { name, text } };
    },
    vars: new Map(),
    policy,
    subject: 'user:olga',
    realSubject: 'user:olga',
    clock: 0,
    scope: null,
  };
}

export function documentOf(network: string, text = NETWORK(network)): Omit<Base, 'document'> {
  return { network, scope: 'config', source: { name: `${network}.xml`, text }, hash: sha256Hex(text) };
}

export function sessionOn(available: readonly string[], files: Files = {}): Session {
  return openSession(settingFor(available, files));
}

export function unitOf(text: string, network: string | null = null): Unit {
  return { source: { name: '<session>', text }, network };
}

/** Stages like the shell: reads what is needed, and leaves the session as it is where something is wrong. */
export function type(
  session: Session,
  unit: Unit,
): { readonly session: Session; readonly codes: readonly string[] } {
  const missing = networksToRead(session, unit).value;
  const ready = withDocuments(
    session,
    missing.map((network) => documentOf(network)),
  ).value;
  if (ready === null) throw new Error('the documents of the tests are no XML');
  const { value, diagnostics } = stage(ready, unit);
  return { session: value ?? ready, codes: diagnostics.map(({ code }) => code) };
}

/** The session's script, planned on the target from the beginning: what `sluice apply` would do with it. */
export function planned(session: Session): { readonly script: string; readonly planned: Planned | null } {
  const { setting } = session;
  const script = sessionScript(session, (name) => name, null);
  const prepared = prepareScript([{ name: 'saved.sluice', text: script }], {
    load: setting.load,
    vars: new Map(),
  });
  if (prepared.value === null) return { script, planned: null };
  const { value: networks } = networksOf(prepared.value, setting.available, null);
  const plan = planScript(prepared.value, {
    ...setting,
    documents: networks.map((network) => documentOf(network)),
    network: null,
    scope: null,
  });
  return { script, planned: plan.value };
}
