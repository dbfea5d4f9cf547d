// A private libvirtd as the target of a test file, with virsh looking on from outside: what it prints is what holds.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { type LibvirtTarget, openLibvirtTarget } from '../../src/apply/libvirt/libvirt-target.ts';
import { differences, effectLines, type On, run } from '../apply/libvirt/on-daemon.ts';
import { type PrivateLibvirtd, startPrivateLibvirtd } from './private-libvirtd.ts';

export type OnLibvirtd = {
  readonly libvirt: PrivateLibvirtd;
  /** Its journal is in `libvirt.directory`. */
  readonly target: LibvirtTarget;
  /** What a virsh command did, and printed on both outputs. */
  readonly tried: (command: string) => { readonly status: number | null; readonly out: string };
  /** What it printed; throws when it failed. */
  readonly virsh: (command: string) => string;
  readonly define: (name: string, inner: string) => void;
  /** Defines it and starts it. */
  readonly running: (name: string, inner: string) => void;
  readonly restart: (name: string) => void;
  readonly dump: (name: string, scope: 'live' | 'config') => string;
  /** `net-update`; `xml` holds no double quote. */
  readonly update: (
    name: string,
    command: string,
    section: string,
    xml: string,
    flags: string,
  ) => ReturnType<OnLibvirtd['tried']>;
  /** What dnsmasq was given: `conf`, `hostsfile`, `addnhosts`. Empty when there is no such file. */
  readonly dnsmasqFile: (name: string, kind: string) => string;
  /** The pid of the network's dnsmasq among the daemon's processes, as libvirt knows it. */
  readonly dnsmasqPid: (name: string) => string;
  /** Applies, and holds both documents against what the plan said. Gives how each change takes effect. */
  readonly applied: (name: string, script: string, on?: Omit<On, 'network'>) => Promise<readonly string[]>;
};

/** Of a `describe` block: the daemon starts before its tests and is gone after them. */
export function onLibvirtd(): OnLibvirtd {
  // no test here is about time; on a machine that others use, too, any of them may have to wait
  vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
  let held: { readonly libvirt: PrivateLibvirtd; readonly target: LibvirtTarget } | null = null;
  const daemon = () => {
    if (held === null) throw new Error('the daemon runs while tests do');
    return held;
  };
  beforeAll(async () => {
    const libvirt = await startPrivateLibvirtd();
    const opened = openLibvirtTarget(libvirt.uri, path.join(libvirt.directory, 'state'));
    if (!opened.ok) throw new Error(opened.error.message);
    held = { libvirt, target: opened.value };
  });
  afterAll(async () => {
    await held?.target.close();
    await held?.libvirt.stop();
  });

  const tried: OnLibvirtd['tried'] = (command) => {
    const ran = spawnSync('virsh', ['-q', '-c', daemon().libvirt.uri, command], { encoding: 'utf8' });
    return { status: ran.status, out: ran.stdout + ran.stderr };
  };
  const virsh: OnLibvirtd['virsh'] = (command) => {
    const { status, out } = tried(command);
    if (status !== 0) throw new Error(`${command}: ${out}`);
    return out;
  };
  const define: OnLibvirtd['define'] = (name, inner) => {
    const file = path.join(daemon().libvirt.directory, `${name}.xml`);
    writeFileSync(file, `<network><name>${name}</name>${inner}</network>`);
    virsh(`net-define ${file}`);
  };
  const dump: OnLibvirtd['dump'] = (name, scope) =>
    virsh(`net-dumpxml ${name}${scope === 'config' ? ' --inactive' : ''}`);
  return {
    get libvirt() {
      return daemon().libvirt;
    },
    get target() {
      return daemon().target;
    },
    tried,
    virsh,
    define,
    running: (name, inner) => {
      define(name, inner);
      virsh(`net-start ${name}`);
    },
    restart: (name) => {
      virsh(`net-destroy ${name}`);
      virsh(`net-start ${name}`);
    },
    dump,
    update: (name, command, section, xml, flags) =>
      tried(`net-update ${name} ${command} ${section} "${xml}" ${flags}`),
    dnsmasqFile: (name, kind) =>
      daemon()
        .libvirt.inside('sh', '-c', `cat /var/lib/libvirt/dnsmasq/${name}.${kind} 2>/dev/null || true`)
        .replaceAll('\t\n', '\n'),
    dnsmasqPid: (name) => daemon().libvirt.inside('cat', `/run/libvirt/network/${name}.pid`).trim(),
    applied: async (name, script, on = {}) => {
      const { plan, outcome } = await run(daemon().target, script, { network: name, ...on });
      expect(outcome, 'diagnostic' in outcome ? outcome.diagnostic.message : '').toMatchObject({
        type: 'applied',
      });
      for (const { scope, resultText } of plan.documents)
        expect(differences(resultText, dump(name, scope), scope)).toEqual([]);
      return effectLines(plan);
    },
  };
}
