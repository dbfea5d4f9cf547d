// What the benchmarks work on: a network with many hosts, a script that adds, changes and removes some, the same edits
// for xmlstarlet, and the policy that decides about them. The same numbers give the same bytes.

export type Size = {
  readonly hosts: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
};

/** So many statements, half of them adding, a quarter changing, a quarter removing. */
export function sized(hosts: number, statements: number): Size {
  const quarter = Math.floor(statements / 4);
  return { hosts, added: statements - 2 * quarter, changed: quarter, removed: quarter };
}

type Host = { readonly mac: string; readonly ip: string; readonly name: string };

/** Host number `n`, from 0: its own mac, name, and address within 10.0.0.0/8. */
function host(n: number): Host {
  const hex = n.toString(16).padStart(6, '0');
  const at = n + 512;
  return {
    mac: `52:54:00:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`,
    ip: `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`,
    name: `vm-${String(n).padStart(6, '0')}.tenant-${n % 32}.example.com`,
  };
}

/** Where a changed host goes: an address that no other host has. */
function elsewhere(ip: string): string {
  return ip.replace('10.', '10.1');
}

/** `count` numbers below `hosts`, spread evenly; `offset` 0 and 1 give different ones. */
function spread(hosts: number, count: number, offset: 0 | 1): readonly number[] {
  const pairs = Math.floor(hosts / 2);
  return Array.from({ length: count }, (_, i) => 2 * Math.floor((i * pairs) / count) + offset);
}

export function networkXml({ hosts }: Size): string {
  const lines = Array.from({ length: hosts }, (_, n) => {
    const { mac, ip, name } = host(n);
    return `      <host mac='${mac}' name='${name}' ip='${ip}'/>\n`;
  });
  return `<network>
  <name>big</name>
  <forward mode='route'/>
  <bridge name='virbr9' stp='on' delay='0'/>
  <domain name='example.com'/>
  <ip address='10.0.0.1' netmask='255.0.0.0'>
    <dhcp>
      <range start='10.0.0.2' end='10.0.0.254'/>
${lines.join('')}    </dhcp>
  </ip>
</network>
`;
}

type Edit =
  | { readonly type: 'add' | 'remove'; readonly host: Host }
  | { readonly type: 'change'; readonly host: Host; readonly ip: string };

function edits({ hosts, added, changed, removed }: Size): readonly Edit[] {
  return [
    ...Array.from({ length: added }, (_, i): Edit => ({ type: 'add', host: host(hosts + i) })),
    ...spread(hosts, changed, 0).map(
      (n): Edit => ({ type: 'change', host: host(n), ip: elsewhere(host(n).ip) }),
    ),
    ...spread(hosts, removed, 1).map((n): Edit => ({ type: 'remove', host: host(n) })),
  ];
}

const DHCP = 'ip[10.0.0.1].dhcp';

export function scriptText(size: Size): string {
  const lines = edits(size).map((edit) => {
    switch (edit.type) {
      case 'add':
        return `add host mac=${edit.host.mac} name=${edit.host.name} ip=${edit.host.ip} to ${DHCP}\n`;
      case 'change':
        return `set ${DHCP}.host[${edit.host.mac}] ip=${edit.ip}\n`;
      case 'remove':
        return `remove ${DHCP}.host[${edit.host.mac}]\n`;
    }
  });
  return lines.join('');
}

/** The same edits as options of `xmlstarlet ed`, one list per edit. */
export function xmlstarletOptions(size: Size): readonly (readonly string[])[] {
  const dhcp = "/network/ip[@address='10.0.0.1']/dhcp";
  const attribute = (name: string, value: string): readonly string[] => [
    '-s',
    '$new',
    '-t',
    'attr',
    '-n',
    name,
    '-v',
    value,
  ];
  return edits(size).map((edit) => {
    const old = `${dhcp}/host[@mac='${edit.host.mac}']`;
    switch (edit.type) {
      case 'add':
        return [
          ...['-s', dhcp, '-t', 'elem', '-n', 'host', '--var', 'new', '$prev'],
          ...attribute('mac', edit.host.mac),
          ...attribute('name', edit.host.name),
          ...attribute('ip', edit.host.ip),
        ];
      case 'change':
        return ['-u', `${old}/@ip`, '-v', edit.ip];
      case 'remove':
        return ['-d', old];
    }
  });
}

/** Who may do that: an operator, to hosts of the right name and address. Each change is decided by a condition. */
export const policyCsv = `g, user:olga, role:operator, *
p, allow, role:operator, *, ip[*].dhcp.host[*], add|remove|modify, config, "ip in 10.0.0.0/8 and name like *.example.com"
p, deny, role:everyone, *, ip[*].dhcp.host[*], *, *, "ip in 10.255.255.254/32"
p, allow, role:operator, *, bridge@stp, modify, *, ""
`;

export const smallNetworkXml = `<network>
  <name>small</name>
  <forward mode='nat'/>
  <bridge name='virbr0' stp='on' delay='0'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp>
      <range start='192.168.122.2' end='192.168.122.254'/>
      <host mac='52:54:00:00:00:01' name='a.example.com' ip='192.168.122.11'/>
    </dhcp>
  </ip>
</network>
`;

export const smallScript = 'set bridge stp=off\n';
