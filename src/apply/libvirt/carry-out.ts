// Makes calls to a daemon, one after the other, and stops at the first that fails, at a document that somebody else has
// changed, or when it is told to.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { type Call, scopesOf } from './calls.ts';
import { readHeldIfThere } from './networks.ts';
import type { Answer, CallFailure, Client, NetworkRef } from './rpc/client.ts';

/** The calls for one network. `ref` is null for one that the first call, a define, makes. */
export type Work = {
  readonly network: string;
  readonly ref: NetworkRef | null;
  /** The stored text that the calls were chosen for; null where there is none. */
  readonly config: string | null;
  readonly calls: readonly Call[];
};

export type CarriedOut = {
  /** How many calls the daemon answered with success, over all networks, in order. */
  readonly done: number;
  readonly end:
    | { readonly type: 'all' }
    | { readonly type: 'stopped' }
    | {
        readonly type: 'failed';
        readonly network: string;
        readonly call: Call;
        readonly failure: CallFailure;
      }
    /** Somebody wrote the stored document between our reading it and the define that would have replaced it. */
    | { readonly type: 'overtaken'; readonly network: string }
    | { readonly type: 'unreadable'; readonly diagnostic: Diagnostic };
};

/** `before` is called with the number of calls done, before each and after the last. */
export async function carryOut(
  client: Client,
  work: readonly Work[],
  before: (done: number) => void,
  stop: AbortSignal | null,
): Promise<CarriedOut> {
  let done = 0;
  for (const { network, ref: known, config, calls } of work) {
    let ref = known;
    let untouched = true;
    for (const call of calls) {
      before(done);
      if (stop?.aborted === true) return { done, end: { type: 'stopped' } };
      if (call.type === 'define' && untouched) {
        // a define replaces whatever is stored, and libvirt takes no condition with it: look as late as possible
        const held = await readHeldIfThere(client, network);
        if (!held.ok) return { done, end: { type: 'unreadable', diagnostic: held.error } };
        if ((held.value?.config ?? null) !== config) return { done, end: { type: 'overtaken', network } };
      }
      const answer = await make(client, ref, call);
      if (!answer.ok) return { done, end: { type: 'failed', network, call, failure: answer.error } };
      ref = answer.value ?? ref;
      if (scopesOf(call).includes('config')) untouched = false;
      done++;
    }
  }
  before(done);
  return { done, end: { type: 'all' } };
}

/** The network, when the call is a define. */
async function make(client: Client, ref: NetworkRef | null, call: Call): Answer<NetworkRef | null> {
  switch (call.type) {
    case 'define': {
      const defined = await client.define(call.xml, false);
      return defined.ok ? { ok: true, value: defined.value.network } : defined;
    }
    case 'update':
      return client.update(there(ref), call.update);
    case 'undefine':
      return client.undefine(there(ref));
    case 'start':
      return client.start(there(ref));
  }
}

function there(ref: NetworkRef | null): NetworkRef {
  if (ref === null) throw new Error('a network is defined before anything else is done to it');
  return ref;
}
