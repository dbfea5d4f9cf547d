// What has to be known of a daemon before calls are chosen, asked for once on each connection.

import { ok, type Result } from '../../std/result.ts';
import { askUpdates, UPDATES_OF_LIBVIRT_9 } from './ask-updates.ts';
import { busyDevices } from './busy-devices.ts';
import type { DaemonFacts, ItemSection, UpdateSupport } from './calls.ts';
import type { Held } from './networks.ts';
import type { CallFailure, Client, NetworkRef } from './rpc/client.ts';

/** What each connection has answered so far; it is gone with it, and a daemon that was upgraded is asked again. */
const answers = new WeakMap<Client, Map<ItemSection, UpdateSupport>>();

/** `held` is null for a network that is not there yet. Only the `sections` that are of interest are asked about. */
export async function factsOf(
  client: Client,
  held: Held | null,
  sections: ReadonlySet<ItemSection>,
): Promise<Result<DaemonFacts, CallFailure>> {
  const updates = await supportOf(client, held, sections);
  if (!updates.ok) return updates;
  return ok({
    active: held !== null && held.live !== null,
    persistent: held !== null && held.config !== null,
    updates: updates.value,
    busy: held === null || held.liveWithCounts === null ? [] : busyDevices(held.liveWithCounts),
  });
}

async function supportOf(
  client: Client,
  held: Held | null,
  sections: ReadonlySet<ItemSection>,
): Promise<Result<UpdateSupport, CallFailure>> {
  const known = answers.get(client) ?? new Map<ItemSection, UpdateSupport>();
  answers.set(client, known);
  const missing = new Set([...sections].filter((section) => !known.has(section)));
  if (missing.size > 0) {
    const where = held !== null && held.config !== null ? ok(held.ref) : await somePersistentNetwork(client);
    if (!where.ok) return where;
    const network = where.value;
    const asked =
      network === null
        ? ok(UPDATES_OF_LIBVIRT_9)
        : await askUpdates(missing, (update) => client.update(network, update));
    if (!asked.ok) return asked;
    for (const section of missing) known.set(section, asked.value);
  }
  return ok(
    new Map(
      [...UPDATES_OF_LIBVIRT_9].map(([section, usual]) => [
        section,
        known.get(section)?.get(section) ?? usual,
      ]),
    ),
  );
}

/** A question has to be put to some network that is stored; what it is called does not matter. */
async function somePersistentNetwork(client: Client): Promise<Result<NetworkRef | null, CallFailure>> {
  const listed = await client.listNetworks();
  if (!listed.ok) return listed;
  for (const ref of listed.value) {
    const persistent = await client.isPersistent(ref);
    if (persistent.ok && persistent.value) return ok(ref);
  }
  return ok(null);
}
