// The connection of a target to its daemon: made when it is first needed, and again when it was lost.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Result } from '../../std/result.ts';
import type { Client } from './rpc/client.ts';
import { type ConnectOptions, connectLibvirt } from './rpc/connect.ts';

export type Daemon = {
  /** A client that can write, or the error that says why there is none. */
  readonly toWrite: () => Promise<Result<Client, Diagnostic>>;
  /** The same, or one for reading only where the daemon lets us do no more. */
  readonly toRead: () => Promise<Result<Client, Diagnostic>>;
  /** Says goodbye. The daemon may be used again. Never rejects. */
  readonly close: () => Promise<void>;
};

type Access = Client['access'];

/** `uri` has been read by parseLibvirtUri. Nothing is connected yet. */
export function daemonAt(uri: string, options: Omit<ConnectOptions, 'access'>): Daemon {
  const clients = new Map<Access, Promise<Result<Client, Diagnostic>>>();

  const connect = (access: Access): Promise<Result<Client, Diagnostic>> => {
    const known = clients.get(access);
    if (known !== undefined) return known;
    const made = connectLibvirt(uri, { ...options, access });
    clients.set(access, made);
    const forget = (): void => {
      if (clients.get(access) === made) clients.delete(access);
    };
    void made.then((connected) => {
      if (connected.ok) void connected.value.ended.then(forget);
      else forget();
    });
    return made;
  };

  return {
    toWrite: () => connect('read-write'),
    toRead: async () => {
      const whole = await connect('read-write');
      if (whole.ok || whole.error.code !== NOT_LET_IN) return whole;
      const less = await connect('read-only');
      // why we may not write is what somebody can do something about
      return less.ok ? less : whole;
    },
    close: async () => {
      const made = [...clients.values()];
      clients.clear();
      for (const one of await Promise.all(made)) if (one.ok) await one.value.close();
    },
  };
}

const NOT_LET_IN = 'SL873';
