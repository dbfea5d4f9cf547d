// The form of the element table: what libvirt says about an element, as data. table.ts holds the data itself.
//
// One table, many readers: addressing, compile, diff, policy checks, completion, fmt and the docs all read it;
// no other place lists elements or attributes.

/** What the characters of an attribute or text mean. values.ts makes canonical forms of them. */
export type ValueType =
  /** Free text; on one line unless `lines` says many. */
  | { readonly kind: 'text'; readonly lines?: 'many' }
  /** A DNS or host name: compared without case by conditions, kept as written. */
  | { readonly kind: 'hostname' }
  /**
   * A name of a device, portgroup, zone, …: compared exactly. `escaped`: libvirt prints it safely, so quotes and `<` may stand
   * in it. `of`: what on the host it is the name of, for completion.
   */
  | { readonly kind: 'name'; readonly escaped?: true; readonly of?: 'interface' }
  | { readonly kind: 'uuid' }
  | { readonly kind: 'mac' }
  | { readonly kind: 'ip'; readonly family: 'ipv4' | 'ipv6' | 'any' }
  | { readonly kind: 'netmask' }
  /** A DHCPv6 client id (DUID), colon-separated hex. */
  | { readonly kind: 'duid' }
  /** Whole number, decimal; `base0` also takes 0x… and 0… as C does (libvirt's virStrToLong with base 0). `unit` is for people. `zero: 'infinite'`: 0 is more than any number. */
  | {
      readonly kind: 'uint';
      readonly min: number;
      readonly max: number;
      readonly base0: boolean;
      readonly unit: string | null;
      readonly zero?: 'infinite';
    }
  /** Hexadecimal PCI parts, canonical with `0x` and this many digits. */
  | { readonly kind: 'pci'; readonly digits: number; readonly max: number }
  /** `ignoreCase`: libvirt takes `YES` for `yes`. `otherwise`: what it takes any other text for; without it, an error. */
  | {
      readonly kind: 'enum';
      readonly values: readonly string[];
      readonly ignoreCase?: true;
      readonly otherwise?: string;
    }
  /** libvirt's stp: any value but `off` means `on`. */
  | { readonly kind: 'stp' };

export type AttrSpec = {
  readonly name: string;
  readonly type: ValueType;
  readonly required: boolean;
  /** What an absent attribute counts as (policy/rules.md rule 2); null when absence has no value. */
  readonly default: string | null;
  /**
   * Rule 1: this attribute only says again what another says, so it does not exist for changes and policy.
   * The text is what to write instead: "use `prefix`". Null for ordinary attributes.
   */
  readonly restates: string | null;
  /** One line for help and completion. */
  readonly doc: string;
};

export type KeyPart = { readonly attr: string } | { readonly text: true };

/**
 * How one among several of a name is named. `alternatives` are tried in order; the first whose parts are present names
 * the element and gives its key kind (a dhcp host: mac, else id, else name).
 */
export type KeySpec = {
  readonly alternatives: readonly { readonly kind: string; readonly parts: readonly KeyPart[] }[];
  /** Between the parts when printed and read: `/`; `-` for ranges. */
  readonly separator: '/' | '-';
};

export type ElementSpec = {
  /** The name in paths, messages and output: `host`, `dnsmasq:option`. */
  readonly name: string;
  /** Local name and namespace as XML has them. */
  readonly local: string;
  readonly ns: string;
  /** `one` must be there; `optional` at most one (libvirt reads the first only); `many` is a list, keyed by `key`. */
  readonly cardinality: 'one' | 'optional' | 'many';
  /** In libvirt's printing order. */
  readonly attrs: readonly AttrSpec[];
  /** In libvirt's printing order. */
  readonly children: readonly ElementSpec[];
  /** The type of its character data; null when it has none. */
  readonly text: ValueType | null;
  /** Null for `one` and `optional`. */
  readonly key: KeySpec | null;
  /** `opaque`: children are foreign and come as they are (`metadata`). */
  readonly content: 'known' | 'opaque';
  /** True for what an allow must name (rule 16): it can take over the host. */
  readonly mustBeNamed: boolean;
  /**
   * True when the element means the same as its absence (rule 2) once it has no children and nothing but defaults:
   * `dhcp`, `dns`, `<bridge stp='on'/>`. False where libvirt refuses the empty element, or gives it a meaning (`<forward/>`).
   */
  readonly absentWhenEmpty: boolean;
  readonly doc: string;
};

/** The namespace of `dnsmasq:options`. */
export const DNSMASQ_NS = 'http://libvirt.org/schemas/network/dnsmasq/1.0';
