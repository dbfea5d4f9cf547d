// `sluice networks`: which networks a daemon has, which of them run, and which will by themselves.

import type { NetworkLine } from '../../apply/libvirt/libvirt-target.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { OutputFlags, TargetFlags } from '../flags.ts';
import { openDaemon } from '../open-target.ts';
import { conclude, fail } from '../outcome.ts';
import { newPage, pageText } from '../page.ts';
import { type Cell, table } from '../table.ts';

export async function networks(flags: TargetFlags & OutputFlags, console: Console): Promise<ExitStatus> {
  const target = openDaemon(flags.target, flags.state);
  if (!target.ok) return fail(console, 'networks', flags.json, EXIT.error, [target.error]);
  const listed = await target.value.networks();
  if (!listed.ok) return fail(console, 'networks', flags.json, EXIT.error, [listed.error]);
  const found = listed.value;
  return conclude(console, 'networks', flags.json, {
    status: EXIT.done,
    diagnostics: [],
    text: () => {
      if (found.length === 0) return `No networks on ${target.value.name}.\n`;
      const page = newPage(console.out, true);
      table(page, ['NETWORK', 'STATE', 'STORED', 'AUTOSTART', 'BRIDGE'], found.map(cellsOf));
      return pageText(page);
    },
    json: () => ({ networks: found }),
  });
}

function cellsOf({ name, active, persistent, autostart, bridge }: NetworkLine): readonly Cell[] {
  return [
    ['bold', name],
    active ? ['green', 'running'] : ['dim', 'stopped'],
    persistent ? [null, 'yes'] : ['yellow', 'no, transient'],
    [null, autostart ? 'yes' : 'no'],
    [null, bridge ?? ''],
  ];
}
