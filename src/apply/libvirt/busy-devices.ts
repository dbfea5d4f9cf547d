// Devices of a pool that guests hold, as LIVE counts them. An update of LIVE makes libvirt forget those counts: it prints the
// network and reads it again, and its reader passes over `connections` (libvirt 9.0.0, tried).

import { xpathAttr, xpathChildren } from '../../network/libvirt-reading.ts';
import { parseDocument } from '../../xml/parse.ts';

/** `eth1`, or a PCI address as lspci writes it. `text` as the daemon gave it, with its counts. */
export function busyDevices(text: string): readonly string[] {
  if (!text.includes(' connections=')) return [];
  const root = parseDocument({ name: 'live', text }).value?.root;
  const [forward] = root === undefined ? [] : xpathChildren(root, 'forward');
  if (forward === undefined) return [];
  const members = [...xpathChildren(forward, 'interface'), ...xpathChildren(forward, 'address')];
  return members.flatMap((member) => {
    const { value: count = '0' } = xpathAttr(member, 'connections') ?? {};
    if (!(Number(count) > 0)) return [];
    const dev = xpathAttr(member, 'dev')?.value;
    if (dev !== undefined) return [dev];
    const [domain, bus, slot, part] = ['domain', 'bus', 'slot', 'function'].map((name) =>
      (xpathAttr(member, name)?.value ?? '0').replace(/^0x/, ''),
    );
    return [`${domain}:${bus}:${slot}.${part}`];
  });
}
