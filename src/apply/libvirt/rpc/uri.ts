// libvirt's connection URIs: driver, transport, host, path and parameters, as its own clients take them
// (https://libvirt.org/uri.html), read strictly. What Sluice cannot speak is refused with what to use instead.

import { type Diagnostic, error } from '../../../diagnostics/diagnostic.ts';
import { nearestName } from '../../../std/nearest-name.ts';
import { err, ok, type Result } from '../../../std/result.ts';

export type LibvirtUri = {
  /** As it was written. */
  readonly text: string;
  /** `qemu`, `network`, `test`, … */
  readonly driver: string;
  /** What the daemon is asked to open: the URI without transport, host and the parameters that are ours. */
  readonly name: string;
  /** The user's own daemon, not the system's. */
  readonly session: boolean;
  /** A socket that was named, or null to look in the usual places. */
  readonly socket: string | null;
  /** Which daemon to look for: the driver's own (`direct`), libvirtd (`legacy`), or whichever is there. */
  readonly mode: 'auto' | 'direct' | 'legacy';
  /** Null: a UNIX socket of this machine. */
  readonly ssh: SshWay | null;
};

/** How to get to another machine. */
export type SshWay = {
  /** The program to start: `ssh`, or what `?command=` names. */
  readonly program: string;
  readonly user: string | null;
  readonly host: string;
  readonly port: number | null;
  readonly keyfile: string | null;
  /** Never ask on the terminal. */
  readonly noTty: boolean;
  /** Take any host key. */
  readonly noVerify: boolean;
  /** What to talk to the daemon with over there: virt-ssh-helper, netcat, or whichever is there. */
  readonly proxy: 'auto' | 'native' | 'netcat';
  readonly netcat: string | null;
};

/** The drivers whose daemon has libvirt's network driver beside it. */
const DRIVERS = ['qemu', 'network', 'test', 'lxc', 'xen', 'ch', 'bhyve', 'vz'];

/** Parameters that steer the way to the daemon, and whether a UNIX socket and ssh know them. */
const PARAMETERS: Readonly<Record<string, { readonly unix: boolean; readonly ssh: boolean }>> = {
  name: { unix: true, ssh: true },
  mode: { unix: true, ssh: true },
  socket: { unix: true, ssh: true },
  command: { unix: false, ssh: true },
  keyfile: { unix: false, ssh: true },
  no_tty: { unix: false, ssh: true },
  no_verify: { unix: false, ssh: true },
  netcat: { unix: false, ssh: true },
  proxy: { unix: false, ssh: true },
};

const FORM =
  /^(?<driver>[a-zA-Z][a-zA-Z0-9]*)(?:\+(?<transport>[a-zA-Z0-9]+))?:\/\/(?:(?<user>[^@/?#]*)@)?(?<host>\[[^\]/?#]*\]|[^:/?#[\]]*)(?::(?<port>[0-9]*))?(?<path>\/[^?#]*)?(?:\?(?<query>[^#]*))?$/;

/** Names that ssh hands on to ProxyCommand and Match, that is, to a shell: nothing but the letters of names. */
const HOST = /^[A-Za-z0-9_:][A-Za-z0-9_.:%-]*$/;
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.@+=-]*$/;
/** What goes to the other machine goes through its user's shell, whichever that is. */
const REMOTE_PATH = /^[A-Za-z0-9_./+@%:=,-]+$/;

/** Whether a target's name is meant as a URI, right or wrong, and not as a directory. */
export function looksLikeUri(text: string): boolean {
  return /^[a-zA-Z][a-zA-Z0-9+]*:\/\//.test(text);
}

/** Errors: SL870 for what is no URI of a libvirt network driver, SL871 for a transport that Sluice does not speak. */
export function parseLibvirtUri(text: string): Result<LibvirtUri, Diagnostic> {
  const parts = FORM.exec(text)?.groups;
  if (parts === undefined || /[\s\u0000-\u001f\u007f]/.test(text))
    return wrong(text, 'is no libvirt URI', 'write it as `qemu:///system`, or `qemu+ssh://user@host/system`');
  const driver = (parts['driver'] ?? '').toLowerCase();
  if (!DRIVERS.includes(driver)) {
    const near = nearestName(driver, DRIVERS);
    return wrong(
      text,
      `names the driver \`${driver}\`, and Sluice knows libvirt's networks through ${DRIVERS.join(', ')} only`,
      near === null ? 'for networks of this machine take `network:///system`' : `did you mean \`${near}\`?`,
    );
  }
  const decoded = [parts['user'], parts['host'], parts['path']].map((part) =>
    part === undefined ? '' : percentDecoded(part),
  );
  const [user, bracketed, path] = decoded;
  if (user == null || bracketed == null || path == null)
    return wrong(text, 'has a `%` that begins no percent-encoding', 'write `%25` for a percent sign');
  const host = bracketed.replace(/^\[|\]$/g, '');
  const transport = (parts['transport'] ?? (host === '' ? 'unix' : 'tls')).toLowerCase();
  const rest = `${parts['path'] ?? ''}${parts['query'] === undefined ? '' : `?${parts['query']}`}`;
  const here = `${driver}://${rest === '' ? '/system' : rest}`;

  switch (transport) {
    case 'unix':
      if (host !== '' || user !== '')
        return wrong(
          text,
          'names a host, and a UNIX socket is on this machine',
          `\`${driver}+ssh://${parts['user'] === undefined ? '' : `${parts['user']}@`}${parts['host']}${rest}\` goes to another one`,
        );
      break;
    case 'ssh':
      if (host === '')
        return wrong(text, 'names no host', `for the daemon of this machine write \`${here}\``);
      break;
    case 'tls':
    case 'tcp':
    case 'ssl':
    case 'libssh':
    case 'libssh2':
    case 'ext': {
      const way =
        host === ''
          ? `write \`${here}\` for the daemon of this machine`
          : `write \`${driver}+ssh://${parts['user'] === undefined ? '' : `${parts['user']}@`}${parts['host']}${rest}\`: your own ssh configuration applies`;
      const what =
        parts['transport'] === undefined
          ? `\`${text}\` means TLS, because it names a host and no transport, and Sluice does not speak it`
          : `Sluice does not speak the transport \`${transport}\` of \`${text}\``;
      return err(error('SL871', null, what, { help: way }));
    }
    default: {
      const near = nearestName(transport, ['unix', 'ssh']);
      return err(
        error('SL871', null, `there is no transport \`${transport}\`, as in \`${text}\``, {
          help: near === null ? 'Sluice speaks `unix` and `ssh`' : `did you mean \`${driver}+${near}://\`?`,
        }),
      );
    }
  }

  const paths = driver === 'test' ? ['/default'] : ['/system', '/session'];
  if (!paths.includes(path)) {
    const near = nearestName(path, paths) ?? paths[0] ?? '';
    return wrong(
      text,
      `asks for \`${path}\`, and \`${driver}\` has ${paths.map((one) => `\`${one}\``).join(' and ')}`,
      `did you mean \`${text.replace(/^([^:]+:\/\/[^/?]*)[^?]*/, (_, before: string) => `${before}${near}`)}\`?`,
    );
  }

  const given = parameters(text, parts['query'] ?? '', transport);
  if (!given.ok) return given;
  const value = (name: string): string | null => given.value.get(name) ?? null;

  const socket = value('socket');
  if (socket !== null && !socket.startsWith('/'))
    return wrong(text, `gives the socket \`${socket}\``, 'give its whole path, from `/` on');
  const mode = value('mode') ?? 'auto';
  if (mode !== 'auto' && mode !== 'direct' && mode !== 'legacy')
    return wrong(text, `gives the mode \`${mode}\``, 'it is `auto`, `direct` or `legacy`');
  const name = value('name') ?? `${driver}://${path}`;
  if (!/^[a-z]+:\/\/\/[a-z]+$/.test(name))
    return wrong(text, `gives the name \`${name}\``, 'it is what the daemon opens, like `qemu:///system`');
  const uri = { text, driver, name, session: path === '/session', socket, mode } as const;
  if (transport === 'unix') return ok({ ...uri, ssh: null });

  if (host.startsWith('-') || user.startsWith('-'))
    return wrong(text, 'names a host or user that begins with `-`, which ssh would take for an option', null);
  if (!HOST.test(host)) return wrong(text, `names the host \`${host}\``, 'name it as ssh knows it');
  if (user.includes(':'))
    return wrong(text, 'gives a password', 'leave it out: ssh asks for it, or use a key');
  if (user !== '' && !USER.test(user))
    return wrong(text, `names the user \`${user}\``, 'letters, digits and `_ . @ + = -` can be in it');
  const port = parts['port'] === undefined || parts['port'] === '' ? null : Number(parts['port']);
  if (port !== null && (port < 1 || port > 65535))
    return wrong(text, `names the port ${port}`, 'ports go from 1 to 65535');
  const netcat = value('netcat');
  for (const remote of [socket, netcat]) {
    if (remote !== null && !REMOTE_PATH.test(remote))
      return wrong(
        text,
        `has \`${remote}\` go through a shell of another machine`,
        'letters, digits and `_ . / + @ % : = , -` can be in it',
      );
  }
  const proxy = value('proxy') ?? (socket !== null || netcat !== null ? 'netcat' : 'auto');
  if (proxy !== 'auto' && proxy !== 'native' && proxy !== 'netcat')
    return wrong(text, `gives the proxy \`${proxy}\``, 'it is `auto`, `native` or `netcat`');
  if (proxy === 'native' && socket !== null)
    return wrong(text, 'gives a socket, and virt-ssh-helper takes none', 'leave out `proxy=native`');
  const flags = { no_tty: value('no_tty') ?? '0', no_verify: value('no_verify') ?? '0' };
  for (const [flag, said] of Object.entries(flags)) {
    if (said !== '0' && said !== '1')
      return wrong(text, `gives \`${flag}\` the value \`${said}\``, 'it is 0 or 1');
  }
  return ok({
    ...uri,
    ssh: {
      program: value('command') ?? 'ssh',
      user: user === '' ? null : user,
      host,
      port,
      keyfile: value('keyfile'),
      noTty: flags.no_tty === '1',
      noVerify: flags.no_verify === '1',
      proxy,
      netcat,
    },
  });
}

function parameters(
  text: string,
  query: string,
  transport: 'unix' | 'ssh',
): Result<ReadonlyMap<string, string>, Diagnostic> {
  const found = new Map<string, string>();
  for (const part of query.split(/[&;]/)) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = at < 0 ? part : part.slice(0, at);
    const value = percentDecoded(at < 0 ? '' : part.slice(at + 1));
    const known = Object.keys(PARAMETERS).filter((one) => PARAMETERS[one]?.[transport] === true);
    if (!known.includes(name)) {
      const near = nearestName(name, known);
      return wrong(
        text,
        PARAMETERS[name] === undefined
          ? `has a parameter \`${name}\` that Sluice does not know`
          : `has the parameter \`${name}\`, which means nothing to a UNIX socket`,
        near === null ? `there are ${known.join(', ')}` : `did you mean \`${near}\`?`,
      );
    }
    if (value === null || value === '' || /[\u0000-\u001f\u007f]/.test(value))
      return wrong(text, `gives \`${name}\` no usable value`, `write it as \`?${name}=VALUE\``);
    if (found.has(name)) return wrong(text, `gives \`${name}\` twice`, 'keep one of the two');
    found.set(name, value);
  }
  return ok(found);
}

/** Null where a `%` is not followed by two hexadecimal digits of UTF-8. */
function percentDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function wrong(text: string, what: string, help: string | null): Result<never, Diagnostic> {
  return err(error('SL870', null, `\`${text}\` ${what}`, { help }));
}
