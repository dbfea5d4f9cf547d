// The kinds of updates: what each element can hold, and a builder for it. Generated from src/network/table.ts by
// scripts/update-builders.ts: do not edit.

import { builder, type Many, type ManyText, type One, type OneText, type Settable, type Which } from './update.ts';

type NetworkAttrs = {
  /** IPv6 between guests without an IPv6 address of the host; `no` when absent. */
  readonly ipv6?: 'yes' | 'no' | undefined;
  /** Follow the MAC filters that guests set. */
  readonly trustGuestRxFilters?: 'yes' | 'no' | undefined;
};

type ForwardAttrs = {
  /** The first interface, said again. */
  readonly dev?: string | undefined;
  /** Way of forwarding; none is an isolated network; `nat` when absent. */
  readonly mode?: 'none' | 'nat' | 'route' | 'open' | 'bridge' | 'private' | 'vepa' | 'passthrough' | 'hostdev' | undefined;
  /** Detach host devices automatically (hostdev); `no` when absent. */
  readonly managed?: 'yes' | 'no' | undefined;
};

type ForwardContent = ForwardAttrs & {
  readonly driver?: ForwardDriverAttrs | undefined;
  readonly nat?: ForwardNatContent | undefined;
  readonly pf?: ForwardPfAttrs | undefined;
  readonly interface?: readonly ForwardInterfaceAttrs[] | undefined;
  readonly address?: readonly ForwardAddressAttrs[] | undefined;
};

type ForwardDriverAttrs = {
  /** Driver. */
  readonly name: 'kvm' | 'vfio';
};

type ForwardNatAttrs = {
  /** NAT for IPv6 too; `no` when absent. */
  readonly ipv6?: 'yes' | 'no' | undefined;
};

type ForwardNatContent = ForwardNatAttrs & {
  readonly address?: ForwardNatAddressAttrs | undefined;
  readonly port?: ForwardNatPortAttrs | undefined;
};

type ForwardNatAddressAttrs = {
  /** First address; an IPv4 address such as `10.0.0.1`. */
  readonly start: string;
  /** Last address; an IPv4 address such as `10.0.0.1`. */
  readonly end: string;
};

type ForwardNatPortAttrs = {
  /** First port; a whole number from 0 to 65535. */
  readonly start: number | bigint;
  /** Last port; a whole number from 0 to 65535. */
  readonly end: number | bigint;
};

type ForwardPfAttrs = {
  /** Name of the device. */
  readonly dev: string;
};

type ForwardInterfaceAttrs = {
  /** Name of the device. */
  readonly dev: string;
};

type ForwardAddressAttrs = {
  /** Kind of address. */
  readonly type: 'pci';
  /** PCI domain; a PCI number from `0x0000` to `0xffff`; `0x0000` when absent. */
  readonly domain?: string | undefined;
  /** PCI bus; a PCI number from `0x00` to `0xff`; `0x00` when absent. */
  readonly bus?: string | undefined;
  /** PCI slot; a PCI number from `0x00` to `0x1f`; `0x00` when absent. */
  readonly slot?: string | undefined;
  /** PCI function; a PCI number from `0x0` to `0x7`; `0x0` when absent. */
  readonly function?: string | undefined;
};

type BridgeAttrs = {
  /** Name of the device; libvirt picks one when absent. */
  readonly name?: string | undefined;
  /** Firewalld zone. */
  readonly zone?: string | undefined;
  /** Spanning tree; any value but off is on; `on` when absent. */
  readonly stp?: 'on' | 'off' | undefined;
  /** Forward delay; a whole number from 0 to 2147483647 (seconds); `0` when absent. */
  readonly delay?: number | bigint | undefined;
  /** Who fills the table of MAC addresses. */
  readonly macTableManager?: 'kernel' | 'libvirt' | undefined;
};

type MtuAttrs = {
  /** Largest packet; a whole number from 0 to 65535 (bytes). */
  readonly size: number | bigint;
};

type MacAttrs = {
  /** Unicast address; libvirt makes one when absent; a MAC address such as `52:54:00:aa:bb:cc`. */
  readonly address: string;
};

type DomainAttrs = {
  /** Name of the domain; a host or domain name such as `web.example.com`. */
  readonly name: string;
  /** Never forward names of this domain; `no` when absent. */
  readonly localOnly?: 'yes' | 'no' | undefined;
};

type DnsAttrs = {
  /** Serve DNS at all; `yes` when absent. */
  readonly enable?: 'yes' | 'no' | undefined;
  /** Forward names without dots; `yes` when absent. */
  readonly forwardPlainNames?: 'yes' | 'no' | undefined;
};

type DnsContent = DnsAttrs & {
  readonly forwarder?: readonly DnsForwarderAttrs[] | undefined;
  readonly txt?: readonly DnsTxtAttrs[] | undefined;
  readonly srv?: readonly DnsSrvAttrs[] | undefined;
  readonly host?: readonly DnsHostContent[] | undefined;
};

type DnsForwarderAttrs = {
  /** Only for names in this domain; a host or domain name such as `web.example.com`. */
  readonly domain?: string | undefined;
  /** Address of the server; absent: answer the domain locally; an IP address such as `10.0.0.1` or `fd00::1`. */
  readonly addr?: string | undefined;
};

type DnsTxtAttrs = {
  /** Name of the record; a host or domain name such as `web.example.com`. */
  readonly name: string;
  /** Text of the record. */
  readonly value: string;
};

type DnsSrvAttrs = {
  /** Service, without underscore. */
  readonly service: string;
  /** Protocol, without underscore: tcp or udp. */
  readonly protocol: string;
  /** Domain of the record; a host or domain name such as `web.example.com`. */
  readonly domain?: string | undefined;
  /** Host that serves; a host or domain name such as `web.example.com`. */
  readonly target?: string | undefined;
  /** Port on the target; a whole number from 0 to 65535; `0` when absent. */
  readonly port?: number | bigint | undefined;
  /** Lower is asked first; a whole number from 0 to 65535; `0` when absent. */
  readonly priority?: number | bigint | undefined;
  /** Share among equal priorities; a whole number from 0 to 65535; `0` when absent. */
  readonly weight?: number | bigint | undefined;
};

type DnsHostAttrs = {
  /** Address; an IP address such as `10.0.0.1` or `fd00::1`. */
  readonly ip: string;
};

type DnsHostContent = DnsHostAttrs & {
  readonly hostname?: readonly string[] | undefined;
};

type VlanAttrs = {
  /** Pass tagged traffic; always yes with more than one tag; `no` when absent. */
  readonly trunk?: 'yes' | 'no' | undefined;
};

type VlanContent = VlanAttrs & {
  readonly tag?: readonly VlanTagAttrs[] | undefined;
};

type VlanTagAttrs = {
  /** VLAN id; a whole number from 0 to 4095. */
  readonly id: number | bigint;
  /** Makes this the native VLAN of a trunk. */
  readonly nativeMode?: 'tagged' | 'untagged' | undefined;
};

type BandwidthContent = {
  readonly inbound?: BandwidthInboundAttrs | undefined;
  readonly outbound?: BandwidthOutboundAttrs | undefined;
};

type BandwidthInboundAttrs = {
  /** Average rate; a whole number (KiB/s). */
  readonly average: number | bigint;
  /** Highest rate (libvirt ignores it in outbound); a whole number (KiB/s). */
  readonly peak?: number | bigint | undefined;
  /** Guaranteed rate (libvirt refuses it in a network); a whole number (KiB/s). */
  readonly floor?: number | bigint | undefined;
  /** How much may go at peak rate; a whole number (KiB). */
  readonly burst?: number | bigint | undefined;
};

type BandwidthOutboundAttrs = {
  /** Average rate; a whole number (KiB/s). */
  readonly average: number | bigint;
  /** Highest rate (libvirt ignores it in outbound); a whole number (KiB/s). */
  readonly peak?: number | bigint | undefined;
  /** Guaranteed rate (libvirt refuses it in a network); a whole number (KiB/s). */
  readonly floor?: number | bigint | undefined;
  /** How much may go at peak rate; a whole number (KiB). */
  readonly burst?: number | bigint | undefined;
};

type PortAttrs = {
  /** Guests reach the host but not each other; `no` when absent. */
  readonly isolated?: 'yes' | 'no' | undefined;
};

type IpAttrs = {
  /** Family of the address; ipv4 when absent. */
  readonly family?: 'ipv4' | 'ipv6' | undefined;
  /** Address of the host; an IP address such as `10.0.0.1` or `fd00::1`. */
  readonly address: string;
  /** IPv4 netmask, another way to write the prefix; an IPv4 netmask such as `255.255.255.0`. */
  readonly netmask?: string | undefined;
  /** Length of the network prefix; by address class (8, 16, 24; 64 for IPv6) when neither it nor netmask is given; a whole number from 0 to 128. */
  readonly prefix?: number | bigint | undefined;
  /** Answer reverse lookups of this network here only; `no` when absent. */
  readonly localPtr?: 'yes' | 'no' | undefined;
};

type IpContent = IpAttrs & {
  readonly tftp?: IpTftpAttrs | undefined;
  readonly dhcp?: IpDhcpContent | undefined;
};

type IpTftpAttrs = {
  /** Directory on the host to publish. */
  readonly root: string;
};

type IpDhcpContent = {
  readonly range?: readonly IpDhcpRangeContent[] | undefined;
  readonly host?: readonly IpDhcpHostContent[] | undefined;
  readonly bootp?: IpDhcpBootpAttrs | undefined;
};

type IpDhcpRangeAttrs = {
  /** First address; an IP address such as `10.0.0.1` or `fd00::1`. */
  readonly start: string;
  /** Last address; an IP address such as `10.0.0.1` or `fd00::1`. */
  readonly end: string;
};

type IpDhcpRangeContent = IpDhcpRangeAttrs & {
  readonly lease?: IpDhcpRangeLeaseAttrs | undefined;
};

type IpDhcpRangeLeaseAttrs = {
  /** Lease time; 0 is for ever; as a value always in seconds, whatever `unit` says; a whole number (seconds). */
  readonly expiry: number | bigint;
  /** Unit of expiry; minutes when absent. */
  readonly unit?: 'seconds' | 'minutes' | 'hours' | undefined;
};

type IpDhcpHostAttrs = {
  /** MAC address (IPv4); a MAC address such as `52:54:00:aa:bb:cc`. */
  readonly mac?: string | undefined;
  /** Client id, a DUID (IPv6); a DUID such as `0:3:0:1:0:16:3e:11:22:33`. */
  readonly id?: string | undefined;
  /** Host name to hand out; a host or domain name such as `web.example.com`. */
  readonly name?: string | undefined;
  /** Address to hand out; an IP address such as `10.0.0.1` or `fd00::1`. */
  readonly ip: string;
};

type IpDhcpHostContent = IpDhcpHostAttrs & {
  readonly lease?: IpDhcpRangeLeaseAttrs | undefined;
};

type IpDhcpBootpAttrs = {
  /** File to boot. */
  readonly file: string;
  /** TFTP server; this host when absent; an IP address such as `10.0.0.1` or `fd00::1`. */
  readonly server?: string | undefined;
};

type RouteAttrs = {
  /** Family of the address; ipv4 when absent. */
  readonly family?: 'ipv4' | 'ipv6' | undefined;
  /** Network to reach; an IP address such as `10.0.0.1` or `fd00::1`. */
  readonly address: string;
  /** IPv4 netmask, another way to write the prefix; an IPv4 netmask such as `255.255.255.0`. */
  readonly netmask?: string | undefined;
  /** Length of the network prefix; by address class when neither it nor netmask is given; a whole number from 0 to 128. */
  readonly prefix?: number | bigint | undefined;
  /** Next hop, inside this network; an IP address such as `10.0.0.1` or `fd00::1`. */
  readonly gateway: string;
  /** Lower is preferred; a whole number from 1 to 4294967295. */
  readonly metric?: number | bigint | undefined;
};

type VirtualportAttrs = {
  /** Kind of switch. */
  readonly type: '802.1Qbg' | '802.1Qbh' | 'openvswitch' | 'midonet';
};

type VirtualportContent = VirtualportAttrs & {
  readonly parameters?: VirtualportParametersAttrs | undefined;
};

type VirtualportParametersAttrs = {
  /** VSI manager (802.1Qbg); a whole number from 0 to 255. */
  readonly managerid?: number | bigint | undefined;
  /** VSI type (802.1Qbg); a whole number from 0 to 16777215. */
  readonly typeid?: number | bigint | undefined;
  /** Version of the VSI type (802.1Qbg); a whole number from 0 to 255. */
  readonly typeidversion?: number | bigint | undefined;
  /** VSI instance (802.1Qbg); a UUID such as `81ff0d90-c91e-6742-64da-4a736edb9a9b`. */
  readonly instanceid?: string | undefined;
  /** Interface (openvswitch, midonet); a UUID such as `81ff0d90-c91e-6742-64da-4a736edb9a9b`. */
  readonly interfaceid?: string | undefined;
  /** Port profile (802.1Qbh, openvswitch), at most 39 characters. */
  readonly profileid?: string | undefined;
};

type PortgroupAttrs = {
  /** Name that guests refer to. */
  readonly name: string;
  /** For guests that name no portgroup; `no` when absent. */
  readonly default?: 'yes' | 'no' | undefined;
  /** Follow the MAC filters that guests set. */
  readonly trustGuestRxFilters?: 'yes' | 'no' | undefined;
};

type PortgroupContent = PortgroupAttrs & {
  readonly vlan?: VlanContent | undefined;
  readonly virtualport?: PortgroupVirtualportContent | undefined;
  readonly bandwidth?: BandwidthContent | undefined;
};

type PortgroupVirtualportAttrs = {
  /** Kind of switch. */
  readonly type?: '802.1Qbg' | '802.1Qbh' | 'openvswitch' | 'midonet' | undefined;
};

type PortgroupVirtualportContent = PortgroupVirtualportAttrs & {
  readonly parameters?: VirtualportParametersAttrs | undefined;
};

type DnsmasqOptionsContent = {
  readonly option?: readonly DnsmasqOptionsOptionAttrs[] | undefined;
};

type DnsmasqOptionsOptionAttrs = {
  /** The line. */
  readonly value: string;
};

/** A builder for each kind of element, named as its path: `ip.dhcp.host` is `ipDhcpHost`. Each call makes one Update. */
export type Updates = {
  /** `network`: a virtual network. */
  readonly network: Settable<[], NetworkAttrs>;
  /** `uuid`: identity of the network; libvirt makes one when absent. */
  readonly uuid: OneText<[]>;
  /** `title`: short description (libvirt 9.7). */
  readonly title: OneText<[]>;
  /** `description`: long description (libvirt 9.7). */
  readonly description: OneText<[]>;
  /** `metadata`: other programs' notes: foreign elements, kept as they are. */
  readonly metadata: Pick<One<[], never>, 'remove'>;
  /** `forward`: how the network reaches the world; without it the network is isolated. */
  readonly forward: One<[], ForwardContent> & Settable<[], ForwardAttrs>;
  /** `forward.driver`: driver of host devices (hostdev). */
  readonly forwardDriver: One<[], ForwardDriverAttrs> & Settable<[], ForwardDriverAttrs>;
  /** `forward.nat`: source addresses and ports of NAT. */
  readonly forwardNat: One<[], ForwardNatContent> & Settable<[], ForwardNatAttrs>;
  /** `forward.nat.address`: range of source addresses. */
  readonly forwardNatAddress: One<[], ForwardNatAddressAttrs> & Settable<[], ForwardNatAddressAttrs>;
  /** `forward.nat.port`: range of source ports. */
  readonly forwardNatPort: One<[], ForwardNatPortAttrs> & Settable<[], ForwardNatPortAttrs>;
  /** `forward.pf`: physical function whose virtual functions form the pool. */
  readonly forwardPf: One<[], ForwardPfAttrs> & Settable<[], ForwardPfAttrs>;
  /** `forward.interface[dev]`: host interface to forward through, or member of the pool. */
  readonly forwardInterface: Many<[], ForwardInterfaceAttrs, ForwardInterfaceAttrs>;
  /** `forward.address[domain/bus/slot/function]`: PCI device in the pool (hostdev). */
  readonly forwardAddress: Many<[], ForwardAddressAttrs, ForwardAddressAttrs>;
  /** `bridge`: bridge device that the guests are plugged into. */
  readonly bridge: One<[], BridgeAttrs> & Settable<[], BridgeAttrs>;
  /** `mtu`: size of packets. */
  readonly mtu: One<[], MtuAttrs> & Settable<[], MtuAttrs>;
  /** `mac`: MAC address of the bridge. */
  readonly mac: One<[], MacAttrs> & Settable<[], MacAttrs>;
  /** `domain`: DNS domain of the network. */
  readonly domain: One<[], DomainAttrs> & Settable<[], DomainAttrs>;
  /** `dns`: DNS service of the network. */
  readonly dns: One<[], DnsContent> & Settable<[], DnsAttrs>;
  /** `dns.forwarder[addr/domain]`: other DNS server to ask. */
  readonly dnsForwarder: Many<[], DnsForwarderAttrs, DnsForwarderAttrs>;
  /** `dns.txt[name]`: TXT record. */
  readonly dnsTxt: Many<[], DnsTxtAttrs, DnsTxtAttrs>;
  /** `dns.srv[service/protocol/domain/target]`: SRV record. */
  readonly dnsSrv: Many<[], DnsSrvAttrs, DnsSrvAttrs>;
  /** `dns.host[ip]`: address with its names. */
  readonly dnsHost: Many<[], DnsHostAttrs, DnsHostContent>;
  /** `dns.host[ip].hostname[text]`: a name of this address; the first is the answer to reverse lookups. */
  readonly dnsHostHostname: ManyText<[host: Which<DnsHostAttrs>]>;
  /** `vlan`: VLAN tags for guest interfaces. */
  readonly vlan: One<[], VlanContent> & Settable<[], VlanAttrs>;
  /** `vlan.tag[id]`: one VLAN id. */
  readonly vlanTag: Many<[], VlanTagAttrs, VlanTagAttrs>;
  /** `bandwidth`: traffic limits. */
  readonly bandwidth: One<[], BandwidthContent>;
  /** `bandwidth.inbound`: limits of traffic into the guests. */
  readonly bandwidthInbound: One<[], BandwidthInboundAttrs> & Settable<[], BandwidthInboundAttrs>;
  /** `bandwidth.outbound`: limits of traffic out of the guests. */
  readonly bandwidthOutbound: One<[], BandwidthOutboundAttrs> & Settable<[], BandwidthOutboundAttrs>;
  /** `port`: ports of guest interfaces. */
  readonly port: One<[], PortAttrs> & Settable<[], PortAttrs>;
  /** `ip[address]`: address of the host on this network, with its DHCP. */
  readonly ip: Many<[], IpAttrs, IpContent>;
  /** `ip[address].tftp`: TFTP service (IPv4). */
  readonly ipTftp: One<[ip: Which<IpAttrs>], IpTftpAttrs> & Settable<[ip: Which<IpAttrs>], IpTftpAttrs>;
  /** `ip[address].dhcp`: DHCP service on this address. */
  readonly ipDhcp: One<[ip: Which<IpAttrs>], IpDhcpContent>;
  /** `ip[address].dhcp.range[start-end]`: addresses to lend. */
  readonly ipDhcpRange: Many<[ip: Which<IpAttrs>], IpDhcpRangeAttrs, IpDhcpRangeContent>;
  /** `ip[address].dhcp.range[start-end].lease`: how long an address is lent. */
  readonly ipDhcpRangeLease: One<[ip: Which<IpAttrs>, range: Which<IpDhcpRangeAttrs>], IpDhcpRangeLeaseAttrs> & Settable<[ip: Which<IpAttrs>, range: Which<IpDhcpRangeAttrs>], IpDhcpRangeLeaseAttrs>;
  /** `ip[address].dhcp.host[mac or id or name]`: fixed address or name of one machine. */
  readonly ipDhcpHost: Many<[ip: Which<IpAttrs>], IpDhcpHostAttrs, IpDhcpHostContent>;
  /** `ip[address].dhcp.host[mac or id or name].lease`: how long an address is lent. */
  readonly ipDhcpHostLease: One<[ip: Which<IpAttrs>, host: Which<IpDhcpHostAttrs>], IpDhcpRangeLeaseAttrs> & Settable<[ip: Which<IpAttrs>, host: Which<IpDhcpHostAttrs>], IpDhcpRangeLeaseAttrs>;
  /** `ip[address].dhcp.bootp`: network boot (IPv4). */
  readonly ipDhcpBootp: One<[ip: Which<IpAttrs>], IpDhcpBootpAttrs> & Settable<[ip: Which<IpAttrs>], IpDhcpBootpAttrs>;
  /** `route[address/prefix]`: static route on the host into this network. */
  readonly route: Many<[], RouteAttrs, RouteAttrs>;
  /** `virtualport`: how guest interfaces join a switch. */
  readonly virtualport: One<[], VirtualportContent> & Settable<[], VirtualportAttrs>;
  /** `virtualport.parameters`: parameters of the virtual port. */
  readonly virtualportParameters: One<[], VirtualportParametersAttrs> & Settable<[], VirtualportParametersAttrs>;
  /** `portgroup[name]`: named class of guest interfaces. */
  readonly portgroup: Many<[], PortgroupAttrs, PortgroupContent>;
  /** `portgroup[name].vlan`: VLAN tags for guest interfaces. */
  readonly portgroupVlan: One<[portgroup: Which<PortgroupAttrs>], VlanContent> & Settable<[portgroup: Which<PortgroupAttrs>], VlanAttrs>;
  /** `portgroup[name].vlan.tag[id]`: one VLAN id. */
  readonly portgroupVlanTag: Many<[portgroup: Which<PortgroupAttrs>], VlanTagAttrs, VlanTagAttrs>;
  /** `portgroup[name].virtualport`: how guest interfaces of this group join a switch. */
  readonly portgroupVirtualport: One<[portgroup: Which<PortgroupAttrs>], PortgroupVirtualportContent> & Settable<[portgroup: Which<PortgroupAttrs>], PortgroupVirtualportAttrs>;
  /** `portgroup[name].virtualport.parameters`: parameters of the virtual port. */
  readonly portgroupVirtualportParameters: One<[portgroup: Which<PortgroupAttrs>], VirtualportParametersAttrs> & Settable<[portgroup: Which<PortgroupAttrs>], VirtualportParametersAttrs>;
  /** `portgroup[name].bandwidth`: traffic limits. */
  readonly portgroupBandwidth: One<[portgroup: Which<PortgroupAttrs>], BandwidthContent>;
  /** `portgroup[name].bandwidth.inbound`: limits of traffic into the guests. */
  readonly portgroupBandwidthInbound: One<[portgroup: Which<PortgroupAttrs>], BandwidthInboundAttrs> & Settable<[portgroup: Which<PortgroupAttrs>], BandwidthInboundAttrs>;
  /** `portgroup[name].bandwidth.outbound`: limits of traffic out of the guests. */
  readonly portgroupBandwidthOutbound: One<[portgroup: Which<PortgroupAttrs>], BandwidthOutboundAttrs> & Settable<[portgroup: Which<PortgroupAttrs>], BandwidthOutboundAttrs>;
  /** `dnsmasq:options`: raw lines for dnsmasq. */
  readonly dnsmasqOptions: One<[], DnsmasqOptionsContent>;
  /** `dnsmasq:options.dnsmasq:option[value]`: one raw line of dnsmasq configuration: can run programs as root. */
  readonly dnsmasqOptionsOption: Many<[], DnsmasqOptionsOptionAttrs, DnsmasqOptionsOptionAttrs>;
};

/** The RFC's typed calls: `update.bridge.set({ stp: 'off' })`. */
export const update: Updates = {
  network: builder(''),
  uuid: builder('uuid'),
  title: builder('title'),
  description: builder('description'),
  metadata: builder('metadata'),
  forward: builder('forward'),
  forwardDriver: builder('forward.driver'),
  forwardNat: builder('forward.nat'),
  forwardNatAddress: builder('forward.nat.address'),
  forwardNatPort: builder('forward.nat.port'),
  forwardPf: builder('forward.pf'),
  forwardInterface: builder('forward.interface'),
  forwardAddress: builder('forward.address'),
  bridge: builder('bridge'),
  mtu: builder('mtu'),
  mac: builder('mac'),
  domain: builder('domain'),
  dns: builder('dns'),
  dnsForwarder: builder('dns.forwarder'),
  dnsTxt: builder('dns.txt'),
  dnsSrv: builder('dns.srv'),
  dnsHost: builder('dns.host'),
  dnsHostHostname: builder('dns.host.hostname'),
  vlan: builder('vlan'),
  vlanTag: builder('vlan.tag'),
  bandwidth: builder('bandwidth'),
  bandwidthInbound: builder('bandwidth.inbound'),
  bandwidthOutbound: builder('bandwidth.outbound'),
  port: builder('port'),
  ip: builder('ip'),
  ipTftp: builder('ip.tftp'),
  ipDhcp: builder('ip.dhcp'),
  ipDhcpRange: builder('ip.dhcp.range'),
  ipDhcpRangeLease: builder('ip.dhcp.range.lease'),
  ipDhcpHost: builder('ip.dhcp.host'),
  ipDhcpHostLease: builder('ip.dhcp.host.lease'),
  ipDhcpBootp: builder('ip.dhcp.bootp'),
  route: builder('route'),
  virtualport: builder('virtualport'),
  virtualportParameters: builder('virtualport.parameters'),
  portgroup: builder('portgroup'),
  portgroupVlan: builder('portgroup.vlan'),
  portgroupVlanTag: builder('portgroup.vlan.tag'),
  portgroupVirtualport: builder('portgroup.virtualport'),
  portgroupVirtualportParameters: builder('portgroup.virtualport.parameters'),
  portgroupBandwidth: builder('portgroup.bandwidth'),
  portgroupBandwidthInbound: builder('portgroup.bandwidth.inbound'),
  portgroupBandwidthOutbound: builder('portgroup.bandwidth.outbound'),
  dnsmasqOptions: builder('dnsmasq:options'),
  dnsmasqOptionsOption: builder('dnsmasq:options.dnsmasq:option'),
};
