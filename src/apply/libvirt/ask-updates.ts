// Which updates a daemon can carry out, found by asking it: releases differ (libvirt 10.6 learned to modify DNS records),
// and distributions patch. A question is an update that no daemon can accept, so it changes nothing.

import type { Change } from '../../diff/change.ts';
import { stepsOf } from '../../diff/change.ts';
import { sections } from '../../plan/virsh-sections.ts';
import { ok, type Result } from '../../std/result.ts';
import type { ItemSection, UpdateSupport } from './calls.ts';
import type { Answer, CallFailure, NetworkUpdate, UpdateCommand } from './rpc/client.ts';

const ADD_AND_DELETE: readonly UpdateCommand[] = ['add-first', 'add-last', 'delete'];
const ALL: readonly UpdateCommand[] = [...ADD_AND_DELETE, 'modify'];

/** What libvirt 9.0.0 can do: for a daemon that cannot be asked, because nothing persistent is there or nothing may be written. */
export const UPDATES_OF_LIBVIRT_9: UpdateSupport = new Map<ItemSection, ReadonlySet<UpdateCommand>>([
  ['ip-dhcp-host', new Set(ALL)],
  ['ip-dhcp-range', new Set(ADD_AND_DELETE)],
  ['forward-interface', new Set(ADD_AND_DELETE)],
  ['portgroup', new Set(ALL)],
  ['dns-host', new Set(ADD_AND_DELETE)],
  ['dns-txt', new Set(ADD_AND_DELETE)],
  ['dns-srv', new Set(ADD_AND_DELETE)],
]);

/** libvirt's numbers for: XML that says something else than it should, in two shades. */
const XML_ERRORS: ReadonlySet<number> = new Set([27, 35]);
/** An operation that it does not do, now or ever. Older releases say the first of MODIFY, newer ones the second. */
const NOT_DONE: ReadonlySet<number> = new Set([55, 84]);

/**
 * Asks about some sections. `send` must send to a persistent network; nothing is changed, in it or on the host, but each
 * question is an error in the daemon's log. Fails only when the connection does; what the daemon will not tell (a
 * read-only connection) is answered as for libvirt 9.0.0.
 *
 * Every update checks the element's name before anything else but whether it exists at all (virNetworkDefUpdate…,
 * conf/network_conf.c), and `config` keeps it away from the host: with `live`, even one that fails reloads the firewall.
 */
export async function askUpdates(
  wanted: ReadonlySet<ItemSection>,
  send: (update: NetworkUpdate) => Answer<null>,
): Promise<Result<UpdateSupport, CallFailure>> {
  const found = new Map<ItemSection, ReadonlySet<UpdateCommand>>();
  for (const section of wanted) {
    const other = await codeOf(send, section, 'add-last', '<sluice-asks/>');
    if (!other.ok) return other;
    if (other.value !== null && NOT_DONE.has(other.value)) {
      found.set(section, new Set());
      continue;
    }
    if (other.value === null || !XML_ERRORS.has(other.value)) {
      found.set(section, UPDATES_OF_LIBVIRT_9.get(section) ?? new Set());
      continue;
    }
    const modifies = await canModify(section, send);
    if (!modifies.ok) return modifies;
    found.set(section, new Set(modifies.value ? ALL : ADD_AND_DELETE));
  }
  return ok(found);
}

/** Elements that every reader refuses: of the right name, so that the question gets as far as whether it can be done. */
const EMPTY: Readonly<Record<ItemSection, string | null>> = {
  // these could be modified from the start, and a network without an `<ip>` answers otherwise
  'ip-dhcp-host': null,
  portgroup: null,
  'ip-dhcp-range': '<range/>',
  'forward-interface': '<interface/>',
  'dns-host': '<host/>',
  'dns-txt': '<txt/>',
  'dns-srv': '<srv/>',
};

async function canModify(
  section: ItemSection,
  send: (update: NetworkUpdate) => Answer<null>,
): Promise<Result<boolean, CallFailure>> {
  for (const xml of ['<sluice-asks/>', EMPTY[section]]) {
    if (xml === null) continue;
    const answer = await codeOf(send, section, 'modify', xml);
    if (!answer.ok) return answer;
    if (answer.value === null || !XML_ERRORS.has(answer.value)) return ok(false);
  }
  return ok(true);
}

/** libvirt's error code; null for an update that was done, which no daemon should. */
async function codeOf(
  send: (update: NetworkUpdate) => Answer<null>,
  section: ItemSection,
  command: UpdateCommand,
  xml: string,
): Promise<Result<number | null, CallFailure>> {
  const answer = await send({ section, command, parentIndex: -1, xml, scope: 'config' });
  if (answer.ok) return ok(null);
  const { reason } = answer.error;
  return reason.type === 'libvirt' ? ok(reason.error.code) : answer;
}

/** The sections that changes are about: what is worth asking. */
export function sectionsTouched(changes: readonly Change[]): ReadonlySet<ItemSection> {
  const touched = new Set<ItemSection>();
  for (const { pair } of changes) {
    const names = stepsOf(pair).map((step) => step.name);
    for (const section of sections) {
      const shorter = Math.min(names.length, section.path.length);
      if (shorter > 0 && section.path.every((name, at) => at >= shorter || name === names[at]))
        touched.add(itemSection(section.name));
    }
  }
  return touched;
}

/** virsh's names of sections are the daemon's. */
export function itemSection(name: string): ItemSection {
  for (const section of UPDATES_OF_LIBVIRT_9.keys()) if (section === name) return section;
  throw new Error(`libvirt has no section ${name} for items`);
}
