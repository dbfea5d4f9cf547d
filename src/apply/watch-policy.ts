// The policy of a process that lives long: looked at while it runs, replaced whole or not at all, and never by half a file.
//
// The files are polled: notices of the system get lost on network file systems and when a file is renamed over another.
// They are taken only after they have lain still for a while, were the same before and after they were read, and passed
// every check; what a file cannot show by itself it can be made to say (policy-seal.ts).

import { statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Checked, type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { loadPolicy } from '../policy/load.ts';
import type { Policy } from '../policy/policy.ts';
import { isDiskError } from './files/disk-error.ts';
import { readPolicyFiles } from './load-files.ts';
import { isSealed } from './policy-seal.ts';

export type PolicyEvent =
  /** `policy` is in force from now on; the diagnostics are warnings. */
  | {
      readonly type: 'replaced';
      readonly policy: Policy;
      readonly previous: Policy;
      readonly diagnostics: readonly Diagnostic[];
    }
  /** The files hold no policy; `policy`, the last good one, stays in force. To be said loudly. */
  | { readonly type: 'kept'; readonly policy: Policy; readonly diagnostics: readonly Diagnostic[] }
  /** The files say again what was in force all the time. */
  | { readonly type: 'restored'; readonly policy: Policy };

export type WatchedPolicy = {
  /** What is in force: take it once for each plan. */
  readonly current: () => Policy;
  /** Looks now, waiting for files that are being written, at most about twenty times `quiet`; then what is in force. */
  readonly latest: () => Promise<Policy>;
  readonly close: () => void;
};

export type WatchOptions = {
  /** Between two looks, in milliseconds. */
  readonly interval: number;
  /** How long files must lie still before they are read, in milliseconds. */
  readonly quiet: number;
};

/**
 * Loads the policy in `directory` and goes on looking at it until `close`. Every change of it is told to `listen`, each
 * fault once. The value is null when there is no good policy to begin with. Does not keep the process alive.
 *
 * @example
 * const { value: watched, diagnostics } = watchPolicy('/etc/sluice/policies', (event) => {
 *   if (event.type === 'kept') console.error(renderHuman(event.diagnostics, look));
 * });
 * // for each plan
 * const asker = { policy: await watched.latest(), subject };
 */
export function watchPolicy(
  directory: string,
  listen: (event: PolicyEvent) => void,
  options: Partial<WatchOptions> = {},
): Checked<WatchedPolicy | null> {
  const { interval = 1000, quiet = 250 } = options;
  const opened = keepPolicy(directory, quiet);
  if (opened.value === null) return { value: null, diagnostics: opened.diagnostics };
  const keeper = opened.value;
  const step = (): boolean => {
    const { settled, event } = keeper.look(performance.now());
    if (event !== null) listen(event);
    return settled;
  };
  const timer = setInterval(step, interval);
  timer.unref();
  const latest = async (): Promise<Policy> => {
    for (let naps = 0; !step() && naps < 80; naps++) await pause(quiet / 4);
    return keeper.current();
  };
  return {
    value: { current: keeper.current, latest, close: () => clearInterval(timer) },
    diagnostics: opened.diagnostics,
  };
}

export type PolicyKeeper = {
  readonly current: () => Policy;
  /** `now` in milliseconds of any clock that only goes forward. `settled`: what lies there has been judged. */
  readonly look: (now: number) => { readonly settled: boolean; readonly event: PolicyEvent | null };
};

/** The same without a timer: looks when it is told to. */
export function keepPolicy(directory: string, quiet: number): Checked<PolicyKeeper | null> {
  const first = loadFrom(directory);
  if (first.value === null) return { value: null, diagnostics: first.diagnostics };
  let inForce = first.value;
  let faulty = false;
  // not judged yet: a file that was written at the very moment of the first reading may have the same stamp as before
  let judged: string | null = null;
  let seen = stampOf(directory);
  let since: number | null = null;

  function judge(): PolicyEvent | null {
    const loaded = loadFrom(directory);
    const { value } = loaded;
    const unsealed = value !== null && inForce.sealed && !value.sealed;
    if (value === null || unsealed) {
      const why = unsealed ? [sealGone(directory)] : loaded.diagnostics;
      faulty = true;
      return {
        type: 'kept',
        policy: inForce.policy,
        diagnostics: [stays(directory, inForce.policy), ...why],
      };
    }
    if (value.policy.hash === inForce.policy.hash) {
      const was = faulty;
      faulty = false;
      return was ? { type: 'restored', policy: inForce.policy } : null;
    }
    const previous = inForce.policy;
    inForce = value;
    faulty = false;
    return { type: 'replaced', policy: value.policy, previous, diagnostics: loaded.diagnostics };
  }

  return {
    value: {
      current: () => inForce.policy,
      look: (now) => {
        const stamp = stampOf(directory);
        if (stamp !== seen || since === null) {
          seen = stamp;
          since = now;
        }
        if (stamp === judged) return { settled: true, event: null };
        if (now - since < quiet) return { settled: false, event: null };
        const before = { inForce, faulty };
        const event = judge();
        if (stampOf(directory) !== stamp) {
          // written while it was read: whatever that was, it is not believed
          ({ inForce, faulty } = before);
          since = null;
          return { settled: false, event: null };
        }
        judged = stamp;
        return { settled: true, event };
      },
    },
    diagnostics: first.diagnostics,
  };
}

type Loaded = { readonly policy: Policy; readonly sealed: boolean };

function loadFrom(directory: string): Checked<Loaded | null> {
  const files = readPolicyFiles(directory);
  if (!files.ok) return { value: null, diagnostics: [files.error] };
  const { value, diagnostics } = loadPolicy({ ...files.value, name: directory });
  return {
    value: value === null ? null : { policy: value, sealed: isSealed(files.value.rules) },
    diagnostics,
  };
}

/** Changes with every write to either file, with their coming and going, and with a link that leads elsewhere. */
function stampOf(directory: string): string {
  return ['model.conf', 'policy.csv'].map((name) => stampOfFile(path.join(directory, name))).join(' ');
}

function stampOfFile(file: string): string {
  try {
    const { dev, ino, size, ctimeNs, mtimeNs } = statSync(file, { bigint: true });
    return `${dev}:${ino}:${size}:${ctimeNs}:${mtimeNs}`;
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    return thrown.code;
  }
}

function stays(directory: string, { hash }: Policy): Diagnostic {
  const message = `what \`${directory}\` holds now is no policy that can be used: the last good one, ${hash.slice(0, 12)}, stays in force`;
  return error('SL845', null, message, {
    help: 'correct it, and it is taken by itself; `sluice policy check` shows what is wrong',
  });
}

function sealGone(directory: string): Diagnostic {
  const file = path.join(directory, 'policy.csv');
  return error('SL842', null, `\`${file}\` said where it begins and ends, and does not any more`, {
    help: 'its first line has to be `# begin policy` and its last `# end policy`; to do without them, start the process again',
  });
}
