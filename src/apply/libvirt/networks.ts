// A daemon's networks as texts: which there are, which states each has, and both of its documents, read in one go.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Scope } from '../../network/scope.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { type CallFailure, type Client, isNoNetwork, type NetworkRef } from './rpc/client.ts';
import { explainFailure, noSuchNetwork } from './rpc/explain.ts';

/** A network as the daemon holds it: `live` is null while it is stopped, `config` for a transient one. */
export type Held = {
  readonly ref: NetworkRef;
  readonly live: string | null;
  /** `live` as the daemon gave it: with what it counts (withoutCounts). */
  readonly liveWithCounts: string | null;
  readonly config: string | null;
};

/** Which states it has now, `live` first. */
export type States = { readonly ref: NetworkRef; readonly scopes: readonly Scope[] };

export async function listNames(client: Client): Promise<Result<readonly string[], Diagnostic>> {
  const listed = await client.listNetworks();
  if (!listed.ok) return err(explainFailure(listed.error, 'listing networks', client));
  return ok(listed.value.map(({ name }) => name));
}

/**
 * The networks that were looked up on each connection. Calls name a network by its uuid; one that was made anew under the
 * same name has another, and then the old one is not found.
 */
const known = new WeakMap<Client, Map<string, NetworkRef>>();

/** Errors: SL875 with near names, and whatever a call can fail with. */
export async function readStates(client: Client, network: string): Promise<Result<States, Diagnostic>> {
  const refs = known.get(client) ?? new Map<string, NetworkRef>();
  known.set(client, refs);
  const old = refs.get(network);
  if (old !== undefined) {
    const states = await statesOf(client, old);
    if (states.ok || !isNoNetwork(states.error))
      return states.ok ? states : failed(client, states.error, network);
    refs.delete(network);
  }
  const found = await client.lookupByName(network);
  if (!found.ok) {
    if (!isNoNetwork(found.error)) return failed(client, found.error, network);
    const listed = await client.listNetworks();
    const available = listed.ok ? listed.value.map(({ name }) => name) : [];
    return err(noSuchNetwork(network, available, client));
  }
  refs.set(network, found.value);
  const states = await statesOf(client, found.value);
  return states.ok ? states : failed(client, states.error, network);
}

async function statesOf(client: Client, ref: NetworkRef): Promise<Result<States, CallFailure>> {
  const [active, persistent] = await Promise.all([client.isActive(ref), client.isPersistent(ref)]);
  if (!active.ok) return active;
  if (!persistent.ok) return persistent;
  const scopes: Scope[] = [];
  if (active.value) scopes.push('live');
  // the test driver shows what runs and nothing else, so of a running network it has nothing stored that could be compared
  if (persistent.value && !(active.value && client.driver === 'test')) scopes.push('config');
  return ok({ ref, scopes });
}

/** One document; the scope must be one that the network has. */
export async function readText(
  client: Client,
  ref: NetworkRef,
  scope: Scope,
): Promise<Result<string, Diagnostic>> {
  const read = await readRaw(client, ref, scope);
  return read.ok ? ok(withoutCounts(read.value)) : read;
}

async function readRaw(client: Client, ref: NetworkRef, scope: Scope): Promise<Result<string, Diagnostic>> {
  // the test driver prints what runs, or else what is stored, and knows no flag that says which
  const read = await client.xml(ref, client.driver === 'test' ? 'live' : scope);
  return read.ok ? read : failed(client, read.error, ref.name);
}

/** Both documents, at one moment as nearly as the daemon allows. */
export async function readHeld(client: Client, network: string): Promise<Result<Held, Diagnostic>> {
  const states = await readStates(client, network);
  if (!states.ok) return states;
  const { ref, scopes } = states.value;
  const readIf = (scope: Scope): Promise<Result<string | null, Diagnostic>> =>
    scopes.includes(scope) ? readRaw(client, ref, scope) : Promise.resolve(ok(null));
  const [live, config] = await Promise.all([readIf('live'), readIf('config')]);
  if (!live.ok) return live;
  if (!config.ok) return config;
  return ok({
    ref,
    live: live.value === null ? null : withoutCounts(live.value),
    liveWithCounts: live.value,
    config: config.value,
  });
}

/** The same; null when there is no network of that name. */
export async function readHeldIfThere(
  client: Client,
  network: string,
): Promise<Result<Held | null, Diagnostic>> {
  const held = await readHeld(client, network);
  return !held.ok && held.error.code === 'SL875' ? ok(null) : held;
}

/**
 * The text without `connections='2'`: how many guests are plugged in now. libvirt counts it into what runs, and its own
 * parser passes over it. A guest that starts is no other revision of the network.
 */
export function withoutCounts(text: string): string {
  const root = text.indexOf('>') + 1;
  const head = text.slice(0, root).replace(COUNT, '');
  const forward = /^ {2}<forward[ >][\s\S]*?^ {2}<\/forward>/m.exec(text);
  if (forward === null) return head + text.slice(root);
  const end = forward.index + forward[0].length;
  return head + text.slice(root, forward.index) + forward[0].replace(COUNT, '') + text.slice(end);
}

const COUNT = / connections='\d+'/g;

function failed(
  client: Client,
  failure: Parameters<typeof explainFailure>[0],
  network: string,
): Result<never, Diagnostic> {
  return err(explainFailure(failure, `reading network \`${network}\``, client));
}
