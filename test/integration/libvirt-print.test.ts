// A real libvirtd as the judge: it accepts what checkDefine accepts, refuses what checkDefine refuses, and prints what
// printAsLibvirt prints, on random networks over the whole element table. A fresh seed each time, named when it fails.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { printAsLibvirt } from '../../src/network/libvirt-print.ts';
import { checkDefine } from '../../src/network/rules.ts';
import { parseDocument } from '../../src/xml/parse.ts';
import { type PrivateLibvirtd, startPrivateLibvirtd, whyNoLibvirtd } from './private-libvirtd.ts';
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

describe.skipIf(why !== null)(`libvirt judges${why === null ? '' : ` (skipped: ${why})`}`, () => {
  let libvirt: PrivateLibvirtd;
  beforeAll(async () => {
    libvirt = await startPrivateLibvirtd();
  });
  afterAll(async () => {
    await libvirt.stop();
  });

  test.each([
    ['sound', 0, 0],
    ['with a fault here and there', 0.02, 0.05],
    ['with many faults', 0.1, 0.1],
  ])('random networks, %s', (_, faults, clutter) => {
    const first = Date.now() % 2 ** 31;
    const networks = Array.from({ length: 300 }, (_unused, i) => {
      const seed = first + i;
      return { name: 'n', xml: randomNetwork(randomOf(seed), 'n', faults, clutter), seed };
    });
    const answers = libvirt.defineAll(networks);
    let accepted = 0;
    networks.forEach(({ xml, seed }, i) => {
      const answer = answers[i];
      const { value: doc } = parseDocument({ name: 'random.xml', text: xml });
      if (answer === undefined || doc === null) throw new Error(`seed ${seed}: no answer or no document`);
      const ours = checkDefine(doc);
      if (!answer.accepted) {
        // whether a device can be given away is the machine's to say
        if (answer.error.includes('SR-IOV')) return;
        expect(ours.length, `seed ${seed}: libvirt says ${answer.error}\n${xml}`).toBeGreaterThan(0);
        return;
      }
      accepted++;
      expect(ours, `seed ${seed}: libvirt accepts\n${xml}`).toEqual([]);
      const printed = printAsLibvirt(doc);
      const named = /\n {2}<bridge name='(?!br%d)/.test(printed) ? printed : withoutBridgeName(printed);
      expect(named, `seed ${seed}:\n${xml}`).toBe(withoutInventions(answer.dumped, printed));
    });
    expect(accepted).toBeGreaterThan(10);
  });
});
