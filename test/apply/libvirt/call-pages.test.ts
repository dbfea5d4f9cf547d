// The pages of the codes about calls: what each says is printed, is printed. UPDATE=1 writes it anew.

import { test } from 'vitest';
import type { DaemonFacts } from '../../../src/apply/libvirt/calls.ts';
import type { libvirtCallCodes } from '../../../src/diagnostics/codes/libvirt-calls.ts';
import { pageOf } from '../../page.ts';
import { chosenFor, RUNNING, type Versions } from './chosen.ts';

/** `before` as libvirt prints it, and the same with something added, changed or taken out. */
function network(forward: string, bridge: string, inner: string): string {
  const pieces = [
    '<name>lab</name>',
    '<uuid>81ff0d90-c91e-6742-64da-4a736edb9a9b</uuid>',
    forward,
    bridge,
    inner,
  ].filter((piece) => piece !== '');
  return `<network>\n  ${pieces.join('\n  ')}\n</network>\n`;
}

const NAT = `<forward mode='nat'/>`;
const through = (dev: string): string =>
  `<forward dev='${dev}' mode='nat'>\n    <interface dev='${dev}'/>\n  </forward>`;
const BRIDGE = `<bridge name='virbr9' stp='on' delay='0'/>`;
const IP = `<ip address='10.0.0.1' prefix='24'/>`;
const POOL = `<forward mode='passthrough'>\n    <interface dev='eth1'/>\n  </forward>`;
const texts = 'abcdefghijkl'
  .split('')
  .map((name) => `\n    <txt name='${name}' value='v'/>`)
  .join('');

type Case = {
  readonly live: Versions | null;
  readonly config: Versions | null;
  readonly facts?: Partial<DaemonFacts>;
};

const cases: Readonly<Record<keyof typeof libvirtCallCodes, Case>> = {
  SL826: {
    live: null,
    config: [
      network(NAT, BRIDGE, IP),
      network(
        NAT,
        BRIDGE,
        `${IP}\n  <portgroup name='blue'>\n    <vlan><tag id='5'/></vlan>\n  </portgroup>`,
      ),
    ],
  },
  SL827: {
    live: [network(NAT, BRIDGE, IP), network(NAT, BRIDGE.replace('on', 'off'), IP)],
    config: null,
  },
  SL828: {
    live: null,
    config: [network(NAT, BRIDGE, IP), network(NAT, BRIDGE, `${IP}\n  <flood limit='5'/>`)],
  },
  SL829: {
    live: [network(POOL, '', ''), network(POOL, '', `<portgroup name='blue'/>`)],
    config: null,
    facts: { busy: ['eth1'] },
  },
  SL830: {
    live: [
      network(NAT, BRIDGE, `<dns>${texts}\n  </dns>\n  ${IP}`),
      network(NAT, BRIDGE, `<dns>${texts.replace("'f' value='v'", "'f' value='w'")}\n  </dns>\n  ${IP}`),
    ],
    config: null,
  },
  SL831: {
    live: [
      network(POOL.replace('<interface', `<pf dev='eth0'/>\n    <interface`), '', ''),
      network(POOL.replace('<interface', `<pf dev='eth0'/>\n    <interface`), '', `<portgroup name='blue'/>`),
    ],
    config: null,
  },
  SL832: {
    live: null,
    config: [network(NAT, BRIDGE, IP), network(NAT, BRIDGE, IP).replace('9b<', '9c<')],
  },
  SL833: {
    live: [network(through('eth0'), BRIDGE, IP), network(through('eth1'), BRIDGE, IP)],
    config: null,
  },
};

test.each(Object.entries(cases))('%s', (code, { live, config, facts }) => {
  const chosen = chosenFor({ live, config }, { ...RUNNING, ...facts });
  const told = chosen?.problems.find((problem) => problem.code === code);
  if (told === undefined) throw new Error(`${code} was not told: ${JSON.stringify(chosen?.problems)}`);
  pageOf(code).shows([told]);
});
