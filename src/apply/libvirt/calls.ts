// What the libvirt target asks of a daemon to make a plan true: calls as data, with what each does beside. choose-calls.ts
// chooses them, predict.ts says what the documents are after each one; whoever executes them reads back and compares.

import type { Change } from '../../diff/change.ts';
import type { XmlDocument } from '../../xml/document.ts';
import type { NetworkUpdate, UpdateCommand, UpdateSection } from './rpc/client.ts';

/** The documents of one network as a daemon holds them: `live` is null while it is stopped, `config` for a transient one. */
export type Documents = { readonly live: XmlDocument | null; readonly config: XmlDocument | null };

/** One call to the daemon. None of them restarts or stops a network. */
export type Call = {
  /** What it carries out, of the changes of both documents. Empty for a call that only makes room for others. */
  readonly changes: readonly Change[];
  /** For people, on one line: `add ip[10.0.0.1].dhcp.host[52:54:00:00:00:0a]`. */
  readonly says: string;
  /** dnsmasq is killed and started again: its cache is lost, and names and leases are not served for a moment. */
  readonly restartsDnsmasq: boolean;
  /** libvirt takes all firewall rules of the network away and puts them back: connections stop for a moment, and it is slow. */
  readonly reloadsFirewall: boolean;
} & (
  | { readonly type: 'update'; readonly update: NetworkUpdate }
  /** Replaces CONFIG, or makes a network. LIVE stays as it is. */
  | { readonly type: 'define'; readonly xml: string }
  /** Removes CONFIG. An active network goes on without. */
  | { readonly type: 'undefine' }
  /** Starts a defined network that is not running. */
  | { readonly type: 'start' }
);

/** The sections in which libvirt has ever been able to update something. */
export type ItemSection = Exclude<UpdateSection, 'bridge' | 'domain' | 'ip' | 'forward' | 'forward-pf'>;

/** Which updates a daemon carries out, found by asking it (ask-updates.ts). */
export type UpdateSupport = ReadonlyMap<ItemSection, ReadonlySet<UpdateCommand>>;

/** What has to be asked of the daemon before calls can be chosen. */
export type DaemonFacts = {
  readonly active: boolean;
  readonly persistent: boolean;
  /** The same for all networks of a connection: ask once. */
  readonly updates: UpdateSupport;
  /** busyDevices of the LIVE XML as the daemon gave it; empty for a network that is not running. */
  readonly busy: readonly string[];
};

/**
 * Which document a call is about. `update` may be about both, and is then carried out in both or in none: that much
 * libvirt promises, as long as it is the documents that do not fit.
 */
export function scopesOf(call: Call): readonly (keyof Documents)[] {
  switch (call.type) {
    case 'update':
      return call.update.scope === 'live+config' ? ['live', 'config'] : [call.update.scope];
    case 'define':
    case 'undefine':
      return ['config'];
    case 'start':
      return ['live'];
  }
}
