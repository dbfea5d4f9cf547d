// A libvirt daemon as target: its networks as they run (`live`) and as they are stored (`config`).

import type { Checked, Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Scope } from '../../network/scope.ts';
import type { Planned } from '../../plan/context.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { realDisk } from '../files/disk.ts';
import { hashOf } from '../files/durable.ts';
import type { Stored, Target } from '../target.ts';
import { applyToDaemon, type Surroundings } from './apply-plan.ts';
import { sectionsTouched } from './ask-updates.ts';
import type { DaemonFacts } from './calls.ts';
import { daemonAt } from './daemon.ts';
import { factsOf } from './facts.ts';
import { fitPlan } from './fit-plan.ts';
import { type History, historyIn } from './history.ts';
import { listNames, readHeldIfThere, readStates, readText } from './networks.ts';
import { noLeases, noSuchState } from './outcome-words.ts';
import type { Client, Lease, LifecycleEvent, NetworkRef } from './rpc/client.ts';
import type { ConnectOptions } from './rpc/connect.ts';
import { explainFailure } from './rpc/explain.ts';
import { PATIENCE } from './rpc/session.ts';
import { usualPlaces } from './rpc/sockets.ts';
import { type LibvirtUri, parseLibvirtUri } from './rpc/uri.ts';
import { stateFolder } from './state-folder.ts';

export type LibvirtOptions = Omit<ConnectOptions, 'access'> & {
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number;
  /** How long to wait for another apply, and for a daemon to come back, in milliseconds. */
  readonly wait: number;
  /** What `--state` was given, for the commands that a report names; null when it was not. */
  readonly stateWord: string | null;
};

/** A network in a list: what `virsh net-list --all` says of it. */
export type NetworkLine = {
  readonly name: string;
  readonly uuid: string;
  readonly active: boolean;
  readonly persistent: boolean;
  readonly autostart: boolean;
  /** Null where it has none, or is not running. */
  readonly bridge: string | null;
};

export type LibvirtTarget = Target & {
  readonly networks: () => Promise<Result<readonly NetworkLine[], Diagnostic>>;
  /** Whether Sluice is changing it just now: what is seen then is not the end of it, and not in the journal. */
  readonly isUnderway: (network: string) => boolean;
  readonly leases: (network: string) => Promise<Result<readonly Lease[], Diagnostic>>;
  /** Calls `listener` at each start, stop, define and undefine until the connection is over, which `ended` says. */
  readonly follow: (
    listener: (event: LifecycleEvent) => void,
  ) => Promise<Result<{ readonly ended: Promise<string | null> }, Diagnostic>>;
};

/**
 * The networks of the daemon that `uri` names; `stateRoot` holds the journal. Nothing is connected, read or written before
 * the first call. Errors: SL870, SL871 for what is no URI, or no way that Sluice goes.
 */
export function openLibvirtTarget(
  uri: string,
  stateRoot: string,
  options: Partial<LibvirtOptions> = {},
): Result<LibvirtTarget, Diagnostic> {
  const parsed = parseLibvirtUri(uri);
  if (!parsed.ok) return parsed;
  const {
    patience = PATIENCE,
    places = usualPlaces(),
    now = Date.now,
    wait = 10_000,
    stateWord = null,
  } = options;
  const daemon = daemonAt(uri, { patience, places });
  const history = historyIn(stateFolder(stateRoot, parsed.value), { disk: realDisk, now, wait });
  return ok(targetOf({ name: canonicalName(parsed.value), stateWord, daemon, history, now, wait }));
}

/** The URI without what steers only the way to the daemon: equal for two that name the same one. */
function canonicalName({ name, session, socket, ssh, driver }: LibvirtUri): string {
  if (ssh === null) return `${name}${socket === null ? '' : `?socket=${socket}`}`;
  const user = ssh.user === null ? '' : `${ssh.user}@`;
  const port = ssh.port === null ? '' : `:${ssh.port}`;
  const path = driver === 'test' ? '/default' : session ? '/session' : '/system';
  return `${driver}+ssh://${user}${ssh.host}${port}${path}${socket === null ? '' : `?socket=${socket}`}`;
}

function targetOf(around: Surroundings): LibvirtTarget {
  const { name, daemon, history } = around;

  async function reading<T>(
    look: (client: Client) => Promise<Result<T, Diagnostic>>,
  ): Promise<Result<T, Diagnostic>> {
    const client = await daemon.toRead();
    return client.ok ? look(client.value) : client;
  }

  return {
    name,
    scopes: ['live', 'config'],
    givesIdentity: true,
    journal: history.layout.root,

    list: () => reading(listNames),

    scopesOf: (network) =>
      reading(async (client) => {
        const states = await readStates(client, network);
        return states.ok ? ok(states.value.scopes) : states;
      }),

    read: (network, scope) =>
      reading<Stored>(async (client) => {
        const states = await readStates(client, network);
        if (!states.ok) return states;
        const { ref, scopes } = states.value;
        if (!scopes.includes(scope)) return err(noSuchState(network, scope));
        const text = await readText(client, ref, scope);
        return text.ok ? ok(storedText(history, network, scope, text.value)) : text;
      }),

    networks: () =>
      reading(async (client) => {
        const listed = await client.listNetworks();
        if (!listed.ok) return err(explainFailure(listed.error, 'listing networks', client));
        const lines = await Promise.all(listed.value.map((ref) => lineOf(client, ref)));
        const wrong = lines.find((line) => !line.ok);
        if (wrong !== undefined && !wrong.ok) return wrong;
        return ok(lines.flatMap((line) => (line.ok && line.value !== null ? [line.value] : [])));
      }),

    leases: (network) =>
      reading(async (client) => {
        const states = await readStates(client, network);
        if (!states.ok) return states;
        if (!states.value.scopes.includes('live')) return err(noLeases(network));
        const leases = await client.leases(states.value.ref);
        if (!leases.ok)
          return err(explainFailure(leases.error, `reading leases of network \`${network}\``, client));
        return leases;
      }),

    follow: (listener) =>
      reading(async (client) => {
        const followed = await client.onLifecycle(listener);
        if (!followed.ok) return err(explainFailure(followed.error, 'asking for events', client));
        return ok({ ended: client.ended });
      }),

    fit: (planned, context) =>
      fitting(async () => {
        const client = await daemon.toRead();
        if (!client.ok) return client;
        const facts = new Map<string, DaemonFacts>();
        for (const network of new Set(planned.plan.documents.map((document) => document.network))) {
          const held = await readHeldIfThere(client.value, network);
          if (!held.ok) return held;
          const changes = planned.plan.documents.flatMap((document) =>
            document.network === network ? document.changes : [],
          );
          const known = await factsOf(client.value, held.value, sectionsTouched(changes));
          if (!known.ok)
            return err(explainFailure(known.error, 'asking what this daemon can update', client.value));
          facts.set(network, known.value);
        }
        return ok(fitPlan(planned, context, facts));
      }),

    isUnderway: history.isUnderway,
    apply: (plan, permit, script, course) => applyToDaemon(around, plan, permit, script, course ?? null),

    recordDenial: history.recordDenial,
    hostInterfaces: async () => {
      const client = await daemon.toRead();
      const listed = client.ok ? await client.value.listInterfaces() : null;
      return listed?.ok === true ? listed.value : [];
    },
    close: daemon.close,
  };
}

/** What stood in the way of asking is an error of the plan. */
async function fitting(
  ask: () => Promise<Result<Checked<Planned | null>, Diagnostic>>,
): Promise<Checked<Planned | null>> {
  const fitted = await ask();
  return fitted.ok ? fitted.value : { value: null, diagnostics: [fitted.error] };
}

function storedText(history: History, network: string, scope: Scope, text: string): Stored {
  const hash = hashOf(text);
  const source = { name: `${network} (${scope})`, text };
  return { network, scope, source, hash, notes: history.notesOn(network, scope, hash) };
}

/** Null for a network that went away while it was looked at. */
async function lineOf(client: Client, ref: NetworkRef): Promise<Result<NetworkLine | null, Diagnostic>> {
  const [active, persistent, autostart, bridge] = await Promise.all([
    client.isActive(ref),
    client.isPersistent(ref),
    client.autostart(ref),
    client.bridgeName(ref),
  ]);
  for (const answer of [active, persistent]) {
    if (answer.ok) continue;
    const problem = explainFailure(answer.error, `reading network \`${ref.name}\``, client);
    return problem.code === 'SL875' ? ok(null) : err(problem);
  }
  return ok({
    ...ref,
    active: active.ok && active.value,
    persistent: persistent.ok && persistent.value,
    // refused for transient networks, and for those without a bridge of libvirt's
    autostart: autostart.ok && autostart.value,
    bridge: bridge.ok && active.ok && active.value && bridge.value !== '' ? bridge.value : null,
  });
}
