// URIs as libvirt has them: what each leads to, and what is said about those that lead nowhere.

import { describe, expect, test } from 'vitest';
import { socketNames } from '../../../src/apply/libvirt/rpc/sockets.ts';
import { looksLikeUri, parseLibvirtUri } from '../../../src/apply/libvirt/rpc/uri.ts';

function said(text: string): string {
  const parsed = parseLibvirtUri(text);
  if (parsed.ok) return 'nothing is wrong with it';
  const { code, message, help } = parsed.error;
  return `${code}: ${message}\n${help}`;
}

/** In a line: `qemu:///system via unix auto virtqemud-sock libvirt-sock`. */
function led(text: string): string {
  const parsed = parseLibvirtUri(text);
  if (!parsed.ok) return said(text);
  const uri = parsed.value;
  const sockets = uri.socket === null ? socketNames(uri, 'read-write') : [uri.socket];
  if (uri.ssh === null) return [uri.name, uri.session ? 'session' : 'system', ...sockets].join(' ');
  const { program, user, host, port, proxy } = uri.ssh;
  return [uri.name, program, `${user ?? ''}@${host}:${port ?? ''}`, proxy, ...sockets].join(' ');
}

test.each([
  ['qemu:///system', 'qemu:///system system virtqemud-sock libvirt-sock'],
  ['QEMU:///system', 'qemu:///system system virtqemud-sock libvirt-sock'],
  ['qemu:///session', 'qemu:///session session virtqemud-sock libvirt-sock'],
  ['network:///system', 'network:///system system virtnetworkd-sock libvirt-sock'],
  ['network:///session', 'network:///session session virtnetworkd-sock libvirt-sock'],
  ['test:///default', 'test:///default system libvirt-sock'],
  ['xen:///system', 'xen:///system system virtxend-sock libvirt-sock'],
  ['qemu+unix:///system', 'qemu:///system system virtqemud-sock libvirt-sock'],
  ['qemu:///system?mode=legacy', 'qemu:///system system libvirt-sock'],
  ['network:///system?mode=direct', 'network:///system system virtnetworkd-sock'],
  ['qemu:///system?socket=/tmp/a%20b/sock', 'qemu:///system system /tmp/a b/sock'],
  ['qemu+unix:///system?socket=/tmp/sock;mode=legacy', 'qemu:///system system /tmp/sock'],
  ['qemu:///system?name=network:///system', 'network:///system system virtqemud-sock libvirt-sock'],
  ['qemu+ssh://host1/system', 'qemu:///system ssh @host1: auto virtqemud-sock libvirt-sock'],
  [
    'qemu+ssh://olga@host1:2222/system',
    'qemu:///system ssh olga@host1:2222 auto virtqemud-sock libvirt-sock',
  ],
  [
    'network+ssh://olga@[fe80::1%25eth0]/system',
    'network:///system ssh olga@fe80::1%eth0: auto virtnetworkd-sock libvirt-sock',
  ],
  ['qemu+ssh://host1/system?socket=/run/x-sock', 'qemu:///system ssh @host1: netcat /run/x-sock'],
  [
    'qemu+ssh://host1/system?netcat=/usr/bin/nc',
    'qemu:///system ssh @host1: netcat virtqemud-sock libvirt-sock',
  ],
  ['qemu+ssh://host1/system?proxy=native', 'qemu:///system ssh @host1: native virtqemud-sock libvirt-sock'],
  [
    'qemu+ssh://host1/system?command=/opt/ssh',
    'qemu:///system /opt/ssh @host1: auto virtqemud-sock libvirt-sock',
  ],
])('%s', (text, way) => {
  expect(led(text)).toBe(way);
});

describe('no way', () => {
  test.each([
    ['qemu:/system', /^SL870.*is no libvirt URI/],
    ['qemu:///system#x', /^SL870.*is no libvirt URI/],
    ['qemu:///sys tem', /^SL870.*is no libvirt URI/],
    ['qemu:///system\n', /^SL870[\s\S]*is no libvirt URI/],
    ['qmeu:///system', /^SL870.*driver `qmeu`[\s\S]*did you mean `qemu`/],
    ['esx://host1/', /^SL870.*driver `esx`/],
    ['qemu:///', /^SL870.*asks for `\/`/],
    ['qemu://', /^SL870.*asks for ``/],
    ['qemu:///sytem', /^SL870[\s\S]*did you mean `qemu:\/\/\/system`/],
    ['qemu+ssh://h/sesion?mode=auto', /^SL870[\s\S]*did you mean `qemu\+ssh:\/\/h\/session\?mode=auto`/],
    ['qemu:///embed?root=/x', /^SL870.*asks for `\/embed`/],
    ['test:///srv/networks.xml', /^SL870.*`test` has `\/default`/],
    ['qemu://host1/system', /^SL871.*means TLS[\s\S]*`qemu\+ssh:\/\/host1\/system`/],
    ['qemu+tls://host1/system', /^SL871.*transport `tls`[\s\S]*`qemu\+ssh:\/\/host1\/system`/],
    ['qemu+tcp://olga@host1/system', /^SL871.*transport `tcp`[\s\S]*`qemu\+ssh:\/\/olga@host1\/system`/],
    ['qemu+libssh2://host1/system', /^SL871.*transport `libssh2`/],
    ['qemu+ext:///system?command=x', /^SL871.*transport `ext`/],
    ['qemu+shs://host1/system', /^SL871.*no transport `shs`[\s\S]*`qemu\+ssh:\/\/`/],
    ['qemu+unix://host1/system', /^SL870.*on this machine[\s\S]*`qemu\+ssh:\/\/host1\/system`/],
    ['qemu+ssh:///system', /^SL870.*names no host[\s\S]*`qemu:\/\/\/system`/],
    ['qemu:///system?sokcet=/x', /^SL870.*`sokcet`[\s\S]*did you mean `socket`/],
    ['qemu:///system?keyfile=/x', /^SL870.*`keyfile`, which means nothing to a UNIX socket/],
    ['qemu:///system?toString=x', /^SL870.*`toString`/],
    ['qemu:///system?socket=run/sock', /^SL870.*socket `run\/sock`/],
    ['qemu:///system?socket=', /^SL870.*no usable value/],
    ['qemu:///system?socket=/a%00b', /^SL870.*no usable value/],
    ['qemu:///system?socket=/a&socket=/b', /^SL870.*twice/],
    ['qemu:///system?mode=fast', /^SL870.*mode `fast`/],
    ['qemu:///system?name=qemu', /^SL870.*name `qemu`/],
    ['qemu:///%zz', /^SL870.*percent-encoding/],
    ['qemu+ssh://-oProxyCommand=touch%20x/system', /^SL870.*begins with `-`/],
    ['qemu+ssh://%2DoProxyCommand=x/system', /^SL870.*begins with `-`/],
    ['qemu+ssh://-l@host1/system', /^SL870.*begins with `-`/],
    ['qemu+ssh://$(id)/system', /^SL870.*the host `\$\(id\)`/],
    ['qemu+ssh://a;b/system', /^SL870.*the host `a;b`/],
    ["qemu+ssh://a'b@host1/system", /^SL870.*the user/],
    ['qemu+ssh://olga:secret@host1/system', /^SL870.*password/],
    ['qemu+ssh://host1:0/system', /^SL870.*port 0/],
    ['qemu+ssh://host1:70000/system', /^SL870.*port 70000/],
    ["qemu+ssh://host1/system?socket=/a'b", /^SL870.*through a shell/],
    ['qemu+ssh://host1/system?socket=/a%20b', /^SL870.*through a shell/],
    ['qemu+ssh://host1/system?netcat=nc%20-e', /^SL870.*through a shell/],
    ['qemu+ssh://host1/system?proxy=none', /^SL870.*proxy `none`/],
    ['qemu+ssh://host1/system?proxy=native&socket=/x', /^SL870.*takes none/],
    ['qemu+ssh://host1/system?no_tty=yes', /^SL870.*`no_tty`/],
  ])('%s', (text, message) => {
    expect(said(text)).toMatch(message);
  });
});

test.each([
  ['qemu:///system', true],
  ['qmeu+shs://x', true],
  ['/srv/networks', false],
  ['./networks', false],
  ['networks', false],
  ['dir:/srv/networks', false],
])('%s is meant as a URI: %s', (text, meant) => {
  expect(looksLikeUri(text)).toBe(meant);
});
