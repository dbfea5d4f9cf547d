// The first words on a connection, as libvirt's own clients say them: authentication, keepalive, open, and the one feature
// that decides how arguments are written.

import { type Diagnostic, error } from '../../../diagnostics/diagnostic.ts';
import { err, ok, type Result } from '../../../std/result.ts';
import type { CallFailure, Client } from './client.ts';
import { type Connection, nothing } from './connection.ts';
import { explainFailure, libvirtWords } from './explain.ts';
import { AUTH, FEATURE, MOST, OPEN_READ_ONLY, PROCEDURES } from './procedures.ts';
import { sshByHand } from './ssh.ts';
import type { LibvirtUri, SshWay } from './uri.ts';

/** How long to wait, in milliseconds, and how often to ask for a sign of life. */
export type Patience = {
  /** For each answer while a connection is made; for one through ssh, where somebody may have to type, `openRemote`. */
  readonly open: number;
  readonly openRemote: number;
  readonly read: number;
  /** An update of a NAT network with many firewall rules takes the daemon seconds; a loaded one longer. */
  readonly change: number;
  readonly goodbye: number;
  readonly keepAlive: { readonly interval: number; readonly misses: number };
};

export const PATIENCE: Patience = {
  open: 10_000,
  openRemote: 120_000,
  read: 60_000,
  change: 180_000,
  goodbye: 2_000,
  keepAlive: { interval: 5_000, misses: 5 },
};

/** What was found out while opening. */
export type Opened = {
  /** Whether NetworkUpdate takes the command before the section. */
  readonly commandFirst: boolean;
};

/**
 * Opens what the URI names. Errors: SL882 for a daemon that wants SASL, SL873 where polkit says no, else what
 * explainFailure makes of the call that failed. The connection is ended then.
 */
export async function openSession(
  connection: Connection,
  uri: LibvirtUri,
  access: Client['access'],
  patience: Patience,
): Promise<Result<Opened, Diagnostic>> {
  const opened = await open(connection, uri, access, patience);
  if (!opened.ok) connection.end();
  return opened;
}

async function open(
  connection: Connection,
  uri: LibvirtUri,
  access: Client['access'],
  patience: Patience,
): Promise<Result<Opened, Diagnostic>> {
  const limit = uri.ssh === null ? patience.open : patience.openRemote;
  const explain = (failure: CallFailure): Result<never, Diagnostic> =>
    err(
      uri.ssh !== null && failure.reason.type === 'lost'
        ? noWay(uri, uri.ssh, connection.place, failure.reason.message)
        : explainFailure(failure, `opening \`${uri.text}\``, connection),
    );
  const feature = (number: number): Promise<Result<boolean, CallFailure>> =>
    connection.call(
      PROCEDURES.connectSupportsFeature,
      (writer) => writer.i32(number),
      (reader) => reader.i32() !== 0,
      limit,
    );

  // without this question the daemon refuses everything, also where no authentication is wanted (code 39)
  const listed = await connection.call(
    PROCEDURES.authList,
    nothing,
    (reader) => reader.list(MOST.auths, reader.i32),
    limit,
  );
  if (!listed.ok) return explain(listed.error);
  const auths: readonly number[] = listed.value;
  if (auths.length > 0 && !auths.includes(AUTH.none)) {
    if (!auths.includes(AUTH.polkit)) return err(unknownAuth(connection.place, auths));
    const allowed = await connection.call(PROCEDURES.authPolkit, nothing, (reader) => reader.i32(), limit);
    if (!allowed.ok)
      return allowed.error.reason.type === 'libvirt'
        ? err(
            error(
              'SL873',
              null,
              `polkit does not let you in at \`${connection.place}\`: ${libvirtWords(allowed.error.reason.error)}`,
              { help: helpForPolkit(uri, access) },
            ),
          )
        : explain(allowed.error);
  }

  // asking switches the daemon's own keepalive on; it may be asked before the rest
  const keepsAlive = await feature(FEATURE.keepalive);
  if (!keepsAlive.ok) return explain(keepsAlive.error);
  if (keepsAlive.value) connection.keepAlive(patience.keepAlive.interval, patience.keepAlive.misses);

  const opened = await connection.call(
    PROCEDURES.connectOpen,
    (writer) => {
      writer.optional(uri.name, writer.text);
      writer.u32(access === 'read-only' ? OPEN_READ_ONLY : 0);
    },
    nothing,
    limit,
  );
  if (!opened.ok) return explain(opened.error);

  // a daemon that cannot answer is not one that answers no: arguments in the wrong order would follow
  const order = await feature(FEATURE.networkUpdateOrder);
  if (!order.ok) return explain(order.error);
  return ok({ commandFirst: order.value });
}

function noWay(uri: LibvirtUri, way: SshWay, place: string, how: string): Diagnostic {
  return error('SL881', null, `there is no way to libvirt through \`${place}\`: ${how}`, {
    help: `\`${sshByHand(uri, way)}\` shows whether ssh and the daemon are there`,
  });
}

function unknownAuth(place: string, auths: readonly number[]): Diagnostic {
  const what = auths.includes(AUTH.sasl)
    ? 'wants a name and password (SASL)'
    : `wants authentication of kind ${auths.join(', ')}`;
  return error('SL882', null, `\`${place}\` ${what}, which Sluice does not speak`, {
    help: 'set `auth_unix_rw` to `polkit` or `none` in the configuration of the daemon: the mode of the socket still says who may come',
  });
}

function helpForPolkit(uri: LibvirtUri, access: Client['access']): string {
  const write = 'org.libvirt.unix.manage';
  const read = 'org.libvirt.unix.monitor';
  return access === 'read-only' || uri.session
    ? `the action is \`${read}\`: ask as root, or have a polkit rule allow it`
    : `the action is \`${write}\`: ask as root, join the group \`libvirt\`, or have a polkit rule allow it; Sluice cannot type a password for you`;
}
