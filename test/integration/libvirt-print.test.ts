// A real libvirt as the judge: it accepts what checkDefine (a daemon) or checkParse (virsh's test driver, which only reads)
// accepts, refuses what it refuses, and prints what printAsLibvirt prints, on random networks over the whole element
// table. A fresh seed each time, named when it fails.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { printAsLibvirt } from '../../src/network/libvirt-print.ts';
import { checkDefine, checkParse } from '../../src/network/rules.ts';
import type { XmlDocument } from '../../src/xml/document.ts';
import { parseDocument } from '../../src/xml/parse.ts';
import {
  type DefineAnswer,
  defineAll,
  type PrivateLibvirtd,
  startPrivateLibvirtd,
  whyNoLibvirtd,
} from './private-libvirtd.ts';
import { randomNetwork, randomOf } from './random-network.ts';

const why = whyNoLibvirtd();

/** Without what libvirt makes up at a define and Sluice does not: a uuid, a MAC, a name for the bridge. */
function withoutInventions(dumped: string, printed: string): string {
  let text = dumped;
  if (!printed.includes('\n  <uuid>')) text = text.replace(/ {2}<uuid>.*\n/, '');
  if (!printed.includes('\n  <mac ')) text = text.replace(/\n {2}<mac .*/, '');
  return /\n {2}<bridge name='(?!br%d)/.test(printed) ? text : withoutBridgeName(text);
}

function withoutBridgeName(text: string): string {
  return text.replace(/(\n {2}<bridge) name='[^']*'/, '$1');
}

type Network = { readonly name: string; readonly xml: string; readonly seed: number };

function randomNetworks(faults: number, clutter: number): readonly Network[] {
  const first = Date.now() % 2 ** 31;
  return Array.from({ length: 300 }, (_, i) => {
    const seed = first + i;
    return { name: 'n', xml: randomNetwork(randomOf(seed), 'n', faults, clutter), seed };
  });
}

const KINDS = [
  ['sound', 0, 0],
  ['with a fault here and there', 0.02, 0.05],
  ['with many faults', 0.1, 0.1],
] as const;

/** Compares libvirt's answers with `check` and the print; `seen` takes away what this libvirt does not show. */
function compare(
  networks: readonly Network[],
  answers: readonly DefineAnswer[],
  check: (doc: XmlDocument) => readonly Diagnostic[],
  seen: (printed: string) => string,
): void {
  let accepted = 0;
  networks.forEach(({ xml, seed }, i) => {
    const answer = answers[i];
    const { value: doc } = parseDocument({ name: 'random.xml', text: xml });
    if (answer === undefined || doc === null) throw new Error(`seed ${seed}: no answer or no document`);
    const ours = check(doc);
    if (!answer.accepted) {
      // whether a device can be given away is the machine's to say
      if (answer.error.includes('SR-IOV')) return;
      expect(ours.length, `seed ${seed}: libvirt says ${answer.error}\n${xml}`).toBeGreaterThan(0);
      return;
    }
    accepted++;
    expect(ours, `seed ${seed}: libvirt accepts\n${xml}`).toEqual([]);
    const printed = seen(printAsLibvirt(doc));
    const named = /\n {2}<bridge name='(?!br%d)/.test(printed) ? printed : withoutBridgeName(printed);
    expect(named, `seed ${seed}:\n${xml}`).toBe(withoutInventions(answer.dumped, printed));
  });
  expect(accepted).toBeGreaterThan(10);
}

describe.skipIf(why !== null)(`a private libvirtd judges${why === null ? '' : ` (skipped: ${why})`}`, () => {
  let libvirt: PrivateLibvirtd;
  beforeAll(async () => {
    libvirt = await startPrivateLibvirtd();
  });
  afterAll(async () => {
    await libvirt.stop();
  });

  test.each(KINDS)('random networks, %s', (_, faults, clutter) => {
    const networks = randomNetworks(faults, clutter);
    compare(networks, libvirt.defineAll(networks), checkDefine, (printed) => printed);
  });
});

const TEST_DRIVER = 'test:///default';
const whyNoVirsh =
  spawnSync('virsh', ['-q', '-c', TEST_DRIVER, 'net-list']).status === 0 ? null : 'virsh is not installed';

describe.skipIf(whyNoVirsh !== null)(
  `virsh reads${whyNoVirsh === null ? '' : ` (skipped: ${whyNoVirsh})`}`,
  () => {
    /** The test driver does not know dnsmasq's namespace. */
    const withoutOptions = (text: string): string =>
      text
        .replace(/^(<network) xmlns:dnsmasq='[^']*'/, '$1')
        .replace(/\n {2}<dnsmasq:options>[\s\S]*?<\/dnsmasq:options>/, '');
    const parse = (doc: XmlDocument): readonly Diagnostic[] =>
      checkParse(doc).filter((d) => !d.message.includes('dnsmasq:option'));

    test.each(KINDS)('random networks, %s', (_, faults, clutter) => {
      const directory = mkdtempSync(join(tmpdir(), 'sluice-virsh-'));
      try {
        const networks = randomNetworks(faults, clutter);
        compare(networks, defineAll(TEST_DRIVER, 'net-dumpxml', directory, networks), parse, withoutOptions);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    });
  },
);
