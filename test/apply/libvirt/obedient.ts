// A fake daemon that carries updates out as libvirt would, and fails where a test wants it to.

import { UPDATES_OF_LIBVIRT_9 } from '../../../src/apply/libvirt/ask-updates.ts';
import { predictUpdate } from '../../../src/apply/libvirt/predict-update.ts';
import type { NetworkUpdate, UpdateCommand, UpdateSection } from '../../../src/apply/libvirt/rpc/client.ts';
import { encodeFrame, FRAME_STATUS, frameReader } from '../../../src/apply/libvirt/rpc/frame.ts';
import { parseDocument } from '../../../src/xml/parse.ts';
import { printDocument } from '../../../src/xml/print.ts';
import {
  bytesOf,
  type FakeCall,
  type FakeDaemon,
  type FakeNetwork,
  type FakeUpdate,
  HEALTHY,
  type Reaction,
} from './fake-server.ts';

const COMMANDS: readonly UpdateCommand[] = ['modify', 'delete', 'add-last', 'add-first'];
const SECTIONS: readonly UpdateSection[] = [
  'bridge',
  'domain',
  'ip',
  'ip-dhcp-host',
  'ip-dhcp-range',
  'forward',
  'forward-interface',
  'forward-pf',
  'portgroup',
  'dns-host',
  'dns-txt',
  'dns-srv',
];

/** `at`: called for each update that is no question, counted from 1; what it answers happens. */
export function obedient(
  networks: FakeDaemon['networks'],
  at: (count: number, call: FakeCall) => Reaction,
  more: Partial<FakeDaemon> = {},
): FakeDaemon {
  let count = 0;
  return {
    ...HEALTHY,
    networks,
    onUpdate: carryOut,
    ...more,
    react: (call) => {
      if (call.name !== 'NetworkUpdate') return more.react?.(call) ?? { type: 'usual' };
      const asks = call.payload.toString('latin1');
      if (asks.includes('<sluice-asks/>')) return refused(27, 'unexpected element <sluice-asks>');
      if (/<(range|interface|host|txt|srv)\/>/.test(asks)) return refused(55, 'cannot be modified');
      return at(++count, call);
    },
  };
}

export function refused(code: number, message: string): Reaction {
  return { type: 'error', code, domain: 19, message };
}

/** Done, and answered with an error all the same. */
export function keptAndRefused(message: string): Reaction {
  return {
    type: 'instead',
    bytes: (answer) => {
      const [frame] = frameReader().push(answer).frames;
      if (frame === undefined) throw new Error('an answer is one frame');
      const payload = bytesOf((writer) => {
        writer.i32(1);
        writer.i32(0);
        writer.optional(message, writer.text);
        writer.i32(2);
        writer.u32(0);
        for (let i = 0; i < 3; i++) writer.u32(0);
        writer.i32(-1);
        writer.i32(-1);
        writer.u32(0);
      });
      return encodeFrame({ ...frame, status: FRAME_STATUS.error, payload });
    },
  };
}

function carryOut({ network, command, section, parentIndex, xml, flags }: FakeUpdate): void {
  const update: Omit<NetworkUpdate, 'scope'> = {
    command: COMMANDS[command - 1] ?? 'modify',
    section: SECTIONS[section - 1] ?? 'bridge',
    parentIndex,
    xml,
  };
  if ((flags & 1) !== 0) change(network, 'live', update);
  if ((flags & 2) !== 0) change(network, 'config', update);
}

function change(network: FakeNetwork, scope: 'live' | 'config', update: Omit<NetworkUpdate, 'scope'>): void {
  const { value } = parseDocument({ name: scope, text: network[scope] ?? '' });
  if (value === null) throw new Error(`no ${scope} document`);
  const done = predictUpdate(value, { ...update, scope }, scope, UPDATES_OF_LIBVIRT_9);
  if (!done.ok) throw new Error(done.error.message);
  network[scope] = printDocument(done.value);
}
