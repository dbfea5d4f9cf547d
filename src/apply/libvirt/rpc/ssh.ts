// The way to a daemon of another machine: which arguments ssh gets, and what it runs over there. The user's own ssh
// configuration applies; nothing here opens a connection.

import type { Client } from './client.ts';
import { socketNames } from './sockets.ts';
import type { LibvirtUri, SshWay } from './uri.ts';

/**
 * What runs on the other machine, in `sh` whatever the user's shell is: virt-ssh-helper, which finds or starts the daemon
 * by itself, else netcat on the first socket that is there. Netcat of one kind stays when its input ends, and has `-q0`
 * against that; the other kinds do not know it. `$0` is the URI (empty: no helper), `$1` `-r` or nothing, `$2` netcat
 * (empty: none), the rest sockets. It holds no single quote, so that it can stand between two.
 */
const REMOTE = `
uri=$0; ro=$1; nc=$2; shift 2
if [ -n "$uri" ] && command -v virt-ssh-helper >/dev/null 2>&1; then exec virt-ssh-helper $ro "$uri"; fi
if [ -z "$nc" ]; then echo "there is no virt-ssh-helper" >&2; exit 1; fi
if ! command -v "$nc" >/dev/null 2>&1; then echo "there is neither virt-ssh-helper nor $nc" >&2; exit 1; fi
for s in "$@"; do
if [ -S "$s" ]; then
if "$nc" -q </dev/null 2>&1 | grep "requires an argument" >/dev/null; then exec "$nc" -q0 -U "$s"; fi
exec "$nc" -U "$s"
fi
done
echo "no libvirt daemon listens there: $*" >&2; exit 1
`
  .trim()
  .replaceAll('then\n', 'then ')
  .replaceAll('do\n', 'do ')
  .replaceAll('\n', '; ');

/** The directory of the system's daemons over there. That of a session only virt-ssh-helper can know. */
const SYSTEM = '/var/run/libvirt';

/** The arguments for `way.program`. */
export function sshArguments(uri: LibvirtUri, way: SshWay, access: Client['access']): readonly string[] {
  const sockets =
    uri.socket !== null
      ? [uri.socket]
      : uri.session
        ? []
        : socketNames(uri, access).map((name) => `${SYSTEM}/${name}`);
  const remote = [
    way.proxy === 'netcat' ? '' : uri.name,
    access === 'read-only' ? '-r' : '',
    way.proxy === 'native' || sockets.length === 0 ? '' : (way.netcat ?? 'nc'),
    ...sockets,
  ];
  return [
    ...(way.port === null ? [] : ['-p', String(way.port)]),
    ...(way.user === null ? [] : ['-l', way.user]),
    ...(way.keyfile === null ? [] : ['-i', way.keyfile]),
    // bytes, not a terminal: no `~.` may end it
    '-T',
    '-e',
    'none',
    ...(way.noTty ? ['-o', 'BatchMode=yes'] : []),
    ...(way.noVerify ? ['-o', 'StrictHostKeyChecking=no'] : []),
    '--',
    way.host,
    // ssh joins its arguments with blanks, and the user's shell over there takes them apart again
    ['sh', '-c', REMOTE, ...remote].map(quoted).join(' '),
  ];
}

/** For messages: `ssh olga@host1`. */
export function sshPlace(way: SshWay): string {
  const host = way.host.includes(':') ? `[${way.host}]` : way.host;
  return `ssh ${way.user === null ? '' : `${way.user}@`}${host}${way.port === null ? '' : `:${way.port}`}`;
}

/** The same way, for a person to try: `ssh -p 2222 -l olga host1 virsh -c qemu:///system uri`. */
export function sshByHand(uri: LibvirtUri, way: SshWay): string {
  const port = way.port === null ? '' : `-p ${way.port} `;
  const user = way.user === null ? '' : `-l ${way.user} `;
  return `${way.program} ${port}${user}${way.host} virsh -c ${uri.name} uri`;
}

/** In quotes that mean the same to every shell, for text without quotes (parseLibvirtUri lets none through). */
function quoted(text: string): string {
  return `'${text}'`;
}
