// `sluice leases`: who got which address of a network from dnsmasq, and until when.

import type { Lease } from '../../apply/libvirt/rpc/client.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { OutputFlags, TargetFlags } from '../flags.ts';
import { openDaemon } from '../open-target.ts';
import { conclude, fail } from '../outcome.ts';
import { newPage, pageText } from '../page.ts';
import { type Cell, table } from '../table.ts';

export async function leases(
  network: string,
  flags: TargetFlags & OutputFlags,
  console: Console,
): Promise<ExitStatus> {
  const target = openDaemon(flags.target, flags.state);
  if (!target.ok) return fail(console, 'leases', flags.json, EXIT.error, [target.error]);
  const read = await target.value.leases(network);
  if (!read.ok) return fail(console, 'leases', flags.json, EXIT.error, [read.error]);
  const now = Date.now();
  return conclude(console, 'leases', flags.json, {
    status: EXIT.done,
    diagnostics: [],
    text: () => {
      if (read.value.length === 0) return `No leases in ${network}.\n`;
      const page = newPage(console.out, true);
      table(
        page,
        ['ADDRESS', 'MAC', 'NAME', 'EXPIRES', 'CLIENT'],
        read.value.map((lease) => cellsOf(lease, now)),
      );
      return pageText(page);
    },
    json: () => ({ network, leases: read.value.map(jsonOf) }),
  });
}

function cellsOf(lease: Lease, now: number): readonly Cell[] {
  return [
    ['bold', `${lease.ip}/${lease.prefix}`],
    [null, lease.mac ?? ''],
    [null, lease.hostname ?? ''],
    [null, lease.expiry === 0 ? 'never' : `${timeOf(lease.expiry)}, ${distance(lease.expiry * 1000 - now)}`],
    [null, lease.clientId ?? lease.iaid ?? ''],
  ];
}

function jsonOf(lease: Lease): Readonly<Record<string, unknown>> {
  return { ...lease, expiry: lease.expiry === 0 ? null : timeOf(lease.expiry) };
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** `in 58min`; what is over is not there any more, but dnsmasq still lists it. */
function distance(milliseconds: number): string {
  const minutes = Math.round(Math.abs(milliseconds) / 60_000);
  const text = minutes < 1 ? 'now' : minutes < 120 ? `${minutes}min` : `${Math.round(minutes / 60)}h`;
  return text === 'now' ? text : milliseconds < 0 ? `${text} ago` : `in ${text}`;
}
