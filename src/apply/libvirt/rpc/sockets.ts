// Where on this machine a libvirt daemon listens, and which of these places answers.

import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Diagnostic, error } from '../../../diagnostics/diagnostic.ts';
import { err, type Result } from '../../../std/result.ts';
import type { Client } from './client.ts';
import type { LibvirtUri } from './uri.ts';
import { connectSocket, type Wire } from './wire.ts';

/** The directories that daemons put their sockets into. */
export type SocketPlaces = { readonly system: readonly string[]; readonly session: readonly string[] };

/** Those of this machine and user: libvirt's RUNSTATEDIR, and the XDG directory or, without one, the cache. */
export function usualPlaces(): SocketPlaces {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const cache = process.env['XDG_CACHE_HOME'];
  const home = runtime ?? cache ?? path.join(os.homedir(), '.cache');
  return { system: ['/run/libvirt', '/var/run/libvirt'], session: [path.join(home, 'libvirt')] };
}

/** File names in the order in which they are tried: the driver's own daemon, then libvirtd (or the proxy in its place). */
export function socketNames(uri: LibvirtUri, access: Client['access']): readonly string[] {
  // a session daemon has no socket for reading only
  const suffix = access === 'read-only' && !uri.session ? '-sock-ro' : '-sock';
  // the test driver is part of libvirt itself, and has no daemon of its own
  const direct = uri.driver === 'test' ? [] : [`virt${uri.driver}d`];
  const wanted = { auto: [...direct, 'libvirt'], direct, legacy: ['libvirt'] }[uri.mode];
  return wanted.map((name) => `${name}${suffix}`);
}

/** A wire to the first socket that takes it; else SL873 where somebody listens but not for us, and SL872 for all else. */
export async function connectUnix(
  uri: LibvirtUri,
  access: Client['access'],
  places: SocketPlaces,
  milliseconds: number,
): Promise<Result<Wire, Diagnostic>> {
  const directories = different(uri.session ? places.session : places.system);
  const sockets =
    uri.socket === null
      ? directories.flatMap((directory) => socketNames(uri, access).map((name) => path.join(directory, name)))
      : [uri.socket];
  const tried: { readonly socket: string; readonly code: string }[] = [];
  for (const socket of sockets) {
    const connected = await connectSocket(socket, milliseconds);
    if (connected.ok) return connected;
    tried.push({ socket, code: connected.error });
  }
  const lines = tried.map(({ socket, code }) => `\`${socket}\`: ${wordsFor(code)}`);
  const closed = tried.find(({ code }) => code === 'EACCES' || code === 'EPERM');
  if (closed !== undefined)
    return err(
      error(
        'SL873',
        null,
        [`you may not talk to the libvirt daemon of \`${uri.text}\``, ...lines].join('\n'),
        {
          help: helpForClosed(closed.socket),
        },
      ),
    );
  return err(
    error('SL872', null, [`no libvirt daemon answers for \`${uri.text}\``, ...lines].join('\n'), {
      help: helpForSilence(uri, directories),
    }),
  );
}

/** `/var/run` is `/run` nearly everywhere: nobody wants to read of the same socket twice. */
function different(directories: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return directories.filter((directory, at) => {
    const real = realOf(directory);
    // of places that are not there the first is enough to name
    if (real === null) return at === 0;
    if (seen.has(real)) return false;
    seen.add(real);
    return true;
  });
}

function realOf(directory: string): string | null {
  try {
    return realpathSync(directory);
  } catch {
    return null;
  }
}

function wordsFor(code: string): string {
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'ECONNREFUSED':
      return 'nobody listens there';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ENOTSOCK':
    case 'EPROTOTYPE':
      return 'that is no socket';
    case 'ENOTDIR':
      return 'part of the path is no directory';
    case 'ETIMEDOUT':
      return 'no answer';
    case 'ENAMETOOLONG':
      return 'the path is longer than a socket may have';
    default:
      return code;
  }
}

function helpForClosed(socket: string): string {
  const group = groupOf(socket);
  return group === null || group === 'root'
    ? 'ask as root, or have the administrator open the socket to you'
    : `the socket belongs to the group \`${group}\`: ask as root, or join it (\`usermod -aG ${group} ${userName()}\`, then log in anew)`;
}

/** A container's user can be one without a name. */
function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return 'USER';
  }
}

/** The name of the group of a file; null when the file or the name cannot be seen. */
function groupOf(file: string): string | null {
  try {
    const { gid } = statSync(file);
    const line = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .find((one) => one.split(':')[2] === String(gid));
    return line?.split(':')[0] ?? null;
  } catch {
    return null;
  }
}

function helpForSilence(uri: LibvirtUri, directories: readonly string[]): string {
  if (uri.socket !== null) return 'look at the path: a daemon says where it listens in `unix_sock_dir`';
  if (uri.session)
    return `a session's daemon starts when libvirt's own client asks for it: \`virsh -c ${uri.name} uri\``;
  const network = directories
    .flatMap((directory) => filesOf(directory).map((file) => path.join(directory, file)))
    .find((file) => /\/(virtnetworkd|libvirt)-sock$/.test(file));
  if (network !== undefined && uri.mode !== 'legacy')
    return network.endsWith('/libvirt-sock')
      ? `there is \`${network}\`: is the daemon running? (\`systemctl status libvirtd\`)`
      : `there is \`${network}\`, which \`network:///system\` would take`;
  return 'is it installed and running? try `systemctl start libvirtd`, or `systemctl start virtnetworkd.socket`';
}

function filesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
